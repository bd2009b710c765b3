package jsonata

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value"
)

func parsed(t testing.TB, text string) any {
	t.Helper()
	v, err := value.ParseString(text)
	require.NoError(t, err)
	return v
}

func TestEvalTakesAnyGoValue(t *testing.T) {
	type line struct {
		Price float64 `json:"price"`
		Qty   int     `json:"qty"`
	}
	input := struct {
		Items []line         `json:"items"`
		Tags  map[string]int `json:"tags"`
	}{[]line{{2.5, 2}, {1, 3}}, map[string]int{"b": 2, "a": 1}}
	e := MustCompile(`{"total": $sum(items.(price * qty)), "tags": $keys(tags), "by": $who.name}`)
	v, err := e.Eval(input, Vars{"who": struct {
		Name string `json:"name"`
	}{"Ada"}}, nil)
	require.NoError(t, err)
	require.Equal(t, `{"total":8,"tags":["a","b"],"by":"Ada"}`, value.String(v))

	_, err = e.Eval(make(chan int), nil, nil)
	require.ErrorContains(t, err, "chan int")
}

func TestUndefinedIsNotNull(t *testing.T) {
	for _, c := range []struct {
		expr string
		want any
	}{
		{`a`, nil}, {`b`, Undefined}, {`$exists(a)`, true}, {`$exists(b)`, false}, {`$v`, nil}, {`$w`, Undefined},
	} {
		v, err := MustCompile(c.expr).Eval(parsed(t, `{"a": null}`), Vars{"v": nil}, nil)
		require.NoError(t, err)
		require.Equal(t, c.want, v, c.expr)
	}
	v, err := MustCompile(`$`).Eval(Undefined, nil, nil)
	require.NoError(t, err)
	require.Equal(t, Undefined, v)
}

func TestInputIsNotChanged(t *testing.T) {
	const text = `{"a": {"b": [3, 1, 2], "c": {"d": 1}}, "e": [{"f": 1}]}`
	for _, expr := range []string{
		`$ ~> |a|{"x": 1}, "b"|`, `$ ~> |$$.a|{"x": 1}|`, `$ ~> |**|{"x": 1}|`, `$sort(a.b)`, `a.b^($)`, `$append(a.b, 4)`,
		`$reverse(a.b)`, `$merge([a, {"b": 1}])`, `$shuffle(a.b)`, `(a.b[])[0]`, `a{"k": b}`, `$map(a.b, function($x, $i, $all){ $all })`,
	} {
		input := parsed(t, text)
		_, err := MustCompile(expr).Eval(input, Env{Rand: func() float64 { return 0.3 }}, nil)
		require.NoError(t, err, expr)
		require.Equal(t, value.String(parsed(t, text)), value.String(input), expr)
	}
}

// An object that is put into itself is copied, so that results are trees.
func TestTransformMakesNoCycle(t *testing.T) {
	for expr, want := range map[string]string{
		`$ ~> |a|{"b": $}|`:          `{"a":{"b":{"b":1}}}`,
		`$ ~> |a|{"b": [{"c": $}]}|`: `{"a":{"b":[{"c":{"b":1}}]}}`,
		`$ ~> |$|{"b": $}|`:          `{"a":{"b":1},"b":{"a":{"b":1}}}`,
	} {
		v, err := MustCompile(expr).Eval(parsed(t, `{"a": {"b": 1}}`), nil, nil)
		require.NoError(t, err)
		require.Equal(t, want, value.String(v), expr)
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		expr, code, token, message string
		pos                        int
	}{
		{`1 +`, "S0207", "(end)", "Unexpected end of expression", 3},
		{`"é" + 1`, "T2001", "+", "The left side of the + operator must evaluate to a number", 6},
		{`$foo(1)`, "T1006", "foo", "Attempted to invoke a non-function", 5},
		{`sum(1)`, "T1005", "sum", "Attempted to invoke a non-function. Did you mean $sum?", 4},
		{`$uppercase(1)`, "T0410", "uppercase", `Argument 1 of function "uppercase" does not match function signature`, 11},
		{`$number("x")`, "D3030", "number", `Unable to cast value to a number: "x"`, 8},
		{`$error("no")`, "D3137", "error", "no", 7},
	} {
		e, err := Compile(c.expr, Options{})
		if err == nil {
			_, err = e.Eval(Undefined, nil, nil)
		}
		var got *Error
		require.ErrorAs(t, err, &got, c.expr)
		message := strings.ReplaceAll(c.message, "the + operator", `the "+" operator`)
		require.Equal(t, []any{c.code, c.token, message, c.pos}, []any{got.Code, got.Token, got.Message, got.Pos}, c.expr)
	}
}

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

