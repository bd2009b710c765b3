package jsonata

import (
	"math"
	"math/big"
	"strconv"
	"strings"
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
	{"join", "<a<s>s?:s>", 2, fnJoin},
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
	return c.stringifyValue(v, indent)
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
	count := 0.0 // of characters, set if needed
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
	// A negative place is truncated before the length is added.
	if from = math.Trunc(from); from < 0 {
		from += count
	}
	first, last := clampIndex(from), clampIndex(to)
	if last <= first {
		return ""
	}
	start := skipCharacters(s, first)
	return s[start : start+skipCharacters(s[start:], last-first)]
}

// clampIndex converts a number to an offset. It returns 0 for NaN and negative
// numbers.
func clampIndex(f float64) int {
	switch {
	case f >= math.MaxInt32:
		return math.MaxInt32
	case f > 0:
		return int(f)
	}
	return 0
}

func fnSubstringBefore(c *call, args []any) any {
	s, ok := args[0].(string)
	if !ok {
		return Undefined
	}
	before, _, _ := cutText(c, s, textOf(args[1]))
	return before
}

func fnSubstringAfter(c *call, args []any) any {
	s, ok := args[0].(string)
	if !ok {
		return Undefined
	}
	_, after, found := cutText(c, s, textOf(args[1]))
	if !found {
		return s
	}
	if args[1] == Undefined {
		throwException("Cannot read properties of undefined (reading 'length')")
	}
	return after
}

// cutText splits s at the first separator.
func cutText(c *call, s, separator string) (before, after string, found bool) {
	c.step(len(s) / 16)
	if !cutsPairs(separator) {
		return strings.Cut(s, separator)
	}
	c.keepBytes(3 * len(s))
	before, after, found = strings.Cut(splitPairs(s), separator)
	return joinPairs(before), joinPairs(after), found
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

// maxPadding is the maximum number of characters that $pad adds.
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
		throwException("Invalid array length")
	}
	if missing > maxPadding {
		panic(outOfMemory())
	}
	char, _ := args[2].(string)
	if char == "" {
		char = " "
	}
	padding := makePadding(c, char, int(missing))
	c.charge(len(s) + len(padding))
	if width > 0 {
		return concatText(s, padding)
	}
	return concatText(padding, s)
}

// makePadding returns the first n characters of char repeated.
func makePadding(c *call, char string, n int) string {
	size := codePoints(char)
	if startsLow(char) && endsHigh(char) {
		size = 1 // the halves of neighbours form a pair
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
	return padding[:skipCharacters(padding, n)]
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
		s := joinedText(v)
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
			text.WriteString(joinedText(v))
		}
		return text.String()
	}
	text := make([]byte, 0, size)
	for i, v := range list {
		if i > 0 {
			text = appendText(text, separator)
		}
		text = appendText(text, joinedText(v))
	}
	return string(text)
}

// joinedText returns the string of an element in Array.prototype.join.
func joinedText(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	if v == nil || v == Undefined {
		return ""
	}
	return textOf(v)
}

// textOf returns JavaScript's conversion of v to a string.
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

// arrayText is JavaScript's String(array): the elements, separated by commas.
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
