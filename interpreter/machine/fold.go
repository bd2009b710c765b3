package machine

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/value"
)

// ErrDiverged: the recorded events make another history than the recorded one.
// Errors of Fold wrap it in a [DivergedError].
var ErrDiverged = errors.New("machine: execution goes on differently than recorded")

// ErrInterrupted: the record has a Step that Result.Meanwhile interrupted. It
// cannot be repeated, since the moment of the interruption is not part of it.
var ErrInterrupted = errors.New("machine: record of an interrupted Step")

// DivergedError says where the history that Fold made differs from the recorded
// one. It wraps [ErrDiverged]. The message has no data of the execution.
type DivergedError struct {
	Event  uint32         // ID of the first event that differs
	Stored *history.Event // in the record; nil if the Step made more events than it has
	Made   *history.Event // by this Program; nil if the Step made fewer events
}

func (e *DivergedError) Error() string {
	return fmt.Sprintf("%v: event %d: recorded %s, made %s%s", ErrDiverged, e.Event,
		describeEvent(e.Stored), describeEvent(e.Made), e.describeDifference())
}

// Unwrap returns [ErrDiverged].
func (e *DivergedError) Unwrap() error { return ErrDiverged }

func describeEvent(e *history.Event) string {
	switch {
	case e == nil:
		return "none"
	case e.Name != "":
		return fmt.Sprintf("%s (%s)", e.Type, e.Name)
	}
	return e.Type.String()
}

// describeDifference says how two events differ that look alike.
func (e *DivergedError) describeDifference() string {
	a, b := e.Stored, e.Made
	switch {
	case a == nil || b == nil || a.Type != b.Type || a.Name != b.Name:
		return ""
	case a.ID != b.ID:
		return fmt.Sprintf(" with ID %d", b.ID)
	case a.Previous != b.Previous:
		return fmt.Sprintf(" with previousEventId %d instead of %d", b.Previous, a.Previous)
	case a.Nanos != b.Nanos:
		return " at another time"
	case !sameData(a.Value, b.Value):
		return " with other data"
	}
	return " with other details"
}

// NewFromRecord returns the execution of the first record of an execution, before
// its Started event: everything is as in the [Start] that it was made from. Fold
// that record and those that follow it to continue. It returns [ErrDigest] if the
// record's program has another [Program.Digest], [ErrRules] if this version cannot
// run it, and [ErrRecord] for any other record.
func (p *Program) NewFromRecord(rec *Record) (*Execution, error) {
	switch {
	case rec.Start == nil:
		return nil, fmt.Errorf("%w: not the first of an execution", ErrRecord)
	case rec.Digest != p.Digest():
		return nil, ErrDigest
	}
	if err := checkRules(uint64(rec.Start.Rules)); err != nil {
		return nil, err
	}
	return p.New(*rec.Start), nil
}

// Fold applies the Steps of records to an execution and compares the history that
// they make with the recorded one, event by event. Values of the execution may be
// shared with the records afterwards. Commands are dropped: [Program.Pending] makes those
// that are outstanding.
//
// The error is a [*DivergedError] at the first difference: this version of the
// library decides differently, or the record does not follow the execution. It is
// [ErrInterrupted] before a Step that Result.Meanwhile interrupted: that Step ended
// the execution, and a host must store the snapshot after it beside the record.
// Otherwise it is the error of a Step. After an error x must not be used.
//
// Steps without history (Result.History) are applied and not compared.
func (p *Program) Fold(x *Execution, records ...*Record) error {
	if len(records) == 0 {
		return nil // a Result is large
	}
	var r Result
	for _, rec := range records {
		for i := range rec.Steps {
			if err := p.foldStep(x, &rec.Steps[i], &r); err != nil {
				return err
			}
		}
	}
	return nil
}

// FoldMapRuns is Fold that calls ended with the EndMapRun command of each Map Run that
// ends. A Step that was interrupted counts as a Stopped event. Steps behind a move are
// folded by its Program: FoldMapRuns returns the last one, its execution, and the moves
// that are left.
func (p *Program) FoldMapRuns(x *Execution, moves []Moved, ended func(*Command), records ...*Record) (*Program, *Execution, []Moved, error) {
	var r Result
	for _, rec := range records {
		for i := range rec.Steps {
			st := &rec.Steps[i]
			var err error
			if p, x, moves, err = p.moveBefore(x, moves, st); err != nil {
				return nil, nil, nil, err
			}
			err = p.foldStep(x, st, &r)
			if errors.Is(err, ErrInterrupted) {
				err = p.Step(x, Event{Kind: Stopped}, st.At, &r)
			}
			if err != nil {
				return nil, nil, nil, err
			}
			for j := range r.Commands {
				if c := &r.Commands[j]; c.Kind == EndMapRun {
					ended(c)
				}
			}
		}
	}
	return p, x, moves, nil
}

