package conformance

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// recordedEvent is an event of a case that the run follows: the next one says what
// the host does.
type recordedEvent struct {
	id, previous any
	kind         string
	details      *value.Object // of a short event, those that were read
}

// readRedrive reads a redrive: the case of a history, or a definition and short
// events, and the short events that the redrive appended.
func readRedrive(c *Case, o *value.Object) error {
	s, err := c.readBefore(o)
	if err != nil {
		return err
	}
	before, err := readShortEvents(listOf(o, "beforeEvents"))
	if err != nil {
		return err
	}
	after, err := readShortEvents(listOf(o, "after"))
	if err != nil {
		return err
	}
	if len(after) == 0 || after[0].kind != "ExecutionRedriven" {
		return errors.New("after must begin with ExecutionRedriven")
	}
	for _, e := range s.events {
		_, details := detailsOf(e)
		s.follows = append(s.follows, recordedEvent{memberOf(e, "id"), memberOf(e, "previousEventId"), textOf(e, "type"), details})
	}
	s.follows = append(append(s.follows, before...), after...)
	for _, e := range s.follows {
		if arn := textOf(e.details, "mapRunArn"); arn != "" && s.context.machineArn == "" {
			name, _, _ := strings.Cut(arn, "/")
			s.context.machineArn = strings.Replace(name, ":mapRun:", ":stateMachine:", 1)
		}
	}
	c.scenarios = []*scenario{s}
	return nil
}

// readBefore reads how the execution began.
func (c *Case) readBefore(o *value.Object) (*scenario, error) {
	if before := textOf(o, "before"); before != "" {
		name, ok := strings.CutPrefix(before, "history/")
		if !ok {
			return nil, fmt.Errorf("before is %q, not a case of kind history", before)
		}
		h := &Case{wild: c.wild}
		recorded, err := readObject(c.dir, "history", name+".json")
		if err == nil {
			err = h.readCommon(recorded)
		}
		if err == nil {
			err = readHistory(h, recorded)
		}
		if err != nil {
			return nil, fmt.Errorf("before: %w", err)
		}
		return h.scenarios[0], nil
	}
	s := &scenario{clock: c.recorded}
	var err error
	if s.machine, err = asl.Parse(value.Append(nil, memberOf(o, "definition"))); err != nil {
		return nil, fmt.Errorf("definition: %w", err)
	}
	s.input = waitInput(s.machine, listOf(o, "after"))
	for m := range s.mapRunStates() {
		if m.ItemsPath.IsSet() {
			s.input = nested(m.ItemsPath.Value.Text, []any{int64(0), int64(1), int64(2)})
		}
	}
	return s, nil
}

// secondsWait is how long a Wait state waited after the redrive.
const secondsWait = "secondsWait"

// waitInput returns an input in which the SecondsPath of a Wait state finds the
// recorded seconds. The recordings have no other input.
func waitInput(m *asl.StateMachine, after []any) any {
	input := any(value.NewObject(0))
	for state := range m.All() {
		w, ok := state.(*asl.WaitState)
		if !ok || !w.SecondsPath.IsSet() {
			continue
		}
		for _, v := range after {
			event, _ := v.([]any)
			details, _ := event[len(event)-1].(*value.Object)
			if seconds, ok := details.Get(secondsWait); ok {
				input = nested(w.SecondsPath.Value.Text, seconds)
			}
		}
	}
	return input
}

// nested returns an object in which a path finds v.
func nested(path string, v any) any {
	names := strings.Split(strings.TrimPrefix(path, "$."), ".")
	for i := len(names) - 1; i >= 0; i-- {
		v = value.ObjectOf(value.Member{Key: names[i], Value: v})
	}
	return v
}

func readShortEvents(list []any) ([]recordedEvent, error) {
	var events []recordedEvent
	for i, v := range list {
		parts, _ := v.([]any)
		if len(parts) != 4 {
			return nil, fmt.Errorf("event %d must have an id, a previousEventId, a type and details", i)
		}
		e := recordedEvent{id: parts[0], previous: parts[1]}
		e.kind, _ = parts[2].(string)
		e.details, _ = parts[3].(*value.Object)
		events = append(events, e)
	}
	return events, nil
}

