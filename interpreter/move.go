package interpreter

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/gostates/gostates/interpreter/internal/hosterr"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

// MoveOptions configure a move. The zero value works.
type MoveOptions struct {
	// AcceptDifferences moves an execution although it behaves differently afterwards:
	// see [Interpreter.CheckMove]. Differences that are Refused are refused nevertheless.
	AcceptDifferences bool
}

// CheckMove says what would differ for a stored execution that has not ended, if it went
// on under another definition: [Interpreter.Move]. The result is empty if nothing that it
// has in use differs: see [machine.Program.CheckMove]. It looks at what is stored, and
// changes nothing.
//
// An execution whose records cannot be folded by its own program, because this version of
// the library decides otherwise, the definition does not compile or nobody has it, is
// made from its records by p. A history event that p makes with other data is then a
// difference, and another event is one that is Refused.
//
// The error is [ErrNoProgram], [ErrEnded], [store.ErrNotFound], or why the execution
// cannot be read.
func (in *Interpreter) CheckMove(ctx context.Context, id store.ID, p *Program) ([]machine.MoveDifference, error) {
	s := in.durable
	switch {
	case s == nil:
		return nil, errNoStore
	case p == nil:
		return nil, ErrNoProgram
	}
	st, err := s.loadState(ctx, id)
	if err != nil {
		return nil, err
	}
	plan, err := s.planMove(ctx, st, p)
	if err != nil {
		return nil, err
	}
	return plan.found, nil
}

// Move has a stored execution that has not ended go on under another definition, or with
// other options: parked, at rest or at work. AWS has nothing like it.
//
//	differences, err := in.CheckMove(ctx, id, v2)
//	// ... look at them ...
//	err = in.Move(ctx, id, v2, interpreter.MoveOptions{AcceptDifferences: true})
//
// States that it enters from now on are those of p. Whatever has begun stays: outstanding
// tasks, their tokens and deadlines, Map Runs and their children, variables, results. A
// handler that runs is not called again, and a task of this process that waits for a
// worker goes to the handler that it had. The history goes on. A parked execution is
// continued at once.
//
// When Move returns nil the move is stored, in one change with a snapshot; a process that
// is killed before has not moved it. If it has that definition already, nothing happens.
// In a [store.Shared] another process may have the execution: it drops it when it learns
// of the move, and a task whose handler runs there is delivered again.
//
// The error is a [*machine.MoveError] if a difference is Refused, or if there are others
// and o does not accept them; [ErrEnded]; [ErrReentry] inside a hook; [ErrLeaseLost] if
// the execution changes all the time; and otherwise as of CheckMove. After an error of ctx
// or of the store it may be moved or not: repeat the call.
func (in *Interpreter) Move(ctx context.Context, id store.ID, p *Program, o MoveOptions) error {
	s := in.durable
	const doing = "moving an execution"
	switch {
	case s == nil:
		return errNoStore
	case p == nil:
		return ErrNoProgram
	case in.phase.Load() != phaseOpen:
		return ErrClosed
	case ctx.Err() != nil:
		return fmt.Errorf("interpreter: "+doing+": %w", contextError(ctx))
	case insideHook():
		return fmt.Errorf("interpreter: "+doing+": %w", ErrReentry)
	}
	pause := firstPause
	for range mostMoves {
		err := s.moveOnce(ctx, id, p, &o)
		if err != errMoveAgain { //nolint:errorlint // it is never wrapped
			return err
		}
		if !s.sleepBetween(ctx, pause) {
			break
		}
		pause *= 2
	}
	switch {
	case in.ctx.Err() != nil:
		return ErrClosed
	case ctx.Err() != nil:
		return fmt.Errorf("interpreter: "+doing+": %w", s.waitError(ctx))
	}
	return fmt.Errorf("interpreter: moving execution %s: %w", id, ErrLeaseLost)
}

// mostMoves is how often a move is tried that others come before.
const mostMoves = 8

// errMoveAgain says that the execution has changed since it was looked at.
var errMoveAgain = errors.New("interpreter: the execution has changed meanwhile")

// movePlan is what a move makes of a stored state.
type movePlan struct {
	x     *machine.Execution // of the other program; nil if a difference is Refused
	host  hostState
	move  storedMove
	found []machine.MoveDifference
	same  bool // it is of that program, and needs no move
}

// check returns an error if the caller does not want the move.
func (o *MoveOptions) check(found []machine.MoveDifference) error {
	refused := slices.ContainsFunc(found, func(d machine.MoveDifference) bool { return d.Refused })
	if refused || len(found) > 0 && !o.AcceptDifferences {
		return &machine.MoveError{Differences: found}
	}
	return nil
}

