package asl

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gostates/gostates/value"
)

// opt starts a field: its presence and place.
func opt[T any](o *object, n *value.Node) Opt[T] {
	f := Opt[T]{Presence: Present, Pos: o.pos(n.Offset)}
	if n.Value == nil {
		f.Presence = Null
	}
	return f
}

// typed reads a field that must be a T.
func typed[T any](o *object, name, wanted string) Opt[T] {
	n := o.member(name)
	if n == nil {
		return Opt[T]{}
	}
	f := opt[T](o, n)
	v, ok := n.Value.(T)
	if !ok {
		o.schema(n.Offset, name, "Expected value of type %s", wanted)
		f.Presence = Absent
		return f
	}
	f.Value = v
	return f
}

func (o *object) string(name string) Opt[string] { return typed[string](o, name, "String") }

func (o *object) bool(name string) Opt[bool] { return typed[bool](o, name, "Boolean") }

// text is string for one that must not be empty.
func (o *object) text(name string) Opt[string] {
	f := o.string(name)
	if f.IsSet() && f.Value == "" {
		o.schema(o.member(name).Offset, name, "Value cannot be empty")
	}
	return f
}

// enum reads a string that must be one of a list.
func (o *object) enum(name string, allowed ...string) Opt[string] {
	n := o.member(name)
	if n == nil {
		return Opt[string]{}
	}
	f := opt[string](o, n)
	text, ok := n.Value.(string)
	if !ok {
		o.schema(n.Offset, name, "Expected value of type [STRING]")
		f.Presence = Absent
		return f
	}
	f.Value = text
	if !slices.Contains(allowed, text) {
		o.schema(n.Offset, name, "Value should be one of the following: [%s]", strings.Join(allowed, ", "))
	}
	return f
}

// child is an object below o, or nil, reported where it is something else.
func (o *object) child(name string) *object {
	if n := o.member(name); n != nil {
		return o.objectAt(n, name)
	}
	return nil
}

// objectAt is child for a place of any name, such as an element of an array.
func (o *object) objectAt(n *value.Node, field string) *object {
	if _, ok := n.Value.(*value.Object); !ok {
		o.schema(n.Offset, field, "Expected value of type Object")
		return nil
	}
	return o.object(n, o.location+"/"+field)
}

// element is the field of an element of an array.
func element(name string, i int) string { return name + "[" + strconv.Itoa(i) + "]" }

// elements are the parts of an array below o, and whether there is one.
func (o *object) elements(name string) ([]value.Node, bool) {
	n := o.member(name)
	if n == nil {
		return nil, false
	}
	if _, ok := n.Value.([]any); !ok {
		o.schema(n.Offset, name, "Expected value of type Array")
		return nil, false
	}
	return n.Children, true
}

// children are the objects of an array below o; nil where there is none.
func (o *object) children(name string) []*object {
	nodes, ok := o.elements(name)
	if !ok {
		return nil
	}
	list := make([]*object, 0, len(nodes))
	for i := range nodes {
		if child := o.objectAt(&nodes[i], element(name, i)); child != nil {
			list = append(list, child)
		}
	}
	return list
}

// someChildren is children of an array that must have some.
func (o *object) someChildren(name string) []*object {
	if nodes, ok := o.elements(name); ok && len(nodes) == 0 {
		o.schema(o.member(name).Offset, name, "Value cannot be empty")
	}
	return o.children(name)
}

// strings reads an array of strings; nil where there is none.
func (o *object) strings(name string) []string {
	nodes, ok := o.elements(name)
	if !ok {
		return nil
	}
	list := make([]string, 0, len(nodes))
	for i := range nodes {
		text, ok := nodes[i].Value.(string)
		if !ok {
			o.schema(nodes[i].Offset, element(name, i), "Expected value of type String")
			continue
		}
		list = append(list, text)
	}
	return list
}
