package jsonata

import (
	"math"
	"math/bits"
	"slices"
	"strconv"

	"github.com/gostates/gostates/value"
)

// Number pictures are defined on UTF-16 code units, and options may set a
// symbol to any string, so this file works with code units.

// A symbol is a part of a picture that an option may change.
type symbol struct {
	text []uint16
	unit rune // if the string is one code unit, else -1, which equals no character
}

// numberSymbols are the symbols of a picture.
type numberSymbols struct {
	decimal, grouping, exponent, minus, percent, perMille, zero, digit, pattern symbol
}

func symbolOf(s string) symbol {
	text := appendUnits(nil, s)
	if len(text) == 1 {
		return symbol{text, rune(text[0])}
	}
	return symbol{text, -1}
}

var standardSymbols = numberSymbols{
	decimal: symbolOf("."), grouping: symbolOf(","), exponent: symbolOf("e"), minus: symbolOf("-"),
	percent: symbolOf("%"), perMille: symbolOf("‰"), zero: symbolOf("0"), digit: symbolOf("#"), pattern: symbolOf(";"),
}

// appendUnits appends the code units of a string.
func appendUnits(dst []uint16, s string) []uint16 {
	for i := 0; i < len(s); {
		r, n := decodeRune(s[i:])
		if r >= 0x10000 {
			high, low := surrogatesOf(s[i:])
			dst = append(dst, uint16(high), uint16(low))
		} else {
			dst = append(dst, uint16(r))
		}
		i += n
	}
	return dst
}

// symbolNamed returns the symbol that an option sets, or nil.
func (y *numberSymbols) symbolNamed(option string) *symbol {
	switch option {
	case "decimal-separator":
		return &y.decimal
	case "grouping-separator":
		return &y.grouping
	case "exponent-separator":
		return &y.exponent
	case "minus-sign":
		return &y.minus
	case "percent":
		return &y.percent
	case "per-mille":
		return &y.perMille
	case "zero-digit":
		return &y.zero
	case "digit":
		return &y.digit
	case "pattern-separator":
		return &y.pattern
	}
	return nil
}

// applyOptions applies the options of $formatNumber.
func (y *numberSymbols) applyOptions(st *state, options *value.Object) {
	for i := range options.Len() {
		option := options.At(i)
		target := y.symbolNamed(option.Key)
		if target == nil || option.Value == Undefined {
			continue
		}
		s := textOf(option.Value)
		st.keepBytes(2 * len(s))
		*target = symbolOf(s)
		if _, ok := option.Value.(string); ok {
			continue
		}
		target.unit = -1
		if target == &y.zero {
			throwException("properties.zero-digit.charCodeAt is not a function")
		}
	}
}

// isDigit reports whether a code unit is one of the ten digits.
func (y *numberSymbols) isDigit(u uint16) bool {
	return len(y.zero.text) > 0 && u-y.zero.text[0] < 10
}

// isPlace reports whether a code unit is a digit placeholder.
func (y *numberSymbols) isPlace(u uint16) bool {
	return y.isDigit(u) || rune(u) == y.digit.unit
}

// isActive reports whether a code unit is special in a picture. The exponent
// separator is only special within active characters.
func (y *numberSymbols) isActive(u uint16) bool {
	r := rune(u)
	return y.isPlace(u) || r == y.decimal.unit || r == y.grouping.unit || r == y.pattern.unit
}

func (y *numberSymbols) countDigits(part []uint16) int { return countUnits(part, y.isDigit) }
func (y *numberSymbols) countPlaces(part []uint16) int { return countUnits(part, y.isPlace) }

func countUnits(part []uint16, is func(uint16) bool) int {
	n := 0
	for _, u := range part {
		if is(u) {
			n++
		}
	}
	return n
}

// A subPicture is one of the two parts of a picture.
type subPicture struct {
	whole, prefix, active, suffix         []uint16
	mantissa, integer, fraction, exponent []uint16
	hasExponent                           bool
}

// indexUnits is JavaScript's String.indexOf, from an offset.
func indexUnits(text, sought []uint16, from int) int {
	for i := min(from, len(text)); i+len(sought) <= len(text); i++ {
		if slices.Equal(text[i:i+len(sought)], sought) {
			return i
		}
	}
	return -1
}

