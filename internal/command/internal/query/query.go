// Package query selects parts of a result with expressions of ojg's jp package.
// It is for people who inspect an output. State machines use package jsonpath.
package query

import (
	"fmt"

	"github.com/ohler55/ojg/jp"

	"github.com/gostates/gostates/value"
)

// Expr is a parsed expression. It is immutable and safe for concurrent use.
type Expr struct {
	text string
	expr jp.Expr
}

// Parse parses a jp expression.
func Parse(text string) (*Expr, error) {
	x, err := jp.ParseString(text)
	if err != nil {
		return nil, fmt.Errorf("query: %q: %w", text, err)
	}
	return &Expr{text, x}, nil
}

// String returns the expression as it was written.
func (e *Expr) String() string { return e.text }

// Select returns the values that the expression selects from v, possibly none. It
// never changes v.
func (e *Expr) Select(v any) ([]any, error) {
	selected, err := evalExpr(e.expr, wrapValue(v))
	if err != nil {
		return nil, fmt.Errorf("query: %q: %w", e.text, err)
	}
	for i := range selected {
		selected[i] = unwrapValue(selected[i])
	}
	return selected, nil
}

// evalExpr evaluates an expression. jp panics on some, such as == between two lists.
func evalExpr(x jp.Expr, v any) (selected []any, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	return x.Get(v), nil
}

// keyed presents an object to jp, in the order of its keys and read-only.
type keyed struct{ object *value.Object }

var _ jp.Keyed = keyed{}

// ValueForKey returns the value of a key.
func (k keyed) ValueForKey(key string) (any, bool) {
	v, ok := k.object.Get(key)
	return wrapValue(v), ok
}

// SetValueForKey does nothing, because values are immutable.
func (keyed) SetValueForKey(string, any) {}

// RemoveValueForKey does nothing, because values are immutable.
func (keyed) RemoveValueForKey(string) {}

// Keys returns the keys in order.
func (k keyed) Keys() []string { return k.object.Keys() }

func wrapValue(v any) any {
	switch v := v.(type) {
	case *value.Object:
		return keyed{v}
	case []any:
		wrapped := make([]any, len(v))
		for i := range v {
			wrapped[i] = wrapValue(v[i])
		}
		return wrapped
	}
	return v
}

func unwrapValue(v any) any {
	switch v := v.(type) {
	case keyed:
		return v.object
	case []any:
		plain := make([]any, len(v))
		for i := range v {
			plain[i] = unwrapValue(v[i])
		}
		return plain
	}
	return v
}
