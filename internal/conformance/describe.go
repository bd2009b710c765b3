package conformance

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

// description is the part of a response of DescribeStateMachine that follows
// from the definition.
type description struct {
	machine    *asl.StateMachine
	references *value.Object
	sorted     bool // the recorder sorted the names of each state
}

// readDescribe reads the description of an execution or of a machine.
func readDescribe(c *Case, o *value.Object) error {
	expected := objectOf(o, "expected")
	switch kind := textOf(o, "kind"); kind {
	case "describe_execution":
		s, err := readScenario(o)
		if err != nil {
			return err
		}
		s.expected = expected
		c.scenarios = []*scenario{s}
		return nil
	case "describe_state_machine", "describe_state_machine_for_execution":
		m, err := asl.Parse(value.Append(nil, memberOf(o, "definition")))
		if err != nil {
			return fmt.Errorf("definition: %w", err)
		}
		references := objectOf(expected, "variableReferences")
		if references == nil {
			return errors.New("expected.variableReferences is not an object")
		}
		c.described = &description{m, references, o.Has("testId")}
		return nil
	default:
		return fmt.Errorf("kind is %q", kind)
	}
}

func checkDescribe(c *Case) []string {
	m := newMatcher(c)
	if c.described != nil {
		references := asl.VariableReferences(c.described.machine)
		for _, names := range references {
			if c.described.sorted {
				slices.Sort(names)
			}
		}
		got, err := value.From(references)
		if err != nil {
			return []string{err.Error()}
		}
		o, _ := got.(*value.Object)
		m.matchDetails("variableReferences", c.described.references, o)
		return m.takeDifferences()
	}
	s := c.scenarios[0]
	t, problems := s.runAll()
	if t == nil {
		return problems
	}
	m.matchDetails("describeExecution", onlyMembers(s.expected, "status", "output", "error", "cause"), t.resultOf())
	problems = append(problems, c.differingTexts(nil, t.resultOf())...)
	return append(problems, m.takeDifferences()...)
}
