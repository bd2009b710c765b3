package interpreter_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
	"github.com/gostates/gostates/value"
)

const chain = `{"StartAt":"A","States":{
	"A":{"Type":"Task","Resource":"a","ResultPath":"$.a","Next":"B"},
	"B":{"Type":"Task","Resource":"b","ResultPath":"$.b","Next":"C"},
	"C":{"Type":"Task","Resource":"c","ResultPath":"$.c","End":true}}}`

// answers returns a resolver whose tasks answer with their resource.
func answers(calls func(resource string)) interpreter.Mux {
	return interpreter.Mux{"*": interpreter.HandlerFunc(func(_ context.Context, t *interpreter.Task) (any, error) {
		if calls != nil {
			calls(t.Resource.Name)
		}
		return t.Resource.Name, nil
	})}
}

func TestStoredExecutionRunsToItsEnd(t *testing.T) {
	s := memory.New()
	in := open(t, interpreter.Config{Store: s, Resolver: answers(nil)})
	p := compile(t, chain)
	e, err := in.Start(background, p, []byte(`{}`), interpreter.StartOptions{Name: "one"})
	require.NoError(t, err)
	require.NoError(t, e.Wait(background))
	output, err := e.Output()
	require.NoError(t, err)
	require.Equal(t, `{"a":"a","b":"b","c":"c"}`, value.String(output))
	st, err := s.Load(background, e.ID())
	require.NoError(t, err)
	require.Equal(t, interpreter.Succeeded, st.Head.Status)
	require.Equal(t, store.Never, st.Head.Due)
	require.NotNil(t, st.Snapshot)
}

func TestRunWithAStore(t *testing.T) {
	in := open(t, interpreter.Config{Store: memory.New(), Resolver: answers(nil)})
	out, err := interpreter.Run[map[string]string](background, in, compile(t, chain), []byte(`{}`))
	require.NoError(t, err)
	require.Equal(t, "c", out["c"])
}

// A handler that was running when the process ended is called again, with the same
// token, and those that had answered are not.
func TestExecutionsOutliveTheProcess(t *testing.T) {
	s := memory.New()
	p := compile(t, chain)
	var calls sync.Map
	count := func(resource string) {
		n, _ := calls.LoadOrStore(resource, new(atomic.Int32))
		n.(*atomic.Int32).Add(1)
	}
	blocked := make(chan *interpreter.Task, 1)
	stuck := interpreter.Resolvers{interpreter.Mux{"b": interpreter.HandlerFunc(func(ctx context.Context, t *interpreter.Task) (any, error) {
		count("b")
		blocked <- t
		<-ctx.Done()
		return nil, ctx.Err()
	})}, answers(count)}
	in := interpreter.New(interpreter.Config{Store: s, Resolver: stuck})
	e, err := in.Start(background, p, []byte(`{}`), interpreter.StartOptions{Name: "one"})
	require.NoError(t, err)
	first := <-blocked
	require.Equal(t, 1, first.Delivery)
	token := first.Token()
	require.NoError(t, in.Close())

	delivered := make(chan *interpreter.Task, 1)
	in = open(t, interpreter.Config{Store: s, Resolver: interpreter.Resolvers{interpreter.Mux{
		"b": interpreter.HandlerFunc(func(_ context.Context, t *interpreter.Task) (any, error) {
			count("b")
			delivered <- t
			return "b", nil
		})}, answers(count)}})
	again := <-delivered
	require.Equal(t, token, again.Token())
	require.Equal(t, 2, again.Delivery)
	require.True(t, again.Resumed)
	e2, err := in.Execution(background, e.ID())
	require.NoError(t, err)
	require.NoError(t, e2.Wait(background))
	output, err := e2.Output()
	require.NoError(t, err)
	require.Equal(t, `{"a":"a","b":"b","c":"c"}`, value.String(output))
	for resource, want := range map[string]int32{"a": 1, "b": 2, "c": 1} {
		n, _ := calls.Load(resource)
		require.Equal(t, want, n.(*atomic.Int32).Load(), resource)
	}
}

