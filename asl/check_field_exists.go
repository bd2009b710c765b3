package asl

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gostates/gostates/value"
)

// warnMissingFields warns of fields that a state's input never has, because all
// states before it give known fields: a Pass with a constant Result does.
func (c *checker) warnMissingFields() {
	passages := map[*scope][]passage{}
	for _, s := range c.scopes { // outer scopes come first
		if s.graph == nil || len(s.graph.missing) > 0 {
			continue
		}
		var start *shape
		if around := passages[s.outer]; around != nil {
			start = around[s.within].nested
		}
		passages[s] = s.graph.dataPassages(start, c.answerShape)
	}
	variables := c.variableShapes(passages)
	for _, s := range c.scopes {
		if p := passages[s]; p != nil {
			c.warnScopeFields(s, p, variables)
		}
	}
}

// dataPassages infers the known data shapes of each reachable state; start is
// the shape of the first state's input, and answerOf gives that of a Task's work. A state re-entered by a loop has
// unknown input.
func (g *stateGraph) dataPassages(start *shape, answerOf func(State) *shape) []passage {
	const loop = -1
	place := make([]int, len(g.next)) // position in order, from 1
	for n, i := range g.order {
		place[i] = n + 1
	}
	ways := make([]int, len(g.next)) // how many edges have been merged, or loop
	for _, i := range g.order {
		for _, e := range g.next[i] {
			if place[e.to] <= place[i] {
				ways[e.to] = loop
			}
		}
	}
	inputs := make([]*shape, len(g.next))
	arrive := func(i int, s *shape) {
		switch ways[i] {
		case loop:
			return
		case 0:
			inputs[i] = s
		default:
			inputs[i] = mergeShapes(inputs[i], s)
		}
		ways[i]++
	}
	arrive(g.order[0], start)
	passages := make([]passage, len(g.next))
	for _, i := range g.order {
		st := g.states.List[i]
		passages[i] = newPassage(st, inputs[i], answerOf(st))
		for _, e := range g.next[i] {
			if place[e.to] > place[i] {
				arrive(e.to, passages[i].outputShape(st, e))
			}
		}
	}
	return passages
}

// warnScopeFields warns of fields that the states of a scope read and that
// never exist.
func (c *checker) warnScopeFields(s *scope, passages []passage, variables map[string]*shape) {
	isTested := s.testedReads()
	for _, r := range s.reads {
		if len(r.path) == 0 || !s.graph.isReached(r.state) || isTested(r) {
			continue
		}
		st := s.states.List[r.state]
		from, path := passages[r.state].readShape(r.field, st), r.path
		switch {
		case r.variable != "":
			from, path = &shape{fields: []shapeField{{r.variable, variables[r.variable]}}}, append([]string{r.variable}, r.path...)
		case r.context:
			if r.path[0] == "Task" && !hasToken(st) {
				c.addWarningOnce(CodeTaskTokenNeverExists, r, "The state has no task token: only a Task has one if its Resource "+
					"is an activity, or ends in .sync or .waitForTaskToken")
				continue
			}
			from = s.contextShape(st)
		}
		if _, found := from.followNames(path); found < len(path) {
			holder, _ := from.followNames(path[:found])
			if c.addWarningOnce(CodeFieldNeverExists, r, "The field '%s' never exists", strings.Join(path[:found+1], ".")) {
				c.addAdvice(holder.adviseFields(path[found], cmp.Or(from.from, holder.from)))
			}
		}
	}
}

// variableShapes returns what is known of each variable, whichever state assigned it.
func (c *checker) variableShapes(passages map[*scope][]passage) map[string]*shape {
	all := make(map[string]*shape)
	for _, s := range c.scopes {
		if passages[s] == nil {
			for name := range s.assigned {
				all[name] = nil
			}
			continue
		}
		for i, st := range s.states.List {
			passages[s][i].eachAssign(st, func(assign Opt[Template], from known) {
				addVariables(all, assign, from, st.Base().Name)
			})
		}
	}
	return all
}

// addVariables merges the variables of an Assign into all.
func addVariables(all map[string]*shape, assign Opt[Template], from known, state string) {
	given, _ := assign.Value.Source.(*value.Object)
	shapes := from.templateShape(assign)
	for i := range given.Len() {
		name := assignedVariable(given.At(i).Key, from.language)
		var assigned *shape
		if shapes != nil {
			assigned, _ = shapes.getField(name)
		}
		assigned = assigned.madeBy(state)
		if before, ok := all[name]; ok {
			assigned = mergeShapes(before, assigned)
		}
		all[name] = assigned
	}
}

// readShape returns the shape of the value that a path in a field starts from.
func (p passage) readShape(field string, st State) *shape {
	switch field {
	case "InputPath", "": // "" is an expression, which reads $states.input
		return p.input
	case "OutputPath":
		return p.combined
	case "Catch":
		return errorOutput
	case "ResultSelector":
		return p.answer
	case "ItemsPath":
		if m, ok := st.(*MapState); ok && m.ItemReader != nil {
			return nil // the path selects from the data that is read
		}
	case statesResult:
		return p.answer
	case "Assign":
		if workOf(st) != nil {
			return p.answer
		}
		if _, ok := st.(*PassState); ok {
			return p.result
		}
	}
	return p.effective
}

// adviseFields lists the fields that exist instead of name.
func (s *shape) adviseFields(name, from string) string {
	const most = 5
	names := make([]string, len(s.fields))
	for i, f := range s.fields {
		names[i] = f.name
	}
	meant := didYouMean(name, slices.Values(names))
	if meant != "" {
		meant += " "
	}
	switch {
	case len(names) == 0:
		names = []string{"no fields"}
	case len(names) > most:
		names = append(names[:most], "...")
	}
	list := strings.Join(names, ", ")
	if from == "" {
		return fmt.Sprintf("%sthere are %s", meant, list)
	}
	return fmt.Sprintf("%sthe state '%s' gives %s", meant, from, list)
}
