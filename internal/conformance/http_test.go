package conformance_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/conformance"
)

// TestHTTP runs the recorded calls of http:invoke, which are in a folder of their own
// beside the corpus.
func TestHTTP(t *testing.T) {
	dir := os.Getenv("ASL_CORPUS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "conformance")
	}
	dir += "-2026"
	files, err := conformance.Files(dir, "http")
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skipf("no cases of kind http in %s: ASL_CORPUS names the folder of the corpus", dir)
	}
	var all tally
	for _, name := range files {
		t.Run(name, func(t *testing.T) { all.run(t, dir, "http", name) })
	}
	all.print("http")
}
