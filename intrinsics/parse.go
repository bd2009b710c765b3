package intrinsics

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gostates/gostates/internal/spelling"
	"github.com/gostates/gostates/jsonpath"
	"github.com/gostates/gostates/value"
)

// maxNesting is the limit for nested calls that AWS documents.
const maxNesting = 10

// maxArguments limits the arguments of all calls together. Each may be the
// whole payload, so this bounds the result of a call.
const maxArguments = 1000

// Parse parses a call of an intrinsic function. It checks the names of
// functions and the paths, but not the number of arguments (see
// [Call.Misfits]). White space may appear anywhere except before the call: a
// string that does not begin with "States." is not a call. The error is a
// *[ParseError].
func Parse(text string) (*Call, error) {
	p := parser{text: text}
	c, err := p.parseCall(1)
	if err != nil {
		return nil, err
	}
	p.skipSpace()
	if p.i < len(text) {
		return nil, p.errorAt(p.i, "unexpected %s after the call", p.describeNext())
	}
	return c, nil
}

type parser struct {
	text string
	i    int
	args int // of all calls so far
}

func (p *parser) errorAt(i int, format string, args ...any) error {
	return &ParseError{Text: p.text, Offset: i, Msg: fmt.Sprintf(format, args...)}
}

// describeNext names the next character in a message.
func (p *parser) describeNext() string {
	for _, r := range p.text[p.i:] {
		return fmt.Sprintf("%q", r)
	}
	return "end of the call"
}