const askQueue = `{"StartAt":"Ask","States":{
	"Ask":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken",
		"Parameters":{"QueueUrl":"q","MessageBody":{"token.$":"$$.Task.Token"}},"End":true}}}`

// An execution that waits for an answer leaves memory, and the answer brings it back:
// in this process or in a later one.
func TestAnswersFindPassiveExecutions(t *testing.T) {
	s := memory.New()
	p := compile(t, askQueue)
	tokens := make(chan string, 8)
	config := interpreter.Config{Store: s, Resolver: interpreter.Services{"sqs:sendMessage": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
		tokens <- task.Token()
		return map[string]any{"MessageId": "1"}, nil
	})}}
	for name, restart := range map[string]bool{"same process": false, "later process": true} {
		t.Run(name, func(t *testing.T) {
			in := open(t, config)
			e, err := in.Start(background, p, []byte(`{}`), interpreter.StartOptions{Name: fmt.Sprint("e-", restart)})
			require.NoError(t, err)
			token := <-tokens
			require.True(t, soon(func() bool { return len(in.Executions()) == 0 }), "stays in memory")
			if restart {
				require.NoError(t, in.Close())
				in = open(t, config)
				e, err = in.Execution(background, e.ID())
				require.NoError(t, err)
			}
			require.Equal(t, interpreter.Running, e.Status())
			require.NoError(t, in.SendTaskSuccess(background, token, []byte(`"yes"`)))
			require.NoError(t, e.Wait(background))
			output, err := e.Output()
			require.NoError(t, err)
			require.Equal(t, "yes", output)
			require.ErrorIs(t, in.SendTaskSuccess(background, token, 1), interpreter.ErrTaskTimedOut)
			require.Empty(t, tokens, "called again")
		})
	}
}

func TestTimersSurviveTheProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := memory.New()
		p := compile(t, `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":1,"End":true}}}`)
		in := interpreter.New(interpreter.Config{Store: s})
		e, err := in.Start(background, p, nil, interpreter.StartOptions{})
		require.NoError(t, err)
		e1, err := in.Start(background, p, nil, interpreter.StartOptions{})
		require.NoError(t, err)
		require.NoError(t, e1.Wait(background))
		require.NoError(t, e.Wait(background))
		e, err = in.Start(background, p, nil, interpreter.StartOptions{})
		require.NoError(t, err)
		require.NoError(t, in.Shutdown(background))
		in = open(t, interpreter.Config{Store: s})
		require.True(t, soon(func() bool {
			st, err := s.Load(background, e.ID())
			return err == nil && st.Head.Status == interpreter.Succeeded
		}))
		_ = in
	})
}

func TestNamesLiveAsLongAsTheRecord(t *testing.T) {
	s := memory.New()
	in := open(t, interpreter.Config{Store: s, Resolver: answers(nil)})
	wait := compile(t, oneDay)
	a, err := in.Start(background, wait, []byte(`{"x":1}`), interpreter.StartOptions{Name: "n"})
	require.NoError(t, err)
	b, err := in.Start(background, wait, []byte(`{"x":1}`), interpreter.StartOptions{Name: "n"})
	require.NoError(t, err)
	require.Equal(t, a.ID(), b.ID())
	var exists *interpreter.ExecutionExistsError
	_, err = in.Start(background, wait, []byte(`{"x":2}`), interpreter.StartOptions{Name: "n"})
	require.ErrorAs(t, err, &exists)
	require.Equal(t, a.ID(), exists.Execution.ID())
	require.NoError(t, a.Stop(background, "", ""))
	_, err = in.Start(background, wait, []byte(`{"x":1}`), interpreter.StartOptions{Name: "n"})
	require.ErrorAs(t, err, &exists)
	require.Equal(t, interpreter.Aborted, exists.Execution.Status())
	require.ErrorIs(t, err, interpreter.ErrExecutionAlreadyExists)
}

func TestStoredExecutionsAreNamedByTheirID(t *testing.T) {
	in := open(t, interpreter.Config{Store: memory.New()})
	e, err := in.Start(background, compile(t, oneDay), nil, interpreter.StartOptions{})
	require.NoError(t, err)
	require.Equal(t, e.ID().String(), e.Name())
}

