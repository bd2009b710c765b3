package asl

import (
	"strings"

	"github.com/gostates/gostates/intrinsics"
	"github.com/gostates/gostates/jsonpath"
	"github.com/gostates/gostates/value"
)

// noDollar is AWS's text, noDollarOfCall is not: see docs/evidence.md#no-dollar.
const (
	noDollar       = "The value of '%s' looks like a JSONPath. Instead of '%s', use '%s.$' to evaluate it as a JSONPath at runtime."
	noDollarOfCall = "The value of '%s' looks like an intrinsic function call. Instead of '%s', use '%s.$' to evaluate it at runtime."
)

// template reads a field that holds a payload template or, in a JSONata state,
// any JSON with expressions in it.
func (o *object) template(name string, q QueryLanguage) Opt[Template] {
	n := o.member(name)
	if n == nil {
		return Opt[Template]{}
	}
	f := opt[Template](o, n)
	f.Presence = Present // null is a value too
	f.Value.Source = n.Value
	if q == JSONPath {
		t := templateParser{o, name}
		if root, dynamic := t.node(n); dynamic {
			f.Value.Root = &root
		}
	} else {
		f.Value.Expressions = o.appendExpressions(nil, n, &trail{nil, name, -1})
	}
	return f
}

// templateObject is template for what must be an object in either language.
func (o *object) templateObject(name string, q QueryLanguage) Opt[Template] {
	if n := o.member(name); n != nil {
		if _, ok := n.Value.(*value.Object); !ok {
			o.schema(n.Offset, name, "Expected value of type Object")
			return Opt[Template]{}
		}
	}
	return o.template(name, q)
}

// templateParser compiles a payload template. All that is wrong in it stands at
// the location of its field (recorded).
type templateParser struct {
	*object
	field string
}

// node compiles one value, and reports whether there is anything to evaluate in
// it.
func (t templateParser) node(n *value.Node) (TemplateNode, bool) {
	switch v := n.Value.(type) {
	case *value.Object:
		return t.fields(n, v)
	case []any:
		return t.items(n, v)
	}
	return TemplateNode{Literal: n.Value}, false
}

func (t templateParser) items(n *value.Node, v []any) (TemplateNode, bool) {
	var items []TemplateNode // nil as long as there is nothing to evaluate: lists are long
	for i := range v {
		item, dynamic := t.node(&n.Children[i])
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

func (t templateParser) fields(n *value.Node, v *value.Object) (TemplateNode, bool) {
	var literal, evaluated []TemplateField
	var names []string // of evaluated
	dynamic := false
	for i := range v.Len() {
		key := v.At(i).Key
		name, ok := strings.CutSuffix(key, ".$")
		if !ok {
			t.looksLikePath(&n.Children[i], key)
			child, d := t.node(&n.Children[i])
			dynamic = dynamic || d
			literal = append(literal, TemplateField{key, child})
			continue
		}
		dynamic = true
		if v.Has(name) {
			t.schema(n.Keys[i], t.field, "The field '%s' is there twice, with and without '.$'", name)
			continue
		}
		evaluated = append(evaluated, TemplateField{name, t.expression(&n.Children[i], key)})
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

// looksLikePath warns of a member of a payload template that is taken as it
// stands. Whether it names a variable is known when all states are read.
func (t templateParser) looksLikePath(n *value.Node, key string) {
	text, ok := n.Value.(string)
	if !ok || !t.thorough {
		return
	}
	switch {
	case isExpression(text):
		t.warn(CodeNotEvaluated, n.Offset, t.field, otherLanguage)
	case looksEvaluated(text) && strings.HasPrefix(text, "$"):
		t.warn(CodeNoDollar, n.Offset, t.field, noDollar, key, key, key)
	case looksEvaluated(text):
		t.warn(CodeNoDollar, n.Offset, t.field, noDollarOfCall, key, key, key)
	case strings.HasPrefix(text, "$"):
		if p, err := jsonpath.Parse(text); err == nil && p.Root() == jsonpath.Variable {
			t.scope.literals = append(t.scope.literals, literal{key, mention{variable: p.Variable(), location: t.locate(t.field), offset: n.Offset}})
		}
	}
}

// expression compiles the value of a key that ends in ".$".
func (t templateParser) expression(n *value.Node, key string) TemplateNode {
	node := TemplateNode{Field: key}
	text, ok := n.Value.(string)
	if !ok {
		t.schema(n.Offset, t.field, noPathOrCall, key)
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
		t.schema(n.Offset, t.field, noPathOrCall, key)
		t.detail(err)
	case node.Path != nil && t.isUnknown(n):
		t.schema(n.Offset, t.field, noPathOrCall, key)
	case node.Path != nil:
		t.readPath(node.Path, t.field, n.Offset)
	default:
		t.readCall(node.Call, t.field, n.Offset)
	}
	return node
}
