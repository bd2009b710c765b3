package intrinsics

import (
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/jsonata"
	"github.com/gostates/gostates/value"
)

// A function charges for the parts of what it builds, of which JSON shows little:
// lists of such values end at the limit of the evaluation.
func TestPartsOfResultsCount(t *testing.T) {
	for _, c := range []struct{ name, expr, text string }{
		{"empty objects", `$parse($$.s)`, "[" + strings.Repeat("{},", 10_000) + "1]"},
		{"empty arrays", `$parse($$.s)`, "[" + strings.Repeat("[],", 10_000) + "1]"},
		{"digits", `$parse($$.s)`, "[" + strings.Repeat("0,", 20_000) + "1]"},
		{"decimals", `$parse($$.s)`, "[" + strings.Repeat("0.5,", 10_000) + "1]"},
		{"strings", `$parse($$.s)`, "[" + strings.Repeat(`"ab",`, 10_000) + "1]"},
		{"members", `$parse($$.s)`, "[" + strings.Repeat(`{"":0,"a":0},`, 4_000) + "1]"},
		{"punctuation in a string", `$parse($$.s)`, `["` + strings.Repeat(`,:[{\"`, 50_000) + `"]`},
		{"parts", `$partition([1..6000], 1)`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			input := value.ObjectOf(value.Member{Key: "s", Value: c.text})
			build := compile(t, c.expr)
			held := heldBytes(func() any {
				v, err := build.Eval(input, nil, nil)
				require.NoError(t, err)
				return v
			})
			limits := &jsonata.Limits{TotalBytes: 40 * held}
			_, err := compile(t, `$count($map([1..50], function(){ [`+c.expr+`] }))`).Eval(input, nil, limits)
			require.ErrorContains(t, err, "memory limit", "of %d bytes", held)
			_, err = compile(t, `$count($map([1..8], function(){ [`+c.expr+`] }))`).Eval(input, nil, limits)
			require.NoError(t, err, "of %d bytes", held)
		})
	}
}

func compile(t *testing.T, expr string) *jsonata.Expr {
	t.Helper()
	e, err := jsonata.Compile(expr, Dialect)
	require.NoError(t, err)
	return e
}

// heldBytes is how much memory a value takes.
func heldBytes(build func() any) int {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	v := build()
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(v)
	return int(after.HeapAlloc) - int(before.HeapAlloc)
}
