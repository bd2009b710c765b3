package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/api"
	"github.com/gostates/gostates/interpreter/mock"
	"github.com/gostates/gostates/interpreter/registry"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// faulty is a store of which some calls are replaced.
type faulty struct {
	store.Store
	commit     atomic.Pointer[func() error]
	put        atomic.Pointer[func() error]
	load       atomic.Pointer[func(store.ID) error]
	definition atomic.Pointer[func(digest string) error]
}

func (f *faulty) Commit(ctx context.Context, changes []store.Change) error {
	if g := f.commit.Load(); g != nil {
		if err := (*g)(); err != nil {
			return err
		}
	}
	return f.Store.Commit(ctx, changes)
}

func (f *faulty) PutDefinition(ctx context.Context, digest string, definition []byte) error {
	if g := f.put.Load(); g != nil {
		if err := (*g)(); err != nil {
			return err
		}
	}
	return f.Store.PutDefinition(ctx, digest, definition)
}

func (f *faulty) Load(ctx context.Context, id store.ID) (*store.State, error) {
	if g := f.load.Load(); g != nil {
		if err := (*g)(id); err != nil {
			return nil, err
		}
	}
	return f.Store.Load(ctx, id)
}

func (f *faulty) Definition(ctx context.Context, digest string) ([]byte, error) {
	if g := f.definition.Load(); g != nil {
		if err := (*g)(digest); err != nil {
			return nil, err
		}
	}
	return f.Store.Definition(ctx, digest)
}

// Of two executions of one name that start at once, one cannot be stored. The other has
// the responses of its own test case.
func TestStartsOfOneName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mocks, err := mock.ParseFile([]byte(`{"StateMachines": {"m": {"TestCases": {"One": {"A": "one"}, "Two": {"A": "two"}}}},
			"MockedResponses": {"one": {"0": {"Return": 1}}, "two": {"0": {"Return": 2}}}}`))
		require.NoError(t, err)
		kept := &faulty{Store: memory.New()}
		srv := open(t, api.Config{Mocks: mocks, Interpreter: interpreter.Config{Store: kept}})
		defer srv.Close()
		arn := create(t, srv, "m", `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "a", "End": true}}}`)
		leave := make(chan struct{})
		var asked atomic.Bool
		hangs := func() error { // the first time
			if asked.Swap(true) {
				return nil
			}
			<-leave
			return errors.New("the disk is full")
		}
		kept.put.Store(&hangs)
		var all sync.WaitGroup
		all.Go(func() {
			_, err := srv.Start(context.Background(), arn+"#One", "x", nil)
			require.Error(t, err)
		})
		synctest.Wait()
		all.Go(func() {
			e, err := srv.Start(context.Background(), arn+"#Two", "x", nil)
			require.NoError(t, err)
			require.NoError(t, e.Wait(context.Background()))
			output, err := e.Output()
			require.NoError(t, err)
			require.Equal(t, "2", jsonOf(t, output))
		})
		synctest.Wait()
		close(leave)
		all.Wait()
	})
}

// An execution is announced with its version even if the client that started it has gone.
func TestStartOfAClientThatHasGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept := &faulty{Store: memory.New()}
		var mu sync.Mutex
		var events []string
		srv := open(t, api.Config{Interpreter: interpreter.Config{Store: kept}, Events: func(e json.RawMessage) {
			mu.Lock()
			defer mu.Unlock()
			events = append(events, string(e))
		}})
		defer srv.Close()
		version := ask(t, srv, "CreateStateMachine", object{"name": "m", "definition": passes, "roleArn": role, "publish": true})["stateMachineVersionArn"].(string)
		leave := make(chan struct{})
		hangs := func() error { <-leave; return nil }
		kept.commit.Store(&hangs)
		ctx, cancel := context.WithCancel(context.Background())
		go func() { _, _ = srv.Start(ctx, version, "x", nil) }()
		synctest.Wait()
		cancel()
		synctest.Wait()
		close(leave)
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		for _, e := range events {
			require.Contains(t, e, `"stateMachineVersionArn":"`+version+`"`)
		}
		require.Len(t, events, 2)
	})
}

