package build

import (
	"fmt"

	"github.com/gostates/gostates/asl"
)

// TaskState is a Task state.
type TaskState struct {
	Common[*TaskState]
	Step[*TaskState]
	Flow[*TaskState]
	Work[*TaskState]
	task asl.TaskState
}

// Task makes a Task state whose Resource is its name, unless it is set.
func Task(name string) *TaskState {
	s := &TaskState{}
	t := &s.task
	s.Common = newCommon(s, t, "Task", name, &t.Transition)
	s.Step = Step[*TaskState]{s, s.Common.part, &t.Assign}
	s.Flow = Flow[*TaskState]{s, s.Common.part, &t.DataFlow}
	s.Work = Work[*TaskState]{s, s.Common.part, &t.Work}
	return s.Resource(name)
}

// Resource sets Resource.
func (s *TaskState) Resource(resource string) *TaskState {
	s.task.Resource = present(resource)
	return s
}

// TimeoutSeconds sets TimeoutSeconds.
func (s *TaskState) TimeoutSeconds(seconds int) *TaskState {
	s.task.TimeoutSeconds = integer(seconds)
	return s
}

// TimeoutSecondsFrom sets TimeoutSecondsPath, or TimeoutSeconds to an expression.
func (s *TaskState) TimeoutSecondsFrom(data string) *TaskState {
	setFrom(data, &s.task.TimeoutSeconds, &s.task.TimeoutSecondsPath)
	return s
}

// HeartbeatSeconds sets HeartbeatSeconds.
func (s *TaskState) HeartbeatSeconds(seconds int) *TaskState {
	s.task.HeartbeatSeconds = integer(seconds)
	return s
}

// HeartbeatSecondsFrom sets HeartbeatSecondsPath, or HeartbeatSeconds to an expression.
func (s *TaskState) HeartbeatSecondsFrom(data string) *TaskState {
	setFrom(data, &s.task.HeartbeatSeconds, &s.task.HeartbeatSecondsPath)
	return s
}

// Credentials sets Credentials.
func (s *TaskState) Credentials(v any) *TaskState {
	s.task.Credentials = s.Common.part.template("Credentials", v)
	return s
}

// PassState is a Pass state.
type PassState struct {
	Common[*PassState]
	Step[*PassState]
	Flow[*PassState]
	pass asl.PassState
}

// Pass makes a Pass state.
func Pass(name string) *PassState {
	s := &PassState{}
	p := &s.pass
	s.Common = newCommon(s, p, "Pass", name, &p.Transition)
	s.Step = Step[*PassState]{s, s.Common.part, &p.Assign}
	s.Flow = Flow[*PassState]{s, s.Common.part, &p.DataFlow}
	return s
}

// Result sets Result (JSONPath): the output, whatever the input.
func (s *PassState) Result(v any) *PassState {
	s.pass.Result = present(s.Common.part.convert("Result", v))
	return s
}

// Parameters sets Parameters (JSONPath).
func (s *PassState) Parameters(v any) *PassState {
	s.pass.Parameters = s.Common.part.template("Parameters", v)
	return s
}

// ResultPath sets ResultPath (JSONPath).
func (s *PassState) ResultPath(p string) *PassState {
	s.pass.ResultPath = path(p)
	return s
}

// WaitState is a Wait state.
type WaitState struct {
	Common[*WaitState]
	Step[*WaitState]
	Flow[*WaitState]
	wait asl.WaitState
}

// Wait makes a Wait state. It needs one of the methods that say how long it waits.
func Wait(name string) *WaitState {
	s := &WaitState{}
	w := &s.wait
	s.Common = newCommon(s, w, "Wait", name, &w.Transition)
	s.Step = Step[*WaitState]{s, s.Common.part, &w.Assign}
	s.Flow = Flow[*WaitState]{s, s.Common.part, &w.DataFlow}
	return s
}

