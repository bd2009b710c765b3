package interpreter_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

const treeArn = "arn:aws:states:us-east-1:000000000000:stateMachine:"

// treePrograms are machines of three generations: each of the first two starts two of
// the next, waits for one, and then rests.
func treePrograms(t *testing.T) map[string]*interpreter.Program {
	programs := map[string]*interpreter.Program{}
	for i, name := range []string{"grandparent", "parent", "child"} {
		definition := oneDay
		if i < 2 {
			next := treeArn + []string{"parent", "child"}[i]
			call := `"Type":"Task","Parameters":{"StateMachineArn":"` + next + `","Input":{}}`
			definition = `{"StartAt":"Forget","States":{
				"Forget":{` + call + `,"Resource":"arn:aws:states:::states:startExecution","Next":"Await"},
				"Await":{` + call + `,"Resource":"arn:aws:states:::states:startExecution.sync:2","End":true}}}`
		}
		programs[treeArn+name] = compile(t, definition, interpreter.Options{StateMachineArn: treeArn + name})
	}
	return programs
}

// growTree starts a tree of 7 executions and returns its root.
func growTree(t *testing.T, in *interpreter.Interpreter, s store.Store, programs map[string]*interpreter.Program) store.ID {
	e, err := in.Start(background, programs[treeArn+"grandparent"], []byte(`{}`), interpreter.StartOptions{})
	require.NoError(t, err)
	require.True(t, soon(func() bool { return len(treeOf(t, in, e.ID())) == 7 }))
	return e.ID()
}

func treeOf(t *testing.T, in *interpreter.Interpreter, id store.ID) (all []store.Listed) {
	for l, err := range in.ListTree(background, id) {
		require.NoError(t, err)
		all = append(all, l)
	}
	return all
}

// A tree is listed, stopped and deleted as a whole, and nothing beside it.
func TestTreesOfExecutions(t *testing.T) {
	for _, s := range []store.Store{memory.New(), memory.NewShared(noTime)} {
		t.Run(fmt.Sprintf("%T", s), func(t *testing.T) {
			programs := treePrograms(t)
			config := interpreter.Config{Store: s, Lease: shortLease, Resolver: &interpreter.StartExecution{Programs: programs}}
			in := open(t, config)
			root, other := growTree(t, in, s, programs), growTree(t, in, s, programs)
			all := treeOf(t, in, root)
			at := map[store.ID]int{}
			for i, l := range all {
				at[l.ID] = i
				require.Equal(t, interpreter.Running, l.Status)
				if l.ID == root {
					require.Zero(t, l.Parent)
					continue
				}
				before, listed := at[l.Parent]
				require.True(t, listed && before < i, "a parent is listed before its children")
			}
			for range in.ListTree(background, root) {
				break // left
			}
			require.ErrorIs(t, in.DeleteTree(background, root), interpreter.ErrRunning)
			require.Len(t, treeOf(t, in, root), 7)

			require.NoError(t, in.StopTree(background, root, "Enough", "of it"))
			for _, l := range treeOf(t, in, root) {
				require.Equal(t, interpreter.Aborted, l.Status)
			}
			require.NoError(t, in.StopTree(background, root, "", ""), "twice")
			require.NoError(t, in.DeleteTree(background, root))
			for _, l := range all {
				require.False(t, exists(t, s, l.ID))
			}
			for _, l := range treeOf(t, in, other) {
				require.Equal(t, interpreter.Running, l.Status)
			}
			require.Len(t, treeOf(t, in, other), 7)
			require.ErrorIs(t, in.StopTree(background, root, "", ""), store.ErrNotFound)
			require.NoError(t, in.DeleteTree(background, root), "twice")
			require.NoError(t, in.StopTree(background, other, "", ""))
		})
	}
}

// As long as one of a tree runs, those above it are kept, and the rest is deleted.
func TestDeleteTreeKeepsWhatIsAboveARunningExecution(t *testing.T) {
	s := memory.New()
	programs := treePrograms(t)
	in := open(t, interpreter.Config{Store: s, Resolver: &interpreter.StartExecution{Programs: programs}})
	root := growTree(t, in, s, programs)
	e, err := in.Execution(background, root)
	require.NoError(t, err)
	require.NoError(t, e.Stop(background, "", ""))
	require.True(t, soon(func() bool { // the awaited ones are stopped with it
		counts, err := in.Count(background, store.Query{})
		require.NoError(t, err)
		return counts[interpreter.Running] == 4
	}))
	err = in.DeleteTree(background, root)
	require.ErrorIs(t, err, interpreter.ErrRunning)
	require.True(t, exists(t, s, root))
	running := 0
	for _, l := range treeOf(t, in, root) {
		if l.Status == interpreter.Running {
			running++
		}
	}
	require.Equal(t, 4, running, "those that run can still be found")
	require.NoError(t, in.StopTree(background, root, "", ""))
	require.NoError(t, in.DeleteTree(background, root))
	counts, err := in.Count(background, store.Query{})
	require.NoError(t, err)
	require.Empty(t, counts)
}

// A tree has more executions than a page of a list or a group of a deletion.
func TestLargeTrees(t *testing.T) {
	s := memory.New()
	in := open(t, interpreter.Config{Store: s})
	p := compile(t, oneDay)
	e, err := in.Start(background, p, nil, interpreter.StartOptions{})
	require.NoError(t, err)
	st, err := s.Load(background, e.ID())
	require.NoError(t, err)
	for i := range 250 {
		change, err := in.Prepare(p, nil, interpreter.StartOptions{})
		require.NoError(t, err)
		change.Head.Parent, change.Head.Started = st.ID, st.Head.Started.Add(time.Duration(i/7))
		require.NoError(t, s.Commit(background, []store.Change{change}))
	}
	require.Len(t, treeOf(t, in, e.ID()), 251)
	require.NoError(t, in.StopTree(background, e.ID(), "", ""))
	require.NoError(t, in.DeleteTree(background, e.ID()))
	counts, err := in.Count(background, store.Query{})
	require.NoError(t, err)
	require.Empty(t, counts)
}

// A store that says that an execution has started itself gets an error, and no endless
// walk.
func TestTreesHaveNoCircles(t *testing.T) {
	s := circles{memory.New()}
	in := open(t, interpreter.Config{Store: s})
	e, err := in.Start(background, compile(t, oneDay), nil, interpreter.StartOptions{})
	require.NoError(t, err)
	require.ErrorContains(t, in.StopTree(background, e.ID(), "", ""), "has started itself")
	require.ErrorContains(t, in.DeleteTree(background, e.ID()), "has started itself")
}

type circles struct{ *memory.Store }

func (s circles) List(ctx context.Context, q store.Query) ([]store.Listed, error) {
	q.Parent = store.ID{}
	return s.Store.List(ctx, q)
}
