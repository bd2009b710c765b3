package interpreter

import (
	"errors"

	"github.com/gostates/gostates/interpreter/machine"
)

// resumeRestored continues a restored execution. It registers the tokens of all
// tasks first. Deadlines that passed meanwhile fire before any handler is called.
func (d *driver) resumeRestored(e *Execution) {
	if e.x.Seq == 0 {
		_ = d.stepExecution(e, &machine.Event{Kind: machine.Started})
		return
	}
	if err := d.resumeSinks(e); err != nil {
		e.haltExecution(err, false)
		return
	}
	if err := e.program.Load().Pending(&e.x, &d.r); err != nil {
		e.haltExecution(err, false)
		return
	}
	d.executeCommands(e)
	for i := range d.mapCommands {
		d.mapCommands[i].resumed = true
	}
	if m := e.extras.Load(); m != nil {
		for _, t := range m.tasks {
			if t != nil {
				e.in.registerToken(t)
			}
		}
	}
	d.yielded = false // the Tick goes on
	_ = d.stepExecution(e, &machine.Event{Kind: machine.Tick})
}

// whenRestored calls f with an execution that an earlier process started: at once
// if it is restored, later if not, and with nil if it is lost. It returns false if
// f will be called later.
func (in *Interpreter) whenRestored(key nameKey, f func(*Execution)) bool {
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

// AllRestored says that all saved executions have been restored. Until then a
// restored task of [StartExecution] waits for the execution that it had started, so
// that both can be restored in any order. Executions that have not been restored by
// now are lost: they start anew under the same names, and their tasks have the same
// tokens as before.
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

// Restore continues an execution from its snapshot ([Execution.Snapshot]). The
// program must have the same definition and options (see [machine.Program.Digest]).
// Outstanding tasks are delivered again with the same [Task.Token]: delivery is at
// least once. When Restore returns, all tasks can be answered by their tokens, and
// deadlines that passed meanwhile have fired: a task that timed out is not
// delivered. Nor is a .waitForTaskToken task whose handler had returned a result or
// called [Task.Submitted]: only the answer to its token is outstanding. Name and
// Seed of the options are ignored.
//
// Executions that wait for each other (see [StartExecution]) may be restored in any
// order; see [Interpreter.AllRestored].
//
// One interpreter refuses to run an execution twice ([ErrExecutionAlreadyExists]).
// Several do not know of each other: if two processes restore the same snapshot,
// both go on, with equal tokens, and both may accept an answer. The store that
// holds the snapshots must give each execution to one process at a time.
func (in *Interpreter) Restore(p *Program, snapshot []byte, o StartOptions) (*Execution, error) {
	if p == nil {
		return nil, ErrNoProgram
	}
	if in.durable != nil {
		return nil, errors.New("interpreter: Restore is for executions without Config.Store; see Interpreter.Execution")
	}
	if in.phase.Load() != phaseOpen {
		return nil, ErrClosed
	}
	if err := in.checkClock(); err != nil {
		return nil, err
	}
	e := in.newExecution(p, &o)
	if err := p.RestoreInto(&e.x, snapshot); err != nil {
		return nil, err
	}
	e.status, e.kept = e.x.Status, e.x.Depth > 0
	if e.status != Running {
		e.driving, e.gone = false, true
		if !e.kept {
			return e, nil
		}
	}
	if other := in.registerName(e); other != nil {
		return nil, other.alreadyExists()
	}
	if e.status != Running {
		return e, nil
	}
	e.driveExecution(&mail{resume: true}, keepNone)
	return e, nil
}
