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

// StartOptions configure one execution. The zero value works.
type StartOptions struct {
	// Name of the execution, or its whole ARN. It must be unique among the running
	// executions of a program; names of EXPRESS executions need not be, because
	// their ARN ends in a UUID. For the characters of a name see [ErrInvalidName];
	// an ARN is not checked. Default: a UUID.
	Name string
	// Seed of jitter, States.UUID and other random values of the execution.
	// Default, two zeros: a random seed.
	Seed [2]uint64
	// History receives the events of the execution, after Config.History. Default:
	// none.
	History history.Sink
	// KeepHistory keeps the events for [Execution.Events].
	KeepHistory bool
	// Synchronous runs an EXPRESS execution as StartSyncExecution does: its context
	// object has no RedriveCount. [Run] sets it. Start still does not wait for the
	// end. STANDARD executions ignore it.
	Synchronous bool

	depth uint8  // number of executions that wait for this one, each for the next
	token string // of the task that starts it; empty: none
}

// Start starts an execution and returns its handle without waiting for its tasks.
// The input is any value that [value.From] converts, or JSON as []byte or
// json.RawMessage; nil is {}. The context limits only the call: when it ends, Start
// returns after the state that computes, and the execution goes on.
//
// If an execution of the same name is running, Start returns it if its input is the
// same, as StartExecution does. If not, the error is [ErrExecutionAlreadyExists].
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

// createExecution makes an execution that the caller must drive, or finds the one
// of that name.
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
	lastOfPlane = 0xfffe // with 0xffff: not characters
)

// checkName returns an error for a name that StartExecution refuses.
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

// fillRandomParts fills in the random parts of a new execution. For an execution
// that a task starts they are computed from the task's token: if it is started
// again after a crash, its own tasks have the same tokens.
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

// drawBytes fills dst with random bytes, or with bytes computed from a token.
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
