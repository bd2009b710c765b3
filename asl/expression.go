package asl

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/gostates/gostates/intrinsics"
	"github.com/gostates/gostates/jsonata"
	"github.com/gostates/gostates/jsonpath"
	"github.com/gostates/gostates/value"
)

const undelimited = "JSONata string must start with {%% and end with %%}"

// resultMember is what $states has besides input and context in the Output and
// Assign of a state type; errorOutputMember is that of a Catcher.
var resultMember = map[string]string{"Task": "result", "Parallel": "result", "Map": "result"}

const errorOutputMember = "errorOutput"

// trail is the way from a field to a value inside it. Most are never spelled.
type trail struct {
	outer *trail
	key   string
	index int // of an element, where key is empty
}

// String spells the way, without the start of a long one, which abbreviate would
// leave out.
func (t *trail) String() string {
	text := ""
	for ; t != nil && len(text) <= maxLocation; t = t.outer {
		key := t.key[max(0, len(t.key)-maxLocation):]
		switch {
		case t.outer == nil:
			text = key + text
		case t.index >= 0:
			text = element("", t.index) + text
		default:
			text = "/" + key + text
		}
	}
	return text
}

// appendExpressions appends the expressions among the strings of a value in a
// JSONata state.
func (o *object) appendExpressions(list []*Expression, n *value.Node, at *trail) []*Expression {
	switch v := n.Value.(type) {
	case string:
		if e := o.parseExpression(n, v, at); e != nil {
			list = append(list, e)
		}
	case *value.Object:
		for i := range v.Len() {
			list = o.appendExpressions(list, &n.Children[i], &trail{at, v.At(i).Key, -1})
		}
	case []any:
		for i := range v {
			list = o.appendExpressions(list, &n.Children[i], &trail{at, "", i})
		}
	}
	return list
}

// parseExpression reads a string of a JSONata state. It returns nil if the string
// is not an expression.
func (o *object) parseExpression(n *value.Node, text string, at *trail) *Expression {
	source, ok := ExpressionSource(text)
	if !ok {
		if o.thorough {
			o.checkLiteral(n, text, at)
		}
		return nil
	}
	e := &Expression{Text: text}
	var references []jsonata.Reference
	var err error
	switch {
	case !o.thorough:
		e.Parsed, _ = jsonata.Compile(source, intrinsics.Dialect)
		return e
	case o.checkOnly:
		references, err = jsonata.References(source)
	default:
		e.Parsed, references, err = jsonata.CompileReferences(source, intrinsics.Dialect)
	}
	places := newPlaces(o.parser.text, n)
	if err != nil {
		message, pos := err.Error(), 0
		var syntax *jsonata.Error
		if errors.As(err, &syntax) {
			message, pos = syntax.Message, syntax.Pos
		}
		o.report(CodeInvalidJSONata, places.offset(pos), at.String(), "%s", message)
		return e
	}
	o.checkReferences(references, source, at, places)
	return e
}

// checkLiteral reports a string of a JSONata state that is not an expression but
// looks like one.
func (o *object) checkLiteral(n *value.Node, text string, at *trail) {
	switch {
	case looksLikeExpression(text):
		o.schema(n.Offset, at.String(), undelimited)
	case strings.HasPrefix(text, "$states."), looksEvaluated(text):
		o.warn(CodeNotEvaluated, n.Offset, at.String(), "The value is taken as it stands: only what is between {%% and %%} is evaluated")
	}
}

// checkReferences reports what an expression must not refer to, and notes the
// rest.
func (o *object) checkReferences(references []jsonata.Reference, source string, at *trail, places *places) {
	told := map[string]bool{}
	for _, r := range references {
		offset := places.offset(r.Pos - written(r, source))
		message, detail := o.unsupportedReference(r, at)
		switch {
		case message == "":
			o.readReference(r, at, offset)
		case !told[message]:
			told[message] = true
			o.report(CodeUnsupportedJSONata, offset, at.String(), "%s", message)
			o.advise(detail)
		}
	}
}

// written is how many bytes a variable or a name has in an expression.
func written(r jsonata.Reference, source string) int {
	if r.Name != "" || !r.Bare {
		return len("$" + r.Name)
	}
	if quote := source[r.Pos-1]; strings.IndexByte("`\"'", quote) >= 0 {
		return r.Pos - max(0, strings.LastIndexByte(source[:r.Pos-1], quote))
	}
	return len(r.Path[0])
}

// isExpression reports whether a string of a JSONata state is an expression: it
// begins with {% and ends with %}.
func isExpression(text string) bool {
	_, ok := ExpressionSource(text)
	return ok
}

// ExpressionSource returns what stands between the {% and %} of an expression; ok
// is false where the text is none.
func ExpressionSource(text string) (source string, ok bool) {
	rest, begins := strings.CutPrefix(text, "{%")
	source, ends := strings.CutSuffix(rest, "%}")
	if !begins || !ends {
		return "", false
	}
	return source, true
}

// looksLikeExpression reports whether a string has a delimiter of expressions.
func looksLikeExpression(text string) bool {
	return strings.HasPrefix(text, "{%") || strings.HasSuffix(text, "%}")
}

// places finds the places of an expression in the text, where its characters may
// be written with escapes. Asked in order, it reads the text once.
type places struct {
	text      []byte
	start     int // of the expression's string
	pos, next int // a place in the expression, and where that is in the text
}

func newPlaces(text []byte, n *value.Node) *places {
	return &places{text: text, start: n.Offset, pos: -len("{%"), next: n.Offset + len(`"`)}
}

