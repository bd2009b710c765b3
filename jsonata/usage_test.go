package jsonata

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Steps that an evaluation reports are those that it needs: it passes with so
// many, and with fewer it does not.
func TestUsageIsWhatTheLimitsCount(t *testing.T) {
	for _, source := range []string{
		`$sum([1..1000])`,
		`$pad("", 100000)`,
		`$map([1..100], function($i) { $string($i) & "x" })`,
		`$match($pad("", 1000, "ab"), /a(b)/)`,
		`[1..100][$ % 2 = 0]`,
	} {
		e, err := Compile(source, Options{})
		require.NoError(t, err)
		v, used, err := e.EvalUsage(Undefined, nil, nil)
		require.NoError(t, err, source)
		require.Positive(t, used.Steps, source)
		require.Positive(t, used.Bytes, source)

		enough := Limits{Steps: used.Steps, TotalBytes: used.Bytes}
		again, same, err := e.EvalUsage(Undefined, nil, &enough)
		require.NoError(t, err, source)
		require.Equal(t, v, again, source)
		require.Equal(t, used, same, source)

		_, over, err := e.EvalUsage(Undefined, nil, &Limits{Steps: used.Steps - 1})
		require.ErrorContains(t, err, "U1001", source)
		require.GreaterOrEqual(t, over.Steps, used.Steps-1, source)

		_, _, err = e.EvalUsage(Undefined, nil, &Limits{TotalBytes: used.Bytes - 1})
		require.ErrorContains(t, err, "U1001", source)
	}
}

func TestUsageOfASelectionIsNoMemory(t *testing.T) {
	e := MustCompile(`$states.input.a`)
	_, used, err := e.EvalUsage(Undefined, Vars{"states": map[string]any{"input": map[string]any{"a": "b"}}}, nil)
	require.NoError(t, err)
	require.Zero(t, used.Bytes)
}

// States are pooled, which must not affect usage.
func TestUsageDoesNotDependOnEarlierEvaluations(t *testing.T) {
	sources := []string{
		`$map([1..50], function($i, $j, $k) { ($a := $i; $b := $a; $c := $b; $d := $c; $e := $d; $a + $e) })`,
		`$contains($pad("", 2000, "a"), /^(a|aa)*b/)`,
		`$contains($pad("", 5000, "x"), /(x*)*y/)`,
		`$reduce([1..20], function($a, $i) { $a & $i }, "")`,
		`($f := function($n) { $n < 1 ? 0 : 1 + $f($n - 1) }; $f(20))`,
	}
	first := make([]Usage, len(sources))
	for round := range 4 {
		for i := range sources {
			if round%2 == 1 {
				i = len(sources) - 1 - i
			}
			_, used, err := MustCompile(sources[i]).EvalUsage(Undefined, nil, nil)
			require.NoError(t, err)
			if round == 0 {
				first[i] = used
			}
			require.Equal(t, first[i], used, sources[i])
		}
	}
}

// Usage is also returned if an evaluation is interrupted or runs out of steps.
func TestUsageOfWhatDoesNotEnd(t *testing.T) {
	endless := MustCompile(`($f := function($x) { $f($x + 1) }; $f(0))`)
	seen, calls := int64(0), 0
	_, used, err := endless.EvalUsage(Undefined, nil, &Limits{Interrupt: func(steps int64) error {
		require.Greater(t, steps, seen)
		if seen, calls = steps, calls+1; calls > 5 {
			return errors.New("enough")
		}
		return nil
	}})
	require.ErrorContains(t, err, "U1001")
	require.Equal(t, seen, used.Steps)
	require.Zero(t, used.Undone)
	require.Less(t, used.Steps, int64(7*fuelPerLook))

	large := MustCompile(`[1..10000].(1` + strings.Repeat("+1", 1000) + `)`)
	_, used, err = large.EvalUsage(Undefined, nil, &Limits{Steps: 100_000})
	require.ErrorContains(t, err, "U1001")
	require.Greater(t, used.Steps, int64(100_000))
	require.Less(t, used.Steps-used.Undone, int64(20_000))
}
