package history_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
)

func scheduled(arn string) *history.Scheduled {
	return &history.Scheduled{Resource: &history.Resource{ARN: arn}}
}

// Each event is told its state, its resource and its attempt: through a retry, in
// branches, and at the end of the execution.
func TestTrail(t *testing.T) {
	var trail history.Trail
	var got []string
	for _, e := range []history.Event{
		{ID: 1, Type: history.ExecutionStarted},
		{ID: 2, Type: history.ParallelStateEntered, Name: "Both"},
		{ID: 3, Previous: 2, Type: history.ParallelStateStarted},
		{ID: 4, Previous: 3, Type: history.TaskStateEntered, Name: "A"},
		{ID: 5, Previous: 4, Type: history.LambdaFunctionScheduled, Detail: scheduled("a")},
		{ID: 6, Previous: 3, Type: history.TaskStateEntered, Name: "B"},
		{ID: 7, Previous: 6, Type: history.LambdaFunctionScheduled, Detail: scheduled("arn:aws:lambda:us-east-1:1:function:b")},
		{ID: 8, Previous: 5, Type: history.LambdaFunctionStarted},
		{ID: 9, Previous: 8, Type: history.LambdaFunctionFailed, Detail: &history.Failure{}},
		{ID: 10, Previous: 9, Type: history.LambdaFunctionScheduled, Detail: scheduled("a")},
		{ID: 11, Previous: 10, Type: history.LambdaFunctionTimedOut, Detail: &history.Failure{}},
		{ID: 12, Previous: 7, Type: history.LambdaFunctionSucceeded},
		{ID: 13, Previous: 12, Type: history.TaskStateExited, Name: "B"},
		{ID: 14, Previous: 11, Type: history.ExecutionFailed, Detail: &history.Failure{}},
	} {
		p := trail.Follow(&e)
		got = append(got, fmt.Sprint(p.TypeName(e.Type), " ", p.State, " ", p.Resource, " ", p.Attempt))
	}
	require.Equal(t, []string{
		"ExecutionStarted   0",
		"ParallelStateEntered Both  0",
		"ParallelStateStarted Both  0",
		"TaskStateEntered A  0",
		"TaskScheduled A a 0",
		"TaskStateEntered B  0",
		"LambdaFunctionScheduled B arn:aws:lambda:us-east-1:1:function:b 0",
		"TaskStarted A a 0",
		"TaskFailed A a 0",
		"TaskScheduled A a 1",
		"TaskTimedOut A a 1",
		"LambdaFunctionSucceeded B arn:aws:lambda:us-east-1:1:function:b 0",
		"TaskStateExited B arn:aws:lambda:us-east-1:1:function:b 0",
		"ExecutionFailed A a 1",
	}, got)
}

// Events of a Parallel or Map state name it, whatever branch or iteration caused them.
func TestTrailInIterations(t *testing.T) {
	var trail history.Trail
	var got []string
	for _, e := range []history.Event{
		{ID: 1, Type: history.MapStateEntered, Name: "Each"},
		{ID: 2, Previous: 1, Type: history.MapStateStarted},
		{ID: 3, Previous: 2, Type: history.MapIterationStarted, Name: "Each"},
		{ID: 4, Previous: 3, Type: history.ParallelStateEntered, Name: "Both"},
		{ID: 5, Previous: 4, Type: history.ParallelStateStarted},
		{ID: 6, Previous: 2, Type: history.MapIterationStarted, Name: "Each"},
		{ID: 7, Previous: 5, Type: history.PassStateEntered, Name: "In"},
		{ID: 8, Previous: 7, Type: history.PassStateExited, Name: "In"},
		{ID: 9, Previous: 8, Type: history.ParallelStateSucceeded},
		{ID: 10, Previous: 9, Type: history.ParallelStateExited, Name: "Both"},
		{ID: 11, Previous: 10, Type: history.MapIterationSucceeded, Name: "Each"},
		{ID: 12, Previous: 6, Type: history.FailStateEntered, Name: "Bad"},
		{ID: 13, Previous: 12, Type: history.MapIterationFailed, Name: "Each"},
		{ID: 14, Previous: 13, Type: history.MapStateFailed},
		{ID: 15, Previous: 14, Type: history.ExecutionFailed},
	} {
		got = append(got, trail.Follow(&e).State)
	}
	require.Equal(t, "Each Each Each Both Both Each In In Both Both Each Bad Each Each Each", strings.Join(got, " "))
}