// planMove finds the differences, and makes the execution of the other program.
func (s *durable) planMove(ctx context.Context, st *store.State, p *Program) (*movePlan, error) {
	if st.Head.Status != Running {
		return nil, movedAfterEnd(st.Head.Name, st.Head.Status)
	}
	parts, err := s.readState(ctx, st)
	if err != nil {
		return nil, fmt.Errorf("interpreter: restoring execution %s (%s): %w", st.Head.Name, st.ID, err)
	}
	plan := &movePlan{host: parts.host, move: storedMove{digest: p.Digest()}}
	from, err := s.program(ctx, st.Head.Digest)
	lost := err != nil
	switch {
	case isStoreFailure(err) || lost && (ctx.Err() != nil || s.in.ctx.Err() != nil):
		return nil, err
	case lost && st.Head.Digest == p.Digest(): // the store gets it again
		err = plan.fromProgram(st, parts, p, p)
		plan.same = false
	case lost:
		err = s.planFromRecords(ctx, plan, st, parts, p)
	default:
		err = plan.fromProgram(st, parts, from, p)
	}
	if err != nil {
		return nil, fmt.Errorf("interpreter: moving execution %s (%s): %w", st.Head.Name, st.ID, err)
	}
	return plan, nil
}

func movedAfterEnd(name string, status Status) error {
	return fmt.Errorf("interpreter: moving execution %s: %w: %s", name, ErrEnded, status)
}

// fromProgram plans the move of an execution whose own program is known. If that cannot
// fold the records, the other one does.
func (plan *movePlan) fromProgram(st *store.State, parts *stateParts, from, p *Program) (err error) {
	base := new(machine.Execution)
	if err := parts.restoreBase(from, base); err != nil {
		return err
	}
	x := base.Clone()
	folds := from.Fold(x, parts.records...) == nil
	if folds {
		if err := checkRestored(x, st); err != nil {
			return err
		}
		plan.same = from.Digest() == p.Digest()
		base, parts.records = x, nil
	}
	if plan.found, err = from.CheckMove(base, p); err != nil {
		return err
	}
	plan.move.event = base.Seq
	y, err := from.Move(base, p)
	var refused *machine.MoveError
	switch {
	case errors.As(err, &refused):
		return nil // they are among those that were found
	case err != nil:
		return err
	}
	return plan.fold(y, st, p, parts.records)
}

// planFromRecords plans the move of an execution whose own program is not known.
func (s *durable) planFromRecords(ctx context.Context, plan *movePlan, st *store.State, parts *stateParts, p *Program) (err error) {
	refuse := func(field, text string) {
		plan.found = append(plan.found, machine.MoveDifference{Field: field, Text: text, Refused: true})
	}
	if arn := p.Options().StateMachineArn; arn != st.Head.Machine {
		refuse("StateMachineArn", fmt.Sprintf("%q, and %q in the other Program", st.Head.Machine, arn))
		return nil
	}
	records := parts.records
	if st.Since > 0 {
		if records, _, err = s.readRecords(ctx, st.ID); err != nil {
			return err
		}
	}
	if len(records) == 0 || records[0].Start == nil {
		return fmt.Errorf("%w: record 1 does not begin the execution", errDamaged)
	}
	start := records[0].Start
	if start.StartAt != "" && !p.StartsAt(start.StartAt) {
		refuse("StartAt", fmt.Sprintf("the execution begins in state %s, which the other definition does not have", start.StartAt))
		return nil
	}
	if steps := records[0].Steps; len(steps) > 0 && steps[0].At.Before(st.Head.Started) {
		refuse("", "it was forked, and cannot be made from its records without its own definition")
		return nil
	}
	return plan.fold(p.New(*start), st, p, records)
}

// fold has the other program make the Steps of records.
func (plan *movePlan) fold(x *machine.Execution, st *store.State, p *Program, records []*machine.Record) error {
	found, err := p.FoldMoved(x, records...)
	plan.found = append(plan.found, found...)
	var diverged *machine.DivergedError
	switch {
	case errors.As(err, &diverged):
		plan.found = slices.Insert(plan.found, 0, machine.MoveDifference{
			Field: fmt.Sprintf("event %d", diverged.Event), Text: diverged.Error(), Refused: true,
		})
		return nil
	case err != nil:
		return err
	}
	plan.x = x
	return checkRestored(x, st)
}

// moveOnce moves an execution, or returns errMoveAgain.
func (s *durable) moveOnce(ctx context.Context, id store.ID, p *Program, o *MoveOptions) error {
	st, err := s.loadState(ctx, id)
	if err != nil {
		return err
	}
	plan, err := s.planMove(ctx, st, p)
	if err != nil || plan.same {
		return err
	}
	if err := o.check(plan.found); err != nil {
		return err
	}
	if err := s.keepDefinition(ctx, p); err != nil {
		return err
	}
	s.mu.Lock()
	e := s.handle(id)
	s.mu.Unlock()
	switch {
	case !e.isPassive():
		return s.moveLoaded(ctx, e, p, o)
	case s.isShared():
		if err := s.commitMove(ctx, st, p, plan); err != nil {
			return err
		}
		s.noticeMove(ctx, id)
		return nil
	case !s.wakePassive(e, &mail{}):
		return errMoveAgain
	}
	// Nobody loads it meanwhile.
	err = s.commitMove(ctx, st, p, plan)
	if err == nil {
		s.forgetParked(e)
	}
	s.in.beginDrive(false)
	go func() {
		defer s.in.endDrive()
		s.loadAndDrive(e, nil)
	}()
	return err
}

