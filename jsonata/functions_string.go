package jsonata

import (
	"encoding/base64"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gostates/gostates/value"
)

var stringFunctions = []builtin{
	{"string", "<x-b?:s>", 1, fnString},
	{"substring", "<s-nn?:s>", 3, fnSubstring},
	{"substringBefore", "<s-s:s>", 2, fnSubstringBefore},
	{"substringAfter", "<s-s:s>", 2, fnSubstringAfter},
	{"lowercase", "<s-:s>", 1, fnLowercase},
	{"uppercase", "<s-:s>", 1, fnUppercase},
	{"length", "<s-:n>", 1, fnLength},
	{"trim", "<s-:s>", 1, fnTrim},
	{"pad", "<s-ns?:s>", 3, fnPad},
	{"match", "<s-f<s:o>n?:a<o>>", 3, fnMatch},
	{"contains", "<s-(sf):b>", 2, fnContains},
	{"replace", "<s-(sf)(sf)n?:s>", 4, fnReplace},
	{"split", "<s-(sf)n?:a<s>>", 3, fnSplit},
	{"join", "<a<s>s?:s>", 2, fnJoin},
	{"base64encode", "<s-:s>", 1, fnBase64Encode},
	{"base64decode", "<s-:s>", 1, fnBase64Decode},
	{"encodeUrlComponent", "<s-:s>", 1, func(c *call, args []any) any {
		return encodeURL(c, args[0], urlComponent, "encodeUrlComponent")
	}},
	{"encodeUrl", "<s-:s>", 1, func(c *call, args []any) any {
		return encodeURL(c, args[0], urlComponent+urlReserved, "encodeUrl")
	}},
	{"decodeUrlComponent", "<s-:s>", 1, func(c *call, args []any) any {
		return decodeURL(c, args[0], "", "decodeUrlComponent")
	}},
	{"decodeUrl", "<s-:s>", 1, func(c *call, args []any) any {
		return decodeURL(c, args[0], urlReserved, "decodeUrl")
	}},
}

// A writer builds a string of unknown length in the evaluation's own buffer.
type writer struct {
	st    *state
	text  []byte
	depth int // of arrays and objects in JSON
}

func (st *state) writer() writer {
	w := writer{st: st, text: st.text[:0]}
	st.text = nil // whatever is called meanwhile has a buffer of its own
	return w
}

// need counts the work of n bytes that are about to be written, and throws if
// the string becomes too long.
func (w *writer) need(n int) {
	w.st.step(1 + n/16)
	if len(w.text)+n > w.st.limits.ValueBytes {
		panic(outOfMemory())
	}
}

func (w *writer) add(s string) {
	w.need(len(s))
	w.text = appendText(w.text, s)
}

// done returns the string and gives the buffer back.
func (w *writer) done() string {
	w.st.charge(len(w.text))
	s := string(w.text)
	w.st.text = w.text
	return s
}

func fnString(c *call, args []any) any {
	v := args[0]
	switch v := v.(type) {
	case string:
		return v
	case *Lambda:
		return ""
	}
	if v == Undefined {
		return v
	}
	indent := ""
	if args[1] == true {
		indent = "\n"
	}
	return c.stringify(v, indent)
}

// stringOf is what $string makes of a value, nothing for undefined.
func (st *state) stringOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	case bool:
		return strconv.FormatBool(v)
	case *Lambda:
		return ""
	}
	if v == Undefined {
		return ""
	}
	return st.stringify(v, "")
}

// stringify writes anything but a string or a function. indent is empty, or the
// newline that comes before each line.
func (st *state) stringify(v any, indent string) string {
	switch n := v.(type) {
	case *array:
		if n.outer && len(n.items) == 1 {
			v = n.items[0]
		}
	case float64:
		if math.IsInf(n, 0) || math.IsNaN(n) {
			panic(failValue("D3001", v))
		}
	}
	w := st.writer()
	w.json(v, indent)
	return w.done()
}

