package jsregexp

import (
	"math"
	"unicode"
	"unicode/utf16"
)

// Messages of V8.
const (
	errTooLarge           = "Regular expression too large"
	errTooManyCaptures    = "Too many captures"
	errUnterminatedGroup  = "Unterminated group"
	errUnmatchedParen     = "Unmatched ')'"
	errNothingToRepeat    = "Nothing to repeat"
	errInvalidQuantifier  = "Invalid quantifier"
	errRangeOutOfOrder    = "numbers out of order in {} quantifier"
	errInvalidGroup       = "Invalid group"
	errInvalidGroupName   = "Invalid capture group name"
	errDuplicateName      = "Duplicate capture group name"
	errInvalidUnicode     = "Invalid Unicode escape"
	errInvalidReference   = "Invalid named reference"
	errUnknownReference   = "Invalid named capture referenced"
	errEscapeAtEnd        = "\\ at end of pattern"
	errInvalidEscape      = "Invalid escape"
	errUnterminatedClass  = "Unterminated character class"
	errClassRangeReversed = "Range out of order in character class"
)

const (
	// maxNesting limits nested groups, and with them the recursion of parser
	// and compiler.
	maxNesting = 1000
	// maxPattern limits the length of a pattern in code units.
	maxPattern  = 1 << 16
	maxCaptures = 1<<16 - 1
	unlimited   = math.MaxInt32
)

type kind uint8

const (
	kindEmpty kind = iota
	kindChar       // char
	kindSet        // set
	kindSequence
	kindAlternation
	kindGroup      // subs[0], captured as group
	kindRepeat     // subs[0], min, max, lazy
	kindReference  // group
	kindLookaround // subs[0], behind, negate
	kindLineStart
	kindLineEnd
	kindWordBoundary // negate
)

// node is a node of a parsed pattern.
type node struct {
	kind                 kind
	lazy, negate, behind bool
	char                 uint16
	group                int
	name                 string // of the group
	min, max             int
	set                  *set
	subs                 []*node
	// firstGroup and lastGroup delimit the groups inside of a repeat: those
	// after firstGroup and up to lastGroup.
	firstGroup, lastGroup int
	// shortest and longest are the lengths of its matches, capped at unlimited.
	shortest, longest int

	first    *set // results of firstOf, with nullable
	nullable bool
}

// namedReference is a \k<name> whose group is looked up at the end.
type namedReference struct {
	node *node
	name string
}

type parser struct {
	source, flags string
	pattern       []uint16
	pos           int
	depth         int

	ignoreCase, multiline bool
	groups                int // opened so far
	allGroups             int
	hasNames              bool
	names                 map[string]int
	named                 []namedReference
	open                  []*node // capturing groups around pos
	backreferences        bool
}

// failure is the panic value that stops the parser.
type failure struct{ err *SyntaxError }

func newParser(source, flags string) *parser {
	p := &parser{source: source, flags: flags, pattern: codeUnits(source), names: map[string]int{}}
	for _, flag := range flags {
		p.ignoreCase = p.ignoreCase || flag == 'i'
		p.multiline = p.multiline || flag == 'm'
	}
	return p
}

func (p *parser) syntaxError(message string) *SyntaxError {
	return &SyntaxError{Pattern: p.source, Flags: p.flags, Message: message}
}

func (p *parser) throwError(message string) { panic(failure{p.syntaxError(message)}) }

func (p *parser) parsePattern() (root *node, err error) {
	if len(p.pattern) > maxPattern {
		return nil, p.syntaxError(errTooLarge)
	}
	defer func() {
		if r := recover(); r != nil {
			f, ok := r.(failure)
			if !ok {
				panic(r)
			}
			err = f.err
		}
	}()
	p.countGroups()
	root = p.parseDisjunction()
	if p.pos < len(p.pattern) {
		p.throwError(errUnmatchedParen)
	}
	for _, ref := range p.named {
		group, ok := p.names[ref.name]
		if !ok {
			p.throwError(errUnknownReference)
		}
		ref.node.group = group
	}
	return root, nil
}

