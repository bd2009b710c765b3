package interpreter

import (
	"context"
	"log/slog"
	"slices"
	"strings"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

// Orphans are executions that a task or a Map Run has started and waits for no longer,
// because it timed out or its execution has ended. They are stopped after the change of the
// parent is stored. A process may end in between, so the parent stays due until they
// have been looked for: at orphansDue, which has passed like [store.Now].
const orphansDue int64 = 1

// childStopped is the cause of an execution that is stopped because its parent does
// not wait for it any longer.
const childStopped = "The task that waited for this execution was cancelled."

// awaitsChild reports whether the task starts an execution and waits for its end.
func (t *Task) awaitsChild() bool {
	r := t.Resource
	return r.Service == "states" && r.Action == "startExecution" && (r.Pattern == machine.Sync || r.Pattern == machine.Sync2)
}

// noteOrphans notes that the child of a task may be an orphan.
func (e *Execution) noteOrphans(t *Task) {
	if e.stored != nil && t.awaitsChild() {
		e.stored.orphans++
	}
}

// sweepOrphans has orphans of the execution stopped, if there may be any. The caller
// drives the execution. Shutdown waits for it: a process that only finds that its
// execution has ended might otherwise never come to it.
func (s *durable) sweepOrphans(e *Execution) {
	if e.stored.orphans > 0 && !e.stored.sweeping {
		e.stored.sweeping = true
		s.in.goDrive(func() { s.stopOrphans(e) })
	}
}

// stopOrphans stops the orphans of an execution. It tries until it succeeds. When the
// interpreter shuts down, a failure is left to the next process.
func (s *durable) stopOrphans(e *Execution) {
	ctx := s.in.ctx
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		noted, err := s.stopOrphansOnce(ctx, e)
		if err == nil {
			e.deliverMail(&mail{visit: func(d *driver) { d.orphansStopped(e, noted) }}, keepNone)
			return
		}
		if ctx.Err() == nil {
			s.in.logWarning("interpreter: stopping the children of an execution failed and is repeated",
				slog.String("execution", e.stored.id.String()), slog.Any("error", err))
		}
		if !s.in.sleepUntilDraining(pause) {
			return
		}
	}
}

// orphansStopped notes that the orphans were stopped that had been noted.
func (d *driver) orphansStopped(e *Execution, noted int) {
	e.stored.sweeping = false
	if e.drivingEnded() {
		return
	}
	if m := e.extras.Load(); m != nil && len(m.ending) > 0 {
		return // until they are released
	}
	if e.stored.orphans == noted {
		e.stored.orphans = 0
		d.openGroup(e) // it has another Due
		return
	}
	e.in.durable.sweepOrphans(e)
}

// stopOrphansOnce stops the children that run and that no outstanding task of the
// execution has started, and deletes those of Map Runs that have ended and that no redrive
// needs. It returns how many orphans had been noted before.
func (s *durable) stopOrphansOnce(ctx context.Context, e *Execution) (noted int, err error) {
	if err := s.resumeEndedRuns(ctx, e); err != nil {
		return 0, err
	}
	var namespace string
	err = e.visitStored(ctx, func(*machine.Execution) {
		noted, namespace = e.stored.orphans, e.stored.head.Namespace
	})
	if err != nil {
		return 0, err
	}
	q := store.Query{Namespace: &namespace, Parent: e.stored.id, Status: []Status{Running}}
	if len(e.program.Load().Children()) > 0 {
		q.Status = nil
	}
	var running []store.ID
	ended := make(map[string]store.ID)
	for child, err := range s.in.ListAll(ctx, q) {
		switch {
		case err != nil:
			return 0, err
		case child.Status == Running:
			running = append(running, child.ID)
		case isMapChild(&child.Head):
			ended[child.Name] = child.ID
		}
	}
	awaited := make(map[[16]byte]bool) // token keys of children, which are computed from the tokens of tasks
	names := make(map[string]bool)     // of children of Map Runs
	err = e.visitStored(ctx, func(x *machine.Execution) { e.addAwaited(x, awaited, names) })
	if err != nil {
		return 0, err
	}
	for _, id := range running { // listed before, so that no later child is taken for one
		if err := s.stopIfOrphan(ctx, id, awaited); err != nil {
			return 0, err
		}
	}
	var unneeded []store.ID
	for name, id := range ended {
		if !names[name] {
			unneeded = append(unneeded, id)
		}
	}
	for group := range slices.Chunk(unneeded, deleteGroup) {
		if err := s.deleteEnded(ctx, group); err != nil {
			return 0, err
		}
	}
	return noted, nil
}

// addAwaited adds the token keys of the children that the execution waits for, and the
// names of those of Map Runs that it needs.
func (e *Execution) addAwaited(x *machine.Execution, keys map[[16]byte]bool, names map[string]bool) {
	for id := range x.KeptChildren() {
		names[machine.ExecutionName(id)], names[id] = true, true // that of an EXPRESS child is its ARN
	}
	m := e.extras.Load()
	if m == nil {
		return
	}
	for _, t := range m.tasks {
		if t != nil && t.awaitsChild() {
			keys[e.in.childTokenKey(x.Token(t.id))] = true
		}
	}
	for _, r := range m.mapRuns {
		r.addAwaited(keys, names)
	}
	for _, r := range m.ending {
		r.addAwaited(keys, names)
	}
}

// isMapChild reports whether an execution is a child of a Map Run, whose state
// machine's ARN ends in a slash and a label.
func isMapChild(h *store.Head) bool { return strings.Contains(h.Machine, "/") }

// stopIfOrphan stops a child that was started to be waited for and is not.
func (s *durable) stopIfOrphan(ctx context.Context, id store.ID, awaited map[[16]byte]bool) error {
	child, err := s.openExecution(ctx, id)
	if err != nil {
		if isUnloadable(err) {
			return nil // it is parked, and does nothing
		}
		return err
	}
	orphan := false
	if err := child.visitStored(ctx, func(x *machine.Execution) {
		orphan = x.Status == Running && x.Depth > 0 && !awaited[x.TokenKey]
	}); err != nil || !orphan {
		return err
	}
	if err := child.Stop(ctx, "", childStopped); err != nil && !isError(err, ErrEnded) {
		return err
	}
	return nil
}