func (p *parser) skipSpace() {
	for p.i < len(p.text) && isSpace(p.text[p.i]) {
		p.i++
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// acceptByte skips c if it comes next.
func (p *parser) acceptByte(c byte) bool {
	if p.i < len(p.text) && p.text[p.i] == c {
		p.i++
		return true
	}
	return false
}

// readWord reads letters, digits, '_' and '.'.
func (p *parser) readWord() string {
	start := p.i
	for p.i < len(p.text) && isWord(p.text[p.i]) {
		p.i++
	}
	return p.text[start:p.i]
}

func isWord(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '.'
}

// parseCall parses a call. depth counts it and the calls around it.
func (p *parser) parseCall(depth int) (*Call, error) {
	start := p.i
	name := p.readWord()
	f := findFunction(name)
	if f == nil {
		return nil, p.unknownError(start, name)
	}
	if depth > maxNesting {
		return nil, p.errorAt(start, "calls nest deeper than %d", maxNesting)
	}
	if !p.acceptByte('(') {
		return nil, p.errorAt(p.i, "%s where '(' should follow %s", p.describeNext(), name)
	}
	c := &Call{function: f}
	if err := p.parseArguments(c, depth); err != nil {
		return nil, err
	}
	c.text = p.text[start:p.i]
	return c, nil
}

func (p *parser) unknownError(start int, name string) error {
	if name == "" {
		return p.errorAt(start, "%s where a call such as States.Format('{}', $.x) should be", p.describeNext())
	}
	for i := range functions {
		if strings.EqualFold(functions[i].name, name) {
			return p.errorAt(start, "unknown function %s: it is written %s", name, functions[i].name)
		}
	}
	if !strings.HasPrefix(name, "States.") && !strings.HasPrefix(p.text[p.i:], "(") {
		return p.errorAt(start, "%s is not a function: a path begins with $", name)
	}
	if similar, ok := spelling.Similar(name, functionNames); ok {
		return p.errorAt(start, "unknown function %s, similar to %s", name, similar)
	}
	return p.errorAt(start, "unknown function %s", name)
}

// parseArguments parses the arguments and the closing parenthesis.
func (p *parser) parseArguments(c *Call, depth int) error {
	p.skipSpace()
	if p.acceptByte(')') {
		return nil
	}
	for {
		p.skipSpace()
		if p.args++; p.args > maxArguments {
			return p.errorAt(p.i, "a call must not have more than %d arguments in all", maxArguments)
		}
		a, err := p.parseArgument(c, depth)
		if err != nil {
			return err
		}
		c.args = append(c.args, a)
		p.skipSpace()
		switch {
		case p.acceptByte(','):
		case p.acceptByte(')'):
			return nil
		default:
			return p.errorAt(p.i, "%s where ',' or ')' should follow an argument of %s", p.describeNext(), c.function.name)
		}
	}
}

// parseArgument parses an argument of c.
func (p *parser) parseArgument(c *Call, depth int) (argument, error) {
	if p.i == len(p.text) {
		return argument{}, p.errorAt(p.i, "the call ends where an argument of %s should be", c.function.name)
	}
	switch b := p.text[p.i]; {
	case b == '\'':
		return p.parseLiteral(c)
	case b == '$':
		return p.parsePath()
	case b == '-' || '0' <= b && b <= '9':
		return p.parseNumber()
	case isWord(b) && b != '.':
		return p.parseNamed(depth)
	case b == '"':
		return argument{}, p.errorAt(p.i, "a string must be in single quotes")
	case b == '[' || b == '{':
		return argument{}, p.errorAt(p.i, "an array or object cannot be written as an argument: use a path, States.Array or States.StringToJson")
	}
	return argument{}, p.errorAt(p.i, "%s where an argument of %s should be", p.describeNext(), c.function.name)
}

// parseNamed parses null, true, false or a call.
func (p *parser) parseNamed(depth int) (argument, error) {
	start := p.i
	switch word := p.readWord(); word {
	case "null":
		return argument{}, nil
	case "true", "false":
		return argument{literal: word == "true"}, nil
	default:
		if !strings.Contains(word, ".") {
			return argument{}, p.errorAt(start, "%s is not an argument: a string must be in single quotes, and a path begins with $", word)
		}
	}
	p.i = start
	call, err := p.parseCall(depth + 1)
	return argument{call: call}, err
}

// parseNumber parses a JSON number.
func (p *parser) parseNumber() (argument, error) {
	start := p.i
	for p.i < len(p.text) && (isWord(p.text[p.i]) || p.text[p.i] == '-' || p.text[p.i] == '+') {
		p.i++
	}
	text := p.text[start:p.i]
	v, err := value.ParseString(text)
	if err != nil {
		var syntax *value.SyntaxError
		if errors.As(err, &syntax) {
			return argument{}, p.errorAt(start+syntax.Offset, "%.40s is not a number: %s", text, syntax.Msg)
		}
		return argument{}, err
	}
	return argument{literal: v}, nil
}

// parseLiteral parses a string in single quotes.
func (p *parser) parseLiteral(c *Call) (argument, error) {
	start := p.i + 1
	end, escapes, err := p.skipQuoted()
	if err != nil {
		return argument{}, err
	}
	raw := p.text[start:end]
	if c.function.name == formatName && len(c.args) == 0 {
		t := newTemplate(raw, anyEscape)
		c.template = &t
	}
	if escapes {
		raw = removeEscapes(raw)
	}
	return argument{literal: raw}, nil
}

// skipQuoted finds the closing quote of a string. escapes reports whether the
// string has escapes.
func (p *parser) skipQuoted() (end int, escapes bool, err error) {
	start := p.i
	for p.i++; p.i < len(p.text); p.i++ {
		switch p.text[p.i] {
		case '\'':
			p.i++
			return p.i - 1, escapes, nil
		case '\\':
			escapes = true
			p.i++
			if p.i < len(p.text) && strings.IndexByte(anyEscape, p.text[p.i]) < 0 {
				return 0, false, p.errorAt(p.i-1, `a backslash in a string must precede ', {, } or \, not %s`, p.describeNext())
			}
		}
	}
	return 0, false, p.errorAt(start, "the string that begins here has no closing quote")
}

// anyEscape holds the characters that may follow a backslash in a string.
const anyEscape = `'{}\`

func removeEscapes(raw string) string {
	text := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] == '\\' {
			i++
		}
		text = append(text, raw[i])
	}
	return string(text)
}

// parsePath parses a path.
func (p *parser) parsePath() (argument, error) {
	start := p.i
	p.i += pathLength(p.text[start:])
	text := strings.TrimRight(p.text[start:p.i], " \t\r\n")
	path, err := jsonpath.Parse(text)
	if err != nil {
		var inner *jsonpath.ParseError
		if errors.As(err, &inner) {
			return argument{}, p.errorAt(start+inner.Offset, "the path %s is invalid: %s", text, inner.Msg)
		}
		return argument{}, p.errorAt(start, "the path %s is invalid: %v", text, err)
	}
	return argument{path: path}, nil
}

// pathLength returns the length of the path at the start of s. It ends at the
// ',' or ')' of the enclosing call. Those in brackets belong to the path, and
// so does a ')' whose '(' is in the path, as in $.length().
func pathLength(s string) int {
	parens := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '[':
			i += bracketLength(s[i:]) - 1
		case '(':
			parens++
		case ')':
			if parens == 0 {
				return i
			}
			parens--
		case ',':
			if parens == 0 {
				return i
			}
		}
	}
	return len(s)
}

// bracketLength returns the length of the bracket at the start of s, and
// ignores brackets in single quotes. In a filter, a backslash escapes a quote;
// in ['a\'] it stands for itself.
func bracketLength(s string) int {
	filter := strings.HasPrefix(strings.TrimLeft(s[1:], " "), "?")
	open, quoted := 0, false
	for i := range len(s) {
		switch c := s[i]; {
		case c == '\'':
			if !filter || s[i-1] != '\\' {
				quoted = !quoted
			}
		case quoted:
		case c == '[':
			open++
		case c == ']':
			if open--; open == 0 {
				return i + 1
			}
		}
	}
	return len(s)
}
