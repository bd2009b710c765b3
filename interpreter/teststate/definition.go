package teststate

import (
	"errors"
	"slices"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// unnamed is the name of a state that was given without a machine (recorded).
const unnamed = "StateName"

// stateOf finds the state that a request is about.
func stateOf(r *Request) (asl.State, error) {
	text, name := []byte(r.Definition), r.StateName
	if name == "" {
		name = unnamed
		text = wrapped(text)
	}
	m, err := asl.Parse(text)
	if r.StateName == "" {
		err = ofState(err)
	}
	if err != nil {
		return nil, invalidDefinition(err)
	}
	for st := range m.All() {
		if st.Base().Name == name {
			return st, nil
		}
	}
	return nil, invalid("State not found in definition")
}

// invalidDefinition gives the errors of a definition in AWS's words.
func invalidDefinition(err error) error {
	var list asl.ErrorList
	if !errors.As(err, &list) {
		return err
	}
	found := make([]string, len(list))
	for i, d := range list {
		location := d.Location
		if location == "" {
			location = "null"
		}
		found[i] = d.Code + ": " + d.Message + " at " + location
	}
	return &Error{CodeInvalidDefinition, "Invalid State Machine Definition: '" + joined(found) + "'"}
}

// ofState leaves out the errors of the states that wrapped added.
func ofState(err error) error {
	var list asl.ErrorList
	if !errors.As(err, &list) {
		return err
	}
	const at = "/States/"
	return slices.DeleteFunc(list, func(d asl.Diagnostic) bool {
		rest, ok := strings.CutPrefix(d.Location, at)
		return ok && rest != unnamed && !strings.HasPrefix(rest, unnamed+"/")
	}).Err()
}

// wrapped puts a state into a machine, with the states to which it goes.
func wrapped(text []byte) []byte {
	v, err := value.Parse(text)
	o, ok := v.(*value.Object)
	if err != nil || !ok {
		return text // asl.Parse says what is wrong
	}
	states := value.ObjectOf(value.Member{Key: unnamed, Value: o})
	for _, name := range sources(o) {
		if !states.Has(name) {
			states.Set(name, value.ObjectOf(value.Member{Key: "Type", Value: "Succeed"}))
		}
	}
	return value.Append(nil, value.ObjectOf(
		value.Member{Key: "StartAt", Value: unnamed},
		value.Member{Key: "States", Value: states}))
}

// sources are the names of the states to which a state goes, as it is written.
func sources(o *value.Object) []string {
	var names []string
	add := func(o *value.Object, key string) {
		v, _ := o.Get(key)
		if name, ok := v.(string); ok {
			names = append(names, name)
		}
	}
	add(o, "Next")
	add(o, "Default")
	for _, key := range []string{"Catch", "Choices"} {
		v, _ := o.Get(key)
		list, _ := v.([]any)
		for _, item := range list {
			if member, ok := item.(*value.Object); ok {
				add(member, "Next")
			}
		}
	}
	return names
}

// targets are the names of the states to which a state goes.
func targets(st asl.State) []string {
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

// alone compiles a machine of nothing but the state, and empty ones where it
// goes. What is inside of a Map or Parallel is left out: it does not run.
func alone(st asl.State, o machine.Options) (*machine.Program, error) {
	name := st.Base().Name
	states := []asl.State{stripped(st)}
	for _, target := range targets(st) {
		if !slices.ContainsFunc(states, func(s asl.State) bool { return s.Base().Name == target }) {
			states = append(states, &asl.SucceedState{StateBase: asl.StateBase{Name: target, Type: "Succeed"}})
		}
	}
	p, err := machine.Compile(&asl.StateMachine{StartAt: some(name), States: &asl.States{List: states}}, o)
	if err != nil {
		return nil, invalidDefinition(err)
	}
	return p, nil
}

func some[T any](v T) asl.Opt[T] { return asl.Opt[T]{Value: v, Presence: asl.Present} }

func stripped(st asl.State) asl.State {
	switch st := st.(type) {
	case *asl.TaskState:
		c := *st
		c.Retry = steady(c.Retry)
		return &c
	case *asl.ParallelState:
		c := *st
		c.Retry, c.Branches = steady(c.Retry), nil
		return &c
	case *asl.MapState:
		c := *st
		c.Retry = steady(c.Retry)
		c.ItemReader, c.ItemBatcher, c.ResultWriter, c.Iterator = nil, nil, nil, nil
		inner := &asl.PassState{StateBase: asl.StateBase{Name: "Item", Type: "Pass"}, Transition: asl.Transition{End: some(true)}}
		c.ItemProcessor = &asl.Processor{Branch: asl.Branch{StartAt: some("Item"), States: &asl.States{List: []asl.State{inner}}}}
		return &c
	}
	return st
}

// steady takes the chance out of the delays.
func steady(retriers []asl.Retrier) []asl.Retrier {
	c := slices.Clone(retriers)
	for i := range c {
		c[i].JitterStrategy = asl.Opt[string]{}
	}
	return c
}
