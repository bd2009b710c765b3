package temporal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/mapresult"
	"github.com/gostates/gostates/intrinsics"
	"github.com/gostates/gostates/value"
)

// A Map Run is a child workflow, so that the execution with the Map state gets no more
// events for many items than for one. The core has the Map Run detached: see
// machine.Program.DetachMapRun. EXPRESS children are data in its workflow, STANDARD ones
// are child workflows of it. Items are read by activities.

// mostChildren is how many children of a Map Run run at a time.
const mostChildren = 100

// mostPayload is how large a payload may be. Temporal refuses those of 2 MB.
const mostPayload = 1_500_000

// mapRun is what the workflow of a Map Run has in addition.
type mapRun struct {
	run             *run
	children        []*hosted                     // EXPRESS, by index
	flows           map[int64]workflow.CancelFunc // of STANDARD children that run
	stopped         map[int64]string              // those that are stopped, with the causes
	saved           map[int64][]byte              // snapshots of children of an earlier run
	open, openBytes int                           // children, and what their inputs hold
	watched         []*watched
	calls           int                    // activities of the Map Run that run
	ended           *machine.MapRunCommand // EndMapRun
	abortCause      string                 // of the children, if it is aborted

	// Of a Map Run with a destination of its results.
	command *machine.MapRunCommand // the latest one; nil: none yet
	state   string                 // the Map state
	receipt []byte                 // of the latest results
	writing bool                   // an activity writes results
	broken  bool                   // nothing can be written any longer
	ends    []ending               // to be written
}

// startMapRun runs a Map Run as a child workflow.
func (h *hosted) startMapRun(c *machine.Command) {
	r := h.run
	x, err := h.program.DetachMapRun(h.x, c.Task, mostChildren)
	if err != nil {
		panic(err)
	}
	data, err := h.program.DetachedMapRun().Marshal(x)
	if err == nil {
		data, err = new(mapRun).marshal(data)
	}
	if err != nil {
		panic(err)
	}
	options, definition, err := splitDefinition(h.program)
	if err != nil {
		panic(err)
	}
	snapshot := compress(data)
	if len(snapshot) > mostSnapshot(definition) {
		h.post(failedMapRun(c.Task, asl.StatesDataLimitExceeded, "The state of the execution is too large for a Map Run on Temporal."))
		return
	}
	args := arguments{
		Options: options, Rules: h.x.Rules, TokenKey: make([]byte, 16),
		KeepHistory: r.args.KeepHistory, SearchState: r.args.SearchState, ContinueAfter: r.args.ContinueAfter,
	}
	o := r.childOptions(intrinsics.UUID([16]byte(derive(h.x.Token(c.Task), "name"))), c.State, h.program)
	r.sendBytes(len(definition.GetData()) + len(snapshot))
	ctx, cancel := workflow.WithCancel(r.ctx)
	h.tasks[c.Task] = cancel
	id := c.Task
	child := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, o), MapRunType, args, converter.NewRawValue(definition), snapshot)
	r.selector.AddFuture(child, func(f workflow.Future) {
		delete(h.tasks, id)
		var output converter.RawValue
		err := f.Get(r.ctx, &output)
		h.post(mapRunEnded(id, output, err))
	})
}

// childOptions returns the options of a child workflow that ends with this one.
func (r *run) childOptions(id, summary string, p *machine.Program) workflow.ChildWorkflowOptions {
	o := workflow.ChildWorkflowOptions{
		WorkflowID:            id,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		ParentClosePolicy:     enumspb.PARENT_CLOSE_POLICY_REQUEST_CANCEL,
		StaticSummary:         summary,
	}
	if r.args.SearchState {
		o.TypedSearchAttributes = temporal.NewSearchAttributes(machineAttribute.ValueSet(keyword(p.Options().StateMachineName)))
	}
	return o
}

func failedMapRun(id machine.TaskID, name, cause string) machine.Event {
	return machine.Event{Kind: machine.MapRunEnded, Task: id, Error: &name, Cause: &cause, MapRun: &machine.MapRunEvent{Status: machine.Failed}}
}

// mapRunEnded returns the event of a Map Run whose workflow has ended so.
func mapRunEnded(id machine.TaskID, output converter.RawValue, err error) machine.Event {
	status, o := outcomeOf(output, err)
	if status != machine.Succeeded && status != machine.Failed { // by hand
		cause := "The workflow of the Map Run was stopped."
		if o.Cause != nil {
			cause = *o.Cause
		}
		return failedMapRun(id, asl.StatesTaskFailed, cause)
	}
	ev := machine.Event{Kind: machine.MapRunEnded, Task: id, Output: o.Output, Error: o.Error, Cause: o.Cause, MapRun: &machine.MapRunEvent{Status: status}}
	var d result
	var failed *temporal.ApplicationError
	if errors.As(err, &failed) && failed.Details(&d) == nil && d.MapRun == machine.Succeeded.String() {
		ev.MapRun.Status = machine.Succeeded
	}
	return ev
}

