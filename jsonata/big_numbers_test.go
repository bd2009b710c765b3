package jsonata

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value"
)

// A number beyond int64 is a double, wherever it comes from, and its string has
// the shortest digits that read back.
func TestNumbersBeyondInt64(t *testing.T) {
	input, err := value.ParseString(`{"n": 12345678901234567890, "m": -9223372036854775809, "list": [18446744073709551616],
		"in": [{"n": 36893488147419103232}], "huge": 123456789012345678901234567890, "edge": 9223372036854775807}`)
	require.NoError(t, err)
	for expr, want := range map[string]string{
		`n`:                               `1.2345678901234567E19`,
		`m`:                               `-9.223372036854776E18`,
		`-m`:                              `9.223372036854776E18`,
		`n + 0`:                           `1.2345678901234567E19`,
		`list[0]`:                         `1.8446744073709552E19`,
		`in.n`:                            `3.6893488147419103E19`,
		`{"n": n}`:                        `{"n":1.2345678901234567E19}`,
		`$lookup($, "n")`:                 `1.2345678901234567E19`,
		`$x`:                              `1.8446744073709552E19`,
		`$max([n])`:                       `1.2345678901234567E19`,
		`$number("9223372036854775808")`:  `9.223372036854776E18`,
		`n = 12345678901234567891`:        `true`, // as doubles are
		`$string(9223372036854775808)`:    `"9223372036854776000"`,
		`$string(-9223372036854775809)`:   `"-9223372036854776000"`,
		`$string(-9223372036854775808)`:   `"-9223372036854775808"`, // the smallest int64
		`$string(999999999999999868928)`:  `"999999999999999900000"`,
		`$string(1000000000000000000000)`: `"1e+21"`,
		`$string(n)`:                      `"12345678901234567000"`,
		`$string(m)`:                      `"-9223372036854776000"`,
		`$string(huge)`:                   `"1.2345678901234568e+29"`,
		`"id-" & n`:                       `"id-12345678901234567000"`,
		`"id-" & 12345678901234567890`:    `"id-12345678901234567000"`,
		`$string([n, $x])`:                `"[12345678901234567000,18446744073709552000]"`,
		`$string({"a": n})`:               `"{\"a\":12345678901234567000}"`,
		`$join([$string(n)])`:             `"12345678901234567000"`,
		`$string($power(2, 63))`:          `"9223372036854776000"`,
		`$string($power(2, 62))`:          `"4611686018427387904"`,
		`$string(edge)`:                   `"9223372036854775807"`,
		`$string(1/3)`:                    `"0.333333333333333"`,
		`[n..n]`:                          `[1.2345678901234567E19]`,
		`[m..m]`:                          `[-9.223372036854776E18]`,
		`[n..edge]`:                       `[]`,
	} {
		x, _ := value.ParseString("18446744073709551616")
		v, err := MustCompile(expr).Eval(input, Env{Vars: Vars{"x": x}}, nil)
		require.NoError(t, err, expr)
		require.Equal(t, want, value.String(v), expr)
	}
}

// A range up to the largest int64 does not stop early.
func TestRangeBeyondInt64IsTooLong(t *testing.T) {
	for _, expr := range []string{
		`[9223372036854775000..12345678901234567890]`, `[12345678901234567890..22345678901234567890]`,
		`[-12345678901234567890..-9223372036854775000]`, `[-12345678901234567890..12345678901234567890]`,
	} {
		_, err := MustCompile(expr).Eval(nil, nil, nil)
		require.ErrorContains(t, err, "D2014", expr)
	}
}

// $pad adds at most 262,144 characters, on either side and with any padding.
// Longer strings can still be built and padded.
func TestPaddingIsBounded(t *testing.T) {
	const tooMuch = "U1001: Expression evaluation memory limit exceeded: Check for excessive memory usage"
	for expr, want := range map[string]any{
		`$length($pad("", 262144))`:                                    int64(262144),
		`$length($pad("", -262144, "é🚀"))`:                             int64(262144),
		`$length($pad("abc", 262147, "xyz"))`:                          int64(262147),
		`$length($pad($pad("", 262144), 524288))`:                      int64(524288),
		`($a := $pad("", 262144); $length($a & $a & $join([$a, $a])))`: int64(1048576),
		`$pad("", 262145)`:                                             tooMuch,
		`$pad("", -262145, "é")`:                                       tooMuch,
		`$pad("abc", 262148)`:                                          tooMuch,
		`$pad($pad("", 262144), 524289)`:                               tooMuch,
		`$pad("a", 12345678901234567890)`:                              tooMuch,
		`$map(["a"], function($s) { $pad($s, 300000) })`:               tooMuch,
	} {
		got, err := MustCompile(expr).Eval(nil, nil, nil)
		if want == any(tooMuch) {
			require.ErrorContains(t, err, tooMuch, expr)
			continue
		}
		require.NoError(t, err, expr)
		require.Equal(t, want, got, expr)
	}
}
