package value_test

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value"
)

// The largest integer is the last one that rounds to a finite float64: Parse
// reads no larger one.
func TestIntegersThatParseRefusesAreNotValues(t *testing.T) {
	limit := new(big.Int).Lsh(big.NewInt(1), 1024)
	limit.Sub(limit, new(big.Int).Lsh(big.NewInt(1), 970)) // the first that rounds to infinity
	largest := new(big.Int).Sub(limit, big.NewInt(1))
	type holder struct{ N big.Int }

	for _, n := range []*big.Int{largest, new(big.Int).Neg(largest)} {
		v, err := value.From(n)
		require.NoError(t, err)
		require.NoError(t, value.Check(n))
		read, err := value.ParseString(value.String(v))
		require.NoError(t, err)
		require.True(t, value.Identical(n, read))
	}
	for _, n := range []*big.Int{limit, new(big.Int).Neg(limit), new(big.Int).Lsh(limit, 4_000_000)} {
		const want = "a *big.Int beyond the range of float64 has no JSON form"
		for path, v := range map[string]any{
			"value: Int: ":      n,
			"value: [0]: ":      []any{n},
			`value: a: `:        value.ObjectOf(value.Member{Key: "a", Value: n}),
			`value: a[0]: `:     map[string]any{"a": []*big.Int{n}},
			"value: holder.N: ": holder{*n},
		} {
			_, err := value.From(v)
			require.Error(t, err, path)
			t.Log(err)
			require.ErrorContains(t, err, want)
		}
		require.EqualError(t, value.Check([]any{n}), "value: [0]: "+want)
	}
}