// Seconds sets Seconds.
func (s *WaitState) Seconds(seconds int) *WaitState {
	s.wait.Seconds = integer(seconds)
	return s
}

// SecondsFrom sets SecondsPath, or Seconds to an expression.
func (s *WaitState) SecondsFrom(data string) *WaitState {
	setFrom(data, &s.wait.Seconds, &s.wait.SecondsPath)
	return s
}

// Timestamp sets Timestamp: a time in the form of RFC 3339, or an expression.
func (s *WaitState) Timestamp(timestamp string) *WaitState {
	s.wait.Timestamp = present(asl.String{Value: timestamp})
	return s
}

// TimestampPath sets TimestampPath (JSONPath).
func (s *WaitState) TimestampPath(p string) *WaitState {
	s.wait.TimestampPath = path(p)
	return s
}

// SucceedState is a Succeed state.
type SucceedState struct {
	Common[*SucceedState]
	Flow[*SucceedState]
	succeed asl.SucceedState
}

// Succeed makes a Succeed state.
func Succeed(name string) *SucceedState {
	s := &SucceedState{}
	s.Common = newCommon(s, &s.succeed, "Succeed", name, nil)
	s.Flow = Flow[*SucceedState]{s, s.Common.part, &s.succeed.DataFlow}
	return s
}

// FailState is a Fail state.
type FailState struct {
	Common[*FailState]
	fail asl.FailState
}

// Fail makes a Fail state.
func Fail(name string) *FailState {
	s := &FailState{}
	s.Common = newCommon(s, &s.fail, "Fail", name, nil)
	return s
}

// Error sets Error: a name, or an expression.
func (s *FailState) Error(name string) *FailState {
	s.fail.Error = present(asl.String{Value: name})
	return s
}

// ErrorPath sets ErrorPath (JSONPath): a path or a call of an intrinsic function.
func (s *FailState) ErrorPath(p string) *FailState {
	s.fail.ErrorPath = path(p)
	return s
}

// Cause sets Cause: words for people, or an expression.
func (s *FailState) Cause(cause string) *FailState {
	s.fail.Cause = present(asl.String{Value: cause})
	return s
}

// CausePath sets CausePath (JSONPath): a path or a call of an intrinsic function.
func (s *FailState) CausePath(p string) *FailState {
	s.fail.CausePath = path(p)
	return s
}

// ParallelState is a Parallel state.
type ParallelState struct {
	Common[*ParallelState]
	Step[*ParallelState]
	Flow[*ParallelState]
	Work[*ParallelState]
	parallel asl.ParallelState
}

// Parallel makes a Parallel state of these branches.
func Parallel(name string, branches ...*States) *ParallelState {
	s := &ParallelState{}
	p := &s.parallel
	s.Common = newCommon(s, p, "Parallel", name, &p.Transition)
	s.Step = Step[*ParallelState]{s, s.Common.part, &p.Assign}
	s.Flow = Flow[*ParallelState]{s, s.Common.part, &p.DataFlow}
	s.Work = Work[*ParallelState]{s, s.Common.part, &p.Work}
	for i, branch := range branches {
		p.Branches = append(p.Branches, &asl.Branch{})
		s.Common.part.branches = append(s.Common.part.branches, branchOf{branch, p.Branches[i], fmt.Sprintf("Branches[%d]", i)})
	}
	return s
}

// MapState is a Map state.
type MapState struct {
	Common[*MapState]
	Step[*MapState]
	Flow[*MapState]
	Work[*MapState]
	each asl.MapState
}

// Map makes a Map state that runs a processor for each item.
func Map(name string, itemProcessor *States) *MapState {
	s := &MapState{}
	m := &s.each
	s.Common = newCommon(s, m, "Map", name, &m.Transition)
	s.Step = Step[*MapState]{s, s.Common.part, &m.Assign}
	s.Flow = Flow[*MapState]{s, s.Common.part, &m.DataFlow}
	s.Work = Work[*MapState]{s, s.Common.part, &m.Work}
	m.ItemProcessor = &asl.Processor{}
	s.Common.part.branches = []branchOf{{itemProcessor, &m.ItemProcessor.Branch, "ItemProcessor"}}
	return s
}

