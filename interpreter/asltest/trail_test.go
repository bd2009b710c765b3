package asltest

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/machine"
)

const retriedBranches = `{"StartAt": "M", "States": {
	"M": {"Type": "Map", "MaxConcurrency": 3, "Catch": [{"ErrorEquals": ["M"], "Next": "F"}], "End": true, "ItemProcessor": {"StartAt": "P", "States": {
		"P": {"Type": "Parallel", "Catch": [{"ErrorEquals": ["C"], "Next": "Z"}], "Retry": [{"ErrorEquals": ["RP"], "MaxAttempts": 1}], "End": true, "Branches": [
			{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "a", "Retry": [{"ErrorEquals": ["R"], "MaxAttempts": 2}], "End": true}}},
			{"StartAt": "I", "States": {"I": {"Type": "Map", "ItemsPath": "$.l", "End": true, "ItemProcessor": {"StartAt": "B", "States": {
				"B": {"Type": "Task", "Resource": "b", "Next": "W"}, "W": {"Type": "Wait", "Seconds": 1, "End": true}}}}}}]},
		"Z": {"Type": "Pass", "End": true}}}},
	"F": {"Type": "Fail", "Error": "x"}}}`

// A Trail that begins at any step tells the places that one from the start tells, and that is
// the state of each event.
func TestTrailsThatBeginAnywhere(t *testing.T) {
	p := Compile(t, retriedBranches)
	states := map[string]string{"Task": "AB", "LambdaFunction": "AB", "Wait": "W", "Pass": "Z", "Parallel": "P", "Map": "MI"}
	random := rand.New(rand.NewPCG(1, 2))
	input, err := toValue(`[{"l": [1, 2]}, {"l": []}, {"l": [3]}, {"l": [1, 2, 3]}]`)
	require.NoError(t, err)
	for range 60 {
		c := config{start: defaultStart, name: "test"}
		for _, state := range []string{"A", "B"} {
			script := On(state)
			for range 30 {
				script = script.After(time.Duration(1+random.IntN(10_000)) * time.Millisecond)
				if random.IntN(5) == 0 {
					script = script.Throw([]string{"R", "C", "RP", "M", "X"}[random.IntN(5)], "")
				} else {
					script = script.Return(`1`)
				}
			}
			script.apply(&c)
		}
		root := newRunner(p, input, &c, t)
		root.running = append(root.running, root)
		trails := []*history.Trail{new(history.Trail)}
		for next, ev, ok := root, (machine.Event{Kind: machine.Started}), true; ok; next, ev, ok = root.nextEvent() {
			if random.IntN(8) == 0 {
				trails = append(trails, new(history.Trail))
				p.FollowFrom(next.x, trails[len(trails)-1])
			}
			require.NoError(t, next.takeStep(ev))
			for i := range next.result.Events {
				e := &next.result.Events[i]
				kind := e.Type.String()
				want := trails[0].Follow(e)
				for _, trail := range trails[1:] {
					if got := trail.Follow(e); !strings.HasSuffix(kind, "Aborted") {
						require.Equal(t, want, got, "%d %s", e.ID, kind)
					}
				}
				for prefix, names := range states {
					if strings.HasPrefix(kind, prefix) && !strings.HasSuffix(kind, "Aborted") {
						require.Contains(t, strings.Split(names, ""), want.State, "%d %s", e.ID, kind)
					}
				}
			}
		}
		require.NotEqual(t, machine.Running, root.x.Status)
	}
}