// A failure aborts its own Task. The events of the other states that it aborts do not name
// them, and are not given the name of a state that goes on or failed.
func TestTrailOfAbortedStates(t *testing.T) {
	var trail history.Trail
	var got []string
	for _, e := range []history.Event{
		{ID: 1, Type: history.MapStateEntered, Name: "Each"},
		{ID: 2, Previous: 1, Type: history.MapStateStarted},
		{ID: 3, Previous: 2, Type: history.MapIterationStarted, Name: "Each"},
		{ID: 4, Previous: 2, Type: history.MapIterationStarted, Name: "Each"},
		{ID: 5, Previous: 3, Type: history.TaskStateEntered, Name: "A"},
		{ID: 6, Previous: 4, Type: history.MapStateEntered, Name: "Inner"},
		{ID: 7, Previous: 6, Type: history.MapStateStarted},
		{ID: 8, Previous: 5, Type: history.LambdaFunctionScheduled, Detail: scheduled("a")},
		{ID: 9, Previous: 8, Type: history.LambdaFunctionFailed, Detail: &history.Failure{}},
		{ID: 10, Previous: 9, Type: history.MapIterationFailed, Name: "Each"},
		{ID: 11, Previous: 9, Type: history.TaskStateAborted},
		{ID: 12, Previous: 9, Type: history.TaskStateAborted},
		{ID: 13, Previous: 9, Type: history.MapStateAborted},
		{ID: 14, Previous: 9, Type: history.MapStateFailed},
		{ID: 15, Previous: 14, Type: history.ExecutionFailed},
	} {
		if p := trail.Follow(&e); e.ID > 8 {
			got = append(got, p.State)
		}
	}
	require.Equal(t, []string{"A", "Each", "A", "", "", "Each", "Each"}, got)
}

// A Map state whose items cannot be read fails before it has begun, and then fails the Map
// state around it.
func TestTrailOfAMapThatDoesNotBegin(t *testing.T) {
	var trail history.Trail
	var got []string
	for _, e := range []history.Event{
		{ID: 1, Type: history.MapStateEntered, Name: "Each"},
		{ID: 2, Previous: 1, Type: history.MapStateStarted},
		{ID: 3, Previous: 2, Type: history.MapIterationStarted, Name: "Each"},
		{ID: 4, Previous: 3, Type: history.MapStateEntered, Name: "Inner"},
		{ID: 5, Previous: 4, Type: history.EvaluationFailed},
		{ID: 6, Previous: 5, Type: history.MapStateFailed},
		{ID: 7, Previous: 6, Type: history.MapIterationFailed, Name: "Each"},
		{ID: 8, Previous: 7, Type: history.MapStateFailed},
		{ID: 9, Previous: 8, Type: history.ExecutionFailed},
	} {
		got = append(got, trail.Follow(&e).State)
	}
	require.Equal(t, "Each Each Each Inner Inner Inner Each Each Each", strings.Join(got, " "))
}

// An execution that goes on here is followed from where it stands.
func TestTrailStandsAtATask(t *testing.T) {
	var trail history.Trail
	trail.Stand(3, history.Place{State: "Both"}, 0, true)
	trail.Stand(9, history.Place{State: "A", Resource: "a", Attempt: 2}, 3, false)
	require.Equal(t, history.Place{State: "A", Resource: "a", Attempt: 2}, trail.Follow(&history.Event{ID: 10, Previous: 9, Type: history.LambdaFunctionFailed}))
	require.Equal(t, history.Place{State: "A", Resource: "a", Attempt: 3},
		trail.Follow(&history.Event{ID: 11, Previous: 10, Type: history.LambdaFunctionScheduled, Detail: scheduled("a")}))
	require.Equal(t, "Both", trail.Follow(&history.Event{ID: 12, Previous: 11, Type: history.ParallelStateFailed}).State)
}

