package conformance_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/conformance"
)

// TestResolvers runs every recorded history with tasks through the real resolvers.
func TestResolvers(t *testing.T) {
	dir := os.Getenv("ASL_CORPUS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "conformance")
	}
	files, err := conformance.Files(dir, "history")
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skipf("no histories in %s: ASL_CORPUS names the folder of the corpus", dir)
	}
	passed, failed, tasks, skipped := 0, 0, 0, 0
	for _, name := range files {
		t.Run(name, func(t *testing.T) {
			c, err := conformance.Load(dir, "history", name)
			require.NoError(t, err)
			if reason := c.Skip(); reason != "" {
				skipped++
				t.Skip(reason)
			}
			n, problems := c.CheckResolvers()
			tasks += n
			switch {
			case n == 0:
			case len(problems) == 0:
				passed++
			default:
				failed++
			}
			for _, p := range problems {
				t.Error(p)
			}
		})
	}
	fmt.Printf("resolvers: %d passed, %d failed, %d skipped, %d tasks\n", passed, failed, skipped, tasks)
}
