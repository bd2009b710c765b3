package jsonata

import (
	"math"
	"math/big"
	"math/bits"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A numbering is how an integer picture writes numbers.
type numbering uint8

const (
	decimalDigits numbering = iota
	letterNumbers           // a, b, ... z, aa
	romanNumbers
	wordNumbers
	unknownNumbers // known only by its first token: not supported
)

type letterCase uint8

const (
	lowerCase letterCase = iota
	upperCase
	titleCase
)

// An integerPicture is a parsed picture of $formatInteger, also used by date
// pictures.
type integerPicture struct {
	numbering numbering
	letters   letterCase
	ordinal   bool
	token     string // the picture without its modifier

	// These are for decimal digits.
	zero       rune
	mandatory  int // number of digits that are always written
	optional   int
	interval   int // of regular separators; 0 if they are irregular
	separators []separator
}

// A separator is placed so many digits from the right.
type separator struct {
	position int32
	char     rune
}

// notANumber stands for a width of NaN. It is less than any real width, and
// computing with it does not overflow.
const notANumber = -1 << 30

// zeros are the zeros of the digit families that a picture may use.
var zeros = []rune{
	0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0,
	0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620,
	0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
}

// zeroOf returns the zero of the family that a digit belongs to.
func zeroOf(r rune) (rune, bool) {
	if r < utf8.RuneSelf {
		return '0', r >= '0' && r <= '9'
	}
	i := sort.Search(len(zeros), func(i int) bool { return zeros[i] > r }) - 1
	return zeros[i], r <= zeros[i]+9
}

// readIntegerPicture parses a picture: a format, optionally followed by a
// semicolon and a modifier. The modifier o asks for ordinal numbers.
func (st *state) readIntegerPicture(picture string) integerPicture {
	if i := strings.LastIndexByte(picture, ';'); i >= 0 {
		return st.readIntegerFormat(picture[:i], strings.HasPrefix(picture[i+1:], "o"))
	}
	return st.readIntegerFormat(picture, false)
}

func (st *state) readIntegerFormat(format string, ordinal bool) integerPicture {
	p := integerPicture{token: format, ordinal: ordinal}
	switch format {
	case "A", "a":
		p.numbering = letterNumbers
	case "I", "i":
		p.numbering = romanNumbers
	case "W", "w", "Ww":
		p.numbering = wordNumbers
	default:
		st.readDigits(&p, format)
		return p
	}
	switch {
	case format == "Ww":
		p.letters = titleCase
	case format[0] < 'a':
		p.letters = upperCase
	}
	return p
}

// readDigits parses a format of digits, from the right.
func (st *state) readDigits(p *integerPicture, format string) {
	st.step(len(format) / 4)
	position := 0
	for len(format) > 0 {
		r, size := lastRune(format)
		format = format[:len(format)-size]
		zero, digit := zeroOf(r)
		switch {
		case digit && p.mandatory > 0 && p.zero != zero:
			panic(failWith("D3131"))
		case digit:
			p.zero = zero
			p.mandatory++
			position++
		case r == '#':
			p.optional++
			position++
		default:
			st.keepBytes(16) // for an element of a growing list
			p.separators = append(p.separators, separator{int32(position), r})
		}
	}
	if p.mandatory == 0 {
		p.numbering = unknownNumbers
		return
	}
	p.interval = separatorInterval(p.separators)
}

// lastRune is decodeRune at the end of a string.
func lastRune(s string) (rune, int) {
	if r, size := utf8.DecodeLastRuneInString(s); size != 1 || r != utf8.RuneError {
		return r, size
	}
	if n := len(s) - halfLen; n >= 0 && startsHalf(s[n:]) {
		return decodeRune(s[n:])
	}
	return utf8.RuneError, 1
}

// separatorInterval returns the distance between separators if they are the
// same at each multiple of it, else 0.
func separatorInterval(separators []separator) int {
	if len(separators) == 0 {
		return 0
	}
	first := separators[0]
	for i, s := range separators {
		if s.char != first.char || int(s.position) != int(first.position)*(i+1) {
			return 0
		}
	}
	return int(first.position)
}

// unsupportedError returns the error of a picture with an unknown numbering, or
// nil.
func (p *integerPicture) unsupportedError() *Error {
	if p.numbering != unknownNumbers {
		return nil
	}
	return failValue("D3130", p.token)
}

// An integer is the whole number to write. It is exact, or a double beyond
// 2^53, which may be infinite or NaN.
type integer struct {
	negative bool
	abs      uint64
	double   float64 // of abs; only set if inexact
	inexact  bool
}

// floorOf rounds a number down.
func floorOf(v any) integer {
	switch v := v.(type) {
	case int64:
		return exactInteger(v)
	case *big.Int:
		return wholeOf(toFloat(v))
	case float64:
		return wholeOf(math.Floor(v))
	}
	return wholeOf(math.NaN())
}

func exactInteger(n int64) integer {
	if n < 0 {
		return integer{negative: true, abs: -uint64(n)}
	}
	return integer{abs: uint64(n)}
}

// exactDouble is the greatest double up to which all integers are doubles.
// Greater numbers are computed as in JavaScript.
const exactDouble = 1 << 53

// wholeOf converts a double without rounding it. As in jsonata-js, an unusual
// width of a year can leave a fraction.
func wholeOf(f float64) integer {
	abs := math.Abs(f)
	if abs == math.Trunc(abs) && abs <= exactDouble {
		return integer{negative: f < 0, abs: uint64(abs)}
	}
	return integer{negative: f < 0, double: abs, inexact: true}
}

// writeInteger writes a number by a picture.
func (w *writer) writeInteger(p *integerPicture, n integer) {
	w.needBytes(256)
	if n.negative {
		w.text = append(w.text, '-')
	}
	start := len(w.text)
	switch p.numbering {
	case letterNumbers:
		w.writeLetters(n)
	case romanNumbers:
		w.writeRoman(n)
	case wordNumbers:
		w.writeWords(n, p.ordinal)
	default:
		w.writeDigits(p, n)
		return
	}
	w.text = changeCase(w.text, start, p.letters)
}

// changeCase changes the case of ASCII letters from an offset on. Title case
// keeps them.
func changeCase(text []byte, from int, to letterCase) []byte {
	for i, b := range text[from:] {
		switch {
		case to == upperCase && b >= 'a' && b <= 'z', to == lowerCase && b >= 'A' && b <= 'Z':
			text[from+i] = b ^ 0x20
		}
	}
	return text
}

// mustFit is needBytes for any n: too many bytes exceed memory, not time.
func (w *writer) mustFit(n int) {
	if n > w.st.limits.ValueBytes {
		panic(outOfMemory())
	}
	w.needBytes(n)
}

// writeDigits writes a number in digits.
func (w *writer) writeDigits(p *integerPicture, n integer) {
	var space [32]byte
	digits := space[:0]
	if n.inexact {
		digits = appendFloat(digits, n.double)
	} else {
		digits = strconv.AppendUint(digits, n.abs, 10)
	}
	pad := max(0, p.mandatory-len(digits))
	w.mustFit(pad)
	if p.zero == '0' && !p.ordinal && len(p.separators) == 0 {
		for range pad {
			w.text = append(w.text, '0')
		}
		w.text = append(w.text, digits...)
		return
	}
	w.mustFit(2 * pad)
	w.st.keepBytes(8 * pad)
	text := make([]rune, 0, pad+len(digits)+2*len(p.separators)+2)
	for range pad {
		text = append(text, p.zero)
	}
	for _, d := range digits {
		text = append(text, rune(d)-'0'+p.zero)
	}
	text = w.groupDigits(p, text)
	if p.ordinal {
		text = append(text, []rune(ordinalSuffix(text))...)
	}
	w.needBytes(4 * len(text))
	for _, r := range text {
		w.text = appendRune(w.text, r)
	}
}

// groupDigits inserts the separators of a picture.
func (w *writer) groupDigits(p *integerPicture, digits []rune) []rune {
	if p.interval > 0 {
		w.st.keepBytes(4 * len(digits) / p.interval)
		grouped := make([]rune, 0, len(digits)+len(digits)/p.interval)
		for i, d := range digits {
			if i > 0 && (len(digits)-i)%p.interval == 0 {
				grouped = append(grouped, p.separators[0].char)
			}
			grouped = append(grouped, d)
		}
		return grouped
	}
	w.st.keepBytes(4 * len(p.separators))
	for _, s := range slices.Backward(p.separators) {
		w.st.step(1 + len(digits)/8)
		at := len(digits) - int(s.position)
		if at >= 0 {
			digits = slices.Insert(digits, at, s.char)
			continue
		}
		// jsonata-js counts a place left of the number from its end.
		digits = slices.Replace(digits, 0, max(0, len(digits)+at), s.char)
	}
	return digits
}

func ordinalSuffix(digits []rune) string {
	n := len(digits)
	if n > 1 && digits[n-2] == '1' {
		return "th"
	}
	switch digits[n-1] {
	case '1':
		return "st"
	case '2':
		return "nd"
	case '3':
		return "rd"
	}
	return "th"
}

// writeLetters writes a number as the columns of a spreadsheet are numbered.
func (w *writer) writeLetters(n integer) {
	var space [256]byte // the largest double takes 218
	i := len(space)
	if n.inexact {
		if n.double > math.MaxFloat64 {
			panic(failValue("D1001", n.double))
		}
		for f := n.double; f > 0; f = math.Floor((f - 1) / 26) {
			i--
			space[i] = 'a' + byte(math.Mod(f-1, 26))
		}
	} else {
		for abs := n.abs; abs > 0; abs = (abs - 1) / 26 {
			i--
			space[i] = 'a' + byte((abs-1)%26)
		}
	}
	w.text = append(w.text, space[i:]...)
}

var romanNumerals = []struct {
	value  uint64
	letter string
}{
	{900, "cm"}, {500, "d"}, {400, "cd"}, {100, "c"}, {90, "xc"}, {50, "l"}, {40, "xl"},
	{10, "x"}, {9, "ix"}, {5, "v"}, {4, "iv"}, {1, "i"},
}

func (w *writer) writeRoman(n integer) {
	if n.inexact && math.IsNaN(n.double) {
		return
	}
	if n.inexact {
		panic(outOfMemory())
	}
	thousands := int(n.abs / 1000)
	w.mustFit(thousands)
	for range thousands {
		w.text = append(w.text, 'm')
	}
	rest := n.abs % 1000
	for _, numeral := range romanNumerals {
		for ; rest >= numeral.value; rest -= numeral.value {
			w.text = append(w.text, numeral.letter...)
		}
	}
}

// Words of numbers. An ordinal is the cardinal with th, unless it is listed; a
// final y becomes ieth.
var (
	smallWords = [...]string{
		"Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve",
		"Thirteen", "Fourteen", "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen",
	}
	irregularOrdinals = map[int]string{1: "First", 2: "Second", 3: "Third", 5: "Fifth", 8: "Eighth", 9: "Ninth", 12: "Twelfth"}

	tensWords      = [...]string{2: "Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety"}
	magnitudeWords = [...]string{"", "Thousand", "Million", "Billion", "Trillion"}
)

func (w *writer) writeWords(n integer, ordinal bool) {
	switch {
	case !n.inexact:
		w.text = appendWords(w.text, n.abs, "", "", ordinal)
	case n.double > exactDouble && n.double <= math.MaxFloat64:
		w.text = appendDoubleWords(w.text, n.double, ordinal)
	default:
		panic(failValue("D1001", n.double))
	}
}

// appendWords writes a number in words. It starts with and if the number is
// less than 100, else with comma.
func appendWords(dst []byte, n uint64, and, comma string, ordinal bool) []byte {
	unit, word := uint64(100), "Hundred"
	switch {
	case n < 100:
		return appendSmallWords(append(dst, and...), int(n), ordinal)
	case n >= 1000:
		magnitude := 1
		for unit = 1000; magnitude < len(magnitudeWords)-1 && n/unit >= 1000; magnitude++ {
			unit *= 1000
		}
		word = magnitudeWords[magnitude]
	}
	dst = appendWords(append(dst, comma...), n/unit, "", "", false)
	dst = append(append(dst, ' '), word...)
	switch rest := n % unit; {
	case rest > 0:
		dst = appendWords(dst, rest, " and ", ", ", ordinal)
	case ordinal:
		dst = append(dst, "th"...)
	}
	return dst
}

func appendSmallWords(dst []byte, n int, ordinal bool) []byte {
	if n >= 20 {
		word := tensWords[n/10]
		switch {
		case n%10 > 0:
			return appendSmallWords(append(append(dst, word...), '-'), n%10, ordinal)
		case ordinal:
			return append(append(dst, word[:len(word)-1]...), "ieth"...)
		}
		return append(dst, word...)
	}
	if !ordinal {
		return append(dst, smallWords[n]...)
	}
	if word, ok := irregularOrdinals[n]; ok {
		return append(dst, word...)
	}
	return append(append(dst, smallWords[n]...), "th"...)
}

// appendDoubleWords writes a number of trillions.
func appendDoubleWords(dst []byte, f float64, ordinal bool) []byte {
	const trillion = 1e12
	trillions := math.Floor(f / trillion)
	if trillions <= exactDouble {
		dst = appendWords(dst, uint64(trillions), "", "", false)
	} else {
		dst = appendDoubleWords(dst, trillions, false)
	}
	dst = append(dst, " Trillion"...)
	// Rounding may leave any rest, even a negative one.
	switch rest := f - trillions*trillion; {
	case rest > exactDouble:
		dst = appendDoubleWords(append(dst, ", "...), rest, ordinal)
	case rest > 0:
		dst = appendWords(dst, uint64(rest), " and ", ", ", ordinal)
	case ordinal:
		dst = append(dst, "th"...)
	}
	return dst
}

// parseInteger parses a number written by a picture. It returns NaN if it is
// not one.
func (st *state) parseInteger(p *integerPicture, text string) any {
	st.step(1 + len(text)/8)
	switch p.numbering {
	case letterNumbers:
		first := rune('a')
		if p.letters == upperCase {
			first = 'A'
		}
		return numberOf(lettersValue(text, first))
	case romanNumbers:
		return numberOf(romanValue(text, p.letters != upperCase))
	case wordNumbers:
		st.keepBytes(len(text))
		return numberOf(wordsValue(strings.ToLower(text)))
	}
	if p.ordinal {
		text = withoutSuffix(text)
	}
	if p.zero != '0' || !isPlainDigits(text) {
		text = st.plainDigits(p, text)
	}
	return parseInt(text)
}

// withoutSuffix removes the last two code units.
func withoutSuffix(s string) string {
	for units := 2; units > 0 && s != ""; units-- {
		r, n := lastRune(s)
		s = s[:len(s)-n]
		if r >= 0x10000 && units == 2 {
			return s
		}
		if r >= 0x10000 {
			high, _ := surrogatesOf(string(r))
			return s + wtf8(high)
		}
	}
	return s
}

func isPlainDigits(s string) bool {
	for i := range len(s) {
		if s[i]-'0' > 9 {
			return false
		}
	}
	return true
}

// plainDigits removes separators and converts other digits to 0 to 9.
func (st *state) plainDigits(p *integerPicture, text string) string {
	separators := p.separators
	if p.interval > 0 {
		// jsonata-js accepts no other separator here.
		separators = []separator{{char: ','}}
	}
	st.keepBytes(len(text))
	dst := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		r, n := decodeRune(text[i:])
		i += n
		st.step(1 + len(separators)/4)
		if slices.ContainsFunc(separators, func(s separator) bool { return s.char == r }) {
			continue
		}
		if p.zero != '0' {
			r = shiftDigit(r, p.zero)
		}
		dst = appendRune(dst, r)
	}
	return string(dst)
}

