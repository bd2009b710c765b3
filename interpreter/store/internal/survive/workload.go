package survive

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/value"
)

// The state machines. The parent starts the child.
const (
	ParentARN = "arn:aws:states:us-east-1:000000000000:stateMachine:parent"
	childARN  = "arn:aws:states:us-east-1:000000000000:stateMachine:child"
)

// parentDefinition has everything that may be outstanding when a process dies: tasks
// that run, a Map with a limit, a Wait, an answer by a token, work that was accepted,
// the pause of a Retry, and a nested execution.
const parentDefinition = `{"StartAt": "First", "States": {
	"First": {"Type": "Task", "Resource": "work", "ResultPath": "$.first", "Next": "Both"},
	"Both": {"Type": "Parallel", "ResultPath": "$.both", "Next": "Flaky", "Branches": [
		{"StartAt": "Items", "States": {"Items": {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 2, "End": true,
			"ItemProcessor": {"StartAt": "Item", "States": {
				"Item": {"Type": "Task", "Resource": "item", "Next": "Then"},
				"Then": {"Type": "Pass", "End": true}}}}}},
		{"StartAt": "Pause", "States": {
			"Pause": {"Type": "Wait", "TimestampPath": "$.first.at", "Next": "Paused"},
			"Paused": {"Type": "Pass", "Result": "paused", "End": true}}},
		{"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
			"Parameters": {"QueueUrl": "q", "MessageBody": {"n.$": "$.n", "token.$": "$$.Task.Token"}}, "End": true}}},
		{"StartAt": "Accept", "States": {"Accept": {"Type": "Task", "Resource": "accept", "End": true}}}]},
	"Flaky": {"Type": "Task", "Resource": "flaky", "ResultPath": "$.flaky", "Next": "Nested",
		"Retry": [{"ErrorEquals": ["Flaky"], "IntervalSeconds": 1, "JitterStrategy": "FULL", "MaxAttempts": 2}]},
	"Nested": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2",
		"Parameters": {"StateMachineArn": "` + childARN + `", "Input": {"n.$": "$.n"}},
		"ResultSelector": {"output.$": "$.Output"}, "ResultPath": "$.nested", "Next": "Done"},
	"Done": {"Type": "Pass", "End": true,
		"Parameters": {"n.$": "$.n", "both.$": "$.both", "flaky.$": "$.flaky", "nested.$": "$.nested.output"}}}}`

const childDefinition = `{"StartAt": "Work", "States": {
	"Work": {"Type": "Task", "Resource": "work", "ResultPath": "$.work", "Next": "Reply"},
	"Reply": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
		"Parameters": {"QueueUrl": "q", "MessageBody": {"n.$": "$.n", "token.$": "$$.Task.Token"}}, "ResultPath": "$.reply", "Next": "Out"},
	"Out": {"Type": "Pass", "Parameters": {"n.$": "$.n", "reply.$": "$.reply"}, "End": true}}}`

// ParentEntered and childEntered say how often an execution enters each state.
var (
	ParentEntered = map[string]int{"First": 1, "Both": 1, "Items": 1, "Item": 3, "Then": 3, "Pause": 1, "Paused": 1,
		"Ask": 1, "Accept": 1, "Flaky": 1, "Nested": 1, "Done": 1}
	childEntered = map[string]int{"Work": 1, "Reply": 1, "Out": 1}
)

// parentCalls and childCalls are the attempts that handlers of the workload see.
func parentCalls(name string) []callKey {
	return []callKey{
		{name, "First", -1, 0}, {name, "Item", 0, 0}, {name, "Item", 1, 0}, {name, "Item", 2, 0},
		{name, "Ask", -1, 0}, {name, "Accept", -1, 0}, {name, "Flaky", -1, 0}, {name, "Flaky", -1, 1},
	}
}

func childCalls(name string) []callKey {
	return []callKey{{name, "Work", -1, 0}, {name, "Reply", -1, 0}}
}

// NameOf, InputOf and OutputOf are those of the nth execution.
func NameOf(n int) string { return fmt.Sprintf("e-%d", n) }

func InputOf(n int) []byte { return fmt.Appendf(nil, `{"n":%d,"items":[0,1,2]}`, n) }

func OutputOf(n int) string {
	return fmt.Sprintf(`{"n":%[1]d,"both":[["item 0","item 1","item 2"],"paused","answer of Ask","answer of Accept"],`+
		`"flaky":"attempt 1","nested":{"n":%[1]d,"reply":"answer of Reply"}}`, n)
}

