package offload

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/gostates/gostates/interpreter/store"
)

// Dir keeps blobs in files, those of an execution in a folder of its own. Several
// processes may use the same one.
type Dir struct{ path string }

var _ Blobs = (*Dir)(nil)

// OpenDir returns the Dir in a folder, which is made if it does not exist.
func OpenDir(path string) (*Dir, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("offload: %w", err)
	}
	return &Dir{path}, nil
}

func (d *Dir) file(key string) string { return filepath.Join(d.path, filepath.FromSlash(key)) }

// unfinished ends the names of files that are being written. They are not blobs.
const unfinished = ".new"

// Put writes a blob to a new file and renames it, so that a crash leaves no half blob.
func (d *Dir) Put(ctx context.Context, key string, data []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	path := d.file(key)
	folder := filepath.Dir(path)
	for { // Delete may remove the folder meanwhile
		if err := d.makeFolder(folder); err != nil {
			return err
		}
		err := writeFile(path, data)
		if !errors.Is(err, fs.ErrNotExist) || ctx.Err() != nil {
			return err
		}
	}
}

// makeFolder makes the folder of an execution. Its name is on disk afterwards.
func (d *Dir) makeFolder(folder string) error {
	err := os.Mkdir(folder, 0o700)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(d.path)
}

func writeFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "*"+unfinished)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes the names in a folder last.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" { // it has no such call
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Get reads a blob, or returns [store.ErrNotFound].
func (d *Dir) Get(ctx context.Context, key string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(d.file(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, store.ErrNotFound
	}
	return data, err
}

// List lists blobs: see [Blobs].
func (d *Dir) List(ctx context.Context, prefix string, f func(key string, put time.Time) bool) error {
	folder, one := strings.CutSuffix(prefix, "/")
	if one {
		_, err := d.listFolder(ctx, folder, f)
		return err
	}
	folders, err := os.ReadDir(d.path)
	for _, entry := range folders {
		if !entry.IsDir() {
			continue
		}
		more, err := d.listFolder(ctx, entry.Name(), f)
		if err != nil || !more {
			return err
		}
	}
	return err
}

// listFolder returns false if f does.
func (d *Dir) listFolder(ctx context.Context, folder string, f func(key string, put time.Time) bool) (more bool, err error) {
	files, err := os.ReadDir(filepath.Join(d.path, folder))
	if errors.Is(err, fs.ErrNotExist) {
		return true, ctx.Err()
	}
	for _, entry := range files {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) || strings.HasSuffix(entry.Name(), unfinished) {
			continue
		}
		if err != nil || !f(folder+"/"+entry.Name(), info.ModTime()) {
			return false, err
		}
	}
	return true, err
}

// Delete deletes blobs, and folders that are empty then.
func (d *Dir) Delete(ctx context.Context, keys ...string) error {
	for _, key := range keys {
		if err := ctx.Err(); err != nil {
			return err
		}
		path := d.file(key)
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		_ = os.Remove(filepath.Dir(path)) // fails if there is another blob
	}
	return nil
}