// shiftDigit converts a digit of a family to 0 to 9, and shifts other
// characters by the same distance.
func shiftDigit(r, zero rune) rune {
	if r < zero-'0' {
		throwException("Invalid code point " + strconv.Itoa(int(r-zero+'0')))
	}
	return r - zero + '0'
}

// lettersValue returns the number of a column. Any character counts by its
// distance from the first letter.
func lettersValue(text string, first rune) float64 {
	result, unit := 0.0, 0
	for text != "" {
		r, n := lastRune(text)
		text = text[:len(text)-n]
		low, high := r, rune(-1)
		if r >= 0x10000 {
			high, low = surrogatesOf(string(r))
		}
		result += float64(low-first+1) * pow(26, float64(unit))
		unit++
		if high >= 0 {
			result += float64(high-first+1) * pow(26, float64(unit))
			unit++
		}
	}
	return result
}

var romanValues = [...]float64{'M': 1000, 'D': 500, 'C': 100, 'L': 50, 'X': 10, 'V': 5, 'I': 1}

// romanValue adds the values of the numerals. A numeral before a greater one is
// subtracted.
func romanValue(text string, anyCase bool) float64 {
	result, greatest := 0.0, 1.0
	for text != "" {
		r, n := lastRune(text)
		text = text[:len(text)-n]
		if anyCase {
			r = unicode.ToUpper(r)
		}
		if int(r) >= len(romanValues) || romanValues[r] == 0 {
			return math.NaN()
		}
		if value := romanValues[r]; value < greatest {
			result -= value
		} else {
			greatest = value
			result += value
		}
	}
	return result
}

