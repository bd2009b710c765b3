package jsonata

import (
	"math"
	"math/big"
	"strconv"

	"github.com/gostates/gostates/value"
)

// A writer builds a string of unknown length in the evaluation's buffer.
type writer struct {
	st    *state
	text  []byte
	depth int // current nesting of arrays and objects in JSON
}

func (st *state) newWriter() writer {
	w := writer{st: st, text: st.text[:0]}
	st.text = nil // nested calls use their own buffer
	return w
}

// needBytes counts the work to write n bytes, and throws if the string gets too
// long.
func (w *writer) needBytes(n int) {
	w.st.step(1 + n/16)
	if len(w.text)+n > w.st.limits.ValueBytes {
		panic(outOfMemory())
	}
}

func (w *writer) addText(s string) {
	w.needBytes(len(s))
	w.text = appendText(w.text, s)
}

// finishText returns the string and releases the buffer.
func (w *writer) finishText() string {
	w.st.charge(len(w.text))
	s := string(w.text)
	w.st.text = w.text
	return s
}

// stringOf returns $string of a value, "" for undefined.
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
	return st.stringifyValue(v, "")
}

// stringifyValue writes any value except a string or a function. indent is
// empty, or the newline that starts each line.
func (st *state) stringifyValue(v any, indent string) string {
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
	w := st.newWriter()
	w.writeJSON(v, indent)
	return w.finishText()
}

// writeJSON writes JSON as $string does: numbers have at most 15 digits, and
// functions are empty strings.
func (w *writer) writeJSON(v any, indent string) {
	switch v := v.(type) {
	case string:
		w.needBytes(len(v) + 2)
		w.text = appendQuoted(w.text, v)
		return
	case *Lambda:
		w.writeRaw(`""`)
		return
	case *value.Object:
		w.writeObject(v, indent)
		return
	}
	if list, ok := items(v); ok {
		w.writeArray(list, indent)
		return
	}
	w.needBytes(25)
	switch v := v.(type) {
	case bool:
		w.text = strconv.AppendBool(w.text, v)
	case int64:
		w.text = strconv.AppendInt(w.text, v, 10)
	case float64, *big.Int:
		if !isFinite(v) {
			w.writeRaw("null")
			return
		}
		w.text = appendRounded(w.text, toFloat(v))
	default:
		w.writeRaw("null")
	}
}

// writeRaw writes syntax.
func (w *writer) writeRaw(s string) {
	if len(w.text)+len(s) > w.st.limits.ValueBytes {
		panic(outOfMemory())
	}
	w.text = append(w.text, s...)
}

func (w *writer) enterNesting() {
	if w.depth++; w.depth > maxNesting {
		panic(stackOverflow())
	}
}

// deeperIndent returns the indentation within brackets.
func deeperIndent(indent string) string {
	if indent == "" {
		return ""
	}
	return indent + "  "
}

func (w *writer) writeArray(list []any, indent string) {
	w.enterNesting()
	inner := deeperIndent(indent)
	separator := "["
	for _, item := range list {
		w.writeRaw(separator)
		w.writeRaw(inner)
		w.writeJSON(item, inner)
		separator = ","
	}
	w.closeBracket(separator, "[", "]", indent)
	w.depth--
}

func (w *writer) writeObject(o *value.Object, indent string) {
	w.enterNesting()
	inner := deeperIndent(indent)
	separator := "{"
	for i := range orderedIndexes(o) {
		m := o.At(i)
		if m.Value == Undefined {
			continue
		}
		w.writeRaw(separator)
		w.writeRaw(inner)
		w.needBytes(len(m.Key) + 2)
		w.text = appendQuoted(w.text, m.Key)
		w.writeRaw(":")
		if indent != "" {
			w.writeRaw(" ")
		}
		w.writeJSON(m.Value, inner)
		separator = ","
	}
	w.closeBracket(separator, "{", "}", indent)
	w.depth--
}

// closeBracket writes the closing bracket, after the opening one if the
// container is empty.
func (w *writer) closeBracket(separator, opening, closing, indent string) {
	if separator == opening {
		w.writeRaw(opening)
	} else {
		w.writeRaw(indent)
	}
	w.writeRaw(closing)
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
			r, n := decodeRune(s[i:])
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
	digits, last := countSignificant(dst[start:])
	if digits <= 15 || math.Abs(f) >= 1<<63 {
		return dst
	}
	var space [64]byte
	if digits == 16 && last == '5' {
		// It may be halfway, which toPrecision rounds up and Go to even.
		exact := strconv.AppendFloat(space[:0], f, 'e', 40, 64)
		if rest, _ := countSignificant(exact); rest == 16 {
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

// countSignificant returns the number of significant digits and the last of
// them.
func countSignificant(number []byte) (digits int, last byte) {
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

// appendJSON is JSON.stringify without spaces, for messages. Non-finite numbers
// are null, as are functions and undefined in an array; members with them are
// omitted.
func appendJSON(dst []byte, v any) []byte { return appendNested(dst, v, 0) }

// maxMessage is the approximate maximum length of a value in a message. A value
// that shares its parts can be endless as a tree.
const maxMessage = 1 << 17

func appendNested(dst []byte, v any, depth int) []byte {
	tooDeep(depth)
	if len(dst) > maxMessage {
		return dst
	}
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		return strconv.AppendBool(dst, v)
	case string:
		return appendQuoted(dst, v)
	case int64, *big.Int:
		return appendNumber(dst, v)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return append(dst, "null"...)
		}
		return appendFloat(dst, v)
	case []any:
		return appendJSONArray(dst, v, depth+1)
	case *array:
		return appendJSONArray(dst, v.items, depth+1)
	case *value.Object:
		dst = append(dst, '{')
		first := true
		for i := range orderedIndexes(v) {
			m := v.At(i)
			if m.Value == Undefined || isFunction(m.Value) {
				continue
			}
			if !first {
				dst = append(dst, ',')
			}
			first = false
			dst = appendQuoted(dst, m.Key)
			dst = append(dst, ':')
			dst = appendNested(dst, m.Value, depth+1)
		}
		return append(dst, '}')
	}
	return append(dst, "null"...)
}

func appendJSONArray(dst []byte, list []any, depth int) []byte {
	dst = append(dst, '[')
	for i, item := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendNested(dst, item, depth)
	}
	return append(dst, ']')
}