// moveBefore makes the moves that come before a Step.
func (p *Program) moveBefore(x *Execution, moves []Moved, st *RecordedStep) (*Program, *Execution, []Moved, error) {
	for len(moves) > 0 && len(st.Events) > 0 && st.Events[0].ID > moves[0].Event {
		y, err := p.Move(x, moves[0].To)
		if err != nil {
			return nil, nil, nil, err
		}
		p, x, moves = moves[0].To, y, moves[1:]
	}
	return p, x, moves, nil
}

func (p *Program) foldStep(x *Execution, st *RecordedStep, r *Result) error {
	if st.Interrupted {
		return ErrInterrupted
	}
	r.History, r.MaxTransitions = st.History, st.MaxTransitions
	r.Events = slices.Grow(r.Events[:0], len(st.Events))
	if err := p.Step(x, st.Event, st.At, r); err != nil || !st.History {
		return err
	}
	return compareHistory(st.Events, r.Events)
}

// compareHistory returns a *DivergedError for the first difference. The events that
// it refers to are not used again.
func compareHistory(stored, made []history.Event) error {
	for i := range max(len(stored), len(made)) {
		var a, b *history.Event
		if i < len(stored) {
			a = &stored[i]
		}
		if i < len(made) {
			b = &made[i]
		}
		switch {
		case a == nil:
			return &DivergedError{Event: b.ID, Made: b}
		case b == nil:
			return &DivergedError{Event: a.ID, Stored: a}
		case !sameEvent(a, b):
			return &DivergedError{Event: a.ID, Stored: a, Made: b}
		}
	}
	return nil
}

// FoldMoved is [Program.Fold] for records that another Program or another version of
// the library has made: an event that is made with other data, or at another time, is a
// [MoveDifference] and no error, and x goes on with what p makes. The error is a
// [*DivergedError] for events of another kind, of another state or in another order.
func (p *Program) FoldMoved(x *Execution, records ...*Record) (found []MoveDifference, err error) {
	var r Result
	for _, rec := range records {
		for i := range rec.Steps {
			err := p.foldStep(x, &rec.Steps[i], &r)
			if errors.Is(err, ErrDiverged) {
				found, err = addDivergence(found, rec.Steps[i].Events, r.Events)
				r.Events = nil // found refers to them
			}
			if err != nil {
				return found, err
			}
		}
	}
	return found, nil
}

// addDivergence adds the events of a Step that differ in their data only.
func addDivergence(found []MoveDifference, stored, made []history.Event) ([]MoveDifference, error) {
	for i := range min(len(stored), len(made)) {
		a, b := &stored[i], &made[i]
		switch {
		case sameEvent(a, b):
		case a.ID == b.ID && a.Previous == b.Previous && a.Type == b.Type && a.Index == b.Index && a.Name == b.Name:
			found = append(found, MoveDifference{
				State: a.Name, Field: fmt.Sprintf("event %d", a.ID),
				Text: fmt.Sprintf("%s is recorded with other data than this Program makes, which counts", a.Type),
			})
		default:
			return found, compareHistory(stored[i:], made[i:])
		}
	}
	return found, compareHistory(stored[min(len(stored), len(made)):], made[min(len(stored), len(made)):])
}

// sameEvent reports whether two events are equal and are written alike.
func sameEvent(a, b *history.Event) bool {
	return a.ID == b.ID && a.Previous == b.Previous && a.Nanos == b.Nanos && a.Type == b.Type &&
		a.Index == b.Index && a.Name == b.Name && sameData(a.Value, b.Value) && sameDetail(a.Detail, b.Detail)
}

// sameData reports whether two values of history events are written alike.
func sameData(a, b any) bool {
	switch a := a.(type) {
	case history.NoData:
		return b == any(a)
	case history.Raw:
		return b == any(a)
	}
	first, _ := value.Verbatim(a)
	second, _ := value.Verbatim(b)
	return first == second && value.Identical(a, b)
}

func sameDetail(a, b any) bool {
	tag, has := detailTag(a)
	other, also := detailTag(b)
	if tag != other || has != also {
		return false
	}
	if !has {
		return true
	}
	switch a := a.(type) {
	case *value.Object:
		return value.Identical(a, b)
	case *history.Started:
		return *a == *b.(*history.Started)
	case *history.Resource:
		return *a == *b.(*history.Resource)
	case *history.Scheduled:
		b := b.(*history.Scheduled)
		return sameResource(a.Resource, b.Resource) && a.TimeoutInSeconds == b.TimeoutInSeconds &&
			a.HeartbeatInSeconds == b.HeartbeatInSeconds && a.RoleArn == b.RoleArn
	case *history.Failure:
		b := b.(*history.Failure)
		return samePointee(a.Error, b.Error) && samePointee(a.Cause, b.Cause) && sameResource(a.Resource, b.Resource) && a.Location == b.Location
	}
	return false
}

func sameResource(a, b *history.Resource) bool { return a == b || a != nil && b != nil && *a == *b }

func samePointee(a, b *string) bool { return a == b || a != nil && b != nil && *a == *b }
