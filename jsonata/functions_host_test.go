package jsonata

import (
	"errors"
	"strings"
	"testing"

	"github.com/gostates/gostates/value"
	"github.com/stretchr/testify/require"
)

func TestOwnFunctions(t *testing.T) {
	function := MustFunction
	options := Options{
		Functions: map[string]*Function{
			"double": function("<n-:n>", func(_ *Call, args []any) (any, error) {
				n, ok := args[0].(int64)
				if !ok {
					return Undefined, nil
				}
				return 2 * n, nil
			}),
			"twice": function("<fx:x>", func(c *Call, args []any) (any, error) {
				f := args[0].(*Lambda)
				v, err := c.Apply(f, args[1])
				if err != nil {
					return nil, err
				}
				return c.Apply(f, v)
			}),
			"try": function("<f:x>", func(c *Call, args []any) (any, error) {
				v, err := c.Apply(args[0].(*Lambda))
				if err != nil {
					return "caught", nil
				}
				return v, nil
			}),
			"fail":  function("", func(*Call, []any) (any, error) { return nil, errors.New("it failed") }),
			"here":  function("", func(c *Call, _ []any) (any, error) { return c.Context(), nil }),
			"names": function("", func(*Call, []any) (any, error) { return []string{"a", "b"}, nil }),
			"huge":  function("", func(c *Call, _ []any) (any, error) { return nil, c.Charge(1 << 30) }),
			"sum":   function("", func(*Call, []any) (any, error) { return "mine", nil }),
		},
		Without: []string{"eval", "uppercase"},
	}
	for _, c := range []struct{ expr, want string }{
		{`$double(21)`, `42`},
		{`[1, 2].$double()`, `[2,4]`},
		{`$double("x")`, `T0410: Argument 1 of function "double" does not match function signature`},
		{`$map([1, 2], $double)`, `[2,4]`},
		{`$twice(function($x){ $x & "!" }, "a")`, `"a!!"`},
		{`$twice($double, 2)`, `8`},
		{`$twice(function($x){ $x + "a" }, 1)`, `T2002: The right side of the "+" operator must evaluate to a number`},
		{`$fail()`, `it failed`},
		{`[1..300] ~> $map(function($i){ $try(function(){ 1 + $string(1 + (2 + 'a')) }) }) ~> $distinct()`, `"caught"`},
		{`$try(function(){ $try(function(){ $fail() }) & $fail() }) & $string(1 + 1)`, `"caught2"`},
		{`[1, 2].$here()`, `[1,2]`},
		{`$names()[1]`, `"b"`},
		{`$huge()`, `U1001: Expression evaluation memory limit exceeded: Check for excessive memory usage`},
		{`$sum([1, 2])`, `"mine"`},
		{`$eval("1")`, `T1006: Attempted to invoke a non-function`},
		{`$uppercase("a")`, `T1006: Attempted to invoke a non-function`},
		{`($sum := function($x){ "local" }; $sum(1))`, `"local"`},
	} {
		e, err := Compile(c.expr, options)
		require.NoError(t, err, c.expr)
		v, err := e.Eval(Undefined, nil, nil)
		got := value.String(v)
		if err != nil {
			got = strings.TrimPrefix(err.Error(), "jsonata: ")
		}
		require.Equal(t, c.want, got, c.expr)
	}
	_, err := NewFunction("<n<n>>", nil)
	require.ErrorContains(t, err, "S0401")
}

// TestGoArrays checks that arrays of the host's can hold any Go values, which
// those of json.Unmarshal do.
func TestGoArrays(t *testing.T) {
	orders := []any{map[string]any{"n": 1}, struct{ N []any }{[]any{2}}}
	cycle := []any{nil}
	cycle[0] = cycle
	same := MustFunction("", func(_ *Call, args []any) (any, error) { return orders, nil })
	apply := MustFunction("<f:x>", func(c *Call, args []any) (any, error) {
		return c.Apply(args[0].(*Lambda), 1, orders)
	})
	for _, c := range []struct {
		expr  string
		input any
		want  any
	}{
		{`$[0].n + $[1].N[0]`, orders, int64(3)},
		{`$[0][0].n + 1`, []any{orders}, int64(2)},
		{`$[1] + 1`, []any{1.5, 1}, int64(2)},
		{`$orders[0].n + 1`, nil, int64(2)},
		{`$orders`, nil, parseValue(t, `[{"n": 1}, {"N": [2]}]`)},
		{`$same()[0].n + 1`, nil, int64(2)},
		{`$apply(function($i, $o) { $o[0].n + $i })`, nil, int64(2)},
	} {
		e, err := Compile(c.expr, Options{Functions: map[string]*Function{"same": same, "apply": apply}})
		require.NoError(t, err)
		got, err := e.Eval(c.input, Vars{"orders": orders}, nil)
		require.NoError(t, err, c.expr)
		require.True(t, value.Equal(c.want, got), "%s: %v", c.expr, got)
	}
	_, err := MustCompile(`$count($)`).Eval(cycle, nil, nil)
	require.ErrorContains(t, err, "in a cycle")
}

func TestHostFunctionsCountAndDraw(t *testing.T) {
	f := MustFunction("", func(c *Call, _ []any) (any, error) {
		if err := c.Keep(1 << 10); err != nil {
			return nil, err
		}
		return c.Random()
	})
	e := MustCompile(`$f()`)
	env := Env{Vars: Vars{"f": f}, Rand: func() float64 { return 0.25 }}
	v, used, err := e.EvalUsage(nil, env, nil)
	require.NoError(t, err)
	require.Equal(t, 0.25, v)
	require.GreaterOrEqual(t, used.Bytes, 1<<10)
	_, err = e.Eval(nil, env, &Limits{TotalBytes: 1 << 9})
	require.ErrorContains(t, err, "U1001: Expression evaluation memory limit exceeded")
	_, err = e.Eval(nil, Vars{"f": f}, nil)
	require.ErrorContains(t, err, "no randomness")
}
