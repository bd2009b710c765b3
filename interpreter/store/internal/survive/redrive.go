package survive

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/value"
)

// redrivenDefinition fails until it was redriven three times: an item of the Map fails in
// as many attempts as its number says. Beside it are a Wait, a task that is called
// before all and one that is called after all.
const redrivenDefinition = `{"StartAt": "First", "States": {
	"First": {"Type": "Task", "Resource": "work", "ResultPath": "$.first", "Next": "Both"},
	"Both": {"Type": "Parallel", "ResultPath": "$.both", "Next": "Last", "Branches": [
		{"StartAt": "Items", "States": {"Items": {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 2, "End": true,
			"ItemProcessor": {"StartAt": "Item", "States": {
				"Item": {"Type": "Task", "Resource": "item", "Next": "Then",
					"Parameters": {"item.$": "$", "redrives.$": "$$.Execution.RedriveCount"}},
				"Then": {"Type": "Pass", "End": true}}}}}},
		{"StartAt": "Pause", "States": {
			"Pause": {"Type": "Wait", "Seconds": 1, "Next": "Paused"},
			"Paused": {"Type": "Pass", "Result": "paused", "End": true}}}]},
	"Last": {"Type": "Task", "Resource": "work", "ResultPath": "$.last", "Next": "Done"},
	"Done": {"Type": "Pass", "End": true, "Parameters": {"n.$": "$.n", "first.$": "$.first", "both.$": "$.both", "last.$": "$.last"}}}}`

const (
	redrivenARN = "arn:aws:states:us-east-1:000000000000:stateMachine:redriven"
	redrives    = 3 // that an execution needs
)

var (
	redrivenProgram = sync.OnceValue(func() *interpreter.Program { return mustCompile(redrivenDefinition, redrivenARN) })
	redrivenEntered = map[string]int{"First": 1, "Both": 1, "Items": 1, "Item": 4, "Then": 4, "Pause": 1, "Paused": 1, "Last": 1, "Done": 1}
)

// RedrivesEnv, in the environment of a Command, makes the process one that redrives.
const RedrivesEnv = "SURVIVE_REDRIVES=1"

func redrivesOnly() bool { return os.Getenv(strings.TrimSuffix(RedrivesEnv, "=1")) != "" }

