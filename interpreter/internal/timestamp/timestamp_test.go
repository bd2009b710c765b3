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

func TestAppendIsFormat(t *testing.T) {
	for _, at := range []time.Time{
		{}, time.Unix(0, 0), time.Date(2024, 12, 31, 23, 59, 59, 999_999_999, time.FixedZone("", -3600)), time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 1_000_000, time.UTC), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(7, 8, 9, 1, 2, 3, 45_000_000, time.UTC),
	} {
		require.Equal(t, "x"+timestamp.Format(at), string(timestamp.Append([]byte("x"), at)))
	}
}
