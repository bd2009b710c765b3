package jsonata

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/gostates/gostates/value"
	"github.com/stretchr/testify/require"
)

func TestEvalContext(t *testing.T) {
	e := MustCompile(`($f := function(){ $f() }; $f())`)
	ctx, cancel := context.WithCancelCause(context.Background())
	reason := errors.New("enough")
	cancel(reason)
	_, err := e.EvalContext(ctx, nil, nil, &Limits{Steps: 1 << 60})
	require.ErrorIs(t, err, reason)
	require.ErrorContains(t, err, "Expression evaluation timeout")
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

// The general code of an expression with quick code is compiled by the first of many
// evaluations that need it.
func TestFirstUseOfGeneralCode(t *testing.T) {
	lists := Vars{"v": parsed(t, `[{"a": 1}, {"a": [2, 3]}]`)}
	plain := Vars{"v": parsed(t, `{"a": 7}`)}
	for _, expr := range []string{`$v.a`, `$v.a = 7`, `$v.a = 7 ? $v.a : $v.a`} {
		other := MustCompile(expr)
		want, err := other.Eval(Undefined, lists, nil)
		require.NoError(t, err)
		quick, err := other.Eval(Undefined, plain, nil)
		require.NoError(t, err)
		e := MustCompile(expr)
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				for _, c := range []struct {
					vars Vars
					want any
				}{{plain, quick}, {lists, want}} {
					got, err := e.Eval(Undefined, c.vars, nil)
					if err != nil || !value.Identical(c.want, got) {
						t.Errorf("%s: %v %v", expr, value.String(got), err)
					}
				}
			})
		}
		group.Wait()
	}
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
