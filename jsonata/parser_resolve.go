package jsonata

import (
	"math"
	"slices"
	"strings"
)

// resolveNode is the second pass. It flattens paths into lists of steps, moves
// predicates, groups and bindings to their nodes, marks calls in tail position,
// and finds the step of each %. It works in place, and descends the left sides
// of operators in a loop, because a long expression is deep there.
func (p *parser) resolveNode(n *node) *node {
	base := len(p.spine)
	for {
		if n.kind == kindCall || n.kind == kindPartial {
			p.resolveAll(n, n.arguments)
		}
		left := n.leftOperand()
		if left == nil {
			break
		}
		if p.spine == nil {
			p.spine = make([]*node, 0, 8)
		}
		p.spine = append(p.spine, n)
		n = left
	}
	result := p.resolveOperand(n)
	result.keepArray = result.keepArray || n.keepArray
	for len(p.spine) > base {
		n = p.spine[len(p.spine)-1]
		p.spine = p.spine[:len(p.spine)-1]
		result = p.resolveOperator(n, result)
		result.keepArray = result.keepArray || n.keepArray
	}
	return result
}

// leftOperand returns the operand before an operator, or nil.
func (n *node) leftOperand() *node {
	switch n.kind {
	case kindCall, kindPartial:
		return n.procedure
	case kindCondition:
		return n.condition
	}
	return n.lhs
}

// resolveAll resolves parts of n.
func (p *parser) resolveAll(n *node, parts []*node) {
	for i, part := range parts {
		parts[i] = p.resolveNode(part)
		p.inheritSeekers(n, parts[i])
	}
}

// resolveOperand resolves a node without a left operand.
func (p *parser) resolveOperand(n *node) *node {
	switch n.kind {
	case rawEnd:
		panic(failAt("S0207", n.pos, n.errorToken()))
	case kindName:
		path := p.newPath(n)
		path.keepSingleton = n.keepArray
		return path
	case kindParent:
		n.pos = 0
		p.rareOf(n).slot = p.newSlot()
	case kindNegate:
		return p.resolveNegation(n)
	case kindArray:
		p.resolveAll(n, n.expressions)
	case kindObject:
		for i := range n.pairs {
			p.resolvePair(&n.pairs[i])
			p.inheritSeekers(n, n.pairs[i].key)
			p.inheritSeekers(n, n.pairs[i].value)
		}
	case kindBlock:
		p.resolveAll(n, n.expressions)
		for _, e := range n.expressions {
			n.cons = n.cons || e.cons || e.kind == kindPath && e.steps[0].cons
		}
	case kindBind:
		n.rhs = p.resolveNode(n.rhs)
		p.inheritSeekers(n, n.rhs)
	case kindLambda:
		d := p.rareOf(n)
		d.body = p.markTailCall(p.resolveNode(d.body))
	case kindTransform:
		d := p.rareOf(n)
		d.pattern = p.resolveNode(d.pattern)
		d.update = p.resolveNode(d.update)
		if d.delete != nil {
			d.delete = p.resolveNode(d.delete)
		}
	}
	return n
}

func (p *parser) resolvePair(pair *pair) {
	pair.key = p.resolveNode(pair.key)
	pair.value = p.resolveNode(pair.value)
}

// resolveOperator resolves an operator whose left side is already resolved.
func (p *parser) resolveOperator(n, left *node) *node {
	switch n.kind {
	case rawDot:
		return p.resolveSteps(n, left)
	case rawFilter:
		return p.resolvePredicates(n, left)
	case rawGroup:
		return p.resolveGroup(n, left)
	case rawOrder:
		return p.resolveSort(n, left)
	case rawFocus:
		return p.resolveFocus(n, left)
	case rawIndex:
		return p.resolveIndex(n, left)
	case kindCall, kindPartial:
		p.detailOf(n).procedure = left
	case kindCondition:
		p.resolveBranches(n, left)
	case kindApply:
		n.lhs, n.rhs = left, p.resolveNode(n.rhs)
		n.keepArray = n.keepArray || n.lhs.keepArray || n.rhs.keepArray
	default:
		n.lhs, n.rhs = left, p.resolveNode(n.rhs)
		p.inheritSeekers(n, n.lhs)
		p.inheritSeekers(n, n.rhs)
	}
	return n
}

func (p *parser) resolveBranches(n, condition *node) {
	d := p.detailOf(n)
	d.condition = condition
	p.inheritSeekers(n, condition)
	d.then = p.resolveNode(d.then)
	p.inheritSeekers(n, d.then)
	if d.els != nil {
		d.els = p.resolveNode(d.els)
		p.inheritSeekers(n, d.els)
	}
}

const minInt64Digits = "9223372036854775808"

// resolveNegation folds the minus before a number into a literal.
func (p *parser) resolveNegation(n *node) *node {
	operand := p.resolveNode(n.expressions[0])
	if operand.kind == kindLiteral {
		switch v := operand.literal.(type) {
		case int64:
			operand.literal = -v
			if v == math.MinInt64 {
				operand.literal = -float64(v)
			}
			return operand
		case float64:
			operand.literal = numberOf(-v)
			if v == 1<<63 && strings.HasSuffix(p.src[:operand.pos], minInt64Digits) {
				operand.literal = int64(math.MinInt64) // other integers round to it
			}
			return operand
		}
	}
	n.expressions[0] = operand
	p.inheritSeekers(n, operand)
	return n
}

