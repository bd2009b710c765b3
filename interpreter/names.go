package interpreter

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// names are the executions that are found by name.
type names struct {
	running map[nameKey]*Execution
	// awaited are the executions that restored tasks wait for and that are not
	// here: what to do when one comes, or with nil, when it is lost.
	awaited  map[nameKey][]func(*Execution)
	restored bool // see AllRestored
}

// nameKey tells a named execution from all others.
type nameKey struct{ digest, machine, name string }

// keyOf returns the key of an execution by its name or ARN. One of an EXPRESS
// machine has its ARN for a name.
func keyOf(p *Program, id string) nameKey {
	o := p.Options()
	if !o.Express {
		id = machine.ExecutionName(id)
	}
	return nameKey{p.Digest(), o.StateMachineArn, id}
}

func (e *Execution) key() nameKey { return keyOf(e.program, e.x.ID) }

// Find returns the execution of a program by its name or ARN, one of an EXPRESS
// machine by its ARN, or nil. It finds the executions that run and have a name
// from StartOptions, those that were restored, and those that [StartExecution] started;
// after [Interpreter.Close] too, for their snapshots. A child that has ended is
// found until the task that waits for it has taken the answer.
func (in *Interpreter) Find(p *Program, name string) *Execution {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.names.running[keyOf(p, name)]
}

// Executions returns the executions that [Interpreter.Find] finds, in the order of
// their starts.
func (in *Interpreter) Executions() []*Execution {
	in.mu.Lock()
	defer in.mu.Unlock()
	all := make([]*Execution, 0, len(in.names.running))
	for _, e := range in.names.running {
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b *Execution) int { return cmp.Compare(int32(a.seq-b.seq), 0) })
	return all
}

// again answers a second start under the name of an execution.
func (e *Execution) again(input any) (*Execution, bool, error) {
	if value.Equal(e.x.Input, input) {
		return e, false, nil
	}
	return nil, false, e.alreadyExists()
}

func (e *Execution) alreadyExists() error {
	return fmt.Errorf("%w: %s", ErrExecutionAlreadyExists, e.Name())
}

// remember notes a named execution, or returns the one that has the name. Those
// who waited for it to come wait for its end afterwards.
func (in *Interpreter) remember(e *Execution) (other *Execution) {
	key := e.key()
	in.mu.Lock()
	if other = in.names.running[key]; other != nil {
		in.mu.Unlock()
		return other
	}
	in.names.running[key] = e
	e.named = true
	came := in.names.awaited[key]
	delete(in.names.awaited, key)
	in.mu.Unlock()
	for _, f := range came {
		f(e)
	}
	return nil
}

// forget takes an execution that is driven no more from the names, unless somebody
// still needs it.
func (in *Interpreter) forget(e *Execution) {
	in.mu.Lock()
	defer in.mu.Unlock()
	e.gone = true
	in.removeName(e)
}

// letGo says that nobody needs a child after its end.
func (in *Interpreter) letGo(e *Execution) {
	in.mu.Lock()
	defer in.mu.Unlock()
	e.kept = false
	in.removeName(e)
}

// removeName removes an execution from the names if nobody needs it, under the
// lock.
func (in *Interpreter) removeName(e *Execution) {
	if key := e.key(); e.gone && !e.kept && in.names.running[key] == e {
		delete(in.names.running, key)
	}
}

// whenHere has f called with an execution that was started by an earlier process:
// at once if it is here, or with nil if it is lost. Else it is false.
func (in *Interpreter) whenHere(key nameKey, f func(*Execution)) bool {
	in.mu.Lock()
	e := in.names.running[key]
	if e == nil && !in.names.restored {
		in.names.awaited[key] = append(in.names.awaited[key], f)
		in.mu.Unlock()
		return false
	}
	in.mu.Unlock()
	f(e)
	return true
}

// AllRestored says that everything has been restored that was saved. Until then a
// restored task of [StartExecution] waits for the execution that it had started, so that
// both can be restored in any order. Executions that have not come by now are lost:
// those that tasks wait for, and will, start anew under the same names, and their
// tasks have the same tokens as before.
func (in *Interpreter) AllRestored() {
	in.mu.Lock()
	in.names.restored = true
	var lost []func(*Execution)
	for _, fs := range in.names.awaited { // in any order: they are independent
		lost = append(lost, fs...)
	}
	clear(in.names.awaited)
	in.mu.Unlock()
	for _, f := range lost {
		f(nil)
	}
}
