package jsonata

import (
	"errors"
	"math/rand"
	"strings"
	"testing"
	"time"

	"github.com/gostates/gostates/value"
)

var fuzzSeeds = []string{
	`$states.input.a.b`, `a.b[c = 1].{"k": d}`, `$map([1..5], function($x, $i){ $x * $i })`,
	`a@$x.b#$i[$i > 0].{"x": $x, "i": $i}`, `a.b.%.c`, `a^(>b, <c)[0]`, `a{b: $sum(c)}`,
	`$ ~> |a|{"b": 1}, ["c"]|`, `($f := λ($n)<n:n>{ $n <= 1 ? 1 : $n * $f($n - 1) }; $f(5))`,
	`$replace("abc", /(b)/, "[$1]")`, `$fromMillis(0, "[Y]-[M01]-[D01]")`, `$formatNumber(12.5, "#,##0.00")`,
	`$reduce([1,2,3], function($a, $b){ $a + $b })`, `$substring(?, 1)("abc")`, `*.**[type = "x"][]`,
	`$eval("a.b", $$)`, `[1, [2, 3], {"a": null}] ~> $string`, `$sort(a, function($l, $r){ $l > $r })`,
	`$match("ab", /(a)(b)?/i).groups`, `"\ud83d\ude00" & $length("é")`, `a.b[0]{c:d}^(>e)@$f#$g.%`, `0[0]#$`, `$f(?,/x/i)~>|a|{"\u00e9":-1},'b'|`, `function($x)<a<n>s-:s>{[1..2]}`, `1 in [1,2] and not(true) or -2 % 3 < 4`,
	`(1; 2; $x := 3)[0]`, `{"a": 1}.{"b": a, "c": $keys($)}`, `$each({"a": 1}, function($v, $k){ $k })`,
}

// FuzzCompile checks that any source compiles or is refused with an *Error, and
// what it reads can be listed.
func FuzzCompile(f *testing.F) {
	for _, s := range fuzzSeeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		e, err := Compile(src, Options{})
		if err != nil {
			var known *Error
			if !errors.As(err, &known) || known.Message == "" || known.Pos < 0 || known.Pos > len(src) {
				t.Fatalf("%q: %#v", src, err)
			}
			return
		}
		for _, r := range e.References() {
			if r.Pos < 0 || r.Pos > len(src) {
				t.Fatalf("%q: %#v", src, r)
			}
		}
	})
}

// FuzzEval checks that an evaluation ends with a value or an *Error, the same
// each time, and changes nothing of its input.
func FuzzEval(f *testing.F) {
	for _, s := range fuzzSeeds {
		f.Add(s, `{"a": {"b": [{"c": 1, "d": "x"}, {"c": 2}]}, "c": [3, null, 1.5, "é😀", true]}`)
	}
	f.Fuzz(func(t *testing.T, src, text string) {
		e, err := Compile(src, Options{})
		if err != nil {
			return
		}
		input, err := value.Read([]byte(text), value.ReadOptions{MaxDepth: 50})
		if err != nil {
			input = Undefined
		}
		before := value.String(input)
		run := func() (any, error) {
			random := rand.New(rand.NewSource(1))
			env := Env{
				Vars:  value.ObjectOf(value.Member{Key: "states", Value: input}),
				Clock: func() time.Time { return time.UnixMilli(1e12) },
				Rand:  random.Float64,
			}
			return e.Eval(input, env, &Limits{Steps: 100_000, TotalBytes: 8 << 20})
		}
		first, err := run()
		if err != nil {
			var known *Error
			if !errors.As(err, &known) || strings.Contains(known.Message, "internal error") {
				t.Fatalf("%q over %s: %v", src, before, err)
			}
		}
		second, again := run()
		if (err == nil) != (again == nil) || err != nil && err.Error() != again.Error() {
			t.Fatalf("%q over %s: %v, then %v", src, before, err, again)
		}
		if _, isFunction := first.(*Lambda); err == nil && !isFunction && first != Undefined {
			if a, b := value.String(first), value.String(second); a != b {
				t.Fatalf("%q over %s: %s, then %s", src, before, a, b)
			}
		}
		if after := value.String(input); after != before {
			t.Fatalf("%q changed its input from %s to %s", src, before, after)
		}
	})
}
