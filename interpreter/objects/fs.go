package objects

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"
)

// FS returns the files of a file system as objects: the bucket is a folder at the
// top, and the key is the path in it. Put is refused with [ErrAccessDenied]. Two
// versions of a file have the same ETag if neither size nor time of change
// differ. Reading a file that is changed in place meanwhile ends with [ErrChanged].
// Files whose names are not UTF-8, and files that are not regular, are not objects.
// A folder is not an object either, in contrast to the folder markers of S3.
//
// The result is safe for concurrent use if fsys is.
func FS(fsys fs.FS) Objects { return files{fsys} }

type files struct{ fsys fs.FS }

func (f files) Put(_ context.Context, bucket, key string) (Writer, error) {
	return nil, &Error{Op: "put", Bucket: bucket, Key: key, Err: fmt.Errorf("%w: the file system is read only", ErrAccessDenied)}
}

// isBucketName reports whether a folder at the top can have this name.
func isBucketName(bucket string) bool {
	return bucket != "." && fs.ValidPath(bucket) && !strings.Contains(bucket, "/")
}

// checkPlace checks that a file can have this bucket and key.
func checkPlace(bucket, key string) error {
	switch {
	case !isBucketName(bucket):
		return ErrNoSuchBucket
	case key == "." || !fs.ValidPath(key):
		return fmt.Errorf("%w: not a path inside a folder", ErrInvalidKey)
	}
	return nil
}

// reasonOf returns the reason of this package for an error of a file system.
func (f files) reasonOf(err error, bucket string) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if info, err := fs.Stat(f.fsys, bucket); err != nil || !info.IsDir() {
			return ErrNoSuchBucket
		}
		return ErrNoSuchKey
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: %w", ErrAccessDenied, err)
	}
	return err
}

func describeFile(key string, info fs.FileInfo) Info {
	modified := info.ModTime()
	nanoseconds := int64(0)
	if !modified.IsZero() {
		nanoseconds = modified.UnixNano()
	}
	return Info{
		Key: key, Size: info.Size(), ETag: fmt.Sprintf(`"%x-%x"`, nanoseconds, info.Size()),
		LastModified: modified, StorageClass: "STANDARD",
	}
}

// Get checks the kind of the file before it opens it: to open a pipe blocks.
func (f files) Get(ctx context.Context, bucket, key string, o GetOptions) (*Object, error) {
	object, err := f.openFile(ctx, bucket, key, o)
	if err != nil {
		return nil, &Error{Op: "get", Bucket: bucket, Key: key, Err: err}
	}
	return object, nil
}

func (f files) openFile(ctx context.Context, bucket, key string, o GetOptions) (*Object, error) {
	if err := cmpOr(ctx.Err(), checkPlace(bucket, key)); err != nil {
		return nil, err
	}
	name := bucket + "/" + key
	info, err := fs.Stat(f.fsys, name)
	if err != nil {
		return nil, f.reasonOf(err, bucket)
	}
	if !info.Mode().IsRegular() {
		return nil, ErrNoSuchKey
	}
	file, err := f.fsys.Open(name)
	if err != nil {
		return nil, f.reasonOf(err, bucket)
	}
	object, err := openRange(ctx, file, key, o)
	if err != nil {
		file.Close()
		return nil, err
	}
	return object, nil
}

func openRange(ctx context.Context, file fs.File, key string, o GetOptions) (*Object, error) {
	stat, err := file.Stat() // of the open file, which a Put may have replaced
	if err != nil {
		return nil, err
	}
	info := describeFile(key, stat)
	if err := checkOptions(o, info); err != nil {
		return nil, err
	}
	if o.Offset > 0 {
		if seeker, ok := file.(io.Seeker); ok {
			_, err = seeker.Seek(o.Offset, io.SeekStart)
		} else if _, err = io.CopyN(io.Discard, file, o.Offset); err == io.EOF {
			err = nil
		}
		if err != nil {
			return nil, err
		}
	}
	body := &fileBody{ctx: ctx, file: file, rest: file, stat: stat}
	if o.Length > 0 {
		body.rest = io.LimitReader(file, o.Length)
	}
	return &Object{Info: info, Body: body}, nil
}