func containsSymbol(text []uint16, s symbol) bool { return indexUnits(text, s.text, 0) >= 0 }

// isRepeated reports whether a symbol occurs more than once.
func isRepeated(text []uint16, s symbol) bool {
	i := indexUnits(text, s.text, 0)
	return i >= 0 && indexUnits(text, s.text, i+1) >= 0 && len(text) > 0
}

// splitPicture returns the pictures for positive and negative numbers. The
// second is nil if there is only one.
func (y *numberSymbols) splitPicture(picture []uint16) (positive, negative []uint16) {
	separator := y.pattern.text
	if len(separator) == 0 {
		switch len(picture) {
		case 0:
			throwException("Cannot read properties of undefined (reading 'picture')")
		case 1:
			return picture, nil
		case 2:
			return picture[:1], picture[1:]
		}
		panic(failWith("D3080"))
	}
	i := indexUnits(picture, separator, 0)
	if i < 0 {
		return picture, nil
	}
	positive, negative = picture[:i:i], picture[i+len(separator):]
	if containsSymbol(negative, y.pattern) {
		panic(failWith("D3080"))
	}
	return positive, negative
}

// splitSubPicture splits a sub-picture into its parts.
func (y *numberSymbols) splitSubPicture(whole []uint16) subPicture {
	active := func(u uint16) bool { return rune(u) != y.exponent.unit && y.isActive(u) }
	first := slices.IndexFunc(whole, active)
	if first < 0 {
		panic(failWith("D3086")) // jsonata-js crashes
	}
	last := len(whole) - 1
	for !active(whole[last]) {
		last--
	}
	p := subPicture{whole: whole, prefix: whole[:first], active: whole[first : last+1], suffix: whole[last+1:]}
	p.mantissa = p.active
	if at := indexUnits(whole, y.exponent.text, first); at >= 0 && at <= last+1 {
		// jsonata-js uses an offset in the whole as one in the active part.
		p.mantissa = p.active[:min(at, len(p.active))]
		p.exponent = p.active[min(at+1, len(p.active)):]
		p.hasExponent = true
	}
	p.integer, p.fraction = p.mantissa, p.suffix
	if at := indexUnits(p.mantissa, y.decimal.text, 0); at >= 0 {
		p.integer, p.fraction = p.mantissa[:at], p.mantissa[min(at+1, len(p.mantissa)):]
	}
	return p
}

// checkSubPicture throws if a sub-picture is invalid. The last of several
// errors is thrown.
func (y *numberSymbols) checkSubPicture(p *subPicture) {
	code := ""
	wrong := func(is bool, with string) {
		if is {
			code = with
		}
	}
	scaled := containsSymbol(p.whole, y.percent) || containsSymbol(p.whole, y.perMille)
	wrong(isRepeated(p.whole, y.decimal), "D3081")
	wrong(isRepeated(p.whole, y.percent), "D3082")
	wrong(isRepeated(p.whole, y.perMille), "D3083")
	wrong(containsSymbol(p.whole, y.percent) && containsSymbol(p.whole, y.perMille), "D3084")
	wrong(!slices.ContainsFunc(p.mantissa, y.isPlace), "D3085")
	wrong(slices.ContainsFunc(p.active, func(u uint16) bool {
		return !y.isActive(u) && rune(u) != y.exponent.unit
	}), "D3086")
	if at := indexUnits(p.whole, y.decimal.text, 0); at >= 0 {
		wrong(y.groupingAt(p.whole, at-1) || y.groupingAt(p.whole, at+1), "D3087")
	} else {
		wrong(y.groupingAt(p.integer, len(p.integer)-1), "D3088")
	}
	wrong(indexUnits(p.whole, slices.Concat(y.grouping.text, y.grouping.text), 0) >= 0, "D3089")
	if at := indexUnits(p.integer, y.digit.text, 0); at >= 0 {
		wrong(slices.ContainsFunc(p.integer[:at], y.isDigit), "D3090")
	}
	if at := lastIndexUnits(p.fraction, y.digit.text); at >= 0 {
		wrong(slices.ContainsFunc(p.fraction[at:], y.isDigit), "D3091")
	}
	wrong(p.hasExponent && len(p.exponent) > 0 && scaled, "D3092")
	wrong(p.hasExponent && (len(p.exponent) == 0 || y.countDigits(p.exponent) < len(p.exponent)), "D3093")
	if code != "" {
		panic(failWith(code))
	}
}

