package interpreter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/internal/hosterr"
	"github.com/gostates/gostates/interpreter/itemreader"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/mapresult"
	"github.com/gostates/gostates/interpreter/resultwriter"
)

// mapRun is the part of a Map Run that is not data: its child executions, its reader
// and its results. The core decides, and tells by commands what to do.
type mapRun struct {
	parent   *Execution
	task     machine.TaskID
	arn      string
	program  *Program // of the children
	origin   *origin  // of the children; nil with Config.Store
	token    string   // the children's tokens are computed from it, in all attempts
	redrives int
	exports  bool // there is a destination for the results

	ctx    context.Context // of all calls of the reader and the writer
	cancel context.CancelCauseFunc

	reading lane
	items   itemreader.Items // reading's; nil: not open
	cursor  []byte           // reading's: where items is
	writing lane
	results resultwriter.Results // writing's; nil: not open
	failure error                // writing's: why nothing can be written any longer
	puts    bool                 // writing's: something was put
	lost    bool                 // writing's: what was written before that is lost
	left    chan struct{}        // closed when the attempt is released
	before  *mapRun              // an aborted attempt that may not be over; nil: none

	mu        sync.Mutex
	postponed func()                 // a read, until the children hold less
	held      int                    // bytes of the inputs of children
	children  map[int64]*mapChild    // by index, those that the core has not been told about
	toPut     putting                // to be written by the next Put
	sparePut  putting                // for reuse
	ends      []childEnd             // the core is told in the next drive
	spareEnds []childEnd             // for reuse
	aborted   *machine.MapRun        // how it was aborted: the execution does not wait for it any longer
	telling   []childEnd             // the core is being told
	unapplied map[int64]bool         // children whose results are written although the core does not know, because the Map Run was aborted
	late      []mapresult.Record     // of children that ended after the Map Run was aborted
	end       *machine.MapRunCommand // of EndMapRun, if it was aborted
}

// mapCommand is a command of a Map Run.
type mapCommand struct {
	machine.Command
	resumed  bool // of an execution that was restored in memory
	replayed bool // of a Map Run that an earlier process aborted
}

// executeMapCommands executes the commands of Map Runs of the latest Steps. For a
// stored execution these Steps are stored.
func (d *driver) executeMapCommands(e *Execution) {
	if e.isHalted() {
		clear(d.mapCommands)
		d.mapCommands = d.mapCommands[:0]
		return
	}
	for i := range d.mapCommands {
		e.executeMapCommand(&d.mapCommands[i])
	}
	clear(d.mapCommands)
	d.mapCommands = d.mapCommands[:0]
}

func (e *Execution) executeMapCommand(c *mapCommand) {
	r, run, first := e.findMapRun(c.Task), c.MapRun, c.Kind == machine.OpenResults // c is reused
	lost := r == nil
	if lost {
		r = e.addMapRun(c)
		if r.exports { // continued by this process, unless this is the first command
			r.writing.enqueue(func() { r.openResults(run, first) })
		}
	}
	switch c.Kind {
	case machine.OpenResults: // opened above
	case machine.ReadItems:
		maxItems, maxBytes, ok := e.program.Load().WantedItems(&e.x, c.Task)
		if !ok {
			maxItems, maxBytes = run.MaxItems, run.MaxBytes
		}
		r.enqueueRead(func() { r.readItems(run, maxItems, maxBytes) })
	case machine.StartChild:
		r.startChild(c.Child, run.Program, c.resumed)
	case machine.RedriveChild:
		r.redriveChild(c.Child, run.Program, run.Redrives, c.resumed)
	case machine.StopChild:
		if e.x.AwaitsChild(c.Task, c.Child.Index) { // it may have ended in a later Step
			r.stopChild(c.Child, c.Cause)
		}
	case machine.WritePending:
		r.writing.enqueue(func() { r.writePending(run) })
	case machine.WriteResults:
		r.writing.enqueue(func() { r.writeResults(run) })
	case machine.EndMapRun:
		e.removeMapRun(r, c)
		if lost { // it was aborted before this process knew it
			r.addLost(c)
		}
		r.endMapRun(c)
	}
}

// findMapRun returns a Map Run that has not ended, or nil.
func (e *Execution) findMapRun(id machine.TaskID) *mapRun {
	if m := e.extras.Load(); m != nil {
		return m.mapRuns[id]
	}
	return nil
}

