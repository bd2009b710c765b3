package value_test

import (
	"encoding/json"
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value"
)

func TestNumbersAreSpelledAsJavaDoes(t *testing.T) {
	tests := []struct {
		v    any
		want string
	}{
		{1000.0, "1000.0"},
		{0.0, "0.0"},
		{math.Copysign(0, -1), "-0.0"},
		{1.1, "1.1"},
		{-2.5, "-2.5"},
		{0.001, "0.001"},
		{0.00099, "9.9E-4"},
		{1e-5, "1.0E-5"},
		{-1e-5, "-1.0E-5"},
		{9999999.0, "9999999.0"},
		{1e7, "1.0E7"},
		{12345678.0, "1.2345678E7"},
		{1e20, "1.0E20"},
		{-1e20, "-1.0E20"},
		{1e100, "1.0E100"},
		{math.MaxFloat64, "1.7976931348623157E308"},
		{math.SmallestNonzeroFloat64, "4.9E-324"},
		{1e23, "1.0E23"},
		{2e-323, "2.0E-323"},
		{0.30000000000000004, "0.30000000000000004"},
		{int64(math.MinInt64), "-9223372036854775808"},
		{new(big.Int).Lsh(big.NewInt(1), 70), "1180591620717411303424"},
		{math.NaN(), "null"},
		{math.Inf(-1), "null"},
		{(*big.Int)(nil), "null"},
	}
	for _, tt := range tests {
		require.Equal(t, tt.want, value.String(tt.v))
		require.Equal(t, len(tt.want), value.Size(tt.v))
	}
}

func TestAppendString(t *testing.T) {
	tests := []struct{ name, s, want string }{
		{"plain", "abc", `"abc"`},
		{"no HTML escapes", "<&>\u2028\u2029/", "\"<&>\u2028\u2029/\""},
		{"short escapes", "\"\\\b\f\n\r\t", `"\"\\\b\f\n\r\t"`},
		{"control characters", "\x00\x1f\x7f", "\"\\u0000\\u001F\x7f\""},
		{"UTF-8 is raw", "é€😀", `"é€😀"`},
		{"U+FFFD is a character", "\ufffd", "\"\ufffd\""},
		{"lone surrogates", "a\xed\xa0\x80b\xed\xbf\xbf", `"a\uD800b\uDFFF"`},
		{"U+D7FF is no surrogate", "\ud7ff", "\"\ud7ff\""},
		{"invalid bytes", "a\xffb\xc3", "\"a\ufffdb\ufffd\""},
		{"cut surrogate", "\xed\xa0", "\"\ufffd\ufffd\""},
		{"broken surrogate", "\xed\xa0x", "\"\ufffd\ufffdx\""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.want, string(value.AppendString(nil, tt.s)))
			require.Equal(t, len(tt.want), value.Size(tt.s))
			require.True(t, json.Valid([]byte(tt.want)))
		})
	}
}

func TestAppendIsCompactAndInOrder(t *testing.T) {
	text := `{"z":[1,2.5,"x",null,true,false,{},[]],"a":{"b":{"c":1.0}}}`
	v := parse(t, strings.ReplaceAll(text, ",", " ,\n\t"))
	require.Equal(t, text, value.String(v))
	require.Equal(t, "x"+text, string(value.Append([]byte("x"), v)))
	require.Equal(t, len(text), value.Size(v))
	require.Equal(t, "{}", value.String((*value.Object)(nil)))
	require.Equal(t, "[]", value.String([]any(nil)))
}

func TestWhatIsNoValueIsWrittenAsNull(t *testing.T) {
	for _, v := range []any{1, "x"[0], []string{"a"}, map[string]any{}, struct{}{}} {
		require.Equal(t, "null", value.String(v))
		require.Equal(t, 4, value.Size(v))
	}
}

// A surrogate pair can come together when strings are joined: it is written as
// two escapes, which a reader joins.
func TestJoinedSurrogates(t *testing.T) {
	joined := "\xed\xa0\xbc" + "\xed\xb6\x97"
	require.Equal(t, `"\uD83C\uDD97"`, value.String(joined))
	require.Equal(t, "🆗", parse(t, value.String(joined)))
}

// deep returns a value that nests n levels.
func deep(n int) any {
	var v any
	for i := range n {
		if i%2 == 0 {
			v = []any{v}
		} else {
			v = value.ObjectOf(value.Member{Key: "a", Value: v})
		}
	}
	return v
}

func TestVeryDeepValues(t *testing.T) {
	const depth = 200_000
	a, b := deep(depth), deep(depth)
	require.Len(t, value.String(a), 4*depth+len("null"))
	require.True(t, value.Equal(a, b))
	require.True(t, value.Identical(a, b))
	_, d := value.Measure(a)
	require.Greater(t, d, value.MaxDepth)
	_, err := value.From(a)
	require.ErrorContains(t, err, `value: ["a"][0]["a"][0]`)
	require.ErrorContains(t, err, `["a"][0]: values nest deeper than the limit of 1000, or in a cycle`)
	require.Less(t, len(err.Error()), 400)
	var plain any
	require.Error(t, value.Decode(a, &plain))
}

// Floats of two decimals have a shorter way, which gives the same.
func TestHundredthsAreShortest(t *testing.T) {
	for n := range int64(100_000) {
		f := float64(n*5_003) / 100
		for _, f := range []float64{f, -f, math.Nextafter(f, 0), math.Nextafter(f, math.MaxFloat64), f / 10} {
			if a := math.Abs(f); a < 1e-3 || a >= 1e7 {
				continue
			}
			want := strconv.FormatFloat(f, 'f', -1, 64)
			if !strings.Contains(want, ".") {
				want += ".0"
			}
			if got := value.String(f); got != want {
				t.Fatalf("%s instead of %s", got, want)
			}
		}
	}
}
