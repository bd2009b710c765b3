package asl_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
)

// Parse never panics; what it takes comes back from Marshal, and the same text
// comes back from that again.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txt")
	require.NoError(f, err)
	for _, file := range files {
		for _, c := range readRules(f, file) {
			f.Add([]byte(strings.Join(c.lines, "\n")))
		}
	}
	f.Add([]byte(nested))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := asl.Parse(text)
		if m == nil {
			require.Error(t, err)
			return
		}
		out, marshalErr := asl.Marshal(m)
		require.NoError(t, marshalErr)
		for range m.All() {
			continue
		}
		if err != nil {
			return
		}
		again, err := asl.Parse(out)
		require.NoError(t, err, "%s", out)
		second, err := asl.Marshal(again)
		require.NoError(t, err)
		require.Equal(t, string(out), string(second))
	})
}
