package build

import (
	"fmt"

	"github.com/gostates/gostates/asl"
)

// ChoiceState is a Choice state.
type ChoiceState struct {
	Common[*ChoiceState]
	Flow[*ChoiceState]
	choice asl.ChoiceState
}

// Choice makes a Choice state.
func Choice(name string) *ChoiceState {
	s := &ChoiceState{}
	s.Common = newCommon(s, &s.choice, "Choice", name, nil)
	s.Flow = Flow[*ChoiceState]{s, s.Common.part, &s.choice.DataFlow}
	return s
}

// When adds a rule to Choices, and the state to which it leads.
func (s *ChoiceState) When(rule *Rule, next State) *ChoiceState {
	p, at := s.Common.part, fmt.Sprintf("Choices[%d]", len(s.choice.Choices))
	r := rule.toRule(p, at)
	r.Next = present(p.name(at+"/Next", next))
	s.choice.Choices = append(s.choice.Choices, r)
	p.targets = append(p.targets, next)
	return s
}

// Default sets Default.
func (s *ChoiceState) Default(next State) *ChoiceState {
	s.Common.part.otherwise = next
	s.choice.Default = present(s.Common.part.name("Default", next))
	return s
}

// Assign sets Assign, for the case that no rule is true.
func (s *ChoiceState) Assign(v any) *ChoiceState {
	s.choice.Assign = s.Common.part.template("Assign", v)
	return s
}

// Rule is a Choice Rule.
type Rule struct {
	condition      string // JSONata
	variable       string
	operator       Operator
	operand        any
	kind           string // And, Or or Not: what joins the rules
	rules          []*Rule
	comment        asl.Opt[string]
	output, assign *any
	open           bool // its definition is being made
}

// Condition makes a rule of an expression (JSONata).
func Condition(expression string) *Rule { return &Rule{condition: expression} }

// Compare makes a rule of a comparison (JSONPath). The operand of an operator whose name
// ends in Path is a path.
func Compare(variable string, operator Operator, operand any) *Rule {
	return &Rule{variable: variable, operator: operator, operand: operand}
}

// And makes a rule that is true if all rules are (JSONPath).
func And(rules ...*Rule) *Rule { return &Rule{kind: "And", rules: rules} }

// Or makes a rule that is true if one of the rules is (JSONPath).
func Or(rules ...*Rule) *Rule { return &Rule{kind: "Or", rules: rules} }

// Not makes a rule that is true if the rule is not (JSONPath).
func Not(rule *Rule) *Rule { return &Rule{kind: "Not", rules: []*Rule{rule}} }

// Comment sets Comment.
func (r *Rule) Comment(text string) *Rule {
	r.comment = present(text)
	return r
}

// Output sets Output (JSONata; not within And, Or and Not).
func (r *Rule) Output(v any) *Rule {
	r.output = &v
	return r
}

// Assign sets Assign: an object with the values of variables (not within And, Or and
// Not).
func (r *Rule) Assign(v any) *Rule {
	r.assign = &v
	return r
}

func (r *Rule) toRule(p *part, at string) (d asl.ChoiceRule) {
	if r == nil || r.open {
		p.addProblem("%s: the rule is nil, or contains itself", at)
		return d
	}
	r.open = true
	defer func() { r.open = false }()
	d.Comment = r.comment
	if r.output != nil {
		d.Output = p.template(at+"/Output", *r.output)
	}
	if r.assign != nil {
		d.Assign = p.template(at+"/Assign", *r.assign)
	}
	if r.kind != "" {
		rules := make([]asl.ChoiceRule, len(r.rules))
		for i, inner := range r.rules {
			rules[i] = inner.toRule(p, fmt.Sprintf("%s/%s[%d]", at, r.kind, i))
		}
		switch r.kind {
		case "And":
			d.And = rules
		case "Or":
			d.Or = rules
		case "Not":
			d.Not = &rules[0]
		}
		return d
	}
	if r.operator == "" {
		d.Condition = present(asl.Boolean{Expression: &asl.Expression{Text: r.condition}})
		return d
	}
	d.Variable = path(r.variable)
	d.Operator, d.Operand = string(r.operator), p.convert(at+"/"+string(r.operator), r.operand)
	return d
}

// Operator is the name of a comparison.
type Operator string

// The operators. Those of strings, numbers, booleans and times also compare with another
// variable: see [Operator.Path].
const (
	StringEquals               Operator = "StringEquals"
	StringLessThan             Operator = "StringLessThan"
	StringGreaterThan          Operator = "StringGreaterThan"
	StringLessThanEquals       Operator = "StringLessThanEquals"
	StringGreaterThanEquals    Operator = "StringGreaterThanEquals"
	StringMatches              Operator = "StringMatches"
	NumericEquals              Operator = "NumericEquals"
	NumericLessThan            Operator = "NumericLessThan"
	NumericGreaterThan         Operator = "NumericGreaterThan"
	NumericLessThanEquals      Operator = "NumericLessThanEquals"
	NumericGreaterThanEquals   Operator = "NumericGreaterThanEquals"
	BooleanEquals              Operator = "BooleanEquals"
	TimestampEquals            Operator = "TimestampEquals"
	TimestampLessThan          Operator = "TimestampLessThan"
	TimestampGreaterThan       Operator = "TimestampGreaterThan"
	TimestampLessThanEquals    Operator = "TimestampLessThanEquals"
	TimestampGreaterThanEquals Operator = "TimestampGreaterThanEquals"
	IsNull                     Operator = "IsNull"
	IsPresent                  Operator = "IsPresent"
	IsNumeric                  Operator = "IsNumeric"
	IsString                   Operator = "IsString"
	IsBoolean                  Operator = "IsBoolean"
	IsTimestamp                Operator = "IsTimestamp"
)

// Path returns the operator whose operand is a path: NumericEqualsPath for
// NumericEquals.
func (o Operator) Path() Operator { return o + "Path" }
