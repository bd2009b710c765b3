package machine

import (
	"bytes"
	"slices"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/value"
)

// mapRun is a running Map Run: what a Map state in DISTRIBUTED mode does. With a
// destination for its results, it does not grow with the items. Items are read when
// their children can start, so that a snapshot has none that are waiting, apart from
// a few of a batch.
type mapRun struct {
	uuid      [16]byte
	arn       string         // derived from uuid
	shared    *MapRunCommand // of the commands about children; made when it is needed
	input     any            // effective input of the state: $ of ItemSelector
	batchIn   any            // BatchInput, evaluated
	startedAt int64
	stage     runStage

	// Items.
	data   any         // the array or object with the items; nil with a source
	source *ItemSource // nil: data
	position
	asked bool // ReadItems is outstanding

	// Batches. 0 means no limit of the state's own.
	perBatch   int64
	batchLimit int // bytes

	// Children.
	width   int64
	started int64    // children
	open    []*Child // running, in order of their index
	pending []Child  // of WritePending, which is outstanding
	pended  int64    // children that PendingWritten was received for

	tolerance
	items, execs endedCounts
	lost         *failure // the run fails once its children have ended

	attempts

	// Results.
	destination *ResultDestination // nil: results
	receipt     []byte
	results     []any // by child
	resultBytes int   // of results; above Limits.PayloadBytes, results is nil
	unwritable  bool  // ResultsFailed was received
}

// position is how far the items of a Map Run have come.
type position struct {
	cursor     []byte   // of the latest ItemsRead
	read       int64    // items read, or all of data
	taken      int64    // items that are in a child or in batch
	end        bool     // there are no more than those read
	held       []any    // items read and not taken
	heldKeys   []string // of held; nil: none
	heldFrom   string   // Source of held
	batch      []any
	batchBytes int
}

type runStage uint8

const (
	stageOpening  runStage = iota // wait for ResultsOpened
	stageRunning                  // start children
	stageStopping                 // the run has failed: wait for children
	stageDraining                 // write the items that were never started
	stageWriting                  // wait for ResultsWritten
	stageDetached                 // another execution does all this: wait for MapRunEnded
)

// tolerance is how many failed items a Map Run accepts.
type tolerance struct {
	count                int64
	percent              float64
	hasCount, hasPercent bool
}

// isExceeded reports whether too many items have failed. The percentage counts only if
// the total is known. Without limits, no failure is tolerated.
func (t *tolerance) isExceeded(failed, total int64, known bool) bool {
	if (t.hasCount || !t.hasPercent) && failed > t.count {
		return true
	}
	return t.hasPercent && known && float64(failed)*100 > t.percent*float64(total)
}

// endedCounts counts items or children that have ended.
type endedCounts struct{ succeeded, failed, timedOut, aborted int64 }

func (c *endedCounts) add(status Status, n int64) {
	switch status {
	case Succeeded:
		c.succeeded += n
	case Failed:
		c.failed += n
	case TimedOut:
		c.timedOut += n
	case Aborted:
		c.aborted += n
	}
}

func (c *endedCounts) sum() int64 { return c.succeeded + c.failed + c.timedOut + c.aborted }

// runsMap reports whether the scope has a Map Run.
func (sc *scope) runsMap() bool { return sc.phase == phaseMapRun || sc.phase == phaseFill }

// mostChildren is AWS's limit on concurrent children of a Map Run.
const mostChildren = 10_000

// startMapRun evaluates the fields that the Map Run needs, and starts it.
func (s *step) startMapRun(slot int32, sc *scope, st *state, run *mapRun) {
	d := st.iterate.distributed
	maxItems, failed := s.prepareMapRun(slot, d, run)
	if failed != nil {
		s.failState(slot, failed)
		return
	}
	run.uuid = s.randomUUID()
	run.arn = d.runArn + formatUUID(run.uuid)
	run.startedAt, run.stateID = s.now, sc.prev
	sc.prev = s.addEvent(history.Event{Type: history.MapRunStarted, Previous: sc.prev, Name: run.arn})
	sc.childID = sc.prev
	w := sc.ensureWork()
	w.task, w.run = taskID(s.x.Seq, slot), run
	sc.phase = phaseMapRun
	switch {
	case maxItems < 0:
		run.stage = stageStopping
		run.lost = newFailure(asl.StatesItemReaderFailed, "field MaxItems must be positive")
		run.anew = true
		run.end = run.end || s.x.Rules >= mapRunRedrives // by rules 1 all items are read, and written as pending
	case s.p.mapRuns == runsDetached:
	case run.destination != nil:
		s.commandRun(slot, OpenResults)
		return
	default:
		run.stage = stageRunning
	}
	if s.p.mapRuns == runsDetached {
		run.stage = stageDetached
		s.commandRun(slot, DetachMapRun)
		return
	}
	s.continueScope(slot, phaseFill)
}

