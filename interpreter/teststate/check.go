package teststate

import (
	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
)

// checkRequest rejects what AWS rejects for any state.
func (r *Request) checkRequest() error {
	for _, err := range []*Error{
		checkEnum("inspectionLevel", string(r.InspectionLevel), string(Info), string(Debug), string(Trace)),
		r.checkMock(),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// checkState rejects what AWS does not support for this state. resolver is set if
// the task can be run by a handler.
func (r *Request) checkState(st asl.State, resolver bool) error {
	mocked := r.Mock != nil
	m, isMap := st.(*asl.MapState)
	c := r.StateConfiguration
	switch {
	case !isMap && c != nil && c.MapIterationFailureCount != nil:
		return validationError("MapIterationFailureCount is only supported when testing a Map state.")
	case isMap && mocked && m.ItemReader != nil && (c == nil || c.MapItemReaderData == ""):
		return validationError("ItemReader data must be specified when testing a Map state with ItemReader specified.")
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
			return validationError("RoleArn must be specified when testing a Task state")
		}
	default:
		if mocked {
			return validationError("State type '%s' is not supported when a mock is specified", st.Base().Type)
		}
	}
	return nil
}
