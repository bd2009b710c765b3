package interpreter

import (
	"bytes"
	"errors"

	"github.com/gostates/gostates/interpreter/itemreader"
	"github.com/gostates/gostates/interpreter/machine"
)

// readItems reads the next items of a Map Run.
func (r *mapRun) readItems(c *machine.MapRunCommand) {
	if r.ctx.Err() != nil {
		return
	}
	chunk, err := r.nextChunk(c)
	if err != nil {
		r.closeItems()
		r.fail(machine.ItemsFailed, err)
		return
	}
	r.cursor = bytes.Clone(chunk.Cursor)
	r.tell(machine.Event{Kind: machine.ItemsRead, MapRun: &machine.MapRunEvent{
		Index: c.First, Items: chunk.Items, Keys: chunk.Keys, Source: chunk.Source, Cursor: r.cursor, End: chunk.End,
	}})
}

func (r *mapRun) nextChunk(c *machine.MapRunCommand) (*itemreader.Chunk, error) {
	if r.items == nil || !bytes.Equal(r.cursor, c.Cursor) {
		r.closeItems()
		items, err := r.openItems(c)
		if err != nil {
			return nil, err
		}
		r.items = items
	}
	items := r.items
	chunk, err := callMapHook(r,
		func() (*itemreader.Chunk, error) { return items.Next(c.MaxItems, c.MaxBytes) },
		func(*itemreader.Chunk) { _ = items.Close() })
	switch {
	case err == errMapCallLeft: //nolint:errorlint // it is never wrapped
		r.items = nil // closed when the call returns
		return nil, err
	case err != nil:
		return nil, err
	case chunk == nil || len(chunk.Items) == 0 && !chunk.End:
		return nil, errors.New("the reader returned neither items nor the end")
	case len(chunk.Items) > c.MaxItems:
		return nil, errors.New("the reader returned more items than it was asked for")
	case chunk.Keys != nil && len(chunk.Keys) != len(chunk.Items):
		return nil, errors.New("the reader returned another number of keys than of items")
	case len(chunk.Cursor) > machine.MaxCursor:
		return nil, errors.New("the reader returned a cursor that is too long")
	}
	return chunk, nil
}

func (r *mapRun) openItems(c *machine.MapRunCommand) (itemreader.Items, error) {
	reader := r.parent.in.itemReader
	if reader == nil {
		return nil, errNoReader
	}
	q := &itemreader.Request{
		Resource: c.Source.Resource, Arguments: c.Source.Parameters,
		Config: itemreader.Config(c.Source.Config), Cursor: c.Cursor,
	}
	return callMapHook(r, func() (itemreader.Items, error) {
		items, err := reader.Open(r.ctx, q)
		if err == nil && items == nil {
			err = errors.New("the reader returned neither items nor an error")
		}
		return items, err
	}, closeLate)
}

func closeLate(items itemreader.Items) {
	if items != nil {
		_ = items.Close()
	}
}

// closeItems closes the reader, if it is open.
func (r *mapRun) closeItems() {
	items := r.items
	r.items, r.cursor = nil, nil
	if items != nil {
		_, _ = callMapHook(r, func() (struct{}, error) { return struct{}{}, items.Close() }, func(struct{}) {})
	}
}

// itemReaderError returns the error that a reader chose the name and cause of.
func itemReaderError(err error) (e *itemreader.Error, ok bool) {
	ok = errors.As(err, &e)
	return e, ok && e != nil
}
