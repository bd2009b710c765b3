package machine

import "github.com/gostates/gostates/history"

// lastEvents are the last history events by status.
var lastEvents = [...]history.Type{
	Succeeded: history.ExecutionSucceeded,
	Failed:    history.ExecutionFailed,
	TimedOut:  history.ExecutionTimedOut,
	Aborted:   history.ExecutionAborted,
}

// succeedExecution ends the execution with its output.
func (s *step) succeedExecution(output any, prev uint32) {
	s.endExecution(Succeeded, &Outcome{Output: output}, history.Event{Previous: prev, Value: output})
}

// failExecution ends the execution with a failure.
func (s *step) failExecution(f *failure, prev uint32) {
	o := &Outcome{Error: f.err, Cause: f.cause, State: f.state}
	s.endExecution(Failed, o, history.Event{Previous: prev, Detail: &history.Failure{Error: f.err, Cause: f.cause}})
}

// endExecution adds the last event, sets the outcome and cancels all tasks. It removes
// the scopes, or keeps what a redrive needs of them.
func (s *step) endExecution(status Status, o *Outcome, last history.Event) {
	last.Type = lastEvents[status]
	s.addLastEvent(last)
	for i := range s.x.scopes {
		s.cancelTask(int32(i))
	}
	s.x.Status = status
	s.x.Outcome = o
	if status == Succeeded {
		s.x.dropScopes()
	} else {
		s.keepScopes()
	}
	s.x.ready, s.x.last, s.x.free = none, none, none
	s.x.index = nil
	s.running = none
	s.noteKeptRuns()
	s.r.Commands = append(s.r.Commands, Command{Kind: Complete, Item: none})
}

func (s *step) stopExecution(ev *Event) {
	f := failureOf(ev.Error, ev.Cause)
	s.endExecution(Aborted, &Outcome{Error: f.err, Cause: f.cause}, history.Event{Detail: &history.Failure{Error: f.err, Cause: f.cause}})
}