// end represents the position after the last code unit.
const end = -1

func (p *parser) peek(ahead int) int {
	if p.pos+ahead < len(p.pattern) {
		return int(p.pattern[p.pos+ahead])
	}
	return end
}

// countGroups counts the capturing groups in advance, because \1 and \k depend
// on later groups.
func (p *parser) countGroups() {
	units := p.pattern
	inClass := false
	for i := 0; i < len(units); i++ {
		switch c := units[i]; {
		case c == '\\':
			i++
		case inClass:
			inClass = c != ']'
		case c == '[':
			inClass = true
		case c == '(' && (i+1 >= len(units) || units[i+1] != '?'):
			p.allGroups++
		case c == '(' && i+2 < len(units) && units[i+2] == '<' &&
			(i+3 >= len(units) || units[i+3] != '=' && units[i+3] != '!'):
			p.allGroups++
			p.hasNames = true
		}
	}
}

// parseDisjunction parses alternatives up to the end or the closing
// parenthesis.
func (p *parser) parseDisjunction() *node {
	var alternatives []*node
	for {
		alternatives = append(alternatives, p.parseAlternative())
		if p.peek(0) != '|' {
			break
		}
		p.pos++
	}
	if len(alternatives) == 1 {
		return alternatives[0]
	}
	n := &node{kind: kindAlternation, subs: alternatives, shortest: unlimited}
	for _, sub := range alternatives {
		n.shortest = min(n.shortest, sub.shortest)
		n.longest = max(n.longest, sub.longest)
	}
	return n
}

func (p *parser) parseAlternative() *node {
	n := &node{kind: kindSequence}
	for {
		switch p.peek(0) {
		case end, '|', ')':
			if len(n.subs) == 1 {
				return n.subs[0]
			}
			return n
		}
		sub := p.parseTerm()
		n.subs = append(n.subs, sub)
		n.shortest = min(n.shortest+sub.shortest, unlimited)
		n.longest = min(n.longest+sub.longest, unlimited)
	}
}

// parseTerm parses an assertion, or an atom with its quantifier.
func (p *parser) parseTerm() *node {
	groups := p.groups
	var atom *node
	switch c := p.peek(0); c {
	case '*', '+', '?':
		p.throwError(errNothingToRepeat)
	case '^':
		p.pos++
		return &node{kind: kindLineStart}
	case '$':
		p.pos++
		return &node{kind: kindLineEnd}
	case '(':
		atom = p.groupOrLookaround()
	case '[':
		atom = p.parseClass()
	case '.':
		p.pos++
		atom = setNode(anySet)
	case '\\':
		if next := p.peek(1); next == 'b' || next == 'B' {
			p.pos += 2
			return &node{kind: kindWordBoundary, negate: next == 'B'}
		}
		atom = p.atomEscape()
	case '{':
		if _, _, ok := p.parseInterval(); ok {
			p.throwError(errNothingToRepeat)
		}
		fallthrough
	default:
		p.pos++
		atom = p.charNode(uint16(c))
	}
	return p.parseQuantified(atom, groups)
}

func setNode(s *set) *node { return &node{kind: kindSet, set: s, shortest: 1, longest: 1} }

func (p *parser) charNode(c uint16) *node {
	if p.ignoreCase {
		if s := newSet([]span{{c, c}}, true, false); s.countUnits() > 1 {
			return setNode(s)
		}
	}
	return &node{kind: kindChar, char: c, shortest: 1, longest: 1}
}

