package asl

import (
	"strings"
	"time"
)

// ParseTimestamp parses a timestamp in ASL's profile of RFC 3339: with a
// capital T and Z, a fraction of any length or none, and an offset. If text is
// not a timestamp, ok is false.
func ParseTimestamp(text string) (time.Time, bool) {
	if !hasTimestampShape(text) {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	return t, err == nil
}

// IsTimestamp reports whether a string is a timestamp, as the Choice operator
// IsTimestamp does.
func IsTimestamp(text string) bool {
	_, ok := ParseTimestamp(text)
	return ok
}

// hasTimestampShape rejects what [time.Parse] accepts: hours of one digit, a
// comma before the fraction, and offsets beyond 23:59.
func hasTimestampShape(text string) bool {
	const (
		date   = len("2006-01-02")
		hour   = len("2006-01-02T15")
		second = len("2006-01-02T15:04:05")
	)
	if len(text) <= second || text[date] != 'T' || text[hour] != ':' {
		return false
	}
	rest := text[second:]
	if rest[0] == '.' {
		rest = strings.TrimLeft(rest[1:], "0123456789")
	}
	offset, colon, minutes := strings.Cut(strings.TrimLeft(rest, "+-"), ":")
	return rest == "Z" || minutes && offset <= "23" && colon <= "59"
}
