package interpreter

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/machine"
)

// stepExecution applies one event, records its history, and then executes its
// commands. The error says why the event was not applied or not recorded.
func (d *driver) stepExecution(e *Execution, ev *machine.Event) error {
	if e.drivingEnded() {
		return e.drivingEndedError()
	}
	now, err := d.stepTime(e)
	if err != nil {
		e.haltExecution(err, false)
		return err
	}
	if e.stored != nil && ev.Kind == machine.Started && e.stored.version == 0 {
		d.openGroup(e)
		d.record.AddStart(&e.x)
	}
	d.r.History = e.wantsHistory()
	e.beginTrail()
	d.working = e
	var applied *machine.Event
	if e.isWatched() {
		applied, err = e.stepWatched(ev, now, &d.r)
	} else {
		applied = e.preferStop(ev)
		err = e.program.Load().Step(&e.x, *applied, now, &d.r)
	}
	d.working = nil
	if err != nil {
		e.haltExecution(err, false)
		return err
	}
	late := d.r.Late || applied.Kind != ev.Kind
	if e.stored != nil {
		d.addToGroup(e, applied)
	} else if len(d.r.Events) > 0 {
		if torn, err := d.recordHistory(e, d.r.Events); err != nil {
			e.haltExecution(err, torn)
			return err
		}
	}
	if d.dropsCommands { // Pending makes those of what is outstanding
		d.r.Commands = slices.DeleteFunc(d.r.Commands, func(c machine.Command) bool { return c.Kind != machine.EndMapRun })
	}
	d.executeCommands(e)
	if late {
		return ErrTaskTimedOut
	}
	return nil
}

// checkMeanwhile gives a Step in progress the time and the Stopped event that ends
// the execution now: one in the mail, or the end of the caller's context.
func (d *driver) checkMeanwhile() (at time.Time, stopped *machine.Event) {
	e := d.working
	if m := e.extras.Load(); m != nil {
		stopped = m.stop.Load()
	}
	if stopped == nil && d.stopWithContext && d.callerContext.Err() != nil {
		stopped = stoppedByContext(d.callerContext)
	}
	at, err := e.in.currentTimeInStep(d)
	if err != nil {
		return e.x.Time(), stopped // stepTime reports the error
	}
	return at, stopped
}

// stepTime returns the time for a Step.
func (d *driver) stepTime(e *Execution) (now time.Time, err error) {
	d.hook = hookClock
	now, err = e.in.currentTime()
	d.hook = ""
	if err != nil {
		err = e.wrapHookError("", "", err)
	}
	return now, err
}

// isWatched reports whether a hook may take a Snapshot of the execution while it is
// driven.
func (e *Execution) isWatched() bool {
	if e.in.foreignHooks {
		return true
	}
	m := e.extras.Load()
	return m != nil && (m.sink != nil || e.originOf().resolver != nil)
}

// stepWatched makes a Step and excludes Snapshots of hooks meanwhile. It returns the
// event that was applied.
func (e *Execution) stepWatched(ev *machine.Event, now time.Time, r *machine.Result) (applied *machine.Event, err error) {
	mu := e.stepLock()
	mu.Lock()
	defer mu.Unlock()
	applied = e.preferStop(ev)
	return applied, e.program.Load().Step(&e.x, *applied, now, r)
}

// preferStop returns a Stopped event in the mail, if there is one, instead of any
// other event than Started.
func (e *Execution) preferStop(ev *machine.Event) *machine.Event {
	if m := e.extras.Load(); m != nil && ev.Kind != machine.Started {
		if stop := m.stop.Load(); stop != nil {
			return stop
		}
	}
	return ev
}

// isStopping reports whether a Stopped event is in the mail.
func (e *Execution) isStopping() bool {
	m := e.extras.Load()
	return m != nil && m.stop.Load() != nil
}

// stepLock returns the lock that is held while a watched execution changes.
// Executions share a few locks: no hook is called under one.
func (e *Execution) stepLock() *sync.Mutex {
	return &e.in.stepping[e.seq%uint32(len(e.in.stepping))]
}

// drivingEnded reports whether the execution is not driven any longer.
func (e *Execution) drivingEnded() bool {
	return e.isHalted() || e.in.phase.Load() == phaseClosed
}

// drivingEndedError returns the reason for drivingEnded.
func (e *Execution) drivingEndedError() error {
	if err, _ := e.haltError(); err != nil {
		return err
	}
	return ErrClosed
}

// wantsHistory reports whether anything receives the history.
func (e *Execution) wantsHistory() bool { return e.stored != nil || e.showsHistory() }

// showsHistory reports whether a hook or the log receives the history.
func (e *Execution) showsHistory() bool {
	m := e.extras.Load()
	return e.in.sink != nil || e.in.logsEvents || m != nil && (m.sink != nil || m.log != nil)
}

// resumeSinks tells the sinks where an execution stands that was not in memory.
func (d *driver) resumeSinks(e *Execution) error {
	var own history.Sink
	if m := e.extras.Load(); m != nil {
		own = m.sink
	}
	for _, s := range []struct {
		hook string
		sink history.Sink
	}{{hookSink, e.in.sink}, {hookOwnSink, own}} {
		r, ok := s.sink.(history.ResumedSink)
		if !ok {
			continue
		}
		if err := d.callExecutionHook(e, s.hook, "resuming its ", "history", func() error {
			var returned atomic.Bool // the sink may keep stand
			defer returned.Store(true)
			r.Resume(e.x.ID, func(t *history.Trail) {
				if !returned.Load() {
					e.program.Load().FollowFrom(&e.x, t)
				}
			})
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// recordHistory gives events to the log, the sinks and the logger, in this order.
// For torn see endExecution.
func (d *driver) recordHistory(e *Execution, events []history.Event) (torn bool, err error) {
	in, m := e.in, e.extras.Load()
	if m != nil && m.log != nil {
		_ = m.log.Record(e.x.ID, events) // never fails
	}
	const doing, what = "recording its ", "history"
	machine := e.program.Load().Options().StateMachineName
	if in.sink != nil {
		err = d.callExecutionHook(e, hookSink, doing, what, func() error { return history.RecordTo(in.sink, machine, e.x.ID, events) })
	}
	if err == nil && m != nil && m.sink != nil {
		err = d.callExecutionHook(e, hookOwnSink, doing, what, func() error { return history.RecordTo(m.sink, machine, e.x.ID, events) })
	}
	if err != nil || !in.logsEvents {
		return true, err
	}
	return false, d.callExecutionHook(e, hookLogger, "logging its ", "history", func() error {
		e.logEvents(machine, events)
		return nil
	})
}

// executeCommands executes the commands of a Step.
func (d *driver) executeCommands(e *Execution) {
	first := len(d.newTasks)
	for i := range d.r.Commands {
		switch c := &d.r.Commands[i]; c.Kind {
		case machine.StartTask:
			if !d.startTask(e, c) {
				return
			}
		case machine.CancelTask:
			e.cancelTask(c)
		case machine.Complete:
			if e.stored == nil { // else when the end is stored
				e.endExecution(nil, false)
				e.in.announceEnd(e)
			}
		case machine.Yield:
			d.yielded = true
		default: // of a Map Run
			d.mapCommands = append(d.mapCommands, mapCommand{Command: *c})
			if e.stored != nil && c.Kind == machine.EndMapRun {
				e.stored.orphans++ // a crash may have left children
			}
		}
	}
	if first < len(d.newTasks) {
		d.announceStarts(e, d.newTasks[first:])
	}
}