// wordValues holds the values of number words, in lower case.
var wordValues = makeWordValues()

func makeWordValues() map[string]float64 {
	values := map[string]float64{}
	add := func(value float64, words ...string) {
		for _, word := range words {
			values[strings.ToLower(word)] = value
		}
	}
	for n := range 100 {
		if n < 20 || n%10 == 0 {
			add(float64(n), string(appendSmallWords(nil, n, false)), string(appendSmallWords(nil, n, true)))
		}
	}
	add(100, "hundred", "hundredth", "hundreieth") // the last one as in jsonata-js
	for i, unit := 1, 1000.0; i < len(magnitudeWords); i, unit = i+1, unit*1000 {
		add(unit, magnitudeWords[i], magnitudeWords[i]+"th")
	}
	return values
}

// wordsValue parses a number in lower-case words.
func wordsValue(text string) float64 {
	total, part := 0.0, 0.0
	for {
		end, next := wordEnd(text)
		value, ok := wordValues[text[:end]]
		switch {
		case !ok:
			return math.NaN()
		case value >= 100:
			part *= value
		case part >= 1000:
			total += part
			part = value
		default:
			part += value
		}
		if next < 0 {
			return total + part
		}
		text = text[next:]
	}
}

// wordEnd returns the end of the first word and the start of the next, -1 if
// there is none.
func wordEnd(text string) (end, next int) {
	for i, r := range text {
		switch {
		case r == ',':
			if n := spaceAt(text[i+1:]); n > 0 {
				return i, i + 1 + n
			}
		case r == '-' || r == '\\':
			return i, i + 1
		case isSpace(r):
			n := i + utf8.RuneLen(r)
			if rest, ok := strings.CutPrefix(text[n:], "and"); ok {
				if m := spaceAt(rest); m > 0 {
					return i, n + len("and") + m
				}
			}
			return i, n
		}
	}
	return len(text), -1
}