// runMapRun is the workflow of a Map Run.
func (e *engine) runMapRun(ctx workflow.Context, args arguments, definition converter.RawValue, snapshot []byte) (converter.RawValue, error) {
	r := &run{engine: e, args: args, definition: definition}
	r.mapRun = &mapRun{run: r, flows: make(map[int64]workflow.CancelFunc), stopped: make(map[int64]string), saved: make(map[int64][]byte)}
	return e.runWorkflow(ctx, r, converter.RawValue{}, snapshot)
}

// marshal adds the rest of a Map Run to its snapshot.
func (m *mapRun) marshal(data []byte) ([]byte, error) {
	all := []byte{0}
	if m.broken {
		all[0] = 1
	}
	add := func(data []byte) {
		all = binary.AppendUvarint(all, uint64(len(data)))
		all = append(all, data...)
	}
	add(m.receipt)
	add(data)
	for _, h := range m.children {
		data, err := h.program.Marshal(h.x)
		if err != nil {
			return nil, err
		}
		all = binary.AppendUvarint(all, uint64(h.child.Index))
		add(data)
	}
	return all, nil
}

var errMapRunSnapshot = errors.New("temporal: the snapshot of the Map Run is corrupt")

// unmarshal reads what marshal has added, and returns the snapshot.
func (m *mapRun) unmarshal(all []byte) (data []byte, err error) {
	number := func() uint64 {
		v, n := binary.Uvarint(all)
		if n <= 0 {
			all, err = nil, errMapRunSnapshot
			return 0
		}
		all = all[n:]
		return v
	}
	next := func() []byte {
		n := number()
		if n > uint64(len(all)) {
			all, err = nil, errMapRunSnapshot
			return nil
		}
		b := all[:n:n]
		all = all[n:]
		return b
	}
	m.broken = number() > 0
	m.receipt, data = next(), next()
	for len(all) > 0 {
		index := int64(number())
		m.saved[index] = next()
	}
	return data, err
}

// restoreMapRun begins a Map Run, or continues that of an earlier run.
func (r *run) restoreMapRun(p *machine.Program, snapshot []byte) error {
	all, err := decompress(snapshot)
	if err != nil {
		panic(err)
	}
	data, err := r.mapRun.unmarshal(all)
	if err != nil {
		panic(err)
	}
	alone := p.DetachedMapRun()
	x, err := alone.Restore(data)
	if err != nil {
		panic(err) // such as other Rules: another worker may be able to
	}
	r.hosted = r.host(alone, x, nil)
	r.hosted.resume()
	return nil
}

// takeMapCommand takes a command of the Map Run.
func (r *run) takeMapCommand(c *machine.Command) {
	m := r.mapRun
	m.command, m.state = c.MapRun, c.State
	switch c.Kind {
	case machine.StartChild:
		m.open, m.openBytes = m.open+1, m.openBytes+value.Weight(c.Child.Input)
		if m.isData(c) {
			m.hostChild(c)
		} else {
			r.held = append(r.held, heldCommand{r.hosted, *c})
		}
	case machine.StopChild:
		m.stopChild(c)
	case machine.EndMapRun:
		m.abortCause = c.Cause
		m.ended = c.MapRun
	default:
		r.held = append(r.held, heldCommand{r.hosted, *c})
	}
}

// startMapCommand starts what a command of the Map Run asks for.
func (r *run) startMapCommand(c *machine.Command) {
	m := r.mapRun
	switch c.Kind {
	case machine.StartChild:
		m.startChild(c)
	case machine.ReadItems:
		m.readItems(c)
	case machine.OpenResults:
		m.openResults(c)
	case machine.WritePending:
		m.writePending(c)
	case machine.WriteResults:
		m.writeResults(c)
	}
}

// isData reports whether a child is data of this workflow. An input that does not fit
// into a payload makes a child fail at once.
func (m *mapRun) isData(c *machine.Command) bool {
	if c.MapRun.Program.Options().Express {
		return true
	}
	size, _ := value.MeasureWithin(c.Child.Input, mostPayload)
	return size > mostPayload
}

// childToken is the secret from which the seed and the token key of a child follow.
func (m *mapRun) childToken(c *machine.Command) string {
	return m.run.x.Token(c.MapRun.Begun) + "/" + strconv.FormatInt(c.Child.Index, 10)
}

func seedOf(token string) [2]uint64 {
	seed := derive(token, "seed")
	return [2]uint64{binary.BigEndian.Uint64(seed), binary.BigEndian.Uint64(seed[8:])}
}

