package asl

import (
	"slices"

	"github.com/gostates/gostates/value"
)

func (o *object) parseErrorEquals(last bool) []string {
	names := o.parseStrings("ErrorEquals")
	n := o.fieldNode("ErrorEquals")
	if n == nil || names == nil {
		return nil
	}
	if len(names) == 0 {
		o.reportSchema(n.Offset, "ErrorEquals", "Value cannot be empty")
	}
	i := slices.IndexFunc(n.Children, func(c value.Node) bool { return c.Value == StatesAll })
	if i >= 0 && (len(names) > 1 || !last) {
		o.reportSchema(n.Children[i].Offset, elementName("ErrorEquals", i), "States.ALL must appear alone and at end of list")
	}
	if o.thorough {
		o.warnErrorNames(n)
	}
	return names
}