func (e *Execution) addMapRun(c *mapCommand) *mapRun {
	e.mu.Lock()
	defer e.mu.Unlock()
	m := e.ensureExtras()
	if m.mapRuns == nil {
		m.mapRuns = make(map[machine.TaskID]*mapRun)
	}
	r := &mapRun{
		parent: e, task: c.Task, arn: c.MapRun.Arn, program: c.MapRun.Program, token: e.x.Token(c.MapRun.Begun), redrives: c.MapRun.Redrives, exports: c.MapRun.Destination != nil,
		reading: lane{in: e.in}, writing: lane{in: e.in}, children: make(map[int64]*mapChild),
		left: make(chan struct{}), before: e.in.leavingRun(c.MapRun.Arn),
	}
	if e.stored == nil {
		r.origin = &origin{resolver: e.originOf().resolver, mapRun: r.arn}
	}
	r.ctx, r.cancel = context.WithCancelCause(e.in.ctx)
	m.mapRuns[c.Task] = r
	return r
}

func (e *Execution) removeMapRun(r *mapRun, c *mapCommand) {
	e.mu.Lock()
	defer e.mu.Unlock()
	m := e.ensureExtras()
	delete(m.mapRuns, c.Task)
	if !c.replayed {
		m.endedRuns = append(withoutRun(m.endedRuns, c.MapRun.Arn), *c.MapRun.Run)
	}
	if !c.MapRun.Kept {
		e.dropChildren(c.MapRun.Arn)
	}
	if e.stored != nil {
		m.ending = append(m.ending, r)
	}
}

// leaveMapRuns ends what belongs to the Map Runs of an execution that was halted. Their
// children continue.
func (e *Execution) leaveMapRuns() {
	m := e.extras.Load()
	if m == nil {
		return
	}
	for _, r := range m.mapRuns {
		r.cancel(ErrStopped) // calls of the writer too: another process may go on with its files
		r.release(nil, true)
	}
	m.mapRuns = nil
}

// addLost adds the children of an aborted Map Run that an earlier process may have
// started.
func (r *mapRun) addLost(c *mapCommand) {
	for _, child := range c.MapRun.Open {
		r.children[child.Index] = &mapChild{run: r, child: child, lost: true}
	}
}

// endMapRun ends a Map Run that the execution does not wait for any longer.
func (r *mapRun) endMapRun(c *mapCommand) {
	if c.MapRun.Run.Status != Aborted {
		r.release(c.MapRun.Run, c.MapRun.Kept)
		return
	}
	r.leave()
	r.mu.Lock()
	r.aborted, r.end = c.MapRun.Run, c.MapRun
	children := make([]*mapChild, 0, len(r.children))
	for _, k := range r.children { // in any order: they are independent
		children = append(children, k)
	}
	r.mu.Unlock()
	if len(children) == 0 {
		r.completeAborted()
	}
	for _, k := range children {
		if k.lost {
			k.stopLost(c.Cause)
		} else {
			k.stop(c.Cause)
		}
	}
}

// completeAborted completes the results of a Map Run whose execution has ended, after
// its last child has. If the process ends before, the next one does.
func (r *mapRun) completeAborted() {
	r.writing.enqueue(func() {
		err := r.failure
		current := r.isCurrent()
		if current && r.results != nil && err == nil {
			err = r.closeAborted()
		}
		if !current || r.ctx.Err() != nil {
			r.release(nil, true)
			return
		}
		r.noteAborted(err == nil)
		run := r.aborted
		if err != nil {
			run = nil
			r.parent.in.logWarning("interpreter: the results of an aborted Map Run are not complete", errorAttrs(r.arn, err)...)
		}
		if e := r.parent; e.stored != nil {
			e.deliverMail(&mail{visit: func(d *driver) { d.noteCompleted(e, r) }}, keepNone)
		}
		r.release(run, true)
	})
}

// noteCompleted notes that no later process needs to complete an aborted Map Run.
func (d *driver) noteCompleted(e *Execution, r *mapRun) {
	if !e.isHalted() {
		g := d.openGroup(e)
		g.notes = appendNote(g.notes, noteCompleted, r.task)
	}
}

// removeEnding notes that a Map Run that has ended is released. The last one has the
// children deleted that are left.
func (e *Execution) removeEnding(r *mapRun) {
	e.mu.Lock()
	m := e.ensureExtras()
	m.ending = slices.DeleteFunc(m.ending, func(other *mapRun) bool { return other == r })
	e.mu.Unlock()
	e.stored.orphans++ // one that looks now may have seen its children before
	if !e.isHalted() && e.in.phase.Load() != phaseClosed {
		e.in.durable.sweepOrphans(e)
	}
}

// release closes the reader and the results. If run is not nil, the execution has its
// outcome, so that the writer can forget what it needs to continue after a crash. If kept
// is set, results that are not complete are needed by a redrive.
func (r *mapRun) release(run *machine.MapRun, kept bool) {
	r.reading.enqueue(func() {
		r.closeItems()
		r.writing.enqueue(func() {
			if kept && r.failure != nil {
				run = nil
			}
			r.abandonResults(run)
			if e := r.parent; e.stored != nil && r.ctx.Err() == nil {
				e.deliverMail(&mail{visit: func(*driver) { e.removeEnding(r) }}, keepNone)
			}
			r.cancel(ErrStopped)
			r.finishLeaving()
		})
	})
}