// followEvent returns the host's event that leads to the next event of the
// recording. ok is false if there is none.
func (r *run) followEvent() (ev machine.Event, ok bool) {
	follows := r.script.scenario.follows
	if len(r.lines) >= len(follows) {
		return machine.Event{}, false
	}
	next := &follows[len(r.lines)]
	switch next.kind {
	case "ExecutionRedriven":
		r.world.now = r.world.now.Add(time.Hour) // all timeouts of before have passed
		return machine.Event{Kind: machine.Redriven}, r.x.Status != machine.Running
	case "ExecutionAborted":
		return machine.Event{Kind: machine.Stopped, Error: optionalOf(next.details, "error"), Cause: optionalOf(next.details, "cause")}, true
	}
	if r.x.Status != machine.Running {
		return machine.Event{}, false
	}
	if ev, ok := r.followMapRun(next); ok {
		return ev, true
	}
	for _, t := range r.tasks {
		switch {
		case strings.HasSuffix(next.kind, "Scheduled") && t.lastEvent == nil:
			t.lastEvent = next.id
			return machine.Event{Kind: machine.TaskScheduled, Task: t.id}, true
		case !value.Identical(t.lastEvent, next.previous):
		case strings.HasSuffix(next.kind, "Started"):
			t.lastEvent = next.id
			return machine.Event{Kind: machine.TaskStarted, Task: t.id, Worker: textOf(next.details, "workerName")}, true
		case ends[next.kind] == machine.TaskSucceeded:
			return machine.Event{Kind: machine.TaskSucceeded, Task: t.id, Output: dataOf(memberOf(next.details, "output"))}, true
		case ends[next.kind] == machine.TaskFailed:
			return machine.Event{Kind: machine.TaskFailed, Task: t.id, Error: optionalOf(next.details, "error"), Cause: optionalOf(next.details, "cause")}, true
		}
	}
	if r.yielded {
		r.yielded = false
		return machine.Event{Kind: machine.Tick}, true
	}
	at, ok := r.program.Wake(r.x)
	if ok && at.After(r.world.now) {
		r.world.now = at
	}
	return machine.Event{Kind: machine.Tick}, ok
}

// followMapRun returns the event that ends a Map Run as recorded, if that is next. A
// failure that is not one of the children stands for a service that refused AWS.
func (r *run) followMapRun(next *recordedEvent) (ev machine.Event, ok bool) {
	if len(r.maps.mail) > 0 {
		return r.ownEvent()
	}
	runs := r.program.MapRuns(r.x)
	failed := next.kind == "MapRunFailed"
	if len(runs) == 0 || r.yielded || !failed && next.kind != "MapRunSucceeded" {
		return machine.Event{}, false
	}
	name := textOf(next.details, "error")
	if failed && name != asl.StatesExceedToleratedFailureThreshold {
		return machine.Event{Kind: machine.ResultsFailed, Task: runs[0].Task, Error: &name, Cause: optionalOf(next.details, "cause")}, true
	}
	for _, k := range r.maps.order {
		if k.x.Status != machine.Running || len(k.tasks) == 0 {
			continue
		}
		end := machine.Event{Kind: machine.TaskSucceeded, Task: k.tasks[0].id, Output: value.NewObject(0)}
		if failed {
			end = machine.Event{Kind: machine.TaskFailed, Task: end.Task, Error: &name}
		}
		for _, ev := range []machine.Event{{Kind: machine.TaskScheduled, Task: end.Task}, {Kind: machine.TaskStarted, Task: end.Task}, end} {
			if k.takeStep(ev) != nil {
				return machine.Event{}, false
			}
		}
		k.tasks = k.tasks[:0]
		if r.tellChild(k) != nil {
			return machine.Event{}, false
		}
		return machine.Event{Kind: machine.Tick}, true
	}
	return machine.Event{}, false
}

func checkRedrive(c *Case) []string {
	s := c.scenarios[0]
	t, problems := s.runAll()
	if t == nil {
		return problems
	}
	got, err := t.events()
	if err != nil {
		return append(problems, err.Error())
	}
	h := comparison{matcher: newMatcher(c), want: s.events, got: got}
	h.inOrder(s.events, got[:min(len(s.events), len(got))])
	for i := len(s.events); i < len(s.follows); i++ {
		want := &s.follows[i]
		if i >= len(got) {
			h.problems = append(h.problems, fmt.Sprintf("an event is missing: %v %s", want.id, want.kind))
			break
		}
		if seconds, ok := want.details.Get(secondsWait); ok {
			h.matchJSON(secondsWait, seconds, t.secondsSinceRedrive(i))
		}
		h.compareShort(want, got[i])
	}
	return append(problems, h.problems...)
}

