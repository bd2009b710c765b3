package asl

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gostates/gostates/value"
)

// startField starts a field: its presence and place.
func startField[T any](o *object, n *value.Node) Opt[T] {
	f := Opt[T]{Presence: Present, Pos: o.positionOf(n.Offset)}
	if n.Value == nil {
		f.Presence = Null
	}
	return f
}

// parseTyped reads a field that must be a T.
func parseTyped[T any](o *object, name, wanted string) Opt[T] {
	n := o.fieldNode(name)
	if n == nil {
		return Opt[T]{}
	}
	f := startField[T](o, n)
	v, ok := n.Value.(T)
	if !ok {
		o.reportSchema(n.Offset, name, "Expected value of type %s", wanted)
		f.Presence = Absent
		return f
	}
	f.Value = v
	return f
}

func (o *object) parseString(name string) Opt[string] { return parseTyped[string](o, name, "String") }

func (o *object) parseBool(name string) Opt[bool] { return parseTyped[bool](o, name, "Boolean") }

// parseNonEmptyString is string for one that must not be empty.
func (o *object) parseNonEmptyString(name string) Opt[string] {
	f := o.parseString(name)
	if f.IsSet() && f.Value == "" {
		o.reportSchema(o.fieldNode(name).Offset, name, "Value cannot be empty")
	}
	return f
}

// parseEnum reads a string that must be one of a list.
func (o *object) parseEnum(name string, allowed ...string) Opt[string] {
	n := o.fieldNode(name)
	if n == nil {
		return Opt[string]{}
	}
	f := startField[string](o, n)
	text, ok := n.Value.(string)
	if !ok {
		o.reportSchema(n.Offset, name, "Expected value of type [STRING]")
		f.Presence = Absent
		return f
	}
	f.Value = text
	if !slices.Contains(allowed, text) {
		o.reportSchema(n.Offset, name, "Value should be one of the following: [%s]", strings.Join(allowed, ", "))
	}
	return f
}

// childObject is an object below o, or nil, reported where it is something else.
func (o *object) childObject(name string) *object {
	if n := o.fieldNode(name); n != nil {
		return o.objectAt(n, name)
	}
	return nil
}

// objectAt is child for a place of any name, such as an element of an array.
func (o *object) objectAt(n *value.Node, field string) *object {
	if _, ok := n.Value.(*value.Object); !ok {
		o.reportSchema(n.Offset, field, "Expected value of type Object")
		return nil
	}
	return o.newObject(n, o.location+"/"+field)
}

// elementName is the field of an element of an array.
func elementName(name string, i int) string { return name + "[" + strconv.Itoa(i) + "]" }

// arrayElements are the parts of an array below o, and whether there is one.
func (o *object) arrayElements(name string) ([]value.Node, bool) {
	n := o.fieldNode(name)
	if n == nil {
		return nil, false
	}
	if _, ok := n.Value.([]any); !ok {
		o.reportSchema(n.Offset, name, "Expected value of type Array")
		return nil, false
	}
	return n.Children, true
}

// childObjects are the objects of an array below o; nil where there is none.
func (o *object) childObjects(name string) []*object {
	nodes, ok := o.arrayElements(name)
	if !ok {
		return nil
	}
	list := make([]*object, 0, len(nodes))
	for i := range nodes {
		if child := o.objectAt(&nodes[i], elementName(name, i)); child != nil {
			list = append(list, child)
		}
	}
	return list
}

// nonEmptyChildObjects is children of an array that must have some.
func (o *object) nonEmptyChildObjects(name string) []*object {
	if nodes, ok := o.arrayElements(name); ok && len(nodes) == 0 {
		o.reportSchema(o.fieldNode(name).Offset, name, "Value cannot be empty")
	}
	return o.childObjects(name)
}

// parseStrings reads an array of strings; nil where there is none.
func (o *object) parseStrings(name string) []string {
	nodes, ok := o.arrayElements(name)
	if !ok {
		return nil
	}
	list := make([]string, 0, len(nodes))
	for i := range nodes {
		text, ok := nodes[i].Value.(string)
		if !ok {
			o.reportSchema(nodes[i].Offset, elementName(name, i), "Expected value of type String")
			continue
		}
		list = append(list, text)
	}
	return list
}
