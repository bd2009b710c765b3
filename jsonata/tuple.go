package jsonata

// A path that binds variables with @ or #, or that a % refers back along,
// carries tuples instead of values. A tuple is a frame: slot 0 is the context
// value, and the other slots are the variables that the paths of the expression
// bind. So the code of the next step runs in the tuple itself.

// newTuple returns a tuple that binds only the context.
func (st *state) newTuple(up *frame, context any) *frame {
	f := st.newFrame(up, 1+st.expr.labels, 1, true)
	f.vars[0] = context
	return f
}

// copyTuple copies a tuple.
func (st *state) copyTuple(t *frame) *frame {
	f := st.newFrame(t.up, len(t.vars), len(t.vars), true)
	copy(f.vars, t.vars)
	return f
}

// walkTuples continues at step i, which carries tuples.
func (p *path) walkTuples(st *state, fr *frame, i int, list []any) any {
	tuples := make([]any, 0, st.chargeHint(len(list)))
	for _, item := range list {
		tuples = append(tuples, st.newTuple(fr, item))
	}
	for first := true; i < len(p.steps); i, first = i+1, false {
		s := &p.steps[i]
		if s.sort != nil {
			tuples = s.sort.sortItems(st, fr, tuples, true)
			if first && s.index > 0 {
				for j, t := range tuples {
					t.(*frame).vars[s.index] = int64(j)
				}
			}
		} else {
			tuples = s.evalStepTuples(st, tuples)
		}
		var result any = &array{items: tuples, sequence: true, tuples: true}
		for j := range s.stages {
			result = s.stages[j].applyPredicate(st, fr, result)
		}
		tuples, _ = items(result)
	}
	switch {
	case p.stream:
		return &array{items: tuples, sequence: true, tuples: true, keep: p.keep}
	case p.group != nil:
		return p.group.evalGroups(st, fr, &array{items: tuples, sequence: true, tuples: true})
	}
	return p.finishSequence(st, fr, tupleContexts(st, tuples))
}

// tupleContexts returns the context values of tuples.
func tupleContexts(st *state, tuples []any) []any {
	list := st.makeList(len(tuples))
	for _, t := range tuples {
		if f, ok := t.(*frame); ok {
			t = f.vars[0]
		}
		list = append(list, t)
	}
	return list
}

// evalStepTuples evaluates a step in each tuple. Each result becomes a tuple.
func (s *step) evalStepTuples(st *state, tuples []any) []any {
	st.step(sizeTimes(int(s.steps), len(tuples)))
	var results []any
	for _, t := range tuples {
		tuple := t.(*frame)
		v := s.eval(st, tuple, tuple.vars[0])
		if isUndefined(v) {
			continue
		}
		list, ok := items(v)
		if !ok {
			list = []any{v}
		}
		a, _ := v.(*array)
		st.step(len(list))
		for i, item := range list {
			next := st.copyTuple(tuple)
			if inner, ok := item.(*frame); ok && a != nil && a.tuples {
				for slot, v := range inner.vars {
					if !isUnset(v) {
						next.vars[slot] = v
					}
				}
			} else {
				if s.focus > 0 {
					next.vars[s.focus] = item
				} else {
					next.vars[0] = item
				}
				if s.index > 0 {
					next.vars[s.index] = int64(i)
				}
				if s.ancestor > 0 {
					next.vars[s.ancestor] = tuple.vars[0]
				}
			}
			results = st.appendItem(results, next)
		}
	}
	return results
}
