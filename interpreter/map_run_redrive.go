package interpreter

import (
	"errors"
	"fmt"
	"maps"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/mapresult"
	"github.com/gostates/gostates/interpreter/resultwriter"
	"github.com/gostates/gostates/interpreter/store"
)

// mostKeptChildren is how many children that failed a Map Run in memory keeps for a
// redrive, as many as the core remembers. In a store they are rows.
const mostKeptChildren = 10_000

// refuseLabeled is AWS's refusal to redrive a child of a Map Run by itself.
func refuseLabeled(name string) error {
	err := &machine.NotRedrivableError{Code: "ValidationException", Message: "Labeled Execution ARNs are not supported for this API"}
	return fmt.Errorf("interpreter: redriving execution %s: %w", name, err)
}

// keepChild keeps a child in memory that has ended, until the execution knows that it
// has succeeded.
func (r *mapRun) keepChild(k *mapChild) {
	e := r.parent
	if e.stored != nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	m := e.ensureExtras()
	kept := m.keptChildren[r.arn]
	if kept == nil {
		kept = make(map[int64]*Execution)
		if m.keptChildren == nil {
			m.keptChildren = make(map[string]map[int64]*Execution)
		}
		m.keptChildren[r.arn] = kept
	}
	if len(kept) < mostKeptChildren {
		kept[k.child.Index] = k.execution
	}
}

// dropChild forgets a child in memory. Only the driver calls it.
func (r *mapRun) dropChild(index int64) {
	e := r.parent
	e.mu.Lock()
	defer e.mu.Unlock()
	if m := e.extras.Load(); m != nil {
		delete(m.keptChildren[r.arn], index)
	}
}

// dropChildren forgets the children in memory of a Map Run that is not redriven.
func (e *Execution) dropChildren(arn string) {
	if m := e.extras.Load(); m != nil {
		delete(m.keptChildren, arn)
	}
}

// redriveChild runs a child again that an earlier attempt has started.
func (r *mapRun) redriveChild(c *machine.Child, p *Program, redrives int, resumed bool) {
	r.mu.Lock()
	if r.children[c.Index] != nil {
		r.mu.Unlock()
		return
	}
	k := &mapChild{run: r, program: p, child: c, token: fmt.Sprintf("redrive-%d", redrives)}
	r.children[c.Index] = k
	r.mu.Unlock()
	in := r.parent.in
	if in.durable == nil && resumed {
		in.whenRestored(executionKey(r.program, c.ID), func(child *Execution) { in.goDrive(func() { k.redriveKept(child) }) })
		return
	}
	in.goDrive(func() {
		switch {
		case !r.waitForEarlier():
		case r.parent.stored != nil:
			k.findStored(k.redrive, k.restart)
		default:
			k.redriveKept(r.findKept(c))
		}
	})
}

// redriveKept redrives a child in memory; nil is one that is lost.
func (k *mapChild) redriveKept(child *Execution) {
	if child == nil {
		k.restart()
	} else {
		k.redrive(child)
	}
}

// findKept returns a child in memory that has ended, or that was restored beside an
// execution that had; nil if it is lost.
func (r *mapRun) findKept(c *machine.Child) *Execution {
	r.parent.mu.Lock()
	var child *Execution
	if m := r.parent.extras.Load(); m != nil {
		child = m.keptChildren[r.arn][c.Index]
	}
	r.parent.mu.Unlock()
	if child != nil {
		return child
	}
	in := r.parent.in
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.names.running[executionKey(r.program, c.ID)]
}

// goDrive calls f on a goroutine that Shutdown and a virtual clock wait for.
func (in *Interpreter) goDrive(f func()) {
	in.beginDrive(false)
	go func() {
		defer in.endDrive()
		f()
	}()
}

// restart starts a child again that is lost, if its input is known.
func (k *mapChild) restart() {
	if !k.child.Forgotten {
		k.startChild()
		return
	}
	cause := "The child execution is lost, so that it cannot be redriven."
	k.passOn(&mapOutcome{status: k.child.Status, cause: &cause, notRedrivable: cause})
}

