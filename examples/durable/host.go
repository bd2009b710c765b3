package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"time"

	"github.com/gostates/gostates/interpreter/machine"
)

// host drives one execution, one command at a time. After an error it must be
// dropped: what is on disk is unknown until the file is read again.
type host struct {
	program *machine.Program
	journal *os.File // of openJournal
	x       *machine.Execution
	r       machine.Result

	work  func(c machine.Command, token string) (output any, err error)
	now   func() time.Time
	sleep func(until time.Time)
}

// begin continues the execution of the records, or starts one if there are none.
func (h *host) begin(records []*machine.Record, start machine.Start) (err error) {
	h.r.History = true // it is part of the records, and checked by Fold
	if len(records) == 0 {
		h.x = h.program.New(start)
		return h.step(machine.Event{Kind: machine.Started})
	}
	if h.x, err = h.program.NewFromRecord(records[0]); err != nil {
		return err
	}
	if err := h.program.Fold(h.x, records...); err != nil {
		return err // rule 6: such as a *machine.DivergedError
	}
	return h.step(machine.Event{Kind: machine.Tick}) // rule 5
}

// run drives the execution to its end. Each turn begins as after a crash, so that
// recovery is no other path than the usual one.
func (h *host) run() error {
	for h.x.Status == machine.Running {
		if err := h.program.Pending(h.x, &h.r); err != nil { // rule 3
			return err
		}
		if err := h.step(h.nextEvent()); err != nil {
			return err
		}
	}
	return nil
}

// nextEvent carries out the first outstanding command, or waits for a deadline.
func (h *host) nextEvent() machine.Event {
	if len(h.r.Commands) == 0 {
		if until, ok := h.program.Wake(h.x); ok {
			h.sleep(until)
		}
		return machine.Event{Kind: machine.Tick}
	}
	switch c := h.r.Commands[0]; {
	case c.Kind == machine.Yield:
		return machine.Event{Kind: machine.Tick}
	case !c.Started:
		return machine.Event{Kind: machine.TaskStarted, Task: c.Task}
	default:
		output, err := h.work(c, h.x.Token(c.Task)) // rule 4
		if err != nil {
			name, cause := "States.TaskFailed", err.Error()
			return machine.Event{Kind: machine.TaskFailed, Task: c.Task, Error: &name, Cause: &cause}
		}
		return machine.Event{Kind: machine.TaskSucceeded, Task: c.Task, Output: output}
	}
}

// step makes a Step and returns when its record is on disk.
func (h *host) step(ev machine.Event) error {
	var record machine.RecordWriter
	if ev.Kind == machine.Started {
		record.AddStart(h.x)
	}
	if err := h.program.Step(h.x, ev, h.now(), &h.r); err != nil {
		return err
	}
	record.AddStep(ev, h.x.Time(), &h.r)
	data, err := record.AppendTo(nil)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(h.journal, base64.StdEncoding.EncodeToString(data)); err != nil {
		return err
	}
	return h.journal.Sync() // rule 1: only now may anybody see what the Step did
}