// parseQuantified parses an optional quantifier after an atom. The groups
// inside of the atom are those after the first groups.
func (p *parser) parseQuantified(atom *node, groups int) *node {
	n := &node{kind: kindRepeat, firstGroup: groups, lastGroup: p.groups}
	switch p.peek(0) {
	case '*':
		n.max = unlimited
		p.pos++
	case '+':
		n.min, n.max = 1, unlimited
		p.pos++
	case '?':
		n.max = 1
		p.pos++
	case '{':
		var ok bool
		if n.min, n.max, ok = p.parseInterval(); !ok {
			return atom
		}
		if n.max < n.min {
			p.throwError(errRangeOutOfOrder)
		}
	default:
		return atom
	}
	if p.peek(0) == '?' {
		n.lazy = true
		p.pos++
	}
	if atom.kind == kindLookaround && atom.behind {
		p.throwError(errInvalidQuantifier)
	}
	switch {
	case n.max == 0, n.min == 0 && atom.longest == 0:
		return &node{kind: kindEmpty}
	case atom.longest == 0, n.min == 1 && n.max == 1:
		return atom
	}
	n.subs = []*node{atom}
	n.shortest = multiplyLengths(atom.shortest, n.min)
	n.longest = multiplyLengths(atom.longest, n.max)
	return n
}

// multiplyLengths multiplies two lengths.
func multiplyLengths(a, b int) int { return int(min(int64(a)*int64(b), unlimited)) }

// parseInterval parses {1}, {1,} or {1,2}. It leaves anything else unread.
func (p *parser) parseInterval() (low, high int, ok bool) {
	start := p.pos
	p.pos++
	if low, ok = p.parseNumber(); ok {
		high = low
		if p.peek(0) == ',' {
			p.pos++
			if high, ok = p.parseNumber(); !ok {
				high = unlimited
			}
		}
		if p.peek(0) == '}' {
			p.pos++
			return low, high, true
		}
	}
	p.pos = start
	return 0, 0, false
}

// parseNumber parses digits. The result is at most unlimited.
func (p *parser) parseNumber() (n int, ok bool) {
	for ; isDigit(p.peek(0)); p.pos++ {
		n = int(min(int64(n)*10+int64(p.peek(0)-'0'), unlimited))
		ok = true
	}
	return n, ok
}

func isDigit(c int) bool { return c >= '0' && c <= '9' }

func (p *parser) groupOrLookaround() *node {
	p.depth++
	if p.depth > maxNesting {
		p.throwError(errTooLarge)
	}
	n := p.openGroup()
	if n.kind == kindGroup {
		p.open = append(p.open, n)
	}
	sub := p.parseDisjunction()
	if p.peek(0) != ')' {
		p.throwError(errUnterminatedGroup)
	}
	p.pos++
	p.depth--
	if n.kind == kindGroup {
		p.open = p.open[:len(p.open)-1]
	}
	if n.name != "" {
		// V8 registers a name at the end of its group.
		if _, ok := p.names[n.name]; ok {
			p.throwError(errDuplicateName)
		}
		p.names[n.name] = n.group
	}
	if n.kind == kindEmpty {
		if sub.kind == kindLookaround {
			// In contrast to a bare lookbehind, one in a group accepts a
			// quantifier.
			return &node{kind: kindSequence, subs: []*node{sub}}
		}
		return sub
	}
	n.subs = []*node{sub}
	if n.kind == kindGroup {
		n.shortest, n.longest = sub.shortest, sub.longest
	}
	return n
}

// openGroup parses the start of a group, up to its disjunction.
func (p *parser) openGroup() *node {
	if p.peek(1) != '?' {
		p.pos++
		return p.newGroup()
	}
	c := p.peek(2)
	p.pos += 3
	switch c {
	case ':':
		return &node{kind: kindEmpty}
	case '=', '!':
		return &node{kind: kindLookaround, negate: c == '!'}
	case '<':
		if c := p.peek(0); c == '=' || c == '!' {
			p.pos++
			return &node{kind: kindLookaround, behind: true, negate: c == '!'}
		}
		n := p.newGroup()
		n.name = p.groupName()
		return n
	}
	p.throwError(errInvalidGroup)
	return nil
}

func (p *parser) newGroup() *node {
	if p.groups >= maxCaptures {
		p.throwError(errTooManyCaptures)
	}
	p.groups++
	return &node{kind: kindGroup, group: p.groups}
}

