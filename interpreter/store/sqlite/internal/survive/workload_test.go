package survive

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
)

const (
	parentArn = "arn:aws:states:us-east-1:000000000000:stateMachine:parent"
	childArn  = "arn:aws:states:us-east-1:000000000000:stateMachine:child"
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
			"Parameters": {"QueueUrl": "q", "MessageBody": {"token.$": "$$.Task.Token"}}, "End": true}}},
		{"StartAt": "Accept", "States": {"Accept": {"Type": "Task", "Resource": "accept", "End": true}}}]},
	"Flaky": {"Type": "Task", "Resource": "flaky", "ResultPath": "$.flaky", "Next": "Nested",
		"Retry": [{"ErrorEquals": ["Flaky"], "IntervalSeconds": 1, "JitterStrategy": "FULL", "MaxAttempts": 2}]},
	"Nested": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2",
		"Parameters": {"StateMachineArn": "` + childArn + `", "Input": {"n.$": "$.n"}},
		"ResultSelector": {"output.$": "$.Output"}, "ResultPath": "$.nested", "Next": "Done"},
	"Done": {"Type": "Pass", "End": true,
		"Parameters": {"n.$": "$.n", "both.$": "$.both", "flaky.$": "$.flaky", "nested.$": "$.nested.output"}}}}`

const childDefinition = `{"StartAt": "Work", "States": {
	"Work": {"Type": "Task", "Resource": "work", "ResultPath": "$.work", "Next": "Reply"},
	"Reply": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
		"Parameters": {"QueueUrl": "q", "MessageBody": {"token.$": "$$.Task.Token"}}, "ResultPath": "$.reply", "Next": "Out"},
	"Out": {"Type": "Pass", "Parameters": {"n.$": "$.n", "reply.$": "$.reply"}, "End": true}}}`

// parentEntered and childEntered say how often an execution enters each state.
var (
	parentEntered = map[string]int{"First": 1, "Both": 1, "Items": 1, "Item": 3, "Then": 3, "Pause": 1, "Paused": 1,
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

func nameOf(n int) string { return fmt.Sprintf("e-%d", n) }

func inputOf(n int) []byte { return fmt.Appendf(nil, `{"n":%d,"items":[0,1,2]}`, n) }

func outputOf(n int) string {
	return fmt.Sprintf(`{"n":%[1]d,"both":[["item 0","item 1","item 2"],"paused","answer of Ask","answer of Accept"],`+
		`"flaky":"attempt 1","nested":{"n":%[1]d,"reply":"answer of Reply"}}`, n)
}

func childOutputOf(n int) string { return fmt.Sprintf(`{"n":%d,"reply":"answer of Reply"}`, n) }

func answerOf(state string) string { return "answer of " + state }

func mustCompile(definition, arn string) *interpreter.Program {
	p, err := interpreter.Compile([]byte(definition), interpreter.Options{StateMachineArn: arn})
	if err != nil {
		panic(err)
	}
	return p
}

var (
	parentProgram = sync.OnceValue(func() *interpreter.Program { return mustCompile(parentDefinition, parentArn) })
	childProgram  = sync.OnceValue(func() *interpreter.Program { return mustCompile(childDefinition, childArn) })
)

// workload does the tasks of the machines in one life of the process.
type workload struct {
	journal *journal
	life    int
	busy    time.Duration // the longest time that a task takes
	last    bool          // answers are not left to a later life
	in      *interpreter.Interpreter
	open    chan struct{} // closed when in is set
}

func newWorkload(j *journal, life int, busy time.Duration, last bool) *workload {
	return &workload{journal: j, life: life, busy: busy, last: last, open: make(chan struct{})}
}

func (w *workload) openInterpreter(c interpreter.Config) *interpreter.Interpreter {
	called := func(f func(context.Context, *interpreter.Task) (any, error)) interpreter.Handler {
		return interpreter.HandlerFunc(func(ctx context.Context, t *interpreter.Task) (any, error) {
			w.journal.write(entryCalled, t.Execution(), t.State, t.Item, t.Attempt)
			w.work(ctx)
			return f(ctx, t)
		})
	}
	c.Resolver = interpreter.Resolvers{
		&interpreter.StartExecution{Programs: map[string]*interpreter.Program{"child": childProgram()}},
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
func (w *workload) work(ctx context.Context) {
	select {
	case <-time.After(rand.N(w.busy + 1)):
	case <-ctx.Done():
	}
}

// isAnsweredLater reports whether the answer to a token is left to a later life.
func isAnsweredLater(token string) bool { return crc32.ChecksumIEEE([]byte(token))%2 == 0 }

// giveAway makes the token of a task known, and has it answered: now, soon, or in a
// later life.
func (w *workload) giveAway(t *interpreter.Task) {
	token := t.Token()
	w.journal.write(entryToken, w.life, t.State, token)
	switch {
	case isAnsweredLater(token) && !w.last:
	case crc32.ChecksumIEEE([]byte(token))%7 == 0:
		w.answer(token, t.State)
	default:
		go func() {
			w.work(context.Background())
			w.answer(token, t.State)
		}()
	}
}

func (w *workload) answer(token, state string) {
	<-w.open
	switch err := w.in.SendTaskSuccess(context.Background(), token, answerOf(state)); {
	case err == nil:
		w.journal.write(entryAnswered, w.life, token)
	case errors.Is(err, interpreter.ErrTaskTimedOut):
		w.journal.write(entryStale, token)
	case errors.Is(err, interpreter.ErrClosed):
	default:
		w.journal.write(entryWrong, fmt.Sprintf("SendTaskSuccess of a task of %s: %v", state, err))
	}
}

// answerEarlier answers what earlier lives have left. What they have answered must
// not be answered twice.
func (w *workload) answerEarlier(before *told) {
	for _, token := range before.order {
		switch known := before.tokens[token]; {
		case known.answered == 0 && !known.stale:
			go func() {
				w.work(context.Background())
				w.answer(token, known.state)
			}()
		case known.answered == w.life-1: // those before were tried
			go func() {
				<-w.open
				err := w.in.SendTaskSuccess(context.Background(), token, "wrong")
				if !errors.Is(err, interpreter.ErrTaskTimedOut) && !errors.Is(err, interpreter.ErrClosed) {
					w.journal.write(entryWrong, fmt.Sprintf("the second answer to a task of %s: %v", known.state, err))
				}
			}()
		}
	}
}

// startExecution starts an execution, or finds it.
func (w *workload) startExecution(ctx context.Context, n int) (*interpreter.Execution, error) {
	e, err := w.in.Start(ctx, parentProgram(), inputOf(n), interpreter.StartOptions{Name: nameOf(n)})
	var exists *interpreter.ExecutionExistsError
	if errors.As(err, &exists) {
		return exists.Execution, nil
	}
	return e, err
}
