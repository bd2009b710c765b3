package asl

import "strings"

// Fields of Choice rules: of those in Choices, and of those below And, Or and
// Not. The comparison operators go with Variable only.
var (
	ruleFields = fields{"And": pathOnly, "Or": pathOnly, "Not": pathOnly, "Variable": pathOnly,
		"Condition": ataOnly, "Comment": both}
	topFields           = join(ruleFields, fields{"Next": both, "Assign": both, "Output": ataOnly})
	comparisonFields    = join(ruleFields, operatorFields())
	topComparisonFields = join(topFields, operatorFields())
)

func operatorFields() fields {
	f := fields{}
	for name := range operators {
		f[name] = pathOnly
	}
	return f
}

// topRule reads one of Choices.
func (o *object) topRule(q QueryLanguage) ChoiceRule {
	o.knownInRule(topFields, topComparisonFields, q)
	o.required("Next")
	r := o.rule(q)
	r.Next = o.string("Next")
	r.Assign = o.assign(q)
	r.Output = o.template("Output", q)
	return r
}

// nestedRule reads a rule below And, Or or Not.
func (o *object) nestedRule(q QueryLanguage) ChoiceRule {
	o.knownInRule(ruleFields, comparisonFields, q)
	return o.rule(q)
}

func (o *object) knownInRule(plain, comparison fields, q QueryLanguage) {
	if o.has("Variable") {
		plain = comparison
	}
	o.known(plain, q)
}

// rule reads what all Choice rules have.
func (o *object) rule(q QueryLanguage) ChoiceRule {
	r := ChoiceRule{Node: o.place(), Comment: o.string("Comment")}
	kinds := []string{"And", "Or", "Not", "Variable", "Condition"}
	if o.count(kinds) != 1 {
		o.wrong("The object must have only one of the following fields, [%s]", strings.Join(kinds, ", "))
		return r
	}
	switch {
	case o.has("Condition"):
		r.Condition = o.condition(q)
	case o.has("And"):
		r.And = o.nestedRules("And", q)
	case o.has("Or"):
		r.Or = o.nestedRules("Or", q)
	case o.has("Not"):
		if not := o.child("Not"); not != nil {
			nested := not.nestedRule(q)
			r.Not = &nested
		}
	default:
		r.Variable = o.path("Variable", choicePath)
		o.comparison(&r)
	}
	return r
}

func (o *object) nestedRules(name string, q QueryLanguage) []ChoiceRule {
	nested := []ChoiceRule{}
	for _, r := range o.someChildren(name) {
		nested = append(nested, r.nestedRule(q))
	}
	return nested
}

func (o *object) condition(q QueryLanguage) Opt[Boolean] {
	n := o.member("Condition")
	f := opt[Boolean](o, n)
	switch v := n.Value.(type) {
	case bool:
		f.Value.Value = v
	case string:
		f.Value.Expression = &Expression{Text: v}
		switch {
		case !isExpression(v):
			o.schema(n.Offset, "Condition", undelimited)
		case q == JSONata:
			f.Value.Expression = o.fieldExpression("Condition")
		}
	default:
		o.schema(n.Offset, "Condition", "Expected value of type Boolean")
		f.Presence = Absent
	}
	return f
}
