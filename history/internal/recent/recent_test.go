package recent

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheLastKeysAreKeptAndTheOthersForgotten(t *testing.T) {
	const size = 10
	m := NewMap[int](size)
	forgotten := 0
	for n := range 1000 {
		forgotten += len(m.Put(strconv.Itoa(n), n))
		require.LessOrEqual(t, m.Len(), 2*size)
		require.Equal(t, n+1, m.Len()+forgotten)
		for k := max(0, n-size+1); k <= n; k++ {
			v, ok := m.Get(strconv.Itoa(k))
			require.True(t, ok, "%d of %d", k, n)
			require.Equal(t, k, v)
		}
	}
	_, ok := m.Get("0")
	require.False(t, ok)
}

func TestAKeyThatIsPutAgainStays(t *testing.T) {
	m := NewMap[int](4)
	for n := range 100 {
		m.Put("kept", 7)
		m.Put(strconv.Itoa(n), n)
		v, ok := m.Get("kept")
		require.True(t, ok)
		require.Equal(t, 7, v)
		require.LessOrEqual(t, m.Len(), 8)
	}
	m.Delete("kept")
	_, ok := m.Get("kept")
	require.False(t, ok)
}