// tell delivers an event to the execution.
func (r *mapRun) tell(ev machine.Event) {
	ev.Task = r.task
	r.parent.deliverMail(&mail{event: ev}, keepNone)
}

// fail delivers the event of a kind for an error of the reader or the writer, unless
// the Map Run has ended.
func (r *mapRun) fail(kind machine.EventKind, err error) {
	if r.ctx.Err() != nil {
		return
	}
	name, cause := mapRunFailure(err)
	ev := machine.Event{Kind: kind, Error: nilIfEmpty(name), Cause: nilIfEmpty(cause)}
	if kind == machine.ResultsFailed && r.lost {
		ev.MapRun = &machine.MapRunEvent{Lost: true}
	}
	r.tell(ev)
}

// parksWithout halts an execution of an earlier process, whose host had the reader or
// the writer that this one lacks. One that this process has started fails.
func (r *mapRun) parksWithout(missing error) bool {
	e := r.parent
	if e.stored == nil || e.stored.loaded == 0 {
		return false
	}
	r.cancel(ErrStopped) // no child ends whose result is not written
	err := fmt.Errorf("interpreter: execution %s: %w (Map Run %s)", e.Name(), missing, r.arn)
	e.deliverMail(&mail{visit: func(*driver) { e.haltExecution(err, false) }}, keepNone)
	return true
}

// mapRunFailure returns the error and the cause of a Map Run for an error of its
// reader or writer. An empty name is left to the core.
func mapRunFailure(err error) (name, cause string) {
	failed := callHook(hookMapRun, func() error {
		if e, ok := itemReaderError(err); ok {
			name, cause = e.Name, e.Cause
		} else if _, named := hosterr.Inspect(err, nil); named != nil {
			name, cause = named.Name, named.Cause
		} else {
			cause = hosterr.Message(err)
		}
		return nil
	})
	if failed != nil {
		cause = failed.Error()
	}
	return name, cause
}

// lane makes calls of a Map Run one after another, on a goroutine that ends when
// there are none. Shutdown and a virtual clock wait for them.
type lane struct {
	in *Interpreter

	mu      sync.Mutex
	calls   fifo[func()]
	running bool
}

// enqueue adds a call, which must return.
func (l *lane) enqueue(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls.push(f)
	if !l.running {
		l.running = true
		l.in.beginDrive(false)
		go l.makeCalls()
	}
}

func (l *lane) makeCalls() {
	defer l.in.endDrive()
	for f := l.nextCall(); f != nil; f = l.nextCall() {
		f()
	}
}

func (l *lane) nextCall() func() {
	l.mu.Lock()
	defer l.mu.Unlock()
	f, ok := l.calls.pop()
	l.running = ok
	return f
}

// errMapCallLeft says that the Map Run, or the interpreter, has ended during a call.
var errMapCallLeft = errors.New("interpreter: the call was not waited for")

// callMapHook calls the reader or the writer of the host. If ctx ends before the call
// does, it returns errMapCallLeft at once, and late is called with the result when the
// call returns.
func callMapHook[T any](ctx context.Context, f func() (T, error), late func(T)) (T, error) {
	type answer struct {
		result T
		err    error
	}
	answers := make(chan answer, 1)
	var decided atomic.Bool // the answer has come, or the caller has left
	go func() {
		var a answer
		returned := false
		defer func() {
			if !returned {
				a.err = newHookError(hookMapRun, nil)
			}
			if decided.CompareAndSwap(false, true) {
				answers <- a
				return
			}
			_ = callHook(hookMapRun, func() error { late(a.result); return nil })
		}()
		a.err = callHook(hookMapRun, func() (err error) {
			a.result, err = f()
			return err
		})
		returned = true
	}()
	select {
	case a := <-answers:
		return a.result, a.err
	case <-ctx.Done():
		if decided.CompareAndSwap(false, true) {
			var none T
			return none, errMapCallLeft
		}
		a := <-answers
		return a.result, a.err
	}
}

// statusOf returns a status as result files spell it.
func statusOf(s Status) mapresult.Status { return mapresult.Status(s.String()) }

// errNoReader and errNoWriter say that the host has not configured what a definition
// needs.
var (
	errNoReader = asl.Errorf(asl.StatesItemReaderFailed, "Config.ItemReader and Config.Objects are not set, so that an ItemReader cannot read.")
	errNoWriter = asl.Errorf(asl.StatesResultWriterFailed, "Config.ResultWriter and Config.Objects are not set, so that a ResultWriter cannot write.")
)
