package conformance

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// answer is the recorded answer of one task, which the run gives instead of a
// host.
type answer struct {
	state     string // "" if the recorder removed it
	activity  bool
	starts    bool // a Started event was recorded or must have occurred
	worker    string
	submitted *machine.Event // nil if there is none
	result    *machine.Event // nil if the task is never answered
	timesOut  bool           // instead
}

// ends maps the events that end a task to the answer of the host.
var ends = map[string]machine.EventKind{
	"TaskSucceeded":           machine.TaskSucceeded,
	"LambdaFunctionSucceeded": machine.TaskSucceeded,
	"ActivitySucceeded":       machine.TaskSucceeded,
	"TaskFailed":              machine.TaskFailed,
	"LambdaFunctionFailed":    machine.TaskFailed,
	"ActivityFailed":          machine.TaskFailed,
}

func (s *scenario) readTasks(tasks []any) ([]*answer, error) {
	var all []*answer
	anonymous := 0
	for i, v := range tasks {
		o, _ := v.(*value.Object)
		a := &answer{
			state:    textOf(o, "state"),
			activity: strings.HasPrefix(textOf(o, "scheduledType"), "Activity"),
		}
		if started := startedEvent(s.events, memberOf(o, "scheduledEventId")); started != nil {
			a.starts = true
			a.worker = textOf(objectOf(started, "activityStartedEventDetails"), "workerName")
		}
		if sub := objectOf(o, "submitted"); sub != nil {
			a.submitted = &machine.Event{Kind: machine.TaskSubmitted, Output: dataOf(memberOf(sub, "output"))}
		}
		if a.state == "" {
			// The recorder removed the ids. The end of the task is the next one
			// in the recording.
			a.starts, a.result = true, endEvent(s.events, anonymous)
			anonymous++
		} else if err := a.readResult(objectOf(o, "result")); err != nil {
			return nil, fmt.Errorf("tasks[%d]: %w", i, err)
		}
		if err := s.readExactOutput(a, objectOf(o, "result")); err != nil {
			return nil, fmt.Errorf("tasks[%d]: %w", i, err)
		}
		all = append(all, a)
	}
	return all, nil
}

func (a *answer) readResult(o *value.Object) error {
	switch kind := textOf(o, "kind"); kind {
	case "succeeded":
		a.result = &machine.Event{Kind: machine.TaskSucceeded, Output: dataOf(memberOf(o, "output"))}
	case "failed":
		a.result = failureEvent(o)
	case "timedOut", "none":
		a.timesOut = kind == "timedOut"
		return nil
	default:
		return fmt.Errorf("result.kind is %q", kind)
	}
	a.starts = true
	return nil
}

func failureEvent(o *value.Object) *machine.Event {
	return &machine.Event{Kind: machine.TaskFailed, Error: optionalOf(o, "error"), Cause: optionalOf(o, "cause")}
}

// dataOf returns the value of recorded JSON. The recorder parsed only objects.
func dataOf(recorded any) any {
	s, ok := recorded.(string)
	if !ok {
		return recorded
	}
	v, err := value.ParseString(s)
	if err != nil {
		return s
	}
	return v
}

// optionalOf returns a string that may be absent. The recorder parsed it if it
// holds an object.
func optionalOf(o *value.Object, key string) *string {
	v, ok := o.Get(key)
	if !ok {
		return nil
	}
	s, ok := v.(string)
	if !ok {
		s = value.String(v)
	}
	return &s
}

// startedEvent returns the Started event of the task that was scheduled by this
// event id, or nil.
func startedEvent(events []*value.Object, scheduled any) *value.Object {
	for _, e := range events {
		switch textOf(e, "type") {
		case "TaskStarted", "LambdaFunctionStarted", "ActivityStarted":
			if value.Identical(memberOf(e, "previousEventId"), scheduled) {
				return e
			}
		}
	}
	return nil
}

