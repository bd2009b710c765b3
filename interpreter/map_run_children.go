package interpreter

import (
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/internal/hosterr"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/mapresult"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/value"
)

// mapChild is a child execution of a Map Run, from StartChild to ChildEnded.
type mapChild struct {
	run     *mapRun
	program *Program // that it is started with: the run's, or a later one after a move
	child   *machine.Child
	weight  int // of its input, in bytes

	token         string // of its redrive; empty: it is started
	notRedrivable string // why it was not redriven
	early         bool   // it succeeded while an earlier attempt was aborted

	// Under the Map Run's mu:
	execution *Execution // nil: not started yet
	lost      bool       // an earlier process may have started it
	stops     bool       // it must be stopped with cause
	cause     string
}

// startChild starts a child execution, or finds the one that an earlier process or an
// earlier command has started.
func (r *mapRun) startChild(c *machine.Child, p *Program, resumed bool) {
	r.mu.Lock()
	if r.children[c.Index] != nil {
		r.mu.Unlock()
		return
	}
	k := &mapChild{run: r, program: p, child: c, weight: value.Weight(c.Input)}
	r.children[c.Index] = k
	r.held += k.weight
	r.mu.Unlock()
	in := r.parent.in
	switch {
	case r.parent.stored != nil: // waits for the store
		in.beginDrive(false)
		go func() {
			defer in.endDrive()
			k.startChild()
		}()
	case resumed:
		in.whenRestored(executionKey(r.program, c.ID), func(child *Execution) {
			if child == nil {
				k.startChild()
			} else {
				k.await(child)
			}
		})
	default:
		k.startChild()
	}
}

func (k *mapChild) startToken() string {
	return k.run.token + "/" + strconv.FormatInt(k.child.Index, 10)
}

// addAwaited adds the token keys and the names of the children that the core waits for.
func (r *mapRun) addAwaited(keys map[[16]byte]bool, names map[string]bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, k := range r.children {
		keys[r.parent.in.childTokenKey(k.startToken())] = true
		names[machine.ExecutionName(k.child.ID)], names[k.child.ID] = true, true // that of an EXPRESS child is its ARN
	}
}

func (k *mapChild) startChild() {
	r := k.run
	start := childStart{parent: r.parent, program: k.program, input: k.child.Input}
	start.start = StartOptions{Name: k.child.ID, made: true, token: k.startToken(), depth: uint8(min(int(r.parent.x.Depth)+1, maxDepth)), origin: r.origin}
	child, undriven, err := start.createChild(r.ctx)
	switch {
	case err == nil:
	case errors.Is(err, ErrClosed) || r.ctx.Err() != nil:
		return // a later process starts it
	case isUnloadable(err):
		start.haltParent("finding execution ", k.child.ID, err)
		return
	default:
		name, cause := asl.StatesRuntime, "The child execution cannot be started: "+err.Error()
		k.passOn(&mapOutcome{status: Failed, err: &name, cause: &cause})
		return
	}
	if undriven { // also if a hook ends the goroutine
		defer child.driveExecution(&mail{event: machine.Event{Kind: machine.Started}}, keepNone)
	}
	k.await(child)
}

// await has the execution told when the child ends.
func (k *mapChild) await(child *Execution) {
	k.run.mu.Lock()
	k.execution = child
	stops, cause := k.stops, k.cause
	k.run.mu.Unlock()
	if child.stored == nil {
		child.noteMapRun(k.run.arn)
	}
	child.whenEnded(func() { k.childEnded(child) })
	if stops {
		child.stopAsync(cause)
	}
}

// stopChild stops a child. One that this process does not know was lost before it began.
func (r *mapRun) stopChild(c *machine.Child, cause string) {
	r.mu.Lock()
	k := r.children[c.Index]
	if k == nil && slices.ContainsFunc(r.ends, func(end childEnd) bool { return end.index == c.Index }) {
		r.mu.Unlock()
		return
	}
	if k == nil {
		k = &mapChild{run: r, child: c}
		r.children[c.Index] = k
		r.mu.Unlock()
		k.stopLost(cause)
		return
	}
	r.mu.Unlock()
	k.stop(cause)
}

