package asl

import "strings"

// Fields of a Choice rule: nested rules have ruleFields, rules in Choices have
// topFields. Rules with Variable also have a comparison.
var (
	ruleFields = fields{"And": pathOnly, "Or": pathOnly, "Not": pathOnly, "Variable": pathOnly,
		"Condition": ataOnly, "Comment": both}
	topFields           = joinFields(ruleFields, fields{"Next": both, "Assign": both, "Output": ataOnly})
	comparisonFields    = joinFields(ruleFields, operatorFields())
	topComparisonFields = joinFields(topFields, operatorFields())
)

func operatorFields() fields {
	f := fields{}
	for name := range operators {
		f[name] = pathOnly
	}
	return f
}

// parseTopRule parses an element of Choices.
func (o *object) parseTopRule(q QueryLanguage) ChoiceRule {
	o.checkRuleFields(topFields, topComparisonFields, q)
	o.requireFields("Next")
	r := o.parseRule(q)
	r.Next = o.parseString("Next")
	r.Assign = o.parseAssign(q)
	r.Output = o.parseTemplate("Output", q)
	return r
}

// parseNestedRule parses a rule within And, Or or Not.
func (o *object) parseNestedRule(q QueryLanguage) ChoiceRule {
	o.checkRuleFields(ruleFields, comparisonFields, q)
	return o.parseRule(q)
}

func (o *object) checkRuleFields(plain, comparison fields, q QueryLanguage) {
	if o.hasField("Variable") {
		plain = comparison
	}
	o.checkFields(plain, q)
}

// ruleKinds are the fields of which a Choice rule has one.
var ruleKinds = []string{"And", "Or", "Not", "Variable", "Condition"}

// parseRule parses the fields that all Choice rules share.
func (o *object) parseRule(q QueryLanguage) ChoiceRule {
	r := ChoiceRule{Node: o.nodeOf(), Comment: o.parseString("Comment")}
	if o.countFields(ruleKinds) != 1 {
		o.reportObject("The object must have only one of the following fields, [%s]", strings.Join(ruleKinds, ", "))
		return r
	}
	switch {
	case o.hasField("Condition"):
		r.Condition = o.parseCondition(q)
	case o.hasField("And"):
		r.And = o.parseNestedRules("And", q)
	case o.hasField("Or"):
		r.Or = o.parseNestedRules("Or", q)
	case o.hasField("Not"):
		if not := o.childObject("Not"); not != nil {
			nested := not.parseNestedRule(q)
			r.Not = &nested
		}
	default:
		r.Variable = o.parsePath("Variable", choicePathKind)
		o.parseComparison(&r)
	}
	return r
}

func (o *object) parseNestedRules(name string, q QueryLanguage) []ChoiceRule {
	rules := o.nonEmptyChildObjects(name)
	nested := make([]ChoiceRule, 0, len(rules))
	for _, r := range rules {
		nested = append(nested, r.parseNestedRule(q))
	}
	return nested
}

func (o *object) parseCondition(q QueryLanguage) Opt[Boolean] {
	n := o.fieldNode("Condition")
	f := startField[Boolean](o, n)
	switch v := n.Value.(type) {
	case bool:
		f.Value.Value = v
	case string:
		f.Value.Expression = &Expression{Text: v}
		switch {
		case !isExpression(v):
			o.reportNotDelimited(n.Offset, "Condition", v)
		case q == JSONata:
			f.Value.Expression = o.parseFieldExpression("Condition")
		}
	default:
		o.reportSchema(n.Offset, "Condition", "Expected value of type Boolean")
		f.Presence = Absent
	}
	return f
}