func TestAClosedInterpreterLeavesNoExecutionsInMemory(t *testing.T) {
	in := interpreter.New(interpreter.Config{Store: memory.New(), Resolver: interpreter.Mux{
		"*": interpreter.HandlerFunc(func(ctx context.Context, _ *interpreter.Task) (any, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})}})
	e, err := in.Start(background, compile(t, chain), nil, interpreter.StartOptions{})
	require.NoError(t, err)
	require.NoError(t, in.Close())
	kept := weak.Make(e)
	require.True(t, soon(func() bool {
		runtime.GC()
		return kept.Value() == nil
	}))
}

// Of many starts of a name one execution comes.
func TestConcurrentStartsOfANameMakeOneExecution(t *testing.T) {
	in := open(t, interpreter.Config{Store: memory.New()})
	p := compile(t, oneDay)
	var ids sync.Map
	var group sync.WaitGroup
	for range 64 {
		group.Go(func() {
			e, err := in.Start(background, p, []byte(`{}`), interpreter.StartOptions{Name: "n"})
			if err != nil {
				t.Error(err)
				return
			}
			ids.Store(e.ID(), true)
		})
	}
	group.Wait()
	n := 0
	ids.Range(func(_, _ any) bool { n++; return true })
	require.Equal(t, 1, n)
}

// failing is a store whose Commit fails for a while.
type failing struct {
	store.Store
	left, failed atomic.Int32
}

func (f *failing) Commit(ctx context.Context, changes []store.Change) error {
	if f.left.Add(-1) >= 0 {
		f.failed.Add(1)
		return errors.New("disk full")
	}
	return f.Store.Commit(ctx, changes)
}

func TestAStoreThatFailsIsTriedAgain(t *testing.T) {
	s := &failing{Store: memory.New()}
	in := open(t, interpreter.Config{Store: s, Resolver: answers(nil)})
	s.left.Store(3)
	e, err := in.Start(background, compile(t, chain), []byte(`{}`), interpreter.StartOptions{})
	require.NoError(t, err)
	require.NoError(t, e.Wait(background))
	s.left.Store(1 << 20)
	s.failed.Store(0)
	ctx, cancel := context.WithCancel(background)
	go func() {
		soon(func() bool { return s.failed.Load() > 1 }) // then the error of the first one is known
		cancel()
	}()
	_, err = in.Start(ctx, compile(t, chain), []byte(`{}`), interpreter.StartOptions{Name: "x"})
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "disk full")
	err = in.Shutdown(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "disk full")
	s.left.Store(0)
}

// crash closes an interpreter in the middle of its work.
func crash(t *testing.T, in *interpreter.Interpreter) {
	t.Helper()
	require.NoError(t, in.Close())
}

func status(t *testing.T, s store.Store, id store.ID) interpreter.Status {
	t.Helper()
	st, err := s.Load(background, id)
	require.NoError(t, err)
	return st.Head.Status
}

// A handler that ends the process each time does not loop for ever: its task fails
// with an error that can be caught.
func TestDeliveriesAreLimited(t *testing.T) {
	s := memory.New()
	p := compile(t, `{"StartAt":"A","States":{
		"A":{"Type":"Task","Resource":"deadly","Catch":[{"ErrorEquals":["MaxDeliveriesExceeded"],"Next":"B"}],"End":true},
		"B":{"Type":"Pass","End":true}}}`)
	began := make(chan int, 1)
	config := interpreter.Config{Store: s, MaxDeliveries: 3, Resolver: interpreter.Mux{
		"deadly": interpreter.HandlerFunc(func(ctx context.Context, t *interpreter.Task) (any, error) {
			began <- t.Delivery
			<-ctx.Done()
			return nil, ctx.Err()
		})}}
	in := interpreter.New(config)
	e, err := in.Start(background, p, nil, interpreter.StartOptions{})
	require.NoError(t, err)
	for n := 1; n <= 3; n++ {
		require.Equal(t, n, <-began)
		crash(t, in)
		in = interpreter.New(config)
	}
	require.True(t, soon(func() bool { return status(t, s, e.ID()) == interpreter.Succeeded }))
	crash(t, in)
	require.Empty(t, began)
}

