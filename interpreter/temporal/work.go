package temporal

import (
	"time"

	"go.temporal.io/sdk/workflow"
)

// Work is counted in steps of expressions, as in machine.Limits: a million take about a
// tenth of a second. It decides on commands of the workflow, so it does not depend on
// the time that it takes.
const (
	// eventWork is that of an event of the execution. States may copy data, which does
	// not count otherwise.
	eventWork = 500
	// mostTransitions bounds a Step.
	mostTransitions = 500
	// mostTurnWork is that after which others may run: the SDK fails a workflow task that
	// computes for a second without giving way. A state may take it to five times more.
	mostTurnWork = 1_000_000
	// mostTaskWork is that after which a workflow task ends, which may take 10 seconds.
	mostTaskWork = 10_000_000
	// mostRunWork is that after which an execution continues as new: a worker that does
	// not have the run in its cache replays all of it in one workflow task.
	mostRunWork = 20_000_000
	// mostTaskBytes bounds what a workflow task sends: Temporal refuses messages of 4 MB.
	mostTaskBytes = 2_000_000
)

// work is what a run has done.
type work struct {
	turn  int // since others could run
	task  int // in the workflow task
	run   int
	bytes int // that the workflow task starts tasks with

	length int // of Temporal's history, when the workflow task began
}

// countWork counts a Step that has made so many events.
func (r *run) countWork(events int) {
	if length := workflow.GetInfo(r.ctx).GetCurrentHistoryLength(); length != r.work.length {
		r.work.task, r.work.bytes, r.work.length = 0, 0, length
	}
	n := r.r.Work + events*eventWork
	r.work.turn += n
	r.work.task += n
	r.work.run += n
}

// giveWay lets other goroutines of the workflow run, which also restarts the clock of
// the SDK's deadlock detection, and ends the workflow task if it has done much.
func (r *run) giveWay() {
	r.work.turn = 0
	if r.work.task >= mostTaskWork {
		r.endTask()
		return
	}
	given := false
	_ = workflow.Await(r.ctx, func() bool { // the context does not end
		defer func() { given = true }()
		return given
	})
}

// endTask ends the workflow task. Another one follows at once.
func (r *run) endTask() {
	_ = workflow.Sleep(r.ctx, time.Millisecond) // the context does not end
	r.work.turn, r.work.task, r.work.bytes = 0, 0, 0
}

// sendBytes makes room for a command with so many bytes.
func (r *run) sendBytes(n int) {
	if r.work.bytes > 0 && r.work.bytes+n > mostTaskBytes {
		r.endTask()
	}
	r.work.bytes += n
}
