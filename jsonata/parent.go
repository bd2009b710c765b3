package jsonata

import "strconv"

// newSlot makes the slot of a %, whose step is still to be found.
func (p *parser) newSlot() *slot {
	s := &slot{label: "!" + strconv.Itoa(p.labels), level: 1, index: p.labels}
	p.labels++
	return s
}

// parentSeekers are the slots in and of n whose steps lie outside of it.
func (n *node) parentSeekers() []*slot {
	if n.kind == kindParent {
		return append(n.seekingParent[:len(n.seekingParent):len(n.seekingParent)], n.slot)
	}
	return n.seekingParent
}

// inheritSeekers makes n seek what its part seeks.
func (p *parser) inheritSeekers(n, part *node) {
	slots := part.parentSeekers()
	if slots == nil {
		return
	}
	d := p.detailOf(n)
	if d.seekingParent == nil {
		d.seekingParent = slots
	} else {
		p.chargeTree(8 * len(slots))
		d.seekingParent = append(d.seekingParent, slots...)
	}
}

// resolveParents looks for the steps that the last one of a path seeks, from
// right to left. What is not found, the path seeks.
func (p *parser) resolveParents(path *node) {
	steps := path.steps
	for _, s := range steps[len(steps)-1].parentSeekers() {
		i := len(steps) - 2
		for s.level > 0 {
			if i < 0 {
				d := p.detailOf(path)
				d.seekingParent = append(d.seekingParent, s)
				break
			}
			step := steps[i]
			i--
			// Of steps in a row that bind their focus, the first one counts.
			for i >= 0 && step.focus != "" && steps[i].focus != "" {
				step = steps[i]
				i--
			}
			p.seekParent(step, s)
		}
	}
}

// seekParent offers a step to a slot: the step takes it one level up, or two levels
// if it is a % itself.
func (p *parser) seekParent(n *node, s *slot) {
	p.seeks++
	if p.seeks > maxSeeks {
		panic(stackOverflow())
	}
	switch n.kind {
	case kindName, kindWildcard:
		s.level--
		if s.level == 0 {
			if n.ancestor != nil {
				s.label = n.ancestor.label
			}
			p.detailOf(n).ancestor = s
			n.tuple = true
		}
	case kindParent:
		s.level++
	case kindBlock:
		if last := len(n.expressions) - 1; last >= 0 {
			n.tuple = true
			p.seekParent(n.expressions[last], s)
		}
	case kindPath:
		n.tuple = true
		i := len(n.steps) - 1
		p.seekParent(n.steps[i], s)
		for i--; s.level > 0 && i >= 0; i-- {
			p.seekParent(n.steps[i], s)
		}
	default:
		panic(failAt("S0217", n.pos, n.typeName()))
	}
}

// typeName is how jsonata-js calls the type of a node in errors.
func (n *node) typeName() string {
	switch n.kind {
	case kindLiteral:
		switch n.literal.(type) {
		case string:
			return "string"
		case bool, nil:
			return "value"
		}
		return "number"
	case kindNegate, kindArray, kindObject:
		return "unary"
	}
	return typeNames[n.kind]
}

var typeNames = map[kind]string{
	kindPath:        "path",
	kindBinary:      "binary",
	kindName:        "name",
	kindWildcard:    "wildcard",
	kindDescendant:  "descendant",
	kindParent:      "parent",
	kindCondition:   "condition",
	kindBlock:       "block",
	kindBind:        "bind",
	kindRegexp:      "regex",
	kindVariable:    "variable",
	kindCall:        "function",
	kindPartial:     "partial",
	kindPlaceholder: "operator",
	kindLambda:      "lambda",
	kindThunk:       "lambda",
	kindApply:       "apply",
	kindTransform:   "transform",
	kindSort:        "sort",
}
