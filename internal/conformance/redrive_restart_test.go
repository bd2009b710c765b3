package conformance_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/conformance"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// Redrives at each task outlive a process that crashes at every Step.
func TestRedrivesThroughCrashes(t *testing.T) {
	crashes, err := conformance.CheckRedrives(func() (store.Store, func(), error) { return memory.New(), func() {}, nil })
	require.NoError(t, err)
	require.Greater(t, crashes, 500)
}
