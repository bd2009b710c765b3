package jsonata

// Short cut: a date without a picture is written field by field.
//
//	General form: writer.writeDate in picture_date.go, with isoPicture.
//	Gain:         a third of the time.
//	Shown by:     go test -run '^$' -bench ShortCuts/timestamp ./jsonata

// writeISODate writes a date as isoPicture asks. It returns false for unusual
// years and zones.
func (w *writer) writeISODate(m *moment, z zone) bool {
	if !m.valid || m.year < 0 || z.minutes < 0 || z.hours < 0 || z.hours > 99 {
		return false
	}
	w.needBytes(32)
	dst := appendPadded(w.text, m.year%10000, 4)
	dst = appendPadded(append(dst, '-'), m.month, 2)
	dst = appendPadded(append(dst, '-'), m.day, 2)
	dst = appendPadded(append(dst, 'T'), m.hour, 2)
	dst = appendPadded(append(dst, ':'), m.minute, 2)
	dst = appendPadded(append(dst, ':'), m.second, 2)
	dst = appendPadded(append(dst, '.'), m.fraction, 3)
	if z == (zone{}) {
		dst = append(dst, 'Z')
	} else {
		dst = appendPadded(append(dst, '+'), int(z.hours), 2)
		dst = appendPadded(append(dst, ':'), int(z.minutes), 2)
	}
	w.text = dst
	return true
}

func appendPadded(dst []byte, n, digits int) []byte {
	for range digits {
		dst = append(dst, '0')
	}
	for i := len(dst) - 1; n > 0; i-- {
		dst[i] = '0' + byte(n%10)
		n /= 10
	}
	return dst
}