func childOutputOf(n int) string { return fmt.Sprintf(`{"n":%d,"reply":"answer of Reply"}`, n) }

// AnswerOf is the answer to a token of a state.
func AnswerOf(state string) string { return "answer of " + state }

func mustCompile(definition, arn string) *interpreter.Program {
	p, err := interpreter.Compile([]byte(definition), interpreter.Options{StateMachineArn: arn})
	if err != nil {
		panic(err)
	}
	return p
}

// The programs of the state machines.
var (
	ParentProgram = sync.OnceValue(func() *interpreter.Program { return mustCompile(parentDefinition, ParentARN) })
	ChildProgram  = sync.OnceValue(func() *interpreter.Program { return mustCompile(childDefinition, childARN) })
)

// Workload does the tasks of the machines in one life of the process.
type Workload struct {
	journal *Journal
	life    int
	busy    time.Duration // the longest time that a task takes
	last    bool          // answers are not left to a later life
	shared  bool          // other processes do the same at the same time
	repeats func(error) bool
	in      *interpreter.Interpreter
	open    chan struct{} // closed when in is set

	mu      sync.Mutex
	known   map[string]bool // tokens that are left to a later life than that of theirs
	missing int             // those that no life has given away
	allLeft chan struct{}   // closed when there are none
}

// BusyTime is how long the tasks of a process usually take at most.
const BusyTime = 5 * time.Millisecond

// NewWorkload returns the workload of a life. last says that no answer is left to a
// later one.
func NewWorkload(j *Journal, life int, busy time.Duration, last bool) *Workload {
	return &Workload{journal: j, life: life, busy: busy, last: last, open: make(chan struct{})}
}

// OpenInterpreter returns an interpreter that does the workload. c has no Resolver.
func (w *Workload) OpenInterpreter(c interpreter.Config) *interpreter.Interpreter {
	called := func(f func(context.Context, *interpreter.Task) (any, error)) interpreter.Handler {
		return interpreter.HandlerFunc(func(ctx context.Context, t *interpreter.Task) (any, error) {
			w.journal.Write(entryCalled, t.Execution(), t.State, t.Item, t.Attempt)
			w.work(ctx)
			return f(ctx, t)
		})
	}
	c.Resolver = interpreter.Resolvers{
		&interpreter.StartExecution{Programs: map[string]*interpreter.Program{"child": ChildProgram()}},
		interpreter.Services{"sqs:sendMessage": called(func(_ context.Context, t *interpreter.Task) (any, error) {
			w.giveAway(t)
			return map[string]any{"MessageId": "1"}, nil
		})},
		interpreter.Mux{
			"work": called(func(context.Context, *interpreter.Task) (any, error) {
				return map[string]any{"at": time.Now().Add(rand.N(10*w.busy + 1)).UTC().Format(time.RFC3339Nano)}, nil
			}),
			"item": called(func(_ context.Context, t *interpreter.Task) (any, error) {
				return fmt.Sprintf("item %v", t.Item), nil
			}),
			"accept": called(func(_ context.Context, t *interpreter.Task) (any, error) {
				w.giveAway(t)
				return nil, interpreter.ErrResultPending
			}),
			"flaky": called(func(_ context.Context, t *interpreter.Task) (any, error) {
				if t.Attempt == 0 {
					return nil, asl.Errorf("Flaky", "the first attempt fails")
				}
				return fmt.Sprintf("attempt %d", t.Attempt), nil
			}),
		},
	}
	w.in = interpreter.New(c)
	close(w.open)
	return w.in
}

// work takes a random time.
func (w *Workload) work(ctx context.Context) {
	select {
	case <-time.After(rand.N(w.busy + 1)):
	case <-ctx.Done():
	}
}

// isLeft reports whether the answer to a token of the nth execution, or of its child, is
// left to a later life: half of the tokens, Ask and Accept of one execution and Reply of
// the next. So an execution stands still in one life only.
func isLeft(n int, state string) bool { return (n%2 == 0) == (state != "Reply") }

// awaitLeft returns a channel that is closed when all tokens of count executions that
// are left to a later life have been given away. It is called before OpenInterpreter.
func (w *Workload) awaitLeft(before *Told, count int) <-chan struct{} {
	w.known, w.allLeft = map[string]bool{}, make(chan struct{})
	for n := range count {
		for _, state := range [...]string{"Ask", "Accept", "Reply"} {
			if isLeft(n, state) {
				w.missing++
			}
		}
	}
	for text, token := range before.Tokens {
		if token.Left {
			w.noteLeft(text)
		}
	}
	return w.allLeft
}

