package interpreter_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// save runs an execution until its tasks wait for answers by token, and returns
// its snapshot and one of the tokens.
func save(t *testing.T, p *interpreter.Program, clock *interpreter.VirtualClock) (snapshot []byte, token string) {
	t.Helper()
	tokens := make(chan string, 10)
	in := open(t, interpreter.Config{Clock: clock, Resolver: pending(tokens)})
	e, err := in.Start(background, p, nil, interpreter.StartOptions{})
	require.NoError(t, err)
	clock.Settle()
	snapshot, err = e.Snapshot()
	require.NoError(t, err)
	require.NoError(t, in.Close())
	return snapshot, <-tokens
}

// A callback may come before the handler of its task has run again: every token is
// known when Restore returns.
func TestTokensAreKnownWhenRestoreReturns(t *testing.T) {
	for name, definition := range map[string]string{
		"a function":             oneTask,
		"a function, timed":      `{"StartAt": "T", "States": {"T": ` + timedTask + `}}`,
		"an activity":            `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "arn:aws:states:us-east-1:000000000000:activity:a", "End": true}}}`,
		"a service":              `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {}, "End": true}}}`,
		"a job":                  `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "arn:aws:states:::batch:submitJob.sync", "Parameters": {}, "End": true}}}`,
		"a call that waits":      `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "Parameters": {"t.$": "$$.Task.Token"}, "End": true}}}`,
		"a function in a branch": `{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [` + oneTask + `]}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			p := compile(t, definition)
			clock := interpreter.NewManualClock(began)
			snapshot, token := save(t, p, clock)
			called := make(chan bool, 1)
			in := open(t, interpreter.Config{Clock: clock, Workers: 1, Resolver: interpreter.Mux{
				"*": interpreter.HandlerFunc(func(ctx context.Context, task *interpreter.Task) (any, error) {
					if task.State == "Block" {
						called <- true
						<-ctx.Done()
					}
					return nil, interpreter.ErrResultPending
				})}})
			_, err := in.Start(background, compile(t, `{"StartAt": "Block", "States": {"Block": `+heldTask+`}}`), nil, interpreter.StartOptions{})
			require.NoError(t, err)
			<-called // the only worker is busy: no other handler runs
			e, err := in.Restore(p, snapshot, interpreter.StartOptions{})
			require.NoError(t, err)
			require.NoError(t, in.SendTaskHeartbeat(background, token))
			require.NoError(t, in.SendTaskSuccess(background, token, "answer"))
			require.NoError(t, e.Wait(background))
			out, err := e.Output()
			require.NoError(t, err)
			require.Contains(t, value.String(out), "answer")
		})
	}
}

// Deadlines that passed while no process ran happen before a handler is called.
func TestPassedDeadlinesComeBeforeHandlers(t *testing.T) {
	branch := func(more string) string {
		return `{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [` + more + `]}}}`
	}
	for name, c := range map[string]struct {
		definition string
		status     interpreter.Status
		delivered  []string
	}{
		"a timeout":           {`{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "t", "TimeoutSeconds": 10, "End": true}}}`, interpreter.Failed, nil},
		"a heartbeat":         {`{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "t", "HeartbeatSeconds": 10, "End": true}}}`, interpreter.Failed, nil},
		"of the execution":    {`{"TimeoutSeconds": 10, "StartAt": "T", "States": {"T": ` + heldTask + `}}`, interpreter.TimedOut, nil},
		"one of two branches": {branch(oneTask + `, {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "t", "TimeoutSeconds": 10, "End": true}}}`), interpreter.Failed, nil},
		"a timeout that is caught": {`{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "t", "TimeoutSeconds": 10, "Next": "S",
			"Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "C"}]}, "S": {"Type": "Succeed"}, "C": ` + heldTask + `}}`, interpreter.Succeeded, []string{"C"}},
		"a timeout that is tried again": {`{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "t", "TimeoutSeconds": 10, "End": true,
			"Retry": [{"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 1}]}}}`, interpreter.Succeeded, []string{"T"}},
		"a Wait": {branch(oneTask + `, {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 10, "Next": "T"}, "T": ` + heldTask + `}}`), interpreter.Succeeded, []string{"Work", "T"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := compile(t, c.definition)
			snapshot, _ := save(t, p, interpreter.NewManualClock(began))
			for range 20 {
				var delivered []string
				in := open(t, interpreter.Config{Clock: interpreter.NewVirtualClock(began.Add(time.Hour)), Workers: 1, Resolver: interpreter.Mux{
					"*": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
						delivered = append(delivered, task.State)
						return nil, nil
					})}})
				e, err := in.Restore(p, snapshot, interpreter.StartOptions{})
				require.NoError(t, err)
				_ = e.Wait(background)
				require.Equal(t, c.status, e.Status())
				require.Equal(t, c.delivered, delivered)
			}
		})
	}
}

// An execution that was saved before its first event begins when it is restored.
func TestRestoreBeforeStarted(t *testing.T) {
	p := compile(t, `{"StartAt": "B", "States": {"C": {"Type": "Succeed"}, "B": {"Type": "Pass", "Next": "C"}}}`)
	snapshot, err := p.Marshal(p.New(machine.Start{ID: "x", Input: "input"}))
	require.NoError(t, err)
	e, err := open(t, interpreter.Config{}).Restore(p, snapshot, interpreter.StartOptions{})
	require.NoError(t, err)
	require.NoError(t, e.Wait(background))
	out, err := e.Output()
	require.NoError(t, err)
	require.Equal(t, "input", out)
}
