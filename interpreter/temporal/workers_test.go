package temporal

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/worker"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// Of two workers on a queue one cannot run the executions. They wait while there is no
// other, and are right when there are both.
func TestExecutionsWaitForTheRightWorker(t *testing.T) {
	c := newServer(t).client
	asked := make(chan struct{}, 100)
	right := recordingConfig(t, nil)
	for name, tt := range map[string]struct {
		definition, want string
		wrong            func() *engine
		failure          string // of the workflow task; empty: the task of the definition is refused
	}{
		"older rules": {fourTasks("", ""), `{"n":1}`, func() *engine {
			e := newEngine(right)
			e.rules--
			return e
		}, fmt.Sprintf("this worker knows those up to %d: it needs a worker with a newer version of this module", machine.RulesVersion-1)},
		"no definition": {starting(".sync:2"), `{"o":"paid"}`, func() *engine {
			other := right
			other.Machines = map[string]*machine.Program{}
			return newEngine(other)
		}, "this worker has no state machine child in Config.Machines: it needs a worker that has"},
		"no handler": {chainOf(task("A", "echo", "")), `{"n":1}`, func() *engine {
			other := right
			other.Resolver = resolverFunc(func(string, string) (interpreter.Handler, bool) {
				asked <- struct{}{}
				return nil, false
			})
			return newEngine(other)
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
			defer cancel()
			queue := "workers-" + time.Now().UTC().Format("150405.000")
			wrong := worker.New(c, queue, worker.Options{})
			tt.wrong().register(wrong)
			require.NoError(t, wrong.Start())
			defer wrong.Stop()
			k := NewClient(c, ClientOptions{TaskQueue: queue})
			var all []*Execution
			for range 3 {
				e, err := k.Start(ctx, compile(t, tt.definition), []byte(`{"n": 1}`), StartOptions{})
				require.NoError(t, err)
				all = append(all, e)
			}
			for _, e := range all {
				if tt.failure == "" {
					<-asked
				} else {
					require.Contains(t, awaitFailedWorkflowTask(t, ctx, e), tt.failure)
				}
			}
			for _, e := range all {
				d, err := c.DescribeWorkflow(ctx, e.Name(), "")
				require.NoError(t, err)
				require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, d.Status)
			}
			// It asks more often, since the server waits for longer after each failure.
			other := worker.New(c, queue, worker.Options{MaxConcurrentWorkflowTaskPollers: 16, MaxConcurrentActivityTaskPollers: 16})
			Register(other, right)
			require.NoError(t, other.Start())
			defer other.Stop()
			for _, e := range all {
				output, err := e.output(ctx)
				require.NoError(t, err)
				require.Equal(t, tt.want, value.String(output))
				for _, h := range downloadHistories(t, ctx, e) {
					require.NoError(t, Replay(h, right))
				}
			}
		})
	}
}

// awaitFailedWorkflowTask returns the message of the first workflow task that fails.
func awaitFailedWorkflowTask(t *testing.T, ctx context.Context, e *Execution) string {
	for it := e.client.temporal.GetWorkflowHistory(ctx, e.name, "", true, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); it.HasNext(); {
		ev, err := it.Next()
		require.NoError(t, err)
		if failed := ev.GetWorkflowTaskFailedEventAttributes(); failed != nil {
			return failed.GetFailure().GetMessage()
		}
	}
	require.NoError(t, errors.New("no workflow task has failed"))
	return ""
}