// prepareMapRun evaluates the fields of reader, batcher and writer.
func (s *step) prepareMapRun(slot int32, d *distributed, run *mapRun) (maxItems int64, failed *failure) {
	if d.reader != nil {
		if maxItems, failed = s.evalIntegerField(slot, &d.reader.maxItems, run.input); failed != nil {
			return 0, failed
		}
		maxItems = min(maxItems, mostItems)
		run.source = &ItemSource{Resource: d.reader.resource, Config: d.reader.config}
		run.source.Config.MaxItems = max(maxItems, 0)
	}
	if d.batcher != nil {
		if failed = s.prepareBatches(slot, d.batcher, run); failed != nil {
			return 0, failed
		}
	}
	if d.reader != nil && d.reader.parameters != nil {
		if run.source.Parameters, failed = d.reader.parameters.evaluate(s, slot, run.input); failed != nil {
			return 0, failed
		}
	}
	if d.writer != nil && d.writer.resource != "" {
		run.destination = &ResultDestination{Resource: d.writer.resource, Config: d.writer.config}
		if d.writer.parameters != nil {
			if run.destination.Parameters, failed = d.writer.parameters.evaluate(s, slot, run.input); failed != nil {
				return 0, failed
			}
		}
	}
	if d.batcher != nil && d.batcher.input != nil {
		run.batchIn, failed = d.batcher.input.evaluate(s, slot, run.input)
	}
	return maxItems, failed
}

// mostItems is AWS's limit on the items of a Map Run.
const mostItems = 100_000_000

// advanceMapRun does what a Map Run can do without an event. It returns false if the
// budget of the Step is used up.
func (s *step) advanceMapRun(slot int32) bool {
	sc := &s.x.scopes[slot]
	run := sc.work.run
	if run.stage == stageRunning {
		if !s.startChildren(slot, run) {
			return false
		}
		if run.lost == nil && run.isComplete() {
			s.completeMapRun(slot, run)
			return true
		}
	}
	if run.stage == stageStopping && len(run.open) == 0 {
		if run.destination == nil || run.unwritable {
			s.mapRunFailed(slot, run)
			return true
		}
		run.stage = stageDraining
		s.rememberRest(run)
	}
	if run.stage == stageDraining && !s.drainItems(slot, run) {
		return false
	}
	if s.x.Status != Running {
		return true
	}
	if sc := &s.x.scopes[slot]; sc.phase == phaseFill {
		sc.phase = phaseMapRun
	}
	return true
}

// isComplete reports whether all items have been processed.
func (run *mapRun) isComplete() bool {
	return run.end && len(run.again) == 0 && len(run.held) == 0 && run.taken == run.read && len(run.batch) == 0 && len(run.open) == 0
}

// completeMapRun ends a Map Run whose children have all ended, or writes its results
// first.
func (s *step) completeMapRun(slot int32, run *mapRun) {
	if run.destination != nil {
		s.writeResults(slot, run)
		s.x.scopes[slot].phase = phaseMapRun
		return
	}
	if run.resultBytes > s.p.limits.PayloadBytes {
		s.mapRunSucceeded(slot, run, nil, sizeFailure(s.p.states[s.x.scopes[slot].state].name))
		return
	}
	results := run.results
	if d := s.p.states[s.x.scopes[slot].state].iterate.distributed; d.flattens() {
		results = flattenResults(results)
	}
	if results == nil {
		results = []any{}
	}
	s.mapRunSucceeded(slot, run, results, nil)
}

func (s *step) writeResults(slot int32, run *mapRun) {
	run.stage = stageWriting
	s.commandRun(slot, WriteResults)
}

// mapRunSucceeded ends a Map Run and leaves its state. MapStateExited has the same
// previous event as MapRunSucceeded (docs/evidence.md#map-run-exit).
func (s *step) mapRunSucceeded(slot int32, run *mapRun, result any, failed *failure) {
	s.endMapRun(slot, Succeeded)
	if s.p.mapRuns == runsAlone {
		s.endAlone(result, failed)
		return
	}
	sc := &s.x.scopes[slot]
	st := &s.p.states[sc.state]
	sc.phase = phaseFree
	s.beginTurn()
	sc.prev = s.addEvent(history.Event{Type: history.MapRunSucceeded, Previous: sc.childID})
	sc.prev = s.addEvent(history.Event{Type: history.MapStateSucceeded, Previous: sc.prev})
	if failed != nil {
		s.failState(slot, failed)
		return
	}
	s.meter.Made = int64(value.Weight(result))
	output, assigned, failed := s.stateOutput(slot, result)
	if failed != nil {
		s.failState(slot, failed)
		return
	}
	sc.prev = sc.childID
	s.exitState(slot, output, assigned, st.next)
}

