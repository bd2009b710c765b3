package objects

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// MemoryStore is an object store in memory, for tests and examples. It has no
// versions. The ETag of an object is the quoted MD5 of its content, as in S3. A
// MemoryStore is safe for concurrent use.
type MemoryStore struct {
	// Now is the clock of LastModified. nil means time.Now. It must be set before
	// the first use of the store.
	Now func() time.Time

	mu      sync.RWMutex
	buckets map[string]*bucket
}

type bucket struct {
	objects map[string]memoryObject
	keys    []string // sorted; nil after a new key
}

type memoryObject struct {
	info Info
	body []byte // never changed
}

// Memory returns a store in memory that has these buckets, all empty.
func Memory(buckets ...string) *MemoryStore {
	m := &MemoryStore{buckets: map[string]*bucket{}}
	for _, name := range buckets {
		m.buckets[name] = &bucket{objects: map[string]memoryObject{}}
	}
	return m
}

// Set stores an object, and creates its bucket if it is missing. The store keeps
// body, which must not be changed afterwards.
func (m *MemoryStore) Set(bucketName, key string, body []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := m.buckets[bucketName]
	if b == nil {
		b = &bucket{objects: map[string]memoryObject{}}
		m.buckets[bucketName] = b
	}
	m.setObject(b, key, body)
}

func (m *MemoryStore) setObject(b *bucket, key string, body []byte) {
	now := time.Now
	if m.Now != nil {
		now = m.Now
	}
	sum := md5.Sum(body)
	if _, known := b.objects[key]; !known {
		b.keys = nil
	}
	b.objects[key] = memoryObject{body: body, info: Info{
		Key: key, Size: int64(len(body)), ETag: `"` + hex.EncodeToString(sum[:]) + `"`,
		LastModified: now(), StorageClass: "STANDARD",
	}}
}

// Get implements [Objects].
func (m *MemoryStore) Get(ctx context.Context, bucketName, key string, o GetOptions) (*Object, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	fail := func(err error) (*Object, error) {
		return nil, &Error{Op: "get", Bucket: bucketName, Key: key, Err: err}
	}
	b := m.buckets[bucketName]
	if b == nil {
		return fail(ErrNoSuchBucket)
	}
	object, known := b.objects[key]
	if !known {
		return fail(ErrNoSuchKey)
	}
	if err := cmpOr(ctx.Err(), checkOptions(o, object.info)); err != nil {
		return fail(err)
	}
	from := min(o.Offset, object.info.Size)
	to := object.info.Size
	if o.Length > 0 && o.Length < to-from {
		to = from + o.Length
	}
	return &Object{Info: object.info, Body: io.NopCloser(bytes.NewReader(object.body[from:to]))}, nil
}

// cmpOr returns the first error that is not nil.
func cmpOr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// checkOptions returns the reason why an object of a store without versions does
// not satisfy o. S3 calls the version of an object that has none "null".
func checkOptions(o GetOptions, info Info) error {
	switch {
	case o.Offset < 0 || o.Length < 0:
		return fmt.Errorf("range of %d bytes at offset %d: neither may be negative", o.Length, o.Offset)
	case o.VersionID != "" && o.VersionID != "null":
		return ErrNoSuchVersion
	case o.ETag != "" && o.ETag != info.ETag:
		return ErrChanged
	}
	return nil
}

// List implements [Objects].
func (m *MemoryStore) List(ctx context.Context, bucketName string, o ListOptions) (*Page, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := m.buckets[bucketName]
	if b == nil {
		return nil, &Error{Op: "list", Bucket: bucketName, Key: o.Prefix, Err: ErrNoSuchBucket}
	}
	if err := ctx.Err(); err != nil {
		return nil, &Error{Op: "list", Bucket: bucketName, Key: o.Prefix, Err: err}
	}
	if b.keys == nil {
		b.keys = slices.Sorted(maps.Keys(b.objects))
	}
	first, known := slices.BinarySearch(b.keys, max(o.Prefix, o.After))
	if known && o.After >= o.Prefix && o.After != "" {
		first++
	}
	size := pageSize(o.Max)
	page := &Page{}
	for _, key := range b.keys[first:] {
		if !strings.HasPrefix(key, o.Prefix) {
			break
		}
		if len(page.Objects) == size {
			page.More = true
			break
		}
		page.Objects = append(page.Objects, b.objects[key].info)
	}
	return page, nil
}

// pageSize returns the number of objects on a page of a listing.
func pageSize(limit int) int {
	const usual = 10000 // a page costs FS and Dir a walk through the folders
	if limit <= 0 {
		return usual
	}
	return limit
}

// Put implements [Objects].
func (m *MemoryStore) Put(ctx context.Context, bucketName, key string) (Writer, error) {
	w := &memoryWriter{store: m, ctx: ctx, bucket: bucketName, key: key}
	if key == "" {
		return nil, w.errorOf(ErrInvalidKey)
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.buckets[bucketName] == nil {
		return nil, w.errorOf(ErrNoSuchBucket)
	}
	return w, nil
}

type memoryWriter struct {
	store       *MemoryStore
	ctx         context.Context
	bucket, key string
	body        bytes.Buffer
	closed      bool
}

var errWriterClosed = errors.New("the writer is closed")

func (w *memoryWriter) errorOf(err error) error {
	return &Error{Op: "put", Bucket: w.bucket, Key: w.key, Err: err}
}

func (w *memoryWriter) Write(p []byte) (int, error) {
	if w.closed {
		return 0, w.errorOf(errWriterClosed)
	}
	if err := w.ctx.Err(); err != nil {
		return 0, w.errorOf(err)
	}
	return w.body.Write(p)
}

func (w *memoryWriter) Close() error {
	if w.closed {
		return w.errorOf(errWriterClosed)
	}
	w.closed = true
	if err := w.ctx.Err(); err != nil {
		return w.errorOf(err)
	}
	w.store.mu.Lock()
	defer w.store.mu.Unlock()
	w.store.setObject(w.store.buckets[w.bucket], w.key, w.body.Bytes())
	return nil
}

func (w *memoryWriter) Abort() error {
	w.closed = true
	return nil
}
