package itemreader

import (
	"context"
	"io"
)

// Format reads a binary format, in which one row is one item. It is safe for
// concurrent use.
type Format interface {
	// Open starts to read at row number first, counted from 0. The context ends the
	// calls of data. The rows of a file without this row are at their end.
	Open(ctx context.Context, data io.ReaderAt, size, first int64) (Rows, error)
}

// Rows is an open file of a Format. Its methods are called by one goroutine at a
// time.
type Rows interface {
	// Next returns the next row, a value of package value, and about how many bytes
	// it takes as JSON. It returns io.EOF after the last row.
	Next() (row any, size int, err error)
	Close() error
}

// rows are the items of one object.
type rows interface {
	// next reads the next row. It returns io.EOF after the last one.
	next(r *row) error
	// place returns where the row after the latest one is, to be opened again.
	place() place
	Close() error
}

// row is an item of an object.
type row struct {
	value any
	key   string // of an object's member
	keyed bool
	size  int // about, in bytes of JSON
}

// place is a position in an object.
type place struct {
	offset int64    // in the decompressed bytes; of a Format: a row number
	mode   jsonMode // of JSON
	packed string   // name of the compression; empty means none
}

// formatRows are the rows of a Format.
type formatRows struct {
	rows Rows
	at   int64
}

func (f *formatRows) next(r *row) error {
	v, size, err := f.rows.Next()
	if err != nil {
		return err
	}
	f.at++
	*r = row{value: v, size: size}
	return nil
}

func (f *formatRows) place() place { return place{offset: f.at} }
func (f *formatRows) Close() error { return f.rows.Close() }