// mapRunFailed ends a Map Run whose children have ended, and fails its state.
func (s *step) mapRunFailed(slot int32, run *mapRun) {
	s.endMapRun(slot, Failed)
	if s.p.mapRuns == runsAlone {
		s.endAlone(nil, run.lost)
		return
	}
	sc := &s.x.scopes[slot]
	sc.phase = phaseFree
	s.beginTurn()
	f := run.lost
	sc.prev = s.addEvent(history.Event{
		Type: history.MapRunFailed, Previous: sc.prev, Detail: &history.Failure{Error: f.err, Cause: f.cause},
	})
	if f.match == asl.StatesRuntime && s.x.Rules >= mapRunRedrives { // others have it from failState
		sc.prev = s.addEvent(history.Event{Type: history.MapStateFailed, Previous: sc.prev})
	}
	s.failState(slot, f)
}

// endMapRun tells the host that a Map Run has ended. It stays in its scope, for a
// redrive, unless it has succeeded.
func (s *step) endMapRun(slot int32, status Status) {
	sc := &s.x.scopes[slot]
	w := sc.work
	w.run.returnChildren()
	c := s.commandRun(slot, EndMapRun)
	c.Run = s.describeMapRun(slot)
	c.Run.finish(status, s.now)
	c.Unwritten = w.run.unwritable
	switch status {
	case Aborted:
		s.r.Commands[len(s.r.Commands)-1].Cause = abortedCause(c.Arn)
		c.Receipt, c.Open = bytes.Clone(w.run.receipt), slices.Clone(w.run.open)
		w.run.aborted = true
		w.run.anew = w.run.anew || w.run.stage == stageDetached
		sc.phase = phaseEndedRun
	case Succeeded:
		w.run = nil
	}
	w.task = 0
}

// abortedCause is the cause of children that their Map Run aborts.
func abortedCause(arn string) string {
	return "The map run execution [" + arn + "] which was managing this resource was aborted"
}

// commandRun adds a command of a Map Run, and returns what the caller may complete.
func (s *step) commandRun(slot int32, kind CommandKind) *MapRunCommand {
	sc := &s.x.scopes[slot]
	st, run := &s.p.states[sc.state], sc.work.run
	c := &MapRunCommand{Arn: run.arn, Program: st.iterate.distributed.child, Begun: run.begunTask(sc.work.task), Redrives: run.redrives, Destination: run.destination}
	switch kind {
	case OpenResults:
		c.Unfinished = run.unfinished
	case ReadItems:
		c.Source, c.First, c.Cursor = run.source, run.nextRead(), run.cursor
		c.MaxItems, c.MaxBytes = run.wantedItems(), run.wantedBytes()
	case WritePending:
		c.Pending = run.pending
	case WriteResults:
		status := Succeeded
		if run.lost != nil {
			status = Failed
		}
		c.Run = s.describeMapRun(slot)
		c.Run.finish(status, s.now)
	}
	s.r.Commands = append(s.r.Commands, Command{
		Kind: kind, Task: sc.work.task, State: st.name, Item: s.itemIndex(slot), MapRun: c,
	})
	return c
}

// commandChild adds a command about a child. All of a Map Run have the same
// MapRunCommand.
func (s *step) commandChild(slot int32, kind CommandKind, c *Child) {
	sc := &s.x.scopes[slot]
	st, run := &s.p.states[sc.state], sc.work.run
	if run.shared == nil {
		run.shared = &MapRunCommand{Arn: run.arn, Program: st.iterate.distributed.child, Begun: run.begunTask(sc.work.task), Redrives: run.redrives, Destination: run.destination}
	}
	command := Command{Kind: kind, Task: sc.work.task, State: st.name, Item: s.itemIndex(slot), MapRun: run.shared, Child: c}
	if kind == StopChild {
		command.Cause = abortedCause(run.arn)
	}
	s.r.Commands = append(s.r.Commands, command)
}

