package jsonata

import (
	"context"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/race"
)

// hostile are expressions that would run forever, overflow the stack or fill
// the memory without limits.
var hostile = []struct{ name, expr, want string }{
	{"infinite tail recursion", `($f := function(){ $f() }; $f())`, "timeout"},
	{"infinite tail recursion with arguments", `($f := function($n){ $f($n + 1) }; $f(0))`, "timeout"},
	{"infinite recursion", `($f := function($n){ 1 + $f($n) }; $f(0))`, "Stack overflow"},
	{"mutual recursion", `($f := function(){ 1 + $g() }; $g := function(){ 1 + $f() }; $f())`, "Stack overflow"},
	{"mutual tail recursion", `($f := function(){ $g() }; $g := function(){ $f() }; $f())`, "timeout"},
	{"Y combinator", `(λ($x){ $x($x) })(λ($x){ $x($x) })`, "timeout"},
	{"Y combinator, not in tail position", `(λ($x){ 1 + $x($x) })(λ($x){ 1 + $x($x) })`, "Stack overflow"},
	{"recursion through $map", `($f := function($x){ $map([1], $f) }; $f(1))`, ""},
	{"recursion through $eval", `$eval("1")`, "1"},
	{"large range", `$count([1..10000000])`, "memory"},
	{"endless range", `[1..1000000000]`, "D2014"},
	{"nested ranges", `$map([1..10000], function($i){ [1..10000] })`, "memory"},
	{"nested ranges in a path", `[1..10000].[1..10000]`, "memory"},
	{"strings doubled", `($f := function($s){ $f($s & $s) }; $f("0123456789"))`, "memory"},
	{"strings doubled by $reduce", `$reduce([1..1000], function($s, $i){ $s & $s }, "0123456789")`, "memory"},
	{"pad", `$pad("", 1000000000)`, "memory"},
	{"pad to the left", `$pad("", -1000000000, "ab")`, "memory"},
	{"pad beyond 32 bits", `$pad("", 4294967200, "abcdefgh")`, "memory"},
	{"replace beyond 32 bits", `$replace($pad("", 65536, "a"), "a", $pad("", 65537, "b"))`, "memory"},
	{"index beyond 32 bits", `[1, 2][4294967296]`, "undefined"},
	{"index beyond 32 bits from the end", `[1, 2][-4294967297]`, "undefined"},
	{"computed index beyond 32 bits", `[1, 2][$number("4294967296")]`, "undefined"},
	{"arrays doubled", `($f := function($a){ $f($append($a, $a)) }; $f([1,2,3]))`, "memory"},
	{"arrays nested", `$reduce([1..800000], function($a, $i){ [[$a]] })`, ""},
	{"objects nested", `$reduce([1..100000], function($a, $i){ {"a": $a} })`, ""},
	{"arrays nested and written", `$string($reduce([1..200000], function($a, $i){ [[$a]] }))`, ""},
	{"backtracking", `$match($pad("", 5000, "a") & "b", /(a+)+$/)`, ""},
	{"backtracking with alternatives", `$contains($pad("", 30000, "a"), /^(a|a)*b/)`, ""},
	{"backtracking of a star of stars", `$contains($pad("", 3000, "x"), /(.*)*y/)`, ""},
	{"backtracking over a long text", `$contains($pad("", 2000000, "a"), /^(a|aa)*b/)`, ""},
	{"backtracking without memory of a long text", `$contains($pad("", 2000000, "a"), /^((a|aa)*)\1b/)`, ""},
	{"many groups over a long text", `$contains($pad("", 2000000, "a"), /(a*)(a*)(a*)(a*)(a*)(a*)b/)`, ""},
	{"lookahead", `$contains($pad("", 3000, "a"), /^(?=(a+)+b)/)`, ""},
	{"lookbehind", `$contains($pad("", 3000, "a"), /(?<=(a+)+b)c/)`, ""},
	{"backreference", `$contains($pad("", 3000, "a"), /^(a*)*\1b/)`, ""},
	{"large repeats", `$contains("a", /((a{1,1000}){1,1000}){1,1000}b/)`, ""},
	{"large repeats over a long text", `$contains($pad("", 100000, "a"), /((a{1,1000}){1,1000}){1,1000}b/)`, ""},
	{"nested parentheses", strings.Repeat("(", 200_000) + "1" + strings.Repeat(")", 200_000), "Stack overflow"},
	{"nested arrays", strings.Repeat("[", 200_000) + strings.Repeat("]", 200_000), "Stack overflow"},
	{"a chain of +", "1" + strings.Repeat("+1", 100_000), "Stack overflow"},
	{"a chain of &", `"a"` + strings.Repeat(`&"a"`, 100_000), "Stack overflow"},
	{"a chain of dots", "a" + strings.Repeat(".a", 200_000), "undefined"},
	{"a chain of predicates", "a" + strings.Repeat("[0]", 100_000), "undefined"},
	{"unary minus", strings.Repeat("-", 200_000) + "1", ""},
	{"cartesian product", `($a := [1..2000]; $a.($x := $; $a.{"x": $x, "y": $}))`, "memory"},
	{"cartesian product of tuples", `[1..2000]@$x.[1..2000]@$y.{"x": $x, "y": $y}`, ""},
	{"power", `$power(10, 1000)`, "D3061"},
	{"replace that expands", `$replace($pad("", 1000000, "a"), "a", $pad("", 1000, "b"))`, "memory"},
	{"replace that expands, by a pattern", `$replace($pad("", 1000000, "a"), /a/, $pad("", 1000, "b"))`, "memory"},
	{"split and join", `$join($split($pad("", 1000000, "a"), ""), $pad("", 1000, "b"))`, "memory"},
	{"quadratic joins", `$reduce([1..100000], function($a, $i){ $append($a, $i) }, [])`, ""},
	{"sort by an endless comparator", `$sort([1..100000], function($a, $b){ ($f := function(){ $f() }; $f()) })`, "timeout"},
	{"descendants of descendants", `($d := {"a": {"b": {"c": 1}}}; [1..100000].($d.**.**.**))`, ""},
	{"number picture", `$formatNumber(1, $pad("", 1000000, "0"))`, ""},
	{"date picture", `$fromMillis(0, "[Y," & $pad("", 1000000, "9") & "]")`, ""},
	{"date picture of a wide component", `$fromMillis(0, "[Y0001,1000000000-1000000000]")`, ""},
	{"number of many digits", `$number($pad("", 1000000, "9"))`, ""},
	{"distinct", `$count($distinct([1..800000]))`, ""},
	{"distinct of objects", `$count($distinct([1..20000].{"a": $}))`, ""},
	{"zip", `$zip([1..400000], [1..400000], [1..400000])`, ""},
	{"merge", `$merge([1..100000].{$string($): $})`, ""},
	{"group", `[1..200000]{$string($): $}`, ""},
	{"transform", `[1..100000].{"a": $} ~> |$|{"b": [1..1000]}|`, "memory"},
	{"encode again and again", `$reduce([1..1000], function($s, $i){ $encodeUrlComponent($s) }, "%%%%%%%%%%")`, ""},
	{"matches", `$match($pad("", 800000, "a"), /a/)`, "memory"},
	{"digits of huge numbers", `$map([1..100000], function($i){ $formatBase(1.7e308, 2) })`, "memory"},
	{"merge again and again", `($o := $merge([1..20000].{"a" & $: $}); $map([1..20000], function(){ $merge([$o, {"z": 1}]) }))`, "memory"},
	{"sift again and again", `($o := $merge([1..2000].{"a" & $: $}); $map([1..2000], function(){ $sift($o, function(){ true }) }))`, "memory"},
	{"arrays that share their parts", `($b := [1..1100].[$]; $reduce([1..30], function($a, $i){ [[$a], [$a]] }, 1))`, "timeout"},
	{"objects that share their parts", `($b := [1..1100].[$]; $reduce([1..30], function($a, $i){ {"a": $a, "b": $a} }, 1))`, "timeout"},
	{"functions in arrays that share their parts", `$reduce([1..30], function($a, $i){ [[$a], [$a]] }, [function(){ 1 }])`, "memory"},
	{"functions in objects that share their parts", `$reduce([1..30], function($a, $i){ {"a": $a, "b": $a} }, {"f": function(){ 1 }})`, "memory"},
	{"the text of shared parts in a message", `-$reduce([1..30], function($a, $i){ [[$a], [$a]] }, 1)`, "D1002"},
	{"base64 again and again", `$reduce([1..1000], function($s, $i){ $base64encode($s) }, "abc")`, "memory"},
}