// An execution that is deleted while it is asked for is one that does not exist, and no
// fault of the server.
func TestExecutionsThatAreDeletedMeanwhile(t *testing.T) {
	kept := &faulty{Store: memory.New()}
	srv := open(t, api.Config{Interpreter: interpreter.Config{Store: kept}})
	arn := create(t, srv, "m", waits)
	execution := ask(t, srv, "StartExecution", object{"stateMachineArn": arn})["executionArn"]
	deleted := func(store.ID) error { return store.ErrNotFound }
	kept.load.Store(&deleted)
	require.Contains(t, refuse(t, srv, "StartExecution", object{"stateMachineArn": arn}), "StateMachineDoesNotExist: ")
	for _, op := range []string{"StopExecution", "RedriveExecution", "DescribeExecution", "ListMapRuns", "DescribeStateMachineForExecution"} {
		require.Contains(t, refuse(t, srv, op, object{"executionArn": execution}), "ExecutionDoesNotExist: ", op)
	}
}

// An execution that cannot be loaded hides no Map Run of another one, and its machine can
// be deleted.
func TestAnExecutionThatCannotBeLoaded(t *testing.T) {
	const maps = `{"StartAt": "Each", "States": {"Each": {"Type": "Map", "Label": "each", "Next": "W", "ItemProcessor": {
		"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}},
		"W": {"Type": "Wait", "Seconds": 3600, "End": true}}}`
	synctest.Test(t, func(t *testing.T) {
		kept := &faulty{Store: memory.New()}
		c := api.Config{Records: registry.NewMemory(), Interpreter: interpreter.Config{Store: kept}}
		srv := open(t, c)
		arn := create(t, srv, "m", maps)
		first := ask(t, srv, "StartExecution", object{"stateMachineArn": arn, "input": "[1]"})["executionArn"]
		synctest.Wait()
		run := ask(t, srv, "ListMapRuns", object{"executionArn": first})["mapRuns"].([]any)[0].(object)["mapRunArn"]
		ask(t, srv, "UpdateStateMachine", object{"stateMachineArn": arn, "definition": strings.Replace(maps, "3600", "7200", 1)})
		time.Sleep(time.Second) // it is found before the first one
		second := ask(t, srv, "StartExecution", object{"stateMachineArn": arn, "input": "[1]"})["executionArn"]
		synctest.Wait()
		name := second.(string)[strings.LastIndexByte(second.(string), ':')+1:]
		id, err := kept.Find(context.Background(), "", arn, name)
		require.NoError(t, err)
		st, err := kept.Store.Load(context.Background(), id)
		require.NoError(t, err)
		require.NoError(t, srv.Close())
		lost := func(d string) error {
			if d == st.Head.Digest {
				return store.ErrNotFound
			}
			return nil
		}
		kept.definition.Store(&lost)
		srv = open(t, c)
		defer srv.Close()
		synctest.Wait()
		require.Equal(t, first, ask(t, srv, "DescribeMapRun", object{"mapRunArn": run})["executionArn"])
		ask(t, srv, "DeleteStateMachine", object{"stateMachineArn": arn})
		require.Contains(t, refuse(t, srv, "DescribeStateMachine", object{"stateMachineArn": arn}), "StateMachineDoesNotExist: ")
	})
}

// An execution whose bytes are damaged is listed with the others.
func TestADamagedExecutionIsListed(t *testing.T) {
	kept := &faulty{Store: memory.New()}
	srv := open(t, api.Config{Interpreter: interpreter.Config{Store: kept}})
	arn := create(t, srv, "m", waits)
	for _, name := range []string{"a", "b", "c"} {
		ask(t, srv, "StartExecution", object{"stateMachineArn": arn, "name": name})
	}
	list := func() any { return ask(t, srv, "ListExecutions", object{"stateMachineArn": arn})["executions"] }
	want := list()
	damaged, err := kept.Find(context.Background(), "", arn, "b")
	require.NoError(t, err)
	fails := func(id store.ID) error {
		if id == damaged {
			return store.ErrCorrupt
		}
		return nil
	}
	kept.load.Store(&fails)
	require.Equal(t, want, list())
}

// An execution that is deleted while it is redriven does not exist, and no other process
// has it.
func TestRedriveOfAnExecutionThatIsDeleted(t *testing.T) {
	kept := &faulty{Store: memory.New()}
	srv := open(t, api.Config{Interpreter: interpreter.Config{Store: kept}})
	arn := create(t, srv, "m", waits)
	execution := ask(t, srv, "StartExecution", object{"stateMachineArn": arn, "name": "x"})["executionArn"]
	ask(t, srv, "StopExecution", object{"executionArn": execution})
	id, err := kept.Find(t.Context(), "", arn, "x")
	require.NoError(t, err)
	deleted := func() error { return kept.Store.Delete(t.Context(), id) }
	kept.commit.Store(&deleted)
	require.Contains(t, refuse(t, srv, "RedriveExecution", object{"executionArn": execution}), "ExecutionDoesNotExist: ")
}
