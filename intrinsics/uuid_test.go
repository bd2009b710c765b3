package intrinsics_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/intrinsics"
)

func TestUUIDKeepsAllBitsButVersionAndVariant(t *testing.T) {
	var random [16]byte
	require.Equal(t, "00000000-0000-4000-8000-000000000000", intrinsics.UUID(random))
	for i := range random {
		random[i] = 0xFF
	}
	require.Equal(t, "ffffffff-ffff-4fff-bfff-ffffffffffff", intrinsics.UUID(random))
	for i := range random {
		random[i] = byte(0x11 * i)
	}
	require.Equal(t, "00112233-4455-4677-8899-aabbccddeeff", intrinsics.UUID(random))
	require.Equal(t, byte(0x66), random[6], "the caller's bits stay")
}
