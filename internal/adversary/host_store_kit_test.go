package adversary

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
	"github.com/gostates/gostates/value"
)

// fault is what a call of a hostile store does.
type fault int

const (
	worksFine   fault = iota
	failsBefore       // returns an error and does nothing
	failsAfter        // does it and returns an error
	panics
	panicsAfter
	exits
	exitsAfter
	blocks // until released, and then does it
	numFaults
)

func (f fault) String() string {
	return [...]string{"works", "fails", "fails afterwards", "panics", "panics afterwards", "calls Goexit", "calls Goexit afterwards", "blocks"}[f]
}

// hostileStore is a store whose calls may go wrong.
type hostileStore struct {
	*memory.Store
	mu       sync.Mutex
	choose   func(call string) fault // nil: all calls work
	calls    map[string]int
	released chan struct{}

	telling lies // under mu
}

// lies are what calls do instead; nil: they work.
type lies struct {
	lieCommit func(ctx context.Context, changes []store.Change) error
	lieLoad   func(st *store.State) *store.State
	lieDue    func(page []store.State) []store.State
	lieFind   func(id store.ID) store.ID
}

func newHostileStore() *hostileStore {
	return &hostileStore{Store: memory.New(), calls: map[string]int{}, released: make(chan struct{})}
}

// goWrong sets what the following calls do; nil: all work.
func (h *hostileStore) goWrong(choose func(call string) fault) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.choose = choose
}

// always returns a choice for one kind of call.
func always(call string, f fault) func(string) fault {
	return func(made string) fault {
		if made == call {
			return f
		}
		return worksFine
	}
}

// lie sets what the store lies about from now on.
func (h *hostileStore) lie(told lies) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.telling = told
}

func (h *hostileStore) toldNow() lies {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.telling
}

func (h *hostileStore) countCalls(call string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.calls[call]
}

func callHostile[T any](h *hostileStore, call string, f func() (T, error)) (T, error) {
	h.mu.Lock()
	h.calls[call]++
	chosen := worksFine
	if h.choose != nil {
		chosen = h.choose(call)
	}
	h.mu.Unlock()
	var none T
	switch chosen {
	case failsBefore:
		return none, errBroken
	case panics:
		panic(errBroken)
	case exits:
		runtime.Goexit()
	case blocks:
		<-h.released
	}
	result, err := f()
	switch chosen {
	case failsAfter:
		return none, errBroken
	case panicsAfter:
		panic(errBroken)
	case exitsAfter:
		runtime.Goexit()
	}
	return result, err
}

func (h *hostileStore) Commit(ctx context.Context, changes []store.Change) error {
	_, err := callHostile(h, "Commit", func() (struct{}, error) {
		if lie := h.toldNow().lieCommit; lie != nil {
			return struct{}{}, lie(ctx, changes)
		}
		return struct{}{}, h.Store.Commit(ctx, changes)
	})
	return err
}

func (h *hostileStore) Load(ctx context.Context, id store.ID) (*store.State, error) {
	return callHostile(h, "Load", func() (*store.State, error) {
		st, err := h.Store.Load(ctx, id)
		if lie := h.toldNow().lieLoad; lie != nil && err == nil {
			st = lie(st)
		}
		return st, err
	})
}

func (h *hostileStore) Find(ctx context.Context, namespace, machine, name string) (store.ID, error) {
	return callHostile(h, "Find", func() (store.ID, error) {
		id, err := h.Store.Find(ctx, namespace, machine, name)
		if lie := h.toldNow().lieFind; lie != nil {
			return lie(id), nil
		}
		return id, err
	})
}

func (h *hostileStore) PutDefinition(ctx context.Context, digest string, definition []byte) error {
	_, err := callHostile(h, "PutDefinition", func() (struct{}, error) {
		return struct{}{}, h.Store.PutDefinition(ctx, digest, definition)
	})
	return err
}

func (h *hostileStore) Definition(ctx context.Context, digest string) ([]byte, error) {
	return callHostile(h, "Definition", func() ([]byte, error) { return h.Store.Definition(ctx, digest) })
}

func (h *hostileStore) Due(ctx context.Context, after store.Place, until int64, limit int) ([]store.State, error) {
	return callHostile(h, "Due", func() ([]store.State, error) {
		page, err := h.Store.Due(ctx, after, until, limit)
		if lie := h.toldNow().lieDue; lie != nil && err == nil {
			page = lie(page)
		}
		return page, err
	})
}

