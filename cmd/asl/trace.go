package main

import (
	"fmt"
	"io"
	"time"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/value"
)

// trace prints an execution for people: states as they are entered and exited,
// with the time since the start, and attempts of tasks.
type trace struct {
	out      io.Writer
	began    time.Time
	attempts map[string]int
	state    map[uint32]string // by event ID: the state that the event belongs to
}

// Record implements [history.Sink]. It prints a line for each event that is of
// interest.
func (t *trace) Record(_ string, events []history.Event) error {
	for i := range events {
		if err := t.recordEvent(&events[i]); err != nil {
			return err
		}
	}
	return nil
}

func (t *trace) recordEvent(e *history.Event) error {
	if t.state == nil {
		t.began, t.state, t.attempts = e.Time(), make(map[uint32]string), make(map[string]int)
	}
	name := t.state[e.Previous]
	line := ""
	switch {
	case e.Type.IsStateEntered():
		name = e.Name
		delete(t.attempts, name)
		line = "> " + name
	case e.Type.IsStateExited():
		line = "< " + e.Name
	case isScheduled(e.Type):
		if t.attempts[name]++; t.attempts[name] > 1 {
			line = fmt.Sprintf("  %s: attempt %d", name, t.attempts[name])
		}
	default:
		line = failureLine(name, e)
	}
	t.state[e.ID] = name
	if line == "" {
		return nil
	}
	_, err := fmt.Fprintf(t.out, "%10s  %s\n", e.Time().Sub(t.began), value.Printable(line))
	return err
}

func isScheduled(t history.Type) bool {
	return t == history.TaskScheduled || t == history.LambdaFunctionScheduled || t == history.ActivityScheduled
}

func failureLine(name string, e *history.Event) string {
	f, ok := e.Detail.(*history.Failure)
	if !ok {
		return ""
	}
	line := "! " + e.Type.String()
	if name != "" {
		line += " in " + name
	}
	if f.Error != nil {
		line += ": " + *f.Error
	}
	if f.Cause != nil && *f.Cause != "" {
		line += ": " + *f.Cause
	}
	return line
}
