package teststate

import (
	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// Status says how the state ended.
type Status string

// The statuses of a state.
const (
	Succeeded   Status = "SUCCEEDED"    // it continues at NextState, or ends
	Failed      Status = "FAILED"       // with Error and Cause
	Retriable   Status = "RETRIABLE"    // a Retrier would run it again
	CaughtError Status = "CAUGHT_ERROR" // a Catcher continues at NextState
)

// Response is the response of TestState.
type Response struct {
	Status       Status  // how the state ended
	Output       string  // JSON; empty unless Succeeded or CaughtError
	Error, Cause *string // nil: none
	NextState    string  // empty: none
	// InspectionData has AWS's members, such as afterInputPath. Their values are
	// strings of JSON, or numbers. It is nil at level Info.
	InspectionData *value.Object
}

// MarshalJSON returns the response in the JSON of AWS's API.
func (r *Response) MarshalJSON() ([]byte, error) {
	o := value.NewObject(6)
	setOptional := func(key string, s *string) {
		if s != nil {
			o.Set(key, *s)
		}
	}
	setNonEmpty := func(key, s string) {
		if s != "" {
			o.Set(key, s)
		}
	}
	setNonEmpty("output", r.Output)
	setOptional("error", r.Error)
	setOptional("cause", r.Cause)
	if r.InspectionData != nil {
		o.Set("inspectionData", r.InspectionData)
	}
	setNonEmpty("nextState", r.NextState)
	o.Set("status", string(r.Status))
	return value.Append(nil, o), nil
}

// newResponse returns the response after the state has run.
func (t *test) newResponse(x *machine.Execution) *Response {
	p, variables := &t.probe, t.variables
	r := &Response{Error: p.Error, Cause: p.Cause}
	switch {
	case p.Retried:
		r.Status = Retriable
	case p.Left:
		r.Status, r.Output, r.NextState = Succeeded, value.String(p.Output), p.Next
		variables = p.Variables
		if p.Catcher > 0 {
			r.Status = CaughtError
		}
	case x.Status == machine.TimedOut:
		name := asl.StatesTimeout
		r.Status, r.Error = Failed, &name
	default:
		r.Status, r.Error, r.Cause = Failed, x.Outcome.Error, x.Outcome.Cause
	}
	if t.request.InspectionLevel == Debug || t.request.InspectionLevel == Trace {
		if variables.Len() > 0 {
			p.Data.Set("variables", sortedByName(variables))
		}
		r.InspectionData = formatInspection(p.Data)
		if details := t.errorDetails(); details.Len() > 0 {
			r.InspectionData.Set("errorDetails", details)
		}
	}
	return r
}