// journey has everything that may be outstanding at a restart.
const journey = `{"StartAt": "First", "States": {
	"First": {"Type": "Task", "Resource": "echo", "ResultPath": "$.first", "Next": "Both"},
	"Both": {"Type": "Parallel", "ResultPath": "$.both", "Next": "Flaky", "Branches": [
		{"StartAt": "Items", "States": {"Items": {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 2, "End": true,
			"ItemProcessor": {"StartAt": "Item", "States": {"Item": {"Type": "Task", "Resource": "echo", "End": true}}}}}},
		{"StartAt": "Pause", "States": {"Pause": {"Type": "Wait", "Seconds": 7, "Next": "Paused"},
			"Paused": {"Type": "Pass", "Result": "paused", "End": true}}},
		{"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
			"Parameters": {"QueueUrl": "q", "MessageBody": {"token.$": "$$.Task.Token"}}, "End": true}}},
		{"StartAt": "Accept", "States": {"Accept": {"Type": "Task", "Resource": "accept", "End": true}}}]},
	"Flaky": {"Type": "Task", "Resource": "flaky", "ResultPath": "$.flaky", "Next": "Nested",
		"Retry": [{"ErrorEquals": ["Flaky"], "IntervalSeconds": 5}]},
	"Nested": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2",
		"Parameters": {"StateMachineArn": "child", "Input": {"n.$": "$.n"}},
		"ResultSelector": {"output.$": "$.Output"}, "ResultPath": "$.nested", "Next": "Done"},
	"Done": {"Type": "Pass", "End": true,
		"Parameters": {"n.$": "$.n", "both.$": "$.both", "flaky.$": "$.flaky", "nested.$": "$.nested.output"}}}}`

const journeyChild = `{"StartAt": "Reply", "States": {
	"Reply": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
		"Parameters": {"QueueUrl": "q", "MessageBody": {"token.$": "$$.Task.Token"}}, "ResultPath": "$.reply", "End": true}}}`

var (
	journeyEntered = map[string]int{"First": 1, "Both": 1, "Items": 1, "Item": 2, "Pause": 1, "Paused": 1, "Ask": 1,
		"Accept": 1, "Flaky": 1, "Nested": 1, "Done": 1}
	journeyCalls = map[string]int{"First": 1, "Item": 2, "Ask": 1, "Accept": 1, "Flaky": 2}
)

func journeyInput(n int) []byte { return fmt.Appendf(nil, `{"n":%d,"items":["x","y"]}`, n) }

func journeyOutput(n int) string {
	return fmt.Sprintf(`{"n":%[1]d,"both":[["x","y"],"paused","Ask","Accept"],"flaky":1,"nested":{"n":%[1]d,"reply":"Reply"}}`, n)
}

func journeyName(n int) string { return fmt.Sprintf("e-%d", n) }

// world is what stays when interpreters come and go: a store, the programs, and what
// the outside world has seen.
type world struct {
	parent, child *interpreter.Program
	store         store.Store
	clock         *stepping // nil: the system's
	mu            sync.Mutex
	calls         map[string]map[string]int // by execution and state
	tokens        map[string]string         // the state of each token that was given away
}

func newWorld(t testing.TB, s store.Store) *world {
	return &world{
		parent: compile(t, journey, interpreter.Options{StateMachineArn: "arn:aws:states:us-east-1:000000000000:stateMachine:parent"}),
		child:  compile(t, journeyChild, interpreter.Options{StateMachineArn: "arn:aws:states:us-east-1:000000000000:stateMachine:child"}),
		store:  s, calls: map[string]map[string]int{}, tokens: map[string]string{},
	}
}