func (k *mapChild) stop(cause string) {
	k.run.mu.Lock()
	k.stops, k.cause = true, cause
	child := k.execution
	k.run.mu.Unlock()
	if child != nil {
		child.stopAsync(cause)
	}
}

// stopLost stops a child that an earlier process may have started.
func (k *mapChild) stopLost(cause string) {
	r := k.run
	k.stops, k.cause = true, cause
	abort := func() { k.passOn(&mapOutcome{status: Aborted, cause: &cause}) }
	if r.parent.stored != nil {
		r.parent.in.beginDrive(false)
		go func() {
			defer r.parent.in.endDrive()
			k.findStored(k.await, abort)
		}()
		return
	}
	r.parent.in.whenRestored(executionKey(r.program, k.child.ID), func(child *Execution) {
		if child == nil {
			abort()
		} else {
			k.await(child)
		}
	})
}

// findStored calls found with the child that the store has, or lost if there is none.
func (k *mapChild) findStored(found func(*Execution), lost func()) {
	r, s := k.run, k.run.parent.in.durable
	key := executionKey(r.program, k.child.ID)
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		child, err := s.findByName(r.ctx, startKey{key.machine, key.name})
		switch {
		case err == nil:
			found(child)
			return
		case errors.Is(err, store.ErrNotFound):
			lost()
			return
		case isUnloadable(err):
			c := childStart{parent: r.parent}
			c.haltParent("finding execution ", k.child.ID, err)
			return
		}
		if !sleepUntil(r.ctx, pause) {
			return
		}
	}
}

// mapOutcome is the end of a child.
type mapOutcome struct {
	status         Status
	output         any
	err, cause     *string
	started, ended time.Time
	redrives       int64
	input          any    // of a child whose input the core has forgotten
	notRedrivable  string // why it cannot be redriven
}

// childEnded passes the end of a child on. Nothing drives it any longer.
func (k *mapChild) childEnded(child *Execution) {
	r := k.run
	if err, _ := child.haltError(); err != nil {
		if errors.Is(err, ErrClosed) {
			return
		}
		c := childStart{parent: r.parent}
		c.haltParent("waiting for execution ", child.Name(), err)
		return
	}
	r.parent.in.releaseChild(child)
	x := &child.x
	redrives, _ := x.Redrives()
	r.keepChild(k)
	k.passOn(&mapOutcome{
		status: x.Status, output: x.Outcome.Output, err: x.Outcome.Error, cause: x.Outcome.Cause,
		started: nanoTime(x.StartedAt), ended: x.Time(), redrives: int64(redrives),
		input: x.Input, notRedrivable: k.whyNotRedrivable(x),
	})
}

// whyNotRedrivable returns why a redrive of the Map Run cannot continue the child; empty if
// it can, or has succeeded.
func (k *mapChild) whyNotRedrivable(x *machine.Execution) string {
	var refused *machine.NotRedrivableError
	if k.notRedrivable == "" && x.Status != Succeeded && errors.As(k.run.program.CheckRedrive(x), &refused) {
		return refused.Reason
	}
	return k.notRedrivable
}

// passOn writes the result of the child, and tells the execution that it has ended.
func (k *mapChild) passOn(o *mapOutcome) {
	r := k.run
	ev := machine.Event{Kind: machine.ChildEnded, MapRun: &machine.MapRunEvent{
		Index: k.child.Index, Status: o.status, StartedAt: o.started, StoppedAt: o.ended,
		NotRedrivable: o.status != Succeeded && o.notRedrivable != "",
	}}
	if !r.exports {
		ev.Output, ev.Error, ev.Cause = o.output, o.err, o.cause
		k.tellEnd(ev, true)
		return
	}
	if k.isWritten() {
		k.tellEnd(ev, true)
		return
	}
	input := k.child.Input
	if k.child.Forgotten {
		input = o.input
	}
	r.putRecord(k, ev, mapresult.Record{
		Index: k.child.Index, Status: statusOf(o.status),
		Input: input, Output: o.output, Error: o.err, Cause: o.cause,
		Name: machine.ExecutionName(k.child.ID), ExecutionArn: k.child.ID,
		StateMachineArn: r.program.Options().StateMachineArn,
		Start:           o.started, Stop: o.ended, RedriveCount: o.redrives, NotRedrivable: o.notRedrivable,
	})
}

