package interpreter_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

const (
	runningReason   = "Execution is RUNNING and cannot be redriven"
	succeededReason = "Execution is SUCCEEDED and cannot be redriven"
)

// redrivesOf returns what is known of the redrives of an execution. What Describe and the
// handle say must be the same.
func redrivesOf(t testing.TB, in *interpreter.Interpreter, e *interpreter.Execution) interpreter.Redrives {
	t.Helper()
	r, err := e.Redrives(background)
	require.NoError(t, err)
	if id := e.ID(); id != (store.ID{}) {
		require.Equal(t, r, describe(t, in, id).Redrives)
	}
	return r
}

// Describe shows in AWS's words whether an execution can be redriven, while it runs, after
// each of its ends, and after the window.
func TestDescribeShowsRedrives(t *testing.T) {
	for name, s := range map[string]store.Store{"in memory": nil, "stored": memory.New()} {
		t.Run(name, func(t *testing.T) {
			var h breaks
			config := interpreter.Config{Resolver: h.mux(), Store: s, RedriveWindow: time.Hour}
			inBubble(t, config, func(t *testing.T, in *interpreter.Interpreter) {
				p := compile(t, `{"StartAt": "A", "States": {
					"A": {"Type": "Wait", "Seconds": 5, "Next": "B"},
					"B": {"Type": "Task", "Resource": "b", "End": true}}}`)
				e, err := in.Start(background, p, nil, interpreter.StartOptions{Name: "n"})
				require.NoError(t, err)
				require.Equal(t, interpreter.Redrives{RedriveStatus: interpreter.NotRedrivable, RedriveStatusReason: runningReason}, redrivesOf(t, in, e))
				require.Error(t, e.Wait(background))
				require.Equal(t, interpreter.Redrives{RedriveStatus: interpreter.Redrivable}, redrivesOf(t, in, e))

				var at time.Time
				for range 2 {
					time.Sleep(time.Minute)
					at, err = e.Redrive(background, interpreter.RedriveOptions{})
					require.NoError(t, err)
					require.Error(t, e.Wait(background))
				}
				require.Equal(t, interpreter.Redrives{RedriveCount: 2, RedriveTime: at, RedriveStatus: interpreter.Redrivable}, redrivesOf(t, in, e))
				time.Sleep(2 * time.Hour)
				synctest.Wait()
				require.Equal(t, interpreter.Redrives{RedriveCount: 2, RedriveTime: at, RedriveStatus: interpreter.NotRedrivable,
					RedriveStatusReason: machine.PeriodExceeded}, redrivesOf(t, in, e))

				e, err = in.Start(background, p, nil, interpreter.StartOptions{Name: "m"})
				require.NoError(t, err)
				require.Error(t, e.Wait(background))
				h.mended.Store(true)
				at, err = e.Redrive(background, interpreter.RedriveOptions{})
				require.NoError(t, err)
				require.NoError(t, e.Wait(background))
				require.Equal(t, interpreter.Redrives{RedriveCount: 1, RedriveTime: at, RedriveStatus: interpreter.NotRedrivable, RedriveStatusReason: succeededReason},
					redrivesOf(t, in, e))
			})
		})
	}
}

// After a restart the same is known, and without the program what the history shows.
func TestDescribeShowsRedrivesAfterARestart(t *testing.T) {
	var h breaks
	s := memory.New()
	in := open(t, interpreter.Config{Store: s, Resolver: h.mux()})
	failed := startNamed(t, in, compile(t, redriven), "failed", `{}`)
	express := startNamed(t, in, compile(t, redriven, interpreter.Options{Express: true}), "express", `{}`)
	running := startNamed(t, in, compile(t, oneDay), "running", `{}`)
	require.Error(t, express.Wait(background))
	require.Error(t, failed.Wait(background))
	at, err := failed.Redrive(background, interpreter.RedriveOptions{})
	require.NoError(t, err)
	require.Error(t, failed.Wait(background))
	require.NoError(t, in.Close())

	redrives := interpreter.Redrives{RedriveCount: 1, RedriveTime: at, RedriveStatus: interpreter.Redrivable}
	runs := interpreter.Redrives{RedriveStatus: interpreter.NotRedrivable, RedriveStatusReason: runningReason}
	in = open(t, interpreter.Config{Store: s})
	require.Equal(t, redrives, describe(t, in, failed.ID()).Redrives)
	require.Equal(t, interpreter.Redrives{RedriveStatus: interpreter.NotRedrivable}, describe(t, in, express.ID()).Redrives)
	require.Equal(t, runs, describe(t, in, running.ID()).Redrives)

	in = open(t, interpreter.Config{Store: without{s}})
	redrives.RedriveStatus = "" // nobody knows
	d := describe(t, in, failed.ID())
	require.Error(t, d.Problem)
	require.Equal(t, redrives, d.Redrives)
	require.Equal(t, interpreter.Failed, d.Failure.Status)
	require.Equal(t, runs, describe(t, in, running.ID()).Redrives)
}

// keepsAll is a store that deletes nothing.
type keepsAll struct{ store.Store }

func (keepsAll) Delete(context.Context, ...store.ID) error { return nil }

// A child of a Map Run is redriven with it, as AWS shows it.
func TestDescribeShowsRedrivesOfMapRuns(t *testing.T) {
	in := open(t, interpreter.Config{Store: keepsAll{memory.New()}, Resolver: interpreter.Mux{
		"*": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
			if task.Input == any("bad") {
				return nil, errors.New("broken")
			}
			return "done", nil
		})}})
	for _, kind := range []string{"STANDARD", "EXPRESS"} {
		p := compile(t, `{"StartAt": "M", "States": {"M": {"Type": "Map", "End": true, "ToleratedFailurePercentage": 100, "Label": "L",
			"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "`+kind+`"},
				"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "t", "End": true}}}}}}`)
		e := startNamed(t, in, p, kind, `["bad", "good"]`)
		require.NoError(t, e.Wait(background))
		seen := 0
		for l, err := range in.ListAll(background, store.Query{Parent: e.ID()}) {
			require.NoError(t, err)
			d := describe(t, in, l.ID)
			seen++
			if d.Status == interpreter.Failed {
				require.Equal(t, interpreter.Redrives{RedriveStatus: interpreter.RedrivableByMapRun}, d.Redrives)
			} else if kind == "STANDARD" {
				require.Equal(t, interpreter.Redrives{RedriveStatus: interpreter.NotRedrivable, RedriveStatusReason: succeededReason}, d.Redrives)
			}
		}
		require.Equal(t, 2, seen, kind)
	}
}