// spaceAt returns the length of the white space character at the start of s,
// else 0.
func spaceAt(s string) int {
	if r, n := utf8.DecodeRuneInString(s); n > 0 && isSpace(r) {
		return n
	}
	return 0
}

// parseInt is JavaScript's parseInt: white space, a sign, and decimal digits,
// or hexadecimal ones after 0x; the rest is ignored. It is exact within int64.
func parseInt(s string) any {
	s = strings.TrimLeftFunc(s, isSpace)
	negative := strings.HasPrefix(s, "-")
	if negative || strings.HasPrefix(s, "+") {
		s = s[1:]
	}
	if len(s) > 1 && s[0] == '0' && s[1]|0x20 == 'x' {
		return applySign(hexPrefix(s[2:]), negative)
	}
	n, i := uint64(0), 0
	for ; i < len(s) && s[i]-'0' <= 9; i++ {
		high, low := bits.Mul64(n, 10)
		n = low + uint64(s[i]-'0')
		if high > 0 || n > math.MaxInt64 {
			rest, _ := cutDigits(s)
			f, _ := strconv.ParseFloat(s[:len(s)-len(rest)], 64)
			return applySign(f, negative)
		}
	}
	switch {
	case i == 0:
		return math.NaN()
	case negative:
		return -int64(n)
	}
	return int64(n)
}

func hexPrefix(s string) any {
	i := 0
	for i < len(s) && isDigit(s[i], 16) {
		i++
	}
	if i == 0 {
		return math.NaN()
	}
	return parseBase(s[:i], 4)
}

func applySign(v any, negative bool) any {
	switch {
	case !negative:
		return v
	case v == any(int64(0)):
		return v
	}
	if n, ok := v.(int64); ok {
		return -n
	}
	return -toFloat(v)
}