// redrive continues a child that has ended. One that still runs was not stopped yet when
// its Map Run was aborted.
func (k *mapChild) redrive(child *Execution) {
	r := k.run
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		err := k.redriveOnce(child)
		switch {
		case err == nil:
			return
		case r.ctx.Err() != nil || errors.Is(err, ErrClosed):
			return // a later process redrives it
		case isUnloadable(err):
			c := childStart{parent: r.parent}
			c.haltParent("redriving execution ", k.child.ID, err)
			return
		case isError(err, store.ErrNotFound):
			k.restart()
			return
		}
		if !sleepUntil(r.ctx, pause) {
			return
		}
	}
}

func (k *mapChild) redriveOnce(child *Execution) error {
	r := k.run
	var status Status
	known := false
	err := child.visitStored(r.ctx, func(x *machine.Execution) {
		status = x.Status
		_, known = x.RedrivenBy(k.token)
	})
	switch {
	case err != nil:
		return err
	case known || status == Succeeded:
		k.early = !known
		k.await(child)
		return nil
	case status == Running:
		r.parent.in.beginDrive(false)
		child.whenEnded(func() { // the drive of the child goes on meanwhile
			go func() {
				defer r.parent.in.endDrive()
				k.redrive(child)
			}()
		})
		child.stopAsync(abortedBefore(r.arn))
		return nil
	}
	r.parent.in.releaseChild(child) // one that was restored waits for this
	_, err = child.redrive(r.ctx, RedriveOptions{ClientToken: k.token})
	var refused *machine.NotRedrivableError
	if errors.As(err, &refused) {
		k.notRedrivable = refused.Reason
		k.await(child)
		return nil
	}
	if err == nil {
		k.await(child)
	}
	return err
}

// abortedBefore is the cause of a child that is stopped because its Map Run was aborted
// before it was redriven.
func abortedBefore(arn string) string {
	return "The map run execution [" + arn + "] which was managing this resource was aborted"
}

// isVolatile reports whether a writer cannot continue results after a failure or a crash.
func isVolatile(w resultwriter.Writer) bool {
	files, ok := w.(*resultwriter.Files)
	return ok && files != nil && files.Folder == ""
}

// completeEarlier completes the results of an earlier attempt that was aborted, or could
// not be written. They end where the execution knows of them: children that ended later
// are told again.
func (r *mapRun) completeEarlier(w resultwriter.Writer, c *machine.MapRunCommand) error {
	u := c.Unfinished
	if u == nil {
		return nil
	}
	e := r.parent
	e.mu.Lock()
	var end abortedResults
	if m := e.extras.Load(); m != nil {
		end = m.aborted[r.arn]
	}
	e.mu.Unlock()
	switch known := end.redrives == u.Redrives+1; {
	case u.Aborted && known && end.complete, u.Aborted && !known && e.stored != nil && !isVolatile(w): // by an earlier process
		return nil
	case isVolatile(w):
		r.lost = true
		return errResultsLost
	}
	results, err := r.openWriter(w, c, u.Redrives, u.Receipt)
	if err != nil {
		return err
	}
	_, err = callMapHook(r.ctx, func() (struct{}, error) {
		defer results.Abandon(r.ctx)
		if _, err := results.Close(r.ctx, resultwriter.Summary{Status: mapresult.Aborted}); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, w.Remove(r.ctx, r.arn, int64(u.Redrives))
	}, func(struct{}) {})
	return err
}

// errResultsLost says that the results of an earlier attempt are lost. The next redrive
// begins with a new Map Run.
var errResultsLost = errors.New("the results of an earlier attempt are lost; the next redrive runs all items again")

// abortedResults is what became of the results of an aborted attempt.
type abortedResults struct {
	redrives int // of the attempt, plus 1
	complete bool
	written  map[int64]bool // children whose results are written although the execution does not know it
}

// noteAborted notes what became of the results of an aborted attempt.
func (r *mapRun) noteAborted(complete bool) {
	r.mu.Lock()
	written := maps.Clone(r.unapplied)
	for _, ends := range [][]childEnd{r.telling, r.ends} {
		written = addWritten(written, ends)
	}
	r.mu.Unlock()
	e := r.parent
	e.mu.Lock()
	defer e.mu.Unlock()
	m := e.ensureExtras()
	if m.aborted == nil {
		m.aborted = make(map[string]abortedResults)
	}
	m.aborted[r.arn] = abortedResults{r.redrives + 1, complete, written}
}

