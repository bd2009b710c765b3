package asl

import (
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/gostates/gostates/asl/value"
	"github.com/gostates/gostates/intrinsics"
	"github.com/gostates/gostates/jsonpath"
)

const maxSeconds = 99_999_999 // of TimeoutSeconds, Seconds and the like

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
		o.schema(n.Offset, o.at(name), "Expected value of type %s", wanted)
		f.Presence = Absent
		return f
	}
	f.Value = v
	return f
}

func (o *object) string(name string) Opt[string] { return typed[string](o, name, "String") }

func (o *object) bool(name string) Opt[bool] { return typed[bool](o, name, "Boolean") }

// enum reads a string that must be one of a list.
func (o *object) enum(name string, allowed ...string) Opt[string] {
	n := o.member(name)
	if n == nil {
		return Opt[string]{}
	}
	f := opt[string](o, n)
	text, ok := n.Value.(string)
	if !ok {
		o.schema(n.Offset, o.at(name), "Expected value of type [STRING]")
		f.Presence = Absent
		return f
	}
	f.Value = text
	if !slices.Contains(allowed, text) {
		o.schema(n.Offset, o.at(name), "Value should be one of the following: [%s]", strings.Join(allowed, ", "))
	}
	return f
}

// child is an object below o, or nil, reported where it is something else.
func (o *object) child(name string) *object {
	n := o.member(name)
	if n == nil {
		return nil
	}
	if _, ok := n.Value.(*value.Object); !ok {
		o.schema(n.Offset, o.at(name), "Expected value of type Object")
		return nil
	}
	return o.parser.object(n, o.at(name))
}

// children are the objects of an array below o; nil where it is absent.
func (o *object) children(name string) []*object {
	n := o.member(name)
	if n == nil {
		return nil
	}
	if _, ok := n.Value.([]any); !ok {
		o.schema(n.Offset, o.at(name), "Expected value of type Array")
		return nil
	}
	list := []*object{}
	for i := range n.Children {
		location := o.at(name) + "[" + strconv.Itoa(i) + "]"
		if _, ok := n.Children[i].Value.(*value.Object); !ok {
			o.schema(n.Children[i].Offset, location, "Expected value of type Object")
			continue
		}
		list = append(list, o.parser.object(&n.Children[i], location))
	}
	return list
}

// nonEmpty is children of an array that must have some.
func (o *object) nonEmpty(name string) []*object {
	if n := o.member(name); n != nil {
		if a, ok := n.Value.([]any); ok && len(a) == 0 {
			o.schema(n.Offset, o.at(name), "Value cannot be empty")
		}
	}
	return o.children(name)
}

// strings reads an array of strings; nil where it is absent.
func (o *object) strings(name string) []string {
	n := o.member(name)
	if n == nil {
		return nil
	}
	if _, ok := n.Value.([]any); !ok {
		o.schema(n.Offset, o.at(name), "Expected value of type Array")
		return nil
	}
	list := []string{}
	for i := range n.Children {
		text, ok := n.Children[i].Value.(string)
		if !ok {
			o.schema(n.Children[i].Offset, o.at(name)+"["+strconv.Itoa(i)+"]", "Expected value of type String")
			continue
		}
		list = append(list, text)
	}
	return list
}

// noMaximum stands for a field without an upper bound.
const noMaximum = math.MaxInt64

func (o *object) integer(name string, low, high int64) Opt[int64] {
	n := o.member(name)
	if n == nil {
		return Opt[int64]{}
	}
	f := opt[int64](o, n)
	v, ok := wholeNumber(n.Value)
	if !ok {
		o.schema(n.Offset, o.at(name), "Expected value of type Integer")
		f.Presence = Absent
		return f
	}
	f.Value = v
	o.bounds(name, n, v, low, high)
	return f
}

// wholeNumber takes integers, and floats without a fraction (1.0).
func wholeNumber(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case float64:
		const exact = 1 << 53
		return int64(v), v == math.Trunc(v) && math.Abs(v) <= exact
	case *big.Int: // past every bound
		if v.Sign() < 0 {
			return math.MinInt64, true
		}
		return math.MaxInt64, true
	}
	return 0, false
}

func (o *object) bounds(name string, n *value.Node, v, low, high int64) {
	switch {
	case v < low:
		o.schema(n.Offset, o.at(name), "Minimum value is %d", low)
	case v > high:
		o.schema(n.Offset, o.at(name), "Maximum value is %d", high)
	}
}

// integerOrExpression is integer, or an expression in a JSONata state.
func (o *object) integerOrExpression(name string, q QueryLanguage, low, high int64) Opt[Integer] {
	if e, ok := expression[Integer](o, name, q); ok {
		e.Value.Expression = o.member(name).Value.(string)
		return e
	}
	f := o.integer(name, low, high)
	return Opt[Integer]{Integer{Value: f.Value}, f.Presence, f.Pos}
}

