package teststate

import (
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// contextFields are the members that a mocked context object may have: the
// JSON type of each, empty for any.
var contextFields = map[string]map[string]string{
	"Execution": {"Id": "string", "Input": "", "Name": "string", "RoleArn": "string", "StartTime": "string",
		"RedriveCount": "number", "RedriveTime": "string"},
	"State":        {"EnteredTime": "string", "Name": "string", "RetryCount": "number"},
	"StateMachine": {"Id": "string", "Name": "string"},
	"Task":         {"Token": "string"},
}

// context reads the mocked context object, or makes one.
func (t *test) context() (*value.Object, error) {
	if t.request.Context == "" {
		return t.newContext(), nil
	}
	wrong := func(format string, args ...any) error {
		return invalid("Invalid Context object provided: "+format, args...)
	}
	v, err := value.ParseString(t.request.Context)
	context, ok := v.(*value.Object)
	if err != nil || !ok {
		return nil, wrong("must be a JSON object")
	}
	for section, v := range context.All() {
		fields, known := contextFields[section]
		switch {
		case section == "Map":
			return nil, wrong("'Map' field is not supported when mocking a Context object")
		case section == "Task" && isTask(t.state) && !hasToken(t.state):
			return nil, wrong("Context object contains 'Task' when state is not a Task state with a '.sync' or '.waitForTaskToken' service integration pattern")
		case !known, section == "Task" && !hasToken(t.state):
			return nil, wrong("Field '%s' is not allowed", section)
		}
		o, ok := v.(*value.Object)
		if !ok {
			return nil, wrong("%s must be an object", section)
		}
		for name, v := range o.All() {
			kind, known := fields[name]
			switch {
			case !known:
				return nil, wrong("Field '%s' is not allowed", name)
			case kind != "" && value.Kind(v) != kind:
				return nil, wrong("%s.%s must be a %s", section, name, kind)
			}
		}
	}
	return context, nil
}

func isTask(st asl.State) bool {
	_, ok := st.(*asl.TaskState)
	return ok
}

// hasToken reports whether the state is a Task whose context object has a token.
func hasToken(st asl.State) bool {
	task, ok := st.(*asl.TaskState)
	if !ok {
		return false
	}
	resource := machine.ParseResource(task.Resource.Value)
	return resource.Token()
}

// newContext makes the context object of a test: its members are in another
// order than in an execution, and it knows of no redrive (recorded).
func (t *test) newContext() *value.Object {
	const name, machineName = "TestState", "StateMachine"
	arn := "arn:aws:states:" + t.region + ":" + t.account + ":"
	var role any
	if t.request.RoleArn != "" {
		role = t.request.RoleArn
	}
	now := t.now.UTC().Format("2006-01-02T15:04:05.000Z")
	state := value.ObjectOf(
		value.Member{Key: "Name", Value: unnamed}, // in a whole machine too
		value.Member{Key: "EnteredTime", Value: now})
	switch t.state.(type) {
	case *asl.TaskState, *asl.MapState, *asl.ParallelState:
		state.Set("RetryCount", int64(t.retries()))
	}
	context := value.ObjectOf(
		value.Member{Key: "Execution", Value: value.ObjectOf(
			value.Member{Key: "Id", Value: arn + "express:" + machineName + ":" + name},
			value.Member{Key: "Input", Value: t.input},
			value.Member{Key: "Name", Value: name},
			value.Member{Key: "RoleArn", Value: role},
			value.Member{Key: "StartTime", Value: now})},
		value.Member{Key: "StateMachine", Value: value.ObjectOf(
			value.Member{Key: "Id", Value: arn + "stateMachine:" + machineName},
			value.Member{Key: "Name", Value: machineName})},
		value.Member{Key: "State", Value: state})
	if hasToken(t.state) {
		context.Set("Task", value.ObjectOf(value.Member{Key: "Token", Value: "TestStateTaskToken"}))
	}
	return context
}

func (t *test) retries() int32 {
	if c := t.request.StateConfiguration; c != nil {
		return c.RetrierRetryCount
	}
	return 0
}

func orNow(t time.Time) time.Time {
	if t.IsZero() {
		return time.Now()
	}
	return t
}
