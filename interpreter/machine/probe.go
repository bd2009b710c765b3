package machine

import "github.com/gostates/gostates/value"

// showProbe passes an intermediate value to the probe, if there is one.
func (s *step) showProbe(name string, v any) {
	if p := s.r.Probe; p != nil {
		p.Show(name, v)
	}
}

// leaveProbe tells the probe that a state was left, for next.
func (s *step) leaveProbe(sc *scope, next int32) {
	name := ""
	if next >= 0 {
		name = s.p.states[next].name
	}
	s.r.Probe.Leave(sc.input, sc.vars, name)
}

// answerContainer ends a Parallel or Map state with the probe's answer.
func (s *step) answerContainer(slot int32) {
	answer := s.r.Probe.Answer()
	ev := Event{Kind: TaskSucceeded, Output: answer.Output, Error: answer.Error, Cause: answer.Cause}
	if answer.Failed {
		ev.Kind = TaskFailed
	}
	if _, s.err = s.p.measureEvent("Probe.Answer: Output", &ev); s.err != nil {
		return
	}
	if answer.Failed {
		s.failState(slot, failureOf(ev.Error, ev.Cause))
		return
	}
	s.finishState(slot, ev.Output)
}

// probeMap evaluates the inputs of all iterations and ends a Map state.
func (s *step) probeMap(slot int32, st *state, input any, items []any) {
	s.r.Probe.Items = items
	if selector := st.iterate.selector; selector != nil {
		selected, failed := s.probeItems(slot, selector, input, items)
		if failed != nil {
			s.failState(slot, failed)
			return
		}
		s.showProbe("afterItemSelector", selected)
	}
	s.answerContainer(slot)
}

func (s *step) probeItems(slot int32, selector payload, input any, items []any) ([]any, *failure) {
	p := s.r.Probe
	context := p.Context
	defer func() { p.Context = context }()
	if context == nil {
		context = s.contextObject(slot)
	}
	outer := context
	selected := make([]any, len(items))
	for i, item := range items {
		p.Context = outer.With("Map", value.ObjectOf(value.Member{Key: "Item", Value: value.ObjectOf(
			value.Member{Key: "Index", Value: int64(i)},
			value.Member{Key: "Value", Value: item})}))
		var failed *failure
		if selected[i], failed = selector.evaluate(s, slot, input); failed != nil {
			return nil, failed
		}
	}
	return selected, nil
}
