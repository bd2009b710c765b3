package asl

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gostates/gostates/jsonpath"
	"github.com/gostates/gostates/value"
)

// rules warns of Choice rules that are never reached: those after one that is
// always true, and those that an earlier one says already.
func (c *checker) rules(st *ChoiceState) {
	earlier := map[string]bool{}
	always := false
	for i := range st.Choices {
		r := &st.Choices[i]
		if always {
			c.warn(CodeChoiceRuleNeverReached, r.Pos, r.Location, "An earlier rule is always true")
			return // nor is any other
		}
		if !asks(r) {
			continue
		}
		test := condition(r)
		if earlier[test] && !changes(test) {
			c.warn(CodeChoiceRuleNeverReached, r.Pos, r.Location, "An earlier rule has the same condition")
		}
		earlier[test] = true
		always = truth(r) == yes
	}
}

// certainty is what is known of a condition before anything runs.
type certainty uint8

const (
	unknown certainty = iota
	yes
	no
)

func (c certainty) not() certainty { return [...]certainty{unknown: unknown, yes: no, no: yes}[c] }

func certain(b bool) certainty {
	if b {
		return yes
	}
	return no
}

// truth is what is known of a Choice rule.
func truth(r *ChoiceRule) certainty {
	switch {
	case r.Condition.IsSet():
		return truthOfCondition(&r.Condition.Value)
	case r.And != nil:
		return oneDecides(r.And, no)
	case r.Or != nil:
		return oneDecides(r.Or, yes)
	case r.Not != nil:
		return truth(r.Not).not()
	}
	p := r.Variable.Value.Parsed
	if r.Operator == "IsPresent" && p != nil && p.IsRoot() && p.Root() != jsonpath.Variable {
		return certain(r.Operand == true)
	}
	return unknown
}

func truthOfCondition(b *Boolean) certainty {
	if b.Expression == nil {
		return certain(b.Value)
	}
	switch bare(b.Expression) {
	case "true":
		return yes
	case "false":
		return no
	}
	return unknown
}

// bare is an expression without its delimiters, and parentheses around it.
func bare(e *Expression) string {
	source, ok := ExpressionSource(e.Text)
	if !ok {
		return e.Text // which is reported
	}
	return strings.Trim(source, " \t\r\n()")
}

// oneDecides is the truth of rules of which one that is decides: yes in Or, no in
// And. Two that contradict each other decide too.
func oneDecides(rules []ChoiceRule, decides certainty) certainty {
	tests := map[string]bool{}
	result := decides.not()
	for i := range rules {
		r := &rules[i]
		switch truth(r) {
		case decides:
			return decides
		case unknown:
			result = unknown
		}
		if !asksOne(r) || !asks(r) {
			continue
		}
		test := condition(r)
		if tests[not(test)] {
			return decides
		}
		tests[test] = true
	}
	return result
}

// asks reports whether a rule, and each below it, has a condition that could be
// read: where one has none, that is reported.
func asks(r *ChoiceRule) bool {
	lacks := func(r ChoiceRule) bool { return !asks(&r) }
	switch {
	case r.And != nil:
		return len(r.And) > 0 && !slices.ContainsFunc(r.And, lacks)
	case r.Or != nil:
		return len(r.Or) > 0 && !slices.ContainsFunc(r.Or, lacks)
	case r.Not != nil:
		return asks(r.Not)
	}
	return r.Condition.IsSet() || r.Operator != ""
}

// asksOne reports whether a rule, or what it negates, has no rules below it.
func asksOne(r *ChoiceRule) bool {
	for r.Not != nil {
		r = r.Not
	}
	return r.And == nil && r.Or == nil
}

// condition spells what a rule asks, the same for rules that ask the same.
func condition(r *ChoiceRule) string {
	switch {
	case r.Condition.IsSet():
		if e := r.Condition.Value.Expression; e != nil {
			return bare(e)
		}
		return strconv.FormatBool(r.Condition.Value.Value)
	case r.And != nil:
		return "And" + conditions(r.And)
	case r.Or != nil:
		return "Or" + conditions(r.Or)
	case r.Not != nil:
		return not(condition(r.Not))
	}
	test := r.Operator + "\x00" + r.Variable.Value.Text + "\x00" + r.OperandPath.Value.Text
	switch {
	case r.OperandPath.IsSet():
	case strings.HasPrefix(r.Operator, "Is") && r.Operand == false:
		return not(test)
	case !strings.HasPrefix(r.Operator, "Is"):
		test += "\x00" + value.String(r.Operand)
	}
	return test
}

func conditions(rules []ChoiceRule) string {
	tests := make([]string, len(rules))
	for i := range rules {
		tests[i] = condition(&rules[i])
	}
	return "(" + strings.Join(tests, "\x01") + ")"
}

const negation = "Not\x00"

func not(test string) string {
	if positive, ok := strings.CutPrefix(test, negation); ok {
		return positive
	}
	return negation + test
}

// changes reports whether a condition may come out otherwise when it is asked
// again.
func changes(test string) bool {
	return slices.ContainsFunc([]string{"$random", "$shuffle", "$uuid", "$millis", "$now"}, func(f string) bool { return strings.Contains(test, f) })
}
