package asltest

import (
	"context"
	"log/slog"
	"sync"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
)

// Resolver lets the program's own handlers do the tasks that no script answers: usually
// an interpreter.Mux, with its middleware. They get an interpreter.Task, as in an
// interpreter. Of several resolvers, the first that has a handler does a task.
//
//	x := asltest.Run(t, program, input, asltest.Resolver(orders.Handlers(fakeStore)),
//		asltest.On("Charge").Throw("Busy", "").Times(1)) // then the program's own handler
//
// A handler takes no virtual time and is called like a function of [Script.Call]. Time is
// virtual and handlers run one at a time: one that sleeps, or waits for its context or for
// another handler, blocks the run, which fails after a minute. The context has no deadline;
// it ends with the task. Heartbeats are dropped. A task whose answer comes by its token
// waits for [Moment.SendTaskSuccess]. interpreter.StartExecution fails its task: script it.
func Resolver(r interpreter.Resolver) Option {
	return option(func(c *config) {
		if r == nil {
			c.addProblem("Resolver(nil): the resolver is nil")
			return
		}
		c.resolvers = append(c.resolvers, r)
	})
}

// handled is what a handler has told about its task.
type handled struct {
	sync.Mutex
	worker    string
	submitted bool
	response  any
}

func (h *handled) noteEvent(ev machine.Event) {
	h.Lock()
	defer h.Unlock()
	switch ev.Kind {
	case machine.TaskStarted:
		h.worker = ev.Worker
	case machine.TaskSubmitted:
		h.submitted, h.response = true, ev.Output
	}
}

// newHandledCall returns a task that a handler does.
func (r *runner) newHandledCall(c *machine.Command, i Invocation) *call {
	k := newCall(c, r.now, modifiers{}, nil, nil, false)
	k.handler = true
	command := *c
	k.function = newFunction(func(ctx context.Context) {
		var h handled
		ev, ok := interpreter.Perform(ctx, r.resolvers, interpreter.Work{
			Command: command, Token: i.Token, Execution: r.program.ExecutionArn(r.x.ID),
			Tell: h.noteEvent, Logger: slog.New(slog.DiscardHandler),
		})
		h.Lock()
		defer h.Unlock()
		k.worker, k.submitted, k.submit = h.worker, h.submitted, h.response
		switch {
		case !ok:
			k.hangs = true
		case ev.Kind == machine.TaskRefused:
			k.hangs, r.problem = true, r.explainUnscripted(i)
		case ev.Kind == machine.TaskSubmitted:
			k.hangs, k.submitted, k.submit = true, true, ev.Output
		case ev.Kind == machine.TaskFailed:
			k.failed = &thrown{orEmpty(ev.Error), orEmpty(ev.Cause)}
		default:
			k.output = ev.Output
		}
	}, 0)
	if r.random == nil {
		close(k.function.free)
		r.continueFunction(k)
	}
	return k
}

// finishFunctions runs all functions to their ends that pause.
func (w *world) finishFunctions() {
	for _, c := range w.log {
		if f := c.function; f != nil && f.begun() {
			f.finish()
			c.function = nil
		}
	}
}
