package interpreter

import (
	"sort"
	"time"
	"unicode/utf8"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// NestedEnded returns the event with which the end of an execution ends the
// states:startExecution task that waits for it: TaskSucceeded or TaskFailed, without
// Task. machineArn is the StateMachineArn as the task gave it, and pattern is Sync or
// Sync2. Nothing may drive x at the same time, and its Status must not be Running.
func NestedEnded(x *machine.Execution, executionArn, machineArn string, pattern machine.IntegrationPattern) machine.Event {
	data := func(v any) any {
		if pattern == machine.Sync2 {
			return v
		}
		return value.String(v)
	}
	details := value.ObjectOf(value.Member{Key: "Included", Value: true})
	o := value.NewObject(10)
	ok := x.Status == Succeeded
	if !ok && x.Outcome.Cause != nil {
		o.Set("Cause", *x.Outcome.Cause)
	}
	if !ok && x.Outcome.Error != nil {
		o.Set("Error", *x.Outcome.Error)
	}
	o.Set("ExecutionArn", executionArn)
	o.Set("Input", data(x.Input))
	o.Set("InputDetails", details)
	o.Set("Name", machine.ExecutionName(x.ID))
	if ok {
		o.Set("Output", data(x.Outcome.Output))
		o.Set("OutputDetails", details)
	}
	setRedriveStatus(o, x)
	// milliseconds since 1970 (docs/evidence.md#nested-dates)
	o.Set("StartDate", x.StartedAt/int64(time.Millisecond))
	o.Set("StateMachineArn", machineArn)
	o.Set("Status", x.Status.String())
	o.Set("StopDate", x.Time().UnixMilli())
	if ok {
		return machine.Event{Kind: machine.TaskSucceeded, Output: o}
	}
	return failedEvent(asl.StatesTaskFailed, childFailureCause(o))
}

// childFailureCause writes the account of a failed execution as the cause of the
// task that waited for it. An account that is too long for a cause is shortened so
// that it stays JSON and keeps the innermost cause: without the input, then without
// the accounts between this one and the innermost, then with that cut
// (docs/evidence.md#nested-cause).
func childFailureCause(o *value.Object) string {
	text := value.String(o)
	if fitsCause(text) {
		return text
	}
	o.Delete("Input")
	o.Set("InputDetails", value.ObjectOf(value.Member{Key: "Included", Value: false}))
	cause, _ := stringMember(o, "Cause")
	for text = value.String(o); !fitsCause(text); text = value.String(o) {
		inner, ok := innerCause(cause)
		if !ok {
			break
		}
		cause = inner
		o.Set("Cause", cause)
	}
	if fitsCause(text) {
		return text
	}
	runes := []rune(cause)
	cut := sort.Search(len(runes), func(n int) bool {
		o.Set("Cause", string(runes[:n]))
		return !fitsCause(value.String(o))
	})
	o.Set("Cause", string(runes[:max(0, cut-1)]))
	return value.String(o)
}

func fitsCause(text string) bool {
	return len(text) <= machine.MaxCause || utf8.RuneCountInString(text) <= machine.MaxCause
}

// innerCause returns the cause in the account of an execution.
func innerCause(account string) (string, bool) {
	v, err := value.ParseString(account)
	o, ok := v.(*value.Object)
	if err != nil || !ok || !o.Has("ExecutionArn") {
		return "", false
	}
	return stringMember(o, "Cause")
}

// redrivable sets whether the execution can be redriven (docs/evidence.md#nested-redrive).
func setRedriveStatus(o *value.Object, x *machine.Execution) {
	redrives, _ := x.Redrives()
	o.Set("RedriveCount", int64(redrives))
	if x.Status != Succeeded {
		o.Set("RedriveStatus", "REDRIVABLE")
		return
	}
	o.Set("RedriveStatus", "NOT_REDRIVABLE")
	o.Set("RedriveStatusReason", "Execution is SUCCEEDED and cannot be redriven")
}
