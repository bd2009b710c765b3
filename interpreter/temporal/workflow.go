package temporal

import (
	"cmp"
	"fmt"
	"strings"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
)

// run is one run of a workflow: a host of a machine.Execution, and of the children of a
// Map Run. One goroutine of the workflow steps them; those of updates leave their events
// in the mail.
type run struct {
	*hosted    // the execution of the workflow
	engine     *engine
	ctx        workflow.Context // does not end when the workflow is cancelled
	args       arguments
	definition converter.RawValue
	r          machine.Result
	mapRun     *mapRun // that the execution is; nil: it is a whole one

	mail     []*letter
	wake     workflow.Channel // has a message if there is mail from an update
	selector workflow.Selector
	held     []heldCommand // what is to start
	timers   timers
	history  eventLog
	limits   runLimits
	moved    bool // a Step of this run has changed an execution
	work     work
	shown    string // the search attribute of the state
}

// hosted is an execution that a run steps.
type hosted struct {
	run     *run
	program *machine.Program
	x       *machine.Execution
	child   *machine.Child                         // of the Map Run; nil: the workflow's own
	tasks   map[machine.TaskID]workflow.CancelFunc // that run as activities or child workflows
	yielded bool                                   // the last Step has given way, and must be continued by a Tick
}

func (r *run) host(p *machine.Program, x *machine.Execution, c *machine.Child) *hosted {
	return &hosted{run: r, program: p, x: x, child: c, tasks: make(map[machine.TaskID]workflow.CancelFunc)}
}

// executions returns the execution of the workflow and the children of its Map Run, in
// order.
func (r *run) executions() []*hosted {
	all := []*hosted{r.hosted}
	if r.mapRun != nil {
		all = append(all, r.mapRun.children...)
	}
	return all
}

// yielded returns the executions whose last Step has given way.
func (r *run) yielded() []*hosted {
	var all []*hosted
	for _, h := range r.executions() {
		if h.yielded {
			all = append(all, h)
		}
	}
	return all
}

// inFlight returns the number of activities and child workflows that run.
func (r *run) inFlight() int {
	n := 0
	for _, h := range r.executions() {
		n += len(h.tasks)
	}
	if m := r.mapRun; m != nil {
		n += len(m.flows) + m.calls + len(m.ends)
	}
	return n
}

// heldCommand is a command of an execution that starts something.
type heldCommand struct {
	of *hosted
	machine.Command
}

// letter is an event for an execution. applied and late are for those who wait.
type letter struct {
	to            *hosted
	event         machine.Event
	applied, late bool
}

// runExecution is the workflow of an execution.
func (e *engine) runExecution(ctx workflow.Context, args arguments, definition, input converter.RawValue, snapshot []byte) (converter.RawValue, error) {
	return e.runWorkflow(ctx, &run{engine: e, args: args, definition: definition}, input, snapshot)
}

func (e *engine) runWorkflow(ctx workflow.Context, r *run, input converter.RawValue, snapshot []byte) (converter.RawValue, error) {
	r.hosted = new(hosted) // until it begins
	r.ctx, _ = workflow.NewDisconnectedContext(ctx)
	if err := r.answerQueries(); err != nil {
		return converter.RawValue{}, err
	}
	if err := r.begin(input, snapshot); err != nil {
		return converter.RawValue{}, err
	}
	if err := r.listen(ctx); err != nil { // handles updates that have come before
		return converter.RawValue{}, err
	}
	if err := r.drive(); err != nil {
		return converter.RawValue{}, err
	}
	return r.endWorkflow()
}

