package api

import (
	"context"
	"errors"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/registry"
	"github.com/gostates/gostates/interpreter/store"
)

// Start starts an execution as StartExecution does: arn is that of a state machine, a
// version or an alias, with #CASE for a test case. An empty name is a random one, and nil
// is the input {}. The error is an [*Error], or that of the interpreter.
func (s *Server) Start(ctx context.Context, arn, name string, input []byte) (*interpreter.Execution, error) {
	in := object{"stateMachineArn": arn}
	in.setText("name", name)
	in.setText("input", string(input))
	sh := model["StartExecution"]
	if err := checkRequest(&sh, in); err != nil {
		return nil, err
	}
	_, e, err := s.start(ctx, in, false)
	return e, err
}

// Find returns the ID of a STANDARD or EXPRESS execution. The error is an [*Error] if
// there is none with the ARN, and otherwise that of the store.
func (s *Server) Find(ctx context.Context, executionArn string) (store.ID, error) {
	r, err := parseArn(executionArn, kindExecution, kindExpress)
	if err != nil {
		return store.ID{}, err
	}
	name := executionArn
	if r.kind == kindExecution {
		name = r.parts[1]
	}
	id, err := s.store.Find(ctx, s.config.Interpreter.Namespace, r.machineArn(), name)
	if errors.Is(err, store.ErrNotFound) {
		return id, noExecution(executionArn)
	}
	return id, err
}

// Records returns the state machines and activities, to be read.
func (s *Server) Records() *registry.Registry { return s.records }

// AllowsHost reports whether the Host of a request is a name of this server: see
// [Config].Hosts.
func (s *Server) AllowsHost(host string) bool { return s.isHostAllowed(host) }

// TestCases returns the names of the test cases under which a state machine can be
// started: see [Config].Mocks and [Server.SetMocks].
func (s *Server) TestCases(machineArn string) []string {
	r, err := parseArn(machineArn, kindMachine)
	file := s.mocks.Load()
	if err != nil || file == nil {
		return nil
	}
	return file.Cases(r.parts[0])
}
