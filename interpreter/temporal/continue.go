package temporal

import (
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	commonpb "go.temporal.io/api/common/v1"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
)

const (
	// mostSnapshotBytes is the size of a compressed snapshot with which an execution
	// continues as new. Temporal refuses arguments of 2 MB, and the definition is one
	// of them.
	mostSnapshotBytes  = 1_500_000
	mostArgumentsBytes = 1_900_000
	// mostEvents ends an execution that cannot continue as new. Temporal terminates a
	// workflow with 51,200.
	mostEvents = 45_000
	// retryEvents is after how many events a snapshot that was too large is tried again.
	retryEvents = 500
	// mostWork and retryWork are the same for the work of a run.
	mostWork  = 3 * mostRunWork
	retryWork = mostRunWork / 4
)

// runLimits say when a run holds back tasks, and when it tries to continue as new.
type runLimits struct {
	holdFrom     int // events; 0: not known yet
	notUntil     int // events: the snapshot was too large before
	notUntilWork int
}

// continueAsNew returns the error with which the workflow continues as new, if that is
// due. It must come before new tasks are started: then a machine whose tasks follow each
// other continues at once. Where tasks run all the time, hold says that new ones must
// wait, and so must states that only compute: from twice the length on, or the work, at
// which it was due first.
func (r *run) continueAsNew() (hold bool, err error) {
	info := workflow.GetInfo(r.ctx)
	length := info.GetCurrentHistoryLength()
	threshold := r.args.ContinueAfter
	due := info.GetContinueAsNewSuggested() || threshold > 0 && length >= threshold || r.work.run >= mostRunWork
	if !due || !r.moved || length < r.limits.notUntil && r.work.run < r.limits.notUntilWork {
		return false, nil
	}
	if r.limits.holdFrom == 0 {
		if threshold <= 0 {
			threshold = length
		}
		r.limits.holdFrom = 2 * threshold
	}
	if r.inFlight() > 0 {
		return length >= r.limits.holdFrom || r.work.run >= 2*mostRunWork, nil
	}
	// Updates that are applied return to their callers before the run ends.
	_ = workflow.Await(r.ctx, func() bool { return len(r.mail) > 0 || workflow.AllHandlersFinished(r.ctx) }) // the context does not end
	for r.selector.HasPending() {                                                                            // a signal or a cancellation must not be lost
		r.selector.Select(r.ctx)
	}
	if len(r.mail) > 0 {
		return false, nil
	}
	snapshot := r.snapshot()
	if len(snapshot) > mostSnapshot(r.definition.Payload()) {
		if length >= mostEvents || r.work.run >= mostWork {
			return false, tooLarge()
		}
		r.limits = runLimits{notUntil: min(length+retryEvents, mostEvents), notUntilWork: min(r.work.run+retryWork, mostWork)}
		return false, nil
	}
	args := r.args
	args.FirstEvent = r.x.Seq + 1
	if r.mapRun != nil {
		return false, workflow.NewContinueAsNewError(r.ctx, MapRunType, args, r.definition, snapshot)
	}
	none := &commonpb.Payload{Metadata: map[string][]byte{encodingKey: []byte(converter.MetadataEncodingNil)}}
	return false, workflow.NewContinueAsNewError(r.ctx, WorkflowType, args, r.definition, converter.NewRawValue(none), snapshot)
}

// mostSnapshot returns how large a snapshot beside a definition may be.
func mostSnapshot(definition *commonpb.Payload) int {
	return min(mostSnapshotBytes, mostArgumentsBytes-len(definition.GetData()))
}

// tooLarge is the error of an execution whose snapshot is too large to continue as new.
func tooLarge() error {
	const cause = "The run has reached 45,000 events of Temporal, or too much work to be replayed, and the state of the execution is too large to continue as a new run."
	return temporal.NewNonRetryableApplicationError(cause, asl.StatesDataLimitExceeded, nil,
		result{Status: machine.Failed.String(), Error: ptr(asl.StatesDataLimitExceeded), Cause: ptr(cause)})
}

// snapshot returns what the next run continues with.
func (r *run) snapshot() []byte {
	data, err := r.program.Marshal(r.x)
	if err == nil && r.mapRun != nil {
		data, err = r.mapRun.marshal(data)
	}
	if err != nil {
		panic(err) // another worker may be able to
	}
	return compress(data)
}

// restore continues the execution of an earlier run.
func (r *run) restore(p *machine.Program, snapshot []byte) error {
	data, err := decompress(snapshot)
	if err != nil {
		panic(err)
	}
	x, err := p.Restore(data)
	if err != nil {
		panic(err) // such as other Rules: another worker may be able to
	}
	r.hosted = r.host(p, x, nil)
	r.hosted.resume()
	return nil
}

// resume goes on with what an execution of an earlier run waits for.
func (h *hosted) resume() {
	r := h.run
	var pending machine.Result
	if err := h.program.Pending(h.x, &pending); err != nil {
		panic(err)
	}
	for _, c := range pending.Commands {
		switch {
		case c.Kind == machine.StartTask && c.Started: // it waits for its token
		case c.Kind == machine.StartTask, c.Kind == machine.DetachMapRun:
			r.held = append(r.held, heldCommand{h, c})
		case c.Kind == machine.Yield:
			h.post(machine.Event{Kind: machine.Tick})
		case c.MapRun != nil:
			r.takeMapCommand(&c)
		}
	}
}
