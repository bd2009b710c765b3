package history

import (
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/gostates/gostates/history/internal/recent"
)

// Metrics receives the counts and durations of a [Measure] sink. It must be
// safe for concurrent use.
type Metrics interface {
	// Count adds one to a metric of AWS/States, such as ExecutionsStarted.
	Count(metric string, l Labels)
	// Time records a duration of a metric, such as ExecutionTime.
	Time(metric string, l Labels, d time.Duration)
}

// Labels say what a metric is about. The number of different ones is bounded by the
// definitions: each Task has at most [MaxAttempt] and one more.
type Labels struct {
	Machine  string // name of the state machine; "" if the sink was not told: see [MachineSink]
	State    string // of a task; "" for an execution, or if it is unknown
	Resource string // of a task: "charge", an ARN, "sqs:sendMessage"; "" for an execution
	Attempt  int    // of a task, from 0 to MaxAttempt
}

// MaxAttempt is the label of the attempts of a task from this one on.
const MaxAttempt = 10

// Measure returns a sink that derives the metrics of AWS/States from events:
//
//	ExecutionsStarted, ExecutionsSucceeded, ExecutionsFailed, ExecutionsAborted,
//	ExecutionsTimedOut, ExecutionTime
//	LambdaFunctionsScheduled, ...Started, ...Succeeded, ...Failed, ...TimedOut,
//	LambdaFunctionScheduleTime, LambdaFunctionRunTime, LambdaFunctionTime
//	Activities... and Activity..., ServiceIntegrations... and ServiceIntegration...
//	Tasks... and Task... of other Resources, such as Go functions
//
// ScheduleTime lasts until the task starts, RunTime from there to the end, and
// the third one is the sum. The names are CloudWatch's
// (docs/evidence.md#metric-names).
//
// A duration needs the earlier of two events. The sink remembers the 100,000
// executions that were active last, and the last 25,000 events of each, because
// executions may continue elsewhere and never end here. Tasks and
// executions that began in another process are counted without a duration when they
// end. So is the end of a forgotten execution, but not that of its task.
func Measure(m Metrics) Sink {
	return &measure{metrics: m, executions: recent.NewMap[*measured](maxMeasured)}
}

// maxMeasured is the number of running executions that are remembered.
const maxMeasured = 100_000

type measure struct {
	metrics    Metrics
	mu         sync.Mutex
	executions *recent.Map[*measured] // that are running
}

// measured is a running execution.
type measured struct {
	begun int64 // 0 if unknown
	trail Trail
	tasks map[uint32]*timed
}

// rememberTask adds a task. A canceled task has no last event, so old tasks are
// dropped.
func (x *measured) rememberTask(id uint32, t *timed) {
	if len(x.tasks) >= 2*DefaultMaxEvents {
		maps.DeleteFunc(x.tasks, func(old uint32, _ *timed) bool { return id-old > DefaultMaxEvents })
	}
	x.tasks[id] = t
}

// timed is a task, under the id of its latest event.
type timed struct {
	family             family
	labels             Labels
	scheduled, started int64
	elsewhere          bool // another process has seen it being scheduled
}

// family is a kind of task, as the names of its metrics start.
type family struct{ many, one string }

var families = []struct {
	prefix string
	family family
}{
	{"LambdaFunction", family{"LambdaFunctions", "LambdaFunction"}},
	{"Activity", family{"Activities", "Activity"}},
	{"Task", family{"ServiceIntegrations", "ServiceIntegration"}},
}

// ownTasks are those of Resources that AWS does not know.
var ownTasks = family{"Tasks", "Task"}

// taskEnds maps the ends of event types to the ends of metric names.
var taskEnds = map[string]string{"Succeeded": "Succeeded", "Failed": "Failed", "TimedOut": "TimedOut",
	"ScheduleFailed": "Failed", "StartFailed": "Failed", "SubmitFailed": "Failed"}

// Record counts the events.
func (s *measure) Record(execution string, events []Event) error {
	return s.RecordOf("", execution, events)
}

// RecordOf is Record of an execution of a machine.
func (s *measure) RecordOf(machine, execution string, events []Event) error {
	x := s.remember(execution)
	for i := range events {
		if s.countEvent(x, machine, &events[i]) {
			s.mu.Lock()
			s.executions.Delete(execution)
			s.mu.Unlock()
		}
	}
	return nil
}

// Resume has the tasks of an execution counted whose start another process has seen.
func (s *measure) Resume(execution string, stand func(*Trail)) {
	x := s.remember(execution)
	x.trail = Trail{}
	stand(&x.trail)
}

// remember returns what is known of an execution, which is the one active last.
func (s *measure) remember(execution string) *measured {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, ok := s.executions.Get(execution)
	if !ok {
		x = &measured{tasks: make(map[uint32]*timed)}
	}
	s.executions.Put(execution, x)
	return x
}

// countEvent counts one event. It reports whether the execution has ended.
func (s *measure) countEvent(x *measured, machine string, e *Event) (ended bool) {
	name, place, all := e.Type.String(), x.trail.Follow(e), Labels{Machine: machine}
	switch e.Type {
	case ExecutionStarted:
		x.begun = e.Nanos
		s.metrics.Count("ExecutionsStarted", all)
	case ExecutionSucceeded, ExecutionFailed, ExecutionAborted, ExecutionTimedOut:
		s.metrics.Count("Executions"+strings.TrimPrefix(name, "Execution"), all)
		if x.begun != 0 {
			s.metrics.Time("ExecutionTime", all, time.Duration(e.Nanos-x.begun))
		}
		return true
	default:
		for _, f := range families {
			if end, ok := strings.CutPrefix(name, f.prefix); ok {
				if place.TypeName(e.Type) != name {
					f.family = ownTasks
				}
				s.countTask(x, f.family, end, e, Labels{machine, place.State, place.Resource, min(place.Attempt, MaxAttempt)})
				return false
			}
		}
	}
	return false
}

func (s *measure) countTask(x *measured, f family, end string, e *Event, l Labels) {
	if end == "Scheduled" {
		t := &timed{family: f, labels: l, scheduled: e.Nanos}
		x.rememberTask(e.ID, t)
		s.metrics.Count(f.many+end, t.labels)
		return
	}
	t := x.tasks[e.Previous]
	if t == nil {
		if l.Resource == "" || end == "ScheduleFailed" {
			return // not of a task, or of one that is unknown or was never scheduled
		}
		t = &timed{family: f, labels: l, elsewhere: true}
	}
	delete(x.tasks, e.Previous)
	switch metric := taskEnds[end]; {
	case end == "Started":
		t.started = e.Nanos
		s.metrics.Count(f.many+end, t.labels)
		if !t.elsewhere {
			s.metrics.Time(f.one+"ScheduleTime", t.labels, time.Duration(e.Nanos-t.scheduled))
		}
		x.rememberTask(e.ID, t)
	case end == "Submitted":
		x.rememberTask(e.ID, t)
	case metric != "":
		s.metrics.Count(f.many+metric, t.labels)
		if t.started != 0 {
			s.metrics.Time(f.one+"RunTime", t.labels, time.Duration(e.Nanos-t.started))
		}
		if !t.elsewhere {
			s.metrics.Time(f.one+"Time", t.labels, time.Duration(e.Nanos-t.scheduled))
		}
	}
}
