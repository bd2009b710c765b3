package interpreter

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/intrinsics"
)

// StartOptions say more about one execution. The zero value works.
type StartOptions struct {
	// Name of the execution, or its whole ARN; unique among the running ones of
	// a program, unless that is EXPRESS: then a UUID more in the ARN tells them
	// apart. For the characters of a name see [ErrInvalidName]; an ARN is taken as
	// it is. Default: a UUID.
	Name string
	// Seed of all that is random in it: jitter, States.UUID. Default, which is
	// two zeros: random.
	Seed [2]uint64
	// History receives its events, after Config.History does. Default: none.
	History history.Sink
	// KeepHistory keeps its events for [Execution.Events].
	KeepHistory bool
	// Synchronous says that an EXPRESS execution runs as with StartSyncExecution:
	// its context object has no RedriveCount. [Run] says so. Start does not wait
	// for its end. STANDARD executions are not concerned.
	Synchronous bool

	depth uint8  // how many executions wait for this one, each for the next
	token string // of the task that starts it; empty: none
}

// Start starts an execution and returns its handle, without waiting for any of
// its tasks. The input is any value that [value.From] takes, or JSON as []byte
// or json.RawMessage; nil is {}. The context bounds only the call: once it ends, Start
// returns after the state that computes, and the execution goes on without it.
//
// While an execution of the same name runs, it is returned if its input is the
// same, as StartExecution does; else the error is [ErrExecutionAlreadyExists].
func (in *Interpreter) Start(ctx context.Context, p *Program, input any, o StartOptions) (*Execution, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("interpreter: starting an execution: %w", err)
	}
	e, started, err := in.createExecution(p, input, &o)
	if err != nil || !started {
		return e, err
	}
	e.driveUntilDone(ctx, false, mail{event: machine.Event{Kind: machine.Started}}, keepNone)
	return e, nil
}

// create makes an execution that the caller is to drive, or finds the one of
// that name.
func (in *Interpreter) createExecution(p *Program, input any, o *StartOptions) (e *Execution, started bool, err error) {
	if p == nil {
		return nil, false, ErrNoProgram
	}
	if o.Name != "" && !strings.HasPrefix(o.Name, "arn:") {
		if err := checkName(o.Name); err != nil {
			return nil, false, err
		}
	}
	v, err := parseInput(input)
	if err != nil {
		return nil, false, err
	}
	if in.phase.Load() != phaseOpen {
		return nil, false, ErrClosed
	}
	if err := in.checkClock(); err != nil {
		return nil, false, err
	}
	start := machine.Start{ID: o.Name, Input: v, Seed: o.Seed, Synchronous: o.Synchronous, Depth: o.depth}
	if err := in.fillRandomParts(p, &start, o.token); err != nil {
		return nil, false, err
	}
	e = in.newExecution(p, o)
	p.Init(&e.x, start)
	e.kept = start.Depth > 0
	if o.Name != "" {
		if other := in.registerName(e); other != nil {
			return other.startAgain(v)
		}
	}
	return e, true, nil
}

const (
	maxName     = 80 // characters
	notInNames  = "<>{}[]?*\"#%\\^|~`$&,;:/"
	lastOfPlane = 0xfffe // and 0xffff: not characters
)

// checkName refuses a name that StartExecution refuses.
func checkName(name string) error {
	if n := utf8.RuneCountInString(name); n < 1 || n > maxName {
		return fmt.Errorf("%w: it has %d characters, must have from 1 to %d: %.100q", ErrInvalidName, n, maxName, name)
	}
	for _, r := range name {
		if unicode.IsSpace(r) || unicode.IsControl(r) || r == utf8.RuneError || r >= lastOfPlane && r <= 0xffff || strings.ContainsRune(notInNames, r) {
			return fmt.Errorf("%w: it must not have the character %q: %q", ErrInvalidName, r, name)
		}
	}
	return nil
}

func (in *Interpreter) newExecution(p *Program, o *StartOptions) *Execution {
	e := &Execution{in: in, program: p, timer: none, seq: in.starts.Add(1), driving: true}
	if o.History != nil || o.KeepHistory {
		m := &extras{sink: o.History}
		if o.KeepHistory {
			m.log = new(history.Log)
		}
		e.extras.Store(m)
	}
	return e
}

// randomize fills in what is random in a new execution. One that a task starts has
// it from the task's token: if it is started again after a crash, its own tasks
// have the same tokens.
func (in *Interpreter) fillRandomParts(p *Program, s *machine.Start, token string) error {
	var raw [16 + 16 + 16]byte
	if err := in.random.drawBytes(raw[:], token, "start"); err != nil {
		return fmt.Errorf("interpreter: Config.Rand: %w", err)
	}
	copy(s.TokenKey[:], raw[:16])
	if s.Seed == ([2]uint64{}) {
		for i, b := range raw[16:32] {
			s.Seed[i/8] = s.Seed[i/8]<<8 | uint64(b)
		}
	}
	if s.ID == "" {
		s.ID = intrinsics.UUID([16]byte(raw[32:]))
	}
	if p.Options().Express && !strings.HasPrefix(s.ID, "arn:") {
		if err := in.random.drawBytes(raw[:16], token, "ARN"); err != nil {
			return fmt.Errorf("interpreter: Config.Rand: %w", err)
		}
		s.ID = p.ExecutionArn(s.ID) + ":" + intrinsics.UUID([16]byte(raw[:16]))
	}
	return nil
}

// draw fills dst with random bytes, or with those of a token.
func (r *random) drawBytes(dst []byte, token, use string) error {
	if token == "" {
		return r.readRandom(dst)
	}
	for n := 0; len(dst) > 0; n++ {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s %d of %s", use, n, token))
		dst = dst[copy(dst, sum[:]):]
	}
	return nil
}

// Restore continues an execution from a snapshot of it ([Execution.Snapshot]),
// with a program of the same definition and options (see [machine.Program.Digest]).
// Tasks that were outstanding are delivered again, with the same [Task.Token]:
// delivery is at least once. When Restore returns, all tasks can be answered by
// their tokens, and all deadlines that have passed meanwhile have happened: a task
// that timed out is not delivered. A .waitForTaskToken task is not delivered again
// either once its handler has returned a result or called [Task.Submitted]: only the
// answer to its token is outstanding. Name and Seed of the options are not used.
//
// Executions that wait for each other (see [StartExecution]) are restored in any order;
// see [Interpreter.AllRestored].
func (in *Interpreter) Restore(p *Program, snapshot []byte, o StartOptions) (*Execution, error) {
	if p == nil {
		return nil, ErrNoProgram
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
	e.driveExecution(mail{resume: true}, keepNone)
	return e, nil
}