// A missing handler parks the execution that needs it, and no other.
func TestAMissingHandlerParksItsExecution(t *testing.T) {
	s := memory.New()
	p := compile(t, chain)
	began := make(chan struct{}, 1)
	in := interpreter.New(interpreter.Config{Store: s, Resolver: interpreter.Mux{
		"a": interpreter.HandlerFunc(func(ctx context.Context, t *interpreter.Task) (any, error) {
			began <- struct{}{}
			<-ctx.Done()
			return nil, ctx.Err()
		})}})
	e, err := in.Start(background, p, nil, interpreter.StartOptions{})
	require.NoError(t, err)
	<-began
	crash(t, in)
	in = open(t, interpreter.Config{Store: s})
	require.True(t, soon(func() bool {
		st, err := s.Load(background, e.ID())
		return err == nil && st.Head.Parked != ""
	}))
	st, err := s.Load(background, e.ID())
	require.NoError(t, err)
	require.Contains(t, st.Head.Parked, `no handler for the resource "a" of the state "A"`)
	require.Equal(t, interpreter.Running, st.Head.Status)
	crash(t, in)
	open(t, interpreter.Config{Store: s, Resolver: answers(nil)})
	require.True(t, soon(func() bool { return status(t, s, e.ID()) == interpreter.Succeeded }))
	st, err = s.Load(background, e.ID())
	require.NoError(t, err)
	require.Empty(t, st.Head.Parked)
}

// An execution of an earlier process is also parked if it comes to the state without a
// handler only now. What led there is kept: the answer, and the results of handlers.
func TestAStateThatIsEnteredWithoutAHandlerParksItsExecution(t *testing.T) {
	p := compile(t, `{"StartAt":"Ask","States":{
		"Ask":{"Type":"Task","Resource":"ask","Next":"Pack"},
		"Pack":{"Type":"Task","Resource":"pack","Next":"Ship"},
		"Ship":{"Type":"Task","Resource":"ship","End":true}}}`)
	s := memory.New()
	tokens := make(chan string, 1)
	in := interpreter.New(interpreter.Config{Store: s, Resolver: interpreter.Mux{
		"ask": interpreter.HandlerFunc(func(_ context.Context, t *interpreter.Task) (any, error) {
			tokens <- t.Token()
			return nil, interpreter.ErrResultPending
		})}})
	e, err := in.Start(background, p, nil, interpreter.StartOptions{})
	require.NoError(t, err)
	token := <-tokens
	require.NoError(t, in.Shutdown(background))

	var packed atomic.Int32
	pack := interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) {
		packed.Add(1)
		return "packed", nil
	})
	in = open(t, interpreter.Config{Store: s})
	require.NoError(t, in.SendTaskSuccess(background, token, "yes"))
	parked := func(state string) {
		t.Helper()
		require.True(t, soon(func() bool { return describe(t, in, e.ID()).Parked != "" }))
		d := describe(t, in, e.ID())
		require.Equal(t, interpreter.Running, d.Status)
		require.Contains(t, d.Parked, "of the state \""+state+"\"")
		require.Equal(t, []string{state}, d.States)
	}
	parked("Pack")
	require.NoError(t, in.Shutdown(background))

	in = open(t, interpreter.Config{Store: s, Resolver: interpreter.Mux{"pack": pack}})
	require.True(t, soon(func() bool { return packed.Load() == 1 }))
	require.True(t, soon(func() bool { return slices.Equal(describe(t, in, e.ID()).States, []string{"Ship"}) }))
	parked("Ship")
	require.ErrorContains(t, in.RetryParked(background, e.ID()), "no handler")
	require.NoError(t, in.Shutdown(background))

	in = open(t, interpreter.Config{Store: s, Resolver: interpreter.Mux{"pack": pack, "ship": answers(nil)["*"]}})
	require.True(t, soon(func() bool { return status(t, s, e.ID()) == interpreter.Succeeded }))
	require.EqualValues(t, 1, packed.Load())
}

