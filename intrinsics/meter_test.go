package intrinsics_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/intrinsics"
	"github.com/gostates/gostates/value"
)

// Arguments are held until a function has its result, and then they are free.
func TestArgumentsCountWhileTheyAreHeld(t *testing.T) {
	const list = 1000
	call := func(lists int) *intrinsics.Call {
		c, err := intrinsics.Parse("States.ArrayLength(States.Array(" + strings.TrimSuffix(strings.Repeat("$.b[*], ", lists), ", ") + "))")
		require.NoError(t, err)
		return c
	}
	e := newEnv(t, `{"b": [1`+strings.Repeat(",1", list-1)+`]}`)
	size := value.Size(parse(t, `[1`+strings.Repeat(",1", list-1)+`]`))
	e.meter = &value.Meter{Bytes: 5 * size, Steps: 1_000_000}
	for range 10 {
		before := e.meter.Bytes
		v, err := call(4).Eval(e)
		require.NoError(t, err)
		require.Equal(t, int64(4), v)
		require.Equal(t, before-len("4"), e.meter.Bytes)
	}
	_, err := call(6).Eval(e)
	require.ErrorIs(t, err, value.ErrTooLarge)
}

// A result counts for as long as the caller does not say otherwise.
func TestResultsCount(t *testing.T) {
	e := newEnv(t, `{"s": "`+strings.Repeat("x", 1000)+`", "o": {"a": 1}, "n": [1, 2, 3]}`)
	for _, text := range []string{
		"States.Format('{}{}', $.s, $.s)", "States.JsonToString($)", "States.Array($.s)", "States.StringToJson(States.JsonToString($))",
		"States.StringSplit($.s, 'y')", "States.JsonMerge($.o, $, false)", "States.ArrayPartition($.n, 1)", "States.ArrayUnique($.n)",
		"States.ArrayRange(1, 1000, 1)", "States.Base64Encode($.s)", "States.Base64Decode($.s)", "States.UUID()",
	} {
		c, err := intrinsics.Parse(text)
		require.NoError(t, err)
		e.meter = &value.Meter{Bytes: 1 << 20, Steps: 1 << 20}
		v, err := c.Eval(e)
		require.NoError(t, err, text)
		require.Equal(t, 1<<20-value.Size(v), e.meter.Bytes, text)

		e.meter = &value.Meter{Bytes: value.Size(v) - 1, Steps: 1 << 20}
		_, err = c.Eval(e)
		require.ErrorIs(t, err, value.ErrTooLarge, text)
	}
}

// A call on much looks at the clock while it works, not only before or after.
func TestCallsCanBeInterrupted(t *testing.T) {
	e := newEnv(t, `{"n": [1`+strings.Repeat(",[1]", 50_000)+`], "one": [2], "s": "`+strings.Repeat("ab,", 100_000)+`",
		"o": {`+members("o", 20_000)+`}, "p": {`+members("p", 20_000)+`}}`)
	for _, text := range []string{
		"States.ArrayUnique($.n)", "States.ArrayContains($.n, $.one)", "States.StringSplit($.s, ',a')", "States.JsonMerge($.o, $.p, false)",
	} {
		c, err := intrinsics.Parse(text)
		require.NoError(t, err)
		looks := 0
		e.meter = &value.Meter{Bytes: 1 << 20, Steps: 1 << 20, Mark: 1 << 20}
		e.meter.Look = func() {
			e.meter.Mark = e.meter.Steps - 4096
			if looks++; looks == 3 {
				panic("enough")
			}
		}
		require.PanicsWithValue(t, "enough", func() { _, _ = c.Eval(e) }, text)
		require.Greater(t, e.meter.Steps, 1<<20-100_000, text)
	}
}

func members(name string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `%q: 1,`, fmt.Sprint(name, i))
	}
	return b.String() + `"last": 1`
}

// Strings are split where Go's FieldsFunc splits them, whatever the bytes.
func TestStringSplitOfAnyBytes(t *testing.T) {
	c, err := intrinsics.Parse("States.StringSplit($.s, $.c)")
	require.NoError(t, err)
	for _, text := range []string{"", ",", "a,b", ",a,,b,", "a\xffb", "\xff", "é,è", strings.Repeat("x", 10_000) + "," + strings.Repeat("é", 10_000)} {
		for _, set := range []string{"", ",", ",é", "\uFFFD", "x\uFFFD,"} {
			e := newEnv(t, `{}`)
			e.input = value.ObjectOf(value.Member{Key: "s", Value: text}, value.Member{Key: "c", Value: set})
			v, err := c.Eval(e)
			require.NoError(t, err)
			want := []any{}
			for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(set, r) }) {
				want = append(want, part)
			}
			require.Equal(t, want, v, "%q at %q", text, set)
		}
	}
}
