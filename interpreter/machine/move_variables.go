package machine

import (
	"slices"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

// unassignedRead is a variable that a state reads and that may not be assigned then.
type unassignedRead struct{ state, name string }

// checkVariables reports the variables that states of the other definition read which the
// execution can still reach, and that may not be assigned then. Those that may not be
// assigned in the old definition either are not reported: nothing changes.
func (m *move) checkVariables() {
	slots := make([]int32, len(m.x.scopes))
	for i := range slots {
		slots[i] = int32(i)
	}
	m.compareReads(newVariableReads(m.from), newVariableReads(m.to), slots)
}

// compareReads is checkVariables for some of the scopes.
func (m *move) compareReads(from, to *variableReads, slots []int32) {
	before := make(map[unassignedRead]bool)
	for _, r := range m.unassignedReads(from, slots) {
		before[r] = true
	}
	for _, r := range m.unassignedReads(to, slots) {
		if !before[r] {
			m.report(MoveDifference{State: r.state, Field: "$" + r.name, Text: "it reads the variable, which the execution may not have then"})
		}
	}
}

// variableReads is what a Program reads of its variables.
type variableReads struct {
	p      *Program
	reads  map[string][]string // by state
	names  []string            // of all variables, sorted
	states *value.Object       // nil if there are no names
}

func newVariableReads(p *Program) *variableReads {
	v := &variableReads{p: p, reads: asl.VariableReferences(p.machine)}
	for st := range p.machine.All() {
		v.names = append(v.names, v.reads[st.Base().Name]...)
	}
	slices.Sort(v.names)
	v.names = slices.Compact(v.names)
	if len(v.names) > 0 {
		v.states = p.definitions()
	}
	return v
}

// unassignedReads returns the variables that an execution may miss in a Program, each
// once, in the order of scopes and variables.
func (m *move) unassignedReads(v *variableReads, slots []int32) (found []unassignedRead) {
	if len(v.names) == 0 {
		return nil
	}
	seen, followed := make(map[unassignedRead]bool), make(map[unassignedRead]bool)
	for _, slot := range slots {
		sc := &m.x.scopes[slot]
		if sc.phase == phaseFree {
			continue
		}
		start := m.from.states[sc.state].name
		if m.x.Seq == 0 && v.p == m.to {
			start = v.p.states[m.states[0]].name
		}
		around := statesAround(v.states, start)
		for _, name := range v.names {
			if way := (unassignedRead{start, name}); followed[way] || m.x.hasVariable(slot, name) {
				continue
			} else {
				followed[way] = true
			}
			for _, state := range statesWithout(around, start, name) {
				r := unassignedRead{state, name}
				if slices.Contains(v.reads[state], name) && !seen[r] {
					seen[r] = true
					found = append(found, r)
				}
			}
		}
	}
	return found
}

// hasVariable reports whether a scope or one around it has a variable.
func (x *Execution) hasVariable(slot int32, name string) bool {
	for ; slot >= 0; slot = x.scopes[slot].parent {
		if x.scopes[slot].vars.Has(name) {
			return true
		}
	}
	return false
}

// statesAround returns the member States that has a state, or nil. Names are unique.
func statesAround(states *value.Object, name string) *value.Object {
	if states.Has(name) {
		return states
	}
	for _, v := range states.All() {
		st, _ := v.(*value.Object)
		for _, nested := range nestedStates(st) {
			if found := statesAround(nested, name); found != nil {
				return found
			}
		}
	}
	return nil
}

// statesWithout returns the states that can be reached from one in the same member
// States, with those inside of them, before a variable is assigned.
func statesWithout(states *value.Object, start, variable string) (reached []string) {
	seen := make(map[string]bool)
	var visit func(states *value.Object, name string)
	visit = func(states *value.Object, name string) {
		st := objectIn(states, name)
		if st == nil || seen[name] {
			return
		}
		seen[name] = true
		reached = append(reached, name)
		if !isDistributed(st) { // children have variables of their own
			nested := nestedStates(st)
			for i, begin := range nestedStarts(st) {
				visit(nested[i], begin)
			}
		}
		for _, e := range edgesOf(st) {
			if !slices.Contains(e.assigned, variable) {
				visit(states, e.next)
			}
		}
	}
	visit(states, start)
	return reached
}

func isDistributed(st *value.Object) bool {
	mode, _ := objectIn(objectIn(st, "ItemProcessor"), "ProcessorConfig").Get("Mode")
	return mode == any("DISTRIBUTED")
}

// nestedStarts returns the StartAt of each of nestedStates.
func nestedStarts(st *value.Object) (starts []string) {
	add := func(v any) {
		o, _ := v.(*value.Object)
		name, _ := o.Get("StartAt")
		text, _ := name.(string)
		starts = append(starts, text)
	}
	for _, b := range arrayIn(st, "Branches") {
		add(b)
	}
	for _, name := range []string{"ItemProcessor", "Iterator"} {
		if v, has := st.Get(name); has {
			add(v)
		}
	}
	return starts
}

// moveEdge is a transition, and the variables that it assigns.
type moveEdge struct {
	next     string
	assigned []string
}

// edgesOf returns the transitions of a state. A Choice Rule and a Catcher have an Assign
// of their own.
func edgesOf(st *value.Object) (edges []moveEdge) {
	add := func(from *value.Object, key string) {
		next, _ := from.Get(key)
		if name, ok := next.(string); ok {
			edges = append(edges, moveEdge{name, assignedBy(from)})
		}
	}
	add(st, "Next")
	add(st, "Default")
	for _, list := range []string{"Choices", "Catch"} {
		for _, v := range arrayIn(st, list) {
			o, _ := v.(*value.Object)
			add(o, "Next")
		}
	}
	return edges
}

// assignedBy returns the variables of an Assign field.
func assignedBy(o *value.Object) []string {
	names := objectIn(o, "Assign").Keys()
	for i := range names {
		names[i] = strings.TrimSuffix(names[i], ".$")
	}
	return names
}
