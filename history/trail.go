package history

import (
	"maps"
	"strings"
)

// Place is where in its machine an event happened.
type Place struct {
	State    string // name of the state; "" for ExecutionStarted, or if it is unknown: see [Trail.Follow]
	Resource string // of the Task's latest attempt: "charge", an ARN, "sqs:sendMessage"; else ""
	Attempt  int    // of the Task, from 0, as $$.State.RetryCount
}

// TypeName returns the name of the type of an event at this place. AWS calls the events
// of any Resource that is not a service integration LambdaFunction...; here they are
// Task..., as in TaskScheduled, unless the Resource is the ARN of a Lambda function. The
// events themselves keep AWS's types.
func (p Place) TypeName(t Type) string {
	name := t.String()
	if rest, ok := strings.CutPrefix(name, "LambdaFunction"); ok && p.Resource != "" && !isLambda(p.Resource) {
		return "Task" + rest
	}
	return name
}

func isLambda(resource string) bool {
	parts := strings.SplitN(resource, ":", 4)
	return len(parts) == 4 && parts[0] == "arn" && parts[2] == "lambda"
}

// Trail follows the events of one execution, and tells the place of each. The zero Trail
// is at the start. It is not safe for concurrent use.
type Trail struct {
	places map[uint32]latest
	spent  uint32 // event that has caused another one. It may cause the next one too, but no later one
}

// latest is the place of an event that may cause another one.
type latest struct {
	Place
	attempts int     // that the state has begun
	in       *latest // the Parallel or Map state around it; nil: none
	entered  bool    // it is of a Parallel or Map state that has not begun its branches or items
	open     bool    // it is of a Parallel or Map state whose branches or iterations run
	stands   bool    // it is of [Trail.Stand]
	forks    bool    // it causes an event in each branch or iteration
	aborted  bool    // the TaskStateAborted of its own state was followed
	ended    *uint32 // of a Map state: the last end of an iteration
}

// Stand says that the execution, whose earlier events the Trail has not followed, has
// this event at this place. around is the event at which the Parallel or Map state
// around it stands, or 0, and open says that the place is such a state.
func (t *Trail) Stand(event uint32, p Place, around uint32, open bool) {
	l := latest{Place: p, open: open, stands: true, forks: open}
	if open {
		l.ended = new(uint32)
	}
	if p.Resource != "" {
		l.attempts = p.Attempt + 1
	}
	if outer, ok := t.places[around]; ok {
		l.in = &outer
	}
	t.remember(event, l)
}

// maxPlaces is the number of places that are remembered: old ones are dropped.
const maxPlaces = 2 * DefaultMaxEvents

func (t *Trail) remember(event uint32, l latest) {
	if t.places == nil {
		t.places = make(map[uint32]latest)
	}
	if len(t.places) >= maxPlaces {
		maps.DeleteFunc(t.places, func(old uint32, _ latest) bool { return event-old > DefaultMaxEvents })
	}
	t.places[event] = l
}

// Follow returns the place of the next event. Events that abort a state because another one
// failed do not say which: their place is unknown.
func (t *Trail) Follow(e *Event) Place {
	l := t.places[e.Previous]
	name := e.Type.String()
	if t.spent != e.Previous {
		delete(t.places, t.spent)
		t.spent = 0
	}
	if !l.forks && !strings.HasSuffix(name, "Aborted") && e.Type != MapIterationFailed { // else a Retrier may cause one much later
		t.spent = e.Previous
	}
	waits := l.stands && !l.open // a Parallel or Map state stands outside of its branches while it waits for a Retrier
	l.forks = false
	switch {
	case strings.HasSuffix(name, "StateEntered"):
		holds := e.Type == ParallelStateEntered || e.Type == MapStateEntered
		entered := latest{Place: Place{State: e.Name}, in: l.in, entered: holds}
		if l.open {
			outer := l
			entered.in = &outer
		}
		l = entered
	case strings.HasSuffix(name, "StateExited"):
		l = l.placeIn(e.Name)
		l.entered, l.open, l.forks = false, false, false
	case strings.HasPrefix(name, "MapIteration"):
		l = l.placeIn(e.Name)
		l.forks = false
		if e.Type != MapIterationStarted && l.ended != nil { // only the last one is needed
			delete(t.places, *l.ended)
			*l.ended = e.ID
		}
	case strings.HasSuffix(name, "Scheduled"):
		l.Resource, l.Attempt = e.resourceDetail().Name(), l.attempts
		l.attempts++
	case strings.HasSuffix(name, "StateAborted"):
		if e.Type != TaskStateAborted || l.Resource == "" || l.aborted { // of another branch or iteration
			return Place{}
		}
		l.aborted = true
		t.remember(e.Previous, l)
		return l.Place
	case e.Type == ParallelStateStarted, e.Type == MapStateStarted, e.Type == MapRunStarted:
		if !l.entered && !waits { // it starts again, since a state in it failed
			l = l.leaveChild()
		}
		l.entered, l.open, l.forks, l.ended = false, true, true, new(uint32)
	case strings.HasPrefix(name, "ParallelState"), strings.HasPrefix(name, "MapState"):
		if !l.entered { // else it fails before it has begun
			l = l.leaveChild()
		}
		l.entered, l.open, l.forks = false, false, false
	}
	l.stands = false
	t.remember(e.ID, l)
	return l.Place
}

// placeIn returns the place of the state of a name that is at or around l. If there is none
// it is the place of leaveChild, with that name.
func (l latest) placeIn(name string) latest {
	for around := &l; around != nil; around = around.in {
		if around.State == name {
			return *around
		}
	}
	l = l.leaveChild()
	l.State = name
	return l
}

// leaveChild returns the place of the Parallel or Map state around the state of a branch
// or iteration, or l if it is that state's.
func (l latest) leaveChild() latest {
	if l.open || l.in == nil {
		return l
	}
	return *l.in
}

// Name returns the ARN of a function or an activity, or the service and the action:
// "sqs:sendMessage".
func (r *Resource) Name() string {
	if r.ResourceType == "" {
		return r.ARN
	}
	return r.ResourceType + ":" + r.Resource
}

// MachineSink is a [Sink] that is also told the name of the state machine. An
// interpreter calls RecordOf in place of Record.
type MachineSink interface {
	Sink
	RecordOf(machine, execution string, events []Event) error
}

// ResumedSink is a [Sink] that is also told where an execution stands whose earlier events
// it may not have received.
type ResumedSink interface {
	Sink
	// Resume is called before the next events of an execution that an interpreter has
	// restored, or loaded from its Store. stand makes an empty Trail stand where the
	// execution does: see [Trail.Stand]. It does nothing after Resume has returned.
	// Otherwise Resume is called like Record, and the same rules hold.
	Resume(execution string, stand func(*Trail))
}

// ResumeIn calls Resume of a [ResumedSink], and does nothing for any other sink.
func ResumeIn(s Sink, execution string, stand func(*Trail)) {
	if r, ok := s.(ResumedSink); ok {
		r.Resume(execution, stand)
	}
}

// RecordTo calls RecordOf of a [MachineSink], and Record of any other sink.
func RecordTo(s Sink, machine, execution string, events []Event) error {
	if m, ok := s.(MachineSink); ok {
		return m.RecordOf(machine, execution, events)
	}
	return s.Record(execution, events)
}
