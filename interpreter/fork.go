package interpreter

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

// Point is a place from which an execution begins or goes on: [AtEvent] or [FromState].
// The zero Point is the beginning. AWS has neither.
type Point struct {
	event     uint32
	fromState bool
	state     string
	input     any
}

func (at *Point) isZero() bool { return at.event == 0 && !at.fromState }

// AtEvent is the place behind a history event of another execution: see
// [Interpreter.Fork].
func AtEvent(id uint32) Point { return Point{event: id} }

// FromState is the beginning of a state that is not inside of a Parallel or Map state,
// with an input as of [Interpreter.Start]. No variables are assigned.
func FromState(name string, input any) Point {
	return Point{fromState: true, state: name, input: input}
}

// setStart has an execution begin in the state of the Point.
func (at *Point) setStart(p *Program, start *machine.Start) (err error) {
	const doing = "interpreter: starting an execution"
	if !at.fromState {
		return fmt.Errorf(doing+": %w: AtEvent is for Fork", machine.ErrFork)
	}
	if !p.StartsAt(at.state) {
		return fmt.Errorf(doing+": %w: %q", machine.ErrState, at.state)
	}
	start.StartAt = at.state
	start.StateInput, err = parseInput(at.input)
	return err
}

// TaskResult is the result of a task: an output, or with an Error or a Cause a failure.
type TaskResult struct {
	Output       any // as of [Interpreter.SendTaskSuccess]
	Error, Cause string
}

// ForkOptions configure a fork. The zero value works.
type ForkOptions struct {
	Name string            // of the new execution, as in StartOptions
	Tags map[string]string // of the new execution; nil: those of the old one
	// Result, if not nil, replaces the result of the task that ended at the event.
	Result *TaskResult
	// Input, if not nil, is the input of the new execution, as of [Interpreter.Start].
	// With AtEvent the event must be one that the start made, such as event 1.
	Input any
}

// Fork starts a new execution of the program of a stored one, running or ended, which
// it leaves alone. AWS has nothing like it.
//
// With [AtEvent] the new execution has the history of the old one up to that event, and
// the other events that were made together with it, such as those of the states between
// two tasks. Then it goes on by itself, as an execution does that is redriven: states
// that were entered and not left run again, and with them their tasks, under tokens of
// the new execution; branches and iterations that have ended keep their results;
// retries, timeouts and Wait states count anew. States that ended before the event are
// not run again, and data that they made from the name of the execution or from a token stays.
//
//	// what if the card had been declined?
//	e, err := in.Fork(ctx, id, interpreter.AtEvent(7), interpreter.ForkOptions{
//		Result: &interpreter.TaskResult{Error: "CardDeclined"},
//	})
//
// With [FromState] it begins in that state, with the input and the seed of the old one.
//
// The error wraps [machine.ErrFork] if there is no such event, the old execution has
// ended at it and nothing is changed, or the change is not possible there;
// [machine.ErrState] if there is no such state; [machine.ErrInterrupted] behind a stop
// in the middle of a state that computed. It is an [*ExecutionExistsError] if the name
// is taken, [ErrInvalidName], [ErrReentry] inside a hook, and otherwise why the old
// execution cannot be loaded, such as [store.ErrNotFound]. After an error of ctx or of
// the store the new execution may exist or not.
func (in *Interpreter) Fork(ctx context.Context, id store.ID, at Point, o ForkOptions) (*Execution, error) {
	s := in.durable
	const doing = "forking an execution"
	switch {
	case s == nil:
		return nil, errNoStore
	case in.phase.Load() != phaseOpen:
		return nil, ErrClosed
	case ctx.Err() != nil:
		return nil, fmt.Errorf("interpreter: "+doing+": %w", contextError(ctx))
	case insideHook():
		return nil, fmt.Errorf("interpreter: "+doing+": %w", ErrReentry)
	case at.isZero():
		return nil, fmt.Errorf("interpreter: "+doing+": %w: neither AtEvent nor FromState", machine.ErrFork)
	case at.fromState && o.Result != nil:
		return nil, fmt.Errorf("interpreter: "+doing+": %w: FromState takes over no result", machine.ErrFork)
	}
	st, err := s.loadState(ctx, id)
	if err != nil {
		return nil, err
	}
	records, moves, err := s.readRecords(ctx, id)
	if err != nil {
		return nil, err
	}
	if len(records) == 0 || records[0].Start == nil {
		return nil, fmt.Errorf("interpreter: forking execution %s: %w: record 1 does not begin the execution", id, errDamaged)
	}
	if o.Tags == nil {
		o.Tags = st.Head.Tags
	}
	if at.fromState {
		p, err := s.program(ctx, st.Head.Digest)
		if err != nil {
			return nil, err
		}
		old, input := records[0].Start, o.Input
		if input == nil {
			input = old.Input
		}
		return in.Start(ctx, p, input, StartOptions{Name: o.Name, Tags: o.Tags, Seed: old.Seed, From: at})
	}
	return s.forkAtEvent(ctx, st, records, moves, at.event, &o)
}

