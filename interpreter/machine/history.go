package machine

import (
	"fmt"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
)

// addEvent numbers an event and, where they are wanted, keeps it. It returns the
// id.
func (s *step) addEvent(ev history.Event) uint32 {
	if s.x.Seq >= s.p.lastID-1 {
		s.full = true
		return s.x.Seq
	}
	return s.addLastEvent(ev)
}

// addLastEvent is event for what ends the execution: there is always room for it.
func (s *step) addLastEvent(ev history.Event) uint32 {
	s.x.Seq++
	if s.r.History {
		ev.ID = s.x.Seq
		ev.Nanos = s.now
		s.r.Events = append(s.r.Events, ev)
	}
	return s.x.Seq
}

// failHistoryLimit fails an execution that has reached the limit of its history.
func (s *step) failHistoryLimit() {
	cause := fmt.Sprintf("The execution reached the maximum number of history events (%d).", s.p.lastID)
	s.failExecution(newFailure(asl.StatesRuntime, cause), s.x.Seq)
}
