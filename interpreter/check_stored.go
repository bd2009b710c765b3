package interpreter

import (
	"context"
	"fmt"
	"strings"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

// StoredProblem says that unfinished executions of a program cannot continue in this
// process.
type StoredProblem struct {
	Machine    string       // ARN of the state machine
	Digest     string       // of the program: see [machine.Program.Digest]
	Unfinished int64        // executions of the program that run
	Affected   int64        // of these, the ones that are known to be affected
	Example    store.Listed // one of those
	// Err is why. The program cannot be compiled, or [Check] reports it: then all its
	// executions are affected. Otherwise it is why Example could not be restored.
	Err error
}

// String returns the problem as a line.
func (p StoredProblem) String() string {
	return fmt.Sprintf("%d of %d unfinished executions of %s (%s) cannot continue, for example %s (%s): %s",
		p.Affected, p.Unfinished, p.Machine, p.Digest, p.Example.Name, p.Example.ID, strings.ReplaceAll(p.Err.Error(), "\n", "; "))
}

// CheckStored reports which unfinished executions of the store this process cannot
// continue, one problem a program, in the order of their latest executions. Call it
// at the start of a program, after [New]: executions with a problem are parked when
// they are due, which may be much later.
//
// It looks at the programs of all unfinished executions, in all namespaces: each
// must be in Config.Programs, or have a definition in the store that compiles, and
// each of its Resources must have a handler. It also restores up to sample executions
// of each program, the latest ones, and as many of those that are parked: snapshots
// and records must be intact, and make the same history as before. A negative sample
// restores all. Nothing is changed, and no execution is loaded.
//
// Apart from the sample it reads only what [Interpreter.List] does: a second or more
// for a million executions. The error is that of the store or of ctx; only with
// [store.ErrCorrupt], of executions that cannot be listed, are there problems too.
func (in *Interpreter) CheckStored(ctx context.Context, sample int) ([]StoredProblem, error) {
	s := in.durable
	if s == nil {
		return nil, errNoStore
	}
	c := storedCheck{durable: s, ctx: ctx, sample: sample, programs: make(map[string]*checkedProgram)}
	var corrupt error
	for l, err := range s.listAll(ctx, store.Query{Status: []Status{Running}, Limit: duePage}) {
		if isError(err, store.ErrCorrupt) { // the last one
			corrupt = err
			break
		}
		if err == nil {
			err = c.checkExecution(&l)
		}
		if err != nil {
			return nil, err
		}
	}
	var problems []StoredProblem
	for _, p := range c.order {
		if p.problem.Err != nil {
			problems = append(problems, p.problem)
		}
	}
	return problems, corrupt
}

type storedCheck struct {
	*durable
	ctx      context.Context
	sample   int
	programs map[string]*checkedProgram // by digest
	order    []*checkedProgram
}

type checkedProgram struct {
	problem  StoredProblem
	program  *Program // nil: all executions have the problem
	restored int
	parked   int // as restored, of those that are parked
}

// checkExecution checks an execution, and its program if it is the first one. The
// error is that of the store or of ctx.
func (c *storedCheck) checkExecution(l *store.Listed) error {
	p := c.programs[l.Digest]
	if p == nil {
		var err error
		if p, err = c.checkProgram(l); err != nil {
			return err
		}
		c.programs[l.Digest] = p
		c.order = append(c.order, p)
	}
	p.problem.Unfinished++
	if p.program == nil {
		p.problem.Affected++
		return nil
	}
	tried := &p.restored
	if l.Parked != "" {
		tried = &p.parked
	}
	if c.sample >= 0 && *tried >= c.sample {
		return nil
	}
	*tried++
	problem, err := c.restoreOnly(p.program, l)
	if problem == nil {
		return err
	}
	if p.problem.Affected++; p.problem.Err == nil {
		p.problem.Err, p.problem.Example = problem, *l
	}
	return nil
}

// checkProgram checks the program of an execution.
func (c *storedCheck) checkProgram(l *store.Listed) (*checkedProgram, error) {
	checked := &checkedProgram{problem: StoredProblem{Machine: l.Machine, Digest: l.Digest}}
	p, err := c.program(c.ctx, l.Digest)
	if c.ctx.Err() != nil || isStoreFailure(err) {
		return nil, err
	}
	if err == nil {
		err = callHook(hookResolve, func() error { return c.in.Check(p) })
	}
	if err != nil {
		checked.problem.Err, checked.problem.Example = err, *l
		return checked, nil
	}
	checked.program = p
	return checked, nil
}

// restoreOnly restores an execution and forgets it. It returns why it cannot be
// restored, or the error of the store or of ctx.
func (c *storedCheck) restoreOnly(p *Program, l *store.Listed) (problem, err error) {
	st, err := c.loadState(c.ctx, l.ID)
	switch {
	case isError(err, store.ErrNotFound): // meanwhile
		return nil, nil
	case isError(err, store.ErrCorrupt):
		return err, nil
	case err != nil:
		return nil, err
	case st.Head.Status != Running: // now
		return nil, nil
	}
	_, problem = c.restoreState(c.ctx, p, new(machine.Execution), st)
	if problem != nil && c.ctx.Err() != nil {
		return nil, fmt.Errorf("interpreter: restoring execution %s: %w", l.ID, contextError(c.ctx))
	}
	return problem, nil
}