func (y *numberSymbols) groupingAt(text []uint16, i int) bool {
	return i >= 0 && i < len(text) && rune(text[i]) == y.grouping.unit
}

func lastIndexUnits(text, sought []uint16) int {
	for i := len(text) - len(sought); i >= 0; i-- {
		if slices.Equal(text[i:i+len(sought)], sought) {
			return i
		}
	}
	return -1
}

// A numberLayout is the number of digits of each part and the places of
// separators.
type numberLayout struct {
	integerGroups    []int // digits to the right of each separator
	interval         int   // of them, if they repeat
	fractionGroups   []int // digits to the left of each separator
	minInteger       int
	minFraction      int
	maxFraction      int
	minExponent      int
	mantissaIntegers int
}

func (y *numberSymbols) layoutNumber(st *state, p *subPicture) numberLayout {
	l := numberLayout{
		minInteger:  y.countDigits(p.integer),
		minFraction: y.countDigits(p.fraction),
		maxFraction: y.countPlaces(p.fraction),
		minExponent: y.countDigits(p.exponent),
	}
	l.mantissaIntegers = l.minInteger
	l.findGroups(st, y, p)
	switch {
	case l.minInteger > 0 || l.maxFraction > 0:
	case p.hasExponent:
		l.minFraction, l.maxFraction = 1, 1
	default:
		l.minInteger = 1
	}
	if p.hasExponent && l.minInteger == 0 && containsSymbol(p.integer, y.digit) {
		l.minInteger = 1
	}
	if l.minInteger == 0 && l.minFraction == 0 {
		l.minFraction = 1
	}
	return l
}

// findGroups finds the separators. As in jsonata-js, it searches the integer
// part for further ones even for the fraction.
func (l *numberLayout) findGroups(st *state, y *numberSymbols, p *subPicture) {
	next := func(at int) int { return indexUnits(p.integer, y.grouping.text, at+1) }
	counted, right := 0, y.countPlaces(p.integer)
	for at := indexUnits(p.integer, y.grouping.text, 0); at >= 0; at = next(at) {
		right -= y.countPlaces(p.integer[counted:at])
		counted = at
		st.keepBytes(16)
		l.integerGroups = append(l.integerGroups, right)
	}
	l.interval = groupInterval(l.integerGroups)
	counted, left := 0, 0
	for at := indexUnits(p.fraction, y.grouping.text, 0); at >= 0; at = next(at) {
		end := max(counted, min(at, len(p.fraction)))
		left += y.countPlaces(p.fraction[counted:end])
		counted = end
		st.keepBytes(16)
		l.fractionGroups = append(l.fractionGroups, left)
	}
}

// groupInterval returns the size of the groups if they are all the same, else
// 0.
func groupInterval(groups []int) int {
	n := len(groups)
	if n == 0 {
		return 0
	}
	first := groups[n-1]
	for i, g := range groups {
		if g != first*(n-i) {
			return 0
		}
	}
	return first
}

// writeUnits writes code units.
func (w *writer) writeUnits(text []uint16) {
	w.needBytes(3 * len(text))
	for _, u := range text {
		if u >= 0xDC00 && u <= 0xDFFF {
			w.text = appendText(w.text, wtf8(rune(u)))
			continue
		}
		w.text = appendRune(w.text, rune(u))
	}
}

