package store_test

import (
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

func TestIDIsWrittenAsUUID(t *testing.T) {
	id := store.ID{1, 0x9a, 0xff, 0, 0x12, 0x34, 0x70, 0xab, 0x80, 0, 0, 0, 0, 0, 0, 0xff}
	require.Equal(t, "019aff00-1234-70ab-8000-0000000000ff", id.String())
}
