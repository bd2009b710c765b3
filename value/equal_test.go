package value_test

import (
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value"
)

func TestEqualAndIdentical(t *testing.T) {
	tests := []struct {
		a, b             string
		equal, identical bool
	}{
		{`null`, `null`, true, true},
		{`null`, `false`, false, false},
		{`true`, `true`, true, true},
		{`true`, `false`, false, false},
		{`"a"`, `"a"`, true, true},
		{`"a"`, `"A"`, false, false},
		{`"1"`, `1`, false, false},
		{`1`, `1.0`, true, false},
		{`1000`, `1e3`, true, false},
		{`0.0`, `-0.0`, true, false},
		{`1.0`, `1.00`, true, true},
		{`9007199254740993`, `9007199254740992.0`, false, false},
		{`100000000000000000000`, `1e20`, true, false},
		{`100000000000000000000`, `100000000000000000000`, true, true},
		{`100000000000000000001`, `1e20`, false, false},
		{`[]`, `[]`, true, true},
		{`[]`, `{}`, false, false},
		{`[1,2]`, `[1,2]`, true, true},
		{`[1,2]`, `[2,1]`, false, false},
		{`[1]`, `[1,1]`, false, false},
		{`[1]`, `[1.0]`, true, false},
		{`{"a":1,"b":2}`, `{"b":2,"a":1}`, true, false},
		{`{"a":1,"b":2}`, `{"a":1.0,"b":2}`, true, false},
		{`{"a":null}`, `{"b":null}`, false, false},
		{`{"a":1}`, `{"a":1,"b":2}`, false, false},
		{`{"a":{"b":[{"c":"d"}]}}`, `{"a":{"b":[{"c":"d"}]}}`, true, true},
	}
	for _, tt := range tests {
		t.Run(tt.a+" and "+tt.b, func(t *testing.T) {
			a, b := parse(t, tt.a), parse(t, tt.b)
			require.Equal(t, tt.equal, value.Equal(a, b))
			require.Equal(t, tt.equal, value.Equal(b, a))
			require.Equal(t, tt.identical, value.Identical(a, b))
			require.Equal(t, tt.identical, value.Identical(b, a))
			require.True(t, value.Equal(a, a))
			require.True(t, value.Identical(b, b))
		})
	}
}

func TestCompareNumbers(t *testing.T) {
	huge := new(big.Int).Lsh(big.NewInt(1), 80)
	// In rising order; what stands in one line is equal.
	order := [][]any{
		{math.Inf(-1)},
		{-math.MaxFloat64},
		{new(big.Int).Neg(huge)},
		{math.Nextafter(math.MinInt64, math.Inf(-1))},
		{int64(math.MinInt64), float64(math.MinInt64)},
		{int64(-2), -2.0},
		{-1.5},
		{int64(-1), -1.0},
		{-0.5},
		{int64(0), 0.0, math.Copysign(0, -1), big.NewInt(0)},
		{0.5},
		{int64(1), 1.0, big.NewInt(1)},
		{int64(1<<53 - 1)},
		{int64(1 << 53), float64(1 << 53)},
		{int64(1<<53 + 1)},
		{int64(math.MaxInt64)},
		{float64(1 << 63), new(big.Int).Lsh(big.NewInt(1), 63)},
		{huge, math.Ldexp(1, 80)},
		{new(big.Int).Add(huge, big.NewInt(1))},
		{math.MaxFloat64},
		{math.Inf(1)},
	}
	for i, as := range order {
		for j, bs := range order {
			for _, a := range as {
				for _, b := range bs {
					c, ok := value.CompareNumbers(a, b)
					require.True(t, ok)
					require.Equalf(t, sign(i-j), c, "%v %v", a, b)
				}
			}
		}
	}
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

func TestCompareNumbersTakesNumbersOnly(t *testing.T) {
	nan := math.NaN()
	for _, p := range [][2]any{
		{"1", int64(1)}, {int64(1), nil}, {1.0, true}, {[]any{}, 1.0}, {1, int64(1)},
		{nan, nan}, {nan, 1.0}, {nan, int64(1 << 60)}, {nan, big.NewInt(1)},
	} {
		_, ok := value.CompareNumbers(p[0], p[1])
		require.False(t, ok, p)
		_, ok = value.CompareNumbers(p[1], p[0])
		require.False(t, ok, p)
		require.False(t, value.Equal(p[0], p[1]))
	}
}

func TestKind(t *testing.T) {
	for text, want := range map[string]string{
		"null": "null", "true": "boolean", "1": "number", "1.5": "number", "9223372036854775808": "number",
		`""`: "string", "[]": "array", "{}": "object",
	} {
		require.Equal(t, want, value.Kind(parse(t, text)))
	}
}
