package machine

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/internal/race"
	"github.com/gostates/gostates/value"
)

// wrongIndex compares what the index says with what a look at all scopes finds.
func wrongIndex(x *Execution) string {
	ix := x.index
	if ix == nil {
		if x.Status == Running && len(x.scopes) > manyScopes {
			return "there is none"
		}
		return ""
	}
	var timers []timing
	families := make([][]childRef, len(x.scopes))
	stale := len(ix.timers)
	for i := range x.scopes {
		if at, timed := x.timingOf(int32(i)); timed {
			timers = append(timers, at)
			stale--
		}
		if parent := x.scopes[i].parent; parent >= 0 {
			families[parent] = append(families[parent], childRef{int32(i), x.scopes[i].index})
		}
	}
	if stale != ix.stale || len(timers) > 0 && (x.marks.hasMark(untimed) || minTiming(timers) != ix.timers[0]) {
		return "the earliest timer"
	}
	for i, want := range families {
		slices.SortFunc(want, func(a, b childRef) int { return cmp.Compare(a.index, b.index) })
		if !slices.Equal(want, x.childrenOf(int32(i))) {
			return fmt.Sprintf("the children of scope %d", i)
		}
	}
	priors := make([]int32, len(x.scopes))
	for i := range priors {
		priors[i] = unqueued
	}
	before := int32(none)
	for at := x.ready; at >= 0; before, at = at, x.scopes[at].next {
		priors[at] = before
	}
	for i, prior := range priors {
		if ix.prior[i] != prior {
			return fmt.Sprintf("the scope before scope %d in the queue", i)
		}
	}
	if x.last != before {
		return "the last scope in the queue"
	}
	return ""
}

func minTiming(timers []timing) timing {
	first := timers[0]
	for _, t := range timers {
		if t.isBefore(&first) {
			first = t
		}
	}
	return first
}

// wide writes machines of nested containers whose states wait, fail, are tried
// again and time out.
type wide struct {
	*rand.Rand
	scopes int
}

func (w *wide) scope(depth int) string {
	w.scopes++
	n := w.scopes
	pick := func(texts ...string) string { return texts[w.IntN(len(texts))] }
	retry := pick("", `"Retry": [{"ErrorEquals": ["E", "States.Timeout"], "IntervalSeconds": 2, "MaxAttempts": 2, "JitterStrategy": "FULL"}], `,
		`"Retry": [{"ErrorEquals": ["E"], "IntervalSeconds": 1, "MaxAttempts": 1}], `, "")
	catch := pick("", fmt.Sprintf(`"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Z%d"}], `, n))
	kind := w.IntN(10)
	switch {
	case n == 1:
		kind %= 6
	case depth == 0:
		kind = 6 + kind%4
	}
	state := `"Type": "Pass"`
	switch {
	case kind < 3:
		var branches []string
		for range 1 + w.IntN(6) {
			branches = append(branches, w.scope(depth-1))
		}
		state = `"Type": "Parallel", ` + retry + catch + `"Branches": [` + strings.Join(branches, ",") + `]`
	case kind < 6:
		state = fmt.Sprintf(`"Type": "Map", "ItemsPath": "$$.Execution.Input.items", "MaxConcurrency": %d, `, w.IntN(2)*w.IntN(120)) +
			retry + catch + `"ItemProcessor": ` + w.scope(depth-1)
		if w.IntN(3) == 0 { // an ItemSelector that fails
			state = strings.Replace(state, `"ItemsPath": "$$.Execution.Input.items"`, fmt.Sprintf(`"QueryLanguage": "JSONata",
				"Items": "{%% $states.context.Execution.Input.items %%}",
				"ItemSelector": {"a": "{%% $states.context.Map.Item.Index = %d ? $error('E') : 1 %%}"}`, w.IntN(40)), 1)
		}
	case kind < 8:
		state = `"Type": "Task", "Resource": "f", "ResultPath": null, ` + retry + catch +
			pick(`"TimeoutSeconds": 30`, `"TimeoutSeconds": 3`, `"TimeoutSeconds": 5, "HeartbeatSeconds": 2`, `"HeartbeatSeconds": 3`)
	case kind == 8:
		state = fmt.Sprintf(`"Type": "Wait", "Seconds": %d`, w.IntN(6))
	}
	last := pick(`"Type": "Pass", "End": true`, `"Type": "Succeed"`, `"Type": "Wait", "Seconds": 2, "End": true`, `"Type": "Fail", "Error": "E"`)
	return fmt.Sprintf(`{"StartAt": "A%d", "States": {"A%d": {%s, "Next": "Z%d"}, "Z%d": {%s}}}`, n, n, state, n, n, last)
}

