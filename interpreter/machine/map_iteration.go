package machine

import (
	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
)

// startItems starts up to room iterations. It stops if one fails the Map state.
func (s *step) startItems(slot int32, c *children, room int, cause uint32) {
	room = min(room, len(c.items)-int(c.started))
	s.x.reserveSlots(room)
	for range room {
		if !s.startItem(slot, c, cause) || s.overHeld {
			return
		}
	}
}

// startItem starts the next iteration, and reports whether it did. ItemSelector is
// evaluated before MapIterationStarted; if it fails, the Map state fails.
func (s *step) startItem(slot int32, c *children, cause uint32) bool {
	index := c.started
	m := s.p.states[s.x.scopes[slot].state].iterate
	child := s.x.spawnChild(phaseItem, m.first, slot, index, cause, c.items[index])
	made := int64(0)
	if m.selector != nil {
		made = s.meter.Made
		input, failed := s.selectItem(child, slot, c)
		if failed != nil {
			cause = s.x.scopes[child].prev
			s.x.freeSlot(child)
			s.itemFailed(slot, cause, failed)
			return false
		}
		s.x.scopes[child].input = input
		made = s.meter.Made - made
	}
	c.started++
	s.x.scopes[child].prev = s.iterationEvent(history.MapIterationStarted, slot, index, cause)
	if made >= heldUnit/2 {
		s.holdInput(child, made)
	}
	s.continueScope(child, phaseEnter)
	return true
}

func (s *step) itemFailed(slot int32, cause uint32, f *failure) {
	if f.match != asl.StatesRuntime {
		s.rememberScope(slot)
		s.abortChildren(slot, cause)
	}
	s.x.scopes[slot].prev = cause
	s.failState(slot, f)
}

// iterationSucceeded starts the next iteration after one has ended. The previous
// event of MapIterationSucceeded and MapIterationStarted is the last one of the
// iteration that ended.
func (s *step) iterationSucceeded(slot int32, child *scope) {
	id := s.iterationEvent(history.MapIterationSucceeded, slot, child.index, child.prev)
	sc := &s.x.scopes[slot]
	sc.childID = id
	if c := sc.work.children; int(c.started) < len(c.items) {
		s.continueTurn()
		s.startItem(slot, c, child.prev) // reuses the slot of the ended iteration
	}
}

func (s *step) iterationEvent(t history.Type, slot, index int32, cause uint32) uint32 {
	return s.addEvent(history.Event{
		Type:     t,
		Previous: cause,
		Name:     s.p.states[s.x.scopes[slot].state].name,
		Index:    index,
	})
}
