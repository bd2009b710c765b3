package interpreter

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/gostates/gostates/interpreter/itemreader"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// enqueueRead has items read: at once, or when the children that run hold no more than
// Limits.HeldBytes. One child may hold more.
func (r *mapRun) enqueueRead(read func()) {
	r.mu.Lock()
	wait := r.holdsTooMuch()
	if wait {
		r.postponed = read
	}
	r.mu.Unlock()
	if !wait {
		r.reading.enqueue(read)
	}
}

// holdsTooMuch reports whether no more items must be read. The caller holds mu.
func (r *mapRun) holdsTooMuch() bool {
	limit := r.parent.program.Load().Limits().HeldBytes
	return limit >= 0 && r.held > limit && len(r.children) > 0
}

// takePostponed returns the read that was postponed, if it is its time. The caller holds
// mu.
func (r *mapRun) takePostponed() (read func()) {
	if r.postponed != nil && !r.holdsTooMuch() {
		read, r.postponed = r.postponed, nil
	}
	return read
}

// readItems reads the next items of a Map Run.
func (r *mapRun) readItems(c *machine.MapRunCommand, maxItems, maxBytes int) {
	if r.ctx.Err() != nil || r.parent.in.itemReader == nil && r.parksWithout(errNoReader) {
		return
	}
	chunk, err := r.nextChunk(c, maxItems, maxBytes)
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

func (r *mapRun) nextChunk(c *machine.MapRunCommand, maxItems, maxBytes int) (*itemreader.Chunk, error) {
	if r.items == nil || !bytes.Equal(r.cursor, c.Cursor) {
		r.closeItems()
		items, err := r.openItems(c)
		if err != nil {
			return nil, err
		}
		r.items = items
	}
	items := r.items
	chunk, err := callMapHook(r.ctx,
		func() (*itemreader.Chunk, error) { return items.Next(maxItems, maxBytes) },
		func(*itemreader.Chunk) { _ = items.Close() })
	switch {
	case err == errMapCallLeft: //nolint:errorlint // it is never wrapped
		r.items = nil // closed when the call returns
		return nil, err
	case err != nil:
		return nil, err
	}
	return chunk, checkChunk(chunk, maxItems)
}

// checkChunk returns an error for what no reader may return.
func checkChunk(chunk *itemreader.Chunk, maxItems int) error {
	switch {
	case chunk == nil || len(chunk.Items) == 0 && !chunk.End:
		return errors.New("the reader returned neither items nor the end")
	case len(chunk.Items) > maxItems:
		return errors.New("the reader returned more items than it was asked for")
	case chunk.Keys != nil && len(chunk.Keys) != len(chunk.Items):
		return errors.New("the reader returned another number of keys than of items")
	case len(chunk.Cursor) > machine.MaxCursor:
		return errors.New("the reader returned a cursor that is too long")
	}
	for _, item := range chunk.Items {
		if err := value.Check(item); err != nil {
			return fmt.Errorf("the reader returned an item that is not a value: %w", err)
		}
	}
	return nil
}

func (r *mapRun) openItems(c *machine.MapRunCommand) (itemreader.Items, error) {
	return openReader(r.ctx, r.parent.in.itemReader, c)
}

func openReader(ctx context.Context, reader itemreader.Reader, c *machine.MapRunCommand) (itemreader.Items, error) {
	if reader == nil {
		return nil, errNoReader
	}
	q := &itemreader.Request{
		Resource: c.Source.Resource, Arguments: c.Source.Parameters,
		Config: itemreader.Config(c.Source.Config), Cursor: c.Cursor,
	}
	return callMapHook(ctx, func() (itemreader.Items, error) {
		items, err := reader.Open(ctx, q)
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
		_, _ = callMapHook(r.ctx, func() (struct{}, error) { return struct{}{}, items.Close() }, func(struct{}) {})
	}
}

// itemReaderError returns the error that a reader chose the name and cause of.
func itemReaderError(err error) (e *itemreader.Error, ok bool) {
	ok = errors.As(err, &e)
	return e, ok && e != nil
}
