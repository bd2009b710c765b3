package machine

import (
	"fmt"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/jsonpath"
)

// rule is a compiled Choice rule: a combination of rules, a comparison or a
// Condition.
type rule struct {
	next   int32
	assign *asl.TemplateNode

	condition *data  // of a JSONata state
	query     *query // Output and Assign of a JSONata rule

	combine combination
	rules   []rule

	variable *jsonpath.Path
	plain    bool // Numeric or Boolean, of at most one value of the input and a literal
	compare  comparison
	operand  operand
	path     *jsonpath.Path // second operand of a ...Path operator
	numeric  bool           // the operator's name starts with Numeric
	dangling bool           // the StringMatches pattern ends in a single backslash
}

type combination uint8

const (
	compares combination = iota
	and
	or
	not
)

// ruleHolds evaluates a rule. And and Or stop as soon as their result is known.
func (s *step) ruleHolds(r *rule, e *env) (bool, *failure) {
	if r.plain && e.input != nil { // most rules
		if v, found := r.variable.Lookup(e.input); found {
			return r.compare(v, &r.operand), nil
		}
	}
	switch r.combine {
	case and, or:
		for i := range r.rules {
			ok, failed := s.ruleHolds(&r.rules[i], e)
			if failed != nil || ok == (r.combine == or) {
				return ok, failed
			}
		}
		return r.combine == and, nil
	case not:
		ok, failed := s.ruleHolds(&r.rules[0], e)
		return !ok, failed
	}
	if r.dangling {
		return false, s.runtimeFailure(&s.x.scopes[e.slot], "The StringMatches pattern '%s' ends in a single backslash.", r.operand.value)
	}
	if r.compare == nil {
		if e.lacksDocument(r.variable) {
			return false, s.invalidReference(e, r.variable)
		}
		is, failed := e.isPresent(r.variable)
		return is == (r.operand.value == true), failed
	}
	v, failed := s.ruleOperand(e, r.variable)
	if failed != nil {
		return false, failed
	}
	if r.path == nil {
		return r.compare(v, &r.operand), nil
	}
	w, failed := s.ruleOperand(e, r.path)
	if failed != nil {
		return false, failed
	}
	if r.numeric && !isNumber(w) {
		w = int64(0)
	}
	o := newOperand(w)
	return r.compare(v, &o), nil
}

// ruleOperand returns the value that a path of a rule selects. A long string counts
// as work.
func (s *step) ruleOperand(e *env, p *jsonpath.Path) (any, *failure) {
	v, found, failed := e.lookupPath(p)
	if failed != nil {
		return nil, failed
	}
	if !found {
		return nil, s.invalidReference(e, p)
	}
	if text, ok := v.(string); ok && len(text) > longText {
		if err := s.meter.Read(len(text)); err != nil {
			return nil, s.limitFailure(e.slot, err)
		}
	}
	return v, nil
}

func (s *step) invalidReference(e *env, p *jsonpath.Path) *failure {
	if e.lacksDocument(p) {
		return s.runtimeFailure(&s.x.scopes[e.slot], nullDocument)
	}
	return s.runtimeFailure(&s.x.scopes[e.slot],
		"Invalid path '%s': The choice state's condition path references an invalid value.", p)
}

func (c *compiler) compileRules(source []asl.ChoiceRule, names stateIndexes, location string) []rule {
	compiled := make([]rule, len(source))
	for i := range source {
		compiled[i] = c.compileRule(&source[i], names, fmt.Sprintf("%s[%d]", location, i))
	}
	return compiled
}

func (c *compiler) compileRule(source *asl.ChoiceRule, names stateIndexes, location string) rule {
	r := rule{next: names.resolveTarget(source.Next), assign: compileTemplate(source.Assign)}
	switch {
	case source.Condition.IsSet():
		b := &source.Condition.Value
		r.condition = &data{literal: b.Value, expr: c.compileExpression(source.Node, b.Expression, location+"/Condition")}
		r.query = &query{
			output: c.compileField(source.Node, source.Output, location+"/Output"),
			assign: c.compileField(source.Node, source.Assign, location+"/Assign"),
		}
	case source.And != nil:
		r.combine, r.rules = and, c.compileRules(source.And, names, location)
	case source.Or != nil:
		r.combine, r.rules = or, c.compileRules(source.Or, names, location)
	case source.Not != nil:
		r.combine, r.rules = not, []rule{c.compileRule(source.Not, names, location)}
	default:
		r.variable = source.Variable.Value.Parsed
		r.compare = comparisons[source.Operator]
		r.operand = newOperand(source.Operand)
		r.path = source.OperandPath.Value.Parsed
		r.numeric = strings.HasPrefix(source.Operator, "Numeric")
		r.plain = (r.numeric || source.Operator == "BooleanEquals") && r.path == nil &&
			r.variable != nil && r.variable.Root() == jsonpath.Input && r.variable.Definite()
		if pattern, ok := source.Operand.(string); ok && source.Operator == "StringMatches" {
			r.dangling = (len(pattern)-len(strings.TrimRight(pattern, `\`)))%2 == 1
		}
	}
	return r
}

// evalCondition evaluates a Condition, which is a boolean or an expression.
func (v *view) evalCondition(condition *data) (bool, *failure) {
	if condition.expr == nil {
		return condition.literal == true, nil
	}
	result, failed := v.evalExpression(condition.expr, "")
	if failed != nil {
		return false, failed
	}
	is, ok := result.(bool)
	if !ok {
		return false, v.s.wrongType(v.slot, condition.expr, "boolean", result)
	}
	return is, nil
}
