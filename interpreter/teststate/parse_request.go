package teststate

import (
	"fmt"

	"github.com/gostates/gostates/value"
)

// ParseRequest parses a request in the JSON of AWS's API. Members that hold JSON
// are strings there; an object or array is accepted, too. The error is an [*Error].
func ParseRequest(data []byte) (*Request, error) {
	v, err := value.Parse(data)
	if err != nil {
		return nil, &Error{CodeParamValidation, err.Error()}
	}
	o, ok := v.(*value.Object)
	if !ok {
		return nil, &Error{CodeParamValidation, "The request must be a JSON object"}
	}
	p := fieldReader{}
	r := &Request{
		Definition:      p.stringField(o, "definition"),
		StateName:       p.stringField(o, "stateName"),
		Input:           p.stringField(o, "input"),
		Variables:       p.stringField(o, "variables"),
		Context:         p.stringField(o, "context"),
		InspectionLevel: Level(p.stringField(o, "inspectionLevel")),
		RoleArn:         p.stringField(o, "roleArn"),
		RevealSecrets:   p.boolField(o, "revealSecrets"),
	}
	if m := p.objectField(o, "mock"); m != nil {
		r.Mock = &Mock{FieldValidationMode: ValidationMode(p.stringField(m, "fieldValidationMode"))}
		if m.Has("result") {
			result := p.stringField(m, "result")
			r.Mock.Result = &result
		}
		if e := p.objectField(m, "errorOutput"); e != nil {
			r.Mock.ErrorOutput = &ErrorOutput{Error: p.stringField(e, "error"), Cause: p.stringField(e, "cause")}
		}
	}
	if c := p.objectField(o, "stateConfiguration"); c != nil {
		r.StateConfiguration = &StateConfiguration{
			ErrorCausedByState: p.stringField(c, "errorCausedByState"),
			MapItemReaderData:  p.stringField(c, "mapItemReaderData"),
		}
		if n := p.countField(c, "retrierRetryCount"); n != nil {
			r.StateConfiguration.RetrierRetryCount = *n
		}
		r.StateConfiguration.MapIterationFailureCount = p.countField(c, "mapIterationFailureCount")
	}
	for _, key := range []string{"stateName", "roleArn"} {
		if v, _ := o.Get(key); v == "" {
			p.failWith("Invalid length for parameter %s, value: 0, valid min length: 1", key)
		}
	}
	if p.err != nil {
		return nil, p.err
	}
	return r, nil
}

// fieldReader reads the fields of a request and keeps the first error.
type fieldReader struct{ err *Error }

func (p *fieldReader) failWith(format string, args ...any) {
	if p.err == nil {
		p.err = &Error{CodeParamValidation, "Parameter validation failed:\n" + fmt.Sprintf(format, args...)}
	}
}

func (p *fieldReader) wrongType(key string, v any, want string) {
	p.failWith("Invalid type for parameter %s, value: %s, type: %s, valid types: %s", key, value.String(v), value.Kind(v), want)
}

func (p *fieldReader) stringField(o *value.Object, key string) string {
	v, ok := o.Get(key)
	switch v := v.(type) {
	case string:
		return v
	case *value.Object, []any:
		return value.String(v)
	}
	if ok {
		p.wrongType(key, v, "string")
	}
	return ""
}

func (p *fieldReader) boolField(o *value.Object, key string) bool {
	v, ok := o.Get(key)
	is, isBool := v.(bool)
	if ok && !isBool {
		p.wrongType(key, v, "boolean")
	}
	return is
}

func (p *fieldReader) objectField(o *value.Object, key string) *value.Object {
	v, ok := o.Get(key)
	member, isObject := v.(*value.Object)
	if ok && !isObject {
		p.wrongType(key, v, "object")
	}
	return member
}

const maxCount = 1<<31 - 1

func (p *fieldReader) countField(o *value.Object, key string) *int32 {
	v, ok := o.Get(key)
	if !ok {
		return nil
	}
	n, isInt := v.(int64)
	switch {
	case !isInt:
		p.wrongType(key, v, "integer")
		return nil
	case n < 0:
		p.failWith("Invalid range for parameter %s, value: %d, valid min value: 0", key, n)
	}
	count := int32(min(max(n, 0), maxCount))
	return &count
}

func (r *Request) parseVariables() (*value.Object, error) {
	if r.Variables == "" {
		return nil, nil
	}
	v, err := value.ParseString(r.Variables)
	variables, ok := v.(*value.Object)
	if err != nil || !ok {
		return nil, validationError("Variables must be a JSON object")
	}
	return variables, nil
}
