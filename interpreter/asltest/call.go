package asltest

import (
	"time"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// call is one task attempt, as the simulated service sees it.
type call struct {
	id       machine.TaskID
	of       *runner
	number   int
	state    string
	resource *machine.Resource
	input    any
	modifiers
	output    any
	failed    *thrown
	function  *function // computes the answer; nil: it is known
	handler   bool      // of a Resolver
	submitted bool      // by its handler
	hangs     bool
	heartbeat time.Duration // the longest time without a heartbeat; 0: no limit

	event    uint32 // ID of the one that its start has made; 0: none yet
	stage    stage
	start    int64 // the earliest start, in Unix nanoseconds, as all times here
	began    int64
	nextBeat int64 // in a replay: the last heartbeat, or the start
	beats    int

	recorded *recordedTask // nil unless in a replay
}

// stage says which event a call sends next.
type stage uint8

const (
	toSchedule stage = iota // activities only
	toStart
	toSubmit // .sync and .waitForTaskToken only
	toEnd
	over
)

func newCall(c *machine.Command, now int64, m modifiers, output any, failed *thrown, hangs bool) *call {
	k := &call{
		id: c.Task, state: c.State, resource: c.Resource, input: c.Input,
		modifiers: m, output: output, failed: failed, hangs: hangs, heartbeat: c.Heartbeat,
		stage: toStart, start: now,
	}
	if c.Resource.Kind == machine.Activity {
		k.stage = toSchedule
	}
	return k
}

// readyAt returns the time at which the call sends its next event or calls its
// function, whichever is first.
func (c *call) readyAt() (int64, bool) {
	at, ok := c.nextEventAt()
	if c.function != nil && c.stage > toStart {
		if run := c.functionAt(); !ok || run < at {
			return run, true
		}
	}
	return at, ok
}

// functionAt returns the time from which on the function runs.
func (c *call) functionAt() int64 {
	if c.function.begun() {
		return c.began
	}
	return c.began + int64(c.function.delay)
}

// needsFunction reports whether the next event is an answer of the function.
func (c *call) needsFunction() bool {
	if c.function == nil || c.stage <= toStart {
		return false
	}
	return c.stage != toSubmit && !c.sendsHeartbeat() || c.handler
}

// sendsHeartbeat reports whether the next event is a heartbeat of a script.
func (c *call) sendsHeartbeat() bool {
	return c.stage == toEnd && c.recorded == nil && c.beat > 0 && (c.hangs || c.nextBeat < c.began+int64(c.after))
}

// nextEventAt returns the time of the call's next event. It is false if there will
// be none.
func (c *call) nextEventAt() (int64, bool) {
	if c.recorded != nil {
		return c.recorded.readyAt(c)
	}
	switch c.stage {
	case toSchedule, toStart:
		return c.start, true
	case toSubmit:
		return c.began, true
	case over:
		return 0, false
	}
	if c.sendsHeartbeat() {
		return c.nextBeat, true
	}
	return c.began + int64(c.after), !c.hangs
}

// precedes reports whether c comes before d if both are ready: starts come first,
// as on AWS.
func (c *call) precedes(d *call) bool {
	if c.recorded != nil && d.recorded != nil {
		return c.recorded.eventRank(c) < d.recorded.eventRank(d)
	}
	if starts := c.stage <= toStart; starts != (d.stage <= toStart) {
		return starts
	}
	a, _ := c.nextEventAt()
	b, _ := d.nextEventAt()
	if a != b {
		return a < b
	}
	return c.number < d.number
}

// takeEvent returns the call's next event, and whether it is the last one.
func (c *call) takeEvent() (machine.Event, bool) {
	ev := machine.Event{Task: c.id}
	at, _ := c.nextEventAt()
	if c.recorded != nil {
		if beat, ok := c.recorded.nextHeartbeat(c); ok {
			ev.Kind, c.nextBeat = machine.TaskHeartbeat, beat
			c.beats++
			return ev, false
		}
	}
	switch c.stage {
	case toSchedule:
		ev.Kind, c.stage = machine.TaskScheduled, toStart
		return ev, false
	case toStart:
		ev.Kind, ev.Worker = machine.TaskStarted, c.worker
		c.began = at
		c.nextBeat = at + int64(c.beat)
		c.stage = toEnd
		if c.resource.Pattern != machine.RequestResponse && c.submits() {
			c.stage = toSubmit
		}
		return ev, c.recorded != nil && c.recorded.ended == nil && c.stage == toEnd && c.heartbeat == 0
	case toSubmit:
		ev.Kind, ev.Output, c.stage = machine.TaskSubmitted, c.submit, toEnd
		if ev.Output == nil && c.recorded == nil {
			ev.Output = value.NewObject(0)
		}
		return ev, false
	}
	if c.sendsHeartbeat() {
		ev.Kind = machine.TaskHeartbeat
		c.nextBeat += int64(c.beat)
		c.beats++
		return ev, false
	}
	c.stage = over
	return c.resultEvent(ev), true
}

// submits reports whether a task that may have a TaskSubmitted event has one, or may
// still have.
func (c *call) submits() bool {
	switch {
	case c.recorded != nil:
		return c.recorded.submitted != nil
	case c.handler:
		return c.submitted || c.function != nil
	}
	return true
}

func (c *call) resultEvent(ev machine.Event) machine.Event {
	switch {
	case c.recorded != nil && c.recorded.failure != nil:
		ev.Kind, ev.Error, ev.Cause = machine.TaskFailed, c.recorded.failure.Error, c.recorded.failure.Cause
	case c.failed != nil:
		ev.Kind, ev.Error, ev.Cause = machine.TaskFailed, &c.failed.name, &c.failed.cause
	default:
		ev.Kind, ev.Output = machine.TaskSucceeded, c.output
	}
	return ev
}
