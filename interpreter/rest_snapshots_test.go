package interpreter_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// measured is a store that counts the bytes that are written, and the most that a state
// needs beside its snapshot.
type measured struct {
	store.Store
	mu                 sync.Mutex
	records, snapshots int
	written            int // snapshots
}

func (m *measured) Commit(ctx context.Context, changes []store.Change) error {
	m.mu.Lock()
	for _, c := range changes {
		m.records += len(c.Record)
		if m.snapshots += len(c.Snapshot); c.Snapshot != nil {
			m.written++
		}
	}
	m.mu.Unlock()
	return m.Store.Commit(ctx, changes)
}

func (m *measured) counts() (records, snapshots, written int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.records, m.snapshots, m.written
}

// An execution that comes to rest many times writes a few times as many bytes of
// snapshots as of records, whatever the size of its state, and leaves memory each time.
// What is folded when it is loaded is smaller than its snapshot.
func TestSnapshotsAtRestAreBoundedByRecords(t *testing.T) {
	const callbacks = 1000
	s := &measured{Store: memory.New()}
	tokens := make(chan string, callbacks)
	in := open(t, interpreter.Config{Store: s, Workers: 64, Resolver: interpreter.Mux{"ask": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
		tokens <- task.Token()
		return nil, interpreter.ErrResultPending
	})}})
	items := `{"StartAt":"M","States":{"M":{"Type":"Map","ItemsPath":"$","End":true,"ItemProcessor":{"StartAt":"A","States":{
		"A":{"Type":"Task","Resource":"ask","End":true}}}}}}`
	input := []byte("[0")
	for i := range callbacks - 1 {
		input = fmt.Appendf(input, ",%d", i+1)
	}
	e, err := in.Start(background, compile(t, items), append(input, ']'), interpreter.StartOptions{})
	require.NoError(t, err)
	passive := func() bool { return len(in.Executions()) == 0 }
	require.True(t, soon(passive))
	records, snapshots, written := s.counts()
	longest := 0.0
	for n := range callbacks - 1 {
		require.NoError(t, in.SendTaskSuccess(background, <-tokens, []byte(`"an answer"`)))
		require.True(t, soon(passive), "it stays in memory")
		if n%50 == 0 {
			st, err := s.Load(background, e.ID())
			require.NoError(t, err)
			tail := 0
			for _, r := range st.Records {
				tail += len(r)
			}
			longest = max(longest, float64(tail)/float64(len(st.Snapshot)))
		}
	}
	allRecords, allSnapshots, allWritten := s.counts()
	records, snapshots = allRecords-records, allSnapshots-snapshots
	t.Logf("%d answers: %d bytes of records, %d of %d snapshots; at most %.2f of a snapshot is folded", callbacks-1, records, snapshots, allWritten-written, longest)
	require.Less(t, snapshots, 6*records)
	require.Less(t, longest, 0.5)

	st, err := s.Load(background, e.ID())
	require.NoError(t, err)
	require.NotEmpty(t, st.Records)
	require.NoError(t, in.Shutdown(background))
	st, err = s.Load(background, e.ID())
	require.NoError(t, err)
	require.Empty(t, st.Records, "a later version of the library would have to fold them")

	in = open(t, interpreter.Config{Store: s})
	require.NoError(t, in.SendTaskSuccess(background, <-tokens, nil))
	e, err = in.Execution(background, e.ID())
	require.NoError(t, err)
	require.NoError(t, e.Wait(background))
}