// play runs an execution with random answers, late ones too, and returns its
// history and commands. after may replace the execution after each Step.
func play(t *testing.T, p *Program, seed uint64, after func(*Execution) *Execution) (string, int) {
	r := rand.New(rand.NewPCG(seed, 1))
	items := make([]any, r.IntN(200))
	x := p.New(Start{ID: "x", Input: value.ObjectOf(value.Member{Key: "items", Value: items}), Seed: [2]uint64{seed, 2}})
	result := Result{History: true, MaxTransitions: 1 + r.IntN(200)}
	now := time.Unix(0, 0)
	queue, most := []Event{{Kind: Started}}, 0
	var trace strings.Builder
	name := "E"
	for steps := 0; steps < 700; steps++ {
		if x.Status != Running {
			if redrives, _ := x.Redrives(); redrives == 3 || p.CheckRedrive(x) != nil {
				break
			}
			now = now.Add(time.Duration(r.IntN(2e9)))
			queue = []Event{{Kind: Redriven}}
		}
		if len(queue) == 0 {
			at, ok := p.Wake(x)
			require.True(t, ok, "nothing can happen any more")
			now = at
			queue = append(queue, Event{})
		}
		i := 0
		if r.IntN(3) == 0 {
			i = r.IntN(len(queue))
		}
		ev := queue[i]
		queue = slices.Delete(queue, i, i+1)
		if r.IntN(8) == 0 {
			now = now.Add(time.Duration(r.IntN(2e9)))
		}
		require.NoError(t, p.Step(x, ev, now, &result))
		require.Empty(t, wrongIndex(x), "after %d steps of seed %d", steps, seed)
		most = max(most, len(x.scopes))
		for i := range result.Events {
			e := &result.Events[i]
			fmt.Fprintln(&trace, e.ID, e.Previous, e.Type, e.Name, e.Index, e.Nanos)
		}
		for _, c := range result.Commands {
			fmt.Fprintln(&trace, c.Kind, c.Task, c.State)
			switch {
			case c.Kind == Yield:
				queue = append(queue, Event{})
			case c.Kind == StartTask:
				queue = append(queue, Event{Kind: TaskStarted, Task: c.Task})
				switch r.IntN(6) {
				case 0: // no answer
				case 1:
					queue = append(queue, Event{Kind: TaskFailed, Task: c.Task, Error: &name})
				case 2:
					queue = append(queue, Event{Kind: TaskHeartbeat, Task: c.Task}, Event{Kind: TaskHeartbeat, Task: c.Task}, Event{Kind: TaskSucceeded, Task: c.Task})
				default:
					queue = append(queue, Event{Kind: TaskSucceeded, Task: c.Task})
				}
			}
		}
		if after != nil {
			x = after(x)
		}
	}
	return trace.String(), most
}

// The index agrees with the scopes after every Step of random machines, and one
// that is made again goes on as the first did.
func TestIndexAgreesWithScopes(t *testing.T) {
	race.OneGoroutine(t)
	indexed := 0
	for seed := range uint64(60) {
		text := (&wide{Rand: rand.New(rand.NewPCG(seed, 0))}).scope(3)
		m, err := asl.Parse([]byte(text))
		require.NoError(t, err, text)
		p, err := Compile(m, Options{Limits: Limits{HistoryEvents: 2000, MapConcurrency: 1000}})
		require.NoError(t, err, text)
		want, most := play(t, p, seed, nil)
		if most > manyScopes {
			indexed++
		}
		for name, after := range map[string]func(*Execution) *Execution{
			"restored": func(x *Execution) *Execution {
				data, err := p.Marshal(x)
				require.NoError(t, err)
				y, err := p.Restore(data)
				require.NoError(t, err)
				return y
			},
			"cloned": (*Execution).Clone,
		} {
			got, _ := play(t, p, seed, after)
			require.Equal(t, want, got, "seed %d, %s:\n%s", seed, name, text)
		}
	}
	require.Greater(t, indexed, 10)
}

// The deadlines of tasks that were answered do not pile up.
func TestIndexSweepsStaleDeadlines(t *testing.T) {
	branches := []string{`{"StartAt": "L", "States": {"L": {"Type": "Task", "Resource": "f", "TimeoutSeconds": 99999, "HeartbeatSeconds": 88888, "Next": "L"}}}`}
	for i := range manyScopes {
		branches = append(branches, fmt.Sprintf(`{"StartAt": "W%d", "States": {"W%d": {"Type": "Wait", "Seconds": 7200, "End": true}}}`, i, i))
	}
	m, err := asl.Parse([]byte(`{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [` + strings.Join(branches, ",") + `]}}}`))
	require.NoError(t, err)
	p, err := Compile(m, Options{Limits: NoLimits})
	require.NoError(t, err)
	x := p.New(Start{ID: "x"})
	var result Result
	now, most := time.Unix(0, 0), 0
	require.NoError(t, p.Step(x, Event{Kind: Started}, now, &result))
	for range 1000 {
		task := result.Commands[0].Task
		for _, kind := range []EventKind{TaskStarted, TaskHeartbeat, TaskSucceeded} {
			now = now.Add(time.Millisecond)
			require.NoError(t, p.Step(x, Event{Kind: kind, Task: task}, now, &result))
			require.Empty(t, wrongIndex(x))
			most = max(most, len(x.index.timers))
		}
	}
	require.LessOrEqual(t, most, 2*(manyScopes+1)+1)
}
