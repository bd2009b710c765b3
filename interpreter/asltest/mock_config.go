package asltest

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/mock"
	"github.com/gostates/gostates/value"
)

// Mocks answers tasks from a test case of a mock configuration file of Step
// Functions Local (see [mock.File]). States that the case does not name are left to
// the scripts. A file or case that cannot be read fails the test.
func Mocks(file []byte, machineName, testCase string) Option {
	return option(func(c *config) {
		f, err := mock.ParseFile(file)
		if err == nil {
			c.tasks, err = f.Case(machineName, testCase)
		}
		if err != nil {
			c.addProblem("Mocks: %v", err)
		}
	})
}

// MockConfig returns a mock configuration file of Step Functions Local for a
// definition. It has one test case, in which each Task returns {}.
func MockConfig(p *Program, testCase string) []byte {
	m := newMockConfig(p, testCase)
	for st := range p.Machine().All() {
		if task, ok := st.(*asl.TaskState); ok {
			r := machine.ParseResource(task.Resource.Value)
			m.addResponse(task.Name, value.ObjectOf(value.Member{Key: "Return", Value: wrapPayload(&r, value.NewObject(0))}))
		}
	}
	return m.encodeFile()
}

// mockConfig collects the responses of a mock configuration file.
type mockConfig struct {
	program   *Program
	testCase  string
	states    []string
	responses map[string][]any
}

func newMockConfig(p *Program, testCase string) *mockConfig {
	return &mockConfig{program: p, testCase: testCase, responses: make(map[string][]any)}
}

func (m *mockConfig) addResponse(state string, response any) {
	if m.responses[state] == nil {
		m.states = append(m.states, state)
	}
	m.responses[state] = append(m.responses[state], response)
}

// addCall adds the answer that a task got. The format cannot express a task without
// an answer: such a task becomes a timeout.
func (m *mockConfig) addCall(c *call) {
	f := c.failed
	if c.recorded != nil && c.recorded.failure != nil {
		f = &thrown{orEmpty(c.recorded.failure.Error), orEmpty(c.recorded.failure.Cause)}
	} else if c.hangs || c.function != nil {
		f = &thrown{asl.StatesTimeout, ""}
	}
	if f == nil {
		m.addResponse(c.state, value.ObjectOf(value.Member{Key: "Return", Value: wrapPayload(c.resource, c.output)}))
		return
	}
	m.addResponse(c.state, value.ObjectOf(value.Member{Key: "Throw", Value: value.ObjectOf(
		value.Member{Key: "Error", Value: f.name},
		value.Member{Key: "Cause", Value: f.cause})}))
}

// wrapPayload wraps the output of a Lambda function whose Resource is its ARN. Step
// Functions Local expects such a mock to be the response of Lambda's Invoke API.
func wrapPayload(r *machine.Resource, output any) any {
	if r.Kind != machine.Function || !strings.HasPrefix(r.Name, "arn:") {
		return output
	}
	return value.ObjectOf(value.Member{Key: "StatusCode", Value: int64(200)}, value.Member{Key: "Payload", Value: output})
}

func (m *mockConfig) encodeFile() []byte {
	states, mocked := value.NewObject(0), value.NewObject(0)
	for _, state := range m.states {
		name := m.testCase + " " + state
		states.Set(state, name)
		numbers := value.NewObject(0)
		responses := m.responses[state]
		for i := 0; i < len(responses); {
			n := i + 1
			for n < len(responses) && value.Identical(responses[i], responses[n]) {
				n++
			}
			key := fmt.Sprint(i)
			if n-i > 1 {
				key = fmt.Sprintf("%d-%d", i, n-1)
			}
			numbers.Set(key, responses[i])
			i = n
		}
		mocked.Set(name, numbers)
	}
	object := func(key string, v any) *value.Object { return value.ObjectOf(value.Member{Key: key, Value: v}) }
	file := object("StateMachines", object(m.program.Options().StateMachineName, object("TestCases", object(m.testCase, states))))
	file.Set("MockedResponses", mocked)
	return append([]byte(strings.Join(unsortedMember(file, "", "", ""), "\n")), '\n')
}

// MockConfig returns the answers that the tasks of the run got, as a mock
// configuration file of Step Functions Local. After [Replay] these are the recorded
// ones.
func (x *Execution) MockConfig(testCase string) []byte {
	m := newMockConfig(x.program, testCase)
	for _, c := range x.run.log {
		m.addCall(c)
	}
	return m.encodeFile()
}

// newMockedCall returns a call whose answer a mock configuration gives.
func newMockedCall(c *machine.Command, now int64, output any, err error) *call {
	var failed *thrown
	hangs := errors.Is(err, interpreter.ErrResultPending)
	if err != nil && !hangs {
		failed = toThrown(err)
		var named *asl.Error
		if !errors.As(err, &named) {
			failed.name = asl.StatesTaskFailed
		}
	}
	return newCall(c, now, modifiers{}, output, failed, hangs)
}
