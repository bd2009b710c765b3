package sqlite_test

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/sqlite"
)

// mountSmall mounts a file system in memory, or skips the test.
func mountSmall(t *testing.T, options string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		t.Skipf("mounting a small file system needs root: %v", err)
	}
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	return dir
}

func TestFullDiskIsAnErrorUntilThereIsRoom(t *testing.T) {
	ctx := context.Background()
	dir := mountSmall(t, "size=2m")
	ballast := filepath.Join(dir, "ballast")
	require.NoError(t, os.WriteFile(ballast, make([]byte, 1<<20), 0o600))
	path := filepath.Join(dir, "executions.db")
	s := openStore(t, path)
	version := uint64(0)
	var full error
	for full == nil {
		group := ladderGroup(version + 1)
		if full = s.Commit(ctx, group); full == nil {
			version++
		}
	}
	require.ErrorContains(t, full, "sqlite: commit: ")
	require.ErrorContains(t, full, "full")
	require.NotErrorIs(t, full, store.ErrConflict)
	require.Greater(t, version, uint64(10))
	for range 3 {
		require.Error(t, s.Commit(ctx, ladderGroup(version+1)))
		got, err := ladderVersion(t, s)
		require.NoError(t, err)
		require.Equal(t, version, got, "what was refused is not stored")
	}
	require.NoError(t, os.Remove(ballast))
	for range 20 {
		version++
		require.NoError(t, s.Commit(ctx, ladderGroup(version)), "there is room")
	}
	require.NoError(t, s.Close())
	again := openStore(t, path)
	got, err := ladderVersion(t, again)
	require.NoError(t, err)
	require.Equal(t, version, got)
}

func TestReadOnlyFolderIsAnErrorOfOpen(t *testing.T) {
	dir := mountSmall(t, "size=2m")
	path := filepath.Join(dir, "executions.db")
	s, err := sqlite.Open(path)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.NoError(t, syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
	for _, name := range []string{path, filepath.Join(dir, "new.db")} {
		_, err = sqlite.Open(name)
		require.ErrorIs(t, err, syscall.EROFS)
		require.ErrorContains(t, err, name)
	}
}
