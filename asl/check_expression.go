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
		o.reportSchema(n.Offset, at.String(), notDelimited)
	case strings.HasPrefix(text, "$states."), looksEvaluated(text):
		o.warnField(CodeNotEvaluated, n.Offset, at.String(), "The value is taken as it stands: only what is between {%% and %%} is evaluated")
	}
}

// checkReferences reports what an expression must not refer to, and notes the
// rest.
func (o *object) checkReferences(references []jsonata.Reference, source string, at *trail, places *expressionOffsets) {
	told := map[string]bool{}
	for _, r := range references {
		offset := places.textOffset(r.Pos - referenceLength(r, source))
		message, detail := o.whyUnsupported(r, at)
		switch {
		case message == "":
			o.noteReference(r, at, offset)
		case !told[message]:
			told[message] = true
			o.reportField(CodeUnsupportedJSONata, offset, at.String(), "%s", message)
			o.addAdvice(detail)
		}
	}
}

// referenceLength is how many bytes a variable or a name has in an expression.
func referenceLength(r jsonata.Reference, source string) int {
	if r.Name != "" || !r.Bare {
		return len("$" + r.Name)
	}
	if quote := source[r.Pos-1]; strings.IndexByte("`\"'", quote) >= 0 {
		return r.Pos - max(0, strings.LastIndexByte(source[:r.Pos-1], quote))
	}
	return len(r.Path[0])
}

// whyUnsupported says why an expression of a state cannot refer to
// something, or returns "", and what helps.
func (o *object) whyUnsupported(r jsonata.Reference, at *trail) (message, detail string) {
	switch {
	case r.Name == "$":
		return "Reference to '$$' is not supported.", "did you mean '$states.input'?"
	case r.Name == "" && r.Bare && r.TopLevel:
		return "Reference to '" + r.Path[0] + "' at the top level is not supported.", "did you mean '$states.input." + quoteFieldName(r.Path[0]) + "'?"
	case r.Name == "" && r.TopLevel:
		return "Reference to '$' at the top level is not supported.", "did you mean '$states.input'?"
	case r.Name == "states" && len(r.Path) > 0:
		if members := o.statesMembers(at); !slices.Contains(members, r.Path[0]) {
			return "Field '$states." + r.Path[0] + "' does not exist.", "here it has " + strings.Join(members, ", ")
		}
	}
	return "", ""
}

// noteReference notes what an expression reads, and warns of functions that there
// are not.
func (o *object) noteReference(r jsonata.Reference, at *trail, offset int) {
	m := access{location: func() string { return o.locationOf(at.String()) }, offset: offset, tested: r.Tested}
	switch {
	case r.Name == "": // a field of what the expression has at hand
	case r.Name == "states":
		if len(r.Path) > 1 && (r.Path[0] == "input" || r.Path[0] == "context") {
			m.context, m.path = r.Path[0] == "context", r.Path[1:]
			o.noteRead(m)
		}
	case !r.Call:
		m.variable, m.path = r.Name, r.Path
		o.noteRead(m)
	case !builtinFunctions.Has(r.Name):
		o.warnField(CodeFunctionUnknown, offset, at.String(), "There is no function '$%s'", r.Name)
	}
}

// quoteFieldName is a name as an expression spells it.
func quoteFieldName(field string) string {
	if isIdentifier(field) {
		return field
	}
	return "`" + field + "`"
}

// statesMembers are what $states has where a field is evaluated.
func (o *object) statesMembers(at *trail) []string {
	for at.outer != nil {
		at = at.outer
	}
	if o.statesMember != "" && (at.key == "Output" || at.key == "Assign") {
		return []string{"input", "context", o.statesMember}
	}
	return []string{"input", "context"}
}

// builtinFunctions has the functions that all expressions of states have.
var builtinFunctions, _ = jsonata.Compile("null", intrinsics.Dialect)

// resultMember is what $states has besides input and context in the Output and
// Assign of a state type; errorOutputMember is that of a Catcher.
var resultMember = map[string]string{"Task": "result", "Parallel": "result", "Map": "result"}

const errorOutputMember = "errorOutput"

// checkPlainString warns of a string that looks as if it were evaluated in a
// field of a JSONPath state that takes it as it is.
func (o *object) checkPlainString(name string) {
	n := o.fieldNode(name)
	if n == nil || !o.thorough {
		return
	}
	text, ok := n.Value.(string)
	switch {
	case !ok:
	case isExpression(text):
		o.warnField(CodeNotEvaluated, n.Offset, name, notEvaluatedHere)
	case looksEvaluated(text):
		o.warnField(CodeNoPath, n.Offset, name, "The value of the field '%s' looks like a path, but only '%sPath' takes one", name, name)
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

const notEvaluatedHere = "The value is taken as it stands: only states whose QueryLanguage is JSONata evaluate {%% %%}"

// expressionOffsets finds the places of an expression in the text, where its characters may
// be written with escapes. Asked in order, it reads the text once.
type expressionOffsets struct {
	text      []byte
	start     int // of the expression's string
	pos, next int // a place in the expression, and where that is in the text
}

func newExpressionOffsets(text []byte, n *value.Node) *expressionOffsets {
	return &expressionOffsets{text: text, start: n.Offset, pos: -len("{%"), next: n.Offset + len(`"`)}
}

// textOffset is where a place in the expression stands.
func (p *expressionOffsets) textOffset(pos int) int {
	if pos < p.pos {
		p.pos, p.next = -len("{%"), p.start+len(`"`)
	}
	for p.pos < pos && p.text[p.next] != '"' {
		written, size := escapeLength(p.text[p.next:])
		p.next += written
		p.pos += size
	}
	return p.next
}

// escapeLength is how many bytes the character at the start of a string's rest is
// written with, and how many it has: of one without an escape, those of its first.
func escapeLength(rest []byte) (written, size int) {
	switch {
	case rest[0] != '\\':
		return 1, 1
	case rest[1] != 'u':
		return 2, 1
	}
	r := parseHex(rest[2:6])
	if utf16.IsSurrogate(r) && rest[6] == '\\' && rest[7] == 'u' {
		if pair := utf16.DecodeRune(r, parseHex(rest[8:12])); pair != utf8.RuneError {
			return 12, utf8.RuneLen(pair)
		}
	}
	return 6, len(string(r))
}

func parseHex(digits []byte) rune {
	n, _ := strconv.ParseUint(string(digits), 16, 16) // the text is JSON
	return rune(n)
}
