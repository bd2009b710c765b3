package asltest

import (
	"slices"

	"github.com/gostates/gostates/interpreter/machine"
)

// Redrive continues an execution that did not succeed, as RedriveExecution does, and
// runs it to its end: what has succeeded is not run again, and no state is entered
// again that was not left. Scripts among the options answer before those of [Run],
// which go on where they were. Until then answers that only a redrive needs are unused:
// give them to Redrive, or [AllowUnused] to Run.
//
//	x := asltest.Run(t, program, input,
//		asltest.On("Charge").Return(`{}`), asltest.On("Ship").Throw("Down", ""))
//	x.WantFailed("Down")
//	x.Redrive(asltest.On("Ship").Return(`"shipped"`))
//	x.WantPath("Charge", "Ship")
//	x.WantAttempts("Charge", 1)
//
// The redrive comes at the virtual time of the end. Assertions are then about all that
// the execution did, before and after; a [Scope] of before must not be used. [Seed],
// [Name] and [StartAt] among the options have no effect.
//
// Redrive counts as an assertion that the execution did not succeed. It ends the test
// if the execution cannot be redriven.
func (x *Execution) Redrive(options ...Option) {
	x.t.Helper()
	x.markEndAsserted()
	x.beginRedrive(options)
	r := x.run
	problem := r.runToEnd(machine.Event{Kind: machine.Redriven})
	x.tree, x.steps, x.mapRuns = nil, nil, nil
	if problem != "" {
		x.t.Fatalf("asltest: %s\nwhat happened so far:\n%s", problem, indentLines(x.Trace()))
	}
	recordCoverage(x)
	x.expectSuccess()
	if problem := r.unusedScripts(); problem != "" && !r.allowUnused {
		x.t.Errorf("asltest: %s", problem)
	}
}

// beginRedrive ends the test if the execution cannot be redriven.
func (x *Execution) beginRedrive(options []Option) {
	x.t.Helper()
	r := x.run
	if r.source != nil {
		x.t.Fatal("asltest: a replayed execution cannot be redriven")
	}
	if err := x.program.CheckRedrive(r.x); err != nil {
		x.t.Fatalf("asltest: the execution cannot be redriven: %v", err)
	}
	r.addOptions(options)
	if problem := r.checkScripts(); problem != "" {
		x.t.Fatalf("asltest: %s", problem)
	}
}

// addOptions applies the options of a redrive. Their scripts come first.
func (r *runner) addOptions(options []Option) {
	before, uses := r.scripts, r.uses
	r.scripts = nil
	start := r.start
	for _, o := range options {
		if o != nil {
			o.apply(r.config)
		}
	}
	r.start = start
	r.uses = nil
	for _, s := range r.scripts {
		r.uses = append(r.uses, &scriptUse{Script: s})
	}
	r.scripts, r.uses = slices.Concat(r.scripts, before), slices.Concat(r.uses, uses)
	r.addFiles()
	r.sortMoments()
}
