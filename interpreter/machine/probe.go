package machine

import (
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

// Probe looks into one state: with a probe in the [Result], the execution ends
// where its first state is left, and the probe says what the state's fields made
// on the way. Package interpreter/teststate is built on it.
//
// With a probe the causes of failures do not say in which state they happened
// (recorded of TestState).
type Probe struct {
	// Context, if not nil, is the context object, in place of the execution's.
	Context *value.Object
	// Retries is how often each Retrier of the state has tried again before.
	Retries int32
	// Answer gives the result of a Parallel or Map state, whose branches or
	// iterations are not run: a TaskSucceeded or a TaskFailed. It must be set for
	// such a state. After an [ErrValue] for its Output the execution must not be
	// used.
	Answer func() Event
	// Read says that a Map state has its Items from elsewhere than its input.
	Read  bool
	Items []any // of a Map; those that it selected are put here

	// Data is what was made on the way, under the names of TestState's
	// inspection data. It must be set.
	Data *value.Object

	// What happened.
	Left         bool // the state was left, for Next
	Output       any
	Next         string // empty: nowhere
	Variables    *value.Object
	Error, Cause *string // of the state's failure, whatever became of it
	Retrier      int     // the index of the one that matched the failure, plus 1
	Retried      bool    // by that Retrier, after Delay
	Delay        time.Duration
	Catcher      int // the index of the one that matched the failure, plus 1
}

// show tells the probe, if there is one, what a field made.
func (s *step) show(name string, v any) {
	if p := s.r.Probe; p != nil {
		p.made(name, v)
	}
}

// made is no part of show, so that show is inlined.
//
//go:noinline
func (p *Probe) made(name string, v any) { p.Data.Set(name, v) }

func (p *Probe) left(program *Program, sc *Scope, next int32) {
	p.Left, p.Output, p.Variables = true, sc.Input, sc.Vars
	if next >= 0 {
		p.Next = program.states[next].name
	}
}

// failed keeps the first failure: a Catcher may make another one.
func (p *Probe) failed(f *failure) {
	if p.Error == nil && p.Cause == nil {
		p.Error, p.Cause = f.err, f.cause
	}
}

// inputPath is the input after InputPath, and Input in a JSONata state.
func (s *step) inputPath(slot int32, sc *Scope, st *state) (any, *failure) {
	input, failure := s.selectPath(slot, &st.inputPath, sc.Input)
	if failure == nil && st.query == nil {
		s.show("afterInputPath", input)
	}
	return input, failure
}

// answered ends a Parallel or Map with what the probe says.
func (s *step) answered(slot int32) {
	ev := s.r.Probe.Answer()
	if _, s.err = s.p.admitEvent("Probe.Answer: Event.Output", &ev); s.err != nil {
		return
	}
	if ev.Kind == TaskFailed {
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
