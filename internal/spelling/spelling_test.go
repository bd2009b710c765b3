package spelling_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/spelling"
)

func TestSimilar(t *testing.T) {
	known := []string{"id", "total", "charge", "Charge2"}
	for name, want := range map[string]string{
		"totl": "total", "totall": "total", "tetal": "total", "ttoal": "total", "TOTAL": "total",
		"chrage": "charge", "charge2": "charge", "di": "", "sum": "", "": "", "total": "",
	} {
		similar, ok := spelling.Similar(name, slices.Values(known))
		require.Equal(t, want, similar, name)
		require.Equal(t, want != "", ok, name)
	}
}