// MapRuns describes the Map Runs of an execution that have not ended. EndMapRun
// describes one that has.
func (p *Program) MapRuns(x *Execution) []MapRun {
	if !p.runsExecution(x) || x.Status != Running {
		return nil
	}
	s := step{p: p, x: x}
	var runs []MapRun
	for i := range x.scopes {
		if x.scopes[i].runsMap() {
			runs = append(runs, *s.describeMapRun(int32(i)))
		}
	}
	return runs
}

func (s *step) describeMapRun(slot int32) *MapRun {
	sc := &s.x.scopes[slot]
	run := sc.work.run
	r := &MapRun{
		Task:           sc.work.task,
		State:          s.p.states[sc.state].name,
		Arn:            run.arn,
		StartedAt:      time.Unix(0, run.startedAt).UTC(),
		MaxConcurrency: run.width,

		ToleratedFailureCount:      run.count,
		ToleratedFailurePercentage: run.percent,

		Items:      run.items.describe(),
		Executions: run.execs.describe(),
	}
	for _, c := range run.open {
		r.Items.Running += int64(c.Items)
	}
	r.Executions.Running = int64(len(run.open))
	for _, c := range run.again {
		r.Items.PendingRedrive += int64(c.Items)
	}
	r.Executions.PendingRedrive = int64(len(run.again))
	r.Items.FailuresNotRedrivable, r.Executions.FailuresNotRedrivable = run.stuckItems, run.stuckExecs
	r.Items.Total = max(run.read, run.known)
	r.Items.Pending = r.Items.Total - run.items.sum() - r.Items.Running - r.Items.PendingRedrive
	r.Executions.Pending = run.pended + int64(len(run.pending)) + run.batchesOf(r.Items.Total-run.taken+int64(len(run.batch)))
	r.Executions.Total = run.execs.sum() + r.Executions.Running + r.Executions.Pending + r.Executions.PendingRedrive
	r.Redrives, r.RedrivenAt = run.redrives, run.redrivenTime()
	return r
}

func (c *endedCounts) describe() MapRunCounts {
	return MapRunCounts{Succeeded: c.succeeded, Failed: c.failed, TimedOut: c.timedOut, Aborted: c.aborted, ResultsWritten: c.sum()}
}

// finish sets how a Map Run has ended. Then the items that were never started have
// been written too, unless it was aborted.
func (r *MapRun) finish(status Status, now int64) {
	r.Status, r.StoppedAt = status, time.Unix(0, now).UTC()
	for _, c := range []*MapRunCounts{&r.Items, &r.Executions} {
		if status == Aborted {
			c.Running, c.Aborted = 0, c.Aborted+c.Running
		}
	}
	if status != Aborted {
		r.Items.ResultsWritten, r.Executions.ResultsWritten = r.Items.Total, r.Executions.Total
	}
}

// batchesOf returns in how many children so many items will be. It is an estimate if
// the bytes of a batch are limited.
func (run *mapRun) batchesOf(items int64) int64 {
	switch {
	case items == 0 || run.batchLimit == 0:
		return items
	case run.perBatch == 0:
		return 1
	}
	return (items + run.perBatch - 1) / run.perBatch
}

// repeatMapRun adds the outstanding commands of a Map Run.
func (s *step) repeatMapRun(slot int32) {
	sc := &s.x.scopes[slot]
	d, run := s.p.states[sc.state].iterate.distributed, sc.work.run
	first := len(s.r.Commands)
	switch run.stage {
	case stageOpening:
		s.commandRun(slot, OpenResults)
	case stageDetached:
		s.commandRun(slot, DetachMapRun)
	}
	for _, c := range run.open {
		kind := c.kind()
		if run.lost != nil && !d.child.options.Express {
			kind = StopChild
		}
		s.commandChild(slot, kind, c)
	}
	switch {
	case run.asked:
		s.commandRun(slot, ReadItems)
	case len(run.pending) > 0:
		s.commandRun(slot, WritePending)
	case run.stage == stageWriting:
		s.commandRun(slot, WriteResults)
	}
	for i := range s.r.Commands[first:] {
		c := &s.r.Commands[first+i]
		with := *c.MapRun
		with.Receipt = bytes.Clone(run.receipt)
		c.MapRun = &with
	}
}

func (run *mapRun) clone() *mapRun {
	if run == nil {
		return nil
	}
	c := *run
	c.held, c.heldKeys = slices.Clone(run.held), slices.Clone(run.heldKeys)
	c.batch = slices.Clone(run.batch)
	c.open = slices.Clone(run.open)
	c.attempts = run.attempts.clone()
	c.receipt = bytes.Clone(run.receipt)
	c.results = slices.Clone(run.results)
	return &c
}