// A task without a handler parks nothing if its execution does without it: here the
// other branch fails in the same step.
func TestACancelledTaskWithoutAHandlerParksNothing(t *testing.T) {
	p := compile(t, `{"StartAt":"W","States":{
		"W":{"Type":"Wait","Seconds":60,"Next":"P"},
		"P":{"Type":"Parallel","Catch":[{"ErrorEquals":["Gone"],"Next":"Done"}],"End":true,"Branches":[
			{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"missing","End":true}}},
			{"StartAt":"B","States":{"B":{"Type":"Fail","Error":"Gone"}}}]},
		"Done":{"Type":"Succeed"}}}`)
	s, clock := memory.New(), interpreter.NewManualClock(time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC))
	in := interpreter.New(interpreter.Config{Store: s, Clock: clock})
	e, err := in.Start(background, p, nil, interpreter.StartOptions{})
	require.NoError(t, err)
	crash(t, in)
	in = open(t, interpreter.Config{Store: s, Clock: clock})
	_, err = in.Execution(background, e.ID())
	require.NoError(t, err)
	clock.Advance(time.Minute)
	require.True(t, soon(func() bool { return status(t, s, e.ID()) == interpreter.Succeeded }))
}

// Two interpreters on one store: the one that writes second loses the execution.
func TestAnExecutionThatAnotherProcessContinuesIsDropped(t *testing.T) {
	s := memory.New()
	p := compile(t, chain)
	release := make(chan struct{})
	slow := interpreter.Mux{"*": interpreter.HandlerFunc(func(ctx context.Context, t *interpreter.Task) (any, error) {
		<-release
		return t.Resource.Name, nil
	})}
	first := open(t, interpreter.Config{Store: s, Resolver: slow})
	e, err := first.Start(background, p, []byte(`{}`), interpreter.StartOptions{})
	require.NoError(t, err)
	second := open(t, interpreter.Config{Store: s, Resolver: answers(nil)})
	require.True(t, soon(func() bool { return status(t, s, e.ID()) == interpreter.Succeeded }))
	close(release)
	require.ErrorIs(t, e.Wait(background), interpreter.ErrLeaseLost)
	e2, err := second.Execution(background, e.ID())
	require.NoError(t, err)
	require.NoError(t, e2.Wait(background))
}

// Children are stored, and a parent finds its child that ended while no process ran.
func TestNestedExecutionsOutliveTheProcess(t *testing.T) {
	s := memory.New()
	child := compile(t, `{"StartAt":"W","States":{"W":{"Type":"Task","Resource":"work","End":true}}}`, interpreter.Options{StateMachineArn: "arn:aws:states:us-east-1:000000000000:stateMachine:child"})
	parent := compile(t, `{"StartAt":"P","States":{"P":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync:2",
		"Parameters":{"StateMachineArn":"arn:aws:states:us-east-1:000000000000:stateMachine:child","Input":{}},"OutputPath":"$.Output","End":true}}}`)
	began := make(chan struct{}, 1)
	programs := map[string]*interpreter.Program{"child": child}
	in := interpreter.New(interpreter.Config{Store: s, Resolver: interpreter.Resolvers{
		&interpreter.StartExecution{Programs: programs},
		interpreter.Mux{"work": interpreter.HandlerFunc(func(ctx context.Context, t *interpreter.Task) (any, error) {
			began <- struct{}{}
			<-ctx.Done()
			return nil, ctx.Err()
		})}}})
	e, err := in.Start(background, parent, nil, interpreter.StartOptions{})
	require.NoError(t, err)
	<-began
	crash(t, in)
	in = open(t, interpreter.Config{Store: s, Resolver: interpreter.Resolvers{
		&interpreter.StartExecution{Programs: programs}, interpreter.Mux{"work": interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) {
			return "done", nil
		})}}})
	e, err = in.Execution(background, e.ID())
	require.NoError(t, err)
	require.NoError(t, e.Wait(background))
	output, err := e.Output()
	require.NoError(t, err)
	require.Equal(t, "done", output)
	all, err := s.List(background, store.Query{Parent: e.ID()})
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Equal(t, interpreter.Succeeded, all[0].Status)
}

