package teststate

import (
	"slices"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
)

// nextStates returns the names of the states to which st has a transition.
func nextStates(st asl.State) []string {
	var names []string
	add := func(o asl.Opt[string]) {
		if o.IsSet() {
			names = append(names, o.Value)
		}
	}
	work := func(t *asl.Transition, w *asl.Work) {
		add(t.Next)
		for i := range w.Catch {
			add(w.Catch[i].Next)
		}
	}
	switch st := st.(type) {
	case *asl.PassState:
		add(st.Next)
	case *asl.WaitState:
		add(st.Next)
	case *asl.ChoiceState:
		add(st.Default)
		for i := range st.Choices {
			add(st.Choices[i].Next)
		}
	case *asl.TaskState:
		work(&st.Transition, &st.Work)
	case *asl.ParallelState:
		work(&st.Transition, &st.Work)
	case *asl.MapState:
		work(&st.Transition, &st.Work)
	}
	return names
}

// compileAlone compiles a machine of this state and empty target states. The
// branches of a Map or Parallel state are left out, since they are never run.
func compileAlone(st asl.State, o machine.Options) (*machine.Program, error) {
	name := st.Base().Name
	states := []asl.State{stripState(st)}
	for _, target := range nextStates(st) {
		if !slices.ContainsFunc(states, func(s asl.State) bool { return s.Base().Name == target }) {
			states = append(states, &asl.SucceedState{StateBase: asl.StateBase{Name: target, Type: "Succeed"}})
		}
	}
	p, err := machine.Compile(&asl.StateMachine{StartAt: presentOpt(name), States: &asl.States{List: states}}, o)
	if err != nil {
		return nil, invalidDefinition(err)
	}
	return p, nil
}

func presentOpt[T any](v T) asl.Opt[T] { return asl.Opt[T]{Value: v, Presence: asl.Present} }

func stripState(st asl.State) asl.State {
	switch st := st.(type) {
	case *asl.TaskState:
		c := *st
		c.Retry = removeJitter(c.Retry)
		return &c
	case *asl.ParallelState:
		c := *st
		c.Retry, c.Branches = removeJitter(c.Retry), nil
		return &c
	case *asl.MapState:
		c := *st
		c.Retry = removeJitter(c.Retry)
		c.ItemReader, c.ItemBatcher, c.ResultWriter, c.Iterator = nil, nil, nil, nil
		inner := &asl.PassState{StateBase: asl.StateBase{Name: "Item", Type: "Pass"}, Transition: asl.Transition{End: presentOpt(true)}}
		c.ItemProcessor = &asl.Processor{Branch: asl.Branch{StartAt: presentOpt("Item"), States: &asl.States{List: []asl.State{inner}}}}
		return &c
	}
	return st
}

// removeJitter makes retry delays deterministic.
func removeJitter(retriers []asl.Retrier) []asl.Retrier {
	c := slices.Clone(retriers)
	for i := range c {
		c[i].JitterStrategy = asl.Opt[string]{}
	}
	return c
}