func (m *mapRun) depth() uint8 { return uint8(min(int(m.run.x.Depth)+1, mostDepth)) }

// hostChild starts a child as data of this workflow, or continues that of an earlier run.
func (m *mapRun) hostChild(c *machine.Command) {
	r := m.run
	p := c.MapRun.Program.DetachingMapRuns()
	if data, ok := m.saved[c.Child.Index]; ok {
		delete(m.saved, c.Child.Index)
		x, err := p.Restore(data)
		if err != nil {
			panic(err)
		}
		h := r.host(p, x, c.Child)
		m.children = append(m.children, h)
		h.resume()
		return
	}
	token := m.childToken(c)
	start := machine.Start{
		ID: c.Child.ID, Input: c.Child.Input, Seed: seedOf(token), Rules: r.x.Rules, Depth: m.depth(),
		TokenID: workflow.GetInfo(r.ctx).WorkflowExecution.ID,
	}
	copy(start.TokenKey[:], derive(token, "key"))
	h := r.host(p, p.New(start), c.Child)
	m.children = append(m.children, h)
	h.post(machine.Event{Kind: machine.Started})
}

// childEnded tells the Map Run that a child has ended that was data.
func (r *run) childEnded(h *hosted) {
	r.mapRun.children = slices.DeleteFunc(r.mapRun.children, func(other *hosted) bool { return other == h })
	r.mapRun.tellEnd(h.child, h.x.Status, h.x.Outcome, time.Unix(0, h.x.StartedAt).UTC(), h.x.Time())
}

func (m *mapRun) tellEnd(c *machine.Child, status machine.Status, o *machine.Outcome, started, ended time.Time) {
	ev := machine.Event{Kind: machine.ChildEnded, Task: m.task(), MapRun: &machine.MapRunEvent{
		Index: c.Index, Status: status, StartedAt: started, StoppedAt: ended,
	}}
	m.open, m.openBytes = m.open-1, m.openBytes-value.Weight(c.Input)
	aborted := m.ended != nil
	switch {
	case aborted && (status == machine.Succeeded || m.command.Destination == nil): // as in an Interpreter
	case m.command.Destination == nil:
		ev.Output, ev.Error, ev.Cause = o.Output, o.Error, o.Cause
		m.run.hosted.post(ev)
	case m.broken:
		m.run.hosted.post(ev)
	default:
		record := recordValue(&mapresult.Record{
			Index: c.Index, Status: mapresult.Status(status.String()),
			Input: c.Input, Output: o.Output, Error: o.Error, Cause: o.Cause,
			ExecutionArn: c.ID, StateMachineArn: m.command.Program.Options().StateMachineArn, Start: started, Stop: ended,
		})
		size, _ := value.MeasureWithin(record, mostPayload)
		if size > mostPayload {
			m.tellTooLarge(ev.Task)
			m.run.hosted.post(ev)
			return
		}
		m.ends = append(m.ends, ending{ev, record, size})
	}
}

// task returns the Task of the Map Run.
func (m *mapRun) task() machine.TaskID {
	runs := m.run.program.MapRuns(m.run.x)
	if len(runs) == 0 { // it has ended
		return 0
	}
	return runs[0].Task
}

// startChild starts a child as a child workflow.
func (m *mapRun) startChild(c *machine.Command) {
	r := m.run
	p, k := c.MapRun.Program, c.Child
	options, definition, err := splitDefinition(p)
	if err != nil {
		panic(err)
	}
	token := m.childToken(c)
	args := arguments{
		Options: options, Rules: r.x.Rules, ID: k.ID, Seed: seedOf(token), TokenKey: derive(token, "key"), Depth: m.depth(),
		KeepHistory: r.args.KeepHistory, SearchState: r.args.SearchState, ContinueAfter: r.args.ContinueAfter,
	}
	o := r.childOptions(workflow.GetInfo(r.ctx).WorkflowExecution.ID+"/"+strconv.FormatInt(k.Index, 10), c.State, p)
	o.WaitForCancellation = true // it may end by itself
	input := rawValue(k.Input)
	r.sendBytes(len(definition.GetData()) + len(input.Payload().GetData()))
	ctx, cancel := workflow.WithCancel(r.ctx)
	m.flows[k.Index] = cancel
	started := workflow.Now(r.ctx)
	child := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, o), WorkflowType, args, converter.NewRawValue(definition), input, []byte(nil))
	r.selector.AddFuture(child.GetChildWorkflowExecution(), func(workflow.Future) { started = workflow.Now(r.ctx) })
	m.watch(child, func(f workflow.Future) {
		delete(m.flows, k.Index)
		var output converter.RawValue
		err := f.Get(r.ctx, &output)
		status, o := outcomeOf(output, err)
		if cause, ok := m.stopped[k.Index]; ok && status == machine.Aborted {
			o.Cause = &cause
		}
		delete(m.stopped, k.Index)
		m.tellEnd(k, status, o, started, workflow.Now(r.ctx))
	})
}