// lateDue is a store whose Due calls a function before it returns a page that is not
// empty.
type lateDue struct {
	store.Store
	meanwhile func()
	once      sync.Once
}

func (s *lateDue) Due(ctx context.Context, after store.Place, until int64, limit int) ([]store.State, error) {
	page, err := s.Store.Due(ctx, after, until, limit)
	if len(page) > 0 && limit > 1 {
		s.once.Do(s.meanwhile)
	}
	return page, err
}

// An execution that went on and left memory while a page of due executions was on its
// way is not continued from the state in that page.
func TestStatesOfAPageMayBeOld(t *testing.T) {
	p := compile(t, `{"StartAt":"Ask","States":{
		"Ask":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken","TimeoutSeconds":1,
			"Parameters":{"token.$":"$$.Task.Token"},"Next":"Wait"},
		"Wait":{"Type":"Wait","Seconds":86400,"End":true}}}`)
	tokens := make(chan string, 1)
	clock := &aheadClock{}
	s := &lateDue{Store: memory.New()}
	in := open(t, interpreter.Config{Store: s, Clock: clock, Resolver: interpreter.Services{"sqs:sendMessage": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
		tokens <- task.Token()
		return nil, nil
	})}})
	passive := func() bool { return len(in.Executions()) == 0 }
	done := make(chan struct{})
	s.meanwhile = func() {
		defer close(done)
		clock.ahead.Store(-int64(time.Hour)) // the answer is in time
		if err := in.SendTaskSuccess(background, <-tokens, 1); err != nil {
			t.Error(err)
		}
		if !soon(passive) {
			t.Error("stays in memory")
		}
		clock.ahead.Store(0)
	}
	e, err := in.Start(background, p, nil, interpreter.StartOptions{})
	require.NoError(t, err)
	require.True(t, soon(passive))
	<-done
	require.NoError(t, e.Stop(background, "", ""))
	require.Equal(t, interpreter.Aborted, e.Status())
}

// aheadClock is the system's clock, some time ahead.
type aheadClock struct{ ahead atomic.Int64 }

func (c *aheadClock) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

func (c *aheadClock) AfterFunc(d time.Duration, f func()) interpreter.Timer {
	return time.AfterFunc(d, f)
}

// A parent waits for its child through more processes than a handler may be given its
// task. Being loaded again changes nothing of it.
func TestWaitingForAChildIsNotADelivery(t *testing.T) {
	s := memory.New()
	const arn = "arn:aws:states:us-east-1:000000000000:stateMachine:child"
	child := compile(t, askQueue, interpreter.Options{StateMachineArn: arn})
	parent := compile(t, `{"StartAt":"P","States":{"P":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync:2",
		"Parameters":{"StateMachineArn":"`+arn+`","Input":{}},"OutputPath":"$.Output","End":true}}}`)
	tokens := make(chan string, 1)
	config := interpreter.Config{Store: s, MaxDeliveries: 3, Resolver: interpreter.Resolvers{
		&interpreter.StartExecution{Programs: map[string]*interpreter.Program{"child": child}},
		interpreter.Services{"sqs:sendMessage": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
			tokens <- task.Token()
			return map[string]any{"MessageId": "1"}, nil
		})}}}
	in := interpreter.New(config)
	e, err := in.Start(background, parent, nil, interpreter.StartOptions{})
	require.NoError(t, err)
	token := <-tokens
	for range 5 {
		require.NoError(t, in.Shutdown(background))
		in = interpreter.New(config)
		e, err = in.Execution(background, e.ID())
		require.NoError(t, err)
		require.Equal(t, interpreter.Running, e.Status())
	}
	require.NoError(t, in.SendTaskSuccess(background, token, []byte(`"yes"`)))
	require.NoError(t, e.Wait(background))
	output, err := e.Output()
	require.NoError(t, err)
	require.Equal(t, "yes", output)
	require.NoError(t, in.Close())
}

