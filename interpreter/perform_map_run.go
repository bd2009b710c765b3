package interpreter

import (
	"bytes"
	"context"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/itemreader"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/mapresult"
	"github.com/gostates/gostates/interpreter/resultwriter"
)

// ReadItems carries out a ReadItems command outside of any [Interpreter], for an engine
// that drives [machine.Execution] itself. It opens the reader at the command's Cursor,
// reads at most MaxItems and about MaxBytes, and closes the reader. It is as an
// Interpreter reads: a panic of the reader, or what a reader must not return, is an error
// of the Map Run. A nil reader is one that the host has not configured.
//
// It returns ItemsRead or ItemsFailed, for [machine.Program.Step], or false if ctx has
// ended first.
func ReadItems(ctx context.Context, reader itemreader.Reader, c *machine.MapRunCommand) (machine.Event, bool) {
	chunk, err := readChunk(ctx, reader, c)
	switch {
	case ctx.Err() != nil:
		return machine.Event{}, false
	case err != nil:
		name, cause := mapRunFailure(err)
		return machine.Event{Kind: machine.ItemsFailed, Error: nilIfEmpty(name), Cause: nilIfEmpty(cause)}, true
	}
	return machine.Event{Kind: machine.ItemsRead, MapRun: &machine.MapRunEvent{
		Index: c.First, Items: chunk.Items, Keys: chunk.Keys, Source: chunk.Source, Cursor: bytes.Clone(chunk.Cursor), End: chunk.End,
	}}, true
}

func readChunk(ctx context.Context, reader itemreader.Reader, c *machine.MapRunCommand) (*itemreader.Chunk, error) {
	items, err := openReader(ctx, reader, c)
	if err != nil {
		return nil, err
	}
	chunk, err := callMapHook(ctx, func() (*itemreader.Chunk, error) { return items.Next(c.MaxItems, c.MaxBytes) },
		func(*itemreader.Chunk) { _ = items.Close() })
	if err == errMapCallLeft { //nolint:errorlint // it is never wrapped
		return nil, err // closed when the call returns
	}
	if err == nil {
		err = checkChunk(chunk, c.MaxItems)
	}
	_, _ = callMapHook(ctx, func() (struct{}, error) { return struct{}{}, items.Close() }, func(struct{}) {})
	return chunk, err
}

// MapRunResults writes the results of a Map Run outside of any [Interpreter], for an
// engine that drives [machine.Execution] itself and whose calls may come from different
// processes: each method opens the results with the Receipt, and gives them up again.
// So what the Writer keeps must outlive a process: [resultwriter.Files] needs a Folder
// that all of these processes share. Errors are for [ResultsFailed].
type MapRunResults struct {
	Writer      resultwriter.Writer // nil: the host has not configured one
	Arn         string              // of the Map Run
	Destination *machine.ResultDestination
	Receipt     []byte // of the last call of Put; nil: none
}

// Open begins the results, and finds out whether they can be written: OpenResults.
func (r *MapRunResults) Open(ctx context.Context) error {
	if isVolatile(r.Writer) {
		return errVolatile
	}
	_, err := withResults(ctx, r, func(resultwriter.Results) (struct{}, error) { return struct{}{}, nil })
	return err
}

// errVolatile says that results would not outlive a call.
var errVolatile = asl.Errorf(asl.StatesResultWriterFailed, "The results of a Map Run that several processes write need a resultwriter.Files with a Folder that they share.")

// Put writes records, each once, in the order of the calls.
func (r *MapRunResults) Put(ctx context.Context, records []mapresult.Record) (receipt []byte, err error) {
	receipt, err = withResults(ctx, r, func(results resultwriter.Results) ([]byte, error) { return results.Put(ctx, records) })
	if err == nil && len(receipt) > machine.MaxCursor {
		return nil, errLongReceipt
	}
	return receipt, err
}

// Close completes the results, and returns the result of the state. It may be called
// again.
func (r *MapRunResults) Close(ctx context.Context, status Status) (output any, err error) {
	output, err = withResults(ctx, r, func(results resultwriter.Results) (any, error) {
		return results.Close(ctx, resultwriter.Summary{Status: statusOf(status)})
	})
	if err == nil {
		err = checkResult(output)
	}
	return output, err
}

// Remove forgets what the Writer needs to go on.
func (r *MapRunResults) Remove(ctx context.Context) error {
	if r.Writer == nil {
		return nil
	}
	_, err := callMapHook(ctx, func() (struct{}, error) { return struct{}{}, r.Writer.Remove(ctx, r.Arn, 0) }, func(struct{}) {})
	return err
}

// withResults opens the results for one call.
func withResults[T any](ctx context.Context, r *MapRunResults, f func(resultwriter.Results) (T, error)) (T, error) {
	if r.Writer == nil {
		return *new(T), errNoWriter
	}
	q := resultsRequest(r.Arn, r.Destination, 0, r.Receipt)
	return callMapHook(ctx, func() (T, error) {
		results, err := r.Writer.Open(ctx, q)
		if err == nil && results == nil {
			err = errNoResults
		}
		if err != nil {
			return *new(T), err
		}
		defer results.Abandon(ctx)
		return f(results)
	}, func(T) {})
}

// ResultsFailed returns the event of an error of MapRunResults.
func ResultsFailed(err error) machine.Event {
	name, cause := mapRunFailure(err)
	return machine.Event{Kind: machine.ResultsFailed, Error: nilIfEmpty(name), Cause: nilIfEmpty(cause)}
}
