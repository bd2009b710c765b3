package page

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// forkPoint is the event at which the page offers a fork, and what can be changed there.
type forkPoint struct {
	Event        uint32 // 0: none
	Type, State  string
	IsStart      bool   // the input can be changed
	IsResult     bool   // the result of the task can be changed
	Output       string // empty if it is large
	Error, Cause string
	Result       uint32 // the last event with the result of a task; 0: there is none
}

// newForkPoint returns the point of a fork at an event. Of an execution that has ended,
// nothing is left behind the last event: the point is where its last task ended, or its
// start.
func (r *reader) newForkPoint(last, result *history.Event) forkPoint {
	f := forkPoint{}
	if result != nil {
		f.Result = result.ID
	}
	if r.ended {
		if result == nil {
			f.Event, f.Type, f.IsStart = 1, history.ExecutionStarted.String(), true
			return f
		}
		last = result
	}
	f.Event, f.Type = last.ID, last.Type.String()
	f.IsStart, f.IsResult = last.Type == history.ExecutionStarted, isTaskResult(last.Type)
	if !isOfExecution(last.Type) {
		f.State = r.states[last.ID]
	}
	switch d := last.Detail.(type) {
	case *history.Failure:
		f.Error, f.Cause = textOf(d.Error), textOf(d.Cause)
	default:
		if t := indent(last.Value, maxDetails); f.IsResult && t.More == 0 {
			f.Output = t.JSON
		}
	}
	return f
}

func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// isTaskResult reports whether an event may be the result that a task has returned.
func isTaskResult(t history.Type) bool {
	switch t {
	case history.TaskSucceeded, history.TaskFailed, history.TaskTimedOut, history.TaskStartFailed, history.TaskSubmitFailed,
		history.LambdaFunctionSucceeded, history.LambdaFunctionFailed, history.LambdaFunctionTimedOut, history.LambdaFunctionStartFailed,
		history.ActivitySucceeded, history.ActivityFailed, history.ActivityTimedOut:
		return true
	}
	return false
}

// fork starts an execution that goes on from an event of another one, perhaps with
// another input or result.
func (p *page) fork(r *http.Request) (*answer, error) {
	if err := readForm(r); err != nil {
		return nil, err
	}
	id, err := parseID(r)
	if err != nil {
		return nil, err
	}
	form := r.PostForm
	event, err := strconv.ParseUint(form.Get("event"), 10, 32)
	if err != nil {
		return nil, badRequest(fmt.Errorf("event is the id of an event to fork at, not %q", form.Get("event")))
	}
	o := interpreter.ForkOptions{Name: strings.TrimSpace(form.Get("name"))}
	data := []byte(strings.TrimSpace(form.Get("data")))
	switch change := form.Get("change"); change {
	case "":
	case "input":
		if o.Input, err = value.ParseVerbatim(data); err != nil {
			return nil, badRequest(err)
		}
	case "output":
		o.Result = &interpreter.TaskResult{Output: data}
	case "error":
		if form.Get("error") == "" && form.Get("cause") == "" {
			return nil, badRequest(errors.New("a task fails with an error or a cause"))
		}
		o.Result = &interpreter.TaskResult{Error: form.Get("error"), Cause: form.Get("cause")}
	default:
		return nil, badRequest(fmt.Errorf("change is input, output, error or empty, not %q", change))
	}
	e, err := p.server.Fork(r.Context(), id, interpreter.AtEvent(uint32(event)), o)
	switch {
	case errors.Is(err, machine.ErrFork), errors.Is(err, machine.ErrInterrupted), errors.Is(err, interpreter.ErrInvalidOutput):
		return nil, badRequest(err)
	case err != nil:
		return nil, err
	}
	return &answer{location: executionPath(e.ID())}, nil
}
