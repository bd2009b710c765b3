package jsonpath

import (
	"fmt"
	"strings"
)

// compileFilterStep compiles a filter in brackets whose '?' is at i.
func (s source) compileFilterStep(i int) (*step, error) {
	start := strings.LastIndexByte(s.text[:i], '[')
	end, err := s.filterEnd(start)
	if err != nil {
		return nil, err
	}
	f, err := s.cutOut(start, end).compileFilter()
	if err != nil {
		return nil, err
	}
	return &step{kind: filterStep, filter: f}, nil
}

// filterEnd returns the offset behind the bracket that opens at start. Brackets
// in parentheses and single quotes do not count.
func (s source) filterEnd(start int) (int, error) {
	parens, brackets, quoted := 0, 0, false
	for i := start; i < len(s.text); i++ {
		c := s.text[i]
		if c == '\'' && s.text[max(i-1, start)] != '\\' {
			quoted = !quoted
		}
		if quoted {
			continue
		}
		switch c {
		case '(':
			parens++
		case ')':
			parens--
		case '[':
			brackets++
		case ']':
			if brackets--; parens != 0 {
				continue
			}
			if brackets != 0 {
				return 0, s.errorAt(i, "Filter brackets are not balanced")
			}
			return i + 1, nil
		}
	}
	return 0, s.errorAt(len(s.text), "the filter is not closed: ')', ']' or a single quote is missing")
}

// compileFilter compiles "[?(...)]".
func (s source) compileFilter() (*filter, error) {
	inner := trimSpace(s.cutOut(1, len(s.text)-1))
	if !strings.HasPrefix(inner.text, "?") {
		return nil, s.errorAt(0, "Filter must start with '[?' and end with ']'. "+inner.text)
	}
	inner = trimSpace(inner.dropFirst(1))
	if !strings.HasPrefix(inner.text, "(") || !strings.HasSuffix(inner.text, ")") {
		return nil, s.errorAt(0, "Filter must start with '[?(' and end with ')]'. "+inner.text)
	}
	inner = trimSpace(inner.cutOut(1, len(inner.text)-1))
	if s.depth == maxNesting {
		return nil, s.errorAt(0, "filters nest too deep")
	}
	inner.depth++
	return inner.compileLogic()
}

// compileLogic compiles comparisons joined by '&&' and '||'. Both operators
// count in quoted strings too.
func (s source) compileLogic() (*filter, error) {
	f := &filter{or: make([][]criterion, 1)}
	want := true // whether a comparison must come next
	for start := 0; start < len(s.text) || start == 0; {
		end := operatorCut(s.text, start)
		part := trimSpace(s.cutOut(start, end))
		start = max(end, 1)
		operator := part.text == "&&" || part.text == "||"
		if operator == want {
			return nil, part.errorAt(0, "Invalid operators "+s.text)
		}
		want = operator
		if part.text == "||" {
			f.or = append(f.or, nil)
		}
		if operator {
			continue
		}
		c, err := part.compileCriterion()
		if err != nil {
			return nil, err
		}
		last := len(f.or) - 1
		f.or[last] = append(f.or[last], c)
	}
	if want {
		return nil, s.errorAt(len(s.text), "Invalid operators "+s.text)
	}
	return f, nil
}

// operatorCut returns the first offset after start where a part begins or ends.
func operatorCut(s string, start int) int {
	for i := start + 1; i < len(s); i++ {
		if isLogic(s[i:]) || isLogic(s[max(i-2, 0):i]) {
			return i
		}
	}
	return len(s)
}

func isLogic(s string) bool {
	return strings.HasPrefix(s, "&&") || strings.HasPrefix(s, "||")
}

// Comparison operators, in the order of the search.
const (
	equals         = "=="
	greaterOrEqual = ">="
	lessOrEqual    = "<="
	notEqual       = "!="
	less           = "<"
	greater        = ">"
	matches        = "=~"
	exists         = ""
)

