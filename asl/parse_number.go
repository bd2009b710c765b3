package asl

import (
	"math"
	"math/big"

	"github.com/gostates/gostates/value"
)

// Bounds of numbers.
const (
	noMaximum     = math.MaxInt64
	maxSeconds    = 99_999_999 // TimeoutSeconds, Seconds and the like
	maxDelay      = 31_622_400 // MaxDelaySeconds: a year
	maxBackoff    = math.MaxFloat64
	maxItems      = 100_000_000
	maxBatchBytes = 262_144
)

// parseInteger parses a field that holds an integer.
func (o *object) parseInteger(name string, low, high int64) Opt[int64] {
	n := o.fieldNode(name)
	if n == nil {
		return Opt[int64]{}
	}
	f := startField[int64](o, n)
	v, past, ok := wholeNumber(n.Value)
	f.Value = v
	switch {
	case !ok:
		o.reportSchema(n.Offset, name, "Expected value of type Integer")
		f.Presence = Absent
	case v < low || past && v < 0:
		o.reportSchema(n.Offset, name, "Minimum value is %d", low)
	case v > high || past:
		o.reportSchema(n.Offset, name, "Maximum value is %d", high)
	}
	return f
}

// wholeNumber converts an integer, or a float without a fraction (1.0). A
// number out of int64's range becomes the nearest one, and past is true.
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

// parseNumber parses a field that holds a number.
func (o *object) parseNumber(name string, low, high float64) Opt[float64] {
	n := o.fieldNode(name)
	if n == nil {
		return Opt[float64]{}
	}
	f := startField[float64](o, n)
	switch v := n.Value.(type) {
	case int64:
		f.Value = float64(v)
	case float64:
		f.Value = v
	case *big.Int:
		f.Value, _ = new(big.Float).SetInt(v).Float64()
	default:
		o.reportSchema(n.Offset, name, "Expected value of type Number")
		f.Presence = Absent
		return f
	}
	switch {
	case f.Value < low:
		o.reportSchema(n.Offset, name, "Minimum value is %s", value.String(low))
	case f.Value > high:
		o.reportSchema(n.Offset, name, "Maximum value is %s", value.String(high))
	}
	return f
}

// parseIntegerOrExpression parses an integer or, in a JSONata state, an
// expression.
func (o *object) parseIntegerOrExpression(name string, q QueryLanguage, low, high int64) Opt[Integer] {
	if e, ok := o.parseNumberExpression(name, q); ok {
		return Opt[Integer]{Integer{Expression: e.Value}, e.Presence, e.Pos}
	}
	f := o.parseInteger(name, low, high)
	return Opt[Integer]{Integer{Value: f.Value}, f.Presence, f.Pos}
}

// parseNumberOrExpression parses a number or, in a JSONata state, an
// expression.
func (o *object) parseNumberOrExpression(name string, q QueryLanguage, low, high float64) Opt[Number] {
	if e, ok := o.parseNumberExpression(name, q); ok {
		return Opt[Number]{Number{Expression: e.Value}, e.Presence, e.Pos}
	}
	f := o.parseNumber(name, low, high)
	return Opt[Number]{Number{Value: f.Value}, f.Presence, f.Pos}
}

// parseNumberExpression parses an expression instead of a number. If the field
// does not hold one, ok is false. An expression that lacks a delimiter is
// reported and counts as absent.
func (o *object) parseNumberExpression(name string, q QueryLanguage) (f Opt[*Expression], ok bool) {
	n := o.fieldNode(name)
	if n == nil || q != JSONata {
		return f, false
	}
	text, _ := n.Value.(string)
	switch {
	case isExpression(text):
		return Opt[*Expression]{o.parseFieldExpression(name), Present, o.positionOf(n.Offset)}, true
	case looksLikeExpression(text):
		o.reportNotDelimited(n.Offset, name, text)
		return Opt[*Expression]{Pos: o.positionOf(n.Offset)}, true
	}
	return f, false
}