// json writes JSON as $string does: numbers have at most 15 digits, and a
// function is an empty string.
func (w *writer) json(v any, indent string) {
	switch v := v.(type) {
	case string:
		w.need(len(v) + 2)
		w.text = appendQuoted(w.text, v)
		return
	case *Lambda:
		w.raw(`""`)
		return
	case *value.Object:
		w.object(v, indent)
		return
	}
	if list, ok := items(v); ok {
		w.array(list, indent)
		return
	}
	w.need(25)
	switch v := v.(type) {
	case bool:
		w.text = strconv.AppendBool(w.text, v)
	case int64:
		w.text = strconv.AppendInt(w.text, v, 10)
	case float64, *big.Int:
		if !finite(v) {
			w.raw("null")
			return
		}
		w.text = appendRounded(w.text, toFloat(v))
	default:
		w.raw("null")
	}
}

// raw writes a piece of syntax.
func (w *writer) raw(s string) {
	if len(w.text)+len(s) > w.st.limits.ValueBytes {
		panic(outOfMemory())
	}
	w.text = append(w.text, s...)
}

func (w *writer) deepen() {
	if w.depth++; w.depth > maxNesting {
		panic(stackOverflow())
	}
}

// deeper is the indentation of what stands inside of brackets.
func deeper(indent string) string {
	if indent == "" {
		return ""
	}
	return indent + "  "
}

func (w *writer) array(list []any, indent string) {
	w.deepen()
	inner := deeper(indent)
	separator := "["
	for _, item := range list {
		w.raw(separator)
		w.raw(inner)
		w.json(item, inner)
		separator = ","
	}
	w.close(separator, "[", "]", indent)
	w.depth--
}

func (w *writer) object(o *value.Object, indent string) {
	w.deepen()
	inner := deeper(indent)
	separator := "{"
	for i := range ordered(o) {
		m := o.At(i)
		if m.Value == Undefined {
			continue
		}
		w.raw(separator)
		w.raw(inner)
		w.need(len(m.Key) + 2)
		w.text = appendQuoted(w.text, m.Key)
		w.raw(":")
		if indent != "" {
			w.raw(" ")
		}
		w.json(m.Value, inner)
		separator = ","
	}
	w.close(separator, "{", "}", indent)
	w.depth--
}

// close writes the closing bracket, and the opening one if nothing did.
func (w *writer) close(separator, opening, closing, indent string) {
	if separator == opening {
		w.raw(opening)
	} else {
		w.raw(indent)
	}
	w.raw(closing)
}

// appendQuoted writes a JSON string as JSON.stringify does.
func appendQuoted(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		b := s[i]
		if b >= ' ' && b != '"' && b != '\\' && (b != halfLead || !startsHalf(s[i:])) {
			continue
		}
		dst = append(dst, s[start:i]...)
		start = i + 1
		switch b {
		case '"', '\\':
			dst = append(dst, '\\', b)
		case '\b':
			dst = append(dst, `\b`...)
		case '\t':
			dst = append(dst, `\t`...)
		case '\n':
			dst = append(dst, `\n`...)
		case '\f':
			dst = append(dst, `\f`...)
		case '\r':
			dst = append(dst, `\r`...)
		case halfLead:
			r, n := decode(s[i:])
			dst = append(dst, '\\', 'u', 'd', hex[r>>8&15], hex[r>>4&15], hex[r&15])
			i += n - 1
			start = i + 1
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[b>>4], hex[b&15])
		}
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

