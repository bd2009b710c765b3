package asl

import (
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

// resultMember is what $states has besides input and context in the Output and
// Assign of a state type; errorOutputMember is that of a Catcher.
var resultMember = map[string]string{"Task": "result", "Parallel": "result", "Map": "result"}

const errorOutputMember = "errorOutput"

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
