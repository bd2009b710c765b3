package interpreter_test

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/resultwriter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// noChildren is a store that takes no change of a child until it is told to.
type noChildren struct {
	store.Store
	parent  store.ID
	refuses atomic.Bool
}

func (s *noChildren) Commit(ctx context.Context, changes []store.Change) error {
	if s.refuses.Load() {
		for _, c := range changes {
			if c.ID != s.parent {
				return errBroken
			}
		}
	}
	return s.Store.Commit(ctx, changes)
}

// The parent's end is stored before its child is stopped. If the process ends in
// between, the next one stops the child.
func TestChildrenOfEndedParentsAreStoppedAfterACrash(t *testing.T) {
	const arn = "arn:aws:states:us-east-1:000000000000:stateMachine:child"
	child := compile(t, oneDay, interpreter.Options{StateMachineArn: arn})
	call := `"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync:2","Parameters":{"StateMachineArn":"` + arn + `","Input":{}}`
	for name, c := range map[string]struct {
		definition string
		sink       history.Sink // with one, the pool continues what was loaded
		end        func(*testing.T, *interpreter.Execution)
		want       interpreter.Status
	}{
		"stopped": {`{"StartAt":"P","States":{"P":{` + call + `,"End":true}}}`, nil,
			func(t *testing.T, e *interpreter.Execution) { require.NoError(t, e.Stop(background, "", "")) }, interpreter.Aborted},
		"stopped, with a sink": {`{"StartAt":"P","States":{"P":{` + call + `,"End":true}}}`, history.SinkFunc(func(string, []history.Event) error { return nil }),
			func(t *testing.T, e *interpreter.Execution) { require.NoError(t, e.Stop(background, "", "")) }, interpreter.Aborted},
		"timed out and caught": {`{"StartAt":"P","States":{"P":{` + call + `,"TimeoutSeconds":1,"Catch":[{"ErrorEquals":["States.Timeout"],"Next":"W"}],"End":true},
			"W":{"Type":"Wait","Seconds":86400,"End":true}}}`, nil,
			func(t *testing.T, e *interpreter.Execution) {}, interpreter.Running},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &noChildren{Store: memory.New()}
				config := interpreter.Config{Store: s, History: c.sink, Resolver: &interpreter.StartExecution{Programs: map[string]*interpreter.Program{arn: child}}}
				config.Logger = slog.New(slog.DiscardHandler)
				in := interpreter.New(config)
				e, err := in.Start(background, compile(t, c.definition), nil, interpreter.StartOptions{})
				require.NoError(t, err)
				require.True(t, soon(func() bool { return interpreter.HaveReturned(in, e.ID()) }))
				s.parent = e.ID()
				s.refuses.Store(true)
				c.end(t, e)
				const orphansDue = 1
				require.True(t, soon(func() bool {
					st, err := s.Load(background, e.ID())
					return err == nil && st.Head.Due == orphansDue
				}))
				crash(t, in)
				s.refuses.Store(false)
				children, err := s.List(background, store.Query{Parent: e.ID()})
				require.NoError(t, err)
				require.Len(t, children, 1)
				require.Equal(t, interpreter.Running, children[0].Status)

				in = open(t, config)
				require.True(t, soon(func() bool { return status(t, s, children[0].ID) == interpreter.Aborted }))
				require.True(t, soon(func() bool {
					st, err := s.Load(background, e.ID())
					return err == nil && st.Head.Due > orphansDue
				}))
				require.Equal(t, c.want, status(t, s, e.ID()))
				require.True(t, soon(func() bool { return len(in.Executions()) == 0 }))
			})
		})
	}
}

// heldSweep is a store in which children end once somebody has listed them, and which
// holds back that list.
type heldSweep struct {
	store.Store
	armed         atomic.Bool
	once          sync.Once
	listed, leave chan struct{}
}

func (s *heldSweep) Commit(ctx context.Context, changes []store.Change) error {
	for _, c := range changes {
		if s.armed.Load() && c.Head != nil && c.Head.Parent != (store.ID{}) && c.Head.Status != interpreter.Running {
			select {
			case <-s.listed:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return s.Store.Commit(ctx, changes)
}

func (s *heldSweep) List(ctx context.Context, q store.Query) ([]store.Listed, error) {
	page, err := s.Store.List(ctx, q)
	if s.armed.Load() && q.Parent != (store.ID{}) {
		s.once.Do(func() { close(s.listed) })
		select {
		case <-s.leave:
		case <-ctx.Done():
		}
	}
	return page, err
}

// Children of a Map Run that no redrive needs are deleted, also if they end, and all is
// done for the Map Run, while its parent looks for them.
func TestChildrenThatEndWhileOrphansAreListedAreDeleted(t *testing.T) {
	distributed := `"Type":"Map","End":true,` + csvReader + linesWriter + `"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},` + doubleTask + `}`
	beside := `"Type":"Parallel","Branches":[{"StartAt":"Each","States":{"Each":{` + distributed + `}}},
		{"StartAt":"Fail","States":{"Fail":{"Type":"Task","Resource":"fail","End":true}}}]`
	const rows = 3
	for name, c := range map[string]struct {
		definition string
		end        func(*testing.T, *interpreter.Execution, chan struct{})
		want       interpreter.Status
	}{
		"stopped": {`{"StartAt":"Each","States":{"Each":{` + distributed + `}}}`,
			func(t *testing.T, e *interpreter.Execution, _ chan struct{}) {
				require.NoError(t, e.Stop(background, "", ""))
			}, interpreter.Aborted},
		"failed": {`{"StartAt":"P","States":{"P":{` + beside + `,"End":true}}}`,
			func(_ *testing.T, _ *interpreter.Execution, fail chan struct{}) { close(fail) }, interpreter.Failed},
		"failed and caught": {`{"StartAt":"P","States":{"P":{` + beside + `,"Catch":[{"ErrorEquals":["States.ALL"],"Next":"W"}],"End":true},
			"W":{"Type":"Wait","Seconds":86400,"End":true}}}`,
			func(_ *testing.T, _ *interpreter.Execution, fail chan struct{}) { close(fail) }, interpreter.Running},
	} {
		t.Run(name, func(t *testing.T) {
			s := &heldSweep{Store: memory.New(), listed: make(chan struct{}), leave: make(chan struct{})}
			files, blocked, fail := objectsWithRows(t, rows), make(chan struct{}, 2*rows), make(chan struct{})
			config := interpreter.Config{Store: s, Objects: files, RedriveWindow: -1, ResultWriter: &resultwriter.Files{Objects: files, Folder: t.TempDir()},
				Resolver: interpreter.Mux{"double": blockAfter(0, blocked), "fail": interpreter.HandlerFunc(func(ctx context.Context, _ *interpreter.Task) (any, error) {
					select {
					case <-fail:
						return nil, errBroken
					case <-ctx.Done():
						return nil, ctx.Err()
					}
				})}}
			in := open(t, config)
			e, err := in.Start(background, compile(t, c.definition), nil, interpreter.StartOptions{})
			require.NoError(t, err)
			for range rows {
				<-blocked
			}
			s.armed.Store(true)
			c.end(t, e, fail)
			<-s.listed
			require.True(t, soon(func() bool { return interpreter.Ending(e) == 0 }))
			close(s.leave)
			require.True(t, soon(func() bool {
				n, err := in.Count(background, store.Query{})
				return err == nil && len(n) == 1 && n[c.want] == 1
			}), "children are left")
			require.True(t, soon(func() bool {
				st, err := s.Load(background, e.ID())
				return err == nil && st.Head.Due > 1
			}))
		})
	}
}
