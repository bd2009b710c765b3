package jsonata

import (
	"math"
	"strconv"
	"strings"
)

var (
	dayNames   = [...]string{1: "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
	monthNames = [...]string{1: "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}
)

// isoPicture is the picture of dates without a picture.
const isoPicture = "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]"

// integerComponents are the components written as numbers, unless by name.
const integerComponents = "YMDdFWwXxHhmsf"

// noWidth stands for a missing width.
const noWidth = notANumber - 1

// A marker is the part of a date picture for one component of a date.
type marker struct {
	component rune
	named     bool
	names     letterCase
	utc       bool // modifier t: write Z for an offset of 0
	hasWidth  bool
	maxWidth  int            // noWidth, notANumber
	digits    int            // of years, months and days: the number of digits, -1 for any number
	integer   integerPicture // for numbers and time zones
}

// A dateScanner splits a date picture into parts.
type dateScanner struct {
	st   *state
	rest string
}

// nextPart reads a part: a literal string or a marker.
func (s *dateScanner) nextPart(m *marker) (literal string, isMarker, ok bool) {
	i := strings.IndexByte(s.rest, '[')
	switch {
	case s.rest == "":
		return "", false, false
	case i != 0:
		if i < 0 {
			i = len(s.rest)
		}
		literal, s.rest = s.rest[:i], s.rest[i:]
		if strings.Contains(literal, "]]") {
			s.st.keepBytes(len(literal))
			literal = strings.ReplaceAll(literal, "]]", "]")
		}
		return literal, false, true
	case strings.HasPrefix(s.rest, "[["):
		literal, s.rest = s.rest[:1], s.rest[2:]
		return literal, false, true
	}
	end := strings.IndexByte(s.rest, ']')
	if end < 0 {
		panic(failWith("D3135"))
	}
	s.st.readMarker(m, withoutSpace(s.st, s.rest[1:end]))
	s.rest = s.rest[end+1:]
	return "", true, true
}

func withoutSpace(st *state, s string) string {
	if strings.IndexFunc(s, isSpace) < 0 {
		return s
	}
	st.keepBytes(len(s))
	return strings.Map(func(r rune) rune {
		if isSpace(r) {
			return -1
		}
		return r
	}, s)
}

// readMarker parses a marker: a component, its presentation, and its width
// after a comma.
func (st *state) readMarker(m *marker, text string) {
	*m = marker{maxWidth: noWidth, digits: notANumber}
	minWidth, format := noWidth, ""
	if text != "" {
		m.component, format = firstUnit(text)
	}
	if comma := strings.LastIndexByte(format, ','); comma >= 0 {
		m.hasWidth = true
		minWidth, m.maxWidth = parseWidths(format[comma+1:])
		format = format[:comma]
	}
	modifier := byte(0)
	if n := len(format) - 1; n > 0 && strings.IndexByte("atco", format[n]) >= 0 {
		modifier, format = format[n], format[:n]
	}
	m.utc = modifier == 't'
	if format == "" {
		format = standardFormat(m.component)
	}
	isInteger := strings.ContainsRune(integerComponents, m.component)
	switch {
	case format == "":
		e := failValue("D3132", "")
		if text != "" {
			e.Value = wtf8(m.component)
		}
		panic(e)
	case format[0] == 'n':
		m.named, m.names = true, lowerCase
	case strings.HasPrefix(format, "Nn"):
		m.named, m.names = true, titleCase
	case format[0] == 'N':
		m.named, m.names = true, upperCase
	case isInteger && modifier != 0:
		m.integer = st.readIntegerFormat(format, modifier == 'o')
	case isInteger:
		m.integer = st.readIntegerPicture(format)
	}
	if m.component == 'Z' || m.component == 'z' {
		m.integer = st.readIntegerPicture(format)
	}
	if isInteger && !m.named {
		m.fitWidths(minWidth)
	}
}

// firstUnit splits off the first code unit of a string.
func firstUnit(s string) (rune, string) {
	r, n := decodeRune(s)
	if r >= 0x10000 {
		high, low := surrogatesOf(s)
		return high, wtf8(low) + s[n:]
	}
	return r, s[n:]
}

// fitWidths applies the widths to the number of digits.
func (m *marker) fitWidths(minWidth int) {
	decimal := m.integer.numbering == decimalDigits
	if decimal && minWidth > m.integer.mandatory {
		m.integer.mandatory = minWidth
	}
	if m.component != 'Y' && m.component != 'M' && m.component != 'D' {
		return
	}
	m.digits = -1
	if m.maxWidth != noWidth {
		m.digits = m.maxWidth
		m.integer.mandatory = m.maxWidth
	} else if n := m.integer.mandatory + m.integer.optional; decimal && n >= 2 {
		m.digits = n
	}
}

// parseWidths parses a width modifier: the minimum and the maximum width.
func parseWidths(s string) (least, most int) {
	from, to, found := strings.Cut(s, "-")
	if !found {
		return parseWidth(from), noWidth
	}
	return parseWidth(from), parseWidth(to)
}

func parseWidth(s string) int {
	if s == "*" {
		return noWidth
	}
	f := toFloat(parseInt(s))
	if math.IsNaN(f) {
		return notANumber
	}
	const most = 1 << 29
	return int(max(-most, min(f, most)))
}

// standardFormat returns the presentation of a component that gives none.
func standardFormat(component rune) string {
	switch component {
	case 'Y', 'M', 'D', 'd', 'W', 'w', 'X', 'x', 'H', 'h', 'f':
		return "1"
	case 'F', 'P', 'C', 'E':
		return "n"
	case 'm', 's':
		return "01"
	case 'Z', 'z':
		return "01:01"
	}
	return ""
}

// refusalError returns the reason why a marker cannot be written, or nil.
func (m *marker) refusalError() *Error {
	switch m.component {
	case 'M', 'x', 'F':
		if m.named {
			return nil
		}
	case 'Y', 'D', 'd', 'W', 'w', 'X', 'H', 'h', 'm', 's':
		if m.named {
			return failValue("D3133", string(m.component))
		}
	case 'f':
		if m.named {
			return &Error{Message: "Cannot read properties of undefined (reading 'primary')"}
		}
	case 'Z', 'z':
		digits := m.integer.mandatory
		if m.integer.interval == 0 && (digits < 1 || digits > 4) {
			return failWith("D3134")
		}
		return nil
	default:
		return nil
	}
	return m.integer.unsupportedError()
}

// A zone is an offset from UTC in hours and minutes, NaN if the zone is not
// numeric.
type zone struct{ hours, minutes float64 }

// zoneOf parses an offset such as +0530. For a negative offset both parts are
// rounded down as in jsonata-js, hours first.
func zoneOf(v any) zone {
	text, ok := v.(string)
	if !ok {
		return zone{}
	}
	offset := toFloat(parseInt(text))
	return zone{math.Floor(offset / 100), math.Mod(offset, 100)}
}

func (z zone) offsetNumber() float64 { return z.hours*100 + z.minutes }

func (st *state) formatDate(date float64, picture, timezone any) any {
	z := zoneOf(timezone)
	m := momentOf(date + (60*z.hours+z.minutes)*millisPerMinute)
	w := st.newWriter()
	if text, ok := picture.(string); ok {
		w.writeDate(text, &m, z)
	} else if !w.writeISODate(&m, z) {
		w.writeDate(isoPicture, &m, z)
	}
	return w.finishText()
}

// writeDate writes a date by a picture. Errors in the picture's syntax take
// precedence over components that cannot be written.
func (w *writer) writeDate(picture string, m *moment, z zone) {
	scanner := dateScanner{w.st, picture}
	var refused *Error
	var mark marker
	for {
		w.st.step(1)
		literal, isMarker, ok := scanner.nextPart(&mark)
		switch {
		case !ok:
			if refused != nil {
				panic(refused)
			}
			return
		case refused != nil:
		case !isMarker:
			w.addText(literal)
		default:
			if refused = mark.refusalError(); refused == nil {
				w.writeComponent(&mark, m, z)
			}
		}
	}
}

// writeComponent writes a component of a date.
func (w *writer) writeComponent(mark *marker, m *moment, z zone) {
	switch mark.component {
	case 'Y':
		w.writeInteger(&mark.integer, wholeOf(mark.cutYear(m.componentNumber('Y'))))
	case 'M', 'x':
		w.writeName(mark, m, monthNames[:])
	case 'F':
		w.writeName(mark, m, dayNames[:])
	case 'D', 'd', 'W', 'w', 'X', 'H', 'h', 'm', 's', 'f':
		w.writeInteger(&mark.integer, wholeOf(m.componentNumber(mark.component)))
	case 'Z', 'z':
		w.writeZone(mark, z)
	case 'P':
		w.addText(halfDay(m.hour >= 12, mark.named && mark.names == upperCase))
	case 'C', 'E':
		w.addText("ISO")
	default:
		w.addText("undefined")
	}
}

// cutYear removes the leading digits of a year.
func (m *marker) cutYear(year float64) float64 {
	switch {
	case m.digits == -1:
		return year
	case m.digits == notANumber:
		return math.NaN()
	}
	return math.Mod(year, pow(10, float64(m.digits)))
}

func halfDay(afternoon, upper bool) string {
	switch {
	case afternoon && upper:
		return "PM"
	case afternoon:
		return "pm"
	case upper:
		return "AM"
	}
	return "am"
}

// writeName writes a month or a weekday.
func (w *writer) writeName(mark *marker, m *moment, names []string) {
	n := m.componentNumber(mark.component)
	if !mark.named {
		w.writeInteger(&mark.integer, wholeOf(n))
		return
	}
	if math.IsNaN(n) {
		w.writeNameless(mark)
		return
	}
	name := names[int(n)]
	if mark.maxWidth > notANumber && len(name) > mark.maxWidth {
		name = name[:max(0, mark.maxWidth)]
	}
	start := len(w.text)
	w.addText(name)
	w.text = changeCase(w.text, start, mark.names)
}

// writeNameless writes the month or weekday of an invalid date.
func (w *writer) writeNameless(mark *marker) {
	switch {
	case mark.names == upperCase:
		throwException("Cannot read properties of undefined (reading 'toUpperCase')")
	case mark.names == lowerCase:
		throwException("Cannot read properties of undefined (reading 'toLowerCase')")
	case mark.hasWidth:
		throwException("Cannot read properties of undefined (reading 'length')")
	}
	w.addText("undefined")
}

// writeZone writes the offset from UTC.
func (w *writer) writeZone(mark *marker, z zone) {
	offset := z.offsetNumber()
	if offset == 0 && mark.utc {
		w.addText("Z")
		return
	}
	if mark.component == 'z' {
		w.addText("GMT")
	}
	if offset >= 0 {
		w.addText("+")
	}
	if mark.integer.interval > 0 || mark.integer.mandatory > 2 {
		w.writeInteger(&mark.integer, wholeOf(offset))
		return
	}
	w.writeInteger(&mark.integer, wholeOf(z.hours))
	if z.minutes == 0 {
		return
	}
	w.addText(":")
	if math.IsNaN(z.minutes) {
		w.addText("NaN")
		return
	}
	if z.minutes < 0 {
		w.addText("-")
	}
	if minutes := math.Abs(z.minutes); minutes < 10 {
		w.addText("0" + strconv.Itoa(int(minutes)))
	} else {
		w.addText(strconv.Itoa(int(minutes)))
	}
}
