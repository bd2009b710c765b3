package conformance

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// maxProblems is the number of events of a history that are shown.
const maxProblems = 10

// unknown is the status of an execution that was still running when it was
// recorded. It may end in any way.
const unknown = "UNKNOWN"

func checkHistory(c *Case) []string {
	_, _, problems := c.checkRun()
	return problems
}

// checkRun runs the scenario of a history and compares the events. It returns nil if
// there are none.
func (c *Case) checkRun() (*comparison, *trace, []string) {
	s := c.scenarios[0]
	t, problems := s.runAll()
	if t == nil {
		return nil, nil, problems
	}
	got, err := t.events()
	if err != nil {
		return nil, nil, append(problems, err.Error())
	}
	h := &comparison{matcher: newMatcher(c), want: s.events, got: got}
	problems = append(problems, h.compareEvents(s)...)
	problems = append(problems, c.differingTexts(got, nil)...)
	if s.result != nil && textOf(s.result, "status") != unknown {
		problems = append(problems, h.compareOutcome(s, t)...)
	}
	if s.mocking != nil && !s.hasMapRuns() {
		problems = append(problems, s.mocking.checkFile(c, s)...)
	}
	return h, t, problems
}

func checkOutputs(c *Case) []string {
	var problems []string
	m := newMatcher(c)
	for i, s := range c.scenarios {
		t, wrong := s.runAll()
		if t != nil {
			if t.status != machine.Succeeded {
				m.noteDifference("status", "expected SUCCEEDED, got %s", value.String(t.resultOf()))
			} else {
				m.matchData("output", s.wantOutput, value.String(t.outcome.Output))
			}
			m.matchData("input", s.wantInput, value.String(s.input))
			wrong = append(wrong, m.takeDifferences()...)
		}
		for _, w := range wrong {
			problems = append(problems, fmt.Sprintf("cases[%d]: %s", i, w))
		}
	}
	return problems
}

func (t *trace) events() ([]*value.Object, error) {
	all := make([]*value.Object, len(t.lines))
	for i, l := range t.lines {
		v, err := value.Parse(l)
		if err != nil {
			return nil, fmt.Errorf("event %d: %w", i+1, err)
		}
		all[i] = v.(*value.Object)
	}
	return all, nil
}

// comparison compares a recorded history with an actual one.
type comparison struct {
	*matcher
	want, got []*value.Object
	problems  []string
}

func (h *comparison) compareEvents(s *scenario) []string {
	switch {
	case s.zeroed:
		h.aroundParallel()
	case textOf(s.result, "status") == unknown:
		h.inOrder(h.want, h.got[:min(len(h.want), len(h.got))])
	case !s.anyOrder:
		h.inOrder(h.want, h.got)
	case !h.sameTree():
		h.inOrder(h.want, h.got) // the order is free, but this shows the difference
	}
	if len(h.problems) > maxProblems {
		more := len(h.problems) - maxProblems
		h.problems = append(h.problems[:maxProblems], fmt.Sprintf("and %d more events differ", more))
	}
	return h.problems
}

// inOrder compares the events one by one, with their ids.
func (h *comparison) inOrder(want, got []*value.Object) {
	for i := range max(len(want), len(got)) {
		switch {
		case i >= len(want):
			h.problems = append(h.problems, "an event too many: "+shortEvent(got[i]))
		case i >= len(got):
			h.problems = append(h.problems, "an event is missing: "+shortEvent(want[i]))
		default:
			h.ids(h.matcher, want[i], got[i])
			h.compareEvent(h.matcher, want[i], got[i])
			h.noteEvent(want[i], got[i])
		}
	}
}

// noteEvent adds a problem if anything differs in an event.
func (h *comparison) noteEvent(want, got *value.Object) {
	if d := h.takeDifferences(); len(d) > 0 {
		h.problems = append(h.problems, fmt.Sprintf("event %s %s\n\t%s\n\texpected %s\n\tactual   %s",
			value.String(memberOf(want, "id")), textOf(want, "type"), strings.Join(d, "\n\t"), shortEvent(want), shortEvent(got)))
	}
}

// shortEvent prints the compared parts of an event.
func shortEvent(e *value.Object) string { return shortJSON(e.Without("timestamp")) }

func (h *comparison) ids(m *matcher, want, got *value.Object) {
	m.matchJSON("id", memberOf(want, "id"), memberOf(got, "id"))
	if w, g := memberOf(want, "previousEventId"), memberOf(got, "previousEventId"); !value.Identical(w, g) && !h.olderCause(w, got) {
		m.noteUnlike("previousEventId", w, g)
	}
}

// compareEvent compares everything except for the ids and the time.
func (h *comparison) compareEvent(m *matcher, want, got *value.Object) {
	const id, previous, timestamp = "id", "previousEventId", "timestamp"
	for _, key := range []string{id, previous, timestamp} {
		want, got = want.Without(key), got.Without(key)
	}
	m.matchDetails(textOf(want, "type"), want, got)
}

// actualByID returns the actual event with an id, or nil.
func (h *comparison) actualByID(id any) *value.Object {
	if n, ok := id.(int64); ok && n >= 1 && n <= int64(len(h.got)) {
		return h.got[n-1]
	}
	return nil
}

// compareOutcome compares the outcome of the execution with the recorded
// result, and with the response of DescribeExecution.
func (h *comparison) compareOutcome(s *scenario, t *trace) []string {
	h.takeDifferences()
	got := t.resultOf()
	h.matchDetails("result", s.result, got)
	if d := objectOf(s.expected, "describeExecution"); d != nil {
		h.matchDetails("describeExecution", onlyMembers(d, "status", "output", "error", "cause"), got)
	}
	return h.takeDifferences()
}

// onlyMembers returns the object reduced to these members.
func onlyMembers(o *value.Object, keys ...string) *value.Object {
	for key := range o.All() {
		if !slices.Contains(keys, key) {
			o = o.Without(key)
		}
	}
	return o
}
