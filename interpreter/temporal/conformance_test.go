package temporal

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/gostates/gostates/internal/conformance"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// hostModes are the ways in which workflows run the recorded histories.
var hostModes = []hostMode{
	{name: "straight"},
	{name: "continued as new whenever possible", continueAfter: 1, length: 1},
	{name: "continued as new, new tasks held back", continueAfter: 1, length: 2},
	{name: "timeouts by Temporal", timeouts: true},
}

// timeoutsTogether is a case in which two tasks time out at a time. The core then puts
// both TimedOut events first.
const timeoutsTogether = "test_service_lambda_map_timeout_"

type hostMode struct {
	name          string
	continueAfter int  // events
	length        int  // of the history of each run, as the workflow sees it
	timeouts      bool // a task without an answer ends by the timeout of its activity
}

// A workflow shows the histories that AWS has recorded, with the activities answered as
// they were.
func TestConformance(t *testing.T) {
	for _, mode := range hostModes {
		t.Run(mode.name, func(t *testing.T) {
			passed, runs := 0, 0
			skipped := make(map[string]int)
			for _, dir := range folders() {
				files, err := conformance.Files(dir, "history")
				require.NoError(t, err)
				for _, name := range files {
					t.Run(name, func(t *testing.T) {
						c, err := conformance.Load(dir, "history", name)
						require.NoError(t, err)
						reason := c.SkipHost()
						if reason == "" && mode.timeouts && strings.Contains(name, timeoutsTogether) {
							reason = "the timeouts of several activities reach a workflow one by one"
						}
						if reason != "" {
							skipped[reason]++
							t.Skip(reason)
						}
						problems := c.CheckHost(func(h *conformance.HostRun) (*conformance.HostTrace, error) {
							return mode.run(h, &runs)
						})
						if len(problems) == 0 {
							passed++
						}
						for _, p := range problems {
							t.Error(p)
						}
					})
				}
			}
			t.Logf("temporal: %d passed, %v skipped, %d runs", passed, skipped, runs)
			if mode.continueAfter > 0 {
				require.Greater(t, runs, passed)
			}
		})
	}
}

// folders returns the folders of the corpus, seen from here.
func folders() []string {
	var found []string
	for _, f := range conformance.Folders() {
		if !filepath.IsAbs(f) {
			if rel := filepath.Join("..", "..", "internal", "conformance", f); f != "" {
				f = rel
			}
		}
		found = append(found, f)
	}
	return found
}

// run runs a history in Temporal's test environment.
func (m hostMode) run(h *conformance.HostRun, runs *int) (*conformance.HostTrace, error) {
	x := &trial{
		program: h.Program, input: h.Start.Input, id: h.Start.ID, start: h.Clock, length: m.length,
		args: arguments{
			Rules: machine.RulesVersion, Seed: h.Start.Seed, TokenKey: h.Start.TokenKey[:],
			ContinueAfter: m.continueAfter, Synchronous: h.Start.Synchronous,
		},
	}
	x.register = func(env *testsuite.TestWorkflowEnvironment) {
		s := &script{env: env, answer: func(a *taskArguments, c machine.Command) (int, *converter.RawValue, error) {
			got, err := h.Answer(c)
			if err != nil {
				return usual, nil, temporal.NewNonRetryableApplicationError(err.Error(), "Conformance", nil)
			}
			return m.answer(a, c.Resource, got)
		}}
		s.register()
		if stop := h.Stop; stop != nil {
			env.RegisterDelayedCallback(func() {
				env.UpdateWorkflowNoRejection(stopName, "stop", nil, stopRequest{Error: stop.Error, Cause: stop.Cause})
			}, h.StopAfter)
		}
	}
	s, err := x.run()
	if err != nil {
		return nil, err
	}
	*runs += s.runs
	return &conformance.HostTrace{Events: s.events, Status: s.status, Outcome: s.outcome}, nil
}

// answer returns the answer of an activity; its order is negative if there is none.
func (m hostMode) answer(a *taskArguments, resource *machine.Resource, got *conformance.HostTask) (order int, _ *converter.RawValue, _ error) {
	said := told{worker: got.Worker}
	if got.Submitted != nil && got.Result != nil {
		said.submitted = value.Append(nil, got.Submitted.Output)
	}
	returned := func(order int, v converter.RawValue) (int, *converter.RawValue, error) { return order, &v, nil }
	switch r := got.Result; {
	case r == nil && !got.Starts && got.Submitted == nil && resource.Kind == machine.Activity:
		return -1, nil, nil // nobody polls
	case r == nil && got.Submitted != nil:
		return returned(first, said.result(got.Submitted.Output, kindSubmitted))
	case got.TimesOut && m.timeouts:
		kind := enumspb.TIMEOUT_TYPE_START_TO_CLOSE
		if a.Heartbeat > 0 && (a.Timeout == 0 || a.Heartbeat < a.Timeout) {
			kind = enumspb.TIMEOUT_TYPE_HEARTBEAT
		}
		return last, nil, temporal.NewTimeoutError(kind, nil, got.Worker)
	case r == nil:
		return returned(first, said.result(nil, kindPending))
	case r.Kind == machine.TaskSucceeded:
		return returned(usual, said.result(r.Output, ""))
	default:
		return usual, nil, said.failure(r)
	}
}
