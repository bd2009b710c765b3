package asltest

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/machine"
)

// Execution is a run that has ended. Methods whose names start with Want are
// assertions: if one does not hold, the test fails and continues. The methods of
// [Scope] assert what the top level of the machine did.
type Execution struct {
	*Scope
	t       testing.TB
	program *Program
	run     *runner
	tree    *tree
	mapRuns []*MapRun // made by loadMapRuns
	prefix  string    // of messages about a child of a Map Run

	unasserted *unasserted // nil: the execution succeeded
}

// unasserted is a failed end that the test has not asserted yet. Asserting it sets
// x to nil.
type unasserted struct{ x *Execution }

// loadTree builds the tree of scopes on the first call.
func (x *Execution) loadTree() *tree {
	if x.tree == nil {
		x.tree = growTree(x.program, x.Scope, x.run.events)
	}
	return x.tree
}

// Status returns how the execution ended. It asserts nothing: an execution that did not
// succeed still fails the test without [Execution.WantStatus] or [Execution.WantFailed].
func (x *Execution) Status() machine.Status { return x.finalStatus() }

// WantStatus asserts how the execution ended: machine.Succeeded, machine.Failed,
// machine.TimedOut or machine.Aborted.
func (x *Execution) WantStatus(want machine.Status) {
	x.t.Helper()
	x.markEndAsserted()
	if x.finalStatus() != want {
		x.reportf("the execution is not %s: %s\n%s", want, x.describeEnd(), indentLines(x.Trace()))
	}
}

func (x *Execution) finalStatus() machine.Status { return x.run.x.Status }

// markEndAsserted notes that the test knows how the execution ended.
func (x *Execution) markEndAsserted() {
	if x.unasserted != nil {
		x.unasserted.x = nil
	}
}

// expectSuccess makes the test fail at its end if the execution did not succeed and
// the test has not asserted that.
func (x *Execution) expectSuccess() {
	if x.finalStatus() == machine.Succeeded {
		return
	}
	u, t, origin := &unasserted{x}, x.t, callerPosition()
	x.unasserted = u
	t.Cleanup(func() {
		if u.x != nil && !t.Failed() {
			t.Errorf("asltest: %s: %s", origin, u.x.explainUnasserted())
		}
	})
}

func (x *Execution) explainUnasserted() string {
	args := fmt.Sprintf("%q", x.errorName())
	if cause := orEmpty(x.run.x.Outcome.Cause); cause != "" && len(cause) <= maxShort {
		args += fmt.Sprintf(", %q", cause)
	}
	return fmt.Sprintf("the execution did not succeed, and the test does not assert that: %s\n"+
		"if it should fail, add x.WantFailed(%s); otherwise x.WantOutput(...) or x.WantSucceeded()\n%s", x.describeEnd(), args, indentLines(x.Trace()))
}

// WantInput asserts the input of the execution.
func (x *Execution) WantInput(want any) {
	x.t.Helper()
	x.wantEqual("the input", want, x.run.x.Input)
}

// WantOutput asserts that the execution succeeded with this output.
func (x *Execution) WantOutput(want any) {
	x.t.Helper()
	x.markEndAsserted()
	if x.finalStatus() != machine.Succeeded {
		x.reportf("the execution did not succeed: %s\n%s", x.describeEnd(), indentLines(x.Trace()))
		return
	}
	x.wantEqual("the output", want, x.run.x.Outcome.Output)
}

// WantSucceeded asserts that the execution succeeded, with any output.
func (x *Execution) WantSucceeded() {
	x.t.Helper()
	x.markEndAsserted()
	if x.finalStatus() != machine.Succeeded {
		x.reportf("the execution did not succeed: %s\n%s", x.describeEnd(), indentLines(x.Trace()))
	}
}

// WantFailed asserts that the execution failed, timed out or was stopped with this
// error name and, if one is given, this cause.
func (x *Execution) WantFailed(name string, cause ...string) {
	x.t.Helper()
	x.markEndAsserted()
	o := x.run.x.Outcome
	if x.finalStatus() == machine.Succeeded {
		x.reportf("the execution did not fail: it succeeded with %s\n  the path was %s", shortJSON(o.Output), compactPath(x.stateNames()))
		return
	}
	if x.errorName() != name {
		x.reportf("the execution failed with another error\n  want  %s\n  got   %s", cmp.Or(name, "(no error)"), x.describeEnd())
		return
	}
	if got := orEmpty(o.Cause); len(cause) > 0 && got != cause[0] {
		x.reportf("the execution failed with another cause\n  want  %s\n  got   %s",
			cmp.Or(cause[0], "(no cause)"), cmp.Or(got, "(no cause)"))
	}
}

func (x *Execution) describeEnd() string {
	o := x.run.x.Outcome
	description := x.finalStatus().String()
	if name := x.errorName(); name != "" {
		description += " with " + name
	}
	if orEmpty(o.Cause) != "" {
		description += ": " + *o.Cause
	}
	if o.State != "" {
		description += fmt.Sprintf(" (in state %q)", o.State)
	}
	return description
}

// errorName returns the error of an execution that did not succeed. It may be
// empty.
func (x *Execution) errorName() string {
	name := orEmpty(x.run.x.Outcome.Error)
	if name == "" && x.finalStatus() == machine.TimedOut {
		return asl.StatesTimeout // as interpreter's Execution.Wait reports it
	}
	return name
}

// WantElapsed asserts the virtual time from start to end of the execution.
func (x *Execution) WantElapsed(want time.Duration) {
	x.t.Helper()
	if got := time.Duration(x.run.x.Now - x.run.x.StartedAt); got != want {
		x.reportf("the execution took %s of virtual time, not %s\n%s", got, want, indentLines(x.Trace()))
	}
}

// WantHistory asserts the types of all history events, in order. An event of a
// state may be written with the state's name, as in "TaskStateEntered Charge".
func (x *Execution) WantHistory(want ...string) {
	x.t.Helper()
	x.markEndAsserted()
	got := make([]string, len(x.run.events))
	for i := range x.run.events {
		e := &x.run.events[i]
		got[i] = e.Type.String()
		if i < len(want) && want[i] == got[i] {
			continue
		}
		if e.Name != "" {
			got[i] += " " + e.Name
		}
	}
	if !slices.Equal(want, got) {
		x.reportf("the history differs\n%s", indentLines(diffLines(want, got)))
	}
}

// Events returns the history. The caller may change the slice.
func (x *Execution) Events() []history.Event { return slices.Clone(x.run.events) }

// HistoryJSON returns the history in the JSON of GetExecutionHistory, which
// [Replay] reads.
func (x *Execution) HistoryJSON() []byte {
	b := []byte(`{"events":[`)
	for i := range x.run.events {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '\n')
		b = x.run.events[i].AppendJSON(b)
	}
	return append(b, "\n]}\n"...)
}
