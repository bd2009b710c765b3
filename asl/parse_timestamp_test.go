package asl_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
)

func TestTimestamps(t *testing.T) {
	for text, valid := range map[string]bool{
		"2026-01-02T03:04:05Z":                true,
		"2026-01-02T03:04:05.00Z":             true,
		"2026-01-02T03:04:05.123456789+01:30": true,
		"2026-01-02T03:04:05-00:00":           true,
		"2024-02-29T23:59:59+23:59":           true,
		"":                                    false,
		"2026-01-02":                          false,
		"2026-01-02T03:04:05":                 false,
		"2026-01-02T03:04Z":                   false,
		"2026-01-02 03:04:05Z":                false,
		"2026-01-02t03:04:05Z":                false,
		"2026-01-02T03:04:05z":                false,
		"2026-01-02T3:04:05.5Z":               false,
		"2026-01-02T03:04:05,5Z":              false,
		"2026-01-02T03:04:05.Z":               false,
		"2026-01-02T03:04:05+0100":            false,
		"2026-01-02T03:04:05+24:00":           false,
		"2026-01-02T03:04:05+01:60":           false,
		"2026-13-02T03:04:05Z":                false,
		"2026-02-29T03:04:05Z":                false,
		"2026-01-02T25:04:05Z":                false,
		"02-01-2026T03:04:05Z":                false,
		"2026-01-02T03:04:05Z ":               false,
	} {
		require.Equal(t, valid, asl.IsTimestamp(text), "%q", text)
	}
	at, ok := asl.ParseTimestamp("2026-01-02T03:04:05.5+01:00")
	require.True(t, ok)
	require.Equal(t, time.Date(2026, 1, 2, 2, 4, 5, 5e8, time.UTC), at.UTC())
}
