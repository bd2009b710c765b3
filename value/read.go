package value

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// MaxDepth is the default limit for the nesting of arrays and objects.
const MaxDepth = 1000

// ReadOptions limit the input of a parser. The zero value has the default
// limits.
type ReadOptions struct {
	MaxDepth int // of arrays and objects; 0 means [MaxDepth]
	MaxBytes int // length of the JSON; 0 means no limit
}

// SyntaxError reports where and why parsing failed.
type SyntaxError struct {
	Offset  int    // in bytes from the start of the JSON
	Msg     string // without the offset
	TooDeep bool   // the JSON nests deeper than the limit
}

// Error returns the offset and the message.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("value: offset %d: %s", e.Offset, e.Msg)
}

// Position returns the line and column of an offset, both counted from 1. The
// column counts bytes.
func Position(text []byte, offset int) (line, column int) {
	line, start := 1, 0
	for i := range min(offset, len(text)) {
		if text[i] == '\n' {
			line, start = line+1, i+1
		}
	}
	return line, offset - start + 1
}

// Parse parses one JSON value with the default limits.
//
// It accepts exactly RFC 8259 in UTF-8. A repeated key keeps its first position
// and takes its last value. A number out of the range of a float64 is an error,
// and -0 is read as 0. The error is a *[SyntaxError].
func Parse(text []byte) (any, error) { return parseText(string(text), ReadOptions{}, nil) }

// ParseString is [Parse] for a string.
func ParseString(text string) (any, error) { return parseText(text, ReadOptions{}, nil) }

// Read is [Parse] with limits.
func Read(text []byte, o ReadOptions) (any, error) {
	if err := o.checkSize(len(text)); err != nil {
		return nil, err
	}
	return parseText(string(text), o, nil)
}

// ReadNode is [Read], and also returns the position of each value. The strings
// of the result are slices of one copy of text, which any of them keeps in memory.
func ReadNode(text []byte, o ReadOptions) (Node, error) { return new(NodeReader).Read(text, o) }

func (o ReadOptions) checkSize(n int) error {
	if o.MaxBytes > 0 && n > o.MaxBytes {
		return &SyntaxError{Msg: fmt.Sprintf("the JSON has more than %d bytes, the limit", o.MaxBytes)}
	}
	return nil
}

// room is the memory of a parser for the open arrays and objects. It is reused,
// unless a document needed more.
type room struct {
	items [16]any
	pairs [16]Member
}

var rooms = sync.Pool{New: func() any { return new(room) }}

// parseText parses a document.
func parseText(text string, o ReadOptions, t *tracker) (any, error) {
	v, _, err := readDocument(text, o, t, false)
	return v, err
}

// readDocument is parseText. If ask is set, it also reports whether text is what
// [Append] writes for the result.
func readDocument(text string, o ReadOptions, t *tracker, ask bool) (v any, compact bool, err error) {
	r := rooms.Get().(*room)
	depth := o.MaxDepth
	if depth <= 0 {
		depth = MaxDepth
	}
	p := parser{s: text, room: depth, depth: depth, track: t, compact: ask, items: r.items[:0], pairs: r.pairs[:0]}
	if len(text) > cutStringsUpTo && t == nil {
		p.keys = new([keySlots]string)
	}
	v, err = p.parseDocument()
	if err == nil && cap(p.items) == len(r.items) && cap(p.pairs) == len(r.pairs) {
		rooms.Put(r)
	}
	return v, p.compact, err
}

// Strings of a document up to this size are slices of it. Strings of a larger
// one are copied, so that a short string does not keep a long document in
// memory. A document with positions is mostly kept as a whole anyway.
const cutStringsUpTo = 4096

type parser struct {
	s     string
	i     int
	room  int               // how much deeper values may nest
	depth int               // the limit, for the message
	keys  *[keySlots]string // keys copied last; only for a large document
	track *tracker          // records positions; nil if they are not needed
	items []any             // elements of the open arrays
	pairs []Member          // members of the open objects

	compact bool // what has been read is as Append writes it; false if nobody asked
}

func (p *parser) errorAt(i int, format string, args ...any) error {
	return &SyntaxError{Offset: i, Msg: fmt.Sprintf(format, args...)}
}

