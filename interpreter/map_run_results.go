package interpreter

import (
	"errors"
	"log/slog"

	"github.com/gostates/gostates/interpreter/internal/hosterr"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/mapresult"
	"github.com/gostates/gostates/interpreter/resultwriter"
)

// openResults opens the destination of the results. If first is not set, an earlier
// process has opened it, and the core does not wait for it.
func (r *mapRun) openResults(c *machine.MapRunCommand, first bool) {
	if r.ctx.Err() != nil {
		return
	}
	writer := r.parent.in.resultWriter
	if writer == nil {
		r.failResults(errNoWriter)
		return
	}
	if files, ok := writer.(*resultwriter.Files); ok && files != nil && files.Folder == "" && first && r.parent.stored != nil {
		r.parent.in.logWarning("interpreter: a crash fails this Map Run: its results are in memory until Folder of resultwriter.Files is set in Config.ResultWriter",
			slog.String("mapRun", r.arn))
	}
	q := &resultwriter.Request{
		MapRunArn: r.arn, Resource: c.Destination.Resource, Parameters: c.Destination.Parameters, Receipt: c.Receipt,
		Format: mapresult.Format{
			Transformation: mapresult.Transformation(c.Destination.Config.Transformation),
			OutputType:     mapresult.OutputType(c.Destination.Config.OutputType),
		},
	}
	results, err := callMapHook(r, func() (resultwriter.Results, error) {
		results, err := writer.Open(r.ctx, q)
		if err == nil && results == nil {
			err = errors.New("the writer returned neither results nor an error")
		}
		return results, err
	}, func(late resultwriter.Results) {
		if late != nil {
			late.Abandon(r.ctx)
		}
	})
	if err != nil {
		r.failResults(err)
		return
	}
	r.results = results
	if first {
		r.tell(machine.Event{Kind: machine.ResultsOpened})
	}
}

// failResults notes that nothing can be written any longer, and tells the execution.
func (r *mapRun) failResults(err error) {
	r.failure = err
	r.fail(machine.ResultsFailed, err)
}

// childRecord is the result of a child that has ended, and the event that says so.
type childRecord struct {
	record mapresult.Record
	child  *mapChild
	event  machine.Event
}

// putRecord has the result of a child written, together with those of others that end
// meanwhile.
func (r *mapRun) putRecord(c childRecord) {
	r.mu.Lock()
	r.records = append(r.records, c)
	first := len(r.records) == 1
	r.mu.Unlock()
	if first {
		r.writing.enqueue(r.putRecords)
	}
}

func (r *mapRun) putRecords() {
	r.mu.Lock()
	ended := r.records
	r.records = nil
	r.mu.Unlock()
	records := make([]mapresult.Record, len(ended))
	for i := range ended {
		records[i] = ended[i].record
	}
	receipt, ok := r.put(records)
	if !ok && r.ctx.Err() != nil {
		return
	}
	for i := range ended {
		ended[i].event.MapRun.Receipt = receipt
		ended[i].child.tellEnd(ended[i].event)
	}
}

// put writes records. It returns false if that fails, and has told the execution.
func (r *mapRun) put(records []mapresult.Record) (receipt []byte, ok bool) {
	if r.ctx.Err() != nil || r.results == nil || r.failure != nil {
		return nil, false
	}
	results := r.results
	receipt, err := callMapHook(r, func() ([]byte, error) { return results.Put(r.ctx, records) },
		func([]byte) { results.Abandon(r.ctx) })
	if err == errMapCallLeft { //nolint:errorlint // it is never wrapped
		r.results = nil // abandoned when the call returns
	}
	if err == nil && len(receipt) > machine.MaxCursor {
		err = errors.New("the writer returned a receipt that is too long")
	}
	if err != nil {
		r.failResults(err)
		return nil, false
	}
	return receipt, true
}

// writePending writes the items that were never started.
func (r *mapRun) writePending(c *machine.MapRunCommand) {
	records := make([]mapresult.Record, len(c.Pending))
	for i, k := range c.Pending {
		records[i] = mapresult.Record{Index: k.Index, Status: mapresult.Pending, Input: k.Input}
	}
	if receipt, ok := r.put(records); ok {
		r.tell(machine.Event{Kind: machine.PendingWritten, MapRun: &machine.MapRunEvent{Receipt: receipt}})
	}
}

// writeResults completes the results.
func (r *mapRun) writeResults(c *machine.MapRunCommand) {
	if r.ctx.Err() != nil || r.results == nil || r.failure != nil {
		return
	}
	output, err := r.closeResults(c.Run.Status)
	if err != nil {
		r.failResults(err)
		return
	}
	r.tell(machine.Event{Kind: machine.ResultsWritten, Output: output})
}

func (r *mapRun) closeResults(status Status) (output any, err error) {
	results := r.results
	output, err = callMapHook(r, func() (any, error) {
		return results.Close(r.ctx, resultwriter.Summary{Status: statusOf(status)})
	}, func(any) { results.Abandon(r.ctx) })
	if err == errMapCallLeft { //nolint:errorlint // it is never wrapped
		r.results = nil // abandoned when the call returns
	}
	return output, err
}

// abandonResults releases the results. If run is not nil, the execution has the
// outcome, and the writer need not remember how to continue.
func (r *mapRun) abandonResults(run *machine.MapRun) {
	results, writer := r.results, r.parent.in.resultWriter
	r.results = nil
	if results == nil {
		return
	}
	_, err := callMapHook(r, func() (struct{}, error) {
		results.Abandon(r.ctx)
		if run == nil {
			return struct{}{}, nil
		}
		return struct{}{}, writer.Remove(r.ctx, r.arn, int64(run.Redrives))
	}, func(struct{}) {})
	if err != nil && r.ctx.Err() == nil {
		r.parent.in.logWarning("interpreter: removing the work files of a Map Run failed", errorAttrs(r.arn, err)...)
	}
}

func errorAttrs(arn string, err error) []slog.Attr {
	return []slog.Attr{slog.String("mapRun", arn), slog.String("error", hosterr.Message(err))}
}
