package teststate

import (
	"fmt"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/internal/probe"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// Mock replaces the state's work. Exactly one of Result and ErrorOutput must be
// set.
type Mock struct {
	Result              *string        // JSON; nil: none
	ErrorOutput         *ErrorOutput   // nil: none
	FieldValidationMode ValidationMode // empty: Strict
}

// ErrorOutput is a failure of the state's work. Error must not be empty.
type ErrorOutput struct {
	Error string // the error's name, such as States.Timeout
	Cause string // may be empty
}

// ValidationMode says how strictly a mocked result is checked against the model of
// the service (see [Models]).
type ValidationMode string

// The modes of validation.
const (
	Strict  ValidationMode = "STRICT"  // all required fields of the model must be present; the default
	Present ValidationMode = "PRESENT" // only fields of the result are checked
	None    ValidationMode = "NONE"    // the result is not checked
)

// Models check requests and mocked results against the models of AWS's services.
// Package awsmodel has them. They must be safe for concurrent use if Run is
// called concurrently.
type Models interface {
	asl.Models // checks the parameters of Tasks

	// CheckResponse describes a mistake in a result of a resource, such as
	// "Required field 'ExecutionArn' is missing". It returns "" for a valid
	// result. strict refuses a result that lacks a required field; otherwise
	// only the fields of the result are checked. The result of a .sync resource
	// is that of the API call that polls it.
	CheckResponse(resource string, result any, strict bool) string
}

func (r *Request) checkMock() *Error {
	m, c := r.Mock, r.StateConfiguration
	if m != nil {
		switch {
		case m.Result == nil && m.ErrorOutput == nil:
			return validationError("One of the following fields is required for a test mock: [result, errorOutput].")
		case m.ErrorOutput != nil && m.ErrorOutput.Error == "":
			return validationError("An error was not specified in the mocked error output.")
		case m.Result != nil && m.ErrorOutput != nil:
			return validationError("A test mock should have only one of the following fields: [result, errorOutput].")
		case r.RevealSecrets:
			return validationError("TestState does not support RevealSecrets when a mock is specified.")
		}
		return checkEnum("mock.fieldValidationMode", string(m.FieldValidationMode), string(Strict), string(Present), string(None))
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
			return validationError("TestState does not support %s when a mock is not specified.", needs.name)
		}
	}
	return nil
}

// parseMockResult parses the mocked result and checks it against the state.
func (r *Request) parseMockResult(st asl.State, models Models) (any, error) {
	if r.Mock == nil || r.Mock.Result == nil {
		return nil, nil
	}
	result, err := value.ParseString(*r.Mock.Result)
	if err != nil {
		return nil, validationError("Mocked result must be valid JSON")
	}
	list, isList := result.([]any)
	switch st := st.(type) {
	case *asl.TaskState:
		resource := machine.ParseResource(st.Resource.Value)
		if result == nil && resource.Kind == machine.Service {
			return nil, validationError("Mocked result must be a valid JSON object.")
		}
		mode := r.Mock.FieldValidationMode
		if mode == "" {
			mode = Strict
		}
		if models == nil || mode == None {
			break
		}
		wrong, err := checkResponse(models, resource.Name, result, mode == Strict)
		if err != nil {
			return nil, err
		}
		if wrong != "" {
			return nil, validationError("Mock result schema validation error: %s", wrong)
		}
	case *asl.ParallelState:
		switch {
		case !isList:
			return nil, validationError("Mocked result must be an array.")
		case len(list) != len(st.Branches):
			return nil, validationError("Mocked result must contain the same number of items as number of Parallel branches.")
		}
	case *asl.MapState:
		_, isObject := result.(*value.Object)
		switch {
		case st.ResultWriter != nil && !isObject:
			return nil, validationError("Mocked result must be a JSON object.")
		case st.ResultWriter == nil && !isList:
			return nil, validationError("Mocked result must be an array.")
		case st.ResultWriter == nil && r.failureCount() > len(list):
			return nil, errTooManyFailures
		}
	}
	return result, nil
}

// checkResponse asks models, which may panic.
func checkResponse(m Models, resource string, result any, strict bool) (wrong string, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("teststate: the models panicked: %v", r)
		}
	}()
	return m.CheckResponse(resource, result, strict), nil
}

// mockAnswer returns the mocked result or failure of the state.
func (t *test) mockAnswer() probe.Answer {
	if e := t.request.Mock.ErrorOutput; e != nil {
		return probe.Answer{Failed: true, Error: nilIfEmpty(e.Error), Cause: nilIfEmpty(e.Cause)}
	}
	return probe.Answer{Output: t.result}
}

func nilIfEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