// addWritten adds the children whose results are written.
func addWritten(to map[int64]bool, ends []childEnd) map[int64]bool {
	for i := range ends {
		if ends[i].written {
			if to == nil {
				to = make(map[int64]bool)
			}
			to[ends[i].index] = true
		}
	}
	return to
}

// isWritten reports whether a result is in the files of the aborted attempt before, which
// wrote results as children ended.
func (k *mapChild) isWritten() bool {
	r := k.run
	if !k.early || !isVolatile(r.parent.in.resultWriter) {
		return false
	}
	r.parent.mu.Lock()
	defer r.parent.mu.Unlock()
	m := r.parent.extras.Load()
	return m != nil && m.aborted[r.arn].written[k.child.Index]
}

// closeAborted completes the results of an aborted attempt. They have those of children
// that the execution knows of, and of those that were aborted; a child that has succeeded
// since is told again after a redrive.
func (r *mapRun) closeAborted() error {
	w := r.parent.in.resultWriter
	if r.puts && !isVolatile(w) {
		results := r.results
		r.results = nil
		_, _ = callMapHook(r.ctx, func() (struct{}, error) { results.Abandon(r.ctx); return struct{}{}, nil }, func(struct{}) {})
		again, err := r.openWriter(w, r.end, r.redrives, r.end.Receipt)
		if err != nil {
			return err
		}
		r.results = again
	}
	r.mu.Lock()
	late := r.late
	r.late = nil
	r.mu.Unlock()
	if len(late) > 0 {
		if _, ok := r.put(late); !ok {
			return r.failure
		}
	}
	_, err := r.closeResults(Aborted)
	return err
}

// leave registers an aborted attempt, until its results are complete. A redrive waits
// for it.
func (r *mapRun) leave() { r.parent.in.leaving.Store(r.arn, r) }

// waitForEarlier waits until the attempt before is over, if it was aborted. It returns
// false if the Map Run ends before.
func (r *mapRun) waitForEarlier() bool {
	if r.redrives == 0 {
		return true
	}
	in := r.parent.in
	for pause := firstPause; r.parent.stored != nil; pause = min(2*pause, longestPause) {
		if in.durable.resumeEndedRuns(r.ctx, r.parent) == nil { // it ended in an earlier process
			break
		}
		if !sleepUntil(r.ctx, pause) {
			return false
		}
	}
	return r.waitFor(r.before) && r.waitFor(in.leavingRun(r.arn))
}

// waitFor waits until an earlier attempt is over; nil is none.
func (r *mapRun) waitFor(other *mapRun) bool {
	if other == nil || other.redrives >= r.redrives {
		return true
	}
	select {
	case <-other.left:
		return true
	case <-r.ctx.Done():
		return false
	}
}

// leavingRun returns the attempt of a Map Run that was aborted last and is not over, or
// nil.
func (in *Interpreter) leavingRun(arn string) *mapRun {
	r, _ := in.leaving.Load(arn)
	run, _ := r.(*mapRun)
	return run
}

// finishLeaving says that an aborted attempt is over.
func (r *mapRun) finishLeaving() {
	r.parent.in.leaving.CompareAndDelete(r.arn, r)
	select {
	case <-r.left:
	default:
		close(r.left)
	}
}

var errNoResults = errors.New("the writer returned neither results nor an error")

func resultsRequest(arn string, d *machine.ResultDestination, redrives int, receipt []byte) *resultwriter.Request {
	return &resultwriter.Request{
		MapRunArn: arn, RedriveCount: int64(redrives), Resource: d.Resource, Parameters: d.Parameters, Receipt: receipt,
		Format: mapresult.Format{
			Transformation: mapresult.Transformation(d.Config.Transformation),
			OutputType:     mapresult.OutputType(d.Config.OutputType),
		},
	}
}

// openWriter opens results of an attempt.
func (r *mapRun) openWriter(w resultwriter.Writer, c *machine.MapRunCommand, redrives int, receipt []byte) (resultwriter.Results, error) {
	q := resultsRequest(r.arn, c.Destination, redrives, receipt)
	return callMapHook(r.ctx, func() (resultwriter.Results, error) {
		results, err := w.Open(r.ctx, q)
		if err == nil && results == nil {
			err = errNoResults
		}
		return results, err
	}, func(late resultwriter.Results) {
		if late != nil {
			late.Abandon(r.ctx)
		}
	})
}
