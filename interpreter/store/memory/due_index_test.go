package memory

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/store"
)

// The index is a sorted set of places, over many chunks.
func TestDueIndexIsASortedSet(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var index dueIndex
	dues := make([]int64, 5000) // by execution
	place := func(i int) store.Place { return store.Place{Due: dues[i], ID: store.ID{byte(i >> 8), byte(i)}} }
	wantPlaces := func() {
		t.Helper()
		var want []store.Place
		for i, due := range dues {
			if due != store.Never {
				want = append(want, place(i))
			}
		}
		slices.SortFunc(want, store.Place.Compare)
		require.Equal(t, want, slices.Collect(index.placesAfter(store.Place{Due: -1})))
		for _, c := range index.chunks {
			require.True(t, 0 < len(c) && len(c) < maxChunk, "a chunk of %d", len(c))
		}
		for range 200 {
			after := store.Place{Due: rng.Int64N(2000), ID: store.ID{byte(rng.IntN(20)), byte(rng.IntN(256))}}
			i, found := slices.BinarySearchFunc(want, after, store.Place.Compare)
			if found {
				i++
			}
			for got := range index.placesAfter(after) {
				require.Equal(t, want[i], got)
				if i++; rng.IntN(10) == 0 {
					break
				}
			}
		}
	}
	for i := range dues {
		dues[i] = store.Never
	}
	for _, never := range []int{10, 3, 1} { // one of so many becomes Never
		for range 15_000 {
			i := rng.IntN(len(dues))
			from := place(i)
			dues[i] = rng.Int64N(2000)
			if rng.IntN(never) == 0 {
				dues[i] = store.Never
			}
			index.movePlace(from, place(i))
		}
		wantPlaces()
	}
	for i := range dues {
		from := place(i)
		dues[i] = store.Never
		index.movePlace(from, place(i))
	}
	wantPlaces()
	require.Empty(t, index.chunks)
}