// endEvent returns the content of the n-th end of a task in a history, or nil.
func endEvent(events []*value.Object, n int) *machine.Event {
	for _, e := range events {
		kind, ok := ends[textOf(e, "type")]
		if !ok {
			continue
		}
		if n--; n >= 0 {
			continue
		}
		_, details := detailsOf(e)
		if kind == machine.TaskFailed {
			return failureEvent(details)
		}
		return &machine.Event{Kind: kind, Output: dataOf(memberOf(details, "output"))}
	}
	return nil
}

// detailsOf returns the details member of an event, or "" and nil.
func detailsOf(e *value.Object) (string, *value.Object) {
	for key, v := range e.All() {
		if strings.HasSuffix(key, "EventDetails") {
			o, _ := v.(*value.Object)
			return key, o
		}
	}
	return "", nil
}

var causePrefix = regexp.MustCompile(`^An error occurred while executing the state '.*?' \(entered at the event id #\d+\)\. `)

// refusalOf returns why a host refused a task, from the cause of the execution,
// or "". The interpreter adds the name of the state.
func refusalOf(cause string) string {
	if !strings.HasSuffix(cause, "does not exist.") {
		return ""
	}
	return causePrefix.ReplaceAllString(cause, "")
}

// activityARNs returns the resources that are activities. A recording shows
// only a placeholder for their ARN.
func (s *scenario) activityARNs() []string {
	answered := make(map[string]bool)
	activity := make(map[string]bool)
	for _, a := range s.tasks {
		answered[a.state] = true
		activity[a.state] = activity[a.state] || a.activity
	}
	var names []string
	for state := range s.machine.All() {
		t, ok := state.(*asl.TaskState)
		if ok && (activity[t.Name] || s.refusal != "" && !answered[t.Name]) {
			names = append(names, t.Resource.Value)
		}
	}
	return names
}

// script assigns the recorded answers to the tasks of one run. It survives a
// crash of the host.
type script struct {
	scenario *scenario
	used     map[*answer]bool
	bound    map[machine.TaskID]*binding
}

// binding is the answer of one task. Bindings are numbered in the order of the
// first commands.
type binding struct {
	*answer
	number    int
	command   machine.Command // first command of the task
	scheduled bool            // of an activity that the host has taken
	lastEvent any             // id of the latest event of the task, in a case that is followed
}

func newScript(s *scenario) *script {
	return &script{scenario: s, used: make(map[*answer]bool), bound: make(map[machine.TaskID]*binding)}
}

// bindTask returns the binding of a task: its own, or the next unused answer of
// its state. A repeated command must be the same one.
func (s *script) bindTask(c machine.Command) (*binding, error) {
	b := s.bound[c.Task]
	if b == nil {
		b = &binding{answer: s.nextUnused(c.State), number: len(s.bound), command: c}
		s.bound[c.Task] = b
	}
	if !sameTask(b.command, c) {
		return nil, fmt.Errorf("task %d of state %s is commanded again as another one: first %+v, then %+v", c.Task, c.State, b.command, c)
	}
	return b, nil
}

func sameTask(a, b machine.Command) bool {
	return a.State == b.State && a.Resource.Name == b.Resource.Name && a.Attempt == b.Attempt && a.Item == b.Item &&
		a.Timeout == b.Timeout && a.Heartbeat == b.Heartbeat &&
		value.Identical(a.Input, b.Input) && value.Identical(a.Credentials, b.Credentials)
}

func (s *script) nextUnused(state string) *answer {
	for _, a := range s.scenario.tasks {
		if !s.used[a] && (a.state == state || a.state == "") {
			s.used[a] = true
			return a
		}
	}
	if refusal := s.scenario.refusal; refusal != "" {
		name := asl.StatesRuntime
		return &answer{state: state, result: &machine.Event{Kind: machine.TaskRefused, Error: &name, Cause: &refusal}}
	}
	// Without any information the task stays without an answer.
	return &answer{state: state, starts: s.scenario.always != nil, result: s.scenario.always}
}
