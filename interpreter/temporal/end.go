package temporal

import (
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
)

// result is the detail of the error with which the workflow of an execution ends that
// did not succeed.
type result struct {
	Status string  // FAILED, TIMED_OUT or ABORTED
	Error  *string `json:",omitempty"`
	Cause  *string `json:",omitempty"`
	State  string  `json:",omitempty"`
	MapRun string  `json:",omitempty"` // of a Map Run: its own status, if that is another one
}

// ptr returns a pointer to a copy of v.
func ptr[T any](v T) *T { return &v }

// endWorkflow ends it as the execution has ended.
func (r *run) endWorkflow() (converter.RawValue, error) {
	r.showWhere()
	for _, l := range r.mail { // of updates that came with the end
		l.applied, l.late = true, true
	}
	r.mail = nil
	_ = workflow.Await(r.ctx, func() bool { return workflow.AllHandlersFinished(r.ctx) }) // the context does not end
	if r.mapRun != nil {
		return r.endMapRun()
	}
	return r.outcome("")
}

// outcome returns the outcome of the execution, as that of the workflow.
func (r *run) outcome(mapRun string) (converter.RawValue, error) {
	o := r.x.Outcome
	d := result{Status: r.x.Status.String(), Error: o.Error, Cause: o.Cause, State: o.State, MapRun: mapRun}
	switch r.x.Status {
	case machine.Succeeded:
		return rawValue(o.Output), nil
	case machine.Aborted:
		return converter.RawValue{}, temporal.NewCanceledError(d)
	case machine.TimedOut:
		return converter.RawValue{}, temporal.NewNonRetryableApplicationError("the execution timed out", asl.StatesTimeout, nil, d)
	}
	return converter.RawValue{}, applicationError(orEmpty(o.Cause), orEmpty(o.Error), d)
}
