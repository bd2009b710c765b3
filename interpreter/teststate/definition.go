package teststate

import (
	"errors"
	"slices"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

// defaultStateName is AWS's name for a state that is given without a machine.
const defaultStateName = "StateName"

// findState parses the definition and returns the state under test.
func findState(r *Request, models Models) (asl.State, error) {
	source, name := []byte(r.Definition), r.StateName
	if name == "" {
		name = defaultStateName
		source = wrapState(source)
	}
	m, err := asl.Parse(source)
	if r.StateName == "" {
		err = dropWrapperErrors(err)
	}
	if err == nil && models != nil {
		err = asl.CheckRequests(m, models).Err()
	}
	if err != nil {
		return nil, invalidDefinition(err)
	}
	for st := range m.All() {
		if st.Base().Name == name {
			return st, nil
		}
	}
	return nil, validationError("State not found in definition")
}

// invalidDefinition formats the diagnostics of a definition as AWS does.
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
	return &Error{CodeInvalidDefinition, "Invalid State Machine Definition: '" + joinComma(found) + "'"}
}

// dropWrapperErrors removes diagnostics about the states that wrapState added.
func dropWrapperErrors(err error) error {
	var list asl.ErrorList
	if !errors.As(err, &list) {
		return err
	}
	const at = "/States/"
	return slices.DeleteFunc(list, func(d asl.Diagnostic) bool {
		rest, ok := strings.CutPrefix(d.Location, at)
		return ok && rest != defaultStateName && !strings.HasPrefix(rest, defaultStateName+"/")
	}).Err()
}

// wrapState returns a machine with the state and empty target states.
func wrapState(source []byte) []byte {
	v, err := value.Parse(source)
	o, ok := v.(*value.Object)
	if err != nil || !ok {
		return source // asl.Parse reports the error
	}
	states := value.ObjectOf(value.Member{Key: defaultStateName, Value: o})
	for _, name := range writtenTargets(o) {
		if !states.Has(name) {
			states.Set(name, value.ObjectOf(value.Member{Key: "Type", Value: "Succeed"}))
		}
	}
	return value.Append(nil, value.ObjectOf(
		value.Member{Key: "StartAt", Value: defaultStateName},
		value.Member{Key: "States", Value: states}))
}

// writtenTargets returns the names of the states to which a state has a transition,
// without validating its definition.
func writtenTargets(o *value.Object) []string {
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