// offset is where a place in the expression stands.
func (p *places) offset(pos int) int {
	if pos < p.pos {
		p.pos, p.next = -len("{%"), p.start+len(`"`)
	}
	for p.pos < pos && p.text[p.next] != '"' {
		written, size := character(p.text[p.next:])
		p.next += written
		p.pos += size
	}
	return p.next
}

// character is how many bytes the character at the start of a string's rest is
// written with, and how many it has: of one without an escape, those of its first.
func character(rest []byte) (written, size int) {
	switch {
	case rest[0] != '\\':
		return 1, 1
	case rest[1] != 'u':
		return 2, 1
	}
	r := hexadecimal(rest[2:6])
	if utf16.IsSurrogate(r) && rest[6] == '\\' && rest[7] == 'u' {
		if pair := utf16.DecodeRune(r, hexadecimal(rest[8:12])); pair != utf8.RuneError {
			return 12, utf8.RuneLen(pair)
		}
	}
	return 6, len(string(r))
}

func hexadecimal(digits []byte) rune {
	n, _ := strconv.ParseUint(string(digits), 16, 16) // the text is JSON
	return rune(n)
}

// unsupportedReference says why an expression of a state cannot refer to
// something, or returns "", and what helps.
func (o *object) unsupportedReference(r jsonata.Reference, at *trail) (message, detail string) {
	switch {
	case r.Name == "$":
		return "Reference to '$$' is not supported.", "did you mean '$states.input'?"
	case r.Name == "" && r.Bare && r.TopLevel:
		return "Reference to '" + r.Path[0] + "' at the top level is not supported.", "did you mean '$states.input." + named(r.Path[0]) + "'?"
	case r.Name == "" && r.TopLevel:
		return "Reference to '$' at the top level is not supported.", "did you mean '$states.input'?"
	case r.Name == "states" && len(r.Path) > 0:
		if members := o.membersOfStates(at); !slices.Contains(members, r.Path[0]) {
			return "Field '$states." + r.Path[0] + "' does not exist.", "here it has " + strings.Join(members, ", ")
		}
	}
	return "", ""
}

// readReference notes what an expression reads, and warns of functions that there
// are not.
func (o *object) readReference(r jsonata.Reference, at *trail, offset int) {
	m := mention{location: func() string { return o.at(at.String()) }, offset: offset, tested: r.Tested}
	switch {
	case r.Name == "": // a field of what the expression has at hand
	case r.Name == "states":
		if len(r.Path) > 1 && (r.Path[0] == "input" || r.Path[0] == "context") {
			m.context, m.path = r.Path[0] == "context", r.Path[1:]
			o.read(m)
		}
	case !r.Call:
		m.variable, m.path = r.Name, r.Path
		o.read(m)
	case !anyExpression.Has(r.Name):
		o.warn(CodeFunctionUnknown, offset, at.String(), "There is no function '$%s'", r.Name)
	}
}

// named is a name as an expression spells it.
func named(field string) string {
	if isIdentifier(field) {
		return field
	}
	return "`" + field + "`"
}

// membersOfStates are what $states has where a field is evaluated.
func (o *object) membersOfStates(at *trail) []string {
	for at.outer != nil {
		at = at.outer
	}
	if o.statesMember != "" && (at.key == "Output" || at.key == "Assign") {
		return []string{"input", "context", o.statesMember}
	}
	return []string{"input", "context"}
}

// anyExpression has the functions that all expressions of states have.
var anyExpression, _ = jsonata.Compile("null", intrinsics.Dialect)

// fieldExpression reads a field of a JSONata state that may hold an expression
// instead of a value. It returns nil if it does not.
func (o *object) fieldExpression(name string) *Expression {
	n := o.member(name)
	if n == nil {
		return nil
	}
	text, ok := n.Value.(string)
	if !ok {
		return nil
	}
	return o.parseExpression(n, text, &trail{nil, name, -1})
}

// stringOrExpression reads a field that holds a string or, in a JSONata state, an
// expression.
func (o *object) stringOrExpression(name string, q QueryLanguage) Opt[String] {
	f := o.string(name)
	s := Opt[String]{String{Value: f.Value}, f.Presence, f.Pos}
	if q == JSONata {
		if e := o.fieldExpression(name); e != nil {
			s.Value = String{Expression: e}
		}
	}
	return s
}

// checkPlainString warns of a string that looks as if it were evaluated in a
// field of a JSONPath state that takes it as it is.
func (o *object) checkPlainString(name string) {
	n := o.member(name)
	if n == nil || !o.thorough {
		return
	}
	text, ok := n.Value.(string)
	switch {
	case !ok:
	case isExpression(text):
		o.warn(CodeNotEvaluated, n.Offset, name, otherLanguage)
	case looksEvaluated(text):
		o.warn(CodeNoPath, n.Offset, name, "The value of the field '%s' looks like a path, but only '%sPath' takes one", name, name)
	}
}

// looksEvaluated reports whether a text can hardly be meant to be anything but a
// path or an intrinsic function call.
func looksEvaluated(text string) bool {
	var err error
	switch {
	case strings.HasPrefix(text, "$."), strings.HasPrefix(text, "$$."):
		_, err = jsonpath.Parse(text)
	case strings.HasPrefix(text, "States."):
		_, err = intrinsics.Parse(text)
	default:
		return false
	}
	return err == nil
}

const otherLanguage = "The value is taken as it stands: only states whose QueryLanguage is JSONata evaluate {%% %%}"
