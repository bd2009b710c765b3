package jsonata

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/race"
)

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

// TestComparisonsCount checks that comparing long strings counts.
func TestComparisonsCount(t *testing.T) {
	race.OneGoroutine(t)
	for _, op := range []string{"=", "!=", "<", ">="} {
		e := MustCompile(`($p := $pad("", 250000, "a"); $s := $p & $p & $p & $p; $t := $p & $p & $p & $p; $map([1..100000], function() { $s ` + op + ` $t }))`)
		_, err := e.Eval(nil, nil, &Limits{Steps: 10_000_000})
		require.ErrorContains(t, err, "Expression evaluation timeout")
	}
}
