package jsonpath

import (
	"cmp"
	"math/big"

	"github.com/gostates/gostates/value"
)

// filter is the expression in "[?(...)]". Without criteria it is Jayway's
// placeholder "[?]", which can be parsed but not evaluated.
type filter struct {
	or [][]criterion // the criteria of one alternative must all hold
}

// criterion is a comparison, or the test that a path exists.
type criterion struct {
	left, right operand
	operator    string
	integer     int64 // the right side, if whole
	whole       bool  // the right side is an integer of at most 18 digits
	order       uint8 // the operator holds if bit 1+c is set, and the right side compares to the left one as c
	work        int   // to find the operands
	twins       bool  // both sides are the same path from the root
	negated     bool  // of exists only: "!@.x == 1" means the same as "@.x == 1"
}

// operand is one side of a comparison.
type operand struct {
	literal  any // a string, boxed once
	pattern  *pattern
	path     *program
	name     string // the path is this name of the item; "": another path
	document bool   // the path starts at the root
}

func (o *operand) isPath() bool { return o.path != nil }

func (f *filter) looksAtDocument() bool {
	if f == nil {
		return false
	}
	for _, and := range f.or {
		for _, c := range and {
			if c.operator != exists && c.left.document || c.right.document {
				return true
			}
		}
	}
	return false
}

// requireNames makes "['a','b']" require all of its names.
func (p *program) requireNames() {
	for i := range p.steps {
		p.steps[i].strict = true
	}
}

// acceptsItem reports whether the filter accepts an item. Both operators are
// evaluated from right to left, which shows if a comparison fails.
func (f *filter) acceptsItem(item any, e *evaluation) (bool, *Error) {
	if len(f.or) == 0 {
		return false, textError("the filter [?] has no predicate")
	}
	for i := len(f.or) - 1; i >= 0; i-- {
		ok, err := allHold(f.or[i], item, e)
		if ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

func allHold(and []criterion, item any, e *evaluation) (bool, *Error) {
	for i := len(and) - 1; i >= 0; i-- {
		ok, err := and[i].holdsFor(item, e)
		if !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

// quickCriterion returns the criterion of a filter that compares a name of the item
// with an integer, and the work for each item, or nil.
func (f *filter) quickCriterion() (c *criterion, work int) {
	if len(f.or) != 1 || len(f.or[0]) != 1 {
		return nil, 0
	}
	c = &f.or[0][0]
	if !c.whole || c.left.name == "" || c.operator == exists {
		return nil, 0
	}
	return c, 1 + 2 + c.work + textWork(c.right.literal)
}

// comparesField evaluates a quick criterion for an object whose member is an integer.
func (c *criterion) comparesField(item any) (ok, known bool) {
	o, _ := item.(*value.Object)
	v, _ := o.Get(c.left.name)
	n, known := v.(int64)
	return c.order>>(1+cmp.Compare(c.integer, n))&1 != 0, known
}

// holdsFor evaluates a criterion. It is false if a path in it is missing.
func (c *criterion) holdsFor(item any, e *evaluation) (bool, *Error) {
	if err := e.countWork(2 + c.work); err != nil {
		return false, err
	}
	if c.operator == exists {
		return c.pathExists(item)
	}
	left, ok, err := c.left.evalOperand(item, e.document)
	if !ok {
		return false, err
	}
	if n, ok := left.(int64); ok && c.whole { // nearly all comparisons of numbers
		if err := e.countWork(textWork(c.right.literal)); err != nil {
			return false, err
		}
		return c.order>>(1+cmp.Compare(c.integer, n))&1 != 0, nil
	}
	right, ok, err := c.right.evalOperand(item, e.document)
	if !ok {
		return false, err
	}
	if err := e.countWork(textWork(left) + textWork(right)); err != nil {
		return false, err
	}
	switch {
	case c.operator == matches:
		return e.matchOperands(left, right)
	case c.twins: // also for lists and objects, which equal nothing else
		return c.operator == equals || c.operator == greaterOrEqual || c.operator == lessOrEqual, nil
	}
	return compareValues(c.operator, left, right)
}

// pathExists looks for the path in the item, even if the path starts with '$'.
// A null does not exist.
func (c *criterion) pathExists(item any) (bool, *Error) {
	at := operand{path: c.left.path}
	v, ok, err := at.evalOperand(item, nil)
	if err != nil {
		return false, err
	}
	return (ok && v != nil) != c.negated, nil
}

// evalWork returns the work of evaluating the operand.
func (o *operand) evalWork() int {
	if o.path == nil {
		return 0
	}
	work := 0
	for i := range o.path.steps {
		work += 1 + len(o.path.steps[i].names)
	}
	return work
}

// textWork returns the work of comparing a value.
func textWork(v any) int {
	s, _ := v.(string)
	return len(s) / stepBytes
}

// evalOperand returns the value of the operand and whether it exists. A path
// that does not fit the value is an error.
func (o *operand) evalOperand(item, document any) (v any, ok bool, err *Error) {
	switch {
	case o.pattern != nil:
		return o.pattern, true, nil
	case o.path == nil:
		return o.literal, true, nil
	}
	if o.name != "" { // most paths
		if object, ok := item.(*value.Object); ok {
			if v, ok = object.Get(o.name); ok {
				return v, true, nil
			}
		}
	}
	at := spot{value: item}
	if o.document {
		at = spot{document, true}
	}
	got, m := o.path.walkFrom(at, 0)
	if m.reason == found {
		return got, true, nil
	}
	if m.reason.errorKind() == NotFound {
		return nil, false, nil
	}
	return nil, false, o.path.missError(m, at.value, 0)
}

// javaClass returns the name of the class in Jayway's message.
func javaClass(v any) string {
	switch v := v.(type) {
	case string:
		return "java.lang.String"
	case bool:
		return "java.lang.Boolean"
	case int64:
		if v == int64(int32(v)) {
			return "java.lang.Integer"
		}
		return "java.lang.Long"
	case float64:
		return "java.lang.Double"
	case *big.Int:
		return "com.fasterxml.jackson.databind.node.BigIntegerNode"
	case []any:
		return "com.fasterxml.jackson.databind.node.ArrayNode"
	}
	return "com.fasterxml.jackson.databind.node.ObjectNode"
}
