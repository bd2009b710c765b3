package machine

import (
	"errors"
	"fmt"
	"time"
)

// ErrFork: an execution cannot be forked at this event, or not with this change. Errors
// of [Program.Fork] wrap it.
var ErrFork = errors.New("machine: no place to fork")

// Fork says which part of an execution another one takes over: see [Program.Fork].
type Fork struct {
	// Event is the ID of a history event. The Step that made it is the last one that is
	// taken over, with all events that it made.
	Event uint32
	// Result, if not nil, is what the last Step gets instead of its own event, which must
	// be TaskSucceeded or TaskFailed: another one of these, with an Output or an Error and
	// Cause. Its Task is ignored.
	Result *Event
	// Input, if not nil, is the input of the new execution. Event must be one that the
	// first Step has made.
	Input *any
	// Start has the ID, TokenKey, TokenID and Depth of the new execution. The rest is
	// that of the old one.
	Start Start
	// At is the time of the fork, at which the new execution starts.
	At time.Time
	// Moves are the moves of the old execution, in order: Steps that follow one are made
	// by its Program, of which the new execution is then.
	Moves []Moved
}

// Moved is a move of an execution: see [Program.Move].
type Moved struct {
	Event uint32 // the last one before the move; 0: none
	To    *Program
}

// Fork makes a new execution from the records of another one, up to an event. The new
// one has the same history until then. After that it goes on by itself, as an execution
// does that is redriven: states that were entered and not left run again, with a new
// Scheduled event of a task and without another StateEntered; branches and iterations
// that have ended keep their results; retries, timeouts and Wait states count anew. The
// next Step is that of a Tick event.
//
// Start and all Steps are added to w, which must be empty, so that w is the record of
// the new execution until its snapshot. It cannot be folded if the data of the execution
// depends on its name or on tokens.
//
// The error wraps [ErrFork] if there is no such event, the execution has ended at that
// event and nothing is changed, a Map Run is under way, or the change is not possible.
// Otherwise it is as of [Program.NewFromRecord], [Program.Fold] and [Program.Step].
func (p *Program) Fork(records []*Record, f Fork, w *RecordWriter) (*Execution, error) {
	if len(records) == 0 {
		return nil, fmt.Errorf("%w: there are no records", ErrFork)
	}
	now, ok := nanosOf(f.At)
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrTime, f.At.UTC().Format(time.RFC3339))
	}
	if n := len(f.Start.TokenID); n > MaxTokenID {
		return nil, fmt.Errorf("%w: Fork.Start.TokenID has %d", ErrTokenID, n)
	}
	x, err := p.NewFromRecord(records[0])
	if err != nil {
		return nil, err
	}
	start := *records[0].Start
	start.ID, start.TokenKey, start.TokenID, start.Depth = f.Start.ID, f.Start.TokenKey, f.Start.TokenID, f.Start.Depth
	if f.Input != nil {
		start.Input = *f.Input
		changed := *records[0].Start
		changed.Input = *f.Input
		x = p.New(changed)
	}
	w.AddStart(p.New(start))
	if p, x, err = p.foldUntil(x, records, &f, w); err != nil {
		return nil, err
	}
	if w.w.err != nil {
		return nil, w.w.err
	}
	if len(p.children) > 0 && x.holdsMapRun() {
		return nil, fmt.Errorf("%w: a Map Run is under way at event %d", ErrFork, f.Event)
	}
	x.becomeFork(&start, now)
	if x.Status == Running {
		s := step{p: p, x: x, now: x.Now}
		s.resumeFork()
	}
	return x, nil
}

// foldUntil folds the Steps up to the one that made the event of a fork. It returns the
// execution, and its Program.
func (p *Program) foldUntil(x *Execution, records []*Record, f *Fork, w *RecordWriter) (*Program, *Execution, error) {
	moves := f.Moves
	first := true
	var r Result
	for _, rec := range records {
		for i := range rec.Steps {
			st := &rec.Steps[i]
			var err error
			if p, x, moves, err = p.moveBefore(x, moves, st); err != nil {
				return nil, nil, err
			}
			last := false
			if n := len(st.Events); n > 0 {
				last = st.Events[n-1].ID >= f.Event
			}
			ev := st.Event
			changed := last && f.Result != nil || f.Input != nil
			if err := f.changeEvent(&ev, first, last); err != nil {
				return nil, nil, err
			}
			if st.Interrupted && !changed {
				return nil, nil, ErrInterrupted
			}
			r.History, r.MaxTransitions = true, st.MaxTransitions
			if err := p.Step(x, ev, st.At, &r); err != nil {
				return nil, nil, err
			}
			if st.History && !changed {
				if err := compareHistory(st.Events, r.Events); err != nil {
					return nil, nil, err
				}
			}
			w.AddStep(ev, st.At, &r)
			if last && x.Status != Running && !changed {
				return nil, nil, fmt.Errorf("%w: the execution has ended at event %d", ErrFork, f.Event)
			}
			if last {
				return p, x, nil
			}
			first = false
		}
	}
	return nil, nil, fmt.Errorf("%w: the execution has no event %d", ErrFork, f.Event)
}

// changeEvent makes the change of a fork to the event of a Step.
func (f *Fork) changeEvent(ev *Event, first, last bool) error {
	if first && !last && f.Input != nil {
		return fmt.Errorf("%w: another input must be that of an event of the first Step, not event %d", ErrFork, f.Event)
	}
	if !last || f.Result == nil {
		return nil
	}
	isResult := func(k EventKind) bool { return k == TaskSucceeded || k == TaskFailed }
	switch {
	case !isResult(ev.Kind):
		return fmt.Errorf("%w: event %d was not made by the result of a task", ErrFork, f.Event)
	case !isResult(f.Result.Kind):
		return fmt.Errorf("%w: %s is not the result of a task", ErrFork, f.Result.Kind)
	}
	task := ev.Task
	*ev = *f.Result
	ev.Task = task
	return nil
}

// becomeFork makes x another execution, which starts now.
func (x *Execution) becomeFork(s *Start, now int64) {
	o := *x.origin
	o.tokenID, o.requests = s.TokenID, nil
	x.origin = &o
	x.ID, x.TokenKey, x.Depth = validUTF8(s.ID), s.TokenKey, s.Depth
	x.Now = max(x.Now, now)
	x.StartedAt = x.Now
}

// resumeFork has all states run again that were entered and not left.
func (s *step) resumeFork() {
	x := s.x
	for i := range x.scopes {
		s.keepScope(int32(i))
	}
	x.ready, x.last, x.free = none, none, none
	x.index = nil
	x.rebuildLists()
	if len(x.scopes) > manyScopes {
		x.makeIndex()
	}
	s.resumeScope(0, 0)
}
