package asl

import (
	"strings"

	"github.com/gostates/gostates/intrinsics"
	"github.com/gostates/gostates/jsonpath"
	"github.com/gostates/gostates/value"
)

// noDollar is AWS's message, noDollarOfCall is not
// (docs/evidence.md#no-dollar).
const (
	noDollar       = "The value of '%s' looks like a JSONPath. Instead of '%s', use '%s.$' to evaluate it as a JSONPath at runtime."
	noDollarOfCall = "The value of '%s' looks like an intrinsic function call. Instead of '%s', use '%s.$' to evaluate it at runtime."
)

// parseTemplate parses a payload template or, in a JSONata state, any JSON with
// expressions.
func (o *object) parseTemplate(name string, q QueryLanguage) Opt[Template] {
	n := o.fieldNode(name)
	if n == nil {
		return Opt[Template]{}
	}
	f := startField[Template](o, n)
	f.Presence = Present // null is a value too
	f.Value.Source = n.Value
	if q == JSONPath {
		t := templateParser{o, name}
		if root, dynamic := t.parseNode(n); dynamic {
			f.Value.Root = &root
		}
	} else {
		f.Value.Expressions = o.appendExpressions(nil, n, o.extendTrail(nil, name, -1))
	}
	return f
}

// parseTemplateObject is parseTemplate for a field that must be an object.
func (o *object) parseTemplateObject(name string, q QueryLanguage) Opt[Template] {
	if n := o.fieldNode(name); n != nil {
		if _, ok := n.Value.(*value.Object); !ok {
			o.reportSchema(n.Offset, name, "Expected value of type Object")
			return Opt[Template]{}
		}
	}
	return o.parseTemplate(name, q)
}

// templateParser parses a payload template. All its errors have the location of
// the field.
type templateParser struct {
	*object
	field string
}

// parseNode parses a value, and reports whether it has anything to evaluate.
func (t templateParser) parseNode(n *value.Node) (TemplateNode, bool) {
	switch v := n.Value.(type) {
	case *value.Object:
		return t.parseFields(n, v)
	case []any:
		return t.parseItems(n, v)
	}
	return TemplateNode{Literal: n.Value}, false
}

func (t templateParser) parseItems(n *value.Node, v []any) (TemplateNode, bool) {
	var items []TemplateNode // nil until there is something to evaluate: arrays may be long
	for i := range v {
		item, dynamic := t.parseNode(&n.Children[i])
		if dynamic && items == nil {
			items = make([]TemplateNode, len(v))
			for j := range i {
				items[j].Literal = v[j]
			}
		}
		if items != nil {
			items[i] = item
		}
	}
	if items == nil {
		return TemplateNode{Literal: v}, false
	}
	return TemplateNode{Items: items}, true
}

func (t templateParser) parseFields(n *value.Node, v *value.Object) (TemplateNode, bool) {
	var literal, evaluated []TemplateField
	var names []string // of evaluated
	dynamic := false
	start := func(n int) { // the first n members have nothing to evaluate
		dynamic = true
		literal = make([]TemplateField, n, v.Len())
		for i := range literal {
			literal[i] = TemplateField{v.At(i).Key, TemplateNode{Literal: v.At(i).Value}}
		}
	}
	for i := range v.Len() {
		key := v.At(i).Key
		name, ok := strings.CutSuffix(key, ".$")
		if !ok {
			t.warnLooksLikePath(&n.Children[i], key)
			child, d := t.parseNode(&n.Children[i])
			if d && !dynamic {
				start(i)
			}
			if dynamic {
				literal = append(literal, TemplateField{key, child})
			}
			continue
		}
		if !dynamic {
			start(i)
		}
		if v.Has(name) {
			t.reportSchema(n.Children[i].Key, t.field, "The field '%s' occurs twice, with and without '.$'", name)
			continue
		}
		if evaluated == nil {
			evaluated, names = make([]TemplateField, 0, v.Len()-i), make([]string, 0, v.Len()-i)
		}
		evaluated = append(evaluated, TemplateField{name, t.parseDollarField(&n.Children[i], key)})
		names = append(names, name)
	}
	if !dynamic {
		return TemplateNode{Literal: v}, false
	}
	for _, i := range value.HashMapOrder(names) {
		literal = append(literal, evaluated[i])
	}
	return TemplateNode{Fields: literal}, true
}

// warnLooksLikePath warns of a member that is taken literally but looks like a
// path. A member that looks like a variable is checked once all states are
// parsed.
func (t templateParser) warnLooksLikePath(n *value.Node, key string) {
	text, ok := n.Value.(string)
	if !ok || !t.thorough {
		return
	}
	switch {
	case isExpression(text):
		t.warnField(CodeNotEvaluated, n.Offset, t.field, notEvaluatedHere)
	case looksEvaluated(text) && strings.HasPrefix(text, "$"):
		t.warnField(CodeNoDollar, n.Offset, t.field, noDollar, key, key, key)
	case looksEvaluated(text):
		t.warnField(CodeNoDollar, n.Offset, t.field, noDollarOfCall, key, key, key)
	case strings.HasPrefix(text, "$"):
		if p, err := jsonpath.Parse(text); err == nil && p.Root() == jsonpath.Variable {
			t.scope.literals = append(t.scope.literals, literal{key, access{variable: p.Variable(), location: t.locate(t.field), offset: n.Offset}})
		}
	}
}

// parseDollarField parses the value of a key that ends in ".$".
func (t templateParser) parseDollarField(n *value.Node, key string) TemplateNode {
	node := TemplateNode{Field: key}
	text, ok := n.Value.(string)
	if !ok {
		t.reportSchema(n.Offset, t.field, noPathOrCall, key)
		return node
	}
	var err error
	if strings.HasPrefix(text, "$") {
		node.Path, err = jsonpath.Parse(text)
	} else {
		node.Call, err = intrinsics.Parse(text)
	}
	switch {
	case err != nil:
		t.reportSchema(n.Offset, t.field, noPathOrCall, key)
		t.addParseDetail(err)
	case node.Path != nil && t.isUnknown(n):
		t.reportSchema(n.Offset, t.field, noPathOrCall, key)
	case node.Path != nil:
		t.notePathRead(node.Path, t.field, n.Offset)
	default:
		t.noteCallReads(node.Call, t.field, n.Offset)
	}
	return node
}