// The tasks of an execution that goes on here are counted, without the durations that
// another process has seen begin.
func TestMeasureResumes(t *testing.T) {
	var got counted
	sink := history.Tee(history.SinkFunc(func(string, []history.Event) error { return nil }), history.Measure(&got))
	begun := []history.Event{
		{ID: 2, Type: history.TaskStateEntered, Name: "A"},
		{ID: 3, Previous: 2, Type: history.LambdaFunctionScheduled, Detail: scheduled("a")},
		{ID: 4, Previous: 3, Type: history.LambdaFunctionStarted, Nanos: 1e9},
	}
	require.NoError(t, sink.Record("known", begun))
	got = nil
	for _, name := range []string{"known", "new"} {
		history.ResumeIn(sink, name, func(trail *history.Trail) {
			trail.Stand(4, history.Place{State: "A", Resource: "a", Attempt: 2}, 0, false)
			trail.Stand(6, history.Place{State: "B", Resource: "b"}, 0, false)
			trail.Stand(8, history.Place{State: "C", Resource: "c"}, 0, false)
		})
		require.NoError(t, sink.Record(name, []history.Event{
			{ID: 10, Previous: 4, Type: history.LambdaFunctionFailed, Nanos: 3e9, Detail: &history.Failure{}},
			{ID: 11, Previous: 6, Type: history.LambdaFunctionStarted, Nanos: 5e9},
			{ID: 12, Previous: 11, Type: history.LambdaFunctionSucceeded, Nanos: 7e9},
			{ID: 13, Previous: 8, Type: history.ActivityScheduleFailed, Detail: &history.Failure{}},
			{ID: 14, Previous: 99, Type: history.LambdaFunctionFailed, Detail: &history.Failure{}},
			{ID: 15, Previous: 12, Type: history.TaskStateExited, Name: "B"},
		}))
	}
	require.Equal(t, counted{
		"TasksFailed A a 0", "TaskRunTime 2s A a 0", "TaskTime 3s A a 0", "TasksStarted B b 0", "TasksSucceeded B b 0", "TaskRunTime 2s B b 0",
		"TasksFailed A a 2", "TasksStarted B b 0", "TasksSucceeded B b 0", "TaskRunTime 2s B b 0",
	}, got)
}

// The labels of metrics are bounded, and name the machine if the sink is told it.
func TestLabelsOfMetrics(t *testing.T) {
	var got counted
	sink := history.Tee(history.Measure(&got)).(history.MachineSink)
	events := []history.Event{{ID: 1, Type: history.TaskStateEntered, Name: "A"}}
	for id := uint32(2); id < 40; id += 2 {
		events = append(events,
			history.Event{ID: id, Previous: id - 1, Type: history.LambdaFunctionScheduled, Detail: scheduled("charge")},
			history.Event{ID: id + 1, Previous: id, Type: history.LambdaFunctionFailed, Detail: &history.Failure{}})
	}
	require.NoError(t, sink.RecordOf("Order", "x", events))
	require.Equal(t, counted{"TasksScheduled Order A charge 0", "TasksFailed Order A charge 0", "TaskTime 0s Order A charge 0", "TasksScheduled Order A charge 1"}, got[:4])
	require.Equal(t, "TaskTime 0s Order A charge 10", got[len(got)-1])
	different := make(map[string]bool)
	for _, line := range got {
		different[line] = true
	}
	require.Len(t, different, 3*(history.MaxAttempt+1))
}

