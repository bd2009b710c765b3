// Package probe holds the data that packages teststate and machine exchange when
// one state is tested.
package probe

import (
	"time"

	"github.com/gostates/gostates/value"
)

// Probe observes one state. With a Probe in machine.Result, the execution ends when
// its first state is left, and the Probe holds the intermediate values of the state.
//
// With a Probe, causes of failures do not name the state in which they happened, as
// in AWS's TestState.
type Probe struct {
	// Context replaces the context object. If nil, the execution's own is used.
	Context *value.Object
	// Retries is the number of earlier retries of each Retrier of the state.
	Retries int32
	// Answer returns the result of a Parallel or Map state, whose branches or
	// iterations do not run. It must be set for such a state. If its Output is not
	// a value of package value, Step returns machine.ErrValue, and the execution
	// must not be used any longer.
	Answer func() Answer
	// Read says that Items replaces the items of a Map state.
	Read  bool
	Items []any // of a Map state; set to the selected items

	// Data receives the intermediate values, under the names of TestState's
	// inspection data. It must not be nil.
	Data *value.Object

	// The outcome.
	Left         bool          // the state was left, for Next
	Output       any           // of the state
	Next         string        // empty: the state ends the execution
	Variables    *value.Object // after the state
	Error, Cause *string       // of the state's failure, even if it was retried or caught
	Retrier      int           // index of the Retrier that matched the failure, plus 1; 0: none
	Retried      bool          // that Retrier tries again, after Delay
	Delay        time.Duration
	Catcher      int // index of the Catcher that matched the failure, plus 1; 0: none
}

// Answer is the result of a Parallel or Map state, or its failure.
type Answer struct {
	Failed       bool    // the state fails with Error and Cause
	Output       any     // unless Failed: a value of package value
	Error, Cause *string // if Failed; nil if missing
}

// Show adds an intermediate value to Data. It is not inlined, so that its callers
// in the core, which test for nil first, are.
//
//go:noinline
func (p *Probe) Show(name string, v any) { p.Data.Set(name, v) }

// Leave notes that the state was left. next is "" if the state ends the execution.
func (p *Probe) Leave(output any, variables *value.Object, next string) {
	p.Left, p.Output, p.Variables, p.Next = true, output, variables, next
}

// Fail notes a failure of the state, unless there is one: a Catcher that fails
// replaces the state's failure, but not its Error and Cause.
func (p *Probe) Fail(err, cause *string) {
	if p.Error == nil && p.Cause == nil {
		p.Error, p.Cause = err, cause
	}
}