// formatNumber writes a number without the prefix and the suffix of its picture.
func (y *numberSymbols) formatNumber(st *state, l *numberLayout, p *subPicture, v any) []uint16 {
	var space [32]byte
	exponent := 0
	digits := space[:0]
	n, exact := y.scaleInt(l, p, v)
	switch {
	case exact:
		digits = appendFixedInt(digits, n, l.maxFraction)
	default:
		var f float64
		f, exponent = y.scaleNumber(l, p, math.Abs(toFloat(v)))
		digits = appendFixed(digits, roundPlaces(f, l.maxFraction), l.maxFraction)
	}
	st.keepBytes(2 * (l.minInteger*max(1, len(y.zero.text)) + l.minFraction*max(1, len(y.zero.text))))
	st.step((l.minInteger + l.minFraction) / 8)
	text := y.localizeDigits(make([]uint16, 0, len(digits)+8), digits, true)
	text = y.insertGroups(st, l, y.padZeros(l, y.stripZeros(text)))
	if at := indexUnits(text, y.decimal.text, 0); !containsSymbol(p.whole, y.decimal) || at == len(text)-1 {
		text = text[:max(0, len(text)-1)]
	}
	if l.minExponent == 0 {
		return text
	}
	text = append(text, y.exponent.text...)
	if exponent < 0 {
		text = append(text, y.minus.text...)
		exponent = -exponent
	}
	digits = strconv.AppendInt(space[:0], int64(exponent), 10)
	st.keepBytes(2 * l.minExponent * max(1, len(y.zero.text)))
	for range l.minExponent - len(digits) {
		text = append(text, y.zero.text...)
	}
	return y.localizeDigits(text, digits, false)
}

// scaleInt returns the absolute value to write, if it is an integer that can be
// computed exactly.
func (y *numberSymbols) scaleInt(l *numberLayout, p *subPicture, v any) (uint64, bool) {
	n, ok := v.(int64)
	if !ok || l.minExponent > 0 {
		return 0, false
	}
	abs := uint64(n)
	if n < 0 {
		abs = -abs
	}
	high, low := bits.Mul64(abs, uint64(y.scaleFactor(p)))
	return low, high == 0
}

// scaleFactor returns the factor for percent or per-mille.
func (y *numberSymbols) scaleFactor(p *subPicture) int {
	switch {
	case containsSymbol(p.whole, y.percent):
		return 100
	case containsSymbol(p.whole, y.perMille):
		return 1000
	}
	return 1
}

// scaleNumber returns the mantissa and the exponent of a number that is not
// negative.
func (y *numberSymbols) scaleNumber(l *numberLayout, p *subPicture, f float64) (mantissa float64, exponent int) {
	f *= float64(y.scaleFactor(p))
	if l.minExponent == 0 || f == 0 {
		return f, 0
	}
	if math.IsInf(f, 0) {
		panic(failValue("D1001", f)) // jsonata-js loops forever
	}
	most, least := pow(10, float64(l.mantissaIntegers)), pow(10, float64(l.mantissaIntegers-1))
	for f < least {
		f *= 10
		exponent--
	}
	for f > most {
		f /= 10
		exponent++
	}
	return f, exponent
}

// roundPlaces rounds half to even at a decimal place.
func roundPlaces(f float64, places int) float64 {
	if places == 0 {
		return roundEven(f)
	}
	return shiftDecimal(roundEven(shiftDecimal(f, float64(places))), float64(-places))
}

// maxFixed is the maximum number of decimal places of JavaScript's toFixed.
const maxFixed = 100

// appendFixedInt writes an integer followed by zeros as decimal places.
func appendFixedInt(dst []byte, n uint64, places int) []byte {
	if places > maxFixed {
		throwException("toFixed() digits argument must be between 0 and 100")
	}
	dst = strconv.AppendUint(dst, n, 10)
	if places > 0 {
		dst = append(dst, '.')
	}
	for range places {
		dst = append(dst, '0')
	}
	return dst
}

