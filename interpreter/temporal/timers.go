package temporal

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/gostates/gostates/interpreter/machine"
)

// timers are those that run, by time. A timer is never cancelled: when the next deadline
// moves to later, the earlier timer fires for nothing and the next one is started then.
// So a task with a timeout costs no events of its own.
type timers map[int64]bool

// setTimer starts a timer for the next deadline, unless one runs that fires before.
func (r *run) setTimer() {
	var first *hosted
	var at time.Time
	for _, h := range r.executions() {
		if wake, ok := h.program.Wake(h.x); ok && (first == nil || wake.Before(at)) {
			first, at = h, wake
		}
	}
	if first == nil {
		return
	}
	//workflowcheck:ignore the order does not matter
	for earlier := range r.timers {
		if earlier <= at.UnixNano() {
			return
		}
	}
	nanos := at.UnixNano()
	if r.timers == nil {
		r.timers = make(timers)
	}
	r.timers[nanos] = true
	wait := max(at.Sub(workflow.Now(r.ctx)), time.Millisecond)
	r.selector.AddFuture(workflow.NewTimer(r.ctx, wait), func(workflow.Future) {
		delete(r.timers, nanos)
		now := workflow.Now(r.ctx)
		for _, h := range r.executions() {
			if wake, ok := h.program.Wake(h.x); h == r.hosted || ok && !wake.After(now) {
				h.post(machine.Event{Kind: machine.Tick})
			}
		}
	})
}
