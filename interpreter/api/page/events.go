package page

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/gostates/gostates/graph"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/value"
)

// eventRow is an event of the table.
type eventRow struct {
	Path    string // of the execution
	ID      uint32
	Type    string
	State   string
	Kind    string // a class of the style sheet
	Seconds string // since the start
	Time    string
	Brief   string // error, resource, iteration
	Details text
	Forks   bool // it has a link to fork the execution
}

// eventKinds are the kinds of events by the end of their types.
var eventKinds = []struct{ end, kind string }{
	{"Entered", "entered"}, {"Failed", "failed"}, {"TimedOut", "failed"}, {"Aborted", "aborted"},
	{"Exited", "succeeded"}, {"Succeeded", "succeeded"}, {"", "plain"},
}

func kindOf(t history.Type) string {
	for _, k := range eventKinds {
		if strings.HasSuffix(t.String(), k.end) {
			return k.kind
		}
	}
	return ""
}

// reader follows the history of an execution, an event at a time: it colours the graph
// and knows of which state an event is.
type reader struct {
	path   string // of the execution
	id     store.ID
	forks  bool // it can be forked
	graph  *graph.Graph
	tracer *graph.Tracer
	states []string // by ID of the event
	began  time.Time
	last   uint32 // ID of the last event
	ended  bool
}

func newReader(path string, id store.ID, forks bool, g *graph.Graph) *reader {
	return &reader{path: path, id: id, forks: forks, graph: g, tracer: g.Trace(), states: []string{""}}
}

// addEvent follows an event.
func (r *reader) addEvent(e *history.Event) {
	if r.last == 0 {
		r.began = e.Time()
	}
	r.last, r.ended = e.ID, e.Type.EndsExecution()
	r.tracer.Add(e)
	name := ""
	switch state := r.tracer.State(e.ID); {
	case hasState(e.Type):
		name = e.Name
	case state != "":
		name = state
	case int(e.Previous) < len(r.states): // the definition is not known
		name = r.states[e.Previous]
	}
	for len(r.states) <= int(e.ID) { // IDs have no gaps
		r.states = append(r.states, name)
	}
}

// hasState reports whether the Name of an event is that of a state.
func hasState(t history.Type) bool {
	return t.IsStateEntered() || t.IsStateExited() || t == history.EvaluationFailed || strings.HasPrefix(t.String(), "MapIteration")
}

// updateGraph returns what the graph shows now.
func (r *reader) updateGraph() shown {
	r.tracer.Update()
	return showOutcomes(r.graph)
}

// row returns the row of an event that was followed.
func (r *reader) row(e *history.Event) eventRow {
	row := eventRow{
		Path: r.path, ID: e.ID, Type: e.Type.String(), Kind: kindOf(e.Type), Seconds: writeSeconds(e.Time().Sub(r.began)),
		Time: writeTime(e.Time()), Details: indent(detailsOf(e), maxDetails), Forks: r.forks,
	}
	if !isOfExecution(e.Type) {
		row.State = r.states[e.ID]
	}
	row.Brief = brief(e)
	return row
}

func isOfExecution(t history.Type) bool { return strings.HasPrefix(t.String(), "Execution") }

// brief says in a few words what is special about an event.
func brief(e *history.Event) string {
	const most = 200
	words := ""
	switch d := e.Detail.(type) {
	case *history.Failure:
		if d.Error != nil {
			words = *d.Error
		}
		if d.Cause != nil {
			words += ": " + *d.Cause
		}
	case *history.Scheduled:
		if d.Resource != nil {
			words = cmp.Or(d.ARN, strings.Trim(d.ResourceType+":"+d.Resource.Resource, ":"))
		}
	}
	switch name := e.Type.String(); {
	case strings.HasPrefix(name, "MapIteration"):
		words = fmt.Sprint("iteration ", e.Index)
	case e.Type == history.MapStateStarted:
		words = fmt.Sprint(e.Index, " items")
	}
	if r := []rune(words); len(r) > most {
		words = string(r[:most]) + "…"
	}
	return words
}

// detailsOf returns the details of an event as the API has them, but data as JSON
// instead of text in it.
func detailsOf(e *history.Event) any {
	parsed, err := value.Parse(e.AppendJSON(nil))
	o, ok := parsed.(*value.Object)
	if err != nil || !ok {
		return nil
	}
	for name, v := range o.All() {
		details, ok := v.(*value.Object)
		if !ok || !strings.HasSuffix(name, "EventDetails") {
			continue
		}
		var members []value.Member
		for key, v := range details.All() {
			switch key {
			case "input", "output", "parameters":
				if s, ok := v.(string); ok {
					if data, err := value.ParseString(s); err == nil {
						v = data
					}
				}
			case "inputDetails", "outputDetails":
				continue
			}
			members = append(members, value.Member{Key: key, Value: v})
		}
		return value.ObjectOf(members...)
	}
	return nil
}

// variable is a variable with the event that assigned it last.
type variable struct {
	Name, State string
	Event       uint32
	Value       text
}

// waiting is a task that waits for an answer under a token.
type waiting struct {
	Event        uint32
	State, Token string
}

// overview is what a page shows of a history.
type overview struct {
	*reader
	Shown     shown
	Rows      []eventRow // the latest first
	Older     uint32     // the next page begins before this event; 0: there is none
	Total     uint32     // events of the execution
	At        uint32     // the graph shows the execution as of this event
	Marks     []mark
	Caught    recovery
	Retried   recovery
	Variables []variable
	Waiting   []waiting
	Fork      forkPoint
}

