// Package parquet reads Parquet files as items of distributed Maps:
//
//	r := &itemreader.ObjectReader{
//		Objects: store,
//		Formats: map[string]itemreader.Format{"PARQUET": parquet.Format{}},
//	}
//
// A row is an object whose members have the order of the file's columns. Groups are
// objects, lists are arrays, and maps are objects with sorted keys. Missing values
// are null. Decimals are numbers, and dates and timestamps are the integers that the
// file has. How AWS converts them is not known (docs/evidence.md#parquet-types).
package parquet

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/gostates/gostates/interpreter/itemreader"
	"github.com/gostates/gostates/value"
)

// AWS's limits, in bytes.
const (
	maxFooter   = 5 << 20
	maxRowGroup = 256 << 20
)

// Format reads Parquet files. It implements [itemreader.Format] and is safe for
// concurrent use.
type Format struct{}

// Open implements [itemreader.Format].
func (Format) Open(_ context.Context, data io.ReaderAt, size, first int64) (_ itemreader.Rows, err error) {
	defer recoverDamage(&err)
	if err := checkFooter(data, size); err != nil {
		return nil, err
	}
	file, err := parquet.OpenFile(data, size, parquet.SkipBloomFilters(true), parquet.ReadBufferSize(256<<10))
	if err != nil {
		return nil, fmt.Errorf("parquet: %w", err)
	}
	for i, group := range file.Metadata().RowGroups {
		if group.TotalByteSize > maxRowGroup {
			return nil, fmt.Errorf("parquet: row group %d has %d bytes, more than the limit of %d", i, group.TotalByteSize, maxRowGroup)
		}
	}
	if first >= file.NumRows() {
		return ended{}, nil
	}
	r := parquet.NewGenericReader[any](file)
	if err := r.SeekToRow(first); err != nil {
		r.Close()
		return nil, fmt.Errorf("parquet: %w", err)
	}
	return &rows{reader: r, schema: file.Schema()}, nil
}

// checkFooter refuses a file whose footer would take much memory.
func checkFooter(data io.ReaderAt, size int64) error {
	const trailer = 8 // length of the footer, and a mark
	var b [trailer]byte
	if size < trailer {
		return errors.New("parquet: not a Parquet file: it is too short")
	}
	if _, err := data.ReadAt(b[:], size-trailer); err != nil && err != io.EOF {
		return err
	}
	if string(b[4:]) != "PAR1" {
		return errors.New("parquet: not a Parquet file: it does not end with PAR1")
	}
	if n := binary.LittleEndian.Uint32(b[:]); n > maxFooter {
		return fmt.Errorf("parquet: the footer has %d bytes, more than the limit of %d", n, maxFooter)
	}
	return nil
}

// recoverDamage makes an error of a panic: parquet-go trusts its files.
func recoverDamage(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("parquet: damaged file: %v", r)
	}
}

// ended has no rows.
type ended struct{}

func (ended) Next() (any, int, error) { return nil, 0, io.EOF }
func (ended) Close() error            { return nil }

type rows struct {
	reader *parquet.GenericReader[any]
	schema *parquet.Schema
	room   [16]any
	next   []any // in room
	err    error // after next
}

func (r *rows) Close() (err error) {
	defer recoverDamage(&err)
	return r.reader.Close()
}

func (r *rows) Next() (row any, size int, err error) {
	defer recoverDamage(&err)
	for len(r.next) == 0 {
		if r.err != nil {
			return nil, 0, r.err
		}
		clear(r.room[:])
		n, err := r.reader.Read(r.room[:])
		r.next = r.room[:n]
		if err != nil && err != io.EOF {
			err = fmt.Errorf("parquet: %w", err)
		}
		if r.err = err; n == 0 && err == nil {
			r.err = io.ErrNoProgress
		}
	}
	row, err = convertValue(r.schema, r.next[0])
	if err != nil {
		return nil, 0, fmt.Errorf("parquet: %w", err)
	}
	r.next = r.next[1:]
	return row, value.Size(row), nil
}

// convertValue converts what parquet-go reads for a node of the schema, which has
// Go maps for groups.
func convertValue(node parquet.Node, v any) (any, error) {
	switch v := v.(type) {
	case map[string]any:
		if element := mapValue(node); element != nil {
			return convertMap(element, v)
		}
		return convertGroup(node, v)
	case []any:
		return convertList(listElement(node), v)
	}
	return value.From(v)
}

func convertGroup(group parquet.Node, v map[string]any) (any, error) {
	o := value.NewObject(len(v))
	if group == nil || group.Leaf() { // a JSON column
		return value.From(v)
	}
	for _, field := range group.Fields() {
		member, err := convertValue(field, v[field.Name()])
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", field.Name(), err)
		}
		o.Set(field.Name(), member)
	}
	return o, nil
}

func convertMap(element parquet.Node, v map[string]any) (any, error) {
	o := value.NewObject(len(v))
	for _, key := range slices.Sorted(maps.Keys(v)) {
		member, err := convertValue(element, v[key])
		if err != nil {
			return nil, err
		}
		o.Set(key, member)
	}
	return o, nil
}

func convertList(element parquet.Node, v []any) (any, error) {
	list := make([]any, len(v))
	for i, item := range v {
		var err error
		if list[i], err = convertValue(element, item); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// mapValue returns the node of a map's values, or nil if node is not a map.
func mapValue(node parquet.Node) parquet.Node {
	if node == nil || node.Leaf() {
		return nil
	}
	if t := node.Type().LogicalType(); t == nil {
		return nil
	} else if _, ok := t.Value.(*format.MapType); !ok {
		return nil
	}
	pairs := node.Fields()
	if len(pairs) != 1 || pairs[0].Leaf() || len(pairs[0].Fields()) != 2 {
		return nil
	}
	return pairs[0].Fields()[1]
}

// listElement returns the node of a list's elements: that of a LIST, or the repeated
// node itself.
func listElement(node parquet.Node) parquet.Node {
	if node == nil || node.Leaf() {
		return node
	}
	if t := node.Type().LogicalType(); t == nil {
		return node
	} else if _, ok := t.Value.(*format.ListType); !ok {
		return node
	}
	repeated := node.Fields()
	if len(repeated) != 1 || repeated[0].Leaf() || len(repeated[0].Fields()) != 1 {
		return nil
	}
	return repeated[0].Fields()[0]
}
