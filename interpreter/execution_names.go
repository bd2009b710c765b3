package interpreter

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// names finds executions by name.
type names struct {
	running map[nameKey]*Execution
	// awaited holds the executions that restored tasks wait for and that are not
	// restored yet. The functions are called with the execution, or with nil if it
	// is lost.
	awaited  map[nameKey][]func(*Execution)
	restored bool // see AllRestored
}

// nameKey identifies a named execution.
type nameKey struct{ digest, machine, name string }

// executionKey returns the key of an execution by its name or ARN. The name of an
// EXPRESS execution is its ARN.
func executionKey(p *Program, id string) nameKey {
	o := p.Options()
	if !o.Express {
		id = machine.ExecutionName(id)
	}
	return nameKey{p.Digest(), o.StateMachineArn, id}
}

func (e *Execution) registryKey() nameKey { return executionKey(e.program.Load(), e.id()) }

// Find returns the execution of a program by its name or ARN (EXPRESS: its ARN), or
// nil. It finds running executions that have a name from StartOptions, that were
// restored, or that [StartExecution] started. After [Interpreter.Close] it still
// finds them, for their snapshots. It finds a child that has ended until the task
// that waits for it has ended too.
func (in *Interpreter) Find(p *Program, name string) *Execution {
	if p == nil {
		return nil
	}
	if s := in.durable; s != nil {
		key := executionKey(p, name)
		e, err := s.findByName(in.ctx, startKey{key.machine, key.name})
		if err != nil || e.Status() != Running {
			return nil
		}
		return e
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.names.running[executionKey(p, name)]
}

// Executions returns the executions that [Interpreter.Find] finds, in the order of
// their starts.
func (in *Interpreter) Executions() []*Execution {
	all := in.durable.loadedExecutions()
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, e := range in.names.running {
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b *Execution) int { return cmp.Compare(int32(a.seq-b.seq), 0) })
	return all
}

// startAgain is the result of a second start under the name of e.
func (e *Execution) startAgain(input any) (*Execution, bool, error) {
	if value.Equal(e.x.Input, input) {
		return e, false, nil
	}
	return nil, false, e.alreadyExists()
}

func (e *Execution) alreadyExists() error {
	return fmt.Errorf("%w: %s", ErrExecutionAlreadyExists, e.Name())
}

// registerName registers a named execution, or returns the one that has the name
// already. Tasks that waited for the execution to be restored then wait for its
// end.
func (in *Interpreter) registerName(e *Execution) (other *Execution) {
	key := e.registryKey()
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

// releaseName removes the name of an execution whose driving has ended, unless a
// parent still needs it.
func (in *Interpreter) releaseName(e *Execution) {
	in.mu.Lock()
	defer in.mu.Unlock()
	e.gone = true
	in.removeUnneeded(e)
}

// releaseChild says that no parent needs the execution after its end.
func (in *Interpreter) releaseChild(e *Execution) {
	in.mu.Lock()
	defer in.mu.Unlock()
	e.kept = false
	in.removeUnneeded(e)
}

// removeUnneeded removes the name of an execution that has ended and that no parent
// needs. The caller holds the lock.
func (in *Interpreter) removeUnneeded(e *Execution) {
	if key := e.registryKey(); e.gone && !e.kept && in.names.running[key] == e {
		delete(in.names.running, key)
	}
}
