package store_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/storetest"
)

func TestExampleIsAStore(t *testing.T) {
	storetest.Run(t, storetest.Options{
		Open:     func(testing.TB, string) store.Store { return newMapStore() },
		Volatile: true,
	})
}

func TestConflictsNameExecutions(t *testing.T) {
	a, b := store.ID{1}, store.ID{2}
	require.EqualError(t, &store.ConflictError{Versions: []store.ID{b, a}, Names: []store.ID{a}},
		"store: conflict with another writer; 2 versions are stored already, such as that of execution "+b.String()+
			"; 1 names are taken, such as that of execution "+a.String())
}

func TestIDIsWrittenAsUUID(t *testing.T) {
	id := store.ID{1, 0x9a, 0xff, 0, 0x12, 0x34, 0x70, 0xab, 0x80, 0, 0, 0, 0, 0, 0, 0xff}
	const written = "019aff00-1234-70ab-8000-0000000000ff"
	require.Equal(t, written, id.String())
	for _, s := range []string{written, strings.ToUpper(written)} {
		read, err := store.ParseID(s)
		require.NoError(t, err)
		require.Equal(t, id, read)
	}
	for _, s := range []string{"", "x", written[1:], written + "0", strings.ReplaceAll(written, "-", ""), "0" + written[:35],
		"019aff001-234-70ab-8000-0000000000ff", "019aff00-1234-70ab-8000-0000000000fg", store.ID{}.String()} {
		_, err := store.ParseID(s)
		require.ErrorContains(t, err, "not the ID of an execution", s)
	}
}
