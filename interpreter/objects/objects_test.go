package objects_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/objects"
	"github.com/gostates/gostates/interpreter/objects/objectstest"
)

func newFolder(t *testing.T, buckets ...string) string {
	folder := t.TempDir()
	for _, bucket := range buckets {
		require.NoError(t, os.Mkdir(filepath.Join(folder, bucket), 0o755))
	}
	return folder
}

func TestStoresKeepTheContract(t *testing.T) {
	t.Run("memory", func(t *testing.T) { objectstest.Test(t, objects.Memory("b"), "b") })
	t.Run("dir", func(t *testing.T) {
		folder := newFolder(t, "b")
		objectstest.Test(t, objects.Dir(folder), "b")
		left, err := os.ReadDir(folder)
		require.NoError(t, err)
		require.Len(t, left, 1, "a temporary file is left")
	})
	t.Run("file system over a folder", func(t *testing.T) {
		folder := newFolder(t, "b")
		objectstest.Test(t, readThrough{objects.Dir(folder), objects.FS(os.DirFS(folder))}, "b")
	})
}

// readThrough writes to one store and reads from another.
type readThrough struct {
	objects.Objects
	reads objects.Objects
}

func (r readThrough) Get(ctx context.Context, bucket, key string, o objects.GetOptions) (*objects.Object, error) {
	return r.reads.Get(ctx, bucket, key, o)
}

func (r readThrough) List(ctx context.Context, bucket string, o objects.ListOptions) (*objects.Page, error) {
	return r.reads.List(ctx, bucket, o)
}

func putObject(t *testing.T, store objects.Objects, bucket, key, body string) {
	t.Helper()
	w, err := store.Put(t.Context(), bucket, key)
	require.NoError(t, err)
	_, err = io.WriteString(w, body)
	require.NoError(t, err)
	require.NoError(t, w.Close())
}

func getObject(t *testing.T, store objects.Objects, bucket, key string) (string, error) {
	t.Helper()
	object, err := store.Get(t.Context(), bucket, key, objects.GetOptions{})
	if err != nil {
		return "", err
	}
	defer object.Body.Close()
	body, err := io.ReadAll(object.Body)
	require.NoError(t, err)
	return string(body), nil
}

func TestNoKeyLeadsOutOfTheFolder(t *testing.T) {
	parent := t.TempDir()
	folder := filepath.Join(parent, "store")
	require.NoError(t, os.MkdirAll(filepath.Join(folder, "b"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(parent, "secret"), []byte("secret"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "top"), []byte("top"), 0o644))
	require.NoError(t, os.Symlink(parent, filepath.Join(folder, "b", "out")))
	require.NoError(t, os.Symlink(filepath.Join(parent, "secret"), filepath.Join(folder, "b", "file")))
	store := objects.Dir(folder)
	both := []objects.Objects{store, objects.FS(os.DirFS(folder))}
	for _, place := range []struct {
		bucket, key string
		stores      []objects.Objects
	}{
		{"b", "../../secret", both}, {"b", "../top", both}, {"b", "a/../../top", both}, {"b", "..", both}, {"b", ".", both},
		{"b", "", both}, {"b", "/top", both}, {"b", "a//b", both}, {"b", "a/", both}, {"b", "\xff", both},
		{"b", "out/secret", both[:1]}, {"b", "file", both[:1]}, // os.DirFS follows links
		{"..", "secret", both}, {".", "top", both}, {".", "b/k", both}, {"", "top", both}, {"b/a", "k", both}, {"../store/b", "k", both},
	} {
		for _, s := range place.stores {
			_, err := s.Get(t.Context(), place.bucket, place.key, objects.GetOptions{})
			require.Error(t, err, "%+v", place)
		}
		if place.key == "file" {
			continue // a put replaces the link
		}
		w, err := store.Put(t.Context(), place.bucket, place.key)
		if err == nil {
			err = w.Close()
		}
		require.Error(t, err, "%+v", place)
	}
	page, err := store.List(t.Context(), "b", objects.ListOptions{})
	require.NoError(t, err)
	require.Empty(t, page.Objects, "a link that leads out is listed")

	putObject(t, store, "b", "file", "mine")
	secret, err := os.ReadFile(filepath.Join(parent, "secret"))
	require.NoError(t, err)
	require.Equal(t, "secret", string(secret))
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, left, 2, "a temporary file is left")
}

