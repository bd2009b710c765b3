package asl

import (
	"iter"
	"unicode/utf8"
)

// parseStates parses the States object of a machine, branch or processor.
func (o *object) parseStates() *States {
	list := o.childObject("States")
	if list == nil {
		return &States{Node: o.nodeOf()}
	}
	n := list.members.Len()
	s := &States{Node: list.nodeOf(), List: make([]State, 0, n), index: make(map[string]int, n)}
	start, _ := o.fieldValue("StartAt").(string)
	defer o.enterScope(s, start, o.isDistributed())()
	if n == 0 {
		list.reportObject("Value cannot be empty")
	}
	for i := range n {
		name := list.members.At(i).Key
		list.checkStateName(name, list.node.Children[i].Key)
		o.scope.current = len(s.List)
		child := list.objectAt(&list.node.Children[i], name)
		o.scope.ends = o.scope.ends || child.mayEnd()
		var st State
		if child != nil {
			st = child.parseState(name)
		}
		if st == nil {
			s.addBroken(list, i, child)
			o.scope.noteBroken(child)
			continue
		}
		if transitionOf(st) == nil {
			o.scope.noteTarget(child.fieldValue("Next"))
		}
		s.index[name] = len(s.List)
		s.List = append(s.List, st)
	}
	if len(s.List) == 0 {
		s.List = nil
	}
	at := object{parser: o.parser}
	for _, st := range s.List {
		at.location = st.Base().Location
		checkTargets(st, s, &at)
	}
	return s
}

// addBroken adds the state that is a member of a States object. child is nil if it is not an
// object.
func (s *States) addBroken(list *object, member int, child *object) {
	b := BrokenState{Name: list.members.At(member).Key}
	if child == nil {
		b.Node = Node{Pos: list.positionOf(list.node.Children[member].Offset), Location: list.locationOf(b.Name)}
	} else {
		b.Node = child.nodeOf()
		b.Type, _ = child.fieldValue("Type").(string)
		b.Next, _ = child.fieldValue("Next").(string)
		b.End = child.fieldValue("End") == true
	}
	if s.broken == nil {
		s.broken = make(map[string]bool)
	}
	s.broken[b.Name] = true
	s.Broken = append(s.Broken, b)
}

// mayEnd reports whether a state may be an end, as far as it can be parsed. A
// state without Type is not, whatever its End is.
func (o *object) mayEnd() bool {
	if o == nil {
		return true
	}
	switch typ, _ := o.fieldValue("Type").(string); {
	case !o.hasField("Type"):
		return false
	case typ == "Succeed", typ == "Fail", stateFields[typ] == nil:
		return true
	}
	return o.hasField("End") && o.fieldValue("End") != false
}

func (o *object) checkStateName(name string, offset int) {
	if utf8.RuneCountInString(name) > maxStateName {
		o.reportField(CodeInvalidStateName, offset, name,
			"Invalid State name: State '%s' exceeds the 80-character limit allowed by the service", name)
	}
	if o.names[name] {
		o.reportField(CodeDuplicateStateName, offset, name, "Duplicate State name: %s", name)
	}
	if o.names == nil {
		o.parser.names = make(map[string]bool)
	}
	o.names[name] = true
}

const maxStateName = 80 // characters

// stateNames iterates over the names of the states, in the order of the source.
func (s *States) stateNames() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, st := range s.List {
			if !yield(st.Base().Name) {
				return
			}
		}
	}
}

// isComplete reports whether all states could be parsed.
func (s *States) isComplete() bool { return len(s.List) > 0 && len(s.broken) == 0 }
