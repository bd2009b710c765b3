package interpreter

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/gostates/gostates/interpreter/internal/hosterr"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/mapresult"
	"github.com/gostates/gostates/interpreter/resultwriter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/value"
)

// openResults opens the destination of the results. If first is not set, an earlier
// process has opened it, and the core does not wait for it.
func (r *mapRun) openResults(c *machine.MapRunCommand, first bool) {
	if r.ctx.Err() != nil || first && !r.isCurrent() {
		return
	}
	writer := r.parent.in.resultWriter
	if writer == nil {
		if ends := c.Run != nil && c.Run.Status == Aborted; ends || !r.parksWithout(errNoWriter) {
			r.failResults(errNoWriter)
		}
		return
	}
	if files, ok := writer.(*resultwriter.Files); ok && files != nil && files.Folder == "" && first && r.parent.stored != nil {
		r.parent.in.logWarning("interpreter: a crash fails this Map Run: its results are in memory until Folder of resultwriter.Files is set in Config.ResultWriter",
			slog.String("mapRun", r.arn))
	}
	var results resultwriter.Results
	var err error
	if first {
		if !r.waitForEarlier() {
			return
		}
		err = r.completeEarlier(writer, c)
	}
	if err == nil {
		results, err = r.openWriter(writer, c, c.Redrives, c.Receipt)
	}
	if err != nil {
		r.lost = r.lost || isVolatile(writer) && len(c.Receipt) > 0
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

// putting are results of children that have ended, and what the core is told once they
// are written.
type putting struct {
	records  []mapresult.Record
	children []*mapChild
	events   []machine.Event
}

func (p *putting) clear() {
	clear(p.records)
	clear(p.children)
	clear(p.events)
	p.records, p.children, p.events = p.records[:0], p.children[:0], p.events[:0]
}

// putRecord has the result of a child written, together with those of others that end
// meanwhile.
func (r *mapRun) putRecord(k *mapChild, ev machine.Event, record mapresult.Record) {
	r.mu.Lock()
	if r.aborted != nil {
		r.mu.Unlock()
		r.putLate(k, ev, &record)
		return
	}
	p := &r.toPut
	p.records, p.children, p.events = append(p.records, record), append(p.children, k), append(p.events, ev)
	first := len(p.records) == 1
	r.mu.Unlock()
	if first {
		r.writing.enqueue(r.putRecords)
	}
}

func (r *mapRun) putRecords() {
	r.mu.Lock()
	p := r.toPut
	r.toPut, r.sparePut = r.sparePut, putting{}
	aborted := r.aborted != nil
	r.mu.Unlock()
	if aborted {
		for i, k := range p.children {
			r.putLate(k, p.events[i], &p.records[i])
		}
		return
	}
	receipt, ok := r.put(p.records)
	if !ok && r.ctx.Err() != nil {
		return // the writer may still read the records
	}
	r.tellEnds(ok, func(tell func(*mapChild, machine.Event)) {
		for i, k := range p.children {
			p.events[i].MapRun.Receipt = receipt
			tell(k, p.events[i])
		}
	})
	p.clear()
	r.mu.Lock()
	r.sparePut = p
	r.mu.Unlock()
}

// putLate notes the result of a child that ended after the Map Run was aborted. One that
// has succeeded has no result until a redrive.
func (r *mapRun) putLate(k *mapChild, ev machine.Event, record *mapresult.Record) {
	if record.Status != mapresult.Succeeded {
		r.mu.Lock()
		r.late = append(r.late, *record)
		r.mu.Unlock()
	}
	k.tellEnd(ev, false)
}

var errLongReceipt = errors.New("the writer returned a receipt that is too long")

// checkResult returns an error for a result that is not one.
func checkResult(output any) error {
	if err := value.Check(output); err != nil {
		return fmt.Errorf("the writer returned a result that is not a value: %w", err)
	}
	return nil
}

// put writes records. It returns false if that fails, and has told the execution.
func (r *mapRun) put(records []mapresult.Record) (receipt []byte, ok bool) {
	if r.ctx.Err() != nil || r.results == nil || r.failure != nil {
		return nil, false
	}
	results := r.results
	r.puts = true
	receipt, err := callMapHook(r.ctx, func() ([]byte, error) { return results.Put(r.ctx, records) },
		func([]byte) { results.Abandon(r.ctx) })
	if err == errMapCallLeft { //nolint:errorlint // it is never wrapped
		r.results = nil // abandoned when the call returns
	}
	if err == nil && len(receipt) > machine.MaxCursor {
		err = errLongReceipt
	}
	if err != nil {
		r.lost = isVolatile(r.parent.in.resultWriter)
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
	if r.ctx.Err() != nil || r.results == nil || r.failure != nil || !r.isCurrent() {
		return
	}
	output, err := r.closeResults(c.Run.Status)
	if err == nil {
		err = checkResult(output)
	}
	if err != nil {
		r.lost = isVolatile(r.parent.in.resultWriter)
		r.failResults(err)
		return
	}
	r.tell(machine.Event{Kind: machine.ResultsWritten, Output: output})
}

func (r *mapRun) closeResults(status Status) (output any, err error) {
	results := r.results
	output, err = callMapHook(r.ctx, func() (any, error) {
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
	remove := run != nil && r.exports && writer != nil // also if the results could not be opened
	if results == nil && !remove {
		return
	}
	_, err := callMapHook(r.ctx, func() (struct{}, error) {
		if results != nil {
			results.Abandon(r.ctx)
		}
		if !remove {
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

// isCurrent reports whether no other process has gone on with the execution, as far as
// the store says. If one has, the execution is halted. It is asked before a call that
// replaces objects.
func (r *mapRun) isCurrent() bool {
	e := r.parent
	s := e.in.durable
	if s == nil || !s.isShared() {
		return true
	}
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		st, err := s.loadState(r.ctx, e.stored.id)
		if err == nil || isError(err, store.ErrNotFound) {
			return r.hasVersion(st)
		}
		if !sleepUntil(r.ctx, pause) {
			return false
		}
	}
}

// hasVersion reports whether this process has stored the version of a state; nil: there
// is none.
func (r *mapRun) hasVersion(st *store.State) (has bool) {
	e := r.parent
	err := e.visitStored(r.ctx, func(*machine.Execution) { // once all is stored that it does
		if has = !e.isHalted() && st != nil && st.Version <= e.stored.version; !has {
			e.haltExecution(ErrLeaseLost, false)
		}
	})
	return err == nil && has
}