// compileCriterion compiles one criterion. It ignores parentheses around it,
// and finds the operator in quoted strings too.
func (s source) compileCriterion() (criterion, error) {
	n := len(s.text)
	start := n - len(strings.TrimLeft(s.text, "[?( "))
	end := len(strings.TrimRight(s.text, ") "))
	if start >= end {
		return criterion{}, s.errorAt(0, "the filter has no comparison here")
	}
	s = s.cutOut(start, end)
	operator, at := exists, len(s.text)
	for _, o := range [...]string{equals, greaterOrEqual, lessOrEqual, notEqual, less, greater, matches} {
		if i := strings.Index(s.text, o); i >= 0 {
			operator, at = o, i
			break
		}
	}
	left, right := trimSpace(s.cutOut(0, at)), trimSpace(s.dropFirst(at+len(operator)))
	return newCriterion(left, operator, right)
}

func newCriterion(left source, operator string, right source) (criterion, error) {
	c := criterion{operator: operator}
	for i := range 3 {
		if holdsOrder(operator, i-1) {
			c.order |= 1 << i
		}
	}
	var err error
	if strings.HasPrefix(left.text, "!@") {
		c.negated = true
		left = left.dropFirst(1)
	}
	if c.left, err = left.compileOperand(); err != nil {
		return c, err
	}
	if operator == exists {
		if !c.left.isPath() {
			return c, left.errorAt(0, "CriteriaType  can not be parsed: a comparison or a path that starts with '@' or '$' is needed")
		}
		c.left.path.requireNames()
		c.work = c.left.evalWork()
		return c, nil
	}
	if strings.HasPrefix(right.text, "!@") {
		return c, right.errorAt(0, "Invalid negation! Can only be used for existence check e.g [?(!@.foo)]")
	}
	c.right, err = right.compileOperand()
	c.work = c.left.evalWork() + c.right.evalWork()
	if text, ok := c.right.literal.(string); ok && operator != matches {
		c.integer, c.whole = smallInteger(text)
	}
	c.twins = c.left.document && c.right.document && left.text == right.text
	return c, err
}

// compileOperand compiles one side of a comparison: a path, a string in single
// quotes, a regular expression, or a bare word.
func (s source) compileOperand() (operand, error) {
	if s.text == "" {
		return operand{literal: ""}, nil
	}
	first, last := s.text[0], s.text[len(s.text)-1]
	switch {
	case first == '$' || first == '@':
		return s.compilePath()
	case first == '\'' && last == '\'':
		if len(s.text) == 1 {
			return operand{}, s.errorAt(0, "a single quote is missing")
		}
		return operand{literal: s.text[1 : len(s.text)-1]}, nil
	case first == '/' && (last == '/' || strings.HasSuffix(s.text, "/i")):
		return s.compilePattern()
	}
	return operand{literal: s.text}, nil
}

func (s source) compilePath() (operand, error) {
	p, err := s.compileProgram()
	if err != nil {
		return operand{}, err
	}
	if !p.definite {
		return operand{}, s.errorAt(0, fmt.Sprintf("the predicate path: %s is not definite", s.text))
	}
	o := operand{path: &p, document: s.text[0] == '$'}
	if !o.document && len(p.steps) == 1 && p.tail == 0 {
		o.name = p.steps[0].name
	}
	return o, nil
}

// compilePattern compiles "/re/" or "/re/i". The pattern must match the whole
// string.
func (s source) compilePattern() (operand, error) {
	end := strings.LastIndexByte(s.text, '/')
	if end == 0 {
		return operand{}, s.errorAt(0, "the closing '/' of the regular expression is missing")
	}
	flags := ""
	if strings.HasSuffix(s.text, "i") {
		flags = "(?i)"
	}
	p, problem := newPattern(s.text[1:end], flags)
	if problem != "" {
		return operand{}, s.errorAt(1, "the regular expression cannot be used: "+problem)
	}
	return operand{pattern: p}, nil
}
