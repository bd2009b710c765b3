package itemreader

import (
	"context"
	"fmt"

	"github.com/gostates/gostates/asl"
)

// Reader reads the items of an ItemReader. It is safe for concurrent use.
type Reader interface {
	// Open starts to read at r.Cursor. The context ends all calls of the Items.
	Open(ctx context.Context, r *Request) (Items, error)
}

// Request is an ItemReader, evaluated. It must not be changed.
type Request struct {
	Resource  string // as in the definition: "arn:aws:states:::s3:getObject"
	Arguments any    // the evaluated Parameters or Arguments, of package value; nil means none
	Config    Config

	Cursor []byte // of the latest Chunk; nil means the beginning
	Skip   int64  // number of items after the cursor to leave out
}

// Config is the ReaderConfig of an ItemReader, evaluated. Strings are empty if the
// field is missing.
type Config struct {
	InputType         string   // CSV, JSON, JSONL, PARQUET or MANIFEST
	Transformation    string   // NONE or LOAD_AND_FLATTEN
	ManifestType      string   // S3_INVENTORY or ATHENA_DATA
	CSVDelimiter      string   // COMMA, PIPE, SEMICOLON, SPACE or TAB
	CSVHeaderLocation string   // FIRST_ROW or GIVEN
	CSVHeaders        []string // nil means none
	ItemsPointer      string   // a JSON Pointer
	MaxItems          int64    // of the whole Map Run; 0 means all
}

// Items is an open ItemReader. Its methods are called by one goroutine at a time.
type Items interface {
	// Next returns the next items: at most max of them, and no more after those that
	// take maxBytes as JSON. It returns at least one item, or a Chunk with End, or an
	// error. An error is one of the Map Run, of type *[Error] or with the message as
	// its cause, unless the context is done.
	Next(max, maxBytes int) (*Chunk, error)

	// Close releases what Items holds. It is called once.
	Close() error
}

// Chunk is a number of items that come one after another from the same source.
type Chunk struct {
	Items  []any    // of package value
	Keys   []string // by item, if they are members of an object; nil means that they are not
	Source string   // Map.Item.Source of all Items: s3://bucket/key

	// Cursor says where the item after the Items is. It is opaque, at most MaxCursor
	// bytes, and outlives the process. A reader that starts there returns the items
	// that this one would return, or an error if they have changed.
	Cursor []byte
	End    bool // no item follows
}

// MaxCursor is the maximum length of a cursor in bytes.
const MaxCursor = 4096

// Error is a failure of a Map Run that its Retriers and Catchers see.
type Error struct {
	Name  string // empty means States.ItemReaderFailed
	Cause string // in AWS's words, if it has any
	Err   error  // the reason, or nil
}

// Error returns the name and the cause.
func (e *Error) Error() string {
	name := e.Name
	if name == "" {
		name = asl.StatesItemReaderFailed
	}
	return name + ": " + e.Cause
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

func failf(format string, args ...any) error {
	return &Error{Cause: fmt.Sprintf(format, args...)}
}

// AWS's causes. Those of other failures are our own (docs/evidence.md#reader-failures).
var (
	errNotIterable      = &Error{Cause: "Attempting to map over non-iterable node."}
	errDuplicateHeaders = &Error{Cause: "CSV headers cannot contain duplicates."}
	errOnlyHeaders      = &Error{Cause: "The CSV file contains only CSV headers."} // docs/evidence.md#csv-only-headers
	errNegativeMaxItems = &Error{Cause: "field MaxItems must be positive"}
)
