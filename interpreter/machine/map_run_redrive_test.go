package machine_test

import (
	"encoding/base64"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/internal/race"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// mapRedrives is a host that redrives an execution until it succeeds. Children fail as
// fails says, by attempt.
type mapRedrives struct {
	*mapHost
	fails   [][]int64
	attempt int
	ran     []map[int64]bool // by attempt
	done    map[int64]bool   // children that have succeeded
}

func newMapRedrives(t *testing.T, p *machine.Program, input string, fails ...[]int64) *mapRedrives {
	m := &mapRedrives{mapHost: newMapHost(t, p, input), fails: fails, done: map[int64]bool{}, ran: []map[int64]bool{{}}}
	m.end = func(c *machine.Child) machine.Event {
		require.False(t, m.done[c.Index], "child %d has succeeded and runs again", c.Index)
		m.ran[m.attempt][c.Index] = true
		if m.attempt < len(m.fails) {
			return failing(m.fails[m.attempt]...)(c)
		}
		return failing()(c)
	}
	m.beforeCarryOut = func(ev machine.Event) {
		if ev.Kind == machine.ChildEnded && !m.r.Late && ev.MapRun.Status == machine.Succeeded {
			m.done[ev.MapRun.Index] = true
		}
	}
	return m
}

func (m *mapRedrives) redrive() {
	m.attempt++
	m.ran = append(m.ran, map[int64]bool{})
	m.queue, m.open = nil, map[int64]*machine.Child{}
	m.now = m.now.Add(time.Hour)
	m.step(machine.Event{Kind: machine.Redriven})
	m.run()
}

const (
	fileSource = `,"ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"}, "ReaderConfig": {"InputType": "JSON"}}`
	fileTarget = `,"ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b", "Prefix": "p"}}`
)

// A redrive runs the children that did not succeed, and the items that were never
// started, in the same Map Run. It does not run others.
func TestRedriveOfAMapRun(t *testing.T) {
	race.OneGoroutine(t)
	const n = 11
	var data []string
	for i := range n {
		data = append(data, fmt.Sprint(i*10))
	}
	array := "[" + strings.Join(data, ",") + "]"
	for name, c := range map[string]struct {
		fields string
		fails  [][]int64
		kind   string
	}{
		"state data":                  {`"MaxConcurrency": 2`, [][]int64{{3}, {3}, {3, 7}}, "STANDARD"},
		"state data, all at once":     {`"MaxConcurrency": 0`, [][]int64{{3, 4, 9}, {4}}, "STANDARD"},
		"state data, writer":          {`"MaxConcurrency": 3` + fileTarget, [][]int64{{3}, {5}, {3, 7}}, "STANDARD"},
		"source":                      {`"MaxConcurrency": 2` + fileSource, [][]int64{{0}, {3}, {10}}, "STANDARD"},
		"source, writer":              {`"MaxConcurrency": 2` + fileSource + fileTarget, [][]int64{{2}, {2}, {9}}, "STANDARD"},
		"source, writer, EXPRESS":     {`"MaxConcurrency": 2` + fileSource + fileTarget, [][]int64{{2}, {2}, {9}}, "EXPRESS"},
		"batches":                     {`"MaxConcurrency": 2, "ItemBatcher": {"MaxItemsPerBatch": 2}` + fileSource, [][]int64{{1}, {1}, {5}}, "STANDARD"},
		"batches, writer":             {`"MaxConcurrency": 1, "ItemBatcher": {"MaxItemsPerBatch": 3}` + fileSource + fileTarget, [][]int64{{1}, {1}, {3}}, "STANDARD"},
		"batches of bytes, writer":    {`"MaxConcurrency": 2, "ItemBatcher": {"MaxInputBytesPerBatch": 26}` + fileSource + fileTarget, [][]int64{{1}, {0, 1}, {2}}, "STANDARD"},
		"tolerated failures":          {`"MaxConcurrency": 2, "ToleratedFailureCount": 2` + fileSource, [][]int64{{0, 2, 4, 5}, {0, 2, 7, 8}, {2, 9, 10, 0}}, "STANDARD"},
		"tolerated failures, writer":  {`"MaxConcurrency": 2, "ToleratedFailureCount": 2` + fileTarget, [][]int64{{0, 2, 4, 5}, {0, 2, 7, 8}}, "STANDARD"},
		"tolerated percentage":        {`"MaxConcurrency": 4, "ToleratedFailurePercentage": 20` + fileSource + fileTarget, [][]int64{{0, 2, 4}, {0, 2, 4}}, "STANDARD"},
		"selector":                    {`"MaxConcurrency": 2, "ItemSelector": {"i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value"}` + fileSource, [][]int64{{1}, {8}}, "EXPRESS"},
		"records as results":          {`"MaxConcurrency": 2, "ResultWriter": {"WriterConfig": {"Transformation": "NONE", "OutputType": "JSON"}}`, [][]int64{{1}, {8}}, "STANDARD"},
		"most items":                  {`"MaxConcurrency": 2` + strings.Replace(fileSource, `"InputType": "JSON"`, `"InputType": "JSON", "MaxItems": 7`, 1), [][]int64{{1}, {6}}, "STANDARD"},
		"succeeds at the first child": {`"MaxConcurrency": 1` + fileSource + fileTarget, [][]int64{{0}}, "STANDARD"},
	} {
		for _, chunk := range []int{0, 1, 2} {
			for variant, after := range map[string]func(*host){"straight": nil, "restored": restored, "crashed": crashed} {
				t.Run(fmt.Sprintf("%s/%d/%s", name, chunk, variant), func(t *testing.T) {
					p := compile(t, distributedOf(c.kind, c.fields), machine.Options{})
					make := func(fails ...[]int64) *mapRedrives {
						m := newMapRedrives(t, p, array, fails...)
						for i := range n {
							m.items = append(m.items, int64(i*10))
						}
						m.chunk = chunk
						m.afterStep = func(h *host) {
							if after != nil && h.x.Status == machine.Running {
								after(h)
							} else if after != nil { // EndMapRun counts below
								restored(h)
							}
							m.carryOutMapRuns()
						}
						return m
					}
					whole := make()
					whole.run()
					m := make(c.fails...)
					m.run()
					for m.x.Status == machine.Failed && m.attempt < 5 {
						m.redrive()
					}
					require.NotZero(t, m.attempt)
					if !strings.Contains(c.fields, "NONE") { // which have the times of the children
						require.Equal(t, whole.output(), m.output())
					}
					require.Equal(t, whole.done, m.done)
					first, last := m.ended[0], m.ended[len(m.ended)-1]
					for i, run := range m.ended {
						require.Equal(t, first.Arn, run.Arn)
						require.Equal(t, i, run.Redrives)
						require.Zero(t, run.Executions.PendingRedrive)
						require.Equal(t, i < len(m.ended)-1, m.kept[i])
					}
					want := *whole.ended[0]
					want.Redrives, want.RedrivenAt = last.Redrives, last.RedrivenAt
					want.StartedAt, want.StoppedAt, want.Task = last.StartedAt, last.StoppedAt, last.Task
					require.Equal(t, &want, last)
					require.Equal(t, m.now, last.RedrivenAt)
					require.True(t, first.StartedAt.Equal(last.StartedAt))
				})
			}
		}
	}
}

// The events of two redrives, and what DescribeMapRun says meanwhile.
func TestEventsOfAMapRunRedriven(t *testing.T) {
	p := compile(t, distributed(`"MaxConcurrency": 1`+fileTarget), machine.Options{StateMachineArn: stateMachineArn})
	m := newMapRedrives(t, p, `[1, 2, 3, 4]`, []int64{1}, []int64{1})
	m.run()
	m.redrive()
	m.redrive()
	all := m.eventTypes()
	_, all, _ = strings.Cut(all, "5<4 MapRunFailed")
	require.Equal(t, ` 6<5 MapStateFailed 7<6 ExecutionFailed `+
		`8<7 ExecutionRedriven 9<3 MapRunRedriven 10<9 MapRunFailed 11<10 MapStateFailed 12<11 ExecutionFailed `+
		`13<12 ExecutionRedriven 14<3 MapRunRedriven 15<14 MapRunSucceeded 16<15 MapStateSucceeded 17<14 MapStateExited 18<17 ExecutionSucceeded`, all)
	i := slices.IndexFunc(m.history, func(e history.Event) bool { return e.Type == history.MapRunRedriven })
	_, details := m.history[i].Details()
	require.Equal(t, history.MapRunRedrivenEventDetails{MapRunArn: m.ended[0].Arn, RedriveCount: 1}, details)
	require.Equal(t, []map[int64]bool{{0: true, 1: true}, {1: true}, {1: true, 2: true, 3: true}}, m.ran)

	counts := func(r *machine.MapRun) string {
		c := r.Executions
		return fmt.Sprintf("total %d pending %d running %d succeeded %d failed %d written %d redrive %d", c.Total, c.Pending, c.Running, c.Succeeded, c.Failed, c.ResultsWritten, c.PendingRedrive)
	}
	m = newMapRedrives(t, p, `[1, 2, 3, 4]`, []int64{1})
	m.run()
	require.Equal(t, "total 4 pending 2 running 0 succeeded 1 failed 1 written 4 redrive 0", counts(m.ended[0]))
	m.queue, m.attempt, m.ran = nil, 1, append(m.ran, map[int64]bool{})
	m.step(machine.Event{Kind: machine.Redriven})
	run := m.p.MapRuns(m.x)[0]
	require.Equal(t, "total 4 pending 2 running 0 succeeded 1 failed 0 written 1 redrive 1", counts(&run))
	m.hold = true
	m.settle()
	run = m.p.MapRuns(m.x)[0]
	require.Equal(t, "total 4 pending 2 running 1 succeeded 1 failed 0 written 1 redrive 0", counts(&run))
}

// After a stop and after a timeout, the children that ran are redriven, whatever the Map
// Run was doing.
func TestRedriveOfAnAbortedMapRun(t *testing.T) {
	for name, fields := range map[string]string{"writer": fileTarget, "source": fileSource, "both": fileSource + fileTarget} {
		for after := 1; ; after++ { // Steps
			p := compile(t, strings.Replace(distributed(`"MaxConcurrency": 3`+fields), `"StartAt"`, `"TimeoutSeconds": 100, "StartAt"`, 1), machine.Options{})
			m := newMapRedrives(t, p, `[0, 1, 2, 3, 4, 5, 6]`)
			for i := range 7 {
				m.items = append(m.items, int64(i))
			}
			m.chunk = 2
			for range after {
				if m.x.Status == machine.Running {
					ev := m.queue[0]
					m.queue = m.queue[1:]
					m.step(ev)
				}
			}
			if m.x.Status != machine.Running {
				require.Greater(t, after, 8)
				break
			}
			if after%2 == 0 {
				m.step(machine.Event{Kind: machine.Stopped})
				require.Equal(t, machine.Aborted, m.x.Status)
			} else {
				m.now = m.now.Add(100 * time.Second)
				m.step(machine.Event{Kind: machine.Tick})
				require.Equal(t, machine.TimedOut, m.x.Status)
			}
			restored(m.host)
			wrote := slices.ContainsFunc(m.commands, func(c string) bool { return c == "WriteResults" })
			m.redrive()
			require.Equal(t, machine.Succeeded, m.x.Status, "%s, %d Steps", name, after)
			require.Len(t, m.done, 7)
			if last := m.unfinished; len(last) > 1 && len(m.done) > 0 {
				require.Equal(t, wrote || len(m.ran[0]) > 0 && m.unfinished[1] != nil, m.unfinished[1] != nil)
			}
		}
	}
}

// A Map Run beside another failure is aborted, and redriven with it.
func TestRedriveOfAMapRunBesideAFailure(t *testing.T) {
	p := compile(t, `{"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "End": true, "Branches": [`+
		distributed(`"MaxConcurrency": 2`)+`, {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 9, "Next": "T"}, "T": {"Type": "Task", "Resource": "f", "End": true}}}]}}}`, machine.Options{})
	m := newMapRedrives(t, p, `[1, 2, 3]`)
	m.answer = func(machine.Command) []machine.Event { return failWith("Odd", "x") }
	m.hold = true
	m.run()
	require.Equal(t, machine.Failed, m.x.Status)
	require.Equal(t, []bool{true}, m.kept)
	require.EqualValues(t, 2, m.ended[0].Executions.Aborted)
	require.Len(t, slices.Collect(m.x.KeptChildren()), 2)
	restored(m.host)
	m.answer = func(machine.Command) []machine.Event { return succeed("done") }
	m.hold = false
	m.redrive()
	require.Equal(t, `[[1,2,3],"done"]`, m.output())
	require.Len(t, m.redriven, 2)
	require.Equal(t, m.ended[0].Arn, m.ended[1].Arn)
}

// A caught or retried failure leaves nothing to be redriven.
func TestCaughtMapRunIsNotKept(t *testing.T) {
	for name, c := range map[string]struct {
		handling string
		redrives int
	}{
		"caught":  {`, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]`, 0},
		"retried": {`, "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}]`, 1},
	} {
		p := compile(t, distributed(`"MaxConcurrency": 2`+c.handling), machine.Options{})
		m := newMapRedrives(t, p, `[1, 2, 3]`, []int64{0, 1, 2})
		m.run()
		require.False(t, m.kept[0], name)
		for range c.redrives {
			require.Equal(t, machine.Failed, m.x.Status)
			require.NotEqual(t, m.ended[0].Arn, m.ended[1].Arn)
			require.True(t, m.kept[1])
			m.redrive()
			require.Equal(t, m.ended[1].Arn, m.ended[2].Arn)
		}
		require.Equal(t, machine.Succeeded, m.x.Status, name)
		require.Empty(t, slices.Collect(m.x.KeptChildren()))
	}
}

// After a failure of the reader the source is read again, from the beginning, and items
// that have children are passed over.
func TestRedriveAfterTheReaderFailed(t *testing.T) {
	for _, target := range []string{"", fileTarget} {
		for broken := 0; broken <= 5; broken++ {
			p := compile(t, distributed(`"MaxConcurrency": 1, "ItemBatcher": {"MaxItemsPerBatch": 2}`+fileSource+target), machine.Options{})
			m := newMapRedrives(t, p, `{}`)
			m.chunk = 1
			m.afterStep = func(h *host) {
				restored(h)
				if m.broken = ""; m.attempt == 0 && m.read >= broken {
					m.broken = "a bad line"
				}
				m.carryOutMapRuns()
			}
			for i := range 6 {
				m.items = append(m.items, int64(i))
			}
			m.run()
			require.Equal(t, machine.Failed, m.x.Status)
			require.Equal(t, "States.ItemReaderFailed", *m.x.Outcome.Error)
			m.read = 0
			m.redrive()
			require.Equal(t, machine.Succeeded, m.x.Status)
			require.Equal(t, 6, m.read)
			require.Equal(t, map[int64]bool{0: true, 1: true, 2: true}, m.done)
			require.Equal(t, "{\"Items\":[0,1]}\n{\"Items\":[2,3]}\n{\"Items\":[4,5]}\n", inputs(m.started))
		}
	}
}

// After a failure of the writer, results that are not written are told again, and
// children are not run again.
func TestRedriveAfterTheWriterFailed(t *testing.T) {
	t.Run("at the beginning", func(t *testing.T) {
		p := compile(t, distributed(`"MaxConcurrency": 1`+fileTarget), machine.Options{})
		m := newMapRedrives(t, p, `[1, 2, 3]`)
		m.unwritable = "no bucket"
		m.run()
		require.Equal(t, "States.ResultWriterFailed", *m.x.Outcome.Error)
		m.redrive()
		require.Equal(t, machine.Failed, m.x.Status)
		m.unwritable = ""
		m.redrive()
		require.Equal(t, machine.Succeeded, m.x.Status)
		require.Equal(t, []*machine.UnfinishedResults{nil, nil, nil}, m.unfinished)
		require.Equal(t, 2, m.ended[2].Redrives)
	})
	for _, lost := range []bool{false, true} {
		t.Run(fmt.Sprintf("in between, lost %t", lost), func(t *testing.T) {
			p := compile(t, distributed(`"MaxConcurrency": 2`+fileTarget), machine.Options{})
			m := newMapRedrives(t, p, `[1, 2, 3, 4]`)
			told := map[int64]int{}
			m.end = func(c *machine.Child) machine.Event {
				told[c.Index]++
				return machine.Event{Output: c.Input}
			}
			m.beforeCarryOut = func(ev machine.Event) {
				if m.attempt == 0 && ev.Kind == machine.ChildEnded && ev.MapRun.Index == 0 {
					m.queue = slices.Insert(m.queue, 0, machine.Event{Kind: machine.ResultsFailed, Task: ev.Task, MapRun: &machine.MapRunEvent{Lost: lost}})
				}
			}
			m.run()
			require.Equal(t, "States.ResultWriterFailed", *m.x.Outcome.Error)
			restored(m.host)
			m.redrive()
			require.Equal(t, machine.Succeeded, m.x.Status)
			if lost {
				require.NotEqual(t, m.ended[0].Arn, m.ended[1].Arn)
				require.Equal(t, []*machine.UnfinishedResults{nil, nil}, m.unfinished)
				return
			}
			require.Equal(t, map[int64]int{0: 1, 1: 2, 2: 2, 3: 1}, told, "1 and 2 were told again")
			require.Equal(t, &machine.UnfinishedResults{Receipt: []byte("ended 2")}, m.unfinished[1])
			require.EqualValues(t, 4, m.ended[1].Items.Succeeded)
		})
	}
}

// A child that cannot be redriven keeps its outcome, and counts.
func TestChildThatCannotBeRedriven(t *testing.T) {
	p := compile(t, distributed(`"MaxConcurrency": 2, "ToleratedFailureCount": 1`), machine.Options{})
	m := newMapRedrives(t, p, `[1, 2, 3, 4]`, []int64{0, 1}, nil, nil)
	end := m.end
	m.end = func(c *machine.Child) machine.Event {
		if m.attempt > 0 && c.Index == 0 {
			name := "Old"
			return machine.Event{Error: &name, MapRun: &machine.MapRunEvent{Status: machine.Failed, NotRedrivable: true}}
		}
		return end(c)
	}
	m.run()
	m.redrive()
	require.Equal(t, machine.Succeeded, m.x.Status)
	require.EqualValues(t, 1, m.ended[1].Items.FailuresNotRedrivable)
	require.EqualValues(t, 1, m.ended[1].Executions.Failed)
	require.Contains(t, m.output(), `"Error":"Old"`)
}

// A Map Run remembers 10,000 children that failed, and 256 KiB of their inputs.
func TestMapRunRemembersFailedChildrenWithinBounds(t *testing.T) {
	p := compile(t, distributed(`"MaxConcurrency": 0, "ToleratedFailureCount": 10040`+fileSource+fileTarget), machine.Options{})
	const n = 10_050
	m := newMapRedrives(t, p, `{}`)
	for range n {
		m.items = append(m.items, strings.Repeat("0123456789", 4))
	}
	m.end = func(c *machine.Child) machine.Event {
		if m.attempt == 0 {
			return failing(c.Index)(c)
		}
		return machine.Event{Output: "x"}
	}
	m.run()
	require.Equal(t, machine.Failed, m.x.Status)
	require.Len(t, slices.Collect(m.x.KeptChildren()), 10_000)
	require.Less(t, len(marshal(t, p, m.x)), 330<<10)
	m.redrive()
	require.Equal(t, machine.Succeeded, m.x.Status, "these failures are tolerated")
	last := m.ended[1].Items
	require.Greater(t, last.Failed, int64(40))
	require.Equal(t, last.Failed, last.FailuresNotRedrivable)
	require.EqualValues(t, n, last.Failed+last.Succeeded)
	forgotten := 0
	for _, c := range m.redriven {
		if c.Forgotten {
			require.Nil(t, c.Input)
			forgotten++
		}
	}
	require.Equal(t, 10_000-256<<10/42, forgotten)
}

// A Map Run can be redriven 1,000 times.
func TestMapRunIsRedrivenAThousandTimes(t *testing.T) {
	p := compile(t, distributed(`"MaxConcurrency": 1`), machine.Options{})
	m := newMapRedrives(t, p, `[1]`)
	m.end = failing(0)
	m.run()
	for range 1001 {
		m.redrive()
		require.Equal(t, machine.Failed, m.x.Status)
	}
	require.Equal(t, "States.Runtime", *m.x.Outcome.Error)
	require.Len(t, m.ended, 1001)
}

// An EXPRESS child of a Map Run starts again from its first state when it is redriven;
// other EXPRESS executions cannot be redriven.
func TestExpressChildStartsAgain(t *testing.T) {
	parent := compile(t, `{"StartAt": "M", "States": {"M": {"Type": "Map", "Label": "L", "End": true, "ItemProcessor": {
		"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}, "StartAt": "P", "States": {
			"P": {"Type": "Pass", "Result": 1, "ResultPath": "$.p", "Next": "T"},
			"T": {"Type": "Task", "Resource": "f", "Parameters": {"in.$": "$", "x.$": "$$.Execution"}, "End": true}}}}}}`, machine.Options{})
	p := parent.Child("M")
	h := newHost(t, p, parse(t, `{"a": 0}`))
	var seen []string
	h.answer = func(c machine.Command) []machine.Event {
		seen = append(seen, value.String(c.Input))
		if len(seen) < 3 {
			return failWith("Odd", "x")
		}
		return succeed("done")
	}
	h.run()
	for range 2 {
		require.Equal(t, machine.Failed, h.x.Status)
		h.now = h.now.Add(time.Minute)
		restored(h)
		h.step(machine.Event{Kind: machine.Redriven})
		restored(h)
		h.run()
	}
	require.Equal(t, machine.Succeeded, h.x.Status)
	require.Len(t, seen, 3)
	for i, s := range seen {
		require.Contains(t, s, `"in":{"a":0,"p":1}`)
		require.Contains(t, s, fmt.Sprintf(`"RedriveCount":%d`, i))
		require.Contains(t, s, fmt.Sprintf(`"StartTime":"2024-01-02T03:%02d:05`, 4+i))
		require.NotContains(t, s, "RedriveTime")
	}
	var names []string
	for i := range h.history {
		names = append(names, fmt.Sprintf("%d<%d %s", h.history[i].ID, h.history[i].Previous, h.history[i].Type))
	}
	require.Equal(t, "7<6 LambdaFunctionFailed 8<7 ExecutionFailed 9<8 ExecutionRedriven 10<9 PassStateEntered 11<10 PassStateExited", strings.Join(names[6:11], " "))
}

// An execution that began by the first rules runs its Map again, in a new Map Run.
func TestRedriveByTheFirstRules(t *testing.T) {
	p := compile(t, distributed(`"MaxConcurrency": 2`), machine.Options{})
	h := newMapHost(t, p, `[1, 2, 3]`)
	h.x = p.New(machine.Start{ID: "old", Input: parse(t, `[1, 2, 3]`), Rules: 1})
	h.end = failing(1)
	h.run()
	require.Equal(t, machine.Failed, h.x.Status)
	restored(h.host)
	first := len(h.started)
	h.end, h.queue = failing(), nil
	h.step(machine.Event{Kind: machine.Redriven})
	h.run()
	require.Equal(t, machine.Succeeded, h.x.Status)
	require.NotEqual(t, h.ended[0].Arn, h.ended[1].Arn)
	require.Len(t, h.started, first+3)
}

// A hostile snapshot of a Map Run to be redriven has a checksum that is right.
func TestHostileMapRunRedriveSnapshots(t *testing.T) {
	race.OneGoroutine(t)
	p := compile(t, distributed(`"MaxConcurrency": 2, "ToleratedFailureCount": 1`+fileSource+fileTarget), machine.Options{})
	m := newMapRedrives(t, p, `{}`, []int64{0, 1}, []int64{1, 2})
	for i := range 7 {
		m.items = append(m.items, int64(i))
	}
	m.chunk = 2
	var all [][]byte
	m.beforeCarryOut = func(machine.Event) { all = append(all, marshal(t, p, m.x)) }
	m.run()
	m.redrive()
	m.redrive()
	require.Equal(t, machine.Succeeded, m.x.Status)
	ran, refused := 0, 0
	for i, data := range all {
		if data[0] != 5 {
			continue
		}
		for at := range len(data) - 4 {
			if surviveDamage(t, p, data, at, damagingBit(i, at)) > 0 {
				ran++
			} else {
				refused++
			}
		}
	}
	require.NotZero(t, ran)
	require.NotZero(t, refused)
}

// The records and snapshots of Map Runs that were redriven are read, and mean what they
// meant.
func TestGoldenMapRunRedrives(t *testing.T) {
	p := compile(t, strings.Replace(goldenMapMachine, `"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "End"}],`, "", 1), machine.Options{StateMachineName: "Golden"})
	m := newMapRedrives(t, p, `{"a": 1, "b": "two"}`)
	for i := range 9 {
		m.items = append(m.items, parse(t, fmt.Sprintf(`{"n": %d}`, i)))
	}
	m.chunk = 3
	m.end = func(c *machine.Child) machine.Event {
		if m.attempt < 2 {
			return failing(1)(c)
		}
		return failing()(c)
	}
	var w machine.RecordWriter
	w.AddStart(m.x)
	made := ""
	m.beforeCarryOut = func(ev machine.Event) {
		w.AddStep(ev, m.now, &m.r)
		data, err := w.AppendTo(nil)
		require.NoError(t, err)
		w.Reset()
		m.now = m.now.Add(time.Second)
		made += fmt.Sprintf("%s %s\n", base64.StdEncoding.EncodeToString(data), base64.StdEncoding.EncodeToString(marshal(t, p, m.x)))
	}
	m.run()
	for range 2 {
		require.Equal(t, machine.Failed, m.x.Status)
		m.redrive()
	}
	require.Equal(t, machine.Succeeded, m.x.Status)
	kept := string(golden(t, filepath.Join("testdata", "golden", "map_run_redrive_record3_snapshot5.txt"), []byte(made)))
	x, lines := foldGolden(t, p, kept)
	require.True(t, value.Identical(m.x.Outcome.Output, x.Outcome.Output))
	require.Greater(t, lines, 20)
}
