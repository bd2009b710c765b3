package mapresult

import (
	"bytes"
	"slices"
	"strconv"
	"time"

	"github.com/gostates/gostates/interpreter/internal/timestamp"
	"github.com/gostates/gostates/value"
)

// Status is the status of a child execution, as AWS spells it.
type Status string

// The statuses of a record.
const (
	Succeeded Status = "SUCCEEDED"
	Failed    Status = "FAILED"
	TimedOut  Status = "TIMED_OUT"
	Aborted   Status = "ABORTED"
	Pending   Status = "PENDING" // never started
)

// Record is the outcome of one child execution of a distributed Map, or the
// input of a child that was never started.
type Record struct {
	Index int64 // number of the child in its Map Run, from 0

	Status Status
	Input  any // value of package value
	Output any // if Succeeded

	// The fields below are not used if the status is Pending.

	Error, Cause    *string // nil if missing
	Name            string
	ExecutionArn    string
	StateMachineArn string
	Start, Stop     time.Time
	RedriveCount    int64

	// NotRedrivable is the reason why a Map Run cannot redrive a child that did
	// not succeed. Empty means that it can.
	NotRedrivable string
}

const (
	redrivable         = "REDRIVABLE_BY_MAP_RUN"
	notRedrivable      = "NOT_REDRIVABLE"
	succeededNoRedrive = "Execution is SUCCEEDED and cannot be redriven"
)

// redriveStatus returns RedriveStatus and RedriveStatusReason.
func (r *Record) redriveStatus() (status, reason string) {
	switch {
	case r.Status == Succeeded:
		return notRedrivable, succeededNoRedrive
	case r.NotRedrivable != "":
		return notRedrivable, r.NotRedrivable
	}
	return redrivable, ""
}

// Append appends the record as AWS writes it with the Transformation NONE: an
// object whose keys are sorted, and whose Input and Output are strings of JSON
// (docs/evidence.md#result-records).
func (r *Record) Append(dst []byte) []byte {
	if r.Status == Pending {
		dst = append(dst, `{"Input":`...)
		dst = appendJSONString(dst, r.Input)
		return append(dst, `,"InputDetails":{"Included":true},"Status":"PENDING"}`...)
	}
	dst = append(dst, '{')
	if r.Cause != nil {
		dst = append(dst, `"Cause":`...)
		dst = append(value.AppendString(dst, *r.Cause), ',')
	}
	if r.Error != nil {
		dst = append(dst, `"Error":`...)
		dst = append(value.AppendString(dst, *r.Error), ',')
	}
	dst = append(dst, `"ExecutionArn":`...)
	dst = value.AppendString(dst, r.ExecutionArn)
	dst = append(dst, `,"Input":`...)
	input := len(dst)
	dst = appendJSONString(dst, r.Input)
	inputEnd := len(dst)
	dst = append(dst, `,"InputDetails":{"Included":true},"Name":`...)
	dst = value.AppendString(dst, r.Name)
	if r.Status == Succeeded {
		dst = append(dst, `,"Output":`...)
		if o, ok := r.Output.(*value.Object); ok && r.Input == any(o) { // many children return their input
			dst = append(dst, dst[input:inputEnd]...)
		} else {
			dst = appendJSONString(dst, r.Output)
		}
	}
	dst = append(dst, `,"OutputDetails":{"Included":true},"RedriveCount":`...)
	dst = strconv.AppendInt(dst, r.RedriveCount, 10)
	status, reason := r.redriveStatus()
	dst = append(dst, `,"RedriveStatus":"`...)
	dst = append(append(dst, status...), '"')
	if reason != "" {
		dst = append(dst, `,"RedriveStatusReason":`...)
		dst = value.AppendString(dst, reason)
	}
	dst = append(dst, `,"StartDate":"`...)
	dst = timestamp.Append(dst, r.Start)
	dst = append(dst, `","StateMachineArn":`...)
	dst = value.AppendString(dst, r.StateMachineArn)
	dst = append(dst, `,"Status":"`...)
	dst = append(dst, r.Status...)
	dst = append(dst, `","StopDate":"`...)
	dst = timestamp.Append(dst, r.Stop)
	return append(dst, `"}`...)
}

// Value returns the record as a value that [value.Append] writes as Append does.
func (r *Record) Value() *value.Object {
	included := func() *value.Object { return value.ObjectOf(value.Member{Key: "Included", Value: true}) }
	if r.Status == Pending {
		return value.ObjectOf(value.Member{Key: "Input", Value: jsonOf(r.Input)},
			value.Member{Key: "InputDetails", Value: included()}, value.Member{Key: "Status", Value: string(r.Status)})
	}
	o := value.NewObject(15)
	if r.Cause != nil {
		o.Set("Cause", *r.Cause)
	}
	if r.Error != nil {
		o.Set("Error", *r.Error)
	}
	o.Set("ExecutionArn", r.ExecutionArn)
	o.Set("Input", jsonOf(r.Input))
	o.Set("InputDetails", included())
	o.Set("Name", r.Name)
	if r.Status == Succeeded {
		o.Set("Output", jsonOf(r.Output))
	}
	o.Set("OutputDetails", included())
	o.Set("RedriveCount", r.RedriveCount)
	status, reason := r.redriveStatus()
	o.Set("RedriveStatus", status)
	if reason != "" {
		o.Set("RedriveStatusReason", reason)
	}
	o.Set("StartDate", timestamp.Format(r.Start))
	o.Set("StateMachineArn", r.StateMachineArn)
	o.Set("Status", string(r.Status))
	o.Set("StopDate", timestamp.Format(r.Stop))
	return o
}

// jsonOf returns the JSON of an input or output, as the history shows it.
func jsonOf(v any) string {
	if text, ok := value.Verbatim(v); ok {
		return text
	}
	return value.String(v)
}

// appendJSONString appends jsonOf(v) as a JSON string. Compact JSON has no
// control characters, so that only quotes and backslashes need an escape.
func appendJSONString(dst []byte, v any) []byte {
	if text, ok := value.Verbatim(v); ok {
		return value.AppendString(dst, text)
	}
	dst = append(dst, '"')
	start := len(dst)
	dst = value.Append(dst, v)
	end, escapes := len(dst), bytes.Count(dst[start:], []byte{'"'})+bytes.Count(dst[start:], []byte{'\\'})
	dst = slices.Grow(dst, escapes+1)[:end+escapes]
	for to := len(dst); to > end; {
		end--
		to--
		c := dst[end]
		dst[to] = c
		if c == '"' || c == '\\' {
			to--
			dst[to] = '\\'
		}
	}
	return append(dst, '"')
}
