// Package query selects parts of a result with the expressions of ojg's jp
// package: for people who look at an output, not for state machines, whose
// dialect is in package jsonpath.
package query

import (
	"fmt"

	"github.com/ohler55/ojg/jp"

	"github.com/gostates/gostates/value"
)

// Expr is a parsed expression. It never changes.
type Expr struct {
	text string
	expr jp.Expr
}

// Parse reads a jp expression.
func Parse(text string) (*Expr, error) {
	x, err := jp.ParseString(text)
	if err != nil {
		return nil, fmt.Errorf("query: %q: %w", text, err)
	}
	return &Expr{text, x}, nil
}

// String returns the expression as it was parsed.
func (e *Expr) String() string { return e.text }

// Select returns what the expression selects from a value: nothing, one value or
// several. The value is not changed, whatever the expression.
func (e *Expr) Select(v any) ([]any, error) {
	selected, err := getPath(e.expr, wrapPath(v))
	if err != nil {
		return nil, fmt.Errorf("query: %q: %w", e.text, err)
	}
	for i := range selected {
		selected[i] = unwrap(selected[i])
	}
	return selected, nil
}

// get evaluates an expression. jp panics on some, such as == between two lists.
func getPath(x jp.Expr, v any) (selected []any, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	return x.Get(v), nil
}

// keyed shows an object to jp, in the order of its keys, and cannot be changed.
type keyed struct{ object *value.Object }

var _ jp.Keyed = keyed{}

// ValueForKey returns the value of a key.
func (k keyed) ValueForKey(key string) (any, bool) {
	v, ok := k.object.Get(key)
	return wrapPath(v), ok
}

// SetValueForKey does nothing: values are immutable.
func (keyed) SetValueForKey(string, any) {}

// RemoveValueForKey does nothing: values are immutable.
func (keyed) RemoveValueForKey(string) {}

// Keys returns the keys in their order.
func (k keyed) Keys() []string { return k.object.Keys() }

func wrapPath(v any) any {
	switch v := v.(type) {
	case *value.Object:
		return keyed{v}
	case []any:
		wrapped := make([]any, len(v))
		for i := range v {
			wrapped[i] = wrapPath(v[i])
		}
		return wrapped
	}
	return v
}

func unwrap(v any) any {
	switch v := v.(type) {
	case keyed:
		return v.object
	case []any:
		plain := make([]any, len(v))
		for i := range v {
			plain[i] = unwrap(v[i])
		}
		return plain
	}
	return v
}
