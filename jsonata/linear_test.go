package jsonata

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/race"
)

// numbered repeats a part until it has n bytes. %d in it is the number of the
// part.
func numbered(n int, part string) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		b.WriteString(strings.ReplaceAll(part, "%d", fmt.Sprint(i)))
	}
	return b.String()
}

// longSources are expressions of about n bytes, in which many names meet many
// scopes.
var longSources = map[string]func(n int) string{
	"binds in a block":        func(n int) string { return "(" + numbered(n, "$a%d := 1;") + "1)" },
	"binds of what was bound": func(n int) string { return "(" + numbered(n, "$a%d := $a%d;") + "1)" },
	"functions in a block":    func(n int) string { return "(" + numbered(n, "$f%d := function($x) { $x };") + "1)" },
	"binds, and then functions": func(n int) string {
		return "(" + numbered(n/2, "$a%d := 1;") + numbered(n/2, "function($x) { 1 };") + "1)"
	},
	"binds, and then blocks":      func(n int) string { return "(" + numbered(n/2, "$a%d := 1;") + numbered(n/2, "($b := 1; 1);") + "1)" },
	"binds, and then paths":       func(n int) string { return "(" + numbered(n/2, "$a%d := 1;") + numbered(n/2, "a@$x.b;") + "1)" },
	"parameters":                  func(n int) string { return "function(" + numbered(n, "$a%d,") + "$z) { 1 }" },
	"reads under nested blocks":   func(n int) string { return nest(100, "($a := 1; ", "["+numbered(n, "$a,")+"1]", ")") },
	"reads under nested lambdas":  func(n int) string { return nest(100, "function($a) { ", "["+numbered(n, "$a,")+"1]", "}") },
	"reads of names out there":    func(n int) string { return nest(100, "function($a) { ", "["+numbered(n, "$b,")+"1]", "}") },
	"reads under nested bindings": func(n int) string { return nest(100, "a@$x.b[", "["+numbered(n, "$x,")+"1]", "]") },
	"lambdas under lambdas": func(n int) string {
		return nest(100, "function($a) { ", "["+numbered(n, "function() { $a },")+"1]", "}")
	},
	"focus":            func(n int) string { return "a" + numbered(n, "@$a%d.b") },
	"indexes":          func(n int) string { return "a" + numbered(n, "#$a%d.b") },
	"predicates":       func(n int) string { return "a" + numbered(n, "[b.c = $x]") },
	"object":           func(n int) string { return "{" + numbered(n, "'k%d': $x.k%d,") + "'z': 1}" },
	"parents":          func(n int) string { return "a" + numbered(n, ".b.%") },
	"a chain of calls": func(n int) string { return "a" + numbered(n, ".$f(b)") },
	"transforms":       func(n int) string { return "a" + numbered(n, " ~> |b|{'c': 1}|") },
	"comparisons":      func(n int) string { return "a = 1" + numbered(n, " and $x.b = 2") },
}

func nest(depth int, open, inner, closing string) string {
	return strings.Repeat(open, depth) + inner + strings.Repeat(closing, depth)
}

func allocatedBytes(f func()) float64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return float64(after.TotalAlloc - before.TotalAlloc)
}

// An expression of twice the length takes twice the memory, and not four times.
func TestLongExpressionsTakeLinearMemory(t *testing.T) {
	race.OneGoroutine(t)
	const n = 15_000
	for name, source := range longSources {
		t.Run(name, func(t *testing.T) {
			short, long := source(n), source(4*n)
			for what, f := range map[string]func(string) error{
				"Compile":    func(s string) error { _, err := Compile(s, Options{}); return err },
				"References": func(s string) error { _, err := References(s); return err },
			} {
				var err error
				once := allocatedBytes(func() { err = f(short) })
				require.NoError(t, err)
				fourTimes := allocatedBytes(func() { err = f(long) })
				require.NoError(t, err)
				require.Less(t, fourTimes, 6*once, what)
				require.Less(t, fourTimes, 1500.0*float64(len(long)), what)
			}
		})
	}
}

// Where a variable could be bound in more places than are worth looking at, its
// value is an error of the limit, when it is read.
func TestVariablesOfTooManyScopes(t *testing.T) {
	source := nest(300, "function($a) { ", "["+numbered(40_000, "$b%d,")+"1]", "}()")
	e, err := Compile(source, Options{})
	require.NoError(t, err)
	_, err = e.Eval(Undefined, nil, &Limits{Depth: maxNesting})
	require.ErrorContains(t, err, "U1001: Expression evaluation memory limit")
}

// The syntax tree of a long path is not copied again and again while it grows.
func TestCompilingAllocatesLittlePerStep(t *testing.T) {
	const steps = 100_000
	source := "a" + strings.Repeat(".a", steps)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := Compile(source, Options{})
	runtime.ReadMemStats(&after)
	require.NoError(t, err)
	require.Less(t, (after.TotalAlloc-before.TotalAlloc)/steps, uint64(300), "bytes for each step")
}