// recovery counts failures after which a state went on.
type recovery struct {
	Count int
	Event uint32 // the first failure
}

func (r *recovery) count(failure uint32) {
	if r.Count == 0 {
		r.Event = failure
	}
	r.Count++
}

// mark is a mark below the slider, which is markScale long.
type mark struct {
	ID   uint32
	Kind string
	X    uint64
}

const markScale = 1000

// readOverview reads a history once. The graph, the variables and the waiting tasks are
// as of event at; 0: the last one. The rows are those before event before; 0: those up to
// at. If state is not empty, they are those of that state.
func readOverview(r *reader, events iter.Seq2[*history.Event, error], at, before uint32, state string) (*overview, error) {
	v := &overview{reader: r}
	var rows []*history.Event // the last ones, in a ring
	n := 0
	variables := map[string]variable{}
	tasks := map[uint32]waiting{}    // by the event that scheduled it
	scheduled := map[uint32]uint32{} // event -> the event that scheduled its task
	failures := map[uint32]bool{}    // by ID of the event
	var last, result *history.Event  // result: the last of a task
	for e, err := range events {
		if err != nil {
			return nil, err
		}
		v.Total = e.ID
		if k := kindOf(e.Type); k == "failed" {
			if len(v.Marks) < maxMarks {
				v.Marks = append(v.Marks, mark{ID: e.ID, Kind: k})
			}
		}
		if at > 0 && e.ID > at {
			continue
		}
		r.addEvent(e)
		v.At, last = e.ID, e
		if isTaskResult(e.Type) {
			result = e
		}
		switch {
		case kindOf(e.Type) == "failed":
			failures[e.ID] = true
		case failures[e.Previous] && e.Type.IsStateExited():
			v.Caught.count(e.Previous)
		case failures[e.Previous] && startsAttempt(e.Type):
			v.Retried.count(e.Previous)
		}
		if (before == 0 || e.ID < before) && (state == "" || r.states[e.ID] == state) {
			if len(rows) < PageRows {
				rows = append(rows, e)
			} else {
				rows[n%PageRows] = e
			}
			n++
		}
		r.assign(variables, e)
		r.followTask(tasks, scheduled, e)
	}
	for i := range v.Marks {
		m := &v.Marks[i]
		m.X = uint64(m.ID-1) * markScale / uint64(max(v.Total-1, 1))
	}
	for i := range rows {
		e := rows[(n-1-i)%len(rows)]
		v.Rows = append(v.Rows, r.row(e))
	}
	if n > len(rows) {
		v.Older = v.Rows[len(v.Rows)-1].ID
	}
	for _, x := range variables {
		v.Variables = append(v.Variables, x)
	}
	slices.SortFunc(v.Variables, func(a, b variable) int { return strings.Compare(a.Name, b.Name) })
	for _, t := range tasks {
		v.Waiting = append(v.Waiting, t)
	}
	slices.SortFunc(v.Waiting, func(a, b waiting) int { return int(a.Event) - int(b.Event) })
	if r.forks && last != nil {
		v.Fork = r.newForkPoint(last, result)
	}
	v.Shown = r.updateGraph()
	return v, nil
}

// startsAttempt reports whether the work of a state starts.
func startsAttempt(t history.Type) bool {
	switch t {
	case history.TaskScheduled, history.LambdaFunctionScheduled, history.ActivityScheduled, history.ParallelStateStarted, history.MapStateStarted:
		return true
	}
	return false
}

// assign notes the variables that an event assigns.
func (r *reader) assign(all map[string]variable, e *history.Event) {
	assigned, ok := e.Detail.(*value.Object)
	if !ok || !e.Type.IsStateExited() {
		return
	}
	for name, v := range assigned.All() {
		all[name] = variable{name, r.states[e.ID], e.ID, indent(v, maxDetails)}
	}
}

// followTask notes which tasks wait for an answer under a token that their parameters
// show. Such a token is known to whoever may see the history. The history of a fork has
// those of another execution too, as may parameters that were passed on.
func (r *reader) followTask(tasks map[uint32]waiting, scheduled map[uint32]uint32, e *history.Event) {
	if e.Type.EndsExecution() {
		clear(tasks)
	}
	if e.Type == history.TaskScheduled {
		if t := r.findToken(e.Value, 0); t != "" {
			tasks[e.ID] = waiting{e.ID, r.states[e.ID], t}
			scheduled[e.ID] = e.ID
		}
		return
	}
	of, known := scheduled[e.Previous]
	if !known {
		return
	}
	switch e.Type {
	case history.TaskStarted, history.TaskSubmitted:
		scheduled[e.ID] = of
	default:
		delete(tasks, of)
	}
}

// findToken returns the token of the execution in the parameters of a task.
func (r *reader) findToken(v any, depth int) string {
	const deepest = 20
	if depth > deepest {
		return ""
	}
	switch v := v.(type) {
	case string:
		if id, ok := machine.TokenExecution(v); ok && id == string(r.id[:]) {
			return v
		}
	case []any:
		for _, item := range v {
			if t := r.findToken(item, depth+1); t != "" {
				return t
			}
		}
	case *value.Object:
		for _, member := range v.All() {
			if t := r.findToken(member, depth+1); t != "" {
				return t
			}
		}
	}
	return ""
}
