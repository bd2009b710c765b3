package asltest

import (
	"errors"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// call is one task as the outside world works on it.
type call struct {
	id       machine.TaskID
	number   int
	state    string
	resource *machine.Resource
	input    any
	modifiers
	output    any
	failed    *thrown
	function  func() (any, *thrown) // gives output and failed; nil: they are known
	delay     time.Duration         // from the start until the function is called
	hangs     bool
	heartbeat time.Duration // how long it may live without one; 0: forever

	stage    stage
	start    int64 // when it may start
	began    int64
	nextBeat int64 // of a replay: the last one, or the start
	beats    int

	recorded *recordedTask // of a replay
}

// stage is what a call tells next.
type stage uint8

const (
	toSchedule stage = iota // activities only
	toStart
	toSubmit // where there is something to submit
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

// mocked is the call whose answer a mock configuration gives.
func mocked(c *machine.Command, now int64, output any, err error) *call {
	var failed *thrown
	hangs := errors.Is(err, interpreter.ErrResultPending)
	if err != nil && !hangs {
		failed = thrownBy(err)
		var named *asl.Error
		if !errors.As(err, &named) {
			failed.name = asl.StatesTaskFailed
		}
	}
	return newCall(c, now, modifiers{}, output, failed, hangs)
}

// when is the time at which the call tells something, or calls its function.
func (c *call) when() (int64, bool) {
	at, ok := c.tells()
	if c.function != nil && c.stage > toStart {
		if run := c.began + int64(c.delay); !ok || run < at {
			return run, true
		}
	}
	return at, ok
}

// run calls the function.
func (c *call) run() {
	if c.function != nil {
		c.output, c.failed = c.function()
		c.function = nil
	}
}

// tells is the time of what the call tells next.
func (c *call) tells() (int64, bool) {
	if c.recorded != nil {
		return c.recorded.when(c)
	}
	switch c.stage {
	case toSchedule, toStart:
		return c.start, true
	case toSubmit:
		return c.began, true
	case over:
		return 0, false
	}
	end := c.began + int64(c.after)
	if c.beat > 0 && (c.hangs || c.nextBeat < end) {
		return c.nextBeat, true
	}
	return end, !c.hangs
}

// before reports whether c comes before d, both being ready: starts come first,
// as AWS writes them.
func (c *call) before(d *call) bool {
	if c.recorded != nil && d.recorded != nil {
		return c.recorded.rank(c) < d.recorded.rank(d)
	}
	if starts := c.stage <= toStart; starts != (d.stage <= toStart) {
		return starts
	}
	a, _ := c.tells()
	b, _ := d.tells()
	if a != b {
		return a < b
	}
	return c.number < d.number
}

// take returns what the call tells next, and whether that is all.
func (c *call) take() (machine.Event, bool) {
	ev := machine.Event{Task: c.id}
	at, _ := c.tells()
	if c.recorded != nil {
		if beat, ok := c.recorded.nextBeat(c); ok {
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
		if c.resource.Pattern != machine.RequestResponse && (c.recorded == nil || c.recorded.submitted != nil) {
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
	if c.recorded == nil && c.beat > 0 && (c.hangs || c.nextBeat < c.began+int64(c.after)) {
		ev.Kind = machine.TaskHeartbeat
		c.nextBeat += int64(c.beat)
		c.beats++
		return ev, false
	}
	c.run()
	c.stage = over
	return c.end(ev), true
}

func (c *call) end(ev machine.Event) machine.Event {
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