// noteLeft notes that a token is left to a later life.
func (w *Workload) noteLeft(token string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.allLeft == nil || w.known[token] {
		return
	}
	w.known[token] = true
	if w.missing--; w.missing == 0 {
		close(w.allLeft)
	}
}

// numberOf returns which execution a task belongs to, or its parent.
func numberOf(t *interpreter.Task) int {
	input := t.Input.(*value.Object)
	if body, nested := input.Get("MessageBody"); nested {
		input = body.(*value.Object)
	}
	n, _ := input.Get("n")
	return int(n.(int64))
}

// giveAway makes the token of a task known, and has it answered: now, soon, or in a
// later life.
func (w *Workload) giveAway(t *interpreter.Task) {
	token, left := t.Token(), isLeft(numberOf(t), t.State)
	w.journal.Write(entryToken, w.life, t.State, token, strconv.FormatBool(left))
	if left {
		w.noteLeft(token)
	}
	switch {
	case left && !w.last:
	case crc32.ChecksumIEEE([]byte(token))%7 == 0:
		w.answer(token, t.State)
	default:
		go func() {
			w.work(context.Background())
			w.answer(token, t.State)
		}()
	}
}

func (w *Workload) answer(token, state string) {
	<-w.open
	err := w.repeat(func() error {
		return w.in.SendTaskSuccess(context.Background(), token, AnswerOf(state))
	})
	switch {
	case err == nil:
		w.journal.Write(entryAnswered, w.life, token)
	case errors.Is(err, interpreter.ErrTaskTimedOut):
		w.journal.Write(entryStale, token)
	case errors.Is(err, interpreter.ErrClosed):
	default:
		w.journal.Write(entryWrong, fmt.Sprintf("SendTaskSuccess of a task of %s: %v", state, err))
	}
}

// repeat calls f again while it fails because of a disturbance.
func (w *Workload) repeat(f func() error) error {
	const most, pause = 1000, 20 * time.Millisecond
	for attempt := 1; ; attempt++ {
		err := f()
		moved := w.shared && errors.Is(err, interpreter.ErrLeaseLost)
		disturbed := err != nil && w.repeats != nil && w.repeats(err)
		if !moved && !disturbed || attempt == most {
			return err
		}
		time.Sleep(pause)
	}
}

// AnswerEarlier answers the tokens that earlier lives have left. A second answer to one
// that they have answered must be refused.
func (w *Workload) AnswerEarlier(before *Told) {
	for _, token := range before.Order {
		switch known := before.Tokens[token]; {
		case known.Answered == 0 && !known.stale:
			go func() {
				w.work(context.Background())
				w.answer(token, known.State)
			}()
		case known.Answered == w.life-1: // those before were tried
			go func() {
				<-w.open
				err := w.repeat(func() error { return w.in.SendTaskSuccess(context.Background(), token, "wrong") })
				if !errors.Is(err, interpreter.ErrTaskTimedOut) && !errors.Is(err, interpreter.ErrClosed) {
					w.journal.Write(entryWrong, fmt.Sprintf("the second answer to a task of %s: %v", known.State, err))
				}
			}()
		}
	}
}

// StartExecution starts an execution, or finds it.
func (w *Workload) StartExecution(ctx context.Context, n int) (*interpreter.Execution, error) {
	return w.startOf(ctx, ParentProgram(), InputOf(n), n)
}

func (w *Workload) startOf(ctx context.Context, p *interpreter.Program, input []byte, n int) (e *interpreter.Execution, err error) {
	err = w.repeat(func() error {
		e, err = w.in.Start(ctx, p, input, interpreter.StartOptions{Name: NameOf(n)})
		var exists *interpreter.ExecutionExistsError
		if errors.As(err, &exists) {
			e = exists.Execution
			return nil
		}
		return err
	})
	return e, err
}

// awaitEnd waits for the end of an execution, in any process.
func (w *Workload) awaitEnd(ctx context.Context, e *interpreter.Execution) error {
	return w.repeat(func() error {
		err := e.Wait(ctx)
		if errors.Is(err, interpreter.ErrLeaseLost) && w.shared {
			var found *interpreter.Execution
			if found, err = w.in.Execution(ctx, e.ID()); err == nil {
				e = found
				err = interpreter.ErrLeaseLost // wait for that one
			}
		}
		return err
	})
}
