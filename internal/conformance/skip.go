package conformance

import (
	"iter"

	"github.com/gostates/gostates/asl"
)

// skips lists the reasons for not running a case: what it needs and the
// interpreter lacks.
var skips = []struct {
	reason string
	needed func(*Case) bool
}{
	{"needs StartSyncExecution of a STANDARD machine, which the API refuses before anything runs",
		func(c *Case) bool { return c.refused }},
	{"data only: no answer of a server was recorded", func(c *Case) bool { return c.call != nil && c.call.answer == nil }},
}

// Skip returns why the case cannot be run, or "". It depends only on the
// definition and on whether there was an execution.
func (c *Case) Skip() string {
	for _, s := range skips {
		if s.needed(c) {
			return s.reason
		}
	}
	return ""
}

// mapRunStates returns the Map states in DISTRIBUTED mode.
func (s *scenario) mapRunStates() iter.Seq[*asl.MapState] {
	return func(yield func(*asl.MapState) bool) {
		for state := range s.machine.All() {
			if m, ok := state.(*asl.MapState); ok && m.Processor().Distributed() && !yield(m) {
				return
			}
		}
	}
}

// hasMapRuns reports whether a Map state runs in DISTRIBUTED mode.
func (s *scenario) hasMapRuns() bool {
	for range s.mapRunStates() {
		return true
	}
	return false
}
