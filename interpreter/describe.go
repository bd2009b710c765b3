package interpreter

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

// Description is what is known of an execution.
type Description struct {
	// Listed is the same as in a list: ID, Namespace, Machine, Name, Digest, Status,
	// Started, Ended, Parent, Tags, and why the execution is Parked. The Name of an
	// EXPRESS execution is its ARN. An execution in memory has Machine, Name, Digest,
	// Status, Started and Ended.
	store.Listed
	// Redrives say whether it can be redriven. If there is a Problem, RedriveStatus is
	// empty for an execution that did not succeed.
	Redrives

	Arn     string          // of the execution
	Version uint64          // number of its changes so far; 0 in memory
	Input   any             // a value of package value
	Output  any             // the same; nil unless it Succeeded
	Failure *ExecutionError // how it ended otherwise; nil if it runs or Succeeded

	// MapRunArn is the ARN of the Map Run that has started it, or empty. Of a stored
	// execution it is read from the history of the parent: it is empty if that is gone. If
	// the same Map state has had several Map Runs, that of a child behind the first
	// million is empty.
	MapRunArn string

	// States are the innermost states in which it stands: see
	// [machine.Program.Where]. nil if it has ended or there is a Problem.
	States []string
	// Problem is why this process cannot continue the execution: it has neither the
	// program nor a definition that it can compile, or the state is damaged or
	// diverged. The rest is then read from the history, as far as that goes. In memory it
	// is the error of a hook that halted the execution. nil: there is none.
	Problem error
}

// Describe returns what is known of the execution, running or ended, as
// DescribeExecution does. Of a stored one it is what [Interpreter.Describe] returns. Of
// one in memory it waits for a state that computes; the error is then as of
// [Execution.Redrives]. The Description must not be changed.
func (e *Execution) Describe(ctx context.Context) (*Description, error) {
	if e.stored != nil {
		return e.in.Describe(ctx, e.stored.id)
	}
	now, err := e.in.currentTime()
	d := new(Description)
	if err == nil {
		err = e.visitLoaded(ctx, func(x *machine.Execution) { e.describeLoaded(d, x, now) })
	}
	if err != nil {
		return nil, fmt.Errorf("interpreter: describing execution %s: %w", e.Name(), err)
	}
	return d, nil
}

// describeLoaded fills in what is known of an execution in memory, which nothing drives
// meanwhile.
func (e *Execution) describeLoaded(d *Description, x *machine.Execution, now time.Time) {
	p := e.program.Load()
	key := executionKey(p, x.ID)
	d.Machine, d.Name, d.Digest, d.Arn, d.Input = key.machine, key.name, key.digest, p.ExecutionArn(x.ID), x.Input
	d.Started, d.Status, d.Redrives = nanoTime(x.StartedAt), x.Status, e.in.redrivesOf(p, x, now)
	d.MapRunArn = e.originOf().mapRun
	if d.Problem, _ = e.haltError(); d.Problem != nil { // its last Step may not be recorded
		d.Status, d.RedriveStatus, d.RedriveStatusReason = Running, "", ""
		return
	}
	d.States = p.Where(x)
	if x.Status != Running {
		d.Ended = x.Time()
		d.setOutcome(e.in, x.Outcome)
	}
}

// Describe returns what is stored of an execution, running, passive or ended, as
// DescribeExecution does. It does not load the execution or change it: what an
// execution has done and not stored yet is not shown. The error is
// [store.ErrNotFound] if there is none, or that of the store, of the clock or of ctx, or
// [ErrClosed]. The Description must not be changed.
func (in *Interpreter) Describe(ctx context.Context, id store.ID) (*Description, error) {
	s := in.durable
	if s == nil {
		return nil, errNoStore
	}
	st, err := s.loadState(ctx, id)
	if err != nil {
		return nil, err
	}
	d := &Description{Listed: store.Listed{ID: id, Head: st.Head}, Version: st.Version}
	now, err := in.currentTime()
	if err != nil {
		return nil, fmt.Errorf("interpreter: describing execution %s: %w", id, err)
	}
	p, err := s.program(ctx, st.Head.Digest)
	var x machine.Execution
	if err == nil {
		_, err = s.restoreState(ctx, p, &x, st)
	}
	if ctx.Err() != nil || isStoreFailure(err) {
		return nil, err
	}
	mapRun, failed := s.findMapRunOf(ctx, d)
	if failed != nil {
		return nil, failed
	}
	d.MapRunArn = mapRun
	if err != nil {
		d.Problem = errors.Join(err, s.describeByHistory(ctx, d))
		return d, nil
	}
	d.Arn, d.Input, d.States = storedArn(&d.Head, x.ID), x.Input, p.Where(&x)
	d.Redrives = in.redrivesOf(p, &x, now)
	d.setOutcome(in, x.Outcome)
	return d, nil
}

// setOutcome sets how the execution has ended; o is nil if it has not.
func (d *Description) setOutcome(in *Interpreter, o *machine.Outcome) {
	switch {
	case o == nil:
	case d.Status == Succeeded:
		d.Output = o.Output
	default:
		d.Failure = in.outcomeError(d.Status, o)
	}
}

// describeByHistory fills in what can be known without the program. It returns why
// a part is missing.
func (s *durable) describeByHistory(ctx context.Context, d *Description) error {
	d.Arn = storedArn(&d.Head, d.Name)
	r := recordReader{durable: s, ctx: ctx, id: d.ID, namespace: d.Namespace}
	w, err := r.readWindow(0, 2, false)
	if err == nil {
		err = w.damage
	}
	for _, data := range w.records {
		_, rec, failed := r.decodeRecord(1, data)
		switch {
		case failed != nil:
			err = r.recordError(1, failed)
		case rec.Start != nil:
			d.Arn, d.Input = storedArn(&d.Head, rec.Start.ID), rec.Start.Input
		}
	}
	return errors.Join(err, s.describeByEvents(ctx, d))
}

// describeByEvents reads the outcome and the latest redrive, from the end of the history.
func (s *durable) describeByEvents(ctx context.Context, d *Description) error {
	if d.Status == Running || d.Status == Succeeded {
		d.RedriveStatus = NotRedrivable
		d.RedriveStatusReason = "Execution is " + d.Status.String() + " and cannot be redriven"
	}
	last := d.Status != Running
	for ev, err := range s.in.History(ctx, d.ID, HistoryOptions{Reverse: true}) {
		if err != nil {
			return err
		}
		if last {
			d.setOutcome(s.in, outcomeOf(ev))
			last = false
		}
		if ev.Type == history.ExecutionRedriven {
			d.RedriveCount, d.RedriveTime = int(ev.Index), ev.Time()
			break
		}
	}
	return nil
}

// outcomeOf returns the outcome that the last event of an execution shows, but for
// the state that failed.
func outcomeOf(ev *history.Event) *machine.Outcome {
	o := &machine.Outcome{Output: ev.Value}
	if f, ok := ev.Detail.(*history.Failure); ok && f != nil {
		o.Error, o.Cause = f.Error, f.Cause
	}
	return o
}

// storedArn is [machine.Program.ExecutionArn] without a Program. id is the name or
// ARN that the execution was started with.
func storedArn(h *store.Head, id string) string {
	if strings.HasPrefix(id, "arn:") {
		return id
	}
	return strings.Replace(h.Machine, ":stateMachine:", ":execution:", 1) + ":" + id
}