func TestErrorsNameThePlaceAndTheReason(t *testing.T) {
	folder := newFolder(t, "b")
	putObject(t, objects.Dir(folder), "b", "k", "")
	for name, store := range map[string]objects.Objects{
		"memory": objects.Memory("b"), "dir": objects.Dir(folder), "fs": objects.FS(os.DirFS(folder)),
	} {
		_, err := getObject(t, store, "b", "missing")
		require.EqualError(t, err, "objects: get b/missing: no such key", name)
		_, err = getObject(t, store, "c", "k")
		require.EqualError(t, err, "objects: get c/k: no such bucket", name)
	}
	_, err := objects.Dir(folder).Put(t.Context(), "b", "../k")
	require.ErrorIs(t, err, objects.ErrInvalidKey)
	_, err = objects.Dir(folder).Get(t.Context(), "b", "k", objects.GetOptions{VersionID: "1"})
	require.ErrorIs(t, err, objects.ErrNoSuchVersion)
	_, err = objects.FS(os.DirFS(folder)).Put(t.Context(), "b", "k")
	require.ErrorIs(t, err, objects.ErrAccessDenied)
	w, err := objects.Dir(folder).Put(t.Context(), "b", "k/below")
	require.NoError(t, err)
	require.Error(t, w.Close(), "a key became the folder of another")
}

func TestCauseReadsAsTheSDKWritesIt(t *testing.T) {
	wrapped := fmt.Errorf("reader: %w", &objects.Error{Op: "get", Bucket: "b", Key: "k", Err: objects.ErrNoSuchKey})
	require.Equal(t, "The specified key does not exist. (Service: S3, Status Code: 404)", objects.Cause(wrapped))
	require.Equal(t, "The specified bucket does not exist (Service: S3, Status Code: 404)", objects.Cause(objects.ErrNoSuchBucket))
	require.Equal(t, "Slow down. (Service: S3, Status Code: 503, Request ID: R)",
		objects.Cause(&objects.Error{Err: io.ErrUnexpectedEOF, Message: "Slow down.", Status: 503, RequestID: "R"}))
	require.Equal(t, "disk on fire", objects.Cause(fmt.Errorf("disk on fire")))
}

func TestFileSystemsWithoutSeekHaveRanges(t *testing.T) {
	store := objects.FS(fstest.MapFS{"b/k": {Data: []byte("0123456789")}})
	object, err := store.Get(t.Context(), "b", "k", objects.GetOptions{Offset: 3, Length: 4})
	require.NoError(t, err)
	body, err := io.ReadAll(object.Body)
	require.NoError(t, err)
	require.Equal(t, "3456", string(body))
}

func TestBodyEndsWithItsContext(t *testing.T) {
	folder := newFolder(t, "b")
	store := objects.Dir(folder)
	putObject(t, store, "b", "k", strings.Repeat("x", 100))
	ctx, cancel := context.WithCancel(t.Context())
	object, err := store.Get(ctx, "b", "k", objects.GetOptions{})
	require.NoError(t, err)
	defer object.Body.Close()
	cancel()
	_, err = object.Body.Read(make([]byte, 10))
	require.ErrorIs(t, err, context.Canceled)
	w, err := store.Put(t.Context(), "b", "k2")
	require.NoError(t, err)
	require.NoError(t, w.Abort())
	ctx, cancel = context.WithCancel(t.Context())
	w, err = store.Put(ctx, "b", "k2")
	require.NoError(t, err)
	cancel()
	require.ErrorIs(t, w.Close(), context.Canceled)
	_, err = getObject(t, store, "b", "k2")
	require.ErrorIs(t, err, objects.ErrNoSuchKey)
}
