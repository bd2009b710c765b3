package asl

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gostates/gostates/asl/value"
	"github.com/gostates/gostates/jsonata"
)

// Codes of what is wrong with an expression.
const (
	CodeInvalidJSONata     = "INVALID_JSONATA_EXPRESSION"
	CodeUnsupportedJSONata = "UNSUPPORTED_JSONATA_EXPRESSION"
)

// An ExpressionError is a reason for which an expression is refused.
type ExpressionError struct{ Code, Message string }

// CheckExpression returns what AWS refuses an expression for before anything
// runs: what stands between {% and %}, in a field of a state of the type, such
// as Output/a/b or Catch[0]/Assign/x. The expression is nil if it has errors.
func CheckExpression(source, stateType, field string, o jsonata.Options) (*jsonata.Expr, []ExpressionError) {
	e, err := jsonata.Compile(source, o)
	if err != nil {
		message := err.Error()
		var syntax *jsonata.Error
		if errors.As(err, &syntax) {
			message = syntax.Message
		}
		return nil, []ExpressionError{{CodeInvalidJSONata, message}}
	}
	var found []ExpressionError
	seen := map[string]bool{}
	for _, r := range e.References() {
		if message := unsupported(r, stateType, field); message != "" && !seen[message] {
			seen[message] = true
			found = append(found, ExpressionError{CodeUnsupportedJSONata, message})
		}
	}
	if found != nil {
		e = nil
	}
	return e, found
}

// unsupported says why an expression must not refer to something: there is no
// input but $states, which has what the field has (measured).
func unsupported(r jsonata.Reference, stateType, field string) string {
	switch {
	case r.Name == "$":
		return "Reference to '$$' is not supported."
	case r.Name == "" && r.TopLevel:
		name := "$"
		if r.Bare {
			name = r.Path[0]
		}
		return fmt.Sprintf("Reference to '%s' at the top level is not supported.", name)
	case r.Name == "states" && len(r.Path) > 0 && !hasMember(r.Path[0], stateType, field):
		return fmt.Sprintf("Field '$states.%s' does not exist.", r.Path[0])
	}
	return ""
}

// hasMember reports whether $states has a member in a field.
func hasMember(member, stateType, field string) bool {
	switch member {
	case "input", "context":
		return true
	case "result":
		works := stateType == "Task" || stateType == "Map" || stateType == "Parallel"
		return works && (strings.HasPrefix(field, "Output") || strings.HasPrefix(field, "Assign"))
	case "errorOutput":
		return strings.HasPrefix(field, "Catch[")
	}
	return false
}

// CheckExpressions returns what is wrong with the expressions of all JSONata
// states of a machine.
func CheckExpressions(m *StateMachine) ErrorList {
	c := &expressionChecker{}
	for st := range m.All() {
		if st.Base().Language == JSONata {
			c.base = st.Base()
			c.state(st)
		}
	}
	return c.errors
}

type expressionChecker struct {
	base   *StateBase
	errors ErrorList
}

func (c *expressionChecker) report(field string, pos Pos, code, message string) {
	c.errors = append(c.errors, Diagnostic{
		Severity: SeverityError,
		Code:     code,
		Message:  message,
		Location: c.base.Location + "/" + field,
		Pos:      pos,
	})
}

// text checks a string that may be an expression.
func (c *expressionChecker) text(text, field string, pos Pos) {
	opens, closes := strings.HasPrefix(text, "{%"), strings.HasSuffix(text, "%}")
	switch {
	case opens != closes || opens && !IsExpression(text):
		c.report(field, pos, CodeSchemaValidationFailed, "JSONata string must start with {% and end with %}")
	case opens:
		_, problems := CheckExpression(strings.TrimSpace(text[2:len(text)-2]), c.base.Type, field, jsonata.Options{})
		for _, p := range problems {
			c.report(field, pos, p.Code, p.Message)
		}
	}
}

// value checks the strings in a value, at any depth.
func (c *expressionChecker) value(v any, field string, pos Pos) {
	switch v := v.(type) {
	case string:
		c.text(v, field, pos)
	case *value.Object:
		for key, member := range v.All() {
			c.value(member, field+"/"+key, pos)
		}
	case []any:
		for i, item := range v {
			c.value(item, fmt.Sprintf("%s[%d]", field, i), pos)
		}
	}
}

func (c *expressionChecker) template(o Opt[Template], field string) {
	if o.Set() {
		c.value(o.Value.Source, field, o.Pos)
	}
}

func (c *expressionChecker) integer(o Opt[Integer], field string) {
	c.text(o.Value.Expression, field, o.Pos)
}

func (c *expressionChecker) leaving(f *DataFlow, assign Opt[Template]) {
	c.template(f.Output, "Output")
	c.template(assign, "Assign")
}

func (c *expressionChecker) state(st State) {
	switch st := st.(type) {
	case *PassState:
		c.leaving(&st.DataFlow, st.Assign)
	case *TaskState:
		c.leaving(&st.DataFlow, st.Assign)
		c.work(&st.Work)
		c.template(st.Credentials, "Credentials")
		c.integer(st.TimeoutSeconds, "TimeoutSeconds")
		c.integer(st.HeartbeatSeconds, "HeartbeatSeconds")
	case *ChoiceState:
		c.leaving(&st.DataFlow, st.Assign)
		for i := range st.Choices {
			r := &st.Choices[i]
			field := fmt.Sprintf("Choices[%d]/", i)
			if text, ok := r.Condition.Value.(string); ok {
				c.text(text, field+"Condition", r.Condition.Pos)
			}
			c.template(r.Output, field+"Output")
			c.template(r.Assign, field+"Assign")
		}
	case *WaitState:
		c.leaving(&st.DataFlow, st.Assign)
		c.integer(st.Seconds, "Seconds")
		c.text(st.Timestamp.Value, "Timestamp", st.Timestamp.Pos)
	case *SucceedState:
		c.leaving(&st.DataFlow, Opt[Template]{})
	case *FailState:
		c.text(st.Error.Value, "Error", st.Error.Pos)
		c.text(st.Cause.Value, "Cause", st.Cause.Pos)
	case *ParallelState:
		c.leaving(&st.DataFlow, st.Assign)
		c.work(&st.Work)
	case *MapState:
		c.leaving(&st.DataFlow, st.Assign)
		c.work(&st.Work)
		c.template(st.Items, "Items")
		c.template(st.ItemSelector, "ItemSelector")
		c.integer(st.MaxConcurrency, "MaxConcurrency")
		c.integer(st.ToleratedFailureCount, "ToleratedFailureCount")
		c.text(st.ToleratedFailurePercentage.Value.Expression, "ToleratedFailurePercentage", st.ToleratedFailurePercentage.Pos)
	}
}

func (c *expressionChecker) work(w *Work) {
	c.template(w.Arguments, "Arguments")
	for i := range w.Catch {
		field := fmt.Sprintf("Catch[%d]/", i)
		c.template(w.Catch[i].Output, field+"Output")
		c.template(w.Catch[i].Assign, field+"Assign")
	}
}
