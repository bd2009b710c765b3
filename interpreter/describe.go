package interpreter

import (
	"context"
	"errors"
	"strings"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

// Description is what the store has of an execution.
type Description struct {
	// Listed is the same as in a list: ID, Namespace, Machine, Name, Digest, Status,
	// Started, Ended, Parent, Tags, and why the execution is Parked. The Name of an
	// EXPRESS execution is its ARN.
	store.Listed

	Arn     string          // of the execution
	Version uint64          // number of its changes so far
	Input   any             // a value of package value
	Output  any             // the same; nil unless it Succeeded
	Failure *ExecutionError // how it ended otherwise; nil if it runs or Succeeded

	// States are the innermost states in which it stands: see
	// [machine.Program.Where]. nil if it has ended or there is a Problem.
	States []string
	// Problem is why this process cannot continue the execution: it has neither the
	// program nor a definition that it can compile, or the state is damaged or
	// diverged. The rest is then read from the history, as far as that goes. nil:
	// there is none.
	Problem error
}

// Describe returns what is stored of an execution, running, passive or ended, as
// DescribeExecution does. It does not load the execution or change it: what an
// execution has done and not stored yet is not shown. The error is
// [store.ErrNotFound] if there is none, or that of the store or of ctx, or
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
	p, err := s.program(ctx, st.Head.Digest)
	var x machine.Execution
	if err == nil {
		_, err = s.restoreState(p, &x, st)
	}
	if ctx.Err() != nil || isStoreFailure(err) {
		return nil, err
	}
	if err != nil {
		d.Problem = errors.Join(err, s.describeByHistory(ctx, d))
		return d, nil
	}
	d.Arn, d.Input, d.States = storedArn(&d.Head, x.ID), x.Input, p.Where(&x)
	d.setOutcome(x.Outcome)
	return d, nil
}

// setOutcome sets how the execution has ended; o is nil if it has not.
func (d *Description) setOutcome(o *machine.Outcome) {
	switch {
	case o == nil:
	case d.Status == Succeeded:
		d.Output = o.Output
	default:
		d.Failure = outcomeError(d.Status, o)
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
	if d.Status == Running {
		return err
	}
	for ev, failed := range s.in.History(ctx, d.ID, HistoryOptions{Reverse: true}) {
		if failed != nil {
			return errors.Join(err, failed)
		}
		d.setOutcome(outcomeOf(ev))
		break
	}
	return err
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
