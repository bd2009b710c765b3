package asl

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gostates/gostates/value"
)

// startField returns a field with its presence and position, but without a
// value.
func startField[T any](o *object, n *value.Node) Opt[T] {
	f := Opt[T]{Presence: Present, Pos: o.positionOf(n.Offset)}
	if n.Value == nil {
		f.Presence = Null
	}
	return f
}

// parseTyped parses a field that must be a T, or null.
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

// parseNonEmptyString parses a string that must not be empty.
func (o *object) parseNonEmptyString(name string) Opt[string] {
	f := o.parseString(name)
	if f.IsSet() && f.Value == "" {
		o.reportSchema(o.fieldNode(name).Offset, name, "Value cannot be empty")
	}
	return f
}

// parseEnum parses a string that must be one of a list.
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
		o.suggestName(text, slices.Values(allowed))
	}
	return f
}

// childObject returns the object in a field. It returns nil if the field is
// absent, or is not an object, which it reports.
func (o *object) childObject(name string) *object {
	if n := o.fieldNode(name); n != nil {
		return o.objectAt(n, name)
	}
	return nil
}

// objectAt returns the object at a node, such as an array element. It returns
// nil if the node is not an object, which it reports.
func (o *object) objectAt(n *value.Node, field string) *object {
	if _, ok := n.Value.(*value.Object); !ok {
		o.reportSchema(n.Offset, field, "Expected value of type Object")
		return nil
	}
	return o.newObject(n, o.joinLocation(o.location, field))
}

// elementName returns the location of an array element.
func elementName(name string, i int) string { return name + "[" + strconv.Itoa(i) + "]" }

// arrayElements returns the elements of an array. If the field is absent or not
// an array, ok is false.
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

// childObjects returns the objects in an array, or nil if there is no array.
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

// nonEmptyChildObjects is childObjects for an array that must not be empty.
func (o *object) nonEmptyChildObjects(name string) []*object {
	if nodes, ok := o.arrayElements(name); ok && len(nodes) == 0 {
		o.reportSchema(o.fieldNode(name).Offset, name, "Value cannot be empty")
	}
	return o.childObjects(name)
}

// parseStrings parses an array of strings. It returns nil if there is no array.
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
