package asl

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gostates/gostates/jsonpath"
	"github.com/gostates/gostates/value"
)

// warnDeadRules warns of Choice rules that are never reached: those after a
// rule that is always true, and those with the condition of an earlier rule.
func (c *checker) warnDeadRules(st *ChoiceState) {
	earlier := map[string]bool{}
	always := false
	for i := range st.Choices {
		r := &st.Choices[i]
		if always {
			c.addWarning(CodeChoiceRuleNeverReached, r.Pos, r.Location, "An earlier rule is always true")
			return // all later rules are unreachable too
		}
		if !hasCondition(r) {
			continue
		}
		test := spellCondition(r)
		if earlier[test] && !isVolatile(test) {
			c.addWarning(CodeChoiceRuleNeverReached, r.Pos, r.Location, "An earlier rule has the same condition")
		}
		earlier[test] = true
		always = ruleTruth(r) == yes
	}
}

// certainty is the known value of a condition before the machine runs.
type certainty uint8

const (
	unknown certainty = iota
	yes
	no
)

func (c certainty) negated() certainty { return [...]certainty{unknown: unknown, yes: no, no: yes}[c] }

func certaintyOf(b bool) certainty {
	if b {
		return yes
	}
	return no
}

// ruleTruth returns the known value of a rule.
func ruleTruth(r *ChoiceRule) certainty {
	switch {
	case r.Condition.IsSet():
		return conditionTruth(&r.Condition.Value)
	case r.And != nil:
		return combinedTruth(r.And, no)
	case r.Or != nil:
		return combinedTruth(r.Or, yes)
	case r.Not != nil:
		return ruleTruth(r.Not).negated()
	}
	p := r.Variable.Value.Parsed
	if r.Operator == "IsPresent" && p != nil && p.IsRoot() && p.Root() != jsonpath.Variable {
		return certaintyOf(r.Operand == true)
	}
	return unknown
}

func conditionTruth(b *Boolean) certainty {
	if b.Expression == nil {
		return certaintyOf(b.Value)
	}
	switch bareSource(b.Expression) {
	case "true":
		return yes
	case "false":
		return no
	}
	return unknown
}

// bareSource returns the source of an expression without the parentheses around
// it.
func bareSource(e *Expression) string {
	source, ok := ExpressionSource(e.Text)
	if !ok {
		return e.Text // reported elsewhere
	}
	return strings.Trim(source, " \t\r\n()")
}

// combinedTruth returns the known value of And, where decides is the value no, or of
// Or, where it is yes. A single rule with that value decides, and so do two rules that
// contradict each other.
func combinedTruth(rules []ChoiceRule, decides certainty) certainty {
	tests := map[string]bool{}
	result := decides.negated()
	for i := range rules {
		r := &rules[i]
		switch ruleTruth(r) {
		case decides:
			return decides
		case unknown:
			result = unknown
		}
		if !isSingleTest(r) || !hasCondition(r) {
			continue
		}
		test := spellCondition(r)
		if tests[negateCondition(test)] {
			return decides
		}
		tests[test] = true
	}
	return result
}

// hasCondition reports whether a rule and all rules within it have a condition.
// A missing condition is reported elsewhere.
func hasCondition(r *ChoiceRule) bool {
	lacks := func(r ChoiceRule) bool { return !hasCondition(&r) }
	switch {
	case r.And != nil:
		return len(r.And) > 0 && !slices.ContainsFunc(r.And, lacks)
	case r.Or != nil:
		return len(r.Or) > 0 && !slices.ContainsFunc(r.Or, lacks)
	case r.Not != nil:
		return hasCondition(r.Not)
	}
	return r.Condition.IsSet() || r.Operator != ""
}

// isSingleTest reports whether a rule has neither And nor Or, Not aside.
func isSingleTest(r *ChoiceRule) bool {
	for r.Not != nil {
		r = r.Not
	}
	return r.And == nil && r.Or == nil
}

// spellCondition returns a string that is equal for rules with the same
// condition.
func spellCondition(r *ChoiceRule) string {
	switch {
	case r.Condition.IsSet():
		if e := r.Condition.Value.Expression; e != nil {
			return bareSource(e)
		}
		return strconv.FormatBool(r.Condition.Value.Value)
	case r.And != nil:
		return "And" + spellConditions(r.And)
	case r.Or != nil:
		return "Or" + spellConditions(r.Or)
	case r.Not != nil:
		return negateCondition(spellCondition(r.Not))
	}
	test := r.Operator + "\x00" + r.Variable.Value.Text + "\x00" + r.OperandPath.Value.Text
	switch {
	case r.OperandPath.IsSet():
	case strings.HasPrefix(r.Operator, "Is") && r.Operand == false:
		return negateCondition(test)
	case !strings.HasPrefix(r.Operator, "Is"):
		test += "\x00" + value.String(r.Operand)
	}
	return test
}

func spellConditions(rules []ChoiceRule) string {
	tests := make([]string, len(rules))
	for i := range rules {
		tests[i] = spellCondition(&rules[i])
	}
	return "(" + strings.Join(tests, "\x01") + ")"
}

const negation = "Not\x00"

func negateCondition(test string) string {
	if positive, ok := strings.CutPrefix(test, negation); ok {
		return positive
	}
	return negation + test
}

// isVolatile reports whether a condition may change its value between two
// evaluations.
func isVolatile(test string) bool {
	return slices.ContainsFunc([]string{"$random", "$shuffle", "$uuid", "$millis", "$now"}, func(f string) bool { return strings.Contains(test, f) })
}