// fileBody reads a file until its context is done or the file is changed in place.
type fileBody struct {
	ctx  context.Context
	file fs.File
	rest io.Reader
	stat fs.FileInfo // when it was opened
}

func (b *fileBody) Read(p []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := b.rest.Read(p)
	now, statErr := b.file.Stat()
	if statErr == nil && (now.Size() != b.stat.Size() || !now.ModTime().Equal(b.stat.ModTime())) {
		return 0, ErrChanged
	}
	return n, cmpOr(err, statErr)
}

func (b *fileBody) Close() error { return b.file.Close() }

func (f files) List(ctx context.Context, bucket string, o ListOptions) (*Page, error) {
	l := &listing{ctx: ctx, fsys: f.fsys, bucket: bucket, o: o, size: pageSize(o.Max)}
	err := l.listBucket()
	if err != nil && err != errPageFull {
		return nil, &Error{Op: "list", Bucket: bucket, Key: o.Prefix, Err: err}
	}
	return &l.page, nil
}

// listing makes one page of a listing.
type listing struct {
	ctx    context.Context
	fsys   fs.FS
	bucket string
	o      ListOptions
	size   int
	page   Page
}

var errPageFull = errors.New("page full")

func (l *listing) listBucket() error {
	if !isBucketName(l.bucket) {
		return ErrNoSuchBucket
	}
	info, err := fs.Stat(l.fsys, l.bucket)
	if err != nil || !info.IsDir() {
		return cmpOr(l.ctx.Err(), notMissing(err), ErrNoSuchBucket)
	}
	return l.walkFolder("")
}

// notMissing returns err unless it says that a file does not exist.
func notMissing(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: %w", ErrAccessDenied, err)
	}
	return err
}

// walkFolder lists the files of the folder whose keys begin with path, which is
// empty or ends with a slash. The order of keys is not that of names: a folder
// "a" comes after a file "a.txt", because its keys begin with "a/".
func (l *listing) walkFolder(path string) error {
	if err := l.ctx.Err(); err != nil {
		return err
	}
	entries, err := fs.ReadDir(l.fsys, strings.TrimSuffix(l.bucket+"/"+path, "/"))
	if err != nil {
		return notMissing(err) // a folder that was removed meanwhile is empty
	}
	type child struct {
		key   string // of a file; of a folder: the beginning of its keys
		entry fs.DirEntry
	}
	children := make([]child, 0, len(entries))
	for _, entry := range entries {
		key := path + entry.Name()
		if entry.IsDir() {
			key += "/"
		}
		if l.mayList(key, entry.IsDir()) {
			children = append(children, child{key, entry})
		}
	}
	slices.SortFunc(children, func(a, b child) int { return strings.Compare(a.key, b.key) })
	for _, c := range children {
		if c.entry.IsDir() {
			err = l.walkFolder(c.key)
		} else {
			err = l.addFile(c.key, c.entry)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// mayList reports whether the listing has this key, or can have keys that begin
// with it.
func (l *listing) mayList(key string, isFolder bool) bool {
	if !utf8.ValidString(key) {
		return false
	}
	if isFolder {
		return (strings.HasPrefix(key, l.o.Prefix) || strings.HasPrefix(l.o.Prefix, key)) &&
			(key > l.o.After || strings.HasPrefix(l.o.After, key))
	}
	return strings.HasPrefix(key, l.o.Prefix) && key > l.o.After
}

func (l *listing) addFile(key string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		info, err = fs.Stat(l.fsys, l.bucket+"/"+key)
	}
	if err != nil || !info.Mode().IsRegular() {
		return nil // removed meanwhile, or a link that leads nowhere or out
	}
	if len(l.page.Objects) == l.size {
		l.page.More = true
		return errPageFull
	}
	l.page.Objects = append(l.page.Objects, describeFile(key, info))
	return nil
}