func (p *parser) unexpectedError(want string) error {
	if p.i >= len(p.s) {
		return p.errorAt(p.i, "the JSON ends where %s should be", want)
	}
	r, n := utf8.DecodeRuneInString(p.s[p.i:])
	if r == utf8.RuneError && n <= 1 {
		return p.errorAt(p.i, "invalid UTF-8 where %s should be", want)
	}
	return p.errorAt(p.i, "unexpected %q where %s should be", r, want)
}

func (p *parser) skipSpace() {
	for p.i < len(p.s) {
		switch p.s[p.i] {
		case ' ', '\t', '\n', '\r':
			p.i++
			p.compact = false
		default:
			return
		}
	}
}

func (p *parser) parseDocument() (any, error) {
	v, err := p.parseValue()
	if err != nil {
		return nil, err
	}
	p.skipSpace()
	if p.i < len(p.s) {
		return nil, p.unexpectedError("the end of the JSON")
	}
	return v, nil
}

// parseValue parses the next value, and records its position if there is a
// tracker.
func (p *parser) parseValue() (any, error) {
	p.skipSpace()
	if p.track == nil {
		return p.parseUntracked()
	}
	at, mark := p.i, p.track.startMark()
	v, err := p.parseUntracked()
	if err == nil {
		p.track.addNode(v, at, mark)
	}
	return v, err
}

func (p *parser) parseUntracked() (any, error) {
	if p.i >= len(p.s) {
		return nil, p.unexpectedError("a value")
	}
	switch c := p.s[p.i]; c {
	case '{':
		return p.parseObject()
	case '[':
		return p.parseArray()
	case '"':
		return p.parseStringValue()
	case 't':
		return true, p.expectWord("true")
	case 'f':
		return false, p.expectWord("false")
	case 'n':
		return nil, p.expectWord("null")
	default:
		if c != '-' && !isDigit(c) {
			return nil, p.unexpectedError("a value")
		}
		return p.parseNumber()
	}
}

func (p *parser) expectWord(w string) error {
	if strings.HasPrefix(p.s[p.i:], w) {
		p.i += len(w)
		return nil
	}
	return p.unexpectedError("a value")
}

func (p *parser) openContainer() error {
	if p.room == 0 {
		msg := fmt.Sprintf("values nest deeper than the limit of %d", p.depth)
		return &SyntaxError{Offset: p.i, Msg: msg, TooDeep: true}
	}
	p.room--
	p.i++
	p.skipSpace()
	return nil
}

func (p *parser) closeContainer() {
	p.room++
	p.i++
}

func (p *parser) parseArray() (any, error) {
	if err := p.openContainer(); err != nil {
		return nil, err
	}
	base := len(p.items)
	if p.nextIs(']') {
		p.closeContainer()
		return []any{}, nil
	}
	for {
		v, err := p.parseValue()
		if err != nil {
			return nil, err
		}
		p.items = append(p.items, v)
		p.skipSpace()
		if p.nextIs(',') {
			p.i++
			continue
		}
		if p.nextIs(']') {
			break
		}
		return nil, p.unexpectedError("',' or ']'")
	}
	p.closeContainer()
	array := make([]any, len(p.items)-base)
	copy(array, p.items[base:])
	clear(p.items[base:])
	p.items = p.items[:base]
	return array, nil
}

func (p *parser) parseObject() (any, error) {
	if err := p.openContainer(); err != nil {
		return nil, err
	}
	base := len(p.pairs)
	if p.nextIs('}') {
		p.closeContainer()
		return NewObject(0), nil
	}
	for {
		p.skipSpace()
		at := p.i
		key, err := p.parseKey()
		if err != nil {
			return nil, err
		}
		v, err := p.parseValue()
		if err != nil {
			return nil, err
		}
		if p.track != nil {
			p.track.nodes[len(p.track.nodes)-1].Key = at
		}
		p.pairs = append(p.pairs, Member{key, v})
		p.skipSpace()
		if p.nextIs(',') {
			p.i++
			continue
		}
		if p.nextIs('}') {
			break
		}
		return nil, p.unexpectedError("',' or '}'")
	}
	p.closeContainer()
	pairs := p.pairs[base:]
	o := buildObject(pairs)
	if o.Len() < len(pairs) {
		p.compact = false
	}
	if p.track != nil && o.Len() < len(pairs) {
		p.track.dropReplaced(o, pairs)
	}
	clear(pairs)
	p.pairs = p.pairs[:base]
	return o, nil
}