// expression starts a field whose value is a {% %} string.
func expression[T any](o *object, name string, q QueryLanguage) (Opt[T], bool) {
	n := o.member(name)
	if n == nil || q != JSONata {
		return Opt[T]{}, false
	}
	text, ok := n.Value.(string)
	if !ok || !IsExpression(text) {
		return Opt[T]{}, false
	}
	return opt[T](o, n), true
}

// IsExpression reports whether a string of a JSONata state is an expression: it
// begins with {% and ends with %}.
func IsExpression(text string) bool {
	return len(text) >= len("{%%}") && strings.HasPrefix(text, "{%") && strings.HasSuffix(text, "%}")
}

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
		o.schema(n.Offset, o.at(name), "Expected value of type Number")
		f.Presence = Absent
		return f
	}
	switch {
	case f.Value < low:
		o.schema(n.Offset, o.at(name), "Minimum value is %s", value.String(low))
	case f.Value > high:
		o.schema(n.Offset, o.at(name), "Maximum value is %s", value.String(high))
	}
	return f
}

func (o *object) numberOrExpression(name string, q QueryLanguage, low, high float64) Opt[Number] {
	if e, ok := expression[Number](o, name, q); ok {
		e.Value.Expression = o.member(name).Value.(string)
		return e
	}
	f := o.number(name, low, high)
	return Opt[Number]{Number{Value: f.Value}, f.Presence, f.Pos}
}

// path reads a path field: any path, or a reference path. Null is allowed where
// nullable.
func (o *object) path(name string, parse func(string) (*jsonpath.Path, error), nullable bool) Opt[Path] {
	n := o.member(name)
	if n == nil {
		return Opt[Path]{}
	}
	f := opt[Path](o, n)
	if n.Value == nil && nullable {
		return f
	}
	text, ok := n.Value.(string)
	if !ok {
		o.schema(n.Offset, o.at(name), "Expected value of type String")
		f.Presence = Absent
		return f
	}
	f.Value.Text = text
	parsed, err := parse(text)
	if err != nil || !strings.HasPrefix(text, "$") {
		o.badPath(name, n, text, err)
		return f
	}
	f.Value.Parsed = parsed
	return f
}

func (o *object) badPath(name string, n *value.Node, text string, err error) {
	if strings.HasSuffix(name, "Path") && name != "InputPath" && name != "OutputPath" {
		reason := ""
		if !strings.HasPrefix(text, "$") {
			reason = ": Reference path didn't start with '$'"
		}
		o.schema(n.Offset, o.at(name), "Value is not a Reference Path%s", reason)
		return
	}
	o.schema(n.Offset, o.at(name), "Value must be a valid JSONPath.%s", withBlank(reasonOf(err)))
}

// reasonOf is what a parser has to say, without its package's name.
func reasonOf(err error) string {
	if err == nil {
		return ""
	}
	_, reason, found := strings.Cut(err.Error(), ": ")
	if !found {
		return err.Error()
	}
	return reason
}

func (o *object) fullPath(name string) Opt[Path] { return o.path(name, jsonpath.Parse, true) }

func (o *object) referencePath(name string) Opt[Path] {
	return o.path(name, jsonpath.ParseReference, false)
}

// resultPath is a reference path into the state's input: neither the context
// object nor a variable can be written.
func (o *object) resultPath() Opt[Path] {
	f := o.path("ResultPath", jsonpath.ParseReference, true)
	if f.Value.Parsed != nil && f.Value.Parsed.Root() != jsonpath.Input {
		o.schema(f.Pos.Offset, o.at("ResultPath"), "Value is not a Reference Path")
		f.Value.Parsed = nil
	}
	return f
}

// textPath is ErrorPath or CausePath: a reference path, or an intrinsic
// function call that gives a string.
func (o *object) textPath(name string) Opt[Path] {
	n := o.member(name)
	text, ok := "", false
	if n != nil {
		text, ok = n.Value.(string)
	}
	if !ok || strings.HasPrefix(text, "$") {
		return o.referencePath(name)
	}
	f := opt[Path](o, n)
	f.Value.Text = text
	call, err := intrinsics.Parse(text)
	switch {
	case err != nil:
		o.schema(n.Offset, o.at(name), "The value for the field '%s' must be a valid JSONPath or a valid intrinsic function call. %s",
			name, reasonOf(err))
	case !call.ReturnsString():
		o.schema(n.Offset, o.at(name), "The intrinsic function call of the field '%s' must return a string", name)
	default:
		f.Value.Call = call
	}
	return f
}

func withBlank(reason string) string {
	if reason == "" {
		return ""
	}
	return " " + reason
}
