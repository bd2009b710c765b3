package interpreter

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/internal/spelling"
)

// Check reports each Resource of a program that r has no handler for, with its
// state: the error is [ErrNoHandler], or nil if there is none. Call it at the start of a program:
// without a handler an execution fails with States.Runtime, which nothing catches.
func Check(p *Program, r Resolver) error { return checkResources(p, r, nil) }

func checkResources(p *Program, r Resolver, a *activities) error {
	if p == nil {
		return ErrNoProgram
	}
	r = prepareResolver(r)
	polled := make(map[string]bool)
	for _, resource := range p.Resources() {
		polled[resource.Name] = a.arePolled(resource)
	}
	var missing []error
	for state := range p.Machine().All() {
		task, ok := state.(*asl.TaskState)
		if !ok || polled[task.Resource.Value] {
			continue
		}
		if _, ok := resolveTask(r, task.Name, task.Resource.Value); !ok {
			err := noHandlerError(task.Resource.Value, task.Name)
			if similar, ok := spelling.Similar(task.Resource.Value, resourcesOf(r)); ok {
				err = fmt.Errorf("%w (did you mean %q?)", err, similar)
			}
			missing = append(missing, err)
		}
	}
	return errors.Join(missing...)
}

// resourcesOf iterates over the resources that a resolver names, as far as it is one of this
// package. A [Mux] names them in the order of the alphabet, without patterns.
func resourcesOf(r Resolver) iter.Seq[string] {
	return func(yield func(string) bool) {
		switch r := r.(type) {
		case *preparedMux:
			for _, name := range slices.Sorted(maps.Keys(r.exact)) {
				if !strings.Contains(name, "*") && !yield(name) {
					return
				}
			}
		case *middlewareResolver:
			resourcesOf(r.Resolver)(yield)
		case Resolvers:
			for _, one := range r {
				for name := range resourcesOf(one) {
					if !yield(name) {
						return
					}
				}
			}
		}
	}
}

func noHandlerError(resource, state string) error {
	return fmt.Errorf("%w for the resource %q of the state %q", ErrNoHandler, resource, state)
}

// Check is the function [Check] with the interpreter's resolver. Resources of
// Config.Activities need no handler.
func (in *Interpreter) Check(p *Program) error { return checkResources(p, in.resolver, in.activities) }