// nextIs reports whether c is the next byte.
func (p *parser) nextIs(c byte) bool { return p.i < len(p.s) && p.s[p.i] == c }

// parseKey parses a key and its colon.
func (p *parser) parseKey() (string, error) {
	if !p.nextIs('"') {
		return "", p.unexpectedError("a key")
	}
	key, copied, err := p.parseString()
	if err != nil {
		return "", err
	}
	if p.keys != nil && !copied {
		key = p.internKey(key)
	}
	p.skipSpace()
	if !p.nextIs(':') {
		return "", p.unexpectedError("':'")
	}
	p.i++
	return key, nil
}

// keySlots is the number of copied keys that a parser remembers. Large
// documents mostly repeat a few keys in many objects.
const keySlots = 64

// internKey returns a copy of a key. It returns the same copy as last time if
// the parser remembers it.
func (p *parser) internKey(key string) string {
	if key == "" {
		return ""
	}
	n := len(key)
	slot := &p.keys[(n+int(key[0])*5+int(key[n/2])*3+int(key[n-1]))%keySlots]
	if *slot != key {
		*slot = strings.Clone(key)
	}
	return *slot
}

// buildObject makes an object of the members in the order of the JSON. A
// repeated key becomes one member.
func buildObject(pairs []Member) *Object {
	o := NewObject(len(pairs))
	if len(pairs) > scanned {
		index := make(map[string]int32, len(pairs))
		o.extra.Store(&extra{index: index})
	}
	for i := range pairs {
		o.putMember(pairs[i].Key, pairs[i].Value)
	}
	return o
}

// parseStringValue parses a string value, from its opening quote.
func (p *parser) parseStringValue() (any, error) {
	s, copied, err := p.parseString()
	if err != nil {
		return nil, err
	}
	if p.keys != nil && !copied {
		s = strings.Clone(s)
	}
	return s, nil
}

// parseString parses a string, from its opening quote. The result is a slice of
// the document unless copied is set.
func (p *parser) parseString() (s string, copied bool, err error) {
	s = p.s
	start := p.i + 1
	for i := skipPlain(s, start); i < len(s); i = skipPlain(s, i) {
		switch c := s[i]; c {
		case '"':
			p.i = i + 1
			return s[start:i], false, nil
		case '\\':
			s, err = p.parseEscapedString(start, i)
			p.compact = p.compact && String(s) == p.s[start-1:p.i]
			return s, true, err
		default:
			n, err := p.plainRuneLen(i)
			if err != nil {
				return "", false, err
			}
			i += n
		}
	}
	p.i = len(s)
	return "", false, p.unexpectedError("the closing quote of a string")
}

// parseEscapedString continues parseString at the first backslash.
func (p *parser) parseEscapedString(start, i int) (string, error) {
	s := p.s
	buf := append(make([]byte, 0, 2*(i-start)+16), s[start:i]...)
	for i < len(s) {
		c := s[i]
		switch {
		case !unplain[c]:
			buf = append(buf, c)
			i++
		case c == '"':
			p.i = i + 1
			return string(buf), nil
		case c == '\\':
			var err error
			if buf, i, err = p.appendEscaped(buf, i); err != nil {
				return "", err
			}
		default:
			n, err := p.plainRuneLen(i)
			if err != nil {
				return "", err
			}
			buf = append(buf, s[i:i+n]...)
			i += n
		}
	}
	p.i = len(s)
	return "", p.unexpectedError("the closing quote of a string")
}

// plainRuneLen returns the length of the unescaped character at i, which is not
// plain ASCII.
func (p *parser) plainRuneLen(i int) (int, error) {
	if p.s[i] < ' ' {
		return 0, p.errorAt(i, "a control character in a string must be escaped")
	}
	r, n := utf8.DecodeRuneInString(p.s[i:])
	if r == utf8.RuneError && n == 1 {
		return 0, p.errorAt(i, "invalid UTF-8 in a string")
	}
	return n, nil
}

