package command

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/mock"
	"github.com/gostates/gostates/value"
)

// writeMocks runs asl mock, which writes a mock file for a definition.
func writeMocks(args []string, s streams) int {
	f := newFlagSet("mock", "FILE",
		"asl mock -o mocks.json order.asl.json",
		"asl run -mock mocks.json -case order/Happy -clock virtual order.asl.json")
	name := f.String("name", "", "the `name` of the machine in the mock file (default: that of FILE)")
	output := f.String("o", "", "the `file` to write, which must not exist (default: standard output)")
	placeholders := substitutionFlags(f)
	in := files{in: s.in}
	fromFlag(f, &in.from)
	if code, ok := parseArguments(f, args, s); !ok {
		return code
	}
	if !checkFiles(f, 1, s) {
		return exitUsage
	}
	o := runOptions{file: f.Arg(0), machineType: string(asl.Standard), placeholders: placeholders, files: in}
	program, err := o.compileProgram(interpreter.Options{})
	if err == nil {
		text := mockFile(machineName(*name, o.file), program.Machine())
		if *output == "" {
			_, err = s.out.Write(text)
		} else {
			err = writeNewFile(*output, text)
		}
	}
	var bad *sourceError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &bad):
		bad.printUnset("mock", s)
		return exitFailed
	}
	fmt.Fprintf(s.err, "asl mock: %v\n", err)
	return exitUsage
}

// machineName returns a name for a machine: as given, or that of its file. -case has a
// slash after it.
func machineName(given, file string) string {
	if given == "" {
		given, _ = splitName(filepath.Base(file))
	}
	if given == "-" {
		return "Machine"
	}
	return strings.ReplaceAll(given, "/", "-")
}

// mostInvocations is how many invocations of a state a response is for. States in a Map or
// in a loop have several.
const mostInvocations = "0-999"

// mockFile returns a mock file with a response of each Task. The case Happy has no
// errors. Others have one error that a Retrier or a Catcher names: once, before a retry, or
// always.
func mockFile(name string, m *asl.StateMachine) []byte {
	object := func(members ...value.Member) *value.Object { return value.ObjectOf(members...) }
	happy, cases, responses := object(), object(), object()
	var tasks []*asl.TaskState
	for st := range m.All() {
		if task, ok := st.(*asl.TaskState); ok {
			tasks = append(tasks, task)
			happy.Set(task.Name, task.Name)
			responses.Set(task.Name, object(value.Member{Key: mostInvocations, Value: returned(task)}))
		}
	}
	cases.Set("Happy", happy)
	addCase := func(task *asl.TaskState, errorName string, numbers *value.Object, suffix string) {
		title := task.Name + errorName + suffix
		if cases.Has(title) || responses.Has(title) {
			return // it is there for another Retrier or Catcher
		}
		states := object()
		for _, other := range tasks {
			states.Set(other.Name, other.Name)
		}
		states.Set(task.Name, title)
		cases.Set(title, states)
		responses.Set(title, numbers)
	}
	for _, task := range tasks {
		for i := range task.Retry {
			if r := &task.Retry[i]; r.MaxAttempts.Or(3) > 0 {
				for _, errorName := range thrownNames(r.ErrorEquals) {
					addCase(task, errorName, object(
						value.Member{Key: "0", Value: thrown(errorName)},
						value.Member{Key: "1-999", Value: returned(task)}), "Once")
				}
			}
		}
		for i := range task.Catch {
			for _, errorName := range thrownNames(task.Catch[i].ErrorEquals) {
				addCase(task, errorName, object(value.Member{Key: mostInvocations, Value: thrown(errorName)}), "")
			}
		}
	}
	text := value.Append(nil, object(
		value.Member{Key: "StateMachines", Value: object(value.Member{Key: name, Value: object(value.Member{Key: "TestCases", Value: cases})})},
		value.Member{Key: "MockedResponses", Value: responses}))
	var out bytes.Buffer
	if json.Indent(&out, text, "", "  ") != nil {
		return text // it is JSON, so that it is indented
	}
	out.WriteByte('\n')
	return out.Bytes()
}

// thrownNames returns the errors that a mocked task can fail with to match ErrorEquals.
func thrownNames(errorEquals []string) []string {
	names := slices.Clone(errorEquals)
	for i := range names {
		if names[i] == asl.StatesAll {
			names[i] = asl.StatesTaskFailed
		}
	}
	return names
}

// returned is a response that succeeds, to be filled in.
func returned(task *asl.TaskState) *value.Object {
	result := value.NewObject(0)
	if r := machine.ParseResource(task.Resource.Value); r.Kind == machine.Service && r.Service == "lambda" && r.Action == "invoke" && r.Pattern == machine.RequestResponse {
		result.Set("StatusCode", int64(200))
		result.Set("ExecutedVersion", "$LATEST")
		result.Set("Payload", value.NewObject(0))
	}
	return value.ObjectOf(value.Member{Key: "Return", Value: result})
}

// unwrittenCause is the cause of an error until it is filled in. It is not empty, so that a
// CausePath which leads to it works.
const unwrittenCause = "to be filled in"

func thrown(errorName string) *value.Object {
	return value.ObjectOf(value.Member{Key: "Throw", Value: value.ObjectOf(
		value.Member{Key: "Error", Value: errorName}, value.Member{Key: "Cause", Value: unwrittenCause})})
}

// emptyAnswers is the resolver of -mock auto: each task has an empty object as its result.
func emptyAnswers(m *asl.StateMachine) *mock.Tasks {
	script := make(mock.Script)
	for st := range m.All() {
		if task, ok := st.(*asl.TaskState); ok {
			answer, _ := returned(task).Get("Return")
			script[task.Name] = []mock.Response{mock.Always(mock.Return(answer))}
		}
	}
	return mock.New(script)
}
