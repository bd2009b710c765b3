package machine

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/mapresult"
	"github.com/gostates/gostates/value"
)

// measureMapRunEvent checks an event of a Map Run and returns the size of its output.
func (p *Program) measureMapRunEvent(ev *Event) (size int, err error) {
	m := ev.MapRun
	if m == nil {
		switch ev.Kind {
		case ItemsRead, ChildEnded, MapRunUpdated, MapRunEnded:
			return 0, fmt.Errorf("%w: Event.MapRun is nil in %s", ErrValue, ev.Kind)
		}
	} else if len(m.Cursor) > MaxCursor || len(m.Receipt) > MaxCursor {
		return 0, fmt.Errorf("%w: Event.MapRun: the cursor or receipt is longer than %d bytes", ErrValue, MaxCursor)
	}
	switch ev.Kind {
	case ItemsRead:
		if m.Keys != nil && len(m.Keys) != len(m.Items) {
			return 0, fmt.Errorf("%w: Event.MapRun has %d Items and %d Keys", ErrValue, len(m.Items), len(m.Keys))
		}
		for i := range m.Items {
			if _, err := measureHostValue("Event.MapRun.Items", m.Items[i], value.MaxSize); err != nil {
				return 0, err
			}
		}
	case ChildEnded, MapRunEnded:
		if m.Status < Succeeded || m.Status > Aborted {
			return 0, fmt.Errorf("%w: Event.MapRun.Status is %s", ErrValue, m.Status)
		}
		return measureHostValue("Event.Output", ev.Output, p.limits.PayloadBytes)
	case ResultsWritten:
		return measureHostValue("Event.Output", ev.Output, p.limits.PayloadBytes)
	}
	return 0, nil
}

// mapRunOf returns the slot of the scope with a Map Run.
func (x *Execution) mapRunOf(t TaskID) (int32, bool) {
	slot := t.slotIndex()
	if slot >= int64(len(x.scopes)) {
		return 0, false
	}
	sc := &x.scopes[slot]
	return int32(slot), sc.runsMap() && sc.work.task == t
}

// AwaitsChild reports whether a Map Run waits for the end of a child: a host that carries
// out a StopChild after more Steps were made need not.
func (x *Execution) AwaitsChild(t TaskID, index int64) bool {
	slot, ok := x.mapRunOf(t)
	if !ok {
		return false
	}
	_, ok = slices.BinarySearchFunc(x.scopes[slot].work.run.open, index, compareIndex)
	return ok
}

// applyMapRunEvent applies an event to a Map Run. An event that does not fit is late.
func (s *step) applyMapRunEvent(ev *Event) {
	slot, ok := s.x.mapRunOf(ev.Task)
	if !ok {
		s.r.Late = true
		return
	}
	run := s.x.scopes[slot].work.run
	switch {
	case !s.changeMapRun(slot, run, ev):
		s.r.Late = true
	case ev.Kind == ResultsWritten, ev.Kind == MapRunEnded: // the run has ended
	default:
		if m := ev.MapRun; m != nil && m.Receipt != nil {
			run.receipt = append(run.receipt[:0], m.Receipt...)
		}
		s.fillMapRun(slot)
	}
}

// changeMapRun reports whether the event fits the Map Run.
func (s *step) changeMapRun(slot int32, run *mapRun, ev *Event) bool {
	if run.stage == stageDetached && ev.Kind != MapRunEnded {
		return false
	}
	switch ev.Kind {
	case ResultsOpened:
		if run.stage != stageOpening {
			return false
		}
		run.stage, run.unfinished = stageRunning, nil
	case ItemsRead:
		if !run.addItems(ev.MapRun) {
			return false
		}
		s.checkThreshold(slot, run)
	case ItemsFailed:
		if !run.asked {
			return false
		}
		run.asked, run.end = false, true
		run.unread = run.unread || run.lost == nil
		s.loseMapRun(slot, run, runFailure(ev, asl.StatesItemReaderFailed))
	case ResultsFailed:
		if run.unwritable || run.destination == nil {
			return false
		}
		run.unwritable = true
		run.anew = run.anew || ev.MapRun != nil && ev.MapRun.Lost
		s.loseMapRun(slot, run, runFailure(ev, asl.StatesResultWriterFailed))
		if len(run.open) == 0 {
			run.stage = stageStopping
		}
	case ChildEnded:
		return s.childEnded(slot, run, ev)
	case PendingWritten:
		if len(run.pending) == 0 {
			return false
		}
		run.pended += int64(len(run.pending))
		run.pending = nil
	case ResultsWritten:
		if run.stage != stageWriting {
			return false
		}
		if run.lost != nil {
			s.mapRunFailed(slot, run)
		} else {
			s.mapRunSucceeded(slot, run, ev.Output, nil)
		}
	case MapRunUpdated:
		s.updateMapRun(slot, run, ev.MapRun)
	case MapRunEnded:
		return s.endDetached(slot, run, ev)
	}
	return true
}

