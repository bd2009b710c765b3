// Package timestamp formats times as the context object of AWS Step Functions does.
package timestamp

import "time"

// Format returns the time as ISO 8601 in UTC with milliseconds, which are cut and
// not rounded: 2024-01-02T03:04:05.678Z.
func Format(t time.Time) string { return t.UTC().Format(layout) }

// Append appends Format(t). It is faster than AppendFormat.
func Append(dst []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	if year < 0 || year > 9999 {
		return t.AppendFormat(dst, layout)
	}
	hour, minute, second := t.Clock()
	dst = appendTwo(appendTwo(dst, year/100), year%100)
	dst = appendTwo(append(dst, '-'), int(month))
	dst = appendTwo(append(dst, '-'), day)
	dst = appendTwo(append(dst, 'T'), hour)
	dst = appendTwo(append(dst, ':'), minute)
	dst = appendTwo(append(dst, ':'), second)
	ms := t.Nanosecond() / 1e6
	dst = appendTwo(append(dst, '.', '0'+byte(ms/100)), ms%100)
	return append(dst, 'Z')
}

func appendTwo(dst []byte, n int) []byte { return append(dst, '0'+byte(n/10), '0'+byte(n%10)) }

const layout = "2006-01-02T15:04:05.000Z"
