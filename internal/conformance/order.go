package conformance

import (
	"slices"

	"github.com/gostates/gostates/value"
)

// aroundParallel compares a history in which the recorder sorted the events of
// the outermost Parallel state and removed their ids. It compares those events
// in any order, and the events before and after them strictly.
func (h *comparison) aroundParallel() {
	noID := func(e *value.Object) bool { _, ok := memberOf(e, "id").([]any); return ok } // [0]
	from := slices.IndexFunc(h.want, noID)
	to := len(h.want)
	for to > 0 && !noID(h.want[to-1]) {
		to--
	}
	after := len(h.want) - to
	if from < 0 || len(h.got) < from+after {
		h.inOrder(h.want, h.got)
		return
	}
	outermost := stateOf(h.want[:from])
	inside := slices.DeleteFunc(slices.Clone(h.got[from:len(h.got)-after]), func(e *value.Object) bool {
		return leftOut(e, outermost)
	})
	h.inOrder(h.want[:from], h.got[:from])
	h.inAnyOrder(h.want[from:to], inside)
	h.inOrder(h.want[to:], h.got[len(h.got)-after:])
}

// stateOf returns the name of the state entered last.
func stateOf(events []*value.Object) string {
	for _, e := range slices.Backward(events) {
		if d := objectOf(e, "stateEnteredEventDetails"); d != nil {
			return textOf(d, "name")
		}
	}
	return ""
}

// leftOut reports whether the recorder omitted an event when it sorted: the
// ends of Parallel states, except for the exit of the outermost one.
func leftOut(e *value.Object, outermost string) bool {
	switch textOf(e, "type") {
	case "ParallelStateSucceeded", "ParallelStateFailed":
		return true
	case "ParallelStateExited":
		return textOf(objectOf(e, "stateExitedEventDetails"), "name") != outermost
	}
	return false
}

// inAnyOrder compares the events as a multiset, without ids.
func (h *comparison) inAnyOrder(want, got []*value.Object) {
	for _, w := range want {
		i := slices.IndexFunc(got, func(g *value.Object) bool {
			return h.matchTentatively(func(m *matcher) { h.compareEvent(m, w, g) })
		})
		if i < 0 {
			h.problems = append(h.problems, "an event is missing: "+shortEvent(w))
			continue
		}
		got = slices.Delete(got, i, i+1)
	}
	for _, g := range got {
		h.problems = append(h.problems, "an event too many: "+shortEvent(g))
	}
}

// tree is an event with all events that it caused.
type tree struct {
	event    *value.Object
	children []*tree
}

// sameTree reports whether every event caused the same events. Branches may run
// in any order, but each keeps its own events.
func (h *comparison) sameTree() bool {
	want, ok := buildForest(h.want)
	if !ok {
		return false
	}
	got, ok := buildForest(h.got)
	return ok && len(h.want) == len(h.got) && h.matchTentatively(func(m *matcher) {
		h.compareForests(m, want, got)
	})
}

// buildForest returns the events without a cause, with the others below them.
// It refuses ids that are not 1, 2, 3, ..., and causes that come later.
func buildForest(events []*value.Object) ([]*tree, bool) {
	all := make([]*tree, len(events)+1)
	all[0] = new(tree)
	for i, e := range events {
		id, _ := memberOf(e, "id").(int64)
		previous, ok := memberOf(e, "previousEventId").(int64)
		if id != int64(i+1) || !ok || previous < 0 || previous >= id {
			return nil, false
		}
		all[id] = &tree{event: e}
		all[previous].children = append(all[previous].children, all[id])
	}
	return all[0].children, true
}

// compareForests compares two sets of trees in any order.
func (h *comparison) compareForests(m *matcher, want, got []*tree) {
	if len(want) != len(got) {
		m.noteDifference("", "expected %d events, got %d", len(want), len(got))
		return
	}
	left := slices.Clone(got)
	for _, w := range want {
		i := slices.IndexFunc(left, func(g *tree) bool {
			return m.matchTentatively(func(m *matcher) {
				h.compareEvent(m, w.event, g.event)
				h.compareForests(m, w.children, g.children)
			})
		})
		if i < 0 {
			m.noteDifference("", "an event is missing")
			return
		}
		left = slices.Delete(left, i, i+1)
	}
}