// appendRounded writes a double rounded to 15 significant digits, as
// Number(x.toPrecision(15)) is written. A number beyond int64 has the shortest
// digits that read back, as AWS writes it.
func appendRounded(dst []byte, f float64) []byte {
	start := len(dst)
	dst = appendFloat(dst, f)
	digits, last := significant(dst[start:])
	if digits <= 15 || math.Abs(f) >= 1<<63 {
		return dst
	}
	var space [64]byte
	if digits == 16 && last == '5' {
		// It may lie in the middle, where toPrecision goes up and Go to even.
		exact := strconv.AppendFloat(space[:0], f, 'e', 40, 64)
		if rest, _ := significant(exact); rest == 16 {
			f = math.Nextafter(f, math.Copysign(math.Inf(1), f))
		}
	}
	rounded := strconv.AppendFloat(space[:0], f, 'e', 14, 64)
	f, err := strconv.ParseFloat(string(rounded), 64)
	if err != nil {
		return append(dst[:start], "null"...) // beyond the largest double
	}
	return appendFloat(dst[:start], f)
}

// significant counts the significant digits of a number and returns the last.
func significant(number []byte) (digits int, last byte) {
	zeros := 0
	for _, b := range number {
		switch {
		case b == 'e':
			return digits, last
		case b == '0' && digits > 0:
			zeros++
		case b >= '1' && b <= '9':
			digits += zeros + 1
			zeros, last = 0, b
		}
	}
	return digits, last
}

func fnLength(c *call, args []any) any {
	s, ok := args[0].(string)
	if !ok {
		return Undefined
	}
	c.step(len(s) / 16)
	return int64(codePoints(s))
}

func fnSubstring(c *call, args []any) any {
	s, ok := args[0].(string)
	if !ok {
		return Undefined
	}
	c.step(len(s) / 16)
	from := toFloat(args[1])
	count := 0.0 // characters, where that matters
	if from < 0 {
		count = float64(codePoints(s))
		if count+from < 0 {
			from, count = 0, 0
		}
	}
	to := math.Inf(1)
	if args[2] != Undefined {
		length := toFloat(args[2])
		if length <= 0 {
			return ""
		}
		to = count + from + length
	}
	// A place before the end is cut off to a whole number before it is counted.
	if from = math.Trunc(from); from < 0 {
		from += count
	}
	first, last := index(from), index(to)
	if last <= first {
		return ""
	}
	start := skip(s, first)
	return s[start : start+skip(s[start:], last-first)]
}

// index makes an offset of a number that is not negative; 0 of NaN.
func index(f float64) int {
	switch {
	case f >= math.MaxInt32:
		return math.MaxInt32
	case f > 0:
		return int(f)
	}
	return 0
}

// textOf is what JavaScript makes of an argument where it wants a string.
func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	case int64, float64, *big.Int:
		return string(appendNumber(nil, v))
	}
	if v == Undefined {
		return "undefined"
	}
	if list, ok := items(v); ok {
		return arrayText(list, 0)
	}
	return "[object Object]"
}

// arrayText is String(array): the elements between commas.
func arrayText(list []any, depth int) string {
	tooDeep(depth)
	texts := make([]string, len(list))
	for i, v := range list {
		if inner, ok := items(v); ok {
			texts[i] = arrayText(inner, depth+1)
		} else if v != nil && !isUndefined(v) {
			texts[i] = textOf(v)
		}
	}
	return strings.Join(texts, ",")
}

func fnSubstringBefore(c *call, args []any) any {
	s, ok := args[0].(string)
	if !ok {
		return Undefined
	}
	before, _, _ := cut(c, s, textOf(args[1]))
	return before
}

func fnSubstringAfter(c *call, args []any) any {
	s, ok := args[0].(string)
	if !ok {
		return Undefined
	}
	_, after, found := cut(c, s, textOf(args[1]))
	if !found {
		return s
	}
	if args[1] == Undefined {
		crash("Cannot read properties of undefined (reading 'length')")
	}
	return after
}

// cut cuts s at the first separator.
func cut(c *call, s, separator string) (before, after string, found bool) {
	c.step(len(s) / 16)
	if !cutsPairs(separator) {
		return strings.Cut(s, separator)
	}
	c.keep(3 * len(s))
	before, after, found = strings.Cut(apart(s), separator)
	return together(before), together(after), found
}

