package machine

import (
	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

// show tells the probe, if there is one, what a field made.
func (s *step) show(name string, v any) {
	if p := s.r.Probe; p != nil {
		p.Show(name, v)
	}
}

// leaveProbe tells the probe that the state of a scope was left, for next.
func (s *step) leaveProbe(sc *scope, next int32) {
	name := ""
	if next >= 0 {
		name = s.p.states[next].name
	}
	s.r.Probe.Leave(sc.input, sc.vars, name)
}

// inputPath is the input after InputPath, and Input in a JSONata state.
func (s *step) inputPath(slot int32, sc *scope, st *state) (any, *failure) {
	input, failure := s.selectPath(slot, &st.inputPath, sc.input)
	if failure == nil && st.query == nil {
		s.show("afterInputPath", input)
	}
	return input, failure
}

// answered ends a Parallel or Map with what the probe says.
func (s *step) answered(slot int32) {
	answer := s.r.Probe.Answer()
	ev := Event{Kind: TaskSucceeded, Output: answer.Output, Error: answer.Error, Cause: answer.Cause}
	if answer.Failed {
		ev.Kind = TaskFailed
	}
	if _, s.err = s.p.admitEvent("Probe.Answer: Output", &ev); s.err != nil {
		return
	}
	if answer.Failed {
		s.fail(slot, failed(ev.Error, ev.Cause))
		return
	}
	s.finish(slot, ev.Output)
}

// probeMap is what is left of a Map under a probe: the inputs of the iterations.
func (s *step) probeMap(slot int32, st *state, input any, items []any) {
	s.r.Probe.Items = items
	selector, query := st.iterate.selector, st.query
	if selector != nil || query != nil && query.selector != nil {
		selected, failure := s.probeItems(slot, selector, query, input, items)
		if failure != nil {
			s.fail(slot, failure)
			return
		}
		s.show("afterItemSelector", selected)
	}
	s.answered(slot)
}

func (s *step) probeItems(slot int32, selector *asl.TemplateNode, query *query, input any, items []any) ([]any, *failure) {
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
		var failure *failure
		if query != nil {
			selected[i], failure = s.see(slot, input).data(query.selector)
		} else {
			selected[i], failure = s.evaluate(slot, selector, input)
		}
		if failure != nil {
			return nil, failure
		}
	}
	return selected, nil
}