// compareShort compares what was read of an event.
func (h *comparison) compareShort(want *recordedEvent, got *value.Object) {
	h.matchJSON("id", want.id, memberOf(got, "id"))
	if previous := memberOf(got, "previousEventId"); !value.Identical(want.previous, previous) {
		h.noteUnlike("previousEventId", want.previous, previous)
	}
	h.matchJSON("type", want.kind, textOf(got, "type"))
	_, details := detailsOf(got)
	for key, v := range want.details.All() {
		switch key {
		case "state": // of the task
			entered := objectOf(h.actualByID(want.previous), "stateEnteredEventDetails")
			h.matchJSON(key, v, memberOf(entered, "name"))
		case "context":
			h.compareContext(v.(*value.Object), got, details)
		case "mapRunArn":
			h.matchJSON(key, h.ofActualRun(v), textOf(details, key))
		case "resultWriterKey":
			h.matchJSON(key, h.ofActualRun(v), resultKeyOf(textOf(details, "output")))
		case secondsWait, "secondsAfterRedrive": // the latter is secondsWait and the time that AWS takes
		default:
			h.matchJSON(key, v, memberOf(details, key))
		}
	}
	if d := h.takeDifferences(); len(d) > 0 {
		h.problems = append(h.problems, fmt.Sprintf("event %v %s\n\t%s\n\tactual   %s", want.id, want.kind, strings.Join(d, "\n\t"), shortEvent(got)))
	}
}

// ofActualRun replaces the UUID of the recorded Map Run in strings by that of the actual
// one, from its first event.
func (h *comparison) ofActualRun(v any) any {
	text, _ := v.(string)
	for _, e := range h.got {
		_, details := detailsOf(e)
		if arn := textOf(details, "mapRunArn"); arn != "" {
			return uuidPattern.ReplaceAllString(text, arn[strings.LastIndexByte(arn, ':')+1:])
		}
	}
	return v
}

var uuidPattern = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// resultKeyOf returns the Key of the only ResultWriterDetails in an output.
func resultKeyOf(output string) string {
	v, err := value.ParseString(output)
	o, ok := v.(*value.Object)
	if err != nil || !ok {
		return ""
	}
	for _, member := range o.All() {
		result, _ := member.(*value.Object)
		if key := textOf(objectOf(result, "ResultWriterDetails"), "Key"); key != "" {
			return key
		}
	}
	return ""
}

// unchanged stands for the value of a member before the redrive.
const unchanged = "unchanged"

// compareContext compares members of the context object, which the input of the
// task has, with those of the task's earlier events.
func (h *comparison) compareContext(want, got, details *value.Object) {
	now := contextOf(details)
	var before *value.Object
	for _, e := range h.got {
		_, d := detailsOf(e)
		if textOf(e, "type") == textOf(got, "type") && value.Identical(memberOf(e, "previousEventId"), memberOf(got, "previousEventId")) {
			before = contextOf(d)
			break
		}
	}
	for name, v := range want.All() {
		name = strings.TrimPrefix(name, "State.")
		if v == unchanged {
			v = memberOf(before, name)
			if v == nil {
				h.noteDifference("context."+name, "there is no event to compare with")
			}
		}
		member := memberOf(now, name)
		if v == "date" {
			if at, err := time.Parse(time.RFC3339Nano, textOf(now, name)); err == nil && at.UnixNano() > 0 {
				continue
			}
		}
		h.matchJSON("context."+name, v, member)
	}
}

// contextOf returns the members of Execution and State in the input of a task.
func contextOf(details *value.Object) *value.Object {
	input, err := value.ParseString(textOf(details, "input"))
	o, _ := input.(*value.Object)
	all := value.NewObject(0)
	if err != nil {
		return all
	}
	for _, name := range []string{"execution", "state"} {
		for key, v := range objectOf(o, name).All() {
			all.Set(key, v)
		}
	}
	return all
}

// secondsSinceRedrive returns the time of an event since the redrive before it.
func (t *trace) secondsSinceRedrive(at int) int64 {
	redriven := at
	for redriven > 0 && !bytes.Contains(t.lines[redriven], []byte(`"ExecutionRedriven"`)) {
		redriven--
	}
	return (t.times[at] - t.times[redriven]) / int64(time.Second)
}
