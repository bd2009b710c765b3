package machine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/internal/race"
	"github.com/gostates/gostates/interpreter/machine"
)

// watchedMachine tries a task twice and catches each timeout by its name.
const watchedMachine = `{"StartAt": "T", "States": {
	"T": {"Type": "Task", "Resource": "f", "TimeoutSeconds": 20, "HeartbeatSeconds": 8, "End": true,
		"Retry": [{"ErrorEquals": ["States.HeartbeatTimeout", "States.Timeout"], "MaxAttempts": 1}],
		"Catch": [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "Silent"}, {"ErrorEquals": ["States.Timeout"], "Next": "Late"}]},
	"Silent": {"Type": "Pass", "End": true}, "Late": {"Type": "Pass", "End": true}}}`

// A timeout that the host reports leaves the history of one that a Tick finds.
func TestTimeoutOfTheHostIsThatOfATick(t *testing.T) {
	for name, tt := range map[string]struct {
		error string
		after time.Duration
		beats []time.Duration // after the start
	}{
		"heartbeat": {asl.StatesHeartbeatTimeout, 8 * time.Second, nil},
		"timeout":   {asl.StatesTimeout, 20 * time.Second, []time.Duration{7 * time.Second, 14 * time.Second}},
	} {
		for hook, afterStep := range map[string]func(*host){"straight": nil, "restored": restored} {
			t.Run(name+"/"+hook, func(t *testing.T) {
				run := func(watched bool) *host {
					p := compile(t, watchedMachine, machine.Options{})
					h := newHost(t, p, parse(t, `{"a": 1}`))
					h.afterStep = afterStep
					var task machine.TaskID
					h.answer = func(c machine.Command) []machine.Event {
						task = c.Task
						return nil
					}
					h.step(h.queue[0])
					for h.x.Status == machine.Running {
						if at, ok := p.Wake(h.x); ok && p.Timed(h.x) { // the Retrier's delay
							h.now = at
							h.step(machine.Event{Kind: machine.Tick})
						}
						begun := h.now
						h.step(machine.Event{Kind: machine.TaskStarted, Task: task, Watched: watched})
						if !watched {
							for _, after := range tt.beats {
								h.now = begun.Add(after)
								h.step(machine.Event{Kind: machine.TaskHeartbeat, Task: task})
							}
						}
						require.Equal(t, !watched, p.Timed(h.x))
						h.now = begun.Add(tt.after)
						if watched {
							h.step(machine.Event{Kind: machine.TaskTimedOut, Task: task, Error: &tt.error})
						} else {
							h.step(machine.Event{Kind: machine.Tick})
						}
					}
					return h
				}
				byHost, byTick := run(true), run(false)
				require.Equal(t, machine.Succeeded, byHost.x.Status)
				require.Equal(t, encoded(byTick.history), encoded(byHost.history))
				require.Empty(t, byHost.cancelled, "the host knows that the task has ended")
				require.Len(t, byTick.cancelled, 2)
			})
		}
	}
}

// Watched tasks have no deadline of the Execution until a heartbeat gives the watch back.
func TestHeartbeatEndsTheWatchOfTheHost(t *testing.T) {
	race.OneGoroutine(t)
	for name, many := range map[string]bool{"few scopes": false, "a heap of deadlines": true} {
		t.Run(name, func(t *testing.T) {
			branches := []string{watchedMachine}
			for i := 1; many && i < 100; i++ {
				rename := strings.NewReplacer(`"T"`, fmt.Sprintf(`"T%d"`, i), `"Silent"`, fmt.Sprintf(`"Silent%d"`, i), `"Late"`, fmt.Sprintf(`"Late%d"`, i))
				branches = append(branches, rename.Replace(watchedMachine))
			}
			p := compile(t, `{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [`+strings.Join(branches, ",")+`]}}}`, machine.Options{})
			h := newHost(t, p, parse(t, `{}`))
			h.afterStep = restored
			var tasks []machine.TaskID
			h.answer = func(c machine.Command) []machine.Event {
				tasks = append(tasks, c.Task)
				return nil
			}
			for len(h.queue) > 0 { // a Yield gives way
				ev := h.queue[0]
				h.queue = h.queue[1:]
				h.step(ev)
			}
			require.Len(t, tasks, len(branches))
			for _, task := range tasks {
				h.step(machine.Event{Kind: machine.TaskStarted, Task: task, Watched: true})
				h.step(machine.Event{Kind: machine.TaskStarted, Task: task}) // one start counts
			}
			require.False(t, p.Timed(h.x))
			events := len(h.history)
			h.now = began.Add(19 * time.Second)
			h.step(machine.Event{Kind: machine.Tick})
			require.Len(t, h.history, events)

			h.step(machine.Event{Kind: machine.TaskHeartbeat, Task: tasks[0]})
			at, _ := p.Wake(h.x)
			require.Equal(t, began.Add(20*time.Second), at, "TimeoutSeconds counts from the start")
			h.now = at
			h.step(machine.Event{Kind: machine.Tick})
			require.Equal(t, []machine.TaskID{tasks[0]}, h.cancelled)
			for _, task := range tasks[1:] {
				h.step(machine.Event{Kind: machine.TaskSucceeded, Task: task, Output: "ok"})
			}
			h.queue = nil
			h.answer = func(machine.Command) []machine.Event { return succeed("again") }
			require.NotNil(t, h.run())
			require.Equal(t, machine.Succeeded, h.x.Status)
		})
	}
}

// A host may report a timeout of a task that it never watched, and of one whose start it
// did not report.
func TestTaskTimedOutImpliesTheStart(t *testing.T) {
	other := "Other"
	for _, name := range []*string{nil, &other} { // count as States.Timeout
		p := compile(t, watchedMachine, machine.Options{})
		h := newHost(t, p, parse(t, `{}`))
		h.answer = func(machine.Command) []machine.Event {
			return []machine.Event{{Kind: machine.TaskTimedOut, Error: name}}
		}
		require.NotNil(t, h.run())
		require.Equal(t, 2, len(h.seen))
		require.Contains(t, encoded(h.history), "Late")
		require.NotContains(t, encoded(h.history), "Silent")
	}
}
