package objects

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
)

// Dir returns the files in a folder as objects, by the rules of [FS], and also
// writes them. Put creates the folders of a key, but not the bucket. Neither a
// key nor a symbolic link leads out of the folder. A key cannot be the folder of
// another key: "a" and "a/b" exclude each other.
//
// Put writes a file named .put-… beside the buckets. Close syncs it, renames it
// and syncs the folders, so that after a crash the object is there as a whole or
// not at all. A crash before Close leaves that file, which may be removed.
//
// A relative path refers to the current folder at the time of the call. The
// result is safe for concurrent use, also by several processes.
func Dir(folder string) Objects {
	if absolute, err := filepath.Abs(folder); err == nil {
		folder = absolute
	}
	return dir(folder)
}

type dir string

func (d dir) Get(ctx context.Context, bucket, key string, o GetOptions) (*Object, error) {
	root, err := os.OpenRoot(string(d))
	if err != nil {
		return nil, &Error{Op: "get", Bucket: bucket, Key: key, Err: err}
	}
	defer root.Close() // open files stay open
	return files{root.FS()}.Get(ctx, bucket, key, o)
}

func (d dir) List(ctx context.Context, bucket string, o ListOptions) (*Page, error) {
	root, err := os.OpenRoot(string(d))
	if err != nil {
		return nil, &Error{Op: "list", Bucket: bucket, Key: o.Prefix, Err: err}
	}
	defer root.Close()
	return files{root.FS()}.List(ctx, bucket, o)
}

func (d dir) Put(ctx context.Context, bucket, key string) (Writer, error) {
	w := &dirWriter{ctx: ctx, bucket: bucket, key: key}
	err := w.openTemporary(string(d))
	if err != nil {
		if w.root != nil {
			w.root.Close()
		}
		return nil, w.errorOf(err)
	}
	return w, nil
}

// dirWriter writes a temporary file at the top of the folder, where no listing
// finds it: a file there is not a bucket.
type dirWriter struct {
	ctx         context.Context
	root        *os.Root
	bucket, key string
	temporary   string
	file        *os.File
	buffer      *bufio.Writer
	closed      bool
}

func (w *dirWriter) errorOf(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		err = fmt.Errorf("%w: %w", ErrAccessDenied, err)
	}
	return &Error{Op: "put", Bucket: w.bucket, Key: w.key, Err: err}
}

func (w *dirWriter) openTemporary(folder string) (err error) {
	if err := cmpOr(w.ctx.Err(), checkPlace(w.bucket, w.key)); err != nil {
		return err
	}
	if _, err := filepath.Localize(w.key); err != nil {
		return fmt.Errorf("%w: not a file name of this system", ErrInvalidKey)
	}
	if w.root, err = os.OpenRoot(folder); err != nil {
		return err
	}
	if info, err := w.root.Stat(w.bucket); err != nil || !info.IsDir() {
		return cmpOr(notMissing(err), fmt.Errorf("%w: %s has no folder %s", ErrNoSuchBucket, folder, w.bucket))
	}
	w.temporary = ".put-" + rand.Text()
	w.file, err = w.root.OpenFile(w.temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	w.buffer = bufio.NewWriterSize(w.file, 64<<10)
	return nil
}

func (w *dirWriter) Write(p []byte) (int, error) {
	if w.closed {
		return 0, w.errorOf(errWriterClosed)
	}
	if err := w.ctx.Err(); err != nil {
		return 0, w.errorOf(err)
	}
	n, err := w.buffer.Write(p)
	if err != nil {
		return n, w.errorOf(err)
	}
	return n, nil
}

func (w *dirWriter) Close() error {
	if w.closed {
		return w.errorOf(errWriterClosed)
	}
	if err := w.publishFile(); err != nil {
		w.Abort()
		return w.errorOf(err)
	}
	w.closed = true
	w.root.Close()
	return nil
}

func (w *dirWriter) publishFile() error {
	if err := cmpOr(w.ctx.Err(), w.buffer.Flush()); err != nil {
		return err
	}
	if err := cmpOr(w.file.Sync(), w.file.Close()); err != nil {
		return err
	}
	name := w.bucket + "/" + w.key
	folder := path.Dir(name)
	if err := w.root.MkdirAll(filepath.FromSlash(folder), 0o755); err != nil {
		return err
	}
	if err := w.root.Rename(w.temporary, filepath.FromSlash(name)); err != nil {
		return err
	}
	for ; ; folder = path.Dir(folder) {
		if err := w.syncFolder(folder); err != nil || folder == "." {
			return err
		}
	}
}

// syncFolder makes the names in a folder durable. Windows cannot sync a folder.
func (w *dirWriter) syncFolder(folder string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := w.root.Open(filepath.FromSlash(folder))
	if err != nil {
		return err
	}
	return cmpOr(f.Sync(), f.Close())
}

func (w *dirWriter) Abort() error {
	if w.closed {
		return nil
	}
	w.closed = true
	w.file.Close()
	err := w.root.Remove(w.temporary)
	w.root.Close()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return w.errorOf(err)
	}
	return nil
}