// stopChild stops a child that is a child workflow, or that has not been started.
func (m *mapRun) stopChild(c *machine.Command) {
	r := m.run
	if cancel, runs := m.flows[c.Child.Index]; runs {
		m.stopped[c.Child.Index] = c.Cause
		cancel()
		return
	}
	for i := range r.held {
		if held := &r.held[i]; held.Kind == machine.StartChild && held.Child.Index == c.Child.Index {
			r.held = slices.Delete(r.held, i, i+1)
			break
		}
	}
	for _, h := range m.children { // whose input is too large for a child workflow
		if h.child.Index == c.Child.Index {
			return
		}
	}
	if !r.x.AwaitsChild(c.Task, c.Child.Index) {
		return
	}
	now := workflow.Now(r.ctx)
	m.tellEnd(c.Child, machine.Aborted, &machine.Outcome{Cause: &c.Cause}, now, now)
}

// endMapRun ends the workflow of a Map Run.
func (r *run) endMapRun() (converter.RawValue, error) {
	m := r.mapRun
	status := machine.Failed // of one that has failed before it could say so
	if m.ended != nil {
		status = m.ended.Run.Status
	}
	if status == machine.Aborted {
		m.abort()
	}
	if m.command != nil && m.command.Destination != nil {
		m.write(removeResults, status, nil, func(_ any, failed *machine.Event) {
			if failed != nil {
				workflow.GetLogger(r.ctx).Warn("temporal: removing the work files of a Map Run failed", "mapRun", m.command.Arn, "error", orEmpty(failed.Cause))
			}
		})
		m.await(func() bool { return !m.writing })
	}
	if status == r.x.Status {
		return r.outcome("")
	}
	return r.outcome(status.String())
}

// abort stops all children of a Map Run that is aborted, and completes its results.
func (m *mapRun) abort() {
	r := m.run
	cause := m.abortCause
	for _, c := range m.ended.Open {
		if cancel, runs := m.flows[c.Index]; runs {
			m.stopped[c.Index] = cause
			cancel()
		}
	}
	for _, h := range slices.Clone(m.children) {
		h.step(&letter{to: h, event: machine.Event{Kind: machine.Stopped, Cause: &cause}})
	}
	if m.command.Destination == nil || m.broken {
		return
	}
	m.await(func() bool { return len(m.flows) == 0 && !m.writing }) // reading is given up
	now := workflow.Now(r.ctx)
	for i := range r.held {
		if c := &r.held[i]; c.of == r.hosted && c.Kind == machine.StartChild {
			m.tellEnd(c.Child, machine.Aborted, &machine.Outcome{Cause: &cause}, now, now)
		}
	}
	r.held = nil
	for len(m.ends) > 0 && !m.broken {
		m.flush()
		m.await(func() bool { return !m.writing })
	}
	if m.broken {
		return
	}
	m.write(closeResults, machine.Aborted, nil, func(_ any, failed *machine.Event) {
		if failed != nil {
			workflow.GetLogger(r.ctx).Warn("temporal: the results of an aborted Map Run are not complete", "mapRun", m.command.Arn, "error", orEmpty(failed.Cause))
		}
	})
	m.await(func() bool { return !m.writing })
}

// watched is an activity or a child workflow of the Map Run.
type watched struct {
	future workflow.Future
	ended  func(workflow.Future)
}

// watch has a function called at the end of an activity or a child workflow.
func (m *mapRun) watch(future workflow.Future, ended func(workflow.Future)) {
	w := &watched{future, ended}
	m.watched = append(m.watched, w)
	m.run.selector.AddFuture(future, func(workflow.Future) { m.callEnded(w) })
}

func (m *mapRun) callEnded(w *watched) {
	if i := slices.Index(m.watched, w); i >= 0 {
		m.watched = slices.Delete(m.watched, i, i+1)
		w.ended(w.future)
	}
}

// await waits for activities and child workflows, after the end. The selector is of no
// use then: the cancellation of the workflow is always ready.
func (m *mapRun) await(done func() bool) {
	ready := func() int {
		return slices.IndexFunc(m.watched, func(w *watched) bool { return w.future.IsReady() })
	}
	for !done() {
		_ = workflow.Await(m.run.ctx, func() bool { return ready() >= 0 }) // the context does not end
		m.callEnded(m.watched[ready()])
	}
}

func (r *run) describeMapRun() string {
	for _, d := range r.program.MapRuns(r.x) {
		n := &d.Executions
		return fmt.Sprintf("%s: %d running, %d succeeded, %d failed", d.State, n.Running, n.Succeeded, n.Failed+n.TimedOut+n.Aborted)
	}
	return ""
}
