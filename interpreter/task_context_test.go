package interpreter_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
)

// A handler sees why nobody waits for it any more: its own timeout, or something else.
func TestTaskContextSaysWhyItEnded(t *testing.T) {
	for name, c := range map[string]struct {
		definition string
		end        func(in *interpreter.Interpreter, clock *interpreter.VirtualClock, e *interpreter.Execution)
		want       error
	}{
		"timeout": {`"TimeoutSeconds": 10`, func(_ *interpreter.Interpreter, clock *interpreter.VirtualClock, _ *interpreter.Execution) {
			clock.Advance(10 * time.Second)
		}, context.DeadlineExceeded},
		"heartbeat": {`"HeartbeatSeconds": 10`, func(_ *interpreter.Interpreter, clock *interpreter.VirtualClock, _ *interpreter.Execution) {
			clock.Advance(10 * time.Second)
		}, context.DeadlineExceeded},
		"stop": {`"TimeoutSeconds": 10`, func(_ *interpreter.Interpreter, _ *interpreter.VirtualClock, e *interpreter.Execution) {
			require.NoError(t, e.Stop(background, "", ""))
		}, context.Canceled},
		"close": {`"TimeoutSeconds": 10`, func(in *interpreter.Interpreter, _ *interpreter.VirtualClock, _ *interpreter.Execution) {
			require.NoError(t, in.Close())
		}, context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			clock := interpreter.NewManualClock(began)
			begun, seen := make(chan context.Context), make(chan bool)
			in := open(t, interpreter.Config{Clock: clock, Resolver: interpreter.Mux{"*": interpreter.HandlerFunc(
				func(ctx context.Context, _ *interpreter.Task) (any, error) {
					derived, cancel := context.WithCancel(ctx)
					defer cancel()
					if ctx.Err() != nil {
						panic("ended too early")
					}
					begun <- ctx
					<-derived.Done()
					if c.want == context.DeadlineExceeded && context.Cause(derived).Error() != "interpreter: the task has timed out: context deadline exceeded" {
						panic(context.Cause(derived))
					}
					seen <- true
					<-seen
					return nil, ctx.Err()
				})}})
			e, err := in.Start(background, compile(t, `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "work", `+c.definition+`, "End": true}}}`),
				nil, interpreter.StartOptions{})
			require.NoError(t, err)
			ctx := <-begun
			c.end(in, clock, e)
			<-seen
			require.Equal(t, c.want, ctx.Err())
			if c.want == context.DeadlineExceeded {
				require.ErrorIs(t, context.Cause(ctx), context.DeadlineExceeded)
			}
			close(seen)
			clock.Settle()
			require.Equal(t, c.want, ctx.Err(), "it stays")
		})
	}
}
