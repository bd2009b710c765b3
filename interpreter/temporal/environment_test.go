package temporal_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/testsuite"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/temporal"
)

// environment starts executions in the SDK's test environment.
type environment struct {
	client.Client
	env *testsuite.TestWorkflowEnvironment
}

func (e environment) ExecuteWorkflow(_ context.Context, o client.StartWorkflowOptions, name any, args ...any) (client.WorkflowRun, error) {
	e.env.SetStartWorkflowOptions(o)
	e.env.ExecuteWorkflow(name, args...)
	return nil, e.env.GetWorkflowError()
}

func TestOrder(t *testing.T) {
	program, err := temporal.Compile([]byte(`{"StartAt": "Wait", "States": {
		"Wait": {"Type": "Wait", "Seconds": 86400, "Next": "Charge"},
		"Charge": {"Type": "Task", "Resource": "charge", "End": true}}}`), interpreter.Options{})
	require.NoError(t, err)
	env := new(testsuite.WorkflowTestSuite).NewTestWorkflowEnvironment()
	temporal.Register(env, temporal.Config{Resolver: interpreter.Mux{"charge": interpreter.Func(charge)}})
	orders := temporal.NewClient(environment{nil, env}, temporal.ClientOptions{TaskQueue: "orders"})
	_, err = orders.Start(context.Background(), program, order{ID: "1"}, temporal.StartOptions{Name: "order-1"})
	require.NoError(t, err)
	var receipt string
	require.NoError(t, env.GetWorkflowResult(&receipt))
	require.Equal(t, "paid 1", receipt)
}