func fnTrim(c *call, args []any) any {
	s, ok := args[0].(string)
	if !ok {
		return Undefined
	}
	c.step(len(s) / 16)
	s = strings.Trim(s, " \t\n\r")
	if !hasSpaceRun(s) {
		return s
	}
	c.charge(len(s))
	dst := make([]byte, 0, len(s))
	space := false
	for i := range len(s) {
		if isTrimmed(s[i]) {
			space = true
			continue
		}
		if space {
			dst = append(dst, ' ')
			space = false
		}
		dst = append(dst, s[i])
	}
	return string(dst)
}

func isTrimmed(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' }

// hasSpaceRun reports whether s has white space other than single spaces.
func hasSpaceRun(s string) bool {
	for i := range len(s) {
		if isTrimmed(s[i]) && (s[i] != ' ' || isTrimmed(s[i+1])) {
			return true
		}
	}
	return false
}

// maxPadding is how many characters $pad adds at most. Longer strings are made in
// other ways.
const maxPadding = 262_144

func fnPad(c *call, args []any) any {
	s, ok := args[0].(string)
	if !ok {
		return Undefined
	}
	c.step(len(s) / 16)
	width := toFloat(args[1])
	missing := math.Abs(width) - float64(codePoints(s))
	if !(missing > 0) {
		return s
	}
	if missing != math.Trunc(missing) {
		crash("Invalid array length")
	}
	if missing > maxPadding {
		panic(outOfMemory())
	}
	char, _ := args[2].(string)
	if char == "" {
		char = " "
	}
	padding := padding(c, char, int(missing))
	c.charge(len(s) + len(padding))
	if width > 0 {
		return concat(s, padding)
	}
	return concat(padding, s)
}

// padding is the first n characters of char over and over.
func padding(c *call, char string, n int) string {
	size := codePoints(char)
	if startsLow(char) && endsHigh(char) {
		size = 1 // the halves of one and the next make a pair
	}
	copies := (n-1)/size + 1
	bytes := sizeTimes(copies, len(char))
	c.charge(bytes)
	c.step(bytes / 16)
	if size == len(char) {
		return strings.Repeat(char, copies)[:n]
	}
	text := make([]byte, 0, copies*len(char))
	for range copies {
		text = appendText(text, char)
	}
	padding := string(text)
	return padding[:skip(padding, n)]
}

func fnJoin(c *call, args []any) any {
	if args[0] == Undefined {
		return Undefined
	}
	list := listOf(args[0])
	separator, _ := args[1].(string)
	c.step(len(list))
	size, halves := max(len(list)-1, 0)*len(separator), hasHalves(separator)
	for _, v := range list {
		s := joined(v)
		size += len(s)
		halves = halves || hasHalves(s)
	}
	c.charge(size)
	c.step(size / 8)
	if !halves {
		var text strings.Builder
		text.Grow(size)
		for i, v := range list {
			if i > 0 {
				text.WriteString(separator)
			}
			text.WriteString(joined(v))
		}
		return text.String()
	}
	text := make([]byte, 0, size)
	for i, v := range list {
		if i > 0 {
			text = appendText(text, separator)
		}
		text = appendText(text, joined(v))
	}
	return string(text)
}

// joined is the text of an element in Array.prototype.join.
func joined(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	if v == nil || v == Undefined {
		return ""
	}
	return textOf(v)
}

func fnBase64Encode(c *call, args []any) any {
	s, ok := args[0].(string)
	if !ok {
		return Undefined
	}
	c.charge(base64.StdEncoding.EncodedLen(codeUnits(s)))
	c.step(len(s) / 16)
	if isASCII(s) {
		return base64.StdEncoding.EncodeToString([]byte(s))
	}
	return base64.StdEncoding.EncodeToString(lowBytes(s))
}

// lowBytes is the low byte of every code unit.
func lowBytes(s string) []byte {
	dst := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		r, n := decode(s[i:])
		if r >= 0x10000 {
			high, low := halves(s[i:])
			dst = append(dst, byte(high))
			r = low
		}
		dst = append(dst, byte(r))
		i += n
	}
	return dst
}