// The end of a Map or Parallel state is told by two events with one cause, and so are the end
// of an iteration and the start of the next one. A state that starts again is itself, not what
// failed in it.
func TestTrailAroundEnds(t *testing.T) {
	var trail history.Trail
	for _, c := range []struct {
		history.Event
		want string
	}{
		{history.Event{ID: 1, Type: history.MapStateEntered, Name: "Each"}, "Each"},
		{history.Event{ID: 2, Previous: 1, Type: history.MapStateStarted}, "Each"},
		{history.Event{ID: 3, Previous: 2, Type: history.MapIterationStarted, Name: "Each"}, "Each"},
		{history.Event{ID: 4, Previous: 3, Type: history.ParallelStateEntered, Name: "Both"}, "Both"},
		{history.Event{ID: 5, Previous: 4, Type: history.ParallelStateStarted}, "Both"},
		{history.Event{ID: 6, Previous: 5, Type: history.MapStateEntered, Name: "Inner"}, "Inner"},
		{history.Event{ID: 7, Previous: 6, Type: history.MapStateStarted}, "Inner"},
		{history.Event{ID: 8, Previous: 7, Type: history.MapIterationStarted, Name: "Inner"}, "Inner"},
		{history.Event{ID: 9, Previous: 8, Type: history.TaskStateEntered, Name: "In"}, "In"},
		{history.Event{ID: 10, Previous: 9, Type: history.LambdaFunctionScheduled, Detail: scheduled("a")}, "In"},
		{history.Event{ID: 11, Previous: 10, Type: history.LambdaFunctionFailed}, "In"},
		{history.Event{ID: 12, Previous: 11, Type: history.MapIterationFailed, Name: "Inner"}, "Inner"},
		{history.Event{ID: 13, Previous: 11, Type: history.MapStateFailed}, "Inner"},
		{history.Event{ID: 14, Previous: 13, Type: history.ParallelStateStarted}, "Both"}, // again
		{history.Event{ID: 15, Previous: 14, Type: history.MapStateEntered, Name: "Inner"}, "Inner"},
		{history.Event{ID: 16, Previous: 15, Type: history.MapStateStarted}, "Inner"},
		{history.Event{ID: 17, Previous: 16, Type: history.MapIterationStarted, Name: "Inner"}, "Inner"},
		{history.Event{ID: 18, Previous: 17, Type: history.TaskStateEntered, Name: "In"}, "In"},
		{history.Event{ID: 19, Previous: 18, Type: history.LambdaFunctionScheduled, Detail: scheduled("a")}, "In"},
		{history.Event{ID: 20, Previous: 19, Type: history.LambdaFunctionFailed}, "In"},
		{history.Event{ID: 21, Previous: 20, Type: history.MapIterationFailed, Name: "Inner"}, "Inner"},
		{history.Event{ID: 22, Previous: 20, Type: history.MapStateStarted}, "Inner"}, // again
		{history.Event{ID: 23, Previous: 22, Type: history.MapIterationStarted, Name: "Inner"}, "Inner"},
		{history.Event{ID: 24, Previous: 23, Type: history.PassStateEntered, Name: "In"}, "In"},
		{history.Event{ID: 25, Previous: 24, Type: history.PassStateExited, Name: "In"}, "In"},
		{history.Event{ID: 26, Previous: 25, Type: history.MapIterationSucceeded, Name: "Inner"}, "Inner"},
		{history.Event{ID: 27, Previous: 26, Type: history.MapStateSucceeded}, "Inner"},
		{history.Event{ID: 28, Previous: 26, Type: history.MapStateExited, Name: "Inner"}, "Inner"},
		{history.Event{ID: 29, Previous: 28, Type: history.ParallelStateSucceeded}, "Both"},
		{history.Event{ID: 30, Previous: 28, Type: history.ParallelStateExited, Name: "Both"}, "Both"},
		{history.Event{ID: 31, Previous: 30, Type: history.MapIterationSucceeded, Name: "Each"}, "Each"},
		{history.Event{ID: 32, Previous: 30, Type: history.MapIterationStarted, Name: "Each"}, "Each"},
		{history.Event{ID: 33, Previous: 32, Type: history.ParallelStateEntered, Name: "Both"}, "Both"},
		{history.Event{ID: 34, Previous: 33, Type: history.ParallelStateStarted}, "Both"},
		{history.Event{ID: 35, Previous: 34, Type: history.FailStateEntered, Name: "Bad"}, "Bad"},
		{history.Event{ID: 36, Previous: 35, Type: history.ParallelStateFailed}, "Both"},
		{history.Event{ID: 37, Previous: 36, Type: history.MapIterationFailed, Name: "Each"}, "Each"},
		{history.Event{ID: 38, Previous: 36, Type: history.MapStateFailed}, "Each"},
		{history.Event{ID: 39, Previous: 38, Type: history.ExecutionFailed}, "Each"},
	} {
		require.Equal(t, c.want, trail.Follow(&c.Event).State, "%d %s", c.ID, c.Type)
	}
}

// A Parallel that waits for its Retrier stands outside of its branches.
func TestTrailStandsBeforeARetry(t *testing.T) {
	var trail history.Trail
	trail.Stand(8, history.Place{State: "Each"}, 0, true)
	trail.Stand(20, history.Place{State: "Both"}, 8, false)
	for _, c := range []struct {
		history.Event
		want string
	}{
		{history.Event{ID: 30, Previous: 20, Type: history.ParallelStateStarted}, "Both"},
		{history.Event{ID: 31, Previous: 30, Type: history.FailStateEntered, Name: "Bad"}, "Bad"},
		{history.Event{ID: 32, Previous: 31, Type: history.ParallelStateStarted}, "Both"},
		{history.Event{ID: 33, Previous: 32, Type: history.PassStateEntered, Name: "In"}, "In"},
		{history.Event{ID: 34, Previous: 33, Type: history.PassStateExited, Name: "In"}, "In"},
		{history.Event{ID: 35, Previous: 34, Type: history.ParallelStateSucceeded}, "Both"},
		{history.Event{ID: 36, Previous: 34, Type: history.ParallelStateExited, Name: "Both"}, "Both"},
		{history.Event{ID: 37, Previous: 36, Type: history.MapIterationSucceeded, Name: "Each"}, "Each"},
	} {
		require.Equal(t, c.want, trail.Follow(&c.Event).State, "%d %s", c.ID, c.Type)
	}
}
