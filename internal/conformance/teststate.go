package conformance

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gostates/gostates/asl/awsmodel"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/teststate"
	"github.com/gostates/gostates/value"
)

// stateTest is a request to TestState and its response.
type stateTest struct {
	request  []byte
	clock    time.Time
	expected *value.Object
}

// account is the account of all recordings.
const account = "111111111111"

// readTestState reads a case of TestState. Strings of the request were kept as
// they were sent, in addition to their parsed values.
func readTestState(c *Case, o *value.Object) error {
	request := objectOf(o, "request")
	for _, key := range []string{"definition", "input", "context", "variables"} {
		if raw, ok := request.Get(key + "Raw"); ok {
			request = request.Without(key+"Raw").With(key, raw)
		}
	}
	t := &stateTest{request: value.Append(nil, request), expected: objectOf(o, "expected").Without("ResponseMetadata")}
	var err error
	if t.clock, err = time.Parse(time.RFC3339Nano, textOf(o, "clock")); err != nil {
		return fmt.Errorf("clock: %w", err)
	}
	if t.expected.Len() == 0 {
		return errors.New("expected is empty")
	}
	c.test = t
	return nil
}

func checkTestState(c *Case) []string {
	t, m := c.test, newMatcher(c)
	got, err := t.runState()
	if err != nil {
		return []string{err.Error()}
	}
	m.matchMembers("response", t.expected, got, func(at string, want, got any) {
		switch at {
		case "response.output":
			m.matchData(at, want, got)
		case "response.inspectionData":
			m.matchInspection(at, want, got)
		default:
			m.matchJSON(at, want, got)
		}
	})
	if d := m.takeDifferences(); len(d) > 0 {
		return []string{fmt.Sprintf("%s\n\texpected %s\n\tactual   %s", strings.Join(d, "\n"), shortJSON(t.expected), shortJSON(got))}
	}
	return nil
}

// matchInspection compares inspection data: JSON, numbers, and one object.
func (m *matcher) matchInspection(at string, want, got any) {
	w, isObject := want.(*value.Object)
	g, ok := got.(*value.Object)
	if !isObject || !ok {
		m.noteUnlike(at, want, got)
		return
	}
	m.matchMembers(at, w, g, func(at string, want, got any) {
		switch got := got.(type) {
		case string:
			if w, ok := want.(string); ok && w != got && strings.Contains(at, ".afterItem") {
				m.noteUnlike(at, want, got) // in lists of items, white space matters
				return
			}
			m.matchData(at, want, got)
		case *value.Object:
			if w, ok := want.(*value.Object); ok {
				m.matchMembers(at, w, got, m.matchJSON) // members of the API, which the recorder sorted
				return
			}
			m.noteUnlike(at, want, got)
		default:
			m.matchJSON(at, want, got)
		}
	})
}

// runState runs the test. It returns the response, or the error in its recorded
// form.
func (t *stateTest) runState() (*value.Object, error) {
	var answer *teststate.Response
	request, err := teststate.ParseRequest(t.request)
	if err == nil {
		answer, err = teststate.Run(context.Background(), request, teststate.Options{
			Resolver: t.recordedHandlers(), Models: awsmodel.Models{}, Now: t.clock, Account: account,
		})
	}
	var refused *teststate.Error
	switch {
	case errors.As(err, &refused):
		return t.refusalObject(refused), nil
	case err != nil:
		return nil, err
	}
	text, err := answer.MarshalJSON()
	if err != nil {
		return nil, err
	}
	v, err := value.Parse(text)
	o, _ := v.(*value.Object)
	return o, err
}

// refusalObject returns an error in the form of either of the two recorders.
func (t *stateTest) refusalObject(e *teststate.Error) *value.Object {
	if !t.expected.Has("exception_typename") {
		return value.ObjectOf(
			value.Member{Key: "Error", Value: value.ObjectOf(
				value.Member{Key: "Code", Value: e.Code},
				value.Member{Key: "Message", Value: e.Message})},
			value.Member{Key: "message", Value: e.Message})
	}
	message := e.Message
	if e.Code != teststate.CodeParamValidation {
		message = fmt.Sprintf("An error occurred (%s) when calling the TestState operation: %s", e.Code, e.Message)
	}
	return value.ObjectOf(
		value.Member{Key: "exception_typename", Value: e.Code},
		value.Member{Key: "exception_value", Value: message})
}

// recordedHandlers answer a Task without a mock as in the recording: with the
// result or, if none was recorded, with the output, which equals the result in
// a state that does not change it.
func (t *stateTest) recordedHandlers() interpreter.Resolver {
	recorded, ok := objectOf(t.expected, "inspectionData").Get("result")
	if !ok {
		recorded, ok = t.expected.Get("output")
	}
	if !ok {
		return nil
	}
	return interpreter.Mux{"*": interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) {
		return dataOf(recorded), nil
	})}
}
