package conformance_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/conformance"
)

// TestResolvers runs every recorded history with tasks through the real resolvers.
func TestResolvers(t *testing.T) {
	var all resolved
	found := false
	for _, dir := range conformance.Folders() {
		files, err := conformance.Files(dir, "history")
		require.NoError(t, err)
		for _, name := range files {
			found = true
			t.Run(name, func(t *testing.T) { all.run(t, dir, name) })
		}
	}
	if !found {
		t.Skipf("no histories in %s: ASL_CORPUS lists the folders of the corpus", strings.Join(conformance.Folders(), ", "))
	}
	fmt.Printf("resolvers: %d passed, %d failed, %d skipped, %d tasks\n", all.passed, all.failed, all.skipped, all.tasks)
}

// resolved counts the histories that were run and their tasks.
type resolved struct{ passed, failed, skipped, tasks int }

func (r *resolved) run(t *testing.T, dir, name string) {
	c, err := conformance.Load(dir, "history", name)
	require.NoError(t, err)
	if reason := c.Skip(); reason != "" {
		r.skipped++
		t.Skip(reason)
	}
	n, problems := c.CheckResolvers()
	r.tasks += n
	switch {
	case n == 0:
	case len(problems) == 0:
		r.passed++
	default:
		r.failed++
	}
	for _, p := range problems {
		t.Error(p)
	}
}