// TestHostile checks that every such expression ends, in an error or a value,
// and that the memory it takes stays bounded on the way. The deadline only ends
// a test that would not end by itself.
func TestHostile(t *testing.T) {
	race.OneGoroutine(t)
	for _, h := range hostile {
		t.Run(h.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			peak := watchHeap()
			got := ""
			e, err := Compile(h.expr, Options{})
			if err == nil {
				var v any
				v, err = e.EvalContext(ctx, Undefined, nil, &Limits{Steps: 5_000_000})
				if isUndefined(v) {
					got = "undefined"
				} else if s, ok := v.(int64); ok {
					got = string(appendNumber(nil, s))
				}
			}
			used := peak()
			require.NoError(t, ctx.Err(), "it did not end")
			if err != nil {
				var e *Error
				require.ErrorAs(t, err, &e)
				require.NotContains(t, e.Message, "internal error")
				got = e.Error()
			}
			require.Contains(t, got, h.want)
			require.Less(t, used, uint64(64<<20), "bytes of heap and stack")
			t.Logf("%.100s: %d MiB", got, used>>20)
		})
	}
}

// watchHeap measures how far heap and stacks grow until the returned function
// is called.
func watchHeap() func() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	before := m.HeapAlloc + m.StackInuse
	var peak atomic.Uint64
	stop, done := make(chan struct{}), make(chan struct{})
	look := func() {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		if now := m.HeapAlloc + m.StackInuse; now > before && now-before > peak.Load() {
			peak.Store(now - before)
		}
	}
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
				look()
			}
		}
	}()
	return func() uint64 {
		look()
		close(stop)
		<-done
		return peak.Load()
	}
}