// appendEscaped appends the character of the escape at i. It returns the offset
// behind the escape.
func (p *parser) appendEscaped(buf []byte, i int) ([]byte, int, error) {
	if i+1 >= len(p.s) {
		p.i = i + 1
		return buf, i, p.unexpectedError("an escape")
	}
	switch c := p.s[i+1]; c {
	case '"', '\\', '/':
		return append(buf, c), i + 2, nil
	case 'b':
		return append(buf, '\b'), i + 2, nil
	case 'f':
		return append(buf, '\f'), i + 2, nil
	case 'n':
		return append(buf, '\n'), i + 2, nil
	case 'r':
		return append(buf, '\r'), i + 2, nil
	case 't':
		return append(buf, '\t'), i + 2, nil
	case 'u':
		r, ok := parseHex4(p.s, i+2)
		if !ok {
			return buf, i, p.errorAt(i, "\\u must be followed by four hexadecimal digits")
		}
		i += len(`\u0000`)
		if highSurrogate <= r && r < lowSurrogate && strings.HasPrefix(p.s[i:], `\u`) {
			if low, ok := parseHex4(p.s, i+2); ok && lowSurrogate <= low && low < endSurrogate {
				r = 0x10000 + (r-highSurrogate)<<10 + (low - lowSurrogate)
				i += len(`\u0000`)
			}
		}
		return appendRune(buf, r), i, nil
	}
	return buf, i, p.errorAt(i, "unknown escape \\%c", p.s[i+1])
}

const (
	highSurrogate = 0xD800
	lowSurrogate  = 0xDC00
	endSurrogate  = 0xE000
)

// appendRune appends a code point, in WTF-8 if it is a lone surrogate.
func appendRune(buf []byte, r rune) []byte {
	if highSurrogate <= r && r < endSurrogate {
		return append(buf, 0xE0|byte(r>>12), 0x80|byte(r>>6)&0x3F, 0x80|byte(r)&0x3F)
	}
	return utf8.AppendRune(buf, r)
}

func parseHex4(s string, i int) (rune, bool) {
	if i+4 > len(s) {
		return 0, false
	}
	var r rune
	for _, c := range []byte(s[i : i+4]) {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// parseNumber parses a number. It is an integer unless it has a fraction or an
// exponent.
func (p *parser) parseNumber() (any, error) {
	start := p.i
	if p.nextIs('-') {
		p.i++
	}
	first := p.i
	if err := p.skipDigits(); err != nil {
		return nil, err
	}
	if p.s[first] == '0' && p.i > first+1 {
		return nil, p.errorAt(start, "a number must not start with 0")
	}
	whole := true
	if p.nextIs('.') {
		whole = false
		p.i++
		if err := p.skipDigits(); err != nil {
			return nil, err
		}
	}
	if p.nextIs('e') || p.nextIs('E') {
		whole = false
		p.i++
		if p.nextIs('+') || p.nextIs('-') {
			p.i++
		}
		if err := p.skipDigits(); err != nil {
			return nil, err
		}
	}
	text := p.s[start:p.i]
	if whole && len(text) <= maxIntDigits {
		p.compact = p.compact && text != "-0"
		return parseInteger(text), nil
	}
	f, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil:
		return nil, p.errorAt(start, "the number %.40s is out of range", text)
	case whole:
		return parseInteger(text), nil
	}
	if p.compact {
		var buf [32]byte
		p.compact = string(appendFloat(buf[:0], f)) == text
	}
	return f, nil
}

// maxIntDigits is the length up to which every integer is in the range of a
// float64.
const maxIntDigits = 308

// skipDigits skips one or more digits.
func (p *parser) skipDigits() error {
	start := p.i
	for p.i < len(p.s) && isDigit(p.s[p.i]) {
		p.i++
	}
	if p.i == start {
		return p.unexpectedError("a digit")
	}
	return nil
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func parseInteger(text string) any {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	n, _ := new(big.Int).SetString(text, 10)
	return n
}
