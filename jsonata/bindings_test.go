package jsonata

import (
	"strings"
	"testing"
	"time"

	"github.com/gostates/gostates/value"
	"github.com/stretchr/testify/require"
)

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