// blocking is a store whose PutDefinition returns when its ctx ends.
type blocking struct {
	store.Store
	called chan struct{}
}

func (b *blocking) PutDefinition(ctx context.Context, _ string, _ []byte) error {
	close(b.called)
	<-ctx.Done()
	return ctx.Err()
}

// Close ends calls that wait for the store, with ErrClosed.
func TestCloseEndsCallsOfTheStore(t *testing.T) {
	s := &blocking{memory.New(), make(chan struct{})}
	in := open(t, interpreter.Config{Store: s})
	go func() {
		<-s.called
		in.Close()
	}()
	_, err := in.Start(background, compile(t, oneDay), nil, interpreter.StartOptions{})
	require.ErrorIs(t, err, interpreter.ErrClosed)
	require.NotErrorIs(t, err, context.Canceled)
}

// A task that waits for an execution that it started is not failed by many restarts.
func TestRestartsDoNotCountAgainstHandlersThatReturned(t *testing.T) {
	s := memory.New()
	const arn = "arn:aws:states:us-east-1:000000000000:stateMachine:child"
	child := compile(t, `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":86400,"End":true}}}`, interpreter.Options{StateMachineArn: arn})
	parent := compile(t, `{"StartAt":"P","States":{"P":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync:2",
		"Parameters":{"StateMachineArn":"`+arn+`","Input":{}},"End":true}}}`)
	config := interpreter.Config{Store: s, MaxDeliveries: 3, Resolver: &interpreter.StartExecution{Programs: map[string]*interpreter.Program{arn: child}}}
	in := interpreter.New(config)
	e, err := in.Start(background, parent, nil, interpreter.StartOptions{})
	require.NoError(t, err)
	waits := func() bool { return interpreter.HaveReturned(in, e.ID()) }
	for range 6 {
		require.True(t, soon(waits))
		require.Equal(t, interpreter.Running, status(t, s, e.ID()))
		crash(t, in)
		in = interpreter.New(config)
	}
	require.True(t, soon(waits))
	require.NoError(t, in.Shutdown(background))
	require.Equal(t, interpreter.Running, status(t, s, e.ID()))
}

// A sink gets no event that a crash could take back.
func TestSinksGetEventsThatAreStored(t *testing.T) {
	s := memory.New()
	var in *interpreter.Interpreter
	calls := 0
	sink := history.SinkFunc(func(_ string, events []history.Event) error {
		list, err := s.List(background, store.Query{})
		if err != nil || len(list) != 1 {
			return fmt.Errorf("the store has %d executions: %w", len(list), err)
		}
		for ev, err := range in.History(background, list[0].ID, interpreter.HistoryOptions{Reverse: true}) {
			if last := events[len(events)-1].ID; err != nil || ev.ID < last {
				return fmt.Errorf("event %d, the store has %d: %w", last, ev.ID, err)
			}
			break
		}
		calls++
		return nil
	})
	in = open(t, interpreter.Config{Store: s, Resolver: answers(nil), History: sink})
	_, err := interpreter.Run[any](background, in, compile(t, chain), []byte(`{}`))
	require.NoError(t, err)
	require.Positive(t, calls)
}

// hostileError panics when it is compared.
type hostileError struct{}

func (hostileError) Error() string { return "hostile" }
func (hostileError) Is(error) bool { panic("Is") }
func (hostileError) As(any) bool   { panic("As") }

// hostileOnce is a store whose first Commit fails with a hostileError.
type hostileOnce struct {
	store.Store
	failed atomic.Bool
}

func (s *hostileOnce) Commit(ctx context.Context, changes []store.Change) error {
	if !s.failed.Swap(true) {
		return hostileError{}
	}
	return s.Store.Commit(ctx, changes)
}

func TestErrorsOfCommitMayPanic(t *testing.T) {
	in := open(t, interpreter.Config{Store: &hostileOnce{Store: memory.New()}, Resolver: answers(nil)})
	e, err := in.Start(background, compile(t, chain), []byte(`{}`), interpreter.StartOptions{})
	require.NoError(t, err)
	require.NoError(t, e.Wait(background))
}