// markTailCall turns a call in tail position into a thunk. The function returns
// before the call is made, so such recursion takes no stack.
func (p *parser) markTailCall(n *node) *node {
	switch n.kind {
	case kindCall:
		if n.predicate == nil {
			thunk := p.newNode(kindThunk, n.pos)
			p.rareOf(thunk).body = n
			return thunk
		}
	case kindCondition:
		d := p.detailOf(n)
		d.then = p.markTailCall(d.then)
		if d.els != nil {
			d.els = p.markTailCall(d.els)
		}
	case kindBlock:
		if last := len(n.expressions) - 1; last >= 0 {
			n.expressions[last] = p.markTailCall(n.expressions[last])
		}
	}
	return n
}

// newPath returns a path of one step.
func (p *parser) newPath(step *node) *node {
	path := p.newNode(kindPath, 0)
	path.steps = []*node{step}
	return path
}

// lastStep returns the node that a predicate or a binding after n belongs to.
func (n *node) lastStep() *node {
	if n.kind == kindPath {
		return n.steps[len(n.steps)-1]
	}
	return n
}

// resolveSteps appends steps to left, or to a new path that starts with left.
func (p *parser) resolveSteps(n, left *node) *node {
	path, steps := left, n.steps
	if left.kind != kindPath { // the node of the operator becomes that of the path
		path = n
		*n = node{kind: kindPath, keepArray: n.keepArray, steps: append(make([]*node, 0, 1+len(steps)), left), detail: &noDetail}
	}
	if left.kind == kindParent {
		p.rareOf(path).seekingParent = []*slot{left.slot}
	}
	path.steps = slices.Grow(path.steps, len(steps))
	for _, step := range steps {
		p.addStep(path, step)
	}
	return path
}

// addStep adds a step to a path. It does not visit all steps again, so that
// adding n steps takes linear time.
func (p *parser) addStep(path, step *node) {
	known := len(path.steps)
	if step.kind == kindName {
		path.steps = append(path.steps, step)
	} else if rest := p.resolveNode(step); rest.kind == kindPath {
		path.steps = append(path.steps, rest.steps...)
	} else {
		if rest.predicate != nil {
			d := p.detailOf(rest)
			d.stages, d.predicate = d.predicate, nil
		}
		path.steps = append(path.steps, rest)
	}
	// The first step may come from an operator other than a dot, and the last
	// step may have got brackets since.
	path.checkStep(path.steps[0])
	path.checkStep(path.steps[known-1])
	for _, step := range path.steps[known:] {
		path.checkStep(step)
	}
	// An array constructor at either end makes a nested array.
	for _, step := range []*node{path.steps[0], path.lastStep()} {
		step.cons = step.cons || step.kind == kindArray
	}
	p.resolveParents(path)
}

// checkStep turns a string into a name, and throws for other literals.
func (path *node) checkStep(step *node) {
	if step.kind == kindLiteral {
		name, ok := step.literal.(string)
		if !ok {
			e := failAt("S0213", step.pos, nil)
			e.Value, e.hasVal = step.literal, true
			panic(e)
		}
		step.kind, step.name, step.literal = kindName, name, nil
	}
	path.keepSingleton = path.keepSingleton || step.keepArray
}

func (p *parser) resolvePredicates(n, left *node) *node {
	step := left.lastStep()
	if step.group != nil {
		panic(failAt("S0209", n.stages[0].pos, nil))
	}
	d := p.detailOf(step)
	list := &d.predicate
	if left.kind == kindPath {
		list = &d.stages
	}
	if *list == nil {
		*list = n.stages[:0] // refilled below with the same stages
	}
	for _, s := range n.stages {
		s.expr = p.resolveNode(s.expr)
		if s.expr.seekingParent != nil {
			for _, slot := range s.expr.seekingParent {
				if slot.level == 1 {
					p.seekParent(step, slot)
				} else {
					slot.level--
				}
			}
			p.inheritSeekers(step, s.expr)
		}
		*list = append(*list, s)
	}
	return left
}

func (p *parser) resolveGroup(n, left *node) *node {
	if left.group != nil {
		panic(failAt("S0210", n.pos, nil))
	}
	for i := range n.pairs {
		p.resolvePair(&n.pairs[i])
	}
	p.detailOf(left).group = &group{n.pairs, n.pos}
	return left
}

func (p *parser) resolveSort(n, left *node) *node {
	path := left
	if left.kind != kindPath {
		path = p.newPath(left)
	}
	step := p.newNode(kindSort, n.pos)
	d := p.rareOf(step)
	d.terms = n.terms
	for i := range d.terms {
		d.terms[i].expr = p.resolveNode(d.terms[i].expr)
		p.inheritSeekers(step, d.terms[i].expr)
	}
	path.steps = append(path.steps, step)
	p.resolveParents(path)
	return path
}

func (p *parser) resolveFocus(n, left *node) *node {
	step := left.lastStep()
	switch {
	case step.stages != nil || step.predicate != nil:
		panic(failAt("S0215", n.pos, nil))
	case step.kind == kindSort:
		panic(failAt("S0216", n.pos, nil))
	}
	step.keepArray = step.keepArray || n.keepArray
	step.tuple = true
	p.rareOf(step).focus = n.name
	return left
}

func (p *parser) resolveIndex(n, left *node) *node {
	step, path := left.lastStep(), left
	if left.kind != kindPath {
		path = p.newPath(left)
		if step.predicate != nil {
			d := p.detailOf(step)
			d.stages, d.predicate = d.predicate, nil
		}
	}
	d := p.detailOf(step)
	if d.stages == nil {
		p.rareOf(step).index = n.name
	} else {
		d.stages = append(d.stages, stage{index: n.name, pos: n.pos})
	}
	step.tuple = true
	return path
}
