package interpreter_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
	"github.com/gostates/gostates/value"
)

// unreadable is a store that cannot read the records of an execution now.
type unreadable struct {
	store.Store
	id store.ID
}

func (s unreadable) Records(ctx context.Context, id store.ID, after uint64, yield func(uint64, []byte) bool) error {
	if id == s.id {
		return errBroken
	}
	return s.Store.Records(ctx, id, after, yield)
}

// itemsOfRuns returns the input of the Map state by the ARN of its Map Run.
func itemsOfRuns(events []history.Event) map[string]string {
	runs := make(map[string]string)
	for _, ev := range events {
		if ev.Type == history.MapRunStarted {
			at := ev
			for at.Type != history.MapStateEntered {
				at = events[at.Previous-1]
			}
			runs[ev.Name] = value.String(at.Value)
		}
	}
	return runs
}

// A child is described with the ARN of the Map Run that has started it, although one Map
// state has two: while it runs, after it has failed, and after a restart.
func TestChildrenAreDescribedWithTheirMapRun(t *testing.T) {
	for _, kind := range []string{"STANDARD", "EXPRESS"} {
		for name, s := range map[string]store.Store{"in memory": nil, "stored": memory.New()} {
			t.Run(kind+" "+name, func(t *testing.T) {
				begun, release := make(chan bool, 9), make(chan struct{})
				c := task(func(_ context.Context, task *interpreter.Task) (any, error) {
					begun <- true
					<-release
					return nil, errBroken
				})
				c.Store = s
				in := open(t, c)
				p := compile(t, `{"StartAt":"All","States":{"All":{"Type":"Map","End":true,"ItemProcessor":{"StartAt":"Each","States":{
					"Each":{"Type":"Map","End":true,"ToleratedFailurePercentage":100,"ItemProcessor":{
						"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"`+kind+`"},"StartAt":"Work","States":{
							"Work":{"Type":"Task","Resource":"work","End":true}}}}}}}}}`)
				e, err := in.Start(background, p, []byte(`[[1,2],[3,4]]`), interpreter.StartOptions{Name: "parent", KeepHistory: true})
				require.NoError(t, err)
				for range 4 {
					<-begun
				}
				runs := itemsOfRuns(page(t, e, 100, interpreter.HistoryOptions{}))
				require.Len(t, runs, 2)
				var children []*interpreter.Execution
				for _, child := range in.Executions() {
					if child != e {
						children = append(children, child)
					}
				}
				require.Len(t, children, 4)
				check := func(status interpreter.Status) {
					t.Helper()
					for _, child := range children {
						d := describeExecution(t, child)
						require.Equal(t, status, d.Status)
						require.Contains(t, runs[d.MapRunArn], value.String(d.Input), "%q", d.MapRunArn)
						require.True(t, strings.HasPrefix(d.MapRunArn, strings.Replace(d.Machine, ":stateMachine:", ":mapRun:", 1)+":"))
					}
				}
				check(interpreter.Running)
				require.Empty(t, describeExecution(t, e).MapRunArn)
				close(release)
				for _, child := range children {
					require.Error(t, child.Wait(background))
				}
				if s == nil {
					check(interpreter.Failed)
				}
				require.NoError(t, e.Wait(background))
				if s == nil { // stored ones are removed with their Map Run
					check(interpreter.Failed)
				}
			})
		}
	}
}

// The next process knows the Map Runs of stored children, whether or not it has the
// program.
func TestMapRunOfAStoredChildAfterARestart(t *testing.T) {
	s := memory.New()
	begun := make(chan bool, 9)
	c := task(func(ctx context.Context, _ *interpreter.Task) (any, error) {
		begun <- true
		<-ctx.Done()
		return nil, ctx.Err()
	})
	c.Store = s
	in := interpreter.New(c)
	p := compile(t, `{"StartAt":"Each","States":{"Each":{"Type":"Map","End":true,"ItemProcessor":{
		"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"StartAt":"Work","States":{
			"Work":{"Type":"Task","Resource":"work","End":true}}}}}}`)
	e, err := in.Start(background, p, []any{1}, interpreter.StartOptions{Name: "parent"})
	require.NoError(t, err)
	<-begun
	runs := itemsOfRuns(page(t, e, 100, interpreter.HistoryOptions{}))
	require.NoError(t, in.Close())
	for name, later := range map[string]store.Store{"later process": s, "without the program": without{s}} {
		t.Run(name, func(t *testing.T) {
			parent := e.ID()
			in := open(t, interpreter.Config{Store: later})
			count := 0
			for l, err := range in.ListAll(background, store.Query{Parent: parent}) {
				require.NoError(t, err)
				d := describe(t, in, l.ID)
				require.Contains(t, runs, d.MapRunArn)
				count++
				_, err = open(t, interpreter.Config{Store: unreadable{later, parent}}).Describe(background, l.ID)
				require.ErrorIs(t, err, errBroken)
			}
			require.Equal(t, 1, count)
		})
	}
}

// A child that was restored in memory belongs to the Map Run of its restored parent.
func TestMapRunOfARestoredChild(t *testing.T) {
	begun := make(chan bool, 9)
	c := task(func(ctx context.Context, _ *interpreter.Task) (any, error) {
		begun <- true
		<-ctx.Done()
		return nil, ctx.Err()
	})
	in := interpreter.New(c)
	p := compile(t, `{"StartAt":"Each","States":{"Each":{"Type":"Map","End":true,"ItemProcessor":{
		"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"StartAt":"Work","States":{
			"Work":{"Type":"Task","Resource":"work","End":true}}}}}}`)
	e, err := in.Start(background, p, []any{1}, interpreter.StartOptions{Name: "parent", KeepHistory: true})
	require.NoError(t, err)
	<-begun
	runs := itemsOfRuns(page(t, e, 100, interpreter.HistoryOptions{}))
	require.Len(t, runs, 1)
	require.NoError(t, in.Close())
	snapshots := make(map[*interpreter.Program][]byte)
	for _, x := range in.Executions() {
		snapshots[x.Program()], err = x.Snapshot()
		require.NoError(t, err)
	}
	require.Len(t, snapshots, 2)

	in = open(t, c)
	child, err := in.Restore(p.Child("Each"), snapshots[p.Child("Each")], interpreter.StartOptions{Resolver: ofState{"Work": says("done")}})
	require.NoError(t, err)
	e, err = in.Restore(p, snapshots[p], interpreter.StartOptions{})
	require.NoError(t, err)
	require.Contains(t, runs, describeExecution(t, child).MapRunArn)
	require.Equal(t, []any{"done"}, outputAfter(t, e))
	require.Contains(t, runs, describeExecution(t, child).MapRunArn)
}