// Distributed sets the mode of the processor to DISTRIBUTED: items are processed by
// child executions of a type.
func (s *MapState) Distributed(children asl.MachineType) *MapState {
	s.each.ItemProcessor.ProcessorConfig = &asl.ProcessorConfig{
		Mode: present("DISTRIBUTED"), ExecutionType: present(string(children)),
	}
	return s
}

// Inline sets the mode of the processor to INLINE, which it is without it too.
func (s *MapState) Inline() *MapState {
	s.each.ItemProcessor.ProcessorConfig = &asl.ProcessorConfig{Mode: present("INLINE")}
	return s
}

// ItemsPath sets ItemsPath (JSONPath).
func (s *MapState) ItemsPath(p string) *MapState {
	s.each.ItemsPath = path(p)
	return s
}

// Items sets Items (JSONata): an array, or an expression.
func (s *MapState) Items(v any) *MapState {
	s.each.Items = s.Common.part.template("Items", v)
	return s
}

// ItemSelector sets ItemSelector.
func (s *MapState) ItemSelector(v any) *MapState {
	s.each.ItemSelector = s.Common.part.template("ItemSelector", v)
	return s
}

// MaxConcurrency sets MaxConcurrency.
func (s *MapState) MaxConcurrency(n int) *MapState {
	s.each.MaxConcurrency = integer(n)
	return s
}

// MaxConcurrencyFrom sets MaxConcurrencyPath, or MaxConcurrency to an expression.
func (s *MapState) MaxConcurrencyFrom(data string) *MapState {
	setFrom(data, &s.each.MaxConcurrency, &s.each.MaxConcurrencyPath)
	return s
}

// ToleratedFailureCount sets ToleratedFailureCount.
func (s *MapState) ToleratedFailureCount(n int) *MapState {
	s.each.ToleratedFailureCount = integer(n)
	return s
}

// ToleratedFailureCountFrom sets ToleratedFailureCountPath, or ToleratedFailureCount to
// an expression.
func (s *MapState) ToleratedFailureCountFrom(data string) *MapState {
	setFrom(data, &s.each.ToleratedFailureCount, &s.each.ToleratedFailureCountPath)
	return s
}

// ToleratedFailurePercentage sets ToleratedFailurePercentage.
func (s *MapState) ToleratedFailurePercentage(percentage float64) *MapState {
	s.each.ToleratedFailurePercentage = present(asl.Number{Value: percentage})
	return s
}

// ToleratedFailurePercentageFrom sets ToleratedFailurePercentagePath, or
// ToleratedFailurePercentage to an expression.
func (s *MapState) ToleratedFailurePercentageFrom(data string) *MapState {
	if isExpression(data) {
		s.each.ToleratedFailurePercentage = present(asl.Number{Expression: &asl.Expression{Text: data}})
	} else {
		s.each.ToleratedFailurePercentagePath = path(data)
	}
	return s
}

// Label sets Label.
func (s *MapState) Label(label string) *MapState {
	s.each.Label = present(label)
	return s
}

// ItemReader sets ItemReader, of a distributed Map.
func (s *MapState) ItemReader(r ItemReader) *MapState {
	s.each.ItemReader = r.toItemReader(s.Common.part)
	return s
}

// ItemBatcher sets ItemBatcher, of a distributed Map.
func (s *MapState) ItemBatcher(b ItemBatcher) *MapState {
	s.each.ItemBatcher = b.toItemBatcher(s.Common.part)
	return s
}

// ResultWriter sets ResultWriter, of a distributed Map.
func (s *MapState) ResultWriter(w ResultWriter) *MapState {
	s.each.ResultWriter = w.toResultWriter(s.Common.part)
	return s
}
