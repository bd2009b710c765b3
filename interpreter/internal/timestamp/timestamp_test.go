package timestamp_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/internal/timestamp"
)

func TestFormatCutsMillisecondsInUTC(t *testing.T) {
	berlin := time.FixedZone("", 3600)
	require.Equal(t, "2024-01-02T03:04:05.678Z", timestamp.Format(time.Date(2024, 1, 2, 4, 4, 5, 678_999_999, berlin)))
	require.Equal(t, "2024-01-02T03:04:05.000Z", timestamp.Format(time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)))
}
