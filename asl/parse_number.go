package asl

import (
	"math"
	"math/big"

	"github.com/gostates/gostates/value"
)

// Bounds of numbers.
const (
	noMaximum     = math.MaxInt64
	maxSeconds    = 99_999_999 // of TimeoutSeconds, Seconds and the like
	maxDelay      = 31_622_400 // seconds, of MaxDelaySeconds: a year
	maxBackoff    = math.MaxFloat64
	maxItems      = 100_000_000
	maxBatchBytes = 262_144
)

// integer reads a field that holds a whole number.
func (o *object) integer(name string, low, high int64) Opt[int64] {
	n := o.member(name)
	if n == nil {
		return Opt[int64]{}
	}
	f := opt[int64](o, n)
	v, past, ok := wholeNumber(n.Value)
	f.Value = v
	switch {
	case !ok:
		o.schema(n.Offset, name, "Expected value of type Integer")
		f.Presence = Absent
	case v < low || past && v < 0:
		o.schema(n.Offset, name, "Minimum value is %d", low)
	case v > high || past:
		o.schema(n.Offset, name, "Maximum value is %d", high)
	}
	return f
}

// wholeNumber takes integers, and floats without a fraction (1.0). A number
// that is past what an int64 holds becomes the nearest one.
func wholeNumber(v any) (n int64, past, ok bool) {
	switch v := v.(type) {
	case int64:
		return v, false, true
	case float64:
		const exact = 1 << 53
		return int64(v), false, v == math.Trunc(v) && math.Abs(v) <= exact
	case *big.Int:
		if v.Sign() < 0 {
			return math.MinInt64, true, true
		}
		return math.MaxInt64, true, true
	}
	return 0, false, false
}

// number reads a field that holds any number.
func (o *object) number(name string, low, high float64) Opt[float64] {
	n := o.member(name)
	if n == nil {
		return Opt[float64]{}
	}
	f := opt[float64](o, n)
	switch v := n.Value.(type) {
	case int64:
		f.Value = float64(v)
	case float64:
		f.Value = v
	case *big.Int:
		f.Value, _ = new(big.Float).SetInt(v).Float64()
	default:
		o.schema(n.Offset, name, "Expected value of type Number")
		f.Presence = Absent
		return f
	}
	switch {
	case f.Value < low:
		o.schema(n.Offset, name, "Minimum value is %s", value.String(low))
	case f.Value > high:
		o.schema(n.Offset, name, "Maximum value is %s", value.String(high))
	}
	return f
}

// integerOrExpression is integer, or an expression in a JSONata state.
func (o *object) integerOrExpression(name string, q QueryLanguage, low, high int64) Opt[Integer] {
	if e, ok := o.numberExpression(name, q); ok {
		return Opt[Integer]{Integer{Expression: e.Value}, e.Presence, e.Pos}
	}
	f := o.integer(name, low, high)
	return Opt[Integer]{Integer{Value: f.Value}, f.Presence, f.Pos}
}

// numberOrExpression is number, or an expression in a JSONata state.
func (o *object) numberOrExpression(name string, q QueryLanguage, low, high float64) Opt[Number] {
	if e, ok := o.numberExpression(name, q); ok {
		return Opt[Number]{Number{Expression: e.Value}, e.Presence, e.Pos}
	}
	f := o.number(name, low, high)
	return Opt[Number]{Number{Value: f.Value}, f.Presence, f.Pos}
}

// numberExpression reads a field that holds an expression instead of a number. If
// ok is false, it does not. An expression that lacks a delimiter is reported, and
// absent.
func (o *object) numberExpression(name string, q QueryLanguage) (f Opt[*Expression], ok bool) {
	n := o.member(name)
	if n == nil || q != JSONata {
		return f, false
	}
	text, _ := n.Value.(string)
	switch {
	case isExpression(text):
		return Opt[*Expression]{o.fieldExpression(name), Present, o.pos(n.Offset)}, true
	case looksLikeExpression(text):
		o.schema(n.Offset, name, undelimited)
		return Opt[*Expression]{Pos: o.pos(n.Offset)}, true
	}
	return f, false
}