// liveRedriving starts the executions of a life and redrives those that have failed, one
// by one and all at a time, until all have succeeded or the process is to end.
func (p *Process) liveRedriving(ctx context.Context, s store.Store, j *Journal, count int) error {
	handler := func(f func(t *interpreter.Task) (any, error)) interpreter.Handler {
		return interpreter.HandlerFunc(func(ctx context.Context, t *interpreter.Task) (any, error) {
			j.Write(entryCalled, t.Execution(), t.State, t.Item, t.Attempt)
			select {
			case <-time.After(rand.N(BusyTime)):
			case <-ctx.Done():
			}
			return f(t)
		})
	}
	in := interpreter.New(interpreter.Config{Store: s, Lease: p.Lease, Programs: []*interpreter.Program{redrivenProgram()}, Resolver: interpreter.Mux{
		"work": handler(func(t *interpreter.Task) (any, error) { return t.State, nil }),
		"item": handler(func(t *interpreter.Task) (any, error) {
			var in struct{ Item, Redrives int }
			if err := value.Decode(t.Input, &in); err != nil {
				return nil, err
			}
			if in.Redrives < in.Item {
				return nil, asl.Errorf("Broken", "item %d after %d redrives", in.Item, in.Redrives)
			}
			return fmt.Sprintf("item %d", in.Item), nil
		}),
	}})
	fmt.Println("open")
	w := &Workload{journal: j, shared: p.Lease > 0, repeats: p.Repeats, in: in}
	failed := make(chan error, count)
	var group sync.WaitGroup
	for n := range count {
		group.Go(func() {
			if err := w.redriveToTheEnd(ctx, n); err != nil && ctx.Err() == nil && !errors.Is(err, interpreter.ErrClosed) {
				failed <- fmt.Errorf("%s: %w", NameOf(n), err)
			}
		})
	}
	group.Wait()
	if err := in.Shutdown(context.Background()); err != nil {
		return err
	}
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

// redriveToTheEnd starts or finds an execution, and redrives it until it has succeeded.
func (w *Workload) redriveToTheEnd(ctx context.Context, n int) error {
	e, err := w.startOf(ctx, redrivenProgram(), []byte(fmt.Sprintf(`{"n":%d,"items":[0,1,2,3]}`, n)), n)
	if err == nil {
		w.journal.Write(EntryStarted, NameOf(n))
	}
	for err == nil {
		err = w.repeat(func() (err error) {
			if e, err = w.in.Execution(ctx, e.ID()); err == nil {
				err = e.Wait(ctx)
			}
			return err
		})
		if errors.Is(err, interpreter.ErrRunning) { // it was redriven before Wait could tell
			err = nil
			continue
		}
		var ended *interpreter.ExecutionError
		if !errors.As(err, &ended) {
			return err
		}
		err = w.repeat(func() error {
			r, err := e.Redrives(ctx)
			if err != nil || r.RedriveStatus != interpreter.Redrivable {
				return err // another process was faster
			}
			if r.RedriveCount == 0 {
				for _, err := range w.in.RedriveAll(ctx, store.Query{Machine: redrivenARN, NamePrefix: NameOf(n)}, interpreter.RedriveOptions{}) {
					if err = unlessRefused(err); err != nil {
						return err
					}
				}
				return nil
			}
			_, err = w.in.Redrive(ctx, e.ID(), interpreter.RedriveOptions{ClientToken: fmt.Sprint("redrive-", r.RedriveCount+1)})
			return unlessRefused(err)
		})
	}
	return err
}

// unlessRefused returns nil for a redrive that came too late.
func unlessRefused(err error) error {
	if errors.As(err, new(*machine.NotRedrivableError)) {
		return nil
	}
	return err
}

// CheckRedriven checks that the store has count executions of processes that redrive,
// and no others, and that each has succeeded after its redrives as if it had done so at
// once.
func CheckRedriven(t testing.TB, s store.Store, all *Told, count int) (sum Found) {
	t.Helper()
	require.Empty(t, all.Wrong)
	names := map[string]bool{}
	for _, l := range listAll(t, s) {
		require.Equal(t, interpreter.Succeeded, l.Status, "%s: parked %q", l.Name, l.Parked)
		require.NotContains(t, names, l.Name, "the name has two executions")
		names[l.Name] = true
		sum.Parents++
		n := 0
		_, err := fmt.Sscanf(l.Name, "e-%d", &n)
		require.NoError(t, err)
		e := CheckExecution(t, s, l.ID, &sum)
		e.Check(t, redrivenProgram(), fmt.Sprintf(`{"n":%d,"first":"First","both":[["item 0","item 1","item 2","item 3"],"paused"],"last":"Last"}`, n), redrivenEntered)
		e.checkTasksOfRedrives(t)
	}
	require.Len(t, names, count)
	for name := range all.Started {
		require.True(t, names[name], "an acknowledged start is lost")
	}
	return sum
}

// checkTasksOfRedrives checks that each task has succeeded once, and was not scheduled
// again after that.
func (e *StoredExecution) checkTasksOfRedrives(t testing.TB) {
	t.Helper()
	name := e.state.Head.Name
	entered := make([]uint32, len(e.events)+1) // by event: that of the state in which it is
	succeeded := map[uint32]bool{}
	count := 0
	for _, ev := range e.events {
		if entered[ev.ID] = entered[ev.Previous]; strings.HasSuffix(fmt.Sprint(ev.Type), "StateEntered") {
			entered[ev.ID] = ev.ID
		}
		switch ev.Type {
		case history.ExecutionRedriven:
			count++
			require.EqualValues(t, count, ev.Index, name)
		case history.LambdaFunctionScheduled:
			require.False(t, succeeded[entered[ev.ID]], "%s: event %d schedules a task that has succeeded", name, ev.ID)
		case history.LambdaFunctionSucceeded:
			require.False(t, succeeded[entered[ev.ID]], "%s: event %d is a second success", name, ev.ID)
			succeeded[entered[ev.ID]] = true
		}
	}
	require.Equal(t, redrives, count, "%s: redrives", name)
	require.Len(t, succeeded, redrivenEntered["First"]+redrivenEntered["Item"]+redrivenEntered["Last"], name)
}
