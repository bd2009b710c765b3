package sqlite_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/conformance"
	"github.com/gostates/gostates/internal/race"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/sqlite"
)

var eachCommit = flag.Bool("each", false, "run histories once for each Commit, with a crash after that one")

// corpus returns the folders with histories: those beside the repository, or its own.
func corpus() []string {
	if os.Getenv("ASL_CORPUS") != "" {
		return conformance.Folders()
	}
	root := filepath.Join("..", "..", "..")
	var found []string
	for _, name := range []string{"conformance", "conformance-2026"} {
		dir := filepath.Join(root, "..", "shared", name)
		if _, err := os.Stat(dir); err == nil {
			found = append(found, dir)
		}
	}
	if len(found) == 0 {
		found = append(found, filepath.Join(root, "internal", "conformance", "testdata", "corpus"))
	}
	return found
}

// TestConformance runs every recorded history with a crash after every Commit. The race
// detector makes that ten times slower, and then gets every tenth history.
func TestConformance(t *testing.T) {
	crashes, n := 0, 0
	for _, dir := range corpus() {
		files, err := conformance.Files(dir, "history")
		require.NoError(t, err)
		for i, name := range files {
			if race.Enabled && i%10 != 0 {
				continue
			}
			t.Run(name, func(t *testing.T) {
				c, err := conformance.Load(dir, "history", name)
				require.NoError(t, err)
				if reason := c.SkipStored(); reason != "" {
					t.Skip(reason)
				}
				open := func() (store.Store, func(), error) {
					s, err := sqlite.Open(filepath.Join(t.TempDir(), "executions.db"))
					if err != nil {
						return nil, nil, err
					}
					return s, func() { _ = s.Close() }, nil
				}
				crashed, problems := c.CheckStored(open, *eachCommit)
				crashes += crashed
				n++
				for _, p := range problems {
					t.Error(p)
				}
			})
		}
	}
	t.Logf("%d histories, %d crashes", n, crashes)
}

// Redrives at each task outlive a process that crashes at every Step.
func TestRedrivesThroughCrashes(t *testing.T) {
	crashes, err := conformance.CheckRedrives(func() (store.Store, func(), error) {
		s, err := sqlite.Open(filepath.Join(t.TempDir(), "executions.db"))
		if err != nil {
			return nil, nil, err
		}
		return s, func() { _ = s.Close() }, nil
	})
	require.NoError(t, err)
	require.Greater(t, crashes, 500)
}
