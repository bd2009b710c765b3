package jsonata

import "strconv"

// newSlot returns the slot of a % whose step is not found yet.
func (p *parser) newSlot() *slot {
	s := &slot{label: "!" + strconv.Itoa(p.labels), level: 1, index: p.labels}
	p.labels++
	return s
}

// parentSeekers returns the slots within n whose steps are outside of n.
func (n *node) parentSeekers() []*slot {
	if n.kind == kindParent {
		return append(n.seekingParent[:len(n.seekingParent):len(n.seekingParent)], n.slot)
	}
	return n.seekingParent
}

// inheritSeekers adds the slots of a part to those of n.
func (p *parser) inheritSeekers(n, part *node) {
	slots := part.parentSeekers()
	if slots == nil {
		return
	}
	d := p.rareOf(n)
	if d.seekingParent == nil {
		d.seekingParent = slots
	} else {
		p.chargeTree(8 * len(slots))
		d.seekingParent = append(d.seekingParent, slots...)
	}
}

// resolveParents searches a path from right to left for the steps of the slots
// of its last step. Slots without a step become slots of the path.
func (p *parser) resolveParents(path *node) {
	steps := path.steps
	for _, s := range steps[len(steps)-1].parentSeekers() {
		i := len(steps) - 2
		for s.level > 0 {
			if i < 0 {
				d := p.rareOf(path)
				d.seekingParent = append(d.seekingParent, s)
				break
			}
			step := steps[i]
			i--
			// Of consecutive steps that bind their focus, only the first
			// counts.
			for i >= 0 && step.focus != "" && steps[i].focus != "" {
				step = steps[i]
				i--
			}
			p.seekParent(step, s)
		}
	}
}

// seekParent offers a step to a slot. A name takes the slot one level up, a %
// one level down.
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
			p.rareOf(n).ancestor = s
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

// typeName returns jsonata-js's name for the type of a node.
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
