package conformance

import (
	"fmt"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/asl/value"
)

// validated is a definition that AWS looked at, and what it said of it.
type validated struct {
	definition  string
	kind        asl.MachineType
	diagnostics []any  // of ValidateStateMachineDefinition
	exception   string // of CreateStateMachine or UpdateStateMachine
}

// activityARN stands for the name of an activity that the recorder put in the
// place of its ARN.
const activityARN = "arn:aws:states:us-east-1:111111111111:activity:A"

// readValidation reads a request that AWS checked the definition of.
func readValidation(c *Case, o *value.Object) error {
	request := object(o, "request")
	if request == nil {
		return fmt.Errorf("request is no object")
	}
	v := &validated{
		definition: strings.ReplaceAll(text(request, "definitionRaw"), `"activity_arn"`, `"`+activityARN+`"`),
		kind:       asl.MachineType(text(request, "type")),
	}
	expected, _ := member(o, "expected").(*value.Object)
	switch text(o, "kind") {
	case "validate_state_machine_definition":
		v.diagnostics = list(expected, "diagnostics")
	case "create_state_machine", "update_state_machine":
		v.exception = text(object(expected, "Error"), "Message")
		if v.exception == "" {
			v.exception = text(expected, "exception_value")
		}
		if _, message, ok := strings.Cut(v.exception, " operation: "); ok {
			v.exception = message
		}
	default:
		return fmt.Errorf("kind is %q", text(o, "kind"))
	}
	c.validated = v
	return nil
}

// checkValidation compares what asl.Validate finds. A request that was refused
// for something else than its definition has a definition without errors, or
// none.
func checkValidation(c *Case) []string {
	v := c.validated
	var found asl.ErrorList
	if v.definition != "" {
		for _, d := range asl.Validate([]byte(v.definition), asl.Options{Type: v.kind}) {
			if d.Severity == asl.SeverityError {
				found = append(found, d)
			}
		}
	}
	m := newMatcher(c)
	if v.diagnostics == nil && v.exception != "" {
		want := v.exception
		if !strings.HasPrefix(want, "Invalid State Machine Definition: ") {
			want = ""
		}
		got := ""
		if len(found) > 0 {
			got = found.Exception()
		}
		m.details("exception", value.ObjectOf(value.Member{Key: "message", Value: want}), value.ObjectOf(value.Member{Key: "message", Value: got}))
		return m.take()
	}
	if len(found) != len(v.diagnostics) {
		return []string{fmt.Sprintf("AWS found %s, we %v", value.String(v.diagnostics), found)}
	}
	for i, d := range found {
		want, _ := v.diagnostics[i].(*value.Object)
		got := value.ObjectOf(
			value.Member{Key: "code", Value: d.Code},
			value.Member{Key: "location", Value: d.Location},
			value.Member{Key: "message", Value: d.Message},
			value.Member{Key: "severity", Value: string(d.Severity)})
		if d.Code == asl.CodeInvalidJSON { // the words are those of another reader
			want, got = only(want, "code"), only(got, "code")
		}
		m.details(fmt.Sprintf("diagnostics[%d]", i), want, got)
	}
	return m.take()
}
