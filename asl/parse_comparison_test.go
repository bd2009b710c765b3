package asl

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// AWS's list names each operator once.
func TestOperatorNames(t *testing.T) {
	require.ElementsMatch(t, slices.Collect(maps.Keys(operators)), operatorNames)
}
