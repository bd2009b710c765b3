package machine

import (
	"fmt"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
)

// addEvent adds a history event and returns its ID. It keeps the event only if
// Result.History is set.
func (s *step) addEvent(ev history.Event) uint32 {
	if s.x.Seq >= s.p.lastID-1 {
		s.full = true
		return s.x.Seq
	}
	return s.addLastEvent(ev)
}

// addLastEvent is addEvent for the last event of an execution, which always fits.
func (s *step) addLastEvent(ev history.Event) uint32 {
	s.x.Seq++
	if s.r.History {
		ev.ID = s.x.Seq
		ev.Nanos = s.now
		s.r.Events = append(s.r.Events, ev)
	}
	return s.x.Seq
}

// failHistoryLimit fails an execution that has reached Limits.HistoryEvents.
func (s *step) failHistoryLimit() {
	cause := fmt.Sprintf("The execution reached the maximum number of history events (%d).", s.p.lastID)
	s.failExecution(newFailure(asl.StatesRuntime, cause), s.x.Seq)
}
