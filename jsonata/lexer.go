package jsonata

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gostates/gostates/jsonata/internal/jsregexp"
	"github.com/gostates/gostates/value"
)

type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenOperator
	tokenName
	tokenVariable
	tokenLiteral
	tokenRegexp
)

type token struct {
	kind    tokenKind
	text    string // of an operator, a name, a variable (without $), a regexp (without slashes)
	literal any    // of a regexp, a *regexpLiteral
	pos     int    // offset just after the token
}

type regexpLiteral struct {
	flags    string
	compiled *jsregexp.Regexp
}

// isOperator reports whether the token is an operator.
func (t *token) isOperator(operator string) bool {
	return t.kind == tokenOperator && t.text == operator
}

// errorValue returns the token as jsonata-js's errors show it.
func (t *token) errorValue() any {
	switch t.kind {
	case tokenEnd:
		return "(end)"
	case tokenLiteral:
		if t.literal == nil {
			return nullToken{}
		}
		return t.literal
	case tokenRegexp:
		return &value.Object{} // as JSON.stringify writes a RegExp
	}
	return t.text
}

// nullToken is the token null in an error, where nil means no token. As JSON it
// is null.
type nullToken struct{}

// signatureText returns the token as part of a function's signature.
func (t *token) signatureText() string {
	switch t.kind {
	case tokenEnd:
		return "(end)"
	case tokenRegexp:
		return "/" + t.text + "/" + t.literal.(*regexpLiteral).flags
	case tokenLiteral:
		if s, ok := t.literal.(string); ok {
			return s
		}
		return string(appendJSON(nil, t.literal))
	}
	return t.text
}

// A lexer splits the source into tokens. It throws its errors.
type lexer struct {
	src string
	pos int
}

const (
	spaces    = " \t\n\r\v"
	operators = ".[]{}(),@#;:?+-*/%|=<>^&!~"
)

// ends marks the bytes that end a name.
var ends = func() (table [256]bool) {
	for _, c := range []byte(spaces + operators) {
		table[c] = true
	}
	return table
}()

// byteAt returns the byte at an offset, 0 past the end.
func (l *lexer) byteAt(i int) byte {
	if i < len(l.src) {
		return l.src[i]
	}
	return 0
}

func (l *lexer) hasPrefix(prefix string) bool {
	return strings.HasPrefix(l.src[l.pos:], prefix)
}

// nextToken reads a token. If infix is set, an operator may come next, and a
// slash is one; otherwise a slash starts a regular expression.
func (l *lexer) nextToken(infix bool) token {
	if c := l.byteAt(l.pos); c <= ' ' || c == '/' {
		l.skipSpace()
	}
	if l.pos >= len(l.src) {
		return token{pos: len(l.src)}
	}
	c := l.src[l.pos]
	switch {
	case c == '/' && !infix:
		return l.readRegexp()
	case c == '"' || c == '\'':
		return l.readString(c)
	case c >= '0' && c <= '9':
		return l.readNumber()
	case c == '`':
		return l.readQuotedName()
	}
	if !ends[c] {
		return l.readName()
	}
	switch l.byteAt(l.pos + 1) {
	case '.', '=', '*', '>':
		switch l.src[l.pos : l.pos+2] {
		case "..", ":=", "!=", ">=", "<=", "**", "~>":
			return l.readOperator(2)
		}
	}
	return l.readOperator(1)
}

func (l *lexer) skipSpace() {
	for {
		for l.pos < len(l.src) && l.src[l.pos] <= ' ' && strings.IndexByte(spaces, l.src[l.pos]) >= 0 {
			l.pos++
		}
		if !l.hasPrefix("/*") {
			return
		}
		end := strings.Index(l.src[l.pos+2:], "*/")
		if end < 0 {
			panic(failAt("S0106", l.pos, nil))
		}
		l.pos += 2 + end + 2
	}
}

func (l *lexer) readOperator(size int) token {
	l.pos += size
	return token{kind: tokenOperator, text: l.src[l.pos-size : l.pos], pos: l.pos}
}

func (l *lexer) readName() token {
	start := l.pos
	for l.pos < len(l.src) && !ends[l.src[l.pos]] {
		l.pos++
	}
	name := l.src[start:l.pos]
	t := token{kind: tokenName, text: name, pos: l.pos}
	switch name {
	case "and", "or", "in":
		t.kind = tokenOperator
	case "true", "false":
		t.kind, t.literal = tokenLiteral, name == "true"
	case "null":
		t.kind = tokenLiteral
	default:
		if name[0] == '$' {
			t.kind, t.text = tokenVariable, name[1:]
		}
	}
	return t
}

// readQuotedName reads a name in backquotes.
func (l *lexer) readQuotedName() token {
	start := l.pos + 1
	end := strings.IndexByte(l.src[start:], '`')
	if end < 0 {
		panic(failAt("S0105", len(l.src), nil))
	}
	l.pos = start + end + 1
	return token{kind: tokenName, text: l.src[start : start+end], pos: l.pos}
}

func (l *lexer) skipDigits(i int) int {
	for l.byteAt(i) >= '0' && l.byteAt(i) <= '9' {
		i++
	}
	return i
}

func (l *lexer) readNumber() token {
	start, whole := l.pos, true
	i := start + 1
	if l.src[start] != '0' {
		i = l.skipDigits(i)
	}
	if end := l.skipDigits(i + 1); l.byteAt(i) == '.' && end > i+1 {
		i, whole = end, false
	}
	if l.byteAt(i) == 'e' || l.byteAt(i) == 'E' {
		first := i + 1
		if l.byteAt(first) == '+' || l.byteAt(first) == '-' {
			first++
		}
		if end := l.skipDigits(first); end > first {
			i, whole = end, false
		}
	}
	text := l.src[start:i]
	t := token{kind: tokenLiteral, pos: i}
	if n, err := strconv.ParseInt(text, 10, 64); whole && err == nil {
		t.literal = n
	} else if f, _ := strconv.ParseFloat(text, 64); math.IsInf(f, 0) {
		panic(failAt("S0102", start, text))
	} else if whole {
		t.literal = f
	} else {
		t.literal = numberOf(f)
	}
	l.pos = i
	return t
}

