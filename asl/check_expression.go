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

// checkLiteral reports a string of a JSONata state that is not an expression
// but looks like one.
func (o *object) checkLiteral(n *value.Node, text string, at *trail) {
	switch {
	case looksLikeExpression(text):
		o.reportNotDelimited(n.Offset, at.String(), text)
	case strings.HasPrefix(text, "$states."), looksEvaluated(text):
		o.warnField(CodeNotEvaluated, n.Offset, at.String(), "The string is not evaluated: an expression must be between {%% and %%}")
	}
}

// checkReferences reports references that an expression must not have, and
// notes the others.
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

// referenceLength returns the bytes of a variable or name in the source of an
// expression.
func referenceLength(r jsonata.Reference, source string) int {
	if r.Name != "" || !r.Bare {
		return len("$" + r.Name)
	}
	if quote := source[r.Pos-1]; strings.IndexByte("`\"'", quote) >= 0 {
		return r.Pos - max(0, strings.LastIndexByte(source[:r.Pos-1], quote))
	}
	return len(r.Path[0])
}

// whyUnsupported returns the error of a reference that AWS does not support,
// and advice, or "".
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

// noteReference notes a reference, and warns of functions that do not exist.
func (o *object) noteReference(r jsonata.Reference, at *trail, offset int) {
	m := access{location: func() string { return o.locationOf(at.String()) }, offset: offset, tested: r.Tested}
	switch {
	case r.Name == "": // a field of the context
	case r.Name == "states":
		if len(r.Path) > 1 && r.Path[0] != errorOutputMember {
			m.context, m.path = r.Path[0] == "context", r.Path[1:]
			if r.Path[0] == "result" {
				m.field = statesResult
			}
			o.noteRead(m)
		}
	case !r.Call:
		m.variable, m.path = r.Name, r.Path
		o.noteRead(m)
	case !builtinFunctions.Has(r.Name):
		o.warnField(CodeFunctionUnknown, offset, at.String(), "Unknown function '$%s'", r.Name)
	}
}

// quoteFieldName returns a field name as an expression spells it.
func quoteFieldName(field string) string {
	if isIdentifier(field) {
		return field
	}
	return "`" + field + "`"
}

// statesMembers returns the members of $states in a field.
func (o *object) statesMembers(at *trail) []string {
	for at.outer != nil {
		at = at.outer
	}
	if o.statesMember != "" && (at.key == "Output" || at.key == "Assign") {
		return []string{"input", "context", o.statesMember}
	}
	return []string{"input", "context"}
}

// builtinFunctions has the functions of every expression.
var builtinFunctions, _ = jsonata.Compile("null", intrinsics.Dialect)

// resultMember is the third member of $states, after input and context, in the
// Output and Assign of a state type. errorOutputMember is that of a Catcher.
var resultMember = map[string]string{"Task": "result", "Parallel": "result", "Map": "result"}

const errorOutputMember = "errorOutput"

// statesResult is the field of an access that reads $states.result.
const statesResult = "$states.result"

// checkPlainString warns of a string in a JSONPath state that is taken
// literally but looks like a path, a call or an expression.
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
		o.warnField(CodeNoPath, n.Offset, name, "The value of the field '%s' looks like a path, but only the field '%sPath' takes one", name, name)
	}
}

// looksEvaluated reports whether a string is a path or an intrinsic function
// call that can hardly be meant literally.
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

const notEvaluatedHere = "The string is not evaluated: {%% %%} needs the QueryLanguage JSONata"

// expressionOffsets maps offsets in an expression to offsets in the definition,
// whose string may have escapes. Offsets that ascend are found in one pass.
type expressionOffsets struct {
	text      []byte
	start     int // of the string in the definition
	pos, next int // an offset in the expression, and the one in the definition
}

func newExpressionOffsets(text []byte, n *value.Node) *expressionOffsets {
	return &expressionOffsets{text: text, start: n.Offset, pos: -len("{%"), next: n.Offset + len(`"`)}
}

// textOffset returns the offset in the definition of an offset in the
// expression.
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

// escapeLength returns the bytes of the character at the start of rest: as
// written, and unescaped. Of a multi-byte character without an escape it
// returns the first byte.
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
	n, _ := strconv.ParseUint(string(digits), 16, 16) // the definition is valid JSON
	return rune(n)
}
