package asl

import (
	"errors"
	"strings"

	"github.com/gostates/gostates/intrinsics"
	"github.com/gostates/gostates/jsonata"
	"github.com/gostates/gostates/value"
)

// reportNotDelimited reports a string that is meant to be an expression, and is none.
func (o *object) reportNotDelimited(offset int, location, text string) {
	o.reportSchema(offset, location, "JSONata string must start with {%% and end with %%}")
	if strings.HasSuffix(text, "\n") && isExpression(strings.TrimSpace(text)) {
		o.addAdvice("it ends with a line break, which YAML leaves out after |-")
	}
}

// trail is the path from a field to a value in it. Few are ever formatted.
type trail struct {
	outer *trail
	key   string
	index int // of an array element, if key is empty
}

// String formats the trail. It leaves out the start of a long one, as
// abbreviate does.
func (t *trail) String() string {
	text := ""
	for ; t != nil && len(text) <= maxLocation; t = t.outer {
		key := t.key[max(0, len(t.key)-maxLocation):]
		switch {
		case t.outer == nil:
			text = key + text
		case t.index >= 0:
			text = elementName("", t.index) + text
		default:
			text = "/" + key + text
		}
	}
	return text
}

// extendTrail returns the trail to a value in the one at the end of at, or to a
// field if at is nil. Only validation needs it: Parse does not pay for it.
func (o *object) extendTrail(at *trail, key string, index int) *trail {
	if !o.thorough {
		return nil
	}
	return &trail{at, key, index}
}

// appendExpressions appends the expressions in a value of a JSONata state.
func (o *object) appendExpressions(list []*Expression, n *value.Node, at *trail) []*Expression {
	switch v := n.Value.(type) {
	case string:
		if e := o.parseExpression(n, v, at); e != nil {
			list = append(list, e)
		}
	case *value.Object:
		for i := range v.Len() {
			list = o.appendExpressions(list, &n.Children[i], o.extendTrail(at, v.At(i).Key, -1))
		}
	case []any:
		for i := range v {
			list = o.appendExpressions(list, &n.Children[i], o.extendTrail(at, "", i))
		}
	}
	return list
}

// parseExpression parses a string of a JSONata state. It returns nil if the
// string is not an expression.
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
	places := newExpressionOffsets(o.parser.text, n)
	if err != nil {
		message, pos := err.Error(), 0
		var syntax *jsonata.Error
		if errors.As(err, &syntax) {
			message, pos = syntax.Message, syntax.Pos
		}
		o.reportField(CodeInvalidJSONata, places.textOffset(pos), at.String(), "%s", message)
		return e
	}
	o.checkReferences(references, source, at, places)
	return e
}

// isExpression reports whether a string of a JSONata state is an expression.
func isExpression(text string) bool {
	_, ok := ExpressionSource(text)
	return ok
}

// ExpressionSource returns the source between the {% and %} of an expression.
// If text is not an expression, ok is false.
func ExpressionSource(text string) (source string, ok bool) {
	rest, begins := strings.CutPrefix(text, "{%")
	source, ends := strings.CutSuffix(rest, "%}")
	if !begins || !ends {
		return "", false
	}
	return source, true
}

// looksLikeExpression reports whether a string begins with {% or ends with %}.
func looksLikeExpression(text string) bool {
	return strings.HasPrefix(text, "{%") || strings.HasSuffix(text, "%}")
}

// parseFieldExpression parses a field of a JSONata state that may hold an
// expression instead of a value. It returns nil if the field does not.
func (o *object) parseFieldExpression(name string) *Expression {
	n := o.fieldNode(name)
	if n == nil {
		return nil
	}
	text, ok := n.Value.(string)
	if !ok {
		return nil
	}
	return o.parseExpression(n, text, o.extendTrail(nil, name, -1))
}

// parseStringOrExpression parses a field that holds a string or, in a JSONata
// state, an expression.
func (o *object) parseStringOrExpression(name string, q QueryLanguage) Opt[String] {
	f := o.parseString(name)
	s := Opt[String]{String{Value: f.Value}, f.Presence, f.Pos}
	if q == JSONata {
		if e := o.parseFieldExpression(name); e != nil {
			s.Value = String{Expression: e}
		}
	}
	return s
}
