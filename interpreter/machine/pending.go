package machine

import (
	"cmp"
	"slices"
)

// Pending puts the outstanding commands into r. They depend on the execution alone:
// a host that has lost commands, for example in a crash, executes these instead.
// Tasks have the same IDs and tokens as before.
func (p *Program) Pending(x *Execution, r *Result) error {
	r.clearOutput()
	if !p.runsExecution(x) {
		return ErrDigest
	}
	if x.Status != Running {
		r.Commands = append(r.Commands, Command{Kind: Complete, Item: none})
		return nil
	}
	s := &r.step
	s.p, s.x, s.r = p, x, r
	for i := range x.scopes {
		if x.scopes[i].waitsForTask() {
			r.Commands = append(r.Commands, s.startTaskCommand(int32(i)))
		} else if x.scopes[i].runsMap() {
			s.repeatMapRun(int32(i))
		}
	}
	slices.SortStableFunc(r.Commands, func(a, b Command) int { return cmp.Compare(a.Task, b.Task) })
	if x.ready >= 0 {
		r.Commands = append(r.Commands, Command{Kind: Yield, Item: none})
	}
	return nil
}
