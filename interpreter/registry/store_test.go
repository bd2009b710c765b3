package registry_test

import (
	"testing"

	"github.com/gostates/gostates/interpreter/registry"
	"github.com/gostates/gostates/interpreter/registry/registrytest"
)

func TestMemory(t *testing.T) {
	registrytest.Run(t, registrytest.Options{
		Open:     func(testing.TB, string) registry.Store { return registry.NewMemory() },
		Volatile: true,
	})
}

var _ registry.Store = (*registry.Memory)(nil)
