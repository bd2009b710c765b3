package interpreter

import (
	"context"
	"fmt"
	"strings"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

// StartOptions configure one execution. The zero value works.
type StartOptions struct {
	// Name of the execution, or its whole ARN. It must be unique among the running
	// executions of a program; names of EXPRESS executions need not be, because their
	// ARN ends in a UUID. With Config.Store it must be unique among all that the store
	// has of Config.Namespace and the state machine's ARN, ended ones and those of
	// other versions of the program included. For the characters of a name see
	// [ErrInvalidName]; an ARN is not checked, but for what no store can keep. Default:
	// a UUID; with Config.Store the ID of the execution.
	Name string
	// Seed of jitter, States.UUID and other random values of the execution.
	// Default, two zeros: a random seed.
	Seed [2]uint64
	// History receives the events of the execution, after Config.History. Default:
	// none.
	History history.Sink
	// KeepHistory keeps the events for [Execution.Events].
	KeepHistory bool
	// Resolver finds the handlers of the execution's tasks before Config.Activities and
	// Config.Resolver, which have those for which it has none: for example a test case of
	// package mock. Children of its Map Runs have it too, and redrives of it, but no
	// execution that its tasks start. It is not part of a [Execution.Snapshot]: give it to
	// [Interpreter.Restore] again. With Config.Store it must be nil, because the next
	// process would not know it: see Config.ResolverOf. It is a hook: see [HookError].
	// Default: none.
	Resolver Resolver
	// Synchronous runs an EXPRESS execution as StartSyncExecution does: its context
	// object has no RedriveCount. [Run] sets it. Start still does not wait for the
	// end. STANDARD executions ignore it.
	Synchronous bool
	// Tags are stored with the execution, which can be listed by them. They need
	// Config.Store, and are UTF-8 without zero bytes. They are copied.
	Tags map[string]string

	// From is the state in which the execution begins: see [FromState]. It then has that
	// state's input; the input of Start is that of the execution in the context object.
	// Default: the definition's StartAt.
	From Point

	parent store.ID // of the execution that starts it
	depth  uint8    // number of executions that wait for this one, each for the next
	token  string   // of the task that starts it; empty: none
	made   bool     // the input is a value that a Map Run has made
	origin *origin  // of a child of a Map Run in memory
}

// Start starts an execution and returns its handle without waiting for its tasks.
// The input is any value that [value.From] converts, or JSON as []byte or
// json.RawMessage; nil is {}. A string is a JSON string, also if it contains JSON. The
// context limits only the call: when it ends, Start
// returns after the state that computes, and the execution goes on.
//
// If an execution of the same name is running, Start returns it if its input is the
// same, as StartExecution does. If not, the error is [ErrExecutionAlreadyExists].
//
// With Config.Store, Start returns when the start is on disk. If ctx ends before, it
// may be stored or not: call Start again with the same Name and input. A name that is
// taken is an [*ExecutionExistsError], which has the execution.
func (in *Interpreter) Start(ctx context.Context, p *Program, input any, o StartOptions) (*Execution, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("interpreter: starting an execution: %w", err)
	}
	if in.durable != nil {
		return in.startStored(ctx, p, input, &o)
	}
	e, started, err := in.createExecution(ctx, p, input, &o)
	if err != nil || !started {
		return e, err
	}
	e.driveUntilDone(ctx, false, &mail{event: machine.Event{Kind: machine.Started}}, keepNone)
	return e, nil
}

// createExecution makes an execution that the caller must drive, or finds the one
// of that name.
func (in *Interpreter) createExecution(ctx context.Context, p *Program, input any, o *StartOptions) (e *Execution, started bool, err error) {
	start, err := in.makeStart(p, input, o)
	if err != nil {
		return nil, false, err
	}
	e = in.newExecution(p, o)
	if s := in.durable; s != nil {
		if err := s.keepDefinition(ctx, p); err != nil {
			return nil, false, err
		}
		p.Init(&e.x, start)
		s.addStored(e, store.ID([]byte(start.TokenID)), o)
		return e, true, nil
	}
	p.Init(&e.x, start)
	e.kept = start.Depth > 0
	if o.Name != "" {
		if other := in.registerName(e); other != nil {
			return other.startAgain(start.Input)
		}
	}
	return e, true, nil
}

// makeStart checks the arguments of a start and makes the data of the execution. With
// Config.Store its TokenID is its ID there.
func (in *Interpreter) makeStart(p *Program, input any, o *StartOptions) (start machine.Start, err error) {
	if p == nil {
		return start, ErrNoProgram
	}
	if o.Name != "" && !strings.HasPrefix(o.Name, "arn:") {
		if err := checkName(o.Name); err != nil {
			return start, err
		}
	}
	v := input
	if !o.made {
		var err error
		if v, err = parseInput(input); err != nil {
			return start, err
		}
	}
	if in.phase.Load() != phaseOpen {
		return start, ErrClosed
	}
	if err := in.checkClock(); err != nil {
		return start, err
	}
	if in.durable != nil && o.Resolver != nil {
		return start, errHasResolver
	}
	start = machine.Start{ID: o.Name, Input: v, Seed: o.Seed, Synchronous: o.Synchronous, Depth: o.depth}
	if !o.From.isZero() {
		if err := o.From.setStart(p, &start); err != nil {
			return start, err
		}
	}
	if in.durable != nil {
		id, err := in.newStoreID()
		if err != nil {
			return start, err
		}
		start.TokenID = string(id[:])
		if start.ID == "" && o.token == "" {
			start.ID = id.String() // in the order of starts, which an index of names likes
		}
	}
	if err := in.fillRandomParts(p, &start, o.token); err != nil {
		return start, err
	}
	return start, in.durable.checkHead(executionKey(p, start.ID), o.Tags)
}

func (in *Interpreter) newExecution(p *Program, o *StartOptions) *Execution {
	e := &Execution{in: in, timer: none, seq: in.starts.Add(1), driving: true}
	e.program.Store(p)
	from := o.origin
	if o.Resolver != nil {
		from = &origin{resolver: prepareResolver(o.Resolver)}
	}
	if o.History != nil || o.KeepHistory || from != nil {
		m := &extras{sink: o.History}
		m.origin.Store(from)
		if o.KeepHistory {
			m.log = new(history.Log)
		}
		e.extras.Store(m)
	}
	return e
}
