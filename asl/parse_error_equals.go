package asl

import (
	"slices"

	"github.com/gostates/gostates/value"
)

func (o *object) errorEquals(last bool) []string {
	names := o.strings("ErrorEquals")
	n := o.member("ErrorEquals")
	if n == nil || names == nil {
		return nil
	}
	if len(names) == 0 {
		o.schema(n.Offset, "ErrorEquals", "Value cannot be empty")
	}
	i := slices.IndexFunc(n.Children, func(c value.Node) bool { return c.Value == StatesAll })
	if i >= 0 && (len(names) > 1 || !last) {
		o.schema(n.Children[i].Offset, element("ErrorEquals", i), "States.ALL must appear alone and at end of list")
	}
	if o.thorough {
		o.errorNames(n)
	}
	return names
}
