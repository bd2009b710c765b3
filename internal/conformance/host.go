package conformance

import (
	"fmt"
	"time"

	"github.com/gostates/gostates/interpreter/machine"
)

// HostRun is a history that another engine runs, which has the pure core in it.
type HostRun struct {
	Program   *machine.Program
	Start     machine.Start
	Clock     time.Time      // at which the execution starts
	Stop      *machine.Event // comes when nothing else can happen; nil: none
	StopAfter time.Duration  // when nothing else can happen any more
	script    *script
}

// HostTask is the recorded answer of a task. A Result that is nil means that there is
// none.
type HostTask struct {
	Starts            bool   // whether a worker takes it
	Worker            string // of an activity
	Submitted, Result *machine.Event
	TimesOut          bool // instead of a Result
}

// HostTrace is what an engine showed.
type HostTrace struct {
	Events  [][]byte // JSON, as GetExecutionHistory returns it
	Status  machine.Status
	Outcome *machine.Outcome // nil if it is still running and nothing will happen
}

// Answer returns the answer of a task, the same one each time. The command needs Task,
// State, Resource, Attempt, Item, Timeout, Heartbeat, Input and Credentials.
func (h *HostRun) Answer(c machine.Command) (*HostTask, error) {
	b, err := h.script.bindTask(c)
	if err != nil {
		return nil, err
	}
	return &HostTask{Starts: b.starts, Worker: b.worker, Submitted: b.answer.submitted, Result: b.result, TimesOut: b.timesOut}, nil
}

// SkipHost returns why CheckHost cannot run the case, or an empty string.
func (c *Case) SkipHost() string {
	s := c.scenarios[0]
	switch {
	case s.hasMapRuns():
		return "has a Map Run"
	case s.refusal != "":
		return "the host knows that an activity does not exist before it is scheduled"
	}
	return c.Skip()
}

// CheckHost runs a history in another engine and compares events and outcome. It returns
// the problems.
func (c *Case) CheckHost(host func(*HostRun) (*HostTrace, error)) []string {
	s := c.scenarios[0]
	p, err := s.compileScenario()
	if err != nil {
		return []string{err.Error()}
	}
	h := &HostRun{Program: p, Clock: s.clock, Stop: s.stop, script: newScript(s)}
	h.Start = machine.Start{
		ID: s.context.executionArn, Input: s.input, Seed: [2]uint64{1, 2}, TokenKey: [16]byte{3},
		Synchronous: s.express && s.kind == syncResponse,
	}
	h.StopAfter = (&run{program: p}).longestWait() - time.Second
	got, err := host(h)
	if err != nil {
		return []string{err.Error()}
	}
	t := &trace{arn: p.ExecutionArn(s.context.executionArn), lines: got.Events, status: got.Status, outcome: got.Outcome}
	events, err := t.events()
	if err != nil {
		return []string{fmt.Sprintf("the history of the host: %v", err)}
	}
	cmp := &comparison{matcher: newMatcher(c), want: s.events, got: events}
	problems := cmp.compareEvents(s)
	if s.result != nil && textOf(s.result, "status") != unknown {
		problems = append(problems, cmp.compareOutcome(s, t)...)
	}
	return problems
}
