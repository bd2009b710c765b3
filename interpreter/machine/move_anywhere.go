package machine

import (
	"slices"

	"github.com/gostates/gostates/value"
)

// CheckMoves says what may differ for executions of p that run, if they went on as ones of
// another Program: what [Program.CheckMove] says of an execution that stands in a Task,
// Wait, Parallel or Map state, for all of these states, without an execution. Each
// difference is of those executions only that stand in its State, and a variable of those
// only that come there. It assumes that a Map Run has begun to read and to write, and that
// an execution has the variables which every path to its state assigns. Attempts of
// Retriers are not looked at: a Retry field that changes is one difference. It takes time in
// proportion to the square of the number of states, times that of variables.
func (p *Program) CheckMoves(to *Program) []MoveDifference {
	reads, otherReads := newVariableReads(p), newVariableReads(to)
	states := p.definitions()
	x := p.standEverywhere(states, slices.Concat(reads.names, otherReads.names))
	m := newMove(p, x, to)
	m.checkMachine()
	otherStates := to.definitions()
	for slot := range x.scopes {
		if x.scopes[slot].parent == none {
			m.place(int32(slot), states, otherStates, none)
		}
	}
	stuck := make(map[string]bool) // states that cannot be moved
	for _, d := range m.found {
		stuck[d.State] = stuck[d.State] || d.Refused
	}
	var found []MoveDifference
	seen := make(map[MoveDifference]bool)
	add := func() {
		for _, d := range m.found {
			if !seen[d] {
				seen[d] = true
				found = append(found, d)
			}
		}
		m.found = nil
	}
	add()
	for slot := range x.scopes {
		if !stuck[p.states[x.scopes[slot].state].name] {
			m.compareReads(reads, otherReads, []int32{int32(slot)})
			add()
		}
	}
	sortRefusedFirst(found)
	return found
}

// standEverywhere returns an execution that stands in all states at once in which one can
// stand. It can only be compared. names are those of variables.
func (p *Program) standEverywhere(states *value.Object, names []string) *Execution {
	x := &Execution{Status: Running, Seq: 1, origin: p.origin}
	slots := make(map[int32]int32)                            // by state
	unassigned := make(map[*value.Object]map[string][]string) // by States and variable
	for i := range p.states {
		st := &p.states[i]
		sc := scope{state: int32(i), parent: none}
		around, start := states, p.machine.StartAt.Value
		if st.outer != none {
			sc.parent = slots[st.outer] // a state comes after the one around it
			outer := p.states[st.outer].name
			definition := objectIn(statesAround(states, outer), outer)
			nested := nestedStates(definition)
			k := slices.IndexFunc(nested, func(s *value.Object) bool { return s.Has(st.name) })
			if k < 0 {
				continue
			}
			around, start, sc.index = nested[k], nestedStarts(definition)[k], int32(k)
		}
		if !sc.standIn(st) {
			continue
		}
		if unassigned[around] == nil {
			unassigned[around] = unassignedIn(around, start, names)
		}
		sc.vars = value.NewObject(len(names))
		for _, name := range names {
			if !slices.Contains(unassigned[around][name], st.name) {
				sc.vars.Set(name, nil)
			}
		}
		slots[int32(i)] = int32(len(x.scopes))
		x.scopes = append(x.scopes, sc)
	}
	return x
}

// standIn puts a scope into a state that waits for something. It reports whether the state
// is one of these.
func (sc *scope) standIn(st *state) bool {
	switch st.kind {
	case kindTask:
		sc.phase, sc.work = phaseTask, new(work)
	case kindWait:
		sc.phase = phaseWait
	case kindParallel:
		sc.phase, sc.work = phaseChildren, &work{children: new(children)}
	case kindMap:
		sc.phase, sc.work = phaseChildren, &work{children: new(children)}
		if d := st.iterate.distributed; d != nil {
			run := &mapRun{open: []*Child{{}}}
			if d.reader != nil {
				run.source = new(ItemSource)
			}
			if d.destination() != "" {
				run.destination = new(ResultDestination)
			}
			sc.phase, sc.work = phaseMapRun, &work{run: run}
		}
	default:
		return false
	}
	return true
}

// unassignedIn returns for each variable the states that are reached from one in the same
// member States before it is assigned.
func unassignedIn(states *value.Object, start string, names []string) map[string][]string {
	reached := make(map[string][]string, len(names))
	for _, name := range names {
		reached[name] = statesWithout(states, start, name)
	}
	return reached
}
