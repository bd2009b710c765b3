package machine

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// A host may hold a million executions that wait: what one takes is part of the
// design.
func TestSizes(t *testing.T) {
	require.LessOrEqual(t, int(unsafe.Sizeof(scope{})), 104)
	require.LessOrEqual(t, int(unsafe.Sizeof(Execution{})), 232)
	t.Logf("Scope %d bytes, Execution with its root scope %d", unsafe.Sizeof(scope{}), unsafe.Sizeof(Execution{}))
}