// fnBase64Decode decodes what there is to decode, as Node's Buffer does: both
// alphabets, ignoring whatever is in neither, up to the first =. Of each code
// unit it sees the low byte.
func fnBase64Decode(c *call, args []any) any {
	s, ok := args[0].(string)
	if !ok {
		return Undefined
	}
	c.keep(2 * len(s))
	c.step(len(s) / 8)
	if !isASCII(s) {
		s = string(lowBytes(s))
	}
	dst := make([]byte, 0, len(s))
	bits, have := uint32(0), 0
	for i := range len(s) {
		if s[i] == '=' {
			break
		}
		n := base64Value(s[i])
		if n < 0 {
			continue
		}
		bits, have = bits<<6|uint32(n), have+6
		if have >= 8 {
			have -= 8
			dst = utf8.AppendRune(dst, rune(bits>>have&0xFF))
		}
	}
	c.charge(len(dst))
	return string(dst)
}

func base64Value(b byte) int {
	switch {
	case b >= 'A' && b <= 'Z':
		return int(b - 'A')
	case b >= 'a' && b <= 'z':
		return int(b-'a') + 26
	case b >= '0' && b <= '9':
		return int(b-'0') + 52
	case b == '+' || b == '-':
		return 62
	case b == '/' || b == '_':
		return 63
	}
	return -1
}

const (
	urlComponent = "-_.!~*'()" // stand for themselves besides letters and digits
	urlReserved  = ";/?:@&=+$,#"
)

func malformedURL(s, name string) {
	e := failValue("D3140", s)
	e.fname = name
	panic(e)
}

// encodeURL escapes every byte but letters, digits and those in plain.
func encodeURL(c *call, v any, plain, name string) any {
	s, ok := v.(string)
	if !ok {
		return Undefined
	}
	c.step(len(s) / 8)
	isPlain := func(b byte) bool {
		return isDigit(b, 36) || strings.IndexByte(plain, b) >= 0
	}
	escapes := 0
	for i := range len(s) {
		if !isPlain(s[i]) {
			escapes++
			if startsHalf(s[i:]) {
				malformedURL(s, name)
			}
		}
	}
	if escapes == 0 {
		return s
	}
	const hex = "0123456789ABCDEF"
	c.charge(len(s) + 2*escapes)
	dst := make([]byte, 0, len(s)+2*escapes)
	for i := range len(s) {
		if b := s[i]; isPlain(b) {
			dst = append(dst, b)
		} else {
			dst = append(dst, '%', hex[b>>4], hex[b&15])
		}
	}
	return string(dst)
}

// decodeURL resolves escapes but those of the characters in kept.
func decodeURL(c *call, v any, kept, name string) any {
	s, ok := v.(string)
	if !ok {
		return Undefined
	}
	c.step(len(s) / 8)
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	c.charge(len(s))
	dst := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		if s[i] != '%' {
			dst = append(dst, s[i])
			i++
			continue
		}
		text, n := unescape(s[i:])
		switch {
		case n == 0:
			malformedURL(s, name)
		case len(text) == 1 && strings.IndexByte(kept, text[0]) >= 0:
			dst = append(dst, s[i:i+n]...)
		default:
			dst = append(dst, text...)
		}
		i += n
	}
	return string(dst)
}

// unescape reads the escapes of one character, and returns how long they are: 0
// if they are no UTF-8.
func unescape(s string) (char []byte, length int) {
	var space [utf8.UTFMax]byte
	char = space[:0]
	for len(char) < utf8.UTFMax {
		if len(s) < length+3 || s[length] != '%' || !isDigit(s[length+1], 16) || !isDigit(s[length+2], 16) {
			return nil, 0
		}
		b, _ := strconv.ParseUint(s[length+1:length+3], 16, 8)
		char = append(char, byte(b))
		length += 3
		if utf8.FullRune(char) {
			break
		}
	}
	if !utf8.Valid(char) {
		return nil, 0
	}
	return char, length
}
