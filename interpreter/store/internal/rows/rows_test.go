package rows

import (
	"encoding/binary"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/store"
)

// Each field of a head and each part of a row has a checksum of its own.
func TestChecksCoverEverything(t *testing.T) {
	id, other := store.ID{1}, store.ID{2}
	head := func(edit func(*store.Head)) Check {
		h := &store.Head{Namespace: "n", Machine: "m", Name: "x", Digest: "d", Started: time.Unix(1, 1)}
		edit(h)
		return Sum(AppendHead(nil, &id, h, EncodeTags(h.Tags)))
	}
	all := []Check{
		VersionCheck(&id, 1), VersionCheck(&id, 2), VersionCheck(&other, 1),
		ContentCheck(&id, 1, []byte("a")), ContentCheck(&id, 2, []byte("a")), ContentCheck(&id, 1, []byte("b")),
		DefinitionCheck("d", []byte("a")), DefinitionCheck("e", []byte("a")), DefinitionCheck("d", []byte("b")),
		head(func(*store.Head) {}),
		head(func(h *store.Head) { h.Namespace = "o" }),
		head(func(h *store.Head) { h.Namespace, h.Machine = "nm", "" }),
		head(func(h *store.Head) { h.Name = "y" }),
		head(func(h *store.Head) { h.Digest = "e" }),
		head(func(h *store.Head) { h.Status = 1 }),
		head(func(h *store.Head) { h.Started = time.Unix(1, 2) }),
		head(func(h *store.Head) { h.Ended = time.Unix(1, 2) }),
		head(func(h *store.Head) { h.Due = 1 }),
		head(func(h *store.Head) { h.Parent = other }),
		head(func(h *store.Head) { h.Parked = "p" }),
		head(func(h *store.Head) { h.Tags = map[string]string{"a": "b"} }),
	}
	seen := map[Check]int{}
	for i, c := range all {
		require.NotContains(t, seen, c, "%d is %d", i, seen[c])
		seen[c] = i
	}
}

func TestTimes(t *testing.T) {
	for _, at := range []time.Time{{}, time.Unix(0, 0).UTC(), time.Unix(-1, 1).UTC(), time.Unix(0, math.MaxInt64).UTC()} {
		require.Equal(t, at, TimeOf(Nanoseconds(at)))
	}
	require.EqualValues(t, int64(math.MaxInt64), Nanoseconds(time.Unix(math.MaxInt32*10, 0)))
	require.True(t, TimeOf(Nanoseconds(time.Unix(-math.MaxInt32*10, 0))).IsZero())
	require.Equal(t, `{"a":"<1>","b":"2"}`, EncodeTags(map[string]string{"b": "2", "a": "<1>"}))
	require.Empty(t, EncodeTags(nil))
}

func TestVersionCheckIsTheSumOfItsBytes(t *testing.T) {
	id := store.ID{0: 1, 7: 0xff, 15: 2}
	for _, version := range []uint64{0, 1, 255, 256, 1 << 40, math.MaxUint64} {
		bytes := binary.LittleEndian.AppendUint64(id[:], version)
		require.Equal(t, Sum(bytes), VersionCheck(&id, version))
		require.Equal(t, Sum(append(bytes, "content"...)), ContentCheck(&id, version, []byte("content")))
	}
	require.Zero(t, testing.AllocsPerRun(10, func() { VersionCheck(&id, 1) }))
}