// childEnd is the end of a child that the core is to be told.
type childEnd struct {
	event   machine.Event
	child   store.ID // of a stored one, which is to be deleted
	index   int64
	written bool // its result, if the child has succeeded
}

// tellEnd says that the child has ended, and whether its result is written.
func (k *mapChild) tellEnd(ev machine.Event, written bool) {
	k.run.tellEnds(written, func(tell func(*mapChild, machine.Event)) { tell(k, ev) })
}

// tellEnds says that children have ended, and whether their results are written. The core
// is told of all that have when it is driven next. Others than those that have succeeded
// may be redriven. Those whose results are not written come after ResultsFailed, by which
// the core knows that, and so not with ends that it may be told of already.
func (r *mapRun) tellEnds(written bool, each func(tell func(*mapChild, machine.Event))) {
	var unwritten []machine.Event
	r.mu.Lock()
	untold := written && len(r.ends) == 0
	each(func(k *mapChild, ev machine.Event) {
		delete(r.children, k.child.Index)
		r.held -= k.weight
		if !written {
			unwritten = append(unwritten, ev)
			return
		}
		end := childEnd{event: ev, index: k.child.Index, written: ev.MapRun.Status == Succeeded}
		if k.execution != nil && end.written {
			end.child = k.execution.ID()
		}
		end.event.Task = r.task
		r.ends = append(r.ends, end)
	})
	last := r.aborted != nil && len(r.children) == 0
	read := r.takePostponed()
	r.mu.Unlock()
	if read != nil {
		r.reading.enqueue(read)
	}
	if last {
		r.completeAborted()
	}
	if untold {
		r.parent.deliverMail(&mail{ends: r}, keepNone)
	}
	for _, ev := range unwritten {
		r.tell(ev)
	}
}

// endChildren tells the core of children that have ended.
func (d *driver) endChildren(e *Execution, r *mapRun) {
	r.mu.Lock()
	ends := r.ends
	r.ends, r.spareEnds = r.spareEnds, nil
	r.telling = ends
	r.mu.Unlock()
	told := 0
	for ; told < len(ends); told++ {
		end := &ends[told]
		if e.x.Status != Running || e.drivingEnded() {
			break
		}
		if err := d.stepExecution(e, &end.event); err != nil || !end.written {
			if err != nil { // the execution does not know it
				r.mu.Lock()
				r.unapplied = addWritten(r.unapplied, ends[told:told+1])
				r.mu.Unlock()
			}
			continue // another attempt may need it
		}
		if e.stored == nil {
			r.dropChild(end.index)
		} else if end.child != (store.ID{}) && !e.isHalted() {
			g := d.openGroup(e)
			g.endedChildren = append(g.endedChildren, end.child)
		}
	}
	r.mu.Lock()
	r.unapplied = addWritten(r.unapplied, ends[told:])
	r.telling = nil
	clear(ends)
	r.spareEnds = ends[:0]
	r.mu.Unlock()
}

// deleteChildren deletes children of Map Runs whose results are stored.
func (s *durable) deleteChildren(ids []store.ID) {
	if len(ids) == 0 {
		return
	}
	s.in.beginDrive(false)
	go func() {
		defer s.in.endDrive()
		for group := range slices.Chunk(ids, deleteGroup) {
			if err := s.deleteEnded(s.in.ctx, group); err != nil && s.in.ctx.Err() == nil {
				s.in.logWarning("interpreter: children of a Map Run that have ended were not deleted",
					slog.Int("children", len(group)), slog.String("error", hosterr.Message(err)))
			}
		}
	}()
}