// begin makes the execution, or restores it. A worker that cannot continue the
// execution panics, so that the workflow task is tried again by another worker.
func (r *run) begin(input converter.RawValue, snapshot []byte) error {
	p, err := r.engine.programs.compile(r.args.Options, r.definition.Payload())
	if err != nil {
		panic(err)
	}
	if len(snapshot) == 0 {
		r.drawMissing()
	}
	if r.args.Rules > r.engine.rules {
		panic(fmt.Sprintf("temporal: the execution runs by version %d of the rules, and this worker knows those up to %d: it needs a worker with a newer version of this module",
			r.args.Rules, r.engine.rules))
	}
	r.r.MaxTransitions = mostTransitions
	r.history.first = max(1, r.args.FirstEvent)
	if r.mapRun != nil {
		return r.restoreMapRun(p, snapshot)
	}
	p = p.DetachingMapRuns()
	if len(snapshot) > 0 {
		return r.restore(p, snapshot)
	}
	in, err := parsePayload(input.Payload())
	if err != nil {
		return applicationError(err.Error(), asl.StatesRuntime, result{Status: machine.Failed.String(), Error: ptr(asl.StatesRuntime), Cause: ptr(err.Error())})
	}
	id := workflow.GetInfo(r.ctx).WorkflowExecution.ID
	start := machine.Start{ID: cmp.Or(r.args.ID, id), Input: in, Seed: r.args.Seed, TokenID: id, Rules: r.args.Rules, Depth: r.args.Depth, Synchronous: r.args.Synchronous}
	copy(start.TokenKey[:], r.args.TokenKey)
	r.hosted = r.host(p, p.New(start), nil)
	r.post(machine.Event{Kind: machine.Started})
	return nil
}

// drive steps the execution until it ends. An error ends the run: that with which the
// workflow continues as new, or that of an execution that cannot.
func (r *run) drive() error {
	for {
		for len(r.mail) > 0 && r.work.turn < mostTurnWork {
			l := r.mail[0]
			r.mail = r.mail[1:]
			l.to.step(l)
			if l.to.yielded {
				break
			}
		}
		if r.x.Status != machine.Running {
			return nil
		}
		if r.mapRun != nil {
			r.mapRun.flush()
		}
		hold, err := r.continueAsNew()
		if err != nil {
			return err
		}
		if !hold {
			r.startHeld()
		}
		yielded := r.yielded()
		if len(yielded) > 0 || r.work.turn >= mostTurnWork {
			r.giveWay()
		}
		if !hold {
			for _, h := range yielded {
				h.yielded = false
				h.post(machine.Event{Kind: machine.Tick})
			}
		}
		if len(r.mail) == 0 {
			r.showWhere()
			r.setTimer()
			r.selector.Select(r.ctx)
		} else if r.selector.HasPending() { // an execution that never waits sees it all the same
			r.selector.Select(r.ctx)
		}
	}
}

// post leaves an event in the mail.
func (h *hosted) post(ev machine.Event) {
	h.run.mail = append(h.run.mail, &letter{to: h, event: ev})
}

func (h *hosted) step(l *letter) {
	r, seq := h.run, h.x.Seq
	r.r.History = r.args.KeepHistory && h == r.hosted && r.mapRun == nil
	if err := h.program.Step(h.x, l.event, workflow.Now(r.ctx), &r.r); err != nil {
		panic(fmt.Errorf("temporal: stepping the execution: %w", err)) // another worker may be able to
	}
	l.applied, l.late, r.moved, h.yielded = true, r.r.Late, true, false
	r.countWork(int(h.x.Seq - seq))
	r.history.addEvents(r.r.Events)
	for i := range r.r.Commands {
		switch c := r.r.Commands[i]; c.Kind {
		case machine.StartTask, machine.DetachMapRun:
			r.held = append(r.held, heldCommand{h, c})
		case machine.CancelTask:
			h.cancelTask(c.Task)
		case machine.EndMapRun:
			if h != r.hosted || r.mapRun == nil {
				h.cancelTask(c.Task) // of one that is aborted
				break
			}
			r.takeMapCommand(&c)
		case machine.Yield:
			h.yielded = true
		case machine.Complete:
			if h.child != nil {
				r.childEnded(h)
			}
		default:
			r.takeMapCommand(&c)
		}
	}
}

// showWhere shows the states in which the execution stands.
func (r *run) showWhere() {
	if r.mapRun != nil {
		workflow.SetCurrentDetails(r.ctx, r.describeMapRun())
		return
	}
	names := strings.Join(r.program.Where(r.x), ", ")
	workflow.SetCurrentDetails(r.ctx, names)
	r.upsertState(names)
}
