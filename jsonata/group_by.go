package jsonata

import "github.com/gostates/gostates/value"

// A grouping is the inside of { ... }: pairs of a key and a value, for one
// context or for the groups of a list.
type grouping struct {
	pairs  []groupPair
	pos    int
	tuples bool // the code runs in the frame of a tuple
	steps  int  // of work, for each item
	// fixed is set if the keys are different literals. pairs are then in the
	// order of the result.
	fixed bool
}

type groupPair struct {
	key, value evalFn
	literal    string
}

func (c *compiler) compileGrouping(g *group, tuples bool) *grouping {
	return c.compilePairs(g.pairs, g.pos, tuples)
}

func (c *compiler) compilePairs(pairs []pair, pos int, tuples bool) *grouping {
	g := &grouping{pos: pos, tuples: tuples, fixed: !tuples && !c.generalOnly}
	seen := value.NewObject(len(pairs))
	compile := func() {
		for _, p := range pairs {
			gp := groupPair{key: c.compileNode(p.key), value: c.compileNode(p.value)}
			s, ok := p.key.literal.(string)
			if !ok || p.key.kind != kindLiteral || len(p.key.predicate) > 0 || p.key.group != nil || seen.Has(s) {
				g.fixed = false
			}
			gp.literal = s
			seen.Set(s, nil)
			g.pairs = append(g.pairs, gp)
		}
	}
	g.steps = 1 + c.weighNodes(func() {
		if tuples {
			c.compileInTuple(compile)
		} else {
			c.compileIterated(compile)
		}
	})
	if g.fixed {
		sorted := make([]groupPair, 0, len(g.pairs))
		for i := range orderedIndexes(seen) {
			sorted = append(sorted, g.pairs[i])
		}
		g.pairs = sorted
	}
	return g
}

// compileGrouped compiles { ... } after an expression other than a path.
func (c *compiler) compileGrouped(n *node, eval evalFn) evalFn {
	g := c.compileGrouping(n.group, n.tuple)
	return func(st *state, fr *frame, in any) any { return g.evalGroups(st, fr, eval(st, fr, in)) }
}

// A member is a key of the result under construction.
type member struct {
	key   string
	pair  int
	first any   // the only item of the group
	list  []any // all items, once there are several
}

// addItem adds an item to the group. An array is joined by its elements, as in
// $append.
func (m *member) addItem(st *state, item any) {
	switch {
	case isUndefined(item):
	case m.list == nil && isUndefined(m.first):
		m.first = item
	default:
		if m.list == nil {
			m.list = st.appendAll(nil, m.first)
		}
		m.list = st.appendAll(m.list, item)
	}
}

func (st *state) appendAll(list []any, v any) []any {
	if more, ok := items(v); ok {
		return st.appendItems(list, more)
	}
	return st.appendItem(list, v)
}

func (g *grouping) evalGroups(st *state, fr *frame, in any) any {
	st.built++
	if g.fixed && !isArray(in) {
		return g.constructObject(st, fr, in)
	}
	list, ok := items(in)
	if !ok {
		list = []any{in}
	}
	if len(list) == 0 {
		list = []any{Undefined}
	}
	st.step(sizeTimes(g.steps, len(list)))
	var members []member
	var index map[string]int
	for _, item := range list {
		env, context := g.enterItem(st, fr, item)
		for i := range g.pairs {
			key, ok := g.checkKey(g.pairs[i].key(st, env, context))
			if !ok {
				continue
			}
			at, found := findMember(members, index, key)
			if !found {
				st.keepBytes(240 + len(key))
				st.step(memberSteps)
				if len(members) == 16 {
					index = make(map[string]int, 32)
					for i, m := range members {
						index[m.key] = i
					}
				}
				if index != nil {
					index[key] = len(members)
				}
				members = append(members, member{key: key, pair: i, first: item})
				continue
			}
			if members[at].pair != i {
				e := failValue("D1009", key)
				e.Pos = g.pos
				panic(e)
			}
			members[at].addItem(st, item)
		}
	}
	keys := value.NewObject(len(members))
	for i := range members {
		keys.Set(members[i].key, i)
	}
	result := st.newObject(len(members))
	for at := range orderedIndexes(keys) {
		m := &members[at]
		item := m.first
		if m.list != nil {
			item = m.list
		}
		env, context := g.enterItem(st, fr, item)
		if m.list != nil && g.tuples {
			env = joinTuples(st, m.list)
			context = env.vars[0]
		}
		if v := g.pairs[m.pair].value(st, env, context); !isUndefined(v) {
			st.noteMixed(v)
			result.Set(m.key, v)
		}
	}
	return result
}

// enterItem returns the frame and the context for an item.
func (g *grouping) enterItem(st *state, fr *frame, item any) (*frame, any) {
	if t, ok := item.(*frame); ok {
		return t, t.vars[0]
	}
	if g.tuples {
		return st.newTuple(fr, item), item
	}
	return fr, item
}

// checkKey returns false for an undefined key, whose pair is omitted, and
// throws if a key is not a string.
func (g *grouping) checkKey(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case undefinedType:
		return "", false
	}
	e := failValue("T1003", v)
	e.Pos = g.pos
	panic(e)
}

func findMember(members []member, index map[string]int, key string) (int, bool) {
	if index != nil {
		i, ok := index[key]
		return i, ok
	}
	for i := range members {
		if members[i].key == key {
			return i, true
		}
	}
	return 0, false
}

// joinTuples joins the tuples of a group: each variable holds all their values.
func joinTuples(st *state, tuples []any) *frame {
	first := tuples[0].(*frame)
	joined := st.copyTuple(first)
	for slot := range joined.vars {
		m := member{first: first.vars[slot]}
		if isUnset(m.first) {
			m.first = Undefined
		}
		for _, t := range tuples[1:] {
			if v := t.(*frame).vars[slot]; !isUnset(v) {
				m.addItem(st, v)
			}
		}
		switch {
		case m.list != nil:
			joined.vars[slot] = m.list
		case !isUndefined(m.first):
			joined.vars[slot] = m.first
		}
	}
	return joined
}
