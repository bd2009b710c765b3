package machine

import (
	"fmt"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/jsonata"
	"github.com/gostates/gostates/jsonpath"
	"github.com/gostates/gostates/value"
)

// rule is a compiled Choice rule: a combination of rules, a comparison or a
// Condition.
type rule struct {
	next   int32
	assign *asl.TemplateNode

	condition *data             // of a JSONata state
	equals    *jsonata.Equality // the Condition, if it compares a part of $states.input with a literal
	query     *query            // Output and Assign of a JSONata rule

	combine combination
	rules   []rule

	variable *jsonpath.Path
	known    int8  // the place of the Variable's value in step.known, plus 1; 0: none
	plain    bool  // Numeric or Boolean, of at most one value of the input and a literal
	jump     *jump // of the first rule in a row of equalities; nil: none
	operator string
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
		if v, found := s.lookupKnown(r, e.input); found {
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
	v, failed := s.ruleVariable(r, e)
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

// mostKnown is how many Variables of a Choice state are looked up only once.
const mostKnown = 8

// knownVariable is the value of a Variable in the input, once a rule has found it.
type knownVariable struct {
	value any
	found bool
}

// forgetKnown makes room for the values that the rules of a Choice state share.
func (s *step) forgetKnown(c *choice) {
	s.countKnown = c.known
	clear(s.known[:s.countKnown])
}

// lookupKnown looks up the Variable of a rule in the input.
func (s *step) lookupKnown(r *rule, input any) (any, bool) {
	if r.known == 0 {
		return r.variable.Lookup(input)
	}
	k := &s.known[r.known-1]
	if !k.found {
		k.value, k.found = r.variable.Lookup(input)
	}
	return k.value, k.found
}

// shareVariables lets rules that read the same Variable share what they find. It
// returns how many such Variables there are.
func shareVariables(rules []rule) int {
	first := map[string]*rule{} // the first rule that reads each Variable
	shared := 0
	var visit func(rules []rule)
	visit = func(rules []rule) {
		for i := range rules {
			r := &rules[i]
			visit(r.rules)
			what := r.readsInput()
			if what == "" {
				continue
			}
			f, again := first[what]
			switch {
			case !again:
				first[what] = r
				continue
			case f.known == 0 && shared < mostKnown:
				shared++
				f.known = int8(shared)
			}
			r.known = f.known
		}
	}
	visit(rules)
	return shared
}

// readsInput returns what a rule looks up in the input as others may do too, or "".
func (r *rule) readsInput() string {
	switch {
	case r.equals != nil:
		return fmt.Sprintf("%q", r.equals.Names) // a name may contain any character
	case r.variable != nil && r.variable.Root() == jsonpath.Input && r.variable.Definite() && r.compare != nil:
		return r.variable.String()
	}
	return ""
}

// knownEquality returns the result of a Condition that compares a part of the input. It
// returns false for ok if the Condition must be evaluated.
func (s *step) knownEquality(r *rule, input any) (is, ok bool) {
	v, ok := s.knownPart(r, input)
	if !ok {
		return false, false
	}
	switch want := r.equals.Literal.(type) {
	case int64:
		got, ok := v.(int64)
		return got == want, ok
	case string:
		got, ok := v.(string)
		return got == want, ok
	case bool:
		got, ok := v.(bool)
		return got == want, ok
	}
	return false, false
}

// knownPart looks up the part of the input that several Conditions compare.
func (s *step) knownPart(r *rule, input any) (v any, ok bool) {
	if r.known == 0 {
		return nil, false
	}
	k := &s.known[r.known-1]
	if !k.found {
		v := input
		for _, name := range r.equals.Names[1:] {
			o, _ := v.(*value.Object)
			if v, ok = o.Get(name); !ok {
				return nil, false
			}
		}
		k.value, k.found = v, true
	}
	return k.value, true
}

// ruleVariable returns the value of the Variable of a rule.
func (s *step) ruleVariable(r *rule, e *env) (any, *failure) {
	if r.known > 0 && e.input != nil {
		if v, found := s.lookupKnown(r, e.input); found {
			return s.readOperand(e, v)
		}
	}
	return s.ruleOperand(e, r.variable)
}

// ruleOperand returns the value that a path of a rule selects.
func (s *step) ruleOperand(e *env, p *jsonpath.Path) (any, *failure) {
	v, found, failed := e.lookupPath(p)
	if failed != nil {
		return nil, failed
	}
	if !found {
		return nil, s.invalidReference(e, p)
	}
	return s.readOperand(e, v)
}

// readOperand returns an operand. A long string counts as work, each time.
func (s *step) readOperand(e *env, v any) (any, *failure) {
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

func (c *compiler) compileRules(source []asl.ChoiceRule, names *stateIndexes, location string) []rule {
	compiled := make([]rule, len(source))
	for i := range source {
		compiled[i] = c.compileRule(&source[i], names, fmt.Sprintf("%s[%d]", location, i))
	}
	return compiled
}

func (c *compiler) compileRule(source *asl.ChoiceRule, names *stateIndexes, location string) rule {
	r := rule{next: names.resolveTarget(source.Next), assign: compileTemplate(source.Assign)}
	switch {
	case source.Condition.IsSet():
		b := &source.Condition.Value
		r.condition = &data{literal: b.Value, expr: c.compileExpression(source.Node, b.Expression, location+"/Condition")}
		if x := r.condition.expr; x != nil {
			if q := x.Equality(); q != nil && q.Variable == "states" && q.Names[0] == "input" {
				r.equals = q
			}
		}
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
		r.operator, r.compare = source.Operator, comparisons[source.Operator]
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
func (v *view) evalCondition(r *rule) (bool, *failure) {
	condition := r.condition
	if condition.expr == nil {
		return condition.literal == true, nil
	}
	if is, ok := v.s.knownEquality(r, v.input); ok {
		v.s.countSteps(1)
		return is, nil
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