// groupName parses the name of a group and the > after it.
func (p *parser) groupName() string {
	var name []rune
	for {
		c, escaped := p.nameRune()
		switch {
		case c == '>' && !escaped && len(name) > 0:
			return string(name)
		case !isNameRune(c, len(name) == 0):
			p.throwError(errInvalidGroupName)
		}
		name = append(name, c)
	}
}

// nameRune parses one character of a name, which may be escaped.
func (p *parser) nameRune() (c rune, escaped bool) {
	first := p.peek(0)
	if first == end {
		p.throwError(errInvalidGroupName)
	}
	p.pos++
	if first == '\\' && p.peek(0) == 'u' {
		p.pos++
		return p.nameEscape(), true
	}
	if pair := utf16.DecodeRune(rune(first), rune(p.peek(0))); pair != unicode.ReplacementChar {
		p.pos++
		return pair, false
	}
	return rune(first), false
}

// nameEscape parses the rest after \u in a name. \u{61} and a pair of
// surrogates are one character each.
func (p *parser) nameEscape() rune {
	if p.peek(0) == '{' {
		p.pos++
		value, digits := 0, 0
		for ; hexDigit(p.peek(0)) >= 0; p.pos++ {
			value = value<<4 | hexDigit(p.peek(0))
			digits++
			if value > unicode.MaxRune {
				p.throwError(errInvalidUnicode)
			}
		}
		if digits == 0 || p.peek(0) != '}' {
			p.throwError(errInvalidUnicode)
		}
		p.pos++
		return rune(value)
	}
	lead, ok := p.parseHex(4)
	if !ok {
		p.throwError(errInvalidUnicode)
	}
	if p.peek(0) == '\\' && p.peek(1) == 'u' {
		start := p.pos
		p.pos += 2
		if trail, ok := p.parseHex(4); ok {
			if pair := utf16.DecodeRune(rune(lead), rune(trail)); pair != unicode.ReplacementChar {
				return pair
			}
		}
		p.pos = start
	}
	return rune(lead)
}

// isNameRune reports whether a character may occur in a name, or start it.
func isNameRune(c rune, start bool) bool {
	if c == '$' || c == '_' || unicode.IsLetter(c) || unicode.In(c, unicode.Nl, unicode.Other_ID_Start) {
		return !unicode.Is(unicode.Pattern_Syntax, c) || c == '$' || c == '_'
	}
	if start {
		return false
	}
	return c == 0x200C || c == 0x200D || unicode.In(c, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc, unicode.Other_ID_Continue)
}

// atomEscape parses an escape outside of a class.
func (p *parser) atomEscape() *node {
	switch c := p.peek(1); {
	case c == end:
		p.throwError(errEscapeAtEnd)
	case c >= '1' && c <= '9':
		if group, ok := p.referenceIndex(); ok {
			return p.parseReference(group)
		}
		if c >= '8' {
			p.pos += 2
			return p.charNode(uint16(c))
		}
	case c == 'k' && p.hasNames:
		p.pos += 2
		if p.peek(0) != '<' {
			p.throwError(errInvalidReference)
		}
		p.pos++
		return p.namedReference(p.groupName())
	default:
		if spans, ok := escapeSpans(uint16(c)); ok {
			p.pos += 2
			return setNode(newSet(append([]span(nil), spans...), p.ignoreCase, false))
		}
	}
	return p.charNode(p.charEscape(false))
}

// referenceIndex parses \1 and so on, if there is such a group.
func (p *parser) referenceIndex() (int, bool) {
	start := p.pos
	p.pos++
	if group, _ := p.parseNumber(); group <= p.allGroups {
		return group, true
	}
	p.pos = start
	return 0, false
}

// parseReference returns a reference to a group. Inside of the group it refers
// to nothing yet.
func (p *parser) parseReference(group int) *node {
	for _, open := range p.open {
		if open.group == group {
			return &node{kind: kindEmpty}
		}
	}
	p.backreferences = true
	return &node{kind: kindReference, group: group, longest: unlimited}
}