func runFailure(ev *Event, name string) *failure {
	if ev.Error == nil {
		return failureOf(&name, ev.Cause)
	}
	return failureOf(ev.Error, ev.Cause)
}

// addItems adds the items of an ItemsRead event, if it answers the latest ReadItems.
func (run *mapRun) addItems(m *MapRunEvent) bool {
	if !run.asked || m.Index != run.nextRead() {
		return false
	}
	run.asked = false
	if run.isSeeking() {
		run.seekItems(m)
		return true
	}
	n := len(m.Items)
	if most := run.source.Config.MaxItems; most > 0 {
		n = int(min(int64(n), most-run.read))
		run.end = run.read+int64(n) == most
	}
	run.read += int64(n)
	run.end = run.end || m.End
	run.cursor = bytes.Clone(m.Cursor)
	if n == 0 {
		return true
	}
	run.held, run.heldFrom = slices.Clone(m.Items[:n]), m.Source
	if run.heldKeys = nil; m.Keys != nil {
		run.heldKeys = slices.Clone(m.Keys[:n])
	}
	return true
}

// childEnded counts a child that has ended and keeps its result, unless there is a
// destination.
func (s *step) childEnded(slot int32, run *mapRun, ev *Event) bool {
	m := ev.MapRun
	at, ok := slices.BinarySearchFunc(run.open, m.Index, compareIndex)
	if !ok {
		return false
	}
	c := run.open[at]
	if at == 0 { // the usual case moves nothing
		run.open[0] = nil
		run.open = run.open[1:]
	} else {
		run.open = slices.Delete(run.open, at, at+1)
	}
	run.execs.add(m.Status, 1)
	run.items.add(m.Status, int64(c.Items))
	if run.destination == nil {
		s.keepResult(slot, run, c, ev)
	}
	s.rememberChild(run, c, m)
	s.checkThreshold(slot, run)
	return true
}

// checkThreshold makes a Map Run fail if too many items have failed.
func (s *step) checkThreshold(slot int32, run *mapRun) {
	failed := run.items.failed + run.items.timedOut
	if run.stage == stageRunning && run.isExceeded(failed, run.read, run.end) {
		s.loseMapRun(slot, run, newFailure(asl.StatesExceedToleratedFailureThreshold, "The specified tolerated failure threshold was exceeded"))
	}
}

func (s *step) updateMapRun(slot int32, run *mapRun, m *MapRunEvent) {
	if m.MaxConcurrency != nil {
		run.width = clampWidth(*m.MaxConcurrency, mostChildren)
	}
	if m.ToleratedFailureCount != nil {
		run.count, run.hasCount = max(*m.ToleratedFailureCount, 0), true
	}
	if m.ToleratedFailurePercentage != nil {
		run.percent, run.hasPercent = *m.ToleratedFailurePercentage, true
	}
	s.checkThreshold(slot, run)
}

// clampWidth returns how many may run at a time: 0 and negative numbers set no bound of
// their own.
func clampWidth(width, limit int64) int64 {
	if width <= 0 || width > limit {
		return limit
	}
	return width
}

// keepResult stores the result of a child, as long as all of them fit into a payload
// (docs/evidence.md#results-in-memory).
func (s *step) keepResult(slot int32, run *mapRun, c *Child, ev *Event) {
	if run.results == nil {
		return
	}
	d := s.p.states[s.x.scopes[slot].state].iterate.distributed
	result, size := ev.Output, s.size
	if ev.MapRun.Status != Succeeded || d.writer != nil && d.writer.config.Transformation == "NONE" {
		result = d.child.childRecord(c, ev)
		size, _ = value.MeasureWithin(result, s.p.limits.PayloadBytes)
	}
	run.results[c.Index] = result
	if run.resultBytes += size + 1; run.resultBytes > s.p.limits.PayloadBytes {
		run.results = nil
	}
}

// childRecord returns the record of a child.
func (p *Program) childRecord(c *Child, ev *Event) *value.Object {
	m := ev.MapRun
	r := mapresult.Record{
		Index:  c.Index,
		Status: mapresult.Status(m.Status.String()),
		Input:  c.Input, Output: ev.Output, Error: ev.Error, Cause: ev.Cause,
		Name: ExecutionName(c.ID), ExecutionArn: c.ID, StateMachineArn: p.options.StateMachineArn,
		Start: m.StartedAt, Stop: m.StoppedAt,
	}
	return r.Value()
}

// flattenResults opens the results that are arrays, by one level.
func flattenResults(results []any) []any {
	var flat []any
	for _, r := range results {
		if items, ok := r.([]any); ok {
			flat = append(flat, items...)
		} else {
			flat = append(flat, r)
		}
	}
	return flat
}
