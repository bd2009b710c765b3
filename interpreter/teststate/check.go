package teststate

import (
	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// Models knows what AWS's services answer, to check mocked results by. None is
// shipped: without one any JSON may be the result of a Task.
type Models interface {
	// Check says what is wrong with a result of the resource, such as "Required
	// field 'ExecutionArn' is missing"; nothing is wrong if it is empty. mode is
	// Strict or Present. A .sync resource answers as its polling call does.
	Check(resource *machine.Resource, result any, mode ValidationMode) string
}

// check refuses what AWS refuses, whatever the state.
func (r *Request) check() error {
	for _, err := range []*Error{
		oneOf("inspectionLevel", string(r.InspectionLevel), string(Info), string(Debug), string(Trace)),
		r.checkMock(),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *Request) checkMock() *Error {
	m, c := r.Mock, r.StateConfiguration
	if m != nil {
		switch {
		case m.Result == nil && m.ErrorOutput == nil:
			return invalid("One of the following fields is required for a test mock: [result, errorOutput].")
		case m.ErrorOutput != nil && m.ErrorOutput.Error == "":
			return invalid("An error was not specified in the mocked error output.")
		case m.Result != nil && m.ErrorOutput != nil:
			return invalid("A test mock should have only one of the following fields: [result, errorOutput].")
		case r.RevealSecrets:
			return invalid("TestState does not support RevealSecrets when a mock is specified.")
		}
		return oneOf("mock.fieldValidationMode", string(m.FieldValidationMode), string(Strict), string(Present), string(None))
	}
	for _, needs := range []struct {
		given bool
		name  string
	}{
		{c != nil && c.MapIterationFailureCount != nil, "MapIterationFailureCount"},
		{c != nil && c.RetrierRetryCount != 0, "RetrierRetryCount"},
		{c != nil && c.ErrorCausedByState != "", "ErrorCausedByState"},
		{c != nil && c.MapItemReaderData != "", "MapItemReaderData"},
		{r.Context != "", "Context"},
	} {
		if needs.given {
			return invalid("TestState does not support %s when a mock is not specified.", needs.name)
		}
	}
	return nil
}

// checkState refuses what cannot be tested of the state.
func (r *Request) checkState(st asl.State, resolver bool) error {
	mocked := r.Mock != nil
	m, isMap := st.(*asl.MapState)
	c := r.StateConfiguration
	switch {
	case !isMap && c != nil && c.MapIterationFailureCount != nil:
		return invalid("MapIterationFailureCount is only supported when testing a Map state.")
	case isMap && mocked && m.ItemReader != nil && (c == nil || c.MapItemReaderData == ""):
		return invalid("ItemReader data must be specified when testing a Map state with ItemReader specified.")
	}
	switch st := st.(type) {
	case *asl.MapState, *asl.ParallelState:
		if !mocked {
			return &Error{CodeInvalidDefinition, "TestState API does not support Map or Parallel states. Supported state types include: [Task, Wait, Pass, Succeed, Fail, Choice]"}
		}
	case *asl.TaskState:
		if resource := machine.ParseResource(st.Resource.Value); !mocked && resource.Token() {
			return &Error{CodeInvalidDefinition, "TestState API supports the resource '" + resource.Name + "' only when a mock is specified"}
		}
		if !mocked && r.RoleArn == "" && !resolver {
			return invalid("RoleArn must be specified when testing a Task state")
		}
	default:
		if mocked {
			return invalid("State type '%s' is not supported when a mock is specified", st.Base().Type)
		}
	}
	return nil
}

// mockResult reads the mocked result and checks that the state can have it.
func (r *Request) mockResult(st asl.State, models Models) (any, error) {
	if r.Mock == nil || r.Mock.Result == nil {
		return nil, nil
	}
	result, err := value.ParseString(*r.Mock.Result)
	if err != nil {
		return nil, invalid("Mocked result must be valid JSON")
	}
	list, isList := result.([]any)
	switch st := st.(type) {
	case *asl.TaskState:
		resource := machine.ParseResource(st.Resource.Value)
		if result == nil && resource.Kind == machine.Service {
			return nil, invalid("Mocked result must be a valid JSON object.")
		}
		mode := r.Mock.FieldValidationMode
		if mode == "" {
			mode = Strict
		}
		if models == nil || mode == None {
			break
		}
		if wrong := models.Check(&resource, result, mode); wrong != "" {
			return nil, invalid("Mock result schema validation error: %s", wrong)
		}
	case *asl.ParallelState:
		switch {
		case !isList:
			return nil, invalid("Mocked result must be an array.")
		case len(list) != len(st.Branches):
			return nil, invalid("Mocked result must contain the same number of items as number of Parallel branches.")
		}
	case *asl.MapState:
		_, isObject := result.(*value.Object)
		switch {
		case st.ResultWriter != nil && !isObject:
			return nil, invalid("Mocked result must be a JSON object.")
		case st.ResultWriter == nil && !isList:
			return nil, invalid("Mocked result must be an array.")
		case st.ResultWriter == nil && r.failures() > len(list):
			return nil, errTooManyFailures
		}
	}
	return result, nil
}

var errIterations = invalid("Input array does not equal the mocked result array's size")

var errTooManyFailures = invalid("Map iteration failure count must be less than or equal to the number of Map iterations")

// failures is how many iterations of a Map are said to have failed.
func (r *Request) failures() int {
	if c := r.StateConfiguration; c != nil && c.MapIterationFailureCount != nil {
		return int(*c.MapIterationFailureCount)
	}
	return 0
}
