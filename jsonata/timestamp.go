package jsonata

import (
	"math"
	"strings"
)

// digitsAt reports whether s starts with n digits, the first of which is at
// most most.
func digitsAt(s string, n int, most byte) bool {
	return len(s) >= n && s[0] <= most && isPlainDigits(s[:n])
}

// isTimestamp reports whether jsonata-js accepts s as a timestamp: a year, any
// number of months or days, any number of clocks, a fraction, and an offset
// from UTC.
func isTimestamp(s string) bool {
	if !digitsAt(s, 4, '9') {
		return false
	}
	s = s[4:]
	for strings.HasPrefix(s, "-") && !isOffset(s) && digitsAt(s[1:], 2, '3') {
		s = s[3:]
	}
	for strings.HasPrefix(s, "T") && isClock(s[1:]) {
		s = s[9:]
	}
	if strings.HasPrefix(s, ".") {
		rest, ok := cutDigits(s[1:])
		if !ok {
			return false
		}
		s = rest
	}
	return s == "" || s == "Z" || isOffset(s)
}

// isClock reports whether s starts with hours, minutes and seconds.
func isClock(s string) bool {
	return len(s) >= 8 && digitsAt(s, 2, '2') && s[2] == ':' && digitsAt(s[3:], 2, '5') && s[5] == ':' && digitsAt(s[6:], 2, '5')
}

// isOffset reports whether s is an offset from UTC such as +05:30 or -0800.
func isOffset(s string) bool {
	if len(s) < 5 || s[0] != '+' && s[0] != '-' || !digitsAt(s[1:], 2, '2') {
		return false
	}
	minutes := strings.TrimPrefix(s[3:], ":")
	return len(minutes) == 2 && digitsAt(minutes, 2, '5')
}

// parseTimestamp is JavaScript's Date.parse in Node, for strings that
// isTimestamp accepts. These are more than ISO 8601: where a string leaves the
// standard, the rest is parsed as a loose list of numbers.
func parseTimestamp(s string) float64 {
	fields := [3]int{0, 1, 1} // year, month, day
	fields[0], _ = leadingNumber(s)
	s = s[4:]
	count := 1
	for count < len(fields) && strings.HasPrefix(s, "-") {
		s = s[1:]
		n, length := leadingNumber(s)
		if length != 2 || n < 1 || count == 1 && n > 12 || n > 31 {
			return looseDate(fields, count, s)
		}
		fields[count] = n
		count++
		s = s[2:]
	}
	switch {
	case strings.HasPrefix(s, "T"):
		return dayOf(fields) + timeOfDay(s[1:])
	case s == "":
		return dayOf(fields)
	}
	return looseDate(fields, count, s)
}

// dayOf returns the date of a year, month and day.
func dayOf(fields [3]int) float64 {
	return plainDate(float64(fields[0]), float64(fields[1]-1), float64(fields[2]), 0, 0, 0, 0)
}

// leadingNumber parses the digits at the start of s. Only nine of them count,
// without leading zeros.
func leadingNumber(s string) (n, length int) {
	const most = 9
	significant := 0
	for length < len(s) && s[length]-'0' <= 9 {
		if significant > 0 || s[length] != '0' {
			significant++
		}
		if significant <= most {
			n = n*10 + int(s[length]-'0')
		}
		length++
	}
	return n, length
}

// timeOfDay parses a clock with a fraction and an offset. It returns NaN if it
// is invalid.
func timeOfDay(s string) float64 {
	hour, _ := leadingNumber(s)
	minute, _ := leadingNumber(s[3:])
	second, _ := leadingNumber(s[6:])
	millis := 0
	s = s[8:]
	if strings.HasPrefix(s, ".") {
		n, length := leadingNumber(s[1:])
		s = s[1+length:]
		if hour == 24 && n > 0 {
			return math.NaN()
		}
		millis = thousandths(n, length)
	}
	if hour > 24 || hour == 24 && minute+second > 0 {
		return math.NaN()
	}
	sum := float64(hour*millisPerHour + minute*millisPerMinute + second*millisPerSecond + millis)
	switch {
	case s == "" || s == "Z":
		return sum
	case !isOffset(s): // a second clock
		return math.NaN()
	}
	hours, _ := leadingNumber(s[1:3])
	minutes, _ := leadingNumber(s[len(s)-2:])
	if hours > 23 {
		return math.NaN()
	}
	offset := float64(hours*millisPerHour + minutes*millisPerMinute)
	if s[0] == '-' {
		return sum + offset
	}
	return sum - offset
}

// thousandths converts the digits of a fraction to milliseconds.
func thousandths(n, length int) int {
	for ; length < 3; length++ {
		n *= 10
	}
	for length = min(length, 9); length > 3; length-- {
		n /= 10
	}
	return n
}

// looseDate continues a date that is not ISO 8601: further numbers are fields,
// a number before a colon is an hour.
func looseDate(fields [3]int, count int, s string) float64 {
	clock := 0.0
	for s != "" {
		n, length := leadingNumber(s)
		s = s[length:]
		switch {
		case length == 0 && (s[0] == '.' || s[0] == ':' || s[0] == 'Z'):
			s = s[1:]
		case length == 0:
			return math.NaN()
		case strings.HasPrefix(s, ":"):
			minute, _ := leadingNumber(s[1:])
			if n > 24 || n == 24 && minute > 0 {
				return math.NaN()
			}
			clock = float64(n*millisPerHour + minute*millisPerMinute)
			s = ""
		case count == len(fields):
			return math.NaN()
		default:
			fields[count] = n
			count++
			s = strings.TrimPrefix(s, ".")
			s = strings.TrimPrefix(s, "-")
		}
	}
	if first := fields[0]; first >= 1 && first <= 31 {
		fields = [3]int{fields[2], first, fields[1]} // in the order month, day, year
	}
	switch year := fields[0]; {
	case year < 50:
		fields[0] += 2000
	case year < 100:
		fields[0] += 1900
	}
	if fields[1] < 1 || fields[1] > 12 || fields[2] < 1 || fields[2] > 31 {
		return math.NaN()
	}
	return dayOf(fields) + clock
}