func TestBindings(t *testing.T) {
	upper := MustFunction("<s:s>", func(_ *Call, args []any) (any, error) { return strings.ToUpper(args[0].(string)), nil })
	v, err := MustCompile(`$shout("a") & $sum(1)`).Eval(nil, Vars{"shout": upper, "sum": upper}, nil)
	require.ErrorContains(t, err, `Argument 1 of function "sum"`, "%v", v)
	v, err = MustCompile(`$shout("a") & $n`).Eval(nil, Vars{"shout": upper, "n": 1}, nil)
	require.NoError(t, err)
	require.Equal(t, "A1", v)
}

// An evaluation has no clock and no randomness but the caller's.
func TestSources(t *testing.T) {
	for _, expr := range []string{`$now()`, `$millis()`, `$random()`, `$shuffle([1, 2, 3])`} {
		_, err := MustCompile(expr).Eval(nil, Vars{}, nil)
		require.ErrorContains(t, err, "need bindings that implement Sources", expr)
	}
	asked := 0
	env := Env{
		Clock: func() time.Time { asked++; return time.UnixMilli(1700000000000 + int64(asked)) },
		Rand:  func() float64 { return 0.25 },
	}
	v, err := MustCompile(`[$millis(), $millis(), $now(), $random()]`).Eval(nil, env, nil)
	require.NoError(t, err)
	require.Equal(t, `[1700000000001,1700000000001,"2023-11-14T22:13:20.001Z",0.25]`, value.String(v))
	require.Equal(t, 1, asked)
}

func TestLimits(t *testing.T) {
	deep := func(n int) string { return "1" + strings.Repeat("+1", n-1) }
	array := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, c := range []struct {
		expr, want string
		limits     *Limits
	}{
		{deep(100), "", nil},
		{deep(101), "Stack overflow error", nil},
		{deep(101), "", &Limits{Depth: 101}},
		{array(99), "", nil},
		{array(101), "Stack overflow error", nil},
		{`($f := function($n){ $n <= 0 ? 0 : 1 + $f($n - 1) }; $f(31))`, "", nil},
		{`($f := function($n){ $n <= 0 ? 0 : 1 + $f($n - 1) }; $f(40))`, "Stack overflow error", nil},
		{`($f := function($n){ $n <= 0 ? 0 : $f($n - 1) }; $f(100000))`, "", nil},
		{`$count([1..873782])`, "", nil},
		{`$count([1..873783])`, "memory limit exceeded", nil},
		{`$length($pad("", 262144, "x"))`, "", nil},
		{`$length($pad("", 262145, "x"))`, "memory limit exceeded", nil},
		{`$length($pad("", -262145, "é"))`, "memory limit exceeded", nil},
		{`$length($pad("", 262144, "long"))`, "", nil},
		{`($s := $pad("", 131072, "x"); $length($pad($s, 262145)))`, "", nil},
		{`($s := $pad("", 262144, "x"); $length($s & $s & $join([$s, $s])))`, "", nil},
		{`($s := $pad("", 262144, "x"); $length($s & $s & $s & $s & $s & $s & $s & $s & $s & $s & $s & $s & $s & $s & $s & $s))`, "", nil},
		{`($s := $pad("", 262144, "x"); $t := $s & $s & $s & $s & $s & $s & $s & $s; $length($t & $t & $t & $t))`, "memory limit exceeded", nil},
		{`$sum([1..1000])`, "timeout", &Limits{Steps: 500}},
		{`$sum([1..1000])`, "memory limit exceeded", &Limits{ValueBytes: 7999}},
		{`$sum([1..1000])`, "", &Limits{ValueBytes: 8000}},
		{`$sum([1..1000])`, "memory limit exceeded", &Limits{TotalBytes: 10000}},
	} {
		_, err := MustCompile(c.expr).Eval(Undefined, nil, c.limits)
		if c.want == "" {
			require.NoError(t, err, "%.60s", c.expr)
			continue
		}
		require.ErrorContains(t, err, c.want, "%.60s", c.expr)
	}
}