// programsUntil returns the program of the first Steps of an execution, and the moves
// before an event. The digest is that of its first record.
func (s *durable) programsUntil(ctx context.Context, digest string, moves []storedMove, event uint32) (p *Program, before []machine.Moved, err error) {
	later := 0
	for i, m := range moves {
		if m.event == 0 { // that program made all Steps until then
			digest, later = m.digest, i+1
		}
	}
	if p, err = s.program(ctx, digest); err != nil {
		return nil, nil, err
	}
	for _, m := range moves[later:] {
		if m.event >= event {
			break
		}
		to, err := s.program(ctx, m.digest)
		if err != nil {
			return nil, nil, err
		}
		before = append(before, machine.Moved{Event: m.event, To: to})
	}
	return p, before, nil
}

// forkAtEvent makes, stores and begins a fork.
func (s *durable) forkAtEvent(ctx context.Context, st *store.State, records []*machine.Record, moves []storedMove, event uint32, o *ForkOptions) (*Execution, error) {
	in := s.in
	p, before, err := s.programsUntil(ctx, records[0].Digest, moves, event)
	if err != nil {
		return nil, err
	}
	records[0].Digest = p.Digest()
	start, err := in.makeStart(p, o.Input, &StartOptions{Name: o.Name, Tags: o.Tags})
	if err != nil {
		return nil, err
	}
	f := machine.Fork{Event: event, Start: start, Moves: before}
	if o.Input != nil {
		f.Input = &start.Input
	}
	if f.Result, err = o.Result.event(); err != nil {
		return nil, err
	}
	if f.At, err = in.currentTime(); err != nil {
		return nil, err
	}
	var w machine.RecordWriter
	x, err := p.Fork(records, f, &w)
	if err != nil {
		return nil, fmt.Errorf("interpreter: forking execution %s (%s): %w", st.Head.Name, st.ID, err)
	}
	var notes []byte
	for _, m := range before {
		p = m.To
		notes = appendMove(notes, storedMove{m.Event, p.Digest()})
	}
	if err := s.lease.awaitOwner(ctx); err != nil {
		return nil, err
	}
	change, err := s.forkChange(ctx, p, x, notes, &w)
	if err != nil {
		return nil, err
	}
	change.Head.Tags = maps.Clone(o.Tags)
	if err := s.commitFork(ctx, change); err != nil {
		var taken *store.ConflictError
		if errors.As(err, &taken) {
			key := executionKey(p, x.ID)
			e, err := s.findByName(ctx, startKey{key.machine, key.name})
			if err != nil {
				return nil, err
			}
			return nil, &ExecutionExistsError{e}
		}
		return nil, err
	}
	s.mu.Lock()
	e := s.handle(change.ID)
	s.mu.Unlock()
	s.wakeAndDrive(e, &mail{})
	if change.Head.Due == endDue { // the change has ended it
		s.resumeAnnouncing(change.ID)
	}
	return s.openExecution(ctx, change.ID)
}

