package temporal

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/gostates/gostates/interpreter/machine"
)

// script answers activities when all that are started wait, in the order
// in which their tasks were started, so that the order of answers is fixed.
type script struct {
	env    *testsuite.TestWorkflowEnvironment
	answer func(*taskArguments, machine.Command) (order int, _ *converter.RawValue, _ error) // a negative order: none

	mu        sync.Mutex
	waiting   []*scripted
	scheduled int // activities
	known     int // of these, those that have come to perform
}

// scripted is an activity that waits for its answer.
type scripted struct {
	token []byte
	task  machine.TaskID
	order int // of the answer
	value *converter.RawValue
	err   error
}

// Answers that end no task come first, since the worker of such a task has begun; those
// of timeouts come last.
const (
	first = iota
	usual
	last
)

// register registers the workflow, and the script as the activity.
func (s *script) register() {
	s.env.RegisterWorkflowWithOptions(newEngine(Config{Queue: s.schedule}).runExecution, workflow.RegisterOptions{Name: WorkflowType})
	s.env.RegisterActivityWithOptions(s.perform, activity.RegisterOptions{Name: ActivityType})
	s.env.SetOnActivityStartedListener(func(*activity.Info, context.Context, converter.EncodedValues) {
		s.env.RegisterDelayedCallback(s.answerNext, thinking)
	})
}

// schedule is Config.Queue.
func (s *script) schedule(string, string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scheduled++
	return ""
}

// thinking is how long an answer takes. While activities begin, the environment's clock
// runs like that of the wall, and all of a workflow task must have begun by then.
const thinking = 50 * time.Millisecond

// perform is the activity.
func (s *script) perform(ctx context.Context, a taskArguments, input, credentials converter.RawValue) (converter.RawValue, error) {
	w, err := new(engine).workOf(ctx, &a, input, credentials)
	if err != nil {
		return converter.RawValue{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known++
	if order, value, err := s.answer(&a, w.Command); order >= 0 {
		s.waiting = append(s.waiting, &scripted{activity.GetInfo(ctx).TaskToken, a.Task, order, value, err})
	}
	return converter.RawValue{}, activity.ErrResultPending
}

// answerNext answers one activity. The clock of the environment moves only when none runs.
func (s *script) answerNext() {
	s.mu.Lock()
	if s.known < s.scheduled {
		s.mu.Unlock()
		runtime.Gosched()
		s.env.RegisterDelayedCallback(s.answerNext, thinking)
		return
	}
	if len(s.waiting) == 0 { // nobody polls
		s.mu.Unlock()
		return
	}
	next := slices.MinFunc(s.waiting, func(a, b *scripted) int { return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.task, b.task)) })
	s.waiting = slices.DeleteFunc(s.waiting, func(a *scripted) bool { return a == next })
	s.mu.Unlock()
	var result any
	if next.value != nil {
		result = *next.value
	}
	_ = s.env.CompleteActivity(next.token, result, next.err)
}
