// Package timestamp formats times as the context object of AWS Step Functions does.
package timestamp

import "time"

// Format returns the time as ISO 8601 in UTC with milliseconds, which are cut and
// not rounded: 2024-01-02T03:04:05.678Z.
func Format(t time.Time) string { return t.UTC().Format(layout) }

// Append appends Format(t).
func Append(dst []byte, t time.Time) []byte { return t.UTC().AppendFormat(dst, layout) }

const layout = "2006-01-02T15:04:05.000Z"
