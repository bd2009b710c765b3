package objects

import (
	"context"
	"io"
	"time"
)

// Objects is an object store. Its methods are called from several goroutines at
// once.
//
// The interpreter guards each call: a panic or a runtime.Goexit of a method
// becomes an error of the Map that called it. It cannot stop a method that
// blocks, so an implementation must return when its context is done.
//
// An implementation reports a missing bucket or key, a refusal and a changed
// object with the errors of this package, wrapped or not. Package objectstest
// tests an implementation.
type Objects interface {
	// Get opens an object. The caller closes its Body.
	Get(ctx context.Context, bucket, key string, o GetOptions) (*Object, error)

	// List returns the objects whose keys begin with o.Prefix and come after
	// o.After, in the order of the bytes of their keys. A page may be shorter than
	// o.Max; Page.More says whether there are further objects.
	List(ctx context.Context, bucket string, o ListOptions) (*Page, error)

	// Put starts to write an object, which appears, or replaces the one that has
	// the key, when Close of its Writer returns nil. Nobody sees a part of it.
	Put(ctx context.Context, bucket, key string) (Writer, error)
}

// GetOptions selects what [Objects.Get] opens. The zero value opens the whole
// of the newest version.
type GetOptions struct {
	Offset int64 // of the first byte; a Body that begins at the object's end or after it is empty
	Length int64 // maximum length of the Body in bytes; 0 means up to the object's end

	VersionID string // empty means the newest version
	ETag      string // unless empty, another ETag of the object is [ErrChanged]

	ExpectedBucketOwner string // account ID; stores without owners ignore it
}

// Info describes an object.
type Info struct {
	Key          string // UTF-8
	Size         int64  // of the whole object, in bytes
	ETag         string // with its quotes, as S3 writes it; differs when the content differs
	VersionID    string // empty in a store without versions, and in a listing
	LastModified time.Time
	StorageClass string // such as STANDARD
}

// Object is an open object.
type Object struct {
	Info
	Body io.ReadCloser // the bytes that GetOptions select; its Close may come early
}

// ListOptions selects what [Objects.List] returns. The zero value selects the
// first objects of the bucket.
type ListOptions struct {
	Prefix string // of the keys
	After  string // only keys greater than this one
	Max    int    // number of objects; 0 means the store's choice

	ExpectedBucketOwner string // account ID; stores without owners ignore it
}

// Page is a part of a listing.
type Page struct {
	Objects []Info
	More    bool // whether objects come after the last one of this page
}

// Writer writes an object. It is not safe for concurrent use.
type Writer interface {
	io.Writer

	// Close publishes the object. The object is safe on its medium when Close
	// returns nil. After an error the object is there as a whole or not at all.
	Close() error

	// Abort gives the object up. After Close it does nothing, so that it can be
	// deferred.
	Abort() error
}
