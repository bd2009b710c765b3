//go:build unix

package objects_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/objects"
)

func TestOnlyRegularFilesAreObjects(t *testing.T) {
	folder := newFolder(t, "b", "b/folder")
	if err := syscall.Mkfifo(filepath.Join(folder, "b", "pipe"), 0o644); err != nil {
		t.Skip(err)
	}
	require.NoError(t, os.Symlink("folder", filepath.Join(folder, "b", "loop")))
	store := objects.Dir(folder)
	for _, key := range []string{"pipe", "folder", "loop"} {
		_, err := getObject(t, store, "b", key)
		require.ErrorIs(t, err, objects.ErrNoSuchKey, key)
	}
	page, err := store.List(t.Context(), "b", objects.ListOptions{})
	require.NoError(t, err)
	require.Empty(t, page.Objects)
}
