package jsonata

import (
	"strings"
	"testing"

	"github.com/gostates/gostates/value"
)

// costs are expressions whose work is mostly of one kind. They see 30,000 numbers
// as n, 30,000 objects as o, one of 10,000 members as m, 240,000 characters as s
// and 10,000 strings as t.
var costs = []struct{ name, source string }{
	{"tail calls", `($f := function($x) { $f($x + 1) }; $f(0))`},
	{"tail calls of two", `($f := function($x, $y, $z) { $g($x, $y, $z) }; $g := function($x, $y, $z) { $f($x, $y, $z) }; $f(0, 1, 2))`},
	{"tail calls with a condition", `($f := function($x) { $x < 0 ? 1 : $f($x + 1) }; $f(0))`},
	{"calls", `$map(n, function() { ($f := function($n) { $n > 9 ? 1 : $f($n + 1) + $f($n + 1) }; $f(0)) })`},
	{"calls of closures", `($f := function($n) { ($g := function() { $n }; $f($g() + 1)) }; $f(0))`},
	{"partial calls", `($g := function($x, $y) { $x + $y }; $f := function($n) { ($h := $g(?, 1); $f($h($n))) }; $f(0))`},
	{"chains", `($g := function($x) { $x }; $f := function($n) { $f($n ~> $g ~> $g) }; $f(0))`},
	{"sums of many", `($f := function($x) { $f(1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1) }; $f(0))`},
	{"sums of variables", `$map(n, function($x) { $map(n, function($y) { $y+$x*$y-$x+$y*$x-$y+$x*$y-$x+$y*$x-$y+$x*$y-$x+$y*$x }) })`},
	{"blocks", `($f := function($x) { ($a := $x; $b := $a; $c := $b; $d := $c; $e := $d; $f($e)) }; $f(0))`},
	{"conditions", `($f := function($x) { $f($x ? $x ? $x ? $x ? $x ? $x ? $x : 1 : 1 : 1 : 1 : 1 : 1) }; $f(1))`},
	{"comparisons", `($f := function($x) { $f($x = 1 and $x != 2 and $x < 3 and $x > 0 and $x in [1, 2] and $x >= 1) }; $f(1))`},
	{"arrays", `($f := function($x) { $f([$x, [$x, [$x]]]) }; $f(1))`},
	{"objects", `($f := function($x) { $f({'a': 1, 'b': {'c': $x}}.b.c) }; $f(1))`},
	{"objects of computed keys", `($f := function($x) { $f({'a' & $x: 1, 'b' & $x: 2}.b) }; $f(1))`},
	{"concatenation", `($f := function($x) { $f('a' & 1 & 'b' & $x) }; $f(1))`},
	{"concatenation of long strings", `($f := function($x) { $x }; $map(n, function() { s & s }))`},
	{"ranges", `$map(n, function() { [1..1000][0] })`},
	{"sums", `$map(n, function() { $sum(n) })`},
	{"maps", `$map(n, function() { $map(n, function($x) { $x }) })`},
	{"maps of three", `$map(n, function() { $map(n, function($x, $i, $a) { $i }) })`},
	{"maps with a wildcard", `$map(n, function($v, $i, $x) { $x.* })`},
	{"maps with a descent", `$map(n, function($v, $i, $x) { $x.** })`},
	{"maps over paths", `$map(n, function() { o.a.b })`},
	{"maps over one name", `$map(n, function() { o.a })`},
	{"maps over predicates", `$map(n, function() { n[$ > 1] })`},
	{"maps over predicates of functions", `$map(n, function() { n[$string($) = '1'] })`},
	{"maps over sequences", `$map(n, function() { n.($ + 1) })`},
	{"maps over objects", `$map(n, function() { n.{'a': $} })`},
	{"maps over groups", `$map(n, function() { n{$string($): $} })`},
	{"maps over arrays", `$map(n, function() { n.[$] })`},
	{"maps over counts", `$map(n, function() { $count(n) })`},
	{"filters", `$map(n, function() { $filter(n, function($x) { $x > 1 }) })`},
	{"reductions", `$map(n, function() { $reduce(n, function($a, $x) { $a + $x }) })`},
	{"reductions of strings", `$map(n, function() { $reduce(n, function($a, $x) { $x & '' }) })`},
	{"reductions of lists", `$reduce(n, function($a, $x) { $append($a, $x) }, [])`},
	{"sort", `$map(n, function() { $sort(n) })`},
	{"sort of strings", `$map(n, function() { $sort(t) })`},
	{"sort with a comparator", `$map(n, function() { $sort(n, function($a, $b) { $a > $b }) })`},
	{"order", `$map(n, function() { n^($) })`},
	{"order of objects", `$map(n, function() { o^(a.b, >a.b) })`},
	{"distinct", `$map(n, function() { $distinct(n) })`},
	{"distinct strings", `$map(n, function() { $distinct(t) })`},
	{"equal lists", `$map(n, function() { n = $append(n, []) })`},
	{"in", `$map(n, function() { -1 in n })`},
	{"reverse", `$map(n, function() { $reverse(n) })`},
	{"shuffle", `$map(n, function() { $shuffle(n) })`},
	{"zip", `$map(n, function() { $zip(n, n, n) })`},
	{"append", `$map(n, function() { $append(n, n) })`},
	{"each", `$map(n, function() { $each(m, function($v, $k) { $v }) })`},
	{"sift", `$map(n, function() { $sift(m, function($v, $k) { true }) })`},
	{"keys", `$map(n, function() { $keys(m) })`},
	{"keys of many", `$map(n, function() { $keys(o) })`},
	{"merge", `$map(n, function() { $merge([m, m]) })`},
	{"spread", `$map(n, function() { $spread(m) })`},
	{"lookup", `$map(n, function() { $lookup(m, 'm1') })`},
	{"lookup in many", `$map(n, function() { $lookup(o, 'a') })`},
	{"transform", `$map(n, function() { $ ~> |$|{'a': 1}| })`},
	{"transform of many", `$map(n, function() { o ~> |$|{'z': 1}| })`},
	{"clone", `$map(n, function() { $clone(o) })`},
	{"tuples", `$map(n, function() { n@$x.n[$ = $x] })`},
	{"indexes", `$map(n, function() { n#$i.($i) })`},
	{"parents", `$map(n, function() { o.a.b.% })`},
	{"string", `$map(n, function() { $string(n) })`},
	{"string of objects", `$map(n, function() { $string(o) })`},
	{"string of a number", `$map(n, function($x) { $string($x + 0.1) })`},
	{"number", `$map(n, function() { $number('12.5') })`},
	{"length", `$map(n, function() { $length(s) })`},
	{"substring", `$map(n, function($i) { $substring(s, 100000, 5) })`},
	{"uppercase", `$map(n, function() { $uppercase(s) })`},
	{"trim", `$map(n, function() { $trim(s) })`},
	{"pad", `$map(n, function() { $pad('', 1000) })`},
	{"contains", `$map(n, function() { $contains(s, 'z') })`},
	{"split", `$map(n, function() { $split(s, ',') })`},
	{"split into characters", `$map(n, function() { $split(s, '') })`},
	{"join", `$map(n, function() { $join(t, ',') })`},
	{"replace", `$map(n, function() { $replace(s, 'a', 'x') })`},
	{"replace by a function", `$map(n, function() { $replace(s, /a/, function($m) { 'x' }) })`},
	{"match", `$map(n, function() { $match(s, /a/) })`},
	{"match with groups", `$map(n, function() { $match(s, /(a)(b)/) })`},
	{"split by a pattern", `$map(n, function() { $split(s, /,/) })`},
	{"backtracking", `$contains(s, /^(a|b|,|ab)*z/)`},
	{"stars", `$contains(s, /(.*)*z/)`},
	{"classes", `$contains(s, /[^z]*\d/)`},
	{"references", `$contains(s, /^(.*)\1z/)`},
	{"small patterns", `$map(n, function() { $contains('a', /b/) })`},
	{"small strings", `$map(n, function() { $uppercase('a') })`},
	{"base64", `$map(n, function() { $base64encode(s) })`},
	{"from base64", `($b := $base64encode(s); $map(n, function() { $base64decode($b) }))`},
	{"urls", `$map(n, function() { $encodeUrlComponent(s) })`},
	{"from urls", `($b := $encodeUrlComponent(s); $map(n, function() { $decodeUrlComponent($b) }))`},
	{"round", `$map(n, function($x) { $round($x / 3, 2) })`},
	{"power", `$map(n, function($x) { $power(1.0001, $x) })`},
	{"sqrt", `$map(n, function($x) { $sqrt($x) })`},
	{"bases", `$map(n, function($x) { $formatBase($x, 2) })`},
	{"number pictures", `$map(n, function($x) { $formatNumber($x, '#,##0.00') })`},
	{"integers", `$map(n, function($x) { $formatInteger($x, 'w') })`},
	{"integers back", `$map(n, function($x) { $parseInteger('one thousand and five', 'w') })`},
	{"times", `$map(n, function($x) { $fromMillis($x) })`},
	{"times in a picture", `$map(n, function($x) { $fromMillis($x, '[Y0001]-[M01]-[D01] [FNn] [MNn]') })`},
	{"times back", `$map(n, function($x) { $toMillis('2024-01-01T00:00:00Z') })`},
	{"times back by a picture", `$map(n, function($x) { $toMillis('2024-01-01', '[Y0001]-[M01]-[D01]') })`},
	{"eval", `$map(n, function($x) { $eval('1+1') })`},
	{"eval of a long source", `$map(n, function($x) { $eval('[' & $pad('', 1000, '1,') & '1]') })`},
	{"averages", `$map(n, function() { $average(n) })`},
	{"maxima", `$map(n, function() { $max(n) })`},
	{"single", `$map(n, function() { $single(n, function($x) { $x = 0 }) })`},
	{"type", `$map(n, function($x) { $type($x) })`},
	{"boolean", `$map(n, function($x) { $boolean(n) })`},
	{"exists", `$map(n, function($x) { $exists(n) })`},
}

