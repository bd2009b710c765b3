package machine_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/machine"
)

// Whatever a host says, and in whatever order, a Map Run keeps its counts, and one
// that is restored after every Step does the same.
func FuzzMapRun(f *testing.F) {
	f.Add(uint8(0), []byte{2, 0, 4, 0, 4, 1, 4, 2, 6, 0})
	f.Add(uint8(1), []byte{2, 3, 4, 0, 12, 1, 5, 0, 0, 2, 5, 0, 6, 0})
	f.Add(uint8(2), []byte{0, 2, 4, 1, 4, 9, 8, 3, 3, 0})
	f.Add(uint8(3), []byte{2, 0, 0, 5, 12, 0, 4, 1, 0, 5, 5, 0, 0, 5, 5, 0, 6, 0})
	var programs []*machine.Program
	for _, definition := range []string{
		distributed(`"MaxConcurrency": 2, "ToleratedFailureCount": 1`),
		distributed(`"MaxConcurrency": 2, "ItemReader": {"Resource": "r"}, "ItemBatcher": {"MaxInputBytesPerBatch": 20}, "ResultWriter": {"Resource": "w", "Parameters": {"Bucket": "b"}}`),
		distributedOf("EXPRESS", `"ItemReader": {"Resource": "r", "ReaderConfig": {"InputType": "JSON", "MaxItems": 7}}, "ToleratedFailurePercentage": 40,
			"ItemSelector": {"u.$": "States.UUID()", "v.$": "$$.Map.Item.Value"}, "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}]`),
		distributed(`"MaxConcurrency": 3, "ItemReader": {"Resource": "r"}, "ItemBatcher": {"MaxItemsPerBatch": 2}, "ResultWriter": {"Resource": "w", "Parameters": {"Bucket": "b"}},
			"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]`),
	} {
		programs = append(programs, compile(f, definition, machine.Options{}))
	}
	f.Fuzz(func(t *testing.T, which uint8, ops []byte) {
		p := programs[int(which)%len(programs)]
		start := machine.Start{Input: parse(t, `[1, "two", {"c": 3}, 4, 5]`), Seed: [2]uint64{1, 2}}
		x, y := p.New(start), p.New(start)
		r, q := machine.Result{History: true}, machine.Result{History: true}
		at := began
		step := func(ev machine.Event) {
			require.NoError(t, p.Step(x, ev, at, &r))
			require.NoError(t, p.Step(y, ev, at, &q))
			require.Equal(t, r.Late, q.Late)
			require.Equal(t, lines(r.Events), lines(q.Events))
			require.Equal(t, len(r.Commands), len(q.Commands))
			for i := range r.Commands {
				require.Equal(t, r.Commands[i].Kind, q.Commands[i].Kind)
			}
			y = func() *machine.Execution {
				again, err := p.Restore(marshal(t, p, y))
				require.NoError(t, err)
				return again
			}()
			for _, run := range p.MapRuns(x) {
				for _, c := range []machine.MapRunCounts{run.Items, run.Executions} {
					require.Equal(t, c.Total, c.Pending+c.Running+c.Succeeded+c.Failed+c.TimedOut+c.Aborted)
					require.GreaterOrEqual(t, min(c.Pending, c.Running, c.Succeeded, c.Failed, c.Aborted), int64(0))
				}
			}
			require.Equal(t, p.MapRuns(x), p.MapRuns(y))
		}
		step(machine.Event{Kind: machine.Started})
		for len(ops) >= 2 && x.Status == machine.Running {
			op, arg := ops[0], int64(ops[1])
			ops = ops[2:]
			at = at.Add(1)
			ev := machine.Event{Kind: machine.ItemsRead + machine.EventKind(op%8), MapRun: &machine.MapRunEvent{Receipt: []byte{op}}}
			runs := p.MapRuns(x)
			if len(runs) == 0 { // waits for a retry
				at, _ = p.Wake(x)
				step(machine.Event{Kind: machine.Tick})
				continue
			}
			ev.Task = runs[0].Task
			m := ev.MapRun
			switch ev.Kind {
			case machine.ItemsRead:
				m.Index = runs[0].Items.Total - arg&64
				for i := range arg % 8 {
					m.Items = append(m.Items, fmt.Sprint("item ", i))
				}
				m.End, m.Cursor, m.Source = arg&8 != 0 || arg == 0, []byte{byte(arg)}, "s3://b/k"
				if arg&16 != 0 {
					m.Keys = make([]string, len(m.Items))
				}
			case machine.ChildEnded:
				m.Index, m.Status = arg%16, machine.Succeeded+machine.Status(op>>3)%4
				ev.Output = []any{arg}
			case machine.MapRunUpdated:
				n := arg % 5
				m.MaxConcurrency = &n
				if arg&8 != 0 {
					m.ToleratedFailureCount = &n
				}
			}
			step(ev)
		}
	})
}
