package asl

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gostates/gostates/asl/value"
	"github.com/gostates/gostates/intrinsics"
	"github.com/gostates/gostates/jsonpath"
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
		if root, dynamic := o.templateNode(n, o.at(name)); dynamic {
			f.Value.Root = &root
		}
	}
	return f
}

// payload is a template that must be an object where it is a payload template.
func (o *object) payload(name string, q QueryLanguage) Opt[Template] {
	n := o.member(name)
	if n != nil && q == JSONPath {
		if _, ok := n.Value.(*value.Object); !ok {
			o.schema(n.Offset, o.at(name), "Expected value of type Object")
			return Opt[Template]{}
		}
	}
	return o.template(name, q)
}

// templateNode compiles one value of a payload template, and reports whether
// there is anything to evaluate in it.
func (o *object) templateNode(n *value.Node, location string) (TemplateNode, bool) {
	switch v := n.Value.(type) {
	case *value.Object:
		return o.templateObject(n, v, location)
	case []any:
		items := make([]TemplateNode, len(v))
		dynamic := false
		for i := range v {
			item, d := o.templateNode(&n.Children[i], location+"["+strconv.Itoa(i)+"]")
			items[i] = item
			dynamic = dynamic || d
		}
		if dynamic {
			return TemplateNode{Items: items}, true
		}
	}
	return TemplateNode{Literal: n.Value}, false
}

func (o *object) templateObject(n *value.Node, v *value.Object, location string) (TemplateNode, bool) {
	var literal, dynamic []TemplateField
	evaluates := false
	seen := make(map[string]bool, v.Len())
	for i := range v.Len() {
		key := v.At(i).Key
		name, isExpression := strings.CutSuffix(key, ".$")
		if seen[name] {
			o.schema(n.Keys[i], location, "The field '%s' is there twice, with and without '.$'", name)
			continue
		}
		seen[name] = true
		if isExpression {
			dynamic = append(dynamic, TemplateField{name, o.templateExpression(&n.Children[i], key, location)})
			continue
		}
		child, d := o.templateNode(&n.Children[i], location+"/"+key)
		evaluates = evaluates || d
		literal = append(literal, TemplateField{key, child})
	}
	if len(dynamic) == 0 && !evaluates {
		return TemplateNode{Literal: v}, false
	}
	names := make([]string, len(dynamic))
	for i := range dynamic {
		names[i] = dynamic[i].Key
	}
	fields := literal
	for _, i := range value.HashMapOrder(names) {
		fields = append(fields, dynamic[i])
	}
	return TemplateNode{Fields: fields}, true
}

// templateExpression compiles the value of a key that ends in ".$".
func (o *object) templateExpression(n *value.Node, key, location string) TemplateNode {
	node := TemplateNode{Field: key}
	text, ok := n.Value.(string)
	var err error
	switch {
	case !ok:
	case strings.HasPrefix(text, "$"):
		node.Path, err = jsonpath.Parse(text)
	default:
		node.Call, err = intrinsics.Parse(text)
	}
	if !ok || err != nil {
		reason := ""
		if err != nil {
			reason = ". " + reasonOf(err)
		}
		o.schema(n.Offset, location,
			"The value for the field '%s' must be a valid JSONPath or a valid intrinsic function call%s", key, reason)
	}
	return node
}

// assign reads an Assign field and checks the names of its variables.
func (o *object) assign(q QueryLanguage) Opt[Template] {
	n := o.member("Assign")
	if n == nil {
		return Opt[Template]{}
	}
	v, ok := n.Value.(*value.Object)
	if !ok {
		o.schema(n.Offset, o.at("Assign"), "Expected value of type Object")
		return Opt[Template]{}
	}
	for i := range v.Len() {
		name := v.At(i).Key
		if q == JSONPath {
			name = strings.TrimSuffix(name, ".$")
		}
		o.variableName(name, n.Keys[i])
	}
	return o.template("Assign", q)
}

const maxVariableName = 80 // characters

func (o *object) variableName(name string, offset int) {
	switch {
	case name == "states":
		o.report(CodeReservedVariableName, offset, o.at("Assign"), "Cannot assign to reserved variable '$states'.")
	case utf8.RuneCountInString(name) > maxVariableName:
		o.report(CodeInvalidVariableName, offset, o.at("Assign"),
			"Invalid variable name '%s': the variable name exceeds the 80-character limit.", name)
	case !isIdentifier(name):
		o.report(CodeInvalidVariableName, offset, o.at("Assign"),
			"Invalid variable name '%s': the variable name contains invalid characters.", name)
	}
}

// isIdentifier reports whether a name is of ID_Start and ID_Continue characters
// (UAX #31).
func isIdentifier(name string) bool {
	for i, r := range name {
		start := unicode.IsLetter(r) || unicode.Is(unicode.Nl, r) || unicode.Is(unicode.Other_ID_Start, r)
		more := start || unicode.In(r, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc, unicode.Other_ID_Continue)
		if i == 0 && !start || !more {
			return false
		}
	}
	return name != ""
}
