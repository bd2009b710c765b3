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
)

// mapChild is a child execution of a Map Run, from StartChild to ChildEnded.
type mapChild struct {
	run   *mapRun
	child *machine.Child

	// Under the Map Run's mu:
	execution *Execution // nil: not started yet
	stops     bool       // it must be stopped with cause
	cause     string
}

// startChild starts a child execution, or finds the one that an earlier process or an
// earlier command has started.
func (r *mapRun) startChild(c *machine.Child, resumed bool) {
	r.mu.Lock()
	if r.children[c.Index] != nil {
		r.mu.Unlock()
		return
	}
	k := &mapChild{run: r, child: c}
	r.children[c.Index] = k
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

func (k *mapChild) token() string { return k.run.token + "/" + strconv.FormatInt(k.child.Index, 10) }

// addAwaited adds the token keys and the names of the children that the core waits for.
func (r *mapRun) addAwaited(keys map[[16]byte]bool, names map[string]bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, k := range r.children {
		keys[r.parent.in.childTokenKey(k.token())] = true
		names[machine.ExecutionName(k.child.ID)] = true
	}
}

func (k *mapChild) startChild() {
	r := k.run
	start := childStart{parent: r.parent, program: r.program, input: k.child.Input}
	start.start = StartOptions{Name: k.child.ID, token: k.token(), depth: uint8(min(int(r.parent.x.Depth)+1, maxDepth))}
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
	child.whenEnded(func() { k.childEnded(child) })
	if stops {
		child.stopAsync(cause)
	}
}

// stopChild stops a child. One that this process does not know was lost before it began.
func (r *mapRun) stopChild(c *machine.Child, cause string) {
	r.mu.Lock()
	k := r.children[c.Index]
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
			k.findStored(abort)
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

// findStored stops the child that the store has, or calls abort if there is none.
func (k *mapChild) findStored(abort func()) {
	r, s := k.run, k.run.parent.in.durable
	key := executionKey(r.program, k.child.ID)
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		child, err := s.findByName(r.ctx, startKey{key.machine, key.name})
		switch {
		case err == nil:
			k.await(child)
			return
		case errors.Is(err, store.ErrNotFound):
			abort()
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
	k.passOn(&mapOutcome{
		status: x.Status, output: x.Outcome.Output, err: x.Outcome.Error, cause: x.Outcome.Cause,
		started: nanoTime(x.StartedAt), ended: x.Time(), redrives: int64(redrives),
	})
}

// passOn writes the result of the child, and tells the execution that it has ended.
func (k *mapChild) passOn(o *mapOutcome) {
	r := k.run
	ev := machine.Event{Kind: machine.ChildEnded, MapRun: &machine.MapRunEvent{
		Index: k.child.Index, Status: o.status, StartedAt: o.started, StoppedAt: o.ended,
	}}
	if !r.exports {
		ev.Output, ev.Error, ev.Cause = o.output, o.err, o.cause
		k.tellEnd(ev)
		return
	}
	r.putRecord(childRecord{child: k, event: ev, record: mapresult.Record{
		Index: k.child.Index, Status: statusOf(o.status),
		Input: k.child.Input, Output: o.output, Error: o.err, Cause: o.cause,
		Name: machine.ExecutionName(k.child.ID), ExecutionArn: k.child.ID,
		StateMachineArn: r.program.Options().StateMachineArn,
		Start:           o.started, Stop: o.ended, RedriveCount: o.redrives,
	}})
}

// tellEnd says that the child has ended, and that its result is written.
func (k *mapChild) tellEnd(ev machine.Event) {
	r := k.run
	r.mu.Lock()
	delete(r.children, k.child.Index)
	var ended store.ID
	if k.execution != nil {
		ended = k.execution.ID()
	}
	last := r.aborted && len(r.children) == 0
	r.mu.Unlock()
	if last {
		r.completeAborted()
	}
	ev.Task = r.task
	r.parent.deliverMail(&mail{event: ev, ended: ended}, keepNone)
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
