package asltest

import (
	"fmt"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// MockConfig returns a mock configuration file of Step Functions Local for a
// definition: one test case in which each Task returns {}, to be filled in.
func MockConfig(p *Program, testCase string) []byte {
	m := newMockConfig(p, testCase)
	for st := range p.Machine().All() {
		if task, ok := st.(*asl.TaskState); ok {
			r := machine.ParseResource(task.Resource.Value)
			m.append(task.Name, value.ObjectOf(value.Member{Key: "Return", Value: wrapped(&r, value.NewObject(0))}))
		}
	}
	return m.bytes()
}

// mockConfig is a file in the making.
type mockConfig struct {
	program   *Program
	testCase  string
	states    []string
	responses map[string][]any
}

func newMockConfig(p *Program, testCase string) *mockConfig {
	return &mockConfig{program: p, testCase: testCase, responses: make(map[string][]any)}
}

func (m *mockConfig) append(state string, response any) {
	if m.responses[state] == nil {
		m.states = append(m.states, state)
	}
	m.responses[state] = append(m.responses[state], response)
}

// add adds what a task was told. One that was never answered cannot be said in
// the file: it is a timeout.
func (m *mockConfig) add(c *call) {
	f := c.failed
	if c.recorded != nil && c.recorded.failure != nil {
		f = &thrown{orNone(c.recorded.failure.Error), orNone(c.recorded.failure.Cause)}
	} else if c.hangs || c.function != nil {
		f = &thrown{asl.StatesTimeout, ""}
	}
	if f == nil {
		m.append(c.state, value.ObjectOf(value.Member{Key: "Return", Value: wrapped(c.resource, c.output)}))
		return
	}
	m.append(c.state, value.ObjectOf(value.Member{Key: "Throw", Value: value.ObjectOf(
		value.Member{Key: "Error", Value: f.name},
		value.Member{Key: "Cause", Value: f.cause})}))
}

// wrapped is what Step Functions Local wants of a Lambda function by its ARN:
// what invoking it by the service returns.
func wrapped(r *machine.Resource, output any) any {
	if r.Kind != machine.Function || !strings.HasPrefix(r.Name, "arn:") {
		return output
	}
	return value.ObjectOf(value.Member{Key: "StatusCode", Value: int64(200)}, value.Member{Key: "Payload", Value: output})
}

func (m *mockConfig) bytes() []byte {
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
	return append([]byte(strings.Join(unsortedPretty(file, "", "", ""), "\n")), '\n')
}

// unsortedPretty is pretty in the order of the keys.
func unsortedPretty(v any, in, before, after string) []string {
	o, ok := v.(*value.Object)
	if !ok || o.Len() == 0 {
		return []string{in + before + value.String(v) + after}
	}
	lines := []string{in + before + "{"}
	for i, key := range o.Keys() {
		member, _ := o.Get(key)
		lines = append(lines, unsortedPretty(member, in+"  ", value.String(key)+": ", comma(i, o.Len()))...)
	}
	return append(lines, in+"}"+after)
}
