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
	// resource is the task's, "sqs:sendMessage" or an ARN, or "" for an
	// execution.
	Count(metric, resource string)
	// Time records a duration of a metric, such as ExecutionTime.
	Time(metric, resource string, d time.Duration)
}

// Measure returns a sink that derives the metrics of AWS/States from events:
//
//	ExecutionsStarted, ExecutionsSucceeded, ExecutionsFailed, ExecutionsAborted,
//	ExecutionsTimedOut, ExecutionTime
//	LambdaFunctionsScheduled, ...Started, ...Succeeded, ...Failed, ...TimedOut,
//	LambdaFunctionScheduleTime, LambdaFunctionRunTime, LambdaFunctionTime
//	Activities... and Activity..., ServiceIntegrations... and ServiceIntegration...
//
// ScheduleTime lasts until the task starts, RunTime from there to the end, and
// the third one is the sum. The names are CloudWatch's
// (docs/evidence.md#metric-names).
//
// A duration needs the earlier of two events. The sink remembers the 100,000
// executions that were active last, and the last 25,000 events of each, because
// executions may continue elsewhere and never end here. An end whose start is
// forgotten, or happened in another process, is counted without a duration.
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
	resource           string
	scheduled, started int64
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

// taskEnds maps the ends of event types to the ends of metric names.
var taskEnds = map[string]string{"Succeeded": "Succeeded", "Failed": "Failed", "TimedOut": "TimedOut",
	"ScheduleFailed": "Failed", "StartFailed": "Failed", "SubmitFailed": "Failed"}

// Record counts the events.
func (s *measure) Record(execution string, events []Event) error {
	s.mu.Lock()
	x, ok := s.executions.Get(execution)
	if !ok {
		x = &measured{tasks: make(map[uint32]*timed)}
	}
	s.executions.Put(execution, x)
	s.mu.Unlock()
	for i := range events {
		if s.countEvent(x, &events[i]) {
			s.mu.Lock()
			s.executions.Delete(execution)
			s.mu.Unlock()
		}
	}
	return nil
}

// countEvent counts one event. It reports whether the execution has ended.
func (s *measure) countEvent(x *measured, e *Event) (ended bool) {
	name := e.Type.String()
	switch e.Type {
	case ExecutionStarted:
		x.begun = e.Nanos
		s.metrics.Count("ExecutionsStarted", "")
	case ExecutionSucceeded, ExecutionFailed, ExecutionAborted, ExecutionTimedOut:
		s.metrics.Count("Executions"+strings.TrimPrefix(name, "Execution"), "")
		if x.begun != 0 {
			s.metrics.Time("ExecutionTime", "", time.Duration(e.Nanos-x.begun))
		}
		return true
	default:
		for _, f := range families {
			if end, ok := strings.CutPrefix(name, f.prefix); ok {
				s.countTask(x, f.family, end, e)
				return false
			}
		}
	}
	return false
}

func (s *measure) countTask(x *measured, f family, end string, e *Event) {
	if end == "Scheduled" {
		t := &timed{family: f, resource: resourceName(e), scheduled: e.Nanos}
		x.rememberTask(e.ID, t)
		s.metrics.Count(f.many+end, t.resource)
		return
	}
	t := x.tasks[e.Previous]
	if t == nil {
		return // StateEntered and the like, or a task whose start is unknown
	}
	delete(x.tasks, e.Previous)
	switch metric := taskEnds[end]; {
	case end == "Started":
		t.started = e.Nanos
		s.metrics.Count(f.many+end, t.resource)
		s.metrics.Time(f.one+"ScheduleTime", t.resource, time.Duration(e.Nanos-t.scheduled))
		x.rememberTask(e.ID, t)
	case end == "Submitted":
		x.rememberTask(e.ID, t)
	case metric != "":
		s.metrics.Count(f.many+metric, t.resource)
		if t.started != 0 {
			s.metrics.Time(f.one+"RunTime", t.resource, time.Duration(e.Nanos-t.started))
		}
		s.metrics.Time(f.one+"Time", t.resource, time.Duration(e.Nanos-t.scheduled))
	}
}

// resourceName returns the resource of a task.
func resourceName(e *Event) string {
	r := e.resourceDetail()
	if r.ResourceType == "" {
		return r.ARN
	}
	return r.ResourceType + ":" + r.Resource
}