// open makes an interpreter that does the tasks of the journey. give is called with
// each token, inside its handler.
func (w *world) open(give func(in *interpreter.Interpreter, token, state string)) *interpreter.Interpreter {
	var in *interpreter.Interpreter
	ready := make(chan struct{})
	handler := func(answer func(*interpreter.Task) (any, error), gives bool) interpreter.Handler {
		return interpreter.HandlerFunc(func(_ context.Context, t *interpreter.Task) (any, error) {
			w.countCall(t)
			if gives {
				w.mu.Lock()
				w.tokens[t.Token()] = t.State
				w.mu.Unlock()
				<-ready
				give(in, t.Token(), t.State)
			}
			return answer(t)
		})
	}
	c := interpreter.Config{
		Store: w.store, Logger: discard, Programs: []*interpreter.Program{w.parent, w.child},
		Resolver: interpreter.Resolvers{
			&interpreter.StartExecution{Programs: map[string]*interpreter.Program{"child": w.child}},
			interpreter.Services{"sqs:sendMessage": handler(func(*interpreter.Task) (any, error) { return map[string]any{}, nil }, true)},
			interpreter.Mux{
				"echo":   handler(func(t *interpreter.Task) (any, error) { return t.Input, nil }, false),
				"accept": handler(func(*interpreter.Task) (any, error) { return nil, interpreter.ErrResultPending }, true),
				"flaky": handler(func(t *interpreter.Task) (any, error) {
					if t.Attempt == 0 {
						return nil, asl.Errorf("Flaky", "once")
					}
					return t.Attempt, nil
				}, false),
			}},
	}
	if w.clock != nil {
		c.Clock = w.clock
	}
	in = interpreter.New(c)
	close(ready)
	return in
}

func (w *world) countCall(t *interpreter.Task) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.calls[t.Execution()] == nil {
		w.calls[t.Execution()] = map[string]int{}
	}
	w.calls[t.Execution()][t.State]++
}

// allTokens returns the tokens that were given away.
func (w *world) allTokens() map[string]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := map[string]string{}
	for token, state := range w.tokens {
		all[token] = state
	}
	return all
}

// check checks a journey that has succeeded. exact says that no task may have been
// called twice.
func (w *world) check(t testing.TB, s store.Store, n int, exact bool) {
	t.Helper()
	id, err := s.Find(background, "", w.parent.Options().StateMachineArn, journeyName(n))
	require.NoError(t, err)
	st, err := s.Load(background, id)
	require.NoError(t, err)
	require.Equal(t, interpreter.Succeeded, st.Head.Status)
	in, out := storedHistory(t, s, id)
	require.Equal(t, journeyEntered, in, journeyName(n))
	require.Equal(t, journeyEntered, out, journeyName(n))
	children, err := s.List(background, store.Query{Parent: id})
	require.NoError(t, err)
	require.Len(t, children, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	for state, least := range journeyCalls {
		made := w.calls[journeyName(n)][state]
		require.GreaterOrEqual(t, made, least, "%s: calls for %s", journeyName(n), state)
		require.False(t, exact && made > least, "%s: %d calls for %s", journeyName(n), made, state)
	}
}

// checkOutput waits for a journey and compares its output.
func checkOutput(t testing.TB, e *interpreter.Execution, n int) {
	t.Helper()
	require.NoError(t, e.Wait(background))
	output, err := e.Output()
	require.NoError(t, err)
	require.JSONEq(t, journeyOutput(n), value.String(output))
}

// storedHistory reads the history of an execution, checks that it has no gaps, and
// counts how often its states were entered and left.
func storedHistory(t testing.TB, s store.Store, id store.ID) (in, out map[string]int) {
	t.Helper()
	in, out = map[string]int{}, map[string]int{}
	next := 1
	err := s.Records(background, id, 0, func(_ uint64, data []byte) bool {
		if len(data) == 0 {
			return true
		}
		notes, used := binary.Uvarint(data[1:])
		rec, err := machine.ReadRecord(data[1+used+int(notes) : len(data)-4])
		require.NoError(t, err)
		for _, st := range rec.Steps {
			for _, ev := range st.Events {
				require.EqualValues(t, next, ev.ID)
				next++
				switch typ := history.Type(ev.Type).String(); {
				case strings.HasSuffix(typ, "StateEntered"):
					in[ev.Name]++
				case strings.HasSuffix(typ, "StateExited"):
					out[ev.Name]++
				}
			}
		}
		return true
	})
	require.NoError(t, err)
	return in, out
}

// isBroken reports whether an error is that of a call of a hostile store.
func isBroken(err error) bool {
	var hook *interpreter.HookError
	return errors.Is(err, errBroken) || errors.As(err, &hook)
}