func (p *parser) namedReference(name string) *node {
	for _, open := range p.open {
		if open.name == name {
			return &node{kind: kindEmpty}
		}
	}
	p.backreferences = true
	n := &node{kind: kindReference, longest: unlimited}
	p.named = append(p.named, namedReference{n, name})
	return n
}

// charEscape parses an escape for one code unit.
func (p *parser) charEscape(inClass bool) uint16 {
	c := p.peek(1)
	p.pos += 2
	switch c {
	case end:
		p.throwError(errEscapeAtEnd)
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'v':
		return '\v'
	case 'c':
		return p.controlEscape(inClass)
	case '0', '1', '2', '3', '4', '5', '6', '7':
		return p.parseOctal(uint16(c - '0'))
	case 'x':
		if value, ok := p.parseHex(2); ok {
			return value
		}
	case 'u':
		if value, ok := p.parseHex(4); ok {
			return value
		}
	case 'k':
		if p.hasNames {
			p.throwError(errInvalidEscape)
		}
	}
	return uint16(c)
}

// controlEscape parses the rest after \c. Without a control letter, the
// backslash and the c stand for themselves.
func (p *parser) controlEscape(inClass bool) uint16 {
	c := p.peek(0)
	if lower := c | 0x20; lower >= 'a' && lower <= 'z' || inClass && (isDigit(c) || c == '_') {
		p.pos++
		return uint16(c & 0x1F)
	}
	p.pos--
	return '\\'
}

// parseOctal parses the rest of an octal escape, up to \377.
func (p *parser) parseOctal(value uint16) uint16 {
	for i := 0; i < 2 && value < 32; i++ {
		c := p.peek(0)
		if c < '0' || c > '7' {
			break
		}
		value = value<<3 | uint16(c-'0')
		p.pos++
	}
	return value
}

// parseHex parses this number of digits, or nothing.
func (p *parser) parseHex(digits int) (uint16, bool) {
	value := 0
	for i := range digits {
		d := hexDigit(p.peek(i))
		if d < 0 {
			return 0, false
		}
		value = value<<4 | d
	}
	p.pos += digits
	return uint16(value), true
}

func hexDigit(c int) int {
	switch {
	case isDigit(c):
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f' && c > 0:
		return c | 0x20 - 'a' + 10
	}
	return -1
}

func (p *parser) parseClass() *node {
	p.pos++
	negate := p.peek(0) == '^'
	if negate {
		p.pos++
	}
	var spans []span
	for p.peek(0) != ']' && p.peek(0) != end {
		from, fromClass := p.classAtom()
		if p.peek(0) != '-' || p.peek(1) == ']' || p.peek(1) == end {
			spans = append(spans, from...)
			continue
		}
		p.pos++
		to, toClass := p.classAtom()
		if fromClass || toClass {
			// A class cannot end a range: the hyphen stands for itself.
			spans = append(append(append(spans, from...), span{'-', '-'}), to...)
			continue
		}
		if from[0].from > to[0].to {
			p.throwError(errClassRangeReversed)
		}
		spans = append(spans, span{from[0].from, to[0].to})
	}
	if p.peek(0) == end {
		p.throwError(errUnterminatedClass)
	}
	p.pos++
	return setNode(newSet(spans, p.ignoreCase, negate))
}

// classAtom parses one member of a class, or an escape for a class.
func (p *parser) classAtom() (spans []span, isClass bool) {
	c := p.peek(0)
	if c != '\\' {
		p.pos++
		return []span{{uint16(c), uint16(c)}}, false
	}
	next := p.peek(1)
	if next != end {
		if spans, ok := escapeSpans(uint16(next)); ok {
			p.pos += 2
			return spans, true
		}
	}
	value := uint16('\b')
	if next == 'b' {
		p.pos += 2
	} else {
		value = p.charEscape(true)
	}
	return []span{{value, value}}, false
}
