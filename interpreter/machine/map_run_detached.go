package machine

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
)

// mapRunPlace says where the Map Runs of a Program's executions run.
type mapRunPlace uint8

const (
	runsHere     mapRunPlace = iota
	runsDetached             // by DetachMapRun
	runsAlone                // the execution is a Map Run that was detached
)

// DetachingMapRuns returns a Program with the same [Program.Digest] whose executions do
// not run their Map Runs themselves: a Map Run has the one command DetachMapRun, and the
// one answer MapRunEnded. It is for a host that keeps executions small. An execution whose
// Map Runs were detached must not become one of p, or the other way round. A redrive
// begins with a new Map Run.
func (p *Program) DetachingMapRuns() *Program { return p.withMapRuns(runsDetached) }

// DetachedMapRun returns a Program with the same [Program.Digest] for the executions
// that [Program.DetachMapRun] returns, and for no others.
func (p *Program) DetachedMapRun() *Program {
	alone := p.withMapRuns(runsAlone)
	alone.timeout = 0 // that of the other execution counts
	return alone
}

func (p *Program) withMapRuns(place mapRunPlace) *Program {
	c := *p
	c.mapRuns = place
	return &c
}

// ErrNoDetachedMapRun: no DetachMapRun of this task is outstanding.
var ErrNoDetachedMapRun = errors.New("machine: no such detached Map Run")

// DetachMapRun returns an execution of [Program.DetachedMapRun] that is the Map Run of a
// DetachMapRun command of x, and nothing else. The host runs it as any other: it begins
// with the commands of [Program.Pending]. When it has ended, MapRunEnded tells x. Its
// Outcome is the result of the Map Run, or its error; the EndMapRun command says how the
// Map Run itself has ended. It makes no history events. At most maxConcurrency children
// run at a time.
func (p *Program) DetachMapRun(x *Execution, t TaskID, maxConcurrency int) (*Execution, error) {
	slot, ok := x.mapRunOf(t)
	if !ok || !p.runsExecution(x) || x.scopes[slot].work.run.stage != stageDetached {
		return nil, ErrNoDetachedMapRun
	}
	c := x.Clone()
	around := make([]bool, len(c.scopes)) // the scope of the Map Run and those around it
	for at := slot; at >= 0; at = c.scopes[at].parent {
		around[at] = true
	}
	c.free = none
	for i := range c.scopes {
		sc := &c.scopes[i]
		sc.timed, sc.next = false, none
		if !around[i] {
			*sc = scope{next: c.free, parent: none}
			c.free = int32(i)
		} else if sc.work != nil && sc.work.children != nil {
			k := sc.work.children
			k.results, k.ended = make([]any, len(k.results)), k.started-1
		}
	}
	c.marks.setMark(untimed, true)
	sum := sha256.Sum256(append(slices.Clone(c.TokenKey[:]), c.scopes[slot].work.run.uuid[:]...))
	c.Rand = [2]uint64{binary.BigEndian.Uint64(sum[:]), binary.BigEndian.Uint64(sum[8:])} // no value of x comes again
	run := c.scopes[slot].work.run
	run.width = min(run.width, int64(max(maxConcurrency, 1)))
	c.ready, c.last = none, none
	switch {
	case run.lost == nil && run.destination != nil:
		run.stage = stageOpening
		return c, nil
	case run.lost == nil:
		run.stage = stageRunning
	default:
		run.stage = stageStopping
	}
	c.scopes[slot].phase = phaseFill
	c.ready, c.last = slot, slot
	return c, nil
}

// endDetached applies MapRunEnded. It returns false if the Map Run was not detached.
func (s *step) endDetached(slot int32, run *mapRun, ev *Event) bool {
	if run.stage != stageDetached {
		return false
	}
	if ev.MapRun.Status == Succeeded {
		var failed *failure // of the state all the same, such as by the size of the result
		if ev.Error != nil || ev.Cause != nil {
			failed = failureOf(ev.Error, ev.Cause)
		}
		s.mapRunSucceeded(slot, run, ev.Output, failed)
		return true
	}
	run.lost, run.anew = failureOf(ev.Error, ev.Cause), true
	s.mapRunFailed(slot, run)
	return true
}

// endAlone ends an execution that is a Map Run. Without a failure it has the result.
func (s *step) endAlone(result any, f *failure) {
	x := s.x
	x.Status, x.Outcome = Succeeded, &Outcome{Output: result}
	if f != nil {
		x.Status, x.Outcome = Failed, &Outcome{Error: f.err, Cause: f.cause, State: f.state}
	}
	x.dropScopes()
	x.ready, x.last, x.free = none, none, none
	x.index = nil
	s.running = none
	s.r.Commands = append(s.r.Commands, Command{Kind: Complete, Item: none})
}
