package temporal

import (
	"errors"
	"testing"
	"time"

	"github.com/nexus-rpc/sdk-go/nexus"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// registry registers with a test environment what Register registers.
type registry struct {
	*testsuite.TestWorkflowEnvironment
}

func (registry) RegisterDynamicWorkflow(any, workflow.DynamicRegisterOptions) {}
func (registry) RegisterDynamicActivity(any, activity.DynamicRegisterOptions) {}
func (registry) RegisterNexusService(*nexus.Service)                          {}

var _ worker.Registry = registry{}

// trial runs an execution in Temporal's test environment, in virtual time, over all its
// runs.
type trial struct {
	program  *machine.Program
	input    any
	id       string // default: x
	args     arguments
	start    time.Time                                // zero: the environment's
	length   int                                      // of the history of each run, as the workflow sees it
	register func(*testsuite.TestWorkflowEnvironment) // the workflow and the activity, in each run
	// noHistory is for executions with very many events.
	noHistory bool
	logger    log.Logger // default: the environment's
	alone     []byte     // the snapshot of a Map Run of the program, to run instead
}

// shown is what a trial showed.
type shown struct {
	events  [][]byte
	status  machine.Status
	outcome *machine.Outcome
	runs    int
	took    time.Duration // virtual
}

// began is when executions start.
var began = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func (x *trial) run() (*shown, error) {
	options, definition, err := splitDefinition(x.program)
	if err != nil {
		return nil, err
	}
	args := x.args
	args.Options, args.KeepHistory = options, !x.noHistory
	if args.TokenKey == nil {
		args.Seed, args.TokenKey, args.Rules = [2]uint64{1, 2}, make([]byte, 16), machine.RulesVersion
	}
	input := []any{args, converter.NewRawValue(definition), rawValue(x.input), []byte(nil)}
	if x.alone != nil {
		input = []any{args, converter.NewRawValue(definition), x.alone}
	}
	now := x.start
	if now.IsZero() {
		now = began
	}
	s, start := new(shown), now
	for {
		s.runs++
		var suite testsuite.WorkflowTestSuite
		if x.logger != nil {
			suite.SetLogger(x.logger)
		}
		env := suite.NewTestWorkflowEnvironment()
		env.SetStartTime(now)
		env.SetTestTimeout(time.Minute)
		env.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: time.Minute}) // the machine of a test may be busy
		id := x.id
		if id == "" {
			id = "x"
		}
		env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: id, TaskQueue: "q"})
		env.SetWorkflowRunTimeout(0)
		env.SetCurrentHistoryLength(x.length)
		x.register(env)
		if x.alone == nil {
			env.ExecuteWorkflow(WorkflowType, input...)
		} else {
			env.ExecuteWorkflow(MapRunType, input...)
		}
		if !env.IsWorkflowCompleted() {
			return nil, errors.New("the workflow has not ended")
		}
		now = env.Now()
		s.took = now.Sub(start)
		if args.KeepHistory && x.alone == nil {
			if err := s.read(env); err != nil {
				return nil, err
			}
		}
		err = env.GetWorkflowError()
		var next *workflow.ContinueAsNewError
		if errors.As(err, &next) {
			if input, err = x.nextInput(next); err != nil {
				return nil, err
			}
			continue
		}
		var output converter.RawValue
		if err == nil {
			err = env.GetWorkflowResult(&output)
		}
		s.status, s.outcome = outcomeOf(output, err)
		return s, nil
	}
}

// read reads the events of a run.
func (s *shown) read(env *testsuite.TestWorkflowEnvironment) error {
	for more := true; more; {
		v, err := env.QueryWorkflow(historyName, pageRequest{From: uint32(len(s.events) + 1)})
		if err != nil {
			return err
		}
		var p eventPage
		if err := v.Get(&p); err != nil {
			return err
		}
		for _, e := range p.Events {
			s.events = append(s.events, e)
		}
		more = p.More
	}
	return nil
}

// nextInput returns the arguments of the run in which a workflow continues.
func (x *trial) nextInput(next *workflow.ContinueAsNewError) ([]any, error) {
	var args arguments
	var definition, input converter.RawValue
	var snapshot []byte
	dc := converter.GetDefaultDataConverter()
	if x.alone != nil {
		if next.WorkflowType.Name != MapRunType {
			return nil, errors.New("it continues as a " + next.WorkflowType.Name)
		}
		err := dc.FromPayloads(next.Input, &args, &definition, &snapshot)
		return []any{args, definition, snapshot}, err
	}
	err := dc.FromPayloads(next.Input, &args, &definition, &input, &snapshot)
	return []any{args, definition, input, snapshot}, err
}

// try runs an execution with the handlers of a Config.
func try(t *testing.T, c Config, definition, input string, change ...func(*trial)) *shown {
	t.Helper()
	in, err := value.ParseVerbatim([]byte(input))
	require.NoError(t, err)
	x := &trial{program: compile(t, definition), input: in, register: func(env *testsuite.TestWorkflowEnvironment) { Register(registry{env}, c) }}
	for _, f := range change {
		f(x)
	}
	s, err := x.run()
	require.NoError(t, err)
	return s
}

// requireOutput fails the test unless the execution succeeded with an output.
func (s *shown) requireOutput(t *testing.T, output string) {
	t.Helper()
	require.Equal(t, machine.Succeeded, s.status, "%+v", s.outcome)
	require.Equal(t, output, value.String(s.outcome.Output))
}

// requireError fails the test unless the execution ended with an error.
func (s *shown) requireError(t *testing.T, status machine.Status, name, cause string) {
	t.Helper()
	require.Equal(t, status, s.status, "%s: %s", orEmpty(s.outcome.Error), orEmpty(s.outcome.Cause))
	require.Equal(t, name, orEmpty(s.outcome.Error))
	require.Contains(t, orEmpty(s.outcome.Cause), cause)
}

func compile(t *testing.T, definition string) *machine.Program {
	t.Helper()
	p, err := Compile([]byte(definition), interpreter.Options{})
	require.NoError(t, err)
	return p
}
