package conformance

import (
	"errors"
	"fmt"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// Kinds of files in the folder express.
const (
	syncResponse = "start_sync_execution"
	lastLogEvent = "express_async_end_event"
)

// readExpress reads the outcome of an execution of an EXPRESS machine. It has
// no history: the answers of its tasks follow from the outcome.
func readExpress(c *Case, o *value.Object) error {
	s, err := readScenario(o)
	if err != nil {
		return err
	}
	s.kind = textOf(o, "kind")
	s.expected = objectOf(o, "expected")
	switch s.kind {
	case syncResponse:
		c.refused = !s.express && textOf(objectOf(s.expected, "Error"), "Code") == "StateMachineTypeNotSupported"
	case lastLogEvent:
		if textOf(s.expected, "type") == "" {
			return errors.New("expected.type is empty")
		}
	default:
		return fmt.Errorf("kind is %q", s.kind)
	}
	if s.express {
		if wrong := asl.Validate(value.Append(nil, memberOf(o, "definition")), asl.Options{Type: asl.Express}); len(wrong) > 0 {
			return fmt.Errorf("definition: %w", asl.ErrorList(wrong))
		}
	}
	s.always = caughtFailure(s.expected)
	c.scenarios = []*scenario{s}
	return nil
}

// caughtFailure returns the failure of a task that an expected output shows, or
// nil.
func caughtFailure(expected *value.Object) *machine.Event {
	output := objectOf(expected, "output")
	if output == nil {
		output = objectOf(objectOf(expected, "details"), "output")
	}
	if !output.Has("Error") {
		return nil
	}
	return &machine.Event{Kind: machine.TaskFailed, Error: optionalOf(output, "Error"), Cause: optionalOf(output, "Cause")}
}

func checkExpress(c *Case) []string {
	s := c.scenarios[0]
	t, problems := s.runAll()
	if t == nil {
		return problems
	}
	m := newMatcher(c)
	if s.kind == lastLogEvent {
		got, err := t.logEvent()
		if err != nil {
			return append(problems, err.Error())
		}
		m.matchDetails("event", s.expected.Without("event_timestamp"), got)
	} else {
		got := t.resultOf()
		got.Set("input", value.String(s.input))
		got.Set("executionArn", t.arn)
		got.Set("name", machine.ExecutionName(t.arn))
		m.matchDetails("response", onlyMembers(s.expected, "status", "output", "error", "cause", "input", "executionArn", "name"), got)
	}
	return append(problems, m.takeDifferences()...)
}

// logEvent returns the last event as AWS writes it to a log, where ids are
// strings.
func (t *trace) logEvent() (*value.Object, error) {
	all, err := t.events()
	if err != nil {
		return nil, err
	}
	last := all[len(all)-1]
	event := value.ObjectOf(
		value.Member{Key: "id", Value: value.String(memberOf(last, "id"))},
		value.Member{Key: "previous_event_id", Value: value.String(memberOf(last, "previousEventId"))},
		value.Member{Key: "type", Value: memberOf(last, "type")},
		value.Member{Key: "execution_arn", Value: t.arn},
		value.Member{Key: "redrive_count", Value: "0"})
	if _, details := detailsOf(last); details != nil {
		event.Set("details", details)
	}
	return event, nil
}