func costInput() any {
	numbers, objects, members, texts := make([]any, 30_000), make([]any, 30_000), value.NewObject(0), make([]any, 10_000)
	for i := range numbers {
		numbers[i] = int64(i * 7919 % 30_011)
		objects[i] = value.ObjectOf(value.Member{Key: "a", Value: value.ObjectOf(value.Member{Key: "b", Value: numbers[i]})})
	}
	for i := range texts {
		texts[i] = "t" + string(appendNumber(nil, int64(i*7919%10_007)))
		members.Set("m"+string(appendNumber(nil, int64(i))), int64(i))
	}
	return value.ObjectOf(
		value.Member{Key: "n", Value: numbers}, value.Member{Key: "o", Value: objects}, value.Member{Key: "m", Value: members},
		value.Member{Key: "s", Value: strings.Repeat("ab,", 80_000)}, value.Member{Key: "t", Value: texts},
	)
}

// BenchmarkStep measures what a step of each kind of work takes: the limits count
// steps, and stand for time.
func BenchmarkStep(b *testing.B) {
	input := costInput()
	env := Env{Vars: Vars{}, Rand: func() float64 { return 0.5 }}
	for _, tt := range costs {
		source := tt.source
		for _, name := range []string{"n", "o", "m", "s", "t"} {
			source = fieldOfRoot(source, name)
		}
		e, err := Compile(source, Options{})
		if err != nil {
			b.Fatal(tt.name, err)
		}
		b.Run(tt.name, func(b *testing.B) {
			steps := int64(0)
			for b.Loop() {
				_, used, err := e.EvalUsage(input, env, &Limits{Steps: 1_000_000})
				if err != nil && !strings.Contains(err.Error(), "U1001") {
					b.Fatal(err)
				}
				steps += used.Steps
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(max(steps, 1)), "ns/step")
			b.ReportMetric(float64(steps)/float64(b.N), "steps")
		})
	}
}

// fieldOfRoot makes a bare name in a source a field of $$.
func fieldOfRoot(source, name string) string {
	var b strings.Builder
	for i := 0; i < len(source); i++ {
		letter := func(at int) bool {
			if at < 0 || at >= len(source) {
				return false
			}
			c := source[at]
			return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte(`$'.|\[]`, c) >= 0
		}
		if source[i:i+1] == name && !letter(i-1) && (!letter(i+1) || source[i+1] == '.' || source[i+1] == '[') {
			b.WriteString("$$.")
		}
		b.WriteByte(source[i])
	}
	return b.String()
}
