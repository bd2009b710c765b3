package interpreter

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// CheckTypes compares a program with the types of the functions that r has for its Tasks.
// It reports, by state:
//   - Parameters or Arguments that do not fit the function's input, whatever the data: a
//     string for a number, an object for a list, a member that the struct has no field
//     for, and with [AllFieldsRequired] a member that is missing.
//   - paths that read a field which the result of a Task before never has.
//
// It knows handlers of [Func], [Plain] and [Worker], and no others; for those of
// [WithMiddleware] give it the resolver within. It sees the values that are written in
// the definition, not those that paths and expressions select. Results are followed
// through ResultSelector, ResultPath, OutputPath, Output and variables, as far as a path
// has only names, and an expression is $states.result or names below. A variable has
// what any state assigns to it. The error is nil if nothing is wrong; nil does not
// mean that all data fits. Resources without a handler are for [Check].
func CheckTypes(p *Program, r Resolver) error {
	if p == nil {
		return ErrNoProgram
	}
	c := typeCheck{resolver: prepareResolver(r)}
	for state := range p.Machine().All() {
		if task, ok := state.(*asl.TaskState); ok {
			c.checkInput(task)
		}
	}
	c.checkResults(p)
	return errors.Join(c.found...)
}

type typeCheck struct {
	resolver Resolver
	found    []error
}

// handlerOf returns the handler of a Task if its types are known. Those of a task whose
// result comes by its token are not its result's.
func (c *typeCheck) handlerOf(task *asl.TaskState) (h typed, ok bool) {
	if err := callRecovered(hookResolve, func() error {
		found, _ := resolveTask(c.resolver, task.Name, task.Resource.Value)
		if w, isWorker := found.(worker); isWorker {
			found = w.Handler
		}
		h, ok = found.(typed)
		return nil
	}); err != nil {
		c.found = append(c.found, fmt.Errorf("interpreter: %s: %w", task.Location, err))
	}
	return h, ok
}

func (c *typeCheck) checkInput(task *asl.TaskState) {
	h, ok := c.handlerOf(task)
	field, given := "Parameters", task.Parameters
	if task.Language == asl.JSONata {
		field, given = "Arguments", task.Arguments
	}
	if !ok || given.Presence != asl.Present {
		return
	}
	in, _, o := h.types()
	known := withoutData(given.Value.Source, task.Language, true)
	err := value.CheckFields(known, in, o|KnownFieldsOnly)
	if err == nil && known != nil {
		known = withoutData(given.Value.Source, task.Language, false) // a method of the type may refuse null
		err = callRecovered("decoding", func() error { return value.Decode(known, reflect.New(in).Interface()) })
	}
	if err != nil {
		c.found = append(c.found, fmt.Errorf("interpreter: %s/%s: does not fit %s: %s",
			task.Location, field, in, strings.TrimPrefix(err.Error(), "value: ")))
	}
}

// withoutData returns a template with null for what is only known when the state runs.
// Without keep the members that have it are left out, and those that have null.
func withoutData(template any, l asl.QueryLanguage, keep bool) any {
	switch t := template.(type) {
	case *value.Object:
		made := value.NewObject(t.Len())
		for key, member := range t.All() {
			if name, isPath := strings.CutSuffix(key, ".$"); isPath && l == asl.JSONPath {
				key, member = name, nil
			} else {
				member = withoutData(member, l, keep)
			}
			if keep || member != nil {
				made.Set(key, member)
			}
		}
		return made
	case []any:
		made := make([]any, len(t))
		for i := range t {
			made[i] = withoutData(t[i], l, keep)
		}
		return made
	case string:
		if l == asl.JSONata && strings.HasPrefix(t, "{%") {
			return nil
		}
	}
	return template
}

// checkResults reports what [asl.Validate] warns about only because it knows the results.
func (c *typeCheck) checkResults(p *Program) {
	text, err := asl.Marshal(p.Machine())
	if err != nil {
		c.found = append(c.found, err)
		return
	}
	told := make(map[string]bool)
	for _, d := range asl.Validate(text, asl.Options{}) {
		told[d.Location+d.Message] = true
	}
	for _, d := range asl.Validate(text, asl.Options{Results: c}) {
		if d.Code == asl.CodeFieldNeverExists && !told[d.Location+d.Message] {
			message := d.Message
			if d.Detail != "" {
				message += " (" + d.Detail + ")"
			}
			c.found = append(c.found, fmt.Errorf("interpreter: %s: %s", d.Location, message))
		}
	}
}

// ResultOf implements [asl.Results].
func (c *typeCheck) ResultOf(task *asl.TaskState) any {
	if machine.ParseResource(task.Resource.Value).Pattern != machine.RequestResponse {
		return nil
	}
	h, ok := c.handlerOf(task)
	if !ok {
		return nil
	}
	_, out, _ := h.types()
	return value.Members(out)
}