// readString reads a string literal. It copies only a string with escapes.
func (l *lexer) readString(quote byte) token {
	start := l.pos + 1
	for i := start; i < len(l.src); i++ {
		switch l.src[i] {
		case quote:
			l.pos = i + 1
			return token{kind: tokenLiteral, literal: l.src[start:i], pos: l.pos}
		case '\\':
			return l.readEscapedString(quote, start, i)
		}
	}
	panic(failAt("S0101", len(l.src), nil))
}

// readEscapedString continues at the first backslash of a string literal.
func (l *lexer) readEscapedString(quote byte, start, i int) token {
	s := append(make([]byte, 0, 2*(i-start)+16), l.src[start:i]...)
	surrogates := false
	for i < len(l.src) {
		c := l.src[i]
		i++
		switch c {
		case quote:
			l.pos = i
			if surrogates {
				s = joinSurrogates(s)
			}
			return token{kind: tokenLiteral, literal: string(s), pos: i}
		case '\\':
			unit := l.readEscape(i)
			i++
			if l.src[i-1] == 'u' {
				i = min(i+4, len(l.src))
			}
			surrogates = surrogates || isSurrogate(unit)
			s = appendUnit(s, unit)
		default:
			s = append(s, c)
		}
	}
	panic(failAt("S0101", len(l.src), nil))
}

// readEscape returns the UTF-16 code unit of the escape sequence at i, just
// after the backslash.
func (l *lexer) readEscape(i int) uint16 {
	switch c := l.byteAt(i); c {
	case '"', '\\', '/':
		return uint16(c)
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'u':
		unit, ok := parseHex(l.src[i+1 : min(i+5, len(l.src))])
		if !ok {
			panic(failAt("S0104", i, nil))
		}
		return unit
	}
	panic(failAt("S0103", i, leadingUnit(l.src[i:])))
}

// parseHex reads one to four hexadecimal digits. There are fewer than four only
// if the source ends within an escape, which is reported later as a string
// without an end.
func parseHex(s string) (unit uint16, ok bool) {
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		unit = unit<<4 | uint16(c)
	}
	return unit, s != ""
}

// leadingUnit returns the first UTF-16 code unit of s as a string.
func leadingUnit(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if r >= 0x10000 {
		return string(appendUnit(nil, uint16(0xD800+(r-0x10000)>>10)))
	}
	return s[:size]
}

func isSurrogate(unit uint16) bool { return unit>>11 == 0xD800>>11 }

// appendUnit writes a code unit as UTF-8, a surrogate as WTF-8.
func appendUnit(dst []byte, unit uint16) []byte {
	if isSurrogate(unit) {
		return append(dst, 0xE0|byte(unit>>12), 0x80|byte(unit>>6)&0x3F, 0x80|byte(unit)&0x3F)
	}
	return utf8.AppendRune(dst, rune(unit))
}

// joinSurrogates replaces pairs of surrogates in WTF-8 by their characters, in
// place.
func joinSurrogates(s []byte) []byte {
	out := s[:0]
	for i := 0; i < len(s); {
		if i+6 <= len(s) && s[i] == 0xED && s[i+1]>>4 == 0xA && s[i+3] == 0xED && s[i+4]>>4 == 0xB {
			high := rune(s[i+1]&0xF)<<6 | rune(s[i+2]&0x3F)
			low := rune(s[i+4]&0xF)<<6 | rune(s[i+5]&0x3F)
			out = utf8.AppendRune(out, 0x10000+high<<10+low)
			i += 6
			continue
		}
		out = append(out, s[i])
		i++
	}
	return out
}

// readRegexp reads a regular expression literal. It ends at a slash that is not
// escaped or within brackets of any kind.
func (l *lexer) readRegexp() token {
	start := l.pos + 1
	depth, escaped := 0, false
	for i := start; i < len(l.src); i++ {
		c := l.src[i]
		after := l.src[i-1] == '\\'
		switch c {
		case '/':
			if depth == 0 && !escaped {
				return l.compileRegexp(start, i)
			}
		case '(', '[', '{':
			if !after {
				depth++
			}
		case ')', ']', '}':
			if !after {
				depth--
			}
		}
		escaped = c == '\\' && !escaped
	}
	panic(failAt("S0302", len(l.src), nil))
}

// compileRegexp compiles the regular expression from start to the slash at end.
func (l *lexer) compileRegexp(start, end int) token {
	if start == end {
		panic(failAt("S0301", end, nil))
	}
	i := end + 1
	for l.byteAt(i) == 'i' || l.byteAt(i) == 'm' {
		i++
	}
	source, flags := l.src[start:end], l.src[end+1:i]+"g"
	if strings.Count(flags, "i") > 1 || strings.Count(flags, "m") > 1 {
		panic(&Error{Code: "S0303", Pos: i, Message: "Invalid flags supplied to RegExp constructor '" + flags + "'"})
	}
	re, err := jsregexp.Compile(source, flags)
	if err != nil {
		panic(&Error{Code: "S0303", Pos: i, Message: err.Error()})
	}
	l.pos = i
	return token{kind: tokenRegexp, text: source, literal: &regexpLiteral{flags, re}, pos: i}
}
