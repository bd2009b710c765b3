package api

import (
	"context"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/mock"
	"github.com/gostates/gostates/interpreter/store"
)

// tagCase is the tag with the test case that an execution was started under.
const tagCase = "gostates:testCase"

// SetMocks replaces [Config].Mocks for executions that start from now on: those that run
// keep the responses of the case that they were started under. nil is a file without
// cases.
func (s *Server) SetMocks(f *mock.File) {
	if f == nil {
		f = noCases
	}
	s.mocks.Store(f)
}

var noCases = new(mock.File)

// startCase returns the tasks of a test case.
func (s *Server) startCase(machine, name string) (*mock.Tasks, error) {
	file := s.mocks.Load()
	if file == nil {
		return nil, newError("InvalidName", "Invalid mock test case name '%s' for state machine '%s'. There is no mock configuration.", name, machine)
	}
	tasks, err := file.Case(machine, name)
	if err != nil {
		return nil, newError("InvalidName", "Invalid mock test case name '%s' for state machine '%s'. %v", name, machine, err)
	}
	return tasks, nil
}

// newResolverOf returns the resolver of executions that were started under a test case:
// of the states that it names, activities too, before that of the program. If the file
// no longer has the case, their tasks fail.
func (s *Server) newResolverOf(other func(string, map[string]string) (interpreter.Resolver, error)) func(string, map[string]string) (interpreter.Resolver, error) {
	return func(arn string, tags map[string]string) (interpreter.Resolver, error) {
		var all interpreter.Resolvers
		if tags[tagCase] != "" && s.mocks.Load() != nil {
			tasks, err := s.tasksOf(arn, tags)
			if err != nil {
				return failing{err}, nil
			}
			all = append(all, tasks)
		}
		if other != nil {
			r, err := other(arn, tags)
			if err != nil {
				return nil, err
			}
			if r != nil {
				all = append(all, r)
			}
		}
		return all, nil
	}
}

// failing is a resolver whose tasks fail.
type failing struct{ err error }

func (f failing) Resolve(_, _ string) (interpreter.Handler, bool) { return f, true }

func (f failing) Handle(context.Context, *interpreter.Task) (any, error) { return nil, f.err }

// caseResolver finds the handlers of children of Map Runs in the test case of their
// parent, whom only the store knows, and so not before the task is called: their
// activities are not mocked. It finds other handlers where there were no test cases.
type caseResolver struct {
	server *Server
	other  interpreter.Resolver
}

func (r *caseResolver) Resolve(state, resource string) (interpreter.Handler, bool) {
	other, known := r.other.Resolve(state, resource)
	if r.server.mocks.Load() == nil {
		return other, known
	}
	return interpreter.HandlerFunc(func(ctx context.Context, t *interpreter.Task) (any, error) {
		tasks, err := r.server.tasksOfChild(ctx, t.ExecutionArn())
		if err != nil {
			return nil, err
		}
		if tasks != nil {
			if h, ok := tasks.Resolve(state, resource); ok {
				return h.Handle(ctx, t)
			}
		}
		if !known {
			return nil, asl.Errorf(asl.StatesRuntime, "No resolver has a handler for the resource %s.", resource)
		}
		return other.Handle(ctx, t)
	}), true
}

// tasksOf returns the tasks of the test case that an execution has in its tags. In a new
// process the responses count anew.
func (s *Server) tasksOf(arn string, tags map[string]string) (*mock.Tasks, error) {
	x := s.follower.find(arn)
	s.follower.mu.Lock()
	defer s.follower.mu.Unlock()
	if x.tasks == nil {
		r, err := parseArn(arn, kindExecution, kindExpress)
		if err != nil {
			return nil, err
		}
		if x.tasks, err = s.startCase(r.parts[0], tags[tagCase]); err != nil {
			return nil, err
		}
	}
	return x.tasks, nil
}

// tasksOfChild is tasksOf for the execution that a child of a Map Run belongs to. It
// returns nil for one without a case, and for other executions.
func (s *Server) tasksOfChild(ctx context.Context, arn string) (*mock.Tasks, error) {
	r, err := parseArn(arn, kindExecution, kindExpress)
	if err != nil || !r.isLabeled() {
		return nil, nil //nolint:nilerr // it is not of this API
	}
	x := s.follower.find(arn)
	s.follower.mu.Lock()
	tasks, known := x.tasks, x.tasksKnown
	s.follower.mu.Unlock()
	if known {
		return tasks, nil
	}
	st, err := s.loadExecution(ctx, arn)
	if err != nil {
		return nil, err
	}
	for strings.Contains(st.Head.Machine, "/") && st.Head.Parent != (store.ID{}) {
		if st, err = s.store.Load(ctx, st.Head.Parent); err != nil {
			return nil, err
		}
	}
	if st.Head.Tags[tagCase] != "" {
		parent := strings.Replace(st.Head.Machine, ":"+kindMachine+":", ":"+kindExecution+":", 1) + ":" + st.Head.Name
		if tasks, err = s.tasksOf(parent, st.Head.Tags); err != nil {
			return nil, err
		}
	}
	s.follower.mu.Lock()
	defer s.follower.mu.Unlock()
	x.tasks, x.tasksKnown = tasks, true
	return tasks, nil
}

// loadExecution returns what the store has of a STANDARD or EXPRESS execution.
func (s *Server) loadExecution(ctx context.Context, arn string) (*store.State, error) {
	id, err := s.Find(ctx, arn)
	if err != nil {
		return nil, err
	}
	return s.store.Load(ctx, id)
}
