package asltest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/machine"
)

// Execution is a run that has ended. A method whose name starts with Want asserts
// something: if it does not hold, the test fails and goes on. The methods of
// [Scope] assert what the machine itself did, including its branches.
type Execution struct {
	*Scope
	t       testing.TB
	program *Program
	run     *runner
	tree    *tree

	unasserted *unasserted // nil: it succeeded
}

// unasserted is an end that is not success. Its execution is dropped once the test
// has asserted it.
type unasserted struct{ x *Execution }

// grown makes the tree of lines once it is needed.
func (x *Execution) grown() *tree {
	if x.tree == nil {
		x.tree = grow(x.program, x.Scope, x.run.events)
	}
	return x.tree
}

// Status is how the execution ended. Who asks for it knows.
func (x *Execution) Status() machine.Status {
	x.assertEnd()
	return x.status()
}

func (x *Execution) status() machine.Status { return x.run.x.Status }

// assertEnd notes that the test knows how the execution ended.
func (x *Execution) assertEnd() {
	if x.unasserted != nil {
		x.unasserted.x = nil
	}
}

// expectSuccess fails the test at its end, if the execution did not succeed and
// nothing has asserted that.
func (x *Execution) expectSuccess() {
	if x.status() == machine.Succeeded {
		return
	}
	u, t, origin := &unasserted{x}, x.t, caller()
	x.unasserted = u
	t.Cleanup(func() {
		if u.x != nil && !t.Failed() {
			t.Errorf("asltest: %s: %s", origin, u.x.unassertedEnd())
		}
	})
}

func (x *Execution) unassertedEnd() string {
	args := fmt.Sprintf("%q", x.errorName())
	if cause := orNone(x.run.x.Outcome.Cause); cause != "" && len(cause) <= maxShort {
		args += fmt.Sprintf(", %q", cause)
	}
	return fmt.Sprintf("the execution did not succeed, which the test does not assert: %s\n"+
		"if that is meant, assert it: x.WantFailed(%s); else: x.WantOutput(...) or x.WantSucceeded()\n%s", x.ending(), args, indent(x.Trace()))
}

// WantOutput asserts that the execution succeeded, with this output.
func (x *Execution) WantOutput(want any) {
	x.t.Helper()
	x.assertEnd()
	if x.status() != machine.Succeeded {
		x.errorf("the execution did not succeed: %s\n%s", x.ending(), indent(x.Trace()))
		return
	}
	x.same("the output", want, x.run.x.Outcome.Output)
}

// WantSucceeded asserts that the execution succeeded, whatever its output.
func (x *Execution) WantSucceeded() {
	x.t.Helper()
	x.assertEnd()
	if x.status() != machine.Succeeded {
		x.errorf("the execution did not succeed: %s\n%s", x.ending(), indent(x.Trace()))
	}
}

// WantFailed asserts that the execution failed, timed out or was stopped, with this
// error and, where one is given, this cause.
func (x *Execution) WantFailed(name string, cause ...string) {
	x.t.Helper()
	x.assertEnd()
	o := x.run.x.Outcome
	if x.status() == machine.Succeeded {
		x.errorf("the execution did not fail: it succeeded with %s\n  the path was %s", short(o.Output), compact(x.names()))
		return
	}
	if x.errorName() != name {
		x.errorf("the execution failed with another error\n  want  %s\n  got   %s", cmp.Or(name, "(no error)"), x.ending())
		return
	}
	if got := orNone(o.Cause); len(cause) > 0 && got != cause[0] {
		x.errorf("the execution failed with another cause\n  want  %s\n  got   %s",
			cmp.Or(cause[0], "(no cause)"), cmp.Or(got, "(no cause)"))
	}
}

func (x *Execution) ending() string {
	o := x.run.x.Outcome
	text := x.status().String()
	if name := x.errorName(); name != "" {
		text += " with " + name
	}
	if orNone(o.Cause) != "" {
		text += ": " + *o.Cause
	}
	if o.State != "" {
		text += fmt.Sprintf(" (in state %q)", o.State)
	}
	return text
}

// errorName is the error of an execution that did not succeed; it may be empty.
func (x *Execution) errorName() string {
	name := orNone(x.run.x.Outcome.Error)
	if name == "" && x.status() == machine.TimedOut {
		return asl.StatesTimeout // as Execution.Wait says
	}
	return name
}

func orNone(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// WantElapsed asserts how much virtual time the execution took.
func (x *Execution) WantElapsed(want time.Duration) {
	x.t.Helper()
	if got := time.Duration(x.run.x.Now - x.run.x.StartedAt); got != want {
		x.errorf("the execution took %s of virtual time, not %s\n%s", got, want, indent(x.Trace()))
	}
}

// WantHistory asserts the history events in order: each is its type and, where the
// event has one, the state's name, as in "TaskStateEntered Charge". The name may
// be left out.
func (x *Execution) WantHistory(want ...string) {
	x.t.Helper()
	x.assertEnd()
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
	if !equal(want, got) {
		x.errorf("the history differs\n%s", indent(diff(want, got)))
	}
}

// Events returns the history.
func (x *Execution) Events() []history.Event { return slices.Clone(x.run.events) }

// HistoryJSON returns the history as GetExecutionHistory does, for a file that
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

// Trace returns what happened as a tree: a state a line, with the virtual time
// at which it was entered, its attempts, branches and iterations.
func (x *Execution) Trace() string {
	x.grown()
	var b strings.Builder
	x.trace(&b, "")
	if o := x.run.x.Outcome; o != nil {
		if x.status() == machine.Succeeded {
			fmt.Fprintf(&b, "SUCCEEDED %s\n", short(o.Output))
		} else {
			fmt.Fprintln(&b, x.ending())
		}
	}
	return b.String()
}

func (l *Scope) trace(b *strings.Builder, in string) {
	for _, s := range l.steps {
		at := time.Duration(s.entered.Nanos - l.x.run.events[0].Nanos)
		fmt.Fprintf(b, "%s%s (%s) at %s", in, s.name, s.kind, at)
		if s.exited != nil && s.exited.Nanos > s.entered.Nanos {
			fmt.Fprintf(b, ", took %s", time.Duration(s.exited.Nanos-s.entered.Nanos))
		}
		if s.exited == nil && s.kind != "Fail" {
			fmt.Fprintf(b, ", not left")
		}
		b.WriteString("\n")
		for i, a := range s.attempts {
			fmt.Fprintf(b, "%s  attempt %d: %s\n", in, i+1, a.text())
		}
		for i, lines := range s.children {
			if len(s.children) > 1 {
				fmt.Fprintf(b, "%s  attempt %d\n", in, i+1)
			}
			for _, c := range lines {
				what := "branch"
				if s.kind == "Map" {
					what = "iteration"
				}
				fmt.Fprintf(b, "%s  %s %d\n", in, what, c.index)
				c.trace(b, in+"    ")
			}
		}
	}
}

// MockConfig returns the tasks of the run as a mock configuration file of Step
// Functions Local: of what [Replay] returns, those that AWS recorded.
func (x *Execution) MockConfig(testCase string) []byte {
	m := newMockConfig(x.program, testCase)
	for _, c := range x.run.log {
		m.add(c)
	}
	return m.bytes()
}

func sorted(names []string) []string {
	slices.Sort(names)
	return names
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