// event returns the event of a result; nil if there is none.
func (r *TaskResult) event() (*machine.Event, error) {
	switch {
	case r == nil:
		return nil, nil
	case r.Error != "" || r.Cause != "":
		return &machine.Event{Kind: machine.TaskFailed, Error: nilIfEmpty(r.Error), Cause: nilIfEmpty(r.Cause)}, nil
	}
	v, err := externalValue(r.Output)
	if err != nil {
		return nil, invalidOutputError(r.Output, err)
	}
	return &machine.Event{Kind: machine.TaskSucceeded, Output: v}, nil
}

// forkChange makes the first change of a fork.
func (s *durable) forkChange(ctx context.Context, p *Program, x *machine.Execution, notes []byte, w *machine.RecordWriter) (change store.Change, err error) {
	change.ID, change.Version = store.ID([]byte(x.TokenID())), 1
	change.Owner = s.lease.currentOwner()
	if change.Record, err = appendRecord(nil, notes, w); err == nil {
		change.Snapshot, err = appendSnapshot(nil, p, x, nil)
	}
	if err != nil {
		return change, fmt.Errorf("interpreter: encoding the fork %s: %w", machine.ExecutionName(x.ID), err)
	}
	key := executionKey(p, x.ID)
	h := &store.Head{Namespace: s.namespace, Machine: key.machine, Name: key.name, Digest: key.digest, Status: x.Status,
		Started: nanoTime(x.StartedAt), Due: store.Now}
	if x.Status != Running {
		h.Ended, h.Due = x.Time(), s.in.scopesDue(x)
		if s.in.onEnd != nil {
			h.Due = endDue
		}
	}
	change.Head = h
	return change, s.encodeChange(ctx, &change, s.namespace)
}

// commitFork stores a fork. The error is a *store.ConflictError if its name is taken.
func (s *durable) commitFork(ctx context.Context, change store.Change) error {
	taken, err := callStore(ctx, s, "storing the fork "+change.Head.Name, func(ctx context.Context) (bool, error) {
		err := s.store.Commit(ctx, []store.Change{change})
		var conflict *store.ConflictError
		if errors.As(err, &conflict) && len(conflict.Names) > 0 {
			return true, nil
		}
		return false, err
	})
	if taken {
		return &store.ConflictError{Names: []store.ID{change.ID}}
	}
	return err
}

// readRecords returns all records of an execution but those of a head alone, and the
// moves in them.
func (s *durable) readRecords(ctx context.Context, id store.ID) (records []*machine.Record, moves []storedMove, err error) {
	err = s.eachRecord(ctx, id, math.MaxUint64-1, func(_ uint64, notes []byte, rec *machine.Record) error {
		moved, err := movesIn(notes)
		records, moves = append(records, rec), append(moves, moved...)
		return err
	})
	return records, moves, err
}

// eachRecord calls f with the records of an execution up to a version, but those of a
// head alone, until it returns an error.
func (s *durable) eachRecord(ctx context.Context, id store.ID, last uint64, f func(version uint64, notes []byte, rec *machine.Record) error) error {
	r := recordReader{durable: s, ctx: ctx, id: id}
	if err := r.findNamespace(); err != nil {
		return err
	}
	for next := uint64(1); next <= last; {
		w, err := r.readWindow(next-1, min(next+mostRecords-1, last)+1, false)
		if err != nil {
			return err
		}
		for i, data := range w.records {
			if len(data) == 0 { // of a change of the head alone
				continue
			}
			version := w.first + uint64(i)
			notes, rec, err := r.decodeRecord(version, data)
			if err == nil {
				err = f(version, notes, rec)
			}
			if err != nil {
				return r.recordError(version, err)
			}
		}
		switch {
		case w.damage != nil:
			return w.damage
		case len(w.records) == 0 && next == 1:
			return r.notFound()
		case len(w.records) == 0:
			return nil
		}
		next = w.end()
	}
	return nil
}