// forgetParked is unpark for an execution that the caller has claimed.
func (s *durable) forgetParked(e *Execution) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if parked := s.parked[e.stored.id]; parked != nil {
		e.stored.givenUp = parked.givenUp
		delete(s.parked, e.stored.id)
	}
}

// noticeMove has the process that has the execution look at it, or any one if none has:
// its next change is refused, since there is a later version.
func (s *durable) noticeMove(ctx context.Context, id store.ID) {
	if err := s.postEvent(ctx, id, postAddress{}, machine.Event{Kind: machine.Tick}); err != nil {
		s.in.logWarning("interpreter: the process that has a moved execution was not told",
			slog.String("execution", id.String()), slog.String("error", hosterr.Message(err)))
	}
}

// commitMove stores the move of an execution that is not in memory. The records since the
// last snapshot are of another program, so that it always has a snapshot.
func (s *durable) commitMove(ctx context.Context, st *store.State, p *Program, plan *movePlan) (err error) {
	h := st.Head
	h.Digest, h.Parked = p.Digest(), ""
	if h.Due != preparedDue && h.Due != orphansDue {
		h.Due = store.Now
	}
	change := store.Change{ID: st.ID, Version: st.Version + 1, Head: &h, Owner: s.lease.currentOwner()}
	var w machine.RecordWriter
	if change.Record, err = appendRecord(nil, appendMove(nil, plan.move), &w); err == nil {
		change.Snapshot, err = appendSnapshot(nil, p, plan.x, plan.host.sortTasks())
	}
	if err != nil {
		return fmt.Errorf("interpreter: encoding the move of execution %s: %w", h.Name, err)
	}
	if err := s.encodeChange(ctx, &change, h.Namespace); err != nil {
		return err
	}
	err = s.commitChanges(ctx, "moving execution "+h.Name, []store.Change{change})
	if isError(err, store.ErrConflict) {
		return errMoveAgain
	}
	return err
}

// moveLoaded moves an execution that is in memory.
func (s *durable) moveLoaded(ctx context.Context, e *Execution, p *Program, o *MoveOptions) error {
	seen, stored := make(chan error, 1), make(chan error, 1)
	visited := false
	e.deliverMail(&mail{present: true, reply: seen, visit: func(d *driver) {
		visited = true // before seen is sent to
		if err := d.moveExecution(e, p, o); err != nil {
			stored <- err
			return
		}
		d.group.replies = append(d.group.replies, reply{stored, nil})
	}}, keepNone)
	if err := s.awaitMove(ctx, seen); err != nil {
		return err
	}
	if !visited {
		return errMoveAgain
	}
	err := s.awaitMove(ctx, stored)
	if err == ErrLeaseLost { //nolint:errorlint // it is not wrapped
		return errMoveAgain
	}
	return err
}

func (s *durable) awaitMove(ctx context.Context, answer chan error) error {
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return fmt.Errorf("interpreter: the execution may or may not be moved: %w", s.waitError(ctx))
	case <-s.in.ctx.Done():
		return ErrClosed
	}
}

// moveExecution makes the execution that is driven one of another program. The move is
// part of the group.
func (d *driver) moveExecution(e *Execution, p *Program, o *MoveOptions) error {
	switch {
	case e.in.phase.Load() == phaseClosed:
		return ErrClosed
	case e.drivingEnded() || e.stored.stale || e.stored.version == 0:
		return errMoveAgain
	case e.x.Status != Running:
		return movedAfterEnd(e.Name(), e.x.Status)
	}
	from := e.program.Load()
	if from.Digest() == p.Digest() { // another call has moved it
		d.openGroup(e)
		return nil
	}
	found, err := from.CheckMove(&e.x, p)
	if err == nil {
		err = o.check(found)
	}
	if err != nil {
		return err
	}
	move := storedMove{e.x.Seq, p.Digest()}
	x, err := from.Move(&e.x, p)
	if err != nil {
		return err
	}
	snapshot, err := p.Marshal(x)
	if err != nil {
		return err
	}
	if e.isWatched() {
		mu := e.stepLock() // a hook may take a Snapshot
		mu.Lock()
		defer mu.Unlock()
	}
	if err := p.RestoreInto(&e.x, snapshot); err != nil {
		e.haltExecution(err, true)
		return err
	}
	e.program.Store(p)
	g := d.openGroup(e)
	g.notes = appendMove(g.notes, move)
	return nil
}