// appendFixed is Number.prototype.toFixed for a number that is not negative. It
// rounds half up, where Go rounds to even.
func appendFixed(dst []byte, f float64, places int) []byte {
	if places > maxFixed {
		throwException("toFixed() digits argument must be between 0 and 100")
	}
	if !(f < 1e21) {
		return appendFloat(dst, f)
	}
	if binaryPlaces(f) != places+1 {
		return strconv.AppendFloat(dst, f, 'f', places, 64)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', places+1, 64)
	dst = dst[:len(dst)-1] // the 5
	if places == 0 {
		dst = dst[:len(dst)-1] // the point
	}
	return incrementDigits(dst, start)
}

// incrementDigits adds 1 to the last digit of a decimal number that starts at an
// offset.
func incrementDigits(dst []byte, start int) []byte {
	for i := len(dst) - 1; i >= start; i-- {
		switch dst[i] {
		case '.':
		case '9':
			dst[i] = '0'
		default:
			dst[i]++
			return dst
		}
	}
	return slices.Insert(dst, start, '1')
}

// binaryPlaces returns the number of binary digits after the point. The number
// of decimal digits is the same, and the last of them is 5.
func binaryPlaces(f float64) int {
	const mantissaBits, bias = 52, 1023
	b := math.Float64bits(f)
	exponent, mantissa := int(b>>mantissaBits)&0x7FF, b&(1<<mantissaBits-1)
	if exponent == 0 {
		exponent++
	} else {
		mantissa |= 1 << mantissaBits
	}
	return max(0, bias+mantissaBits-exponent-bits.TrailingZeros64(mantissa))
}

// localizeDigits appends a number in the symbols of the picture. A mantissa
// gets a decimal separator even without a fraction.
func (y *numberSymbols) localizeDigits(dst []uint16, digits []byte, mantissa bool) []uint16 {
	translated := len(y.zero.text) != 1 || y.zero.unit != '0'
	pointed := false
	for _, d := range digits {
		switch {
		case d == '.' && !pointed:
			dst = append(dst, y.decimal.text...)
			pointed = true
		case !translated || d < '0' || d > '9':
			dst = append(dst, uint16(d))
		case len(y.zero.text) > 0:
			dst = append(dst, y.zero.text[0]+uint16(d-'0'))
		}
	}
	if mantissa && !pointed {
		dst = append(dst, y.decimal.text...)
	}
	return dst
}

// stripZeros removes zeros at both ends.
func (y *numberSymbols) stripZeros(text []uint16) []uint16 {
	for len(text) > 0 && rune(text[0]) == y.zero.unit {
		text = text[1:]
	}
	for len(text) > 0 && rune(text[len(text)-1]) == y.zero.unit {
		text = text[:len(text)-1]
	}
	return text
}

// padZeros adds zeros on both sides as the picture requires.
func (y *numberSymbols) padZeros(l *numberLayout, text []uint16) []uint16 {
	at := indexUnits(text, y.decimal.text, 0)
	left := max(0, l.minInteger-at)
	right := max(0, l.minFraction-(len(text)-at-1))
	if left == 0 && right == 0 {
		return text
	}
	padded := make([]uint16, 0, len(text)+(left+right)*len(y.zero.text))
	for range left {
		padded = append(padded, y.zero.text...)
	}
	padded = append(padded, text...)
	for range right {
		padded = append(padded, y.zero.text...)
	}
	return padded
}

// insertGroups puts grouping separators into a number.
func (y *numberSymbols) insertGroups(st *state, l *numberLayout, text []uint16) []uint16 {
	at := indexUnits(text, y.decimal.text, 0)
	separator := y.grouping.text
	if l.interval > 0 && at > l.interval {
		st.keepBytes(2 * (len(text) + len(text)/l.interval*len(separator)))
		grouped := make([]uint16, 0, len(text)+(at-1)/l.interval*len(separator))
		for i, u := range text {
			if i > 0 && i < at && (at-i)%l.interval == 0 {
				grouped = append(grouped, separator...)
			}
			grouped = append(grouped, u)
		}
		text = grouped
	}
	insert := func(place int) {
		st.step(1 + len(text)/8)
		st.keepBytes(2 * len(separator))
		if place < 0 { // counts from the end, as in JavaScript's slice
			place = max(0, len(text)+place)
		}
		text = slices.Insert(text, min(place, len(text)), separator...)
	}
	if l.interval == 0 {
		for _, group := range l.integerGroups {
			insert(at - group)
			at++
		}
	}
	at = indexUnits(text, y.decimal.text, 0)
	for _, group := range l.fractionGroups {
		insert(group + at + 1)
	}
	return text
}
