package api

import (
	"context"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
)

// newResolver returns the resolver of the interpreter: test cases, then that of the
// program, then tasks that start executions of the server's machines.
func (s *Server) newResolver() interpreter.Resolver {
	var all interpreter.Resolvers
	if r := s.config.Interpreter.Resolver; r != nil {
		all = append(all, r)
	}
	return &caseResolver{server: s, other: append(all, nestedStarts{s})}
}

// nestedStarts is a resolver of states:startExecution for the server's machines.
type nestedStarts struct{ server *Server }

func (n nestedStarts) Resolve(_, resource string) (interpreter.Handler, bool) {
	r := machine.ParseResource(resource)
	return n, r.Service == "states" && r.Action == "startExecution"
}

// Handle starts the execution that a task asks for. A machine, version or alias that is
// not there fails the task as on AWS.
func (n nestedStarts) Handle(ctx context.Context, task *interpreter.Task) (any, error) {
	starts := &interpreter.StartExecution{}
	if arn, _, _, err := interpreter.NestedRequest(task.Input); err == nil {
		if r, err := parseArn(arn, kindMachine); err == nil {
			defer n.server.starting.begin(r.machineArn())()
		}
		if t, err := n.server.findTarget(arn); err == nil && !t.machine.Deleting {
			p, err := n.server.programs.get(t.machine, t.revision)
			if err != nil {
				return nil, err
			}
			starts.Programs = map[string]*interpreter.Program{arn: p}
		}
	}
	return starts.Handle(ctx, task)
}
