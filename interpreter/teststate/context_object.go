package teststate

import (
	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/internal/timestamp"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// contextFields lists the members that a mocked context object may have, with their
// JSON types. An empty type allows any value.
var contextFields = map[string]map[string]string{
	"Execution": {"Id": "string", "Input": "", "Name": "string", "RoleArn": "string", "StartTime": "string",
		"RedriveCount": "number", "RedriveTime": "string"},
	"State":        {"EnteredTime": "string", "Name": "string", "RetryCount": "number"},
	"StateMachine": {"Id": "string", "Name": "string"},
	"Task":         {"Token": "string"},
}

// contextObject parses the mocked context object, or returns a new one.
func (t *test) contextObject() (*value.Object, error) {
	if t.request.Context == "" {
		return t.newContextObject(), nil
	}
	reject := func(format string, args ...any) error {
		return validationError("Invalid Context object provided: "+format, args...)
	}
	v, err := value.ParseString(t.request.Context)
	context, ok := v.(*value.Object)
	if err != nil || !ok {
		return nil, reject("must be a JSON object")
	}
	for section, v := range context.All() {
		fields, known := contextFields[section]
		switch {
		case section == "Map":
			return nil, reject("'Map' field is not supported when mocking a Context object")
		case section == "Task" && isTask(t.state) && !hasTaskToken(t.state):
			return nil, reject("Context object contains 'Task' when state is not a Task state with a '.sync' or '.waitForTaskToken' service integration pattern")
		case !known, section == "Task" && !hasTaskToken(t.state):
			return nil, reject("Field '%s' is not allowed", section)
		}
		o, ok := v.(*value.Object)
		if !ok {
			return nil, reject("%s must be an object", section)
		}
		for name, v := range o.All() {
			kind, known := fields[name]
			switch {
			case !known:
				return nil, reject("Field '%s' is not allowed", name)
			case kind != "" && value.Kind(v) != kind:
				return nil, reject("%s.%s must be a %s", section, name, kind)
			}
		}
	}
	return context, nil
}

func isTask(st asl.State) bool {
	_, ok := st.(*asl.TaskState)
	return ok
}

// hasTaskToken reports whether st is a Task with a token in its context object.
func hasTaskToken(st asl.State) bool {
	task, ok := st.(*asl.TaskState)
	if !ok {
		return false
	}
	resource := machine.ParseResource(task.Resource.Value)
	return resource.Token()
}

// newContextObject returns the default context object. As on AWS, the order of its
// members differs from that in an execution, and RedriveCount is absent.
func (t *test) newContextObject() *value.Object {
	const name, machineName = "TestState", "StateMachine"
	arn := "arn:aws:states:" + t.region + ":" + t.account + ":"
	var role any
	if t.request.RoleArn != "" {
		role = t.request.RoleArn
	}
	now := timestamp.Format(t.now)
	state := value.ObjectOf(
		value.Member{Key: "Name", Value: defaultStateName}, // also if StateName is set
		value.Member{Key: "EnteredTime", Value: now})
	switch t.state.(type) {
	case *asl.TaskState, *asl.MapState, *asl.ParallelState:
		state.Set("RetryCount", int64(t.retryCount()))
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
	if hasTaskToken(t.state) {
		context.Set("Task", value.ObjectOf(value.Member{Key: "Token", Value: "TestStateTaskToken"}))
	}
	return context
}
