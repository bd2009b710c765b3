package asl

import (
	"math/big"
	"slices"
	"strings"

	"github.com/gostates/gostates/asl/value"
	"github.com/gostates/gostates/jsonpath"
)

func (p *parser) choice(o *object, base StateBase) State {
	q := base.Language
	o.required("Choices")
	s := &ChoiceState{
		StateBase: base,
		DataFlow:  o.dataFlow(q),
		Default:   o.string("Default"),
		Assign:    o.assign(q),
	}
	for _, r := range o.nonEmpty("Choices") {
		s.Choices = append(s.Choices, r.rule(q, true))
	}
	return s
}

// Fields of Choice rules besides the comparison operators.
var (
	ruleFields     = fields{"And": pathOnly, "Or": pathOnly, "Not": pathOnly, "Variable": pathOnly, "Condition": ataOnly, "Comment": both}
	topRuleFields  = join(ruleFields, fields{"Next": both, "Assign": both, "Output": ataOnly})
	ruleKinds      = []string{"And", "Or", "Not", "Variable", "Condition"}
	ruleAlternates = strings.Join(ruleKinds, ", ")
)

// rule reads a Choice rule: one of Choices (top), or one below And, Or and Not.
func (o *object) rule(q QueryLanguage, top bool) ChoiceRule {
	o.knownInRule(q, top)
	r := ChoiceRule{Node: o.place(), Comment: o.string("Comment")}
	if top {
		o.required("Next")
		r.Next = o.string("Next")
		r.Assign = o.assign(q)
		r.Output = o.template("Output", q)
	}
	if o.count(ruleKinds) != 1 {
		o.wrong("The object must have only one of the following fields, [%s]", ruleAlternates)
		return r
	}
	switch {
	case o.has("Condition"):
		r.Condition = o.condition()
	case o.has("And"):
		r.And = o.nestedRules("And", q)
	case o.has("Or"):
		r.Or = o.nestedRules("Or", q)
	case o.has("Not"):
		if not := o.child("Not"); not != nil {
			nested := not.rule(q, false)
			r.Not = &nested
		}
	default:
		r.Variable = o.path("Variable", jsonpath.Parse, false)
		o.comparison(&r)
	}
	return r
}

func (o *object) knownInRule(q QueryLanguage, top bool) {
	table := ruleFields
	if top {
		table = topRuleFields
	}
	all := join(table)
	for i := range o.members.Len() {
		if name := o.members.At(i).Key; o.has("Variable") && isOperator(name) {
			all[name] = pathOnly
		}
	}
	o.known(all, q)
}

// isOperator reports whether a field is a comparison operator.
func isOperator(name string) bool {
	if _, ok := operators[name]; ok {
		return true
	}
	operator, ok := strings.CutSuffix(name, "Path")
	if !ok {
		return false
	}
	_, ok = operators[operator]
	return ok && hasPath(operator)
}

func (o *object) nestedRules(name string, q QueryLanguage) []ChoiceRule {
	nested := []ChoiceRule{}
	for _, r := range o.nonEmpty(name) {
		nested = append(nested, r.rule(q, false))
	}
	return nested
}

func (o *object) condition() Opt[any] {
	n := o.member("Condition")
	f := opt[any](o, n)
	f.Value = n.Value
	text, isText := n.Value.(string)
	_, isBool := n.Value.(bool)
	switch {
	case isText && !IsExpression(text):
		o.schema(n.Offset, o.at("Condition"), "JSONata string must start with {%% and end with %%}")
	case !isText && !isBool:
		o.schema(n.Offset, o.at("Condition"), "Expected value of type Boolean")
	}
	return f
}

// comparison reads the one operator that a rule with Variable has.
func (o *object) comparison(r *ChoiceRule) {
	var found []string
	for i := range o.members.Len() {
		if name := o.members.At(i).Key; isOperator(name) {
			found = append(found, name)
		}
	}
	if len(found) != 1 {
		names := found
		if len(found) == 0 {
			names = allOperators
		}
		o.wrong("There should only be one of the following fields: [%s]", strings.Join(names, ", "))
		return
	}
	name := found[0]
	if _, literal := operators[name]; !literal {
		r.Operator = strings.TrimSuffix(name, "Path")
		r.OperandPath = o.path(name, jsonpath.Parse, false)
		return
	}
	r.Operator = name
	n := o.member(name)
	r.Operand = n.Value
	o.operand(name, n)
}

// allOperators are the names of the operators, sorted.
var allOperators = func() []string {
	var names []string
	for name := range operators {
		names = append(names, name)
		if hasPath(name) {
			names = append(names, name+"Path")
		}
	}
	slices.Sort(names)
	return names
}()

func (o *object) operand(name string, n *value.Node) {
	ok, wanted := false, ""
	switch operators[name] {
	case aString:
		_, ok = n.Value.(string)
		wanted = "String"
	case aNumber:
		wanted = "Number"
		switch n.Value.(type) {
		case int64, float64, *big.Int:
			ok = true
		}
	case aBool, aTest:
		_, ok = n.Value.(bool)
		wanted = "Boolean"
	case aTimestamp:
		text, isText := n.Value.(string)
		if ok = isText; isText && !IsTimestamp(text) {
			o.schema(n.Offset, o.at(name), "String does not match RFC3339 timestamp")
		}
		wanted = "String"
	}
	if !ok {
		o.schema(n.Offset, o.at(name), "Expected value of type %s", wanted)
	}
}
