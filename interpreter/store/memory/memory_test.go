package memory_test

import (
	"testing"

	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
	"github.com/gostates/gostates/interpreter/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, storetest.Options{
		Open:     func(testing.TB, string) store.Store { return memory.New() },
		Volatile: true,
	})
}