// lazy are bindings that never make $states whole.
type lazy struct {
	Vars
	asked []string
}

func (l *lazy) Path(name string, fields []string) (any, int) {
	if name != "states" {
		return nil, 0
	}
	l.asked = append(l.asked, fields[0])
	switch fields[0] {
	case "input":
		return value.ObjectOf(value.Member{Key: "a", Value: []any{int64(1), int64(2)}}), 1
	case "context":
		if len(fields) > 1 {
			return fields[1], 2
		}
	}
	return Undefined, 1
}

func TestPathBindings(t *testing.T) {
	for expr, want := range map[string]string{
		`$states.input.a`: `[1,2]`, `$sum($states.input.a)`: `3`, `$states.input.a[1]`: ``, `$states.context.Name`: `"Name"`,
		`$exists($states.result.x)`: `false`, `$string($states.input.a) & $x`: `"[1,2]!"`, `$states.input.a.($ + 1)`: ``,
	} {
		l := &lazy{Vars: Vars{"x": "!", "states": nil}}
		v, err := MustCompile(expr).Eval(Undefined, l, nil)
		require.NoError(t, err)
		if want != "" {
			require.Equal(t, want, value.String(v), expr)
			require.NotEmpty(t, l.asked, expr)
		}
	}
}

func TestTextForNonFinite(t *testing.T) {
	for expr, want := range map[string]string{
		`1/0`: `"Infinity"`, `[0/0, {"a": -1/0}, 1.5]`: `["NaN",{"a":"-Infinity"},1.5]`, `1/4`: `0.25`,
	} {
		e, err := Compile(expr, Options{TextForNonFinite: true})
		require.NoError(t, err)
		v, err := e.Eval(Undefined, nil, nil)
		require.NoError(t, err)
		require.Equal(t, want, value.String(v), expr)
	}
}

// One expression may be evaluated from many goroutines at once.
func TestConcurrentUse(t *testing.T) {
	e := MustCompile(`(
		$f := function($n){ $n <= 1 ? 1 : $n * $f($n - 1) };
		{"f": $f(10), "items": items^(>price)[price > 1].{"id": id, "i": $string($)}, "m": $match(text, /(\w)\w*/).groups}
	)`)
	input := parsed(t, `{"items": [{"id": 1, "price": 2}, {"id": 2, "price": 3}, {"id": 3, "price": 1}], "text": "ab cd"}`)
	want, err := e.Eval(input, nil, nil)
	require.NoError(t, err)
	var group sync.WaitGroup
	for range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			for range 200 {
				got, err := e.Eval(input, nil, nil)
				if err != nil || !value.Identical(want, got) {
					t.Errorf("%v %v", value.String(got), err)
					return
				}
			}
		}()
	}
	group.Wait()
}

// A plain path costs no memory.
func TestPlainPathsAllocateNothing(t *testing.T) {
	states := parsed(t, `{"states": {"input": {"a": {"b": "value"}, "list": [{"c": 1}]}}}`).(*value.Object)
	for _, expr := range []string{`$states.input.a.b`, `$states.input.none.b`, `$states.input.a.b = "value"`, `$states.input`} {
		e := MustCompile(expr)
		require.Zero(t, testing.AllocsPerRun(100, func() {
			if _, err := e.Eval(Undefined, states, nil); err != nil {
				t.Fatal(err)
			}
		}), expr)
	}
}

