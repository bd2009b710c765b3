package interpreter

import (
	"slices"

	"github.com/gostates/gostates/interpreter/internal/trusted"
)

// Resolver finds the handler of a task by the name of its Task state and the
// Resource of the definition. Most resolvers ignore the state. Resolve is called
// before each task, from many goroutines.
type Resolver interface {
	Resolve(state, resource string) (Handler, bool)
}

// Resolvers is a list of resolvers. The first one that has a handler wins.
type Resolvers []Resolver

// Resolve returns the handler of the first resolver that has one.
func (all Resolvers) Resolve(state, resource string) (Handler, bool) {
	for _, r := range all {
		if h, ok := resolveTask(r, state, resource); ok {
			return h, true
		}
	}
	return nil, false
}

// resolveTask asks r, which may be nil. A nil handler counts as none.
func resolveTask(r Resolver, state, resource string) (Handler, bool) {
	if r == nil {
		return nil, false
	}
	h, ok := r.Resolve(state, resource)
	return h, ok && h != nil
}

// prepareResolver returns a resolver that resolves as r does, but faster.
func prepareResolver(r Resolver) Resolver {
	switch r := r.(type) {
	case Mux:
		return &preparedMux{r, newPatterns(r)}
	case Resolvers:
		all := make(Resolvers, len(r))
		for i := range r {
			all[i] = prepareResolver(r[i])
		}
		return all
	}
	return r
}

// isOurs reports whether a resolver calls no code of the host.
func isOurs(r Resolver) bool {
	switch r := r.(type) {
	case nil, *preparedMux, Services, *StartExecution:
		return true
	case Resolvers:
		return !slices.ContainsFunc(r, func(one Resolver) bool { return !isOurs(one) })
	}
	return trusted.IsMarked(r)
}
