package teststate

import (
	"fmt"
	"slices"

	"github.com/gostates/gostates/value"
)

// Level is how much a [Response] says of the way from input to output.
type Level string

// The levels of inspection.
const (
	Info  Level = "INFO"  // nothing; the default
	Debug Level = "DEBUG" // what the state's fields made
	Trace Level = "TRACE" // the same
)

// ValidationMode is how strictly a mocked result is compared with the model of
// the service that it stands for (see [Models]).
type ValidationMode string

// The modes of validation.
const (
	Strict  ValidationMode = "STRICT"  // all fields of the model; the default
	Present ValidationMode = "PRESENT" // those that are there
	None    ValidationMode = "NONE"
)

// Request is what TestState is asked. Fields of which nothing else is said are
// JSON texts.
type Request struct {
	// Definition is a state, or a whole machine that has the state StateName.
	Definition string
	StateName  string // no JSON; empty: Definition is the state itself
	Input      string // empty: {}
	Variables  string // an object: the variables that the state sees
	// Context is an object in place of the context object. It needs a Mock.
	Context         string
	InspectionLevel Level // empty: Info
	Mock            *Mock // in place of the state's work

	StateConfiguration *StateConfiguration

	// RoleArn shows in the context object; AWS demands it where there is no Mock.
	RoleArn       string
	RevealSecrets bool
}

// Mock is what the state's work gives: one of its two fields.
type Mock struct {
	Result              *string // a JSON text
	ErrorOutput         *ErrorOutput
	FieldValidationMode ValidationMode // empty: Strict
}

// ErrorOutput is a failure of the state's work.
type ErrorOutput struct {
	Error string
	Cause string
}

// StateConfiguration says what came before in the life of the state. It needs a
// Mock.
type StateConfiguration struct {
	RetrierRetryCount        int32  // retries made by the Retrier that matches the mocked error
	ErrorCausedByState       string // the state in a Map or Parallel that the mocked error comes from
	MapIterationFailureCount *int32 // iterations that failed
	MapItemReaderData        string // what the ItemReader of a Map reads
}

// Error is a request that is refused.
type Error struct {
	Code    string // ValidationException, InvalidDefinition, InvalidExecutionInput or ParamValidationError
	Message string
}

// Error returns the code and the message.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Codes of an [Error].
const (
	CodeValidation        = "ValidationException"
	CodeInvalidDefinition = "InvalidDefinition"
	CodeInvalidInput      = "InvalidExecutionInput"
	CodeParamValidation   = "ParamValidationError" // of AWS's client, not its service
)

func invalid(format string, args ...any) *Error {
	return &Error{CodeValidation, fmt.Sprintf(format, args...)}
}

// ParseRequest reads a request in the JSON of AWS's API, in which the JSON
// texts are strings. An object or array in the place of such a string counts as
// its text.
func ParseRequest(text []byte) (*Request, error) {
	v, err := value.Parse(text)
	if err != nil {
		return nil, &Error{CodeParamValidation, err.Error()}
	}
	o, ok := v.(*value.Object)
	if !ok {
		return nil, &Error{CodeParamValidation, "The request must be a JSON object"}
	}
	p := reader{}
	r := &Request{
		Definition:      p.text(o, "definition"),
		StateName:       p.text(o, "stateName"),
		Input:           p.text(o, "input"),
		Variables:       p.text(o, "variables"),
		Context:         p.text(o, "context"),
		InspectionLevel: Level(p.text(o, "inspectionLevel")),
		RoleArn:         p.text(o, "roleArn"),
		RevealSecrets:   p.flag(o, "revealSecrets"),
	}
	if m := p.object(o, "mock"); m != nil {
		r.Mock = &Mock{FieldValidationMode: ValidationMode(p.text(m, "fieldValidationMode"))}
		if m.Has("result") {
			result := p.text(m, "result")
			r.Mock.Result = &result
		}
		if e := p.object(m, "errorOutput"); e != nil {
			r.Mock.ErrorOutput = &ErrorOutput{Error: p.text(e, "error"), Cause: p.text(e, "cause")}
		}
	}
	if c := p.object(o, "stateConfiguration"); c != nil {
		r.StateConfiguration = &StateConfiguration{
			ErrorCausedByState: p.text(c, "errorCausedByState"),
			MapItemReaderData:  p.text(c, "mapItemReaderData"),
		}
		if n := p.count(c, "retrierRetryCount"); n != nil {
			r.StateConfiguration.RetrierRetryCount = *n
		}
		r.StateConfiguration.MapIterationFailureCount = p.count(c, "mapIterationFailureCount")
	}
	for _, key := range []string{"stateName", "roleArn"} {
		if v, _ := o.Get(key); v == "" {
			p.fail("Invalid length for parameter %s, value: 0, valid min length: 1", key)
		}
	}
	if p.err != nil {
		return nil, p.err
	}
	return r, nil
}

// reader reads fields and keeps the first thing that is wrong.
type reader struct{ err *Error }

func (p *reader) fail(format string, args ...any) {
	if p.err == nil {
		p.err = &Error{CodeParamValidation, "Parameter validation failed:\n" + fmt.Sprintf(format, args...)}
	}
}

func (p *reader) wrong(key string, v any, want string) {
	p.fail("Invalid type for parameter %s, value: %s, type: %s, valid types: %s", key, value.String(v), value.Kind(v), want)
}

func (p *reader) text(o *value.Object, key string) string {
	v, ok := o.Get(key)
	switch v := v.(type) {
	case string:
		return v
	case *value.Object, []any:
		return value.String(v)
	}
	if ok {
		p.wrong(key, v, "string")
	}
	return ""
}

func (p *reader) flag(o *value.Object, key string) bool {
	v, ok := o.Get(key)
	is, isBool := v.(bool)
	if ok && !isBool {
		p.wrong(key, v, "boolean")
	}
	return is
}

func (p *reader) object(o *value.Object, key string) *value.Object {
	v, ok := o.Get(key)
	member, isObject := v.(*value.Object)
	if ok && !isObject {
		p.wrong(key, v, "object")
	}
	return member
}

const maxCount = 1<<31 - 1

func (p *reader) count(o *value.Object, key string) *int32 {
	v, ok := o.Get(key)
	if !ok {
		return nil
	}
	n, isInt := v.(int64)
	switch {
	case !isInt:
		p.wrong(key, v, "integer")
		return nil
	case n < 0:
		p.fail("Invalid range for parameter %s, value: %d, valid min value: 0", key, n)
	}
	count := int32(min(max(n, 0), maxCount))
	return &count
}

// oneOf checks a field that has few values.
func oneOf(field, v string, allowed ...string) *Error {
	if v == "" || slices.Contains(allowed, v) {
		return nil
	}
	return invalid("1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must satisfy enum value set: [%s]",
		v, field, joined(allowed))
}
