package api_test

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/conversation"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/api"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// A machine that is created again within a millisecond, or under a clock that stands,
// runs its own definition and not that of the deleted one.
func TestRecreatedMachineRunsItsDefinition(t *testing.T) {
	srv := open(t, api.Config{Interpreter: interpreter.Config{Clock: interpreter.NewVirtualClock(time.Unix(1e9, 0))}})
	for _, result := range []string{"1", "2"} {
		arn := create(t, srv, "m", strings.Replace(passes, `{"n": 1}`, result, 1))
		e, err := srv.Start(context.Background(), arn, "", nil)
		require.NoError(t, err)
		require.NoError(t, e.Wait(context.Background()))
		output, err := e.Output()
		require.NoError(t, err)
		require.EqualValues(t, result, jsonOf(t, output))
		ask(t, srv, "DeleteStateMachine", object{"stateMachineArn": arn})
	}
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return string(text)
}

// slowStore is a store whose Delete waits.
type slowStore struct {
	store.Store
	mu     sync.Mutex
	delete func()
}

func (s *slowStore) Delete(ctx context.Context, ids ...store.ID) error {
	s.mu.Lock()
	f := s.delete
	s.mu.Unlock()
	if f != nil {
		f()
	}
	return s.Store.Delete(ctx, ids...)
}

// A call of DeleteStateMachine that is repeated while the first one runs does nothing to
// the machine that is created after it.
func TestRepeatedDeleteLeavesTheNextMachine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &slowStore{Store: memory.New()}
		srv := open(t, api.Config{Interpreter: interpreter.Config{Store: slow}})
		defer srv.Close()
		arn := create(t, srv, "m", passes)
		ask(t, srv, "StartExecution", object{"stateMachineArn": arn, "name": "x"})
		synctest.Wait()
		first, second := make(chan struct{}), make(chan struct{})
		waits := []chan struct{}{first, second}
		slow.delete = func() {
			slow.mu.Lock()
			var wait chan struct{}
			if len(waits) > 0 {
				wait, waits = waits[0], waits[1:]
			}
			slow.mu.Unlock()
			if wait != nil {
				<-wait
			}
		}
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() { conversation.Call(srv, "DeleteStateMachine", object{"stateMachineArn": arn}) })
			synctest.Wait()
		}
		close(first)
		synctest.Wait()
		require.Equal(t, arn, create(t, srv, "m", passes))
		execution := ask(t, srv, "StartExecution", object{"stateMachineArn": arn, "name": "x"})["executionArn"]
		close(second)
		all.Wait()
		ask(t, srv, "DescribeStateMachine", object{"stateMachineArn": arn})
		ask(t, srv, "DescribeExecution", object{"executionArn": execution})
	})
}

// An execution that starts and waits for a function of the host holds up neither other
// machines, nor an execution that the function starts, while its machine is deleted.
func TestDeleteDuringAStartThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var srv *api.Server
		leave := make(chan struct{})
		var inner error
		srv = open(t, api.Config{Events: func(event json.RawMessage) {
			if strings.Contains(string(event), "execution:a:x") && strings.Contains(string(event), `"RUNNING"`) {
				<-leave
				_, inner = srv.Start(context.Background(), prefix+"stateMachine:b", "inner", nil)
			}
		}})
		defer srv.Close()
		a, b := create(t, srv, "a", passes), create(t, srv, "b", passes)
		var all sync.WaitGroup
		all.Go(func() { conversation.Call(srv, "StartExecution", object{"stateMachineArn": a, "name": "x"}) })
		synctest.Wait()
		all.Go(func() { conversation.Call(srv, "DeleteStateMachine", object{"stateMachineArn": a}) })
		synctest.Wait()
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			conversation.Call(srv, "StartExecution", object{"stateMachineArn": b, "name": "outer"})
		}()
		synctest.Wait()
		select {
		case <-ended:
		default:
			t.Error("the start of another machine waits")
		}
		close(leave)
		all.Wait()
		<-ended
		require.NoError(t, inner)
		require.Contains(t, refuse(t, srv, "DescribeStateMachine", object{"stateMachineArn": a}), "StateMachineDoesNotExist: ")
	})
}

// An execution of another machine that has started one of a deleted machine goes on. The
// deleted one is gone when it is asked for after that has ended.
func TestDeleteOfAMachineWithNestedExecutions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := open(t, api.Config{})
		defer srv.Close()
		child := create(t, srv, "child", waits)
		parent := create(t, srv, "parent", `{"StartAt": "S", "States": {
			"S": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution", "Parameters": {"StateMachineArn": "`+child+`"}, "Next": "W"},
			"W": {"Type": "Wait", "Seconds": 86400, "End": true}}}`)
		execution := ask(t, srv, "StartExecution", object{"stateMachineArn": parent})["executionArn"]
		synctest.Wait()
		ask(t, srv, "StartExecution", object{"stateMachineArn": child})
		ask(t, srv, "DeleteStateMachine", object{"stateMachineArn": child})
		require.Equal(t, "DELETING", ask(t, srv, "DescribeStateMachine", object{"stateMachineArn": child})["status"])
		require.Contains(t, refuse(t, srv, "StartExecution", object{"stateMachineArn": child}), "StateMachineDeleting: ")
		require.Contains(t, refuse(t, srv, "CreateStateMachine", object{"name": "child", "definition": passes, "roleArn": role}), "StateMachineDeleting: ")
		list := ask(t, srv, "ListExecutions", object{"stateMachineArn": child})["executions"].([]any)
		require.Len(t, list, 1, "the other one is removed")
		require.Equal(t, "ABORTED", list[0].(object)["status"])
		nested := list[0].(object)["executionArn"]
		require.Contains(t, refuse(t, srv, "RedriveExecution", object{"executionArn": nested}), "StateMachineDeleting: ")
		require.Equal(t, "RUNNING", ask(t, srv, "DescribeExecution", object{"executionArn": execution})["status"])
		time.Sleep(25 * time.Hour)
		require.Equal(t, child, create(t, srv, "child", passes))
		require.Empty(t, ask(t, srv, "ListExecutions", object{"stateMachineArn": child})["executions"])
	})
}