func TestReferences(t *testing.T) {
	for _, c := range []struct {
		expr string
		want []Reference
	}{
		{`$states.input.a[0].b + $x`, []Reference{
			{Name: "states", Path: []string{"input", "a"}, Pos: 7, TopLevel: true}, {Name: "x", Pos: 25, TopLevel: true}}},
		{`phone.x`, []Reference{{Bare: true, Path: []string{"phone", "x"}, Pos: 5, TopLevel: true}}},
		{`$`, []Reference{{Pos: 1, TopLevel: true}}},
		{`$$.a`, []Reference{{Name: "$", Path: []string{"a"}, Pos: 2, TopLevel: true}}},
		{`$a[b > $.c]`, []Reference{{Name: "a", Pos: 2, TopLevel: true}, {Bare: true, Path: []string{"b"}, Pos: 4}, {Pos: 8, Path: []string{"c"}}}},
		{`$a.(b; $c)`, []Reference{{Name: "a", Pos: 2, TopLevel: true}, {Bare: true, Path: []string{"b"}, Pos: 5}, {Name: "c", Pos: 9}}},
		{`($x := 1; $x + $y)`, []Reference{{Name: "y", Pos: 17, TopLevel: true}}},
		{`function($x){ $x & z }`, []Reference{{Bare: true, Path: []string{"z"}, Pos: 20, TopLevel: true}}},
		{`$a@$b#$i.c[$i = $b]`, []Reference{{Name: "a", Pos: 2, TopLevel: true}}},
		{`$sum(phone)`, []Reference{{Name: "sum", Pos: 4, TopLevel: true, Call: true}, {Bare: true, Path: []string{"phone"}, Pos: 10, TopLevel: true}}},
		{`{"k": phone}`, []Reference{{Bare: true, Path: []string{"phone"}, Pos: 11, TopLevel: true}}},
		{`$a{b: c}`, []Reference{{Name: "a", Pos: 2, TopLevel: true}, {Bare: true, Path: []string{"b"}, Pos: 4}, {Bare: true, Path: []string{"c"}, Pos: 7}}},
		{`$a^(>d)`, []Reference{{Name: "a", Pos: 2, TopLevel: true}, {Bare: true, Path: []string{"d"}, Pos: 6}}},
		{`$a ~> |b|{"c": d}|`, []Reference{{Name: "a", Pos: 2, TopLevel: true}, {Bare: true, Path: []string{"b"}, Pos: 8}, {Bare: true, Path: []string{"d"}, Pos: 16}}},
		{`(phone).x`, []Reference{{Bare: true, Path: []string{"phone"}, Pos: 6, TopLevel: true}}},
		{`**.x`, nil},
		{`$exists($a.b)`, []Reference{{Name: "exists", Pos: 7, TopLevel: true, Call: true}, {Name: "a", Path: []string{"b"}, Pos: 10, TopLevel: true, Tested: true}}},
		{`$exists($a & $b)`, []Reference{{Name: "exists", Pos: 7, TopLevel: true, Call: true}, {Name: "a", Pos: 10, TopLevel: true}, {Name: "b", Pos: 15, TopLevel: true}}},
		{`($exists := 1; $exists($a))`, []Reference{{Name: "a", Pos: 25, TopLevel: true}}},
	} {
		require.Equal(t, c.want, MustCompile(c.expr).References(), c.expr)
	}
}

func TestHas(t *testing.T) {
	e, err := Compile(`1`, Options{Functions: map[string]*Function{"extra": MustFunction("<:n>", nil)}, Without: []string{"eval"}})
	require.NoError(t, err)
	for name, want := range map[string]bool{"sum": true, "extra": true, "eval": false, "nope": false} {
		require.Equal(t, want, e.Has(name), name)
	}
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

func parseValue(t *testing.T, text string) any {
	v, err := value.ParseString(text)
	require.NoError(t, err)
	return v
}

// TestMissingSources checks that an Env without a clock or randomness, and a
// function that is nil, are errors that say so.
func TestMissingSources(t *testing.T) {
	for expr, want := range map[string]string{
		`$now()`:          "no clock",
		`$random()`:       "no randomness",
		`$shuffle([1,2])`: "no randomness",
		`$f()`:            "T1006",
	} {
		_, err := MustCompile(expr).Eval(nil, Env{Vars: Vars{"f": (*Function)(nil)}}, nil)
		require.ErrorContains(t, err, want)
	}
}

// TestComparisonsCount checks that comparing long strings counts.
func TestComparisonsCount(t *testing.T) {
	for _, op := range []string{"=", "!=", "<", ">="} {
		e := MustCompile(`($p := $pad("", 250000, "a"); $s := $p & $p & $p & $p; $t := $p & $p & $p & $p; $map([1..100000], function() { $s ` + op + ` $t }))`)
		_, err := e.Eval(nil, nil, &Limits{Steps: 10_000_000})
		require.ErrorContains(t, err, "Expression evaluation timeout")
	}
}
