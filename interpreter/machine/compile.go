package machine

import (
	"math"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/retry"
)

// Compile compiles a definition that asl.Parse has accepted. The error is an
// asl.ErrorList: features that this version cannot run, or that an EXPRESS machine
// cannot have.
func Compile(m *asl.StateMachine, o Options) (*Program, error) {
	text, err := asl.MarshalUncommented(m)
	if err != nil {
		return nil, err
	}
	p, errs := compileMachine(m, o, func(p *Program) string { return digestOf(text, &p.options, &p.limits) })
	if len(errs) > 0 {
		return nil, errs
	}
	return p, nil
}

// compileMachine compiles a machine, or the processor of a Map state.
func compileMachine(m *asl.StateMachine, o Options, digest func(*Program) string) (*Program, asl.ErrorList) {
	p := &Program{machine: m, options: o, limits: o.Limits.resolveDefaults(o.Express)}
	p.resolveIdentity()
	p.origin = &origin{digest: digest(p)}
	p.lastID = uint32(min(int64(p.limits.HistoryEvents), math.MaxUint32))
	p.timeout = time.Duration(m.TimeoutSeconds.Or(0)) * time.Second
	if d := p.limits.Duration; d > 0 && (p.timeout == 0 || d < p.timeout) {
		p.timeout = d
	}
	c := compiler{p: p}
	if o.Express && !o.EveryResource {
		c.errors = asl.CheckType(m, asl.Express)
	}
	p.start = c.compileStates(m.States, m.StartAt)
	return p, c.errors
}

// compiler compiles all states of a definition, including nested ones, into one
// slice.
type compiler struct {
	p      *Program
	errors asl.ErrorList
}

// stateIndexes maps the names of one States object to indexes of Program.states.
type stateIndexes struct {
	list   []asl.State
	base   int            // the index of the first of them
	byName map[string]int // nil for a list of at most fewStates
}

// fewStates are found without a map.
const fewStates = 12

func newStateIndexes(list []asl.State, base int) stateIndexes {
	s := stateIndexes{list: list, base: base}
	if len(list) > fewStates {
		s.byName = make(map[string]int, len(list))
		for i, st := range list {
			s.byName[st.Base().Name] = base + i
		}
	}
	return s
}

func (s *stateIndexes) resolveTarget(o asl.Opt[string]) int32 {
	if !o.IsSet() {
		return none
	}
	if s.byName != nil {
		if i, ok := s.byName[o.Value]; ok {
			return int32(i)
		}
		return none
	}
	for i := len(s.list) - 1; i >= 0; i-- { // the last of a name counts, as in a map
		if s.list[i].Base().Name == o.Value {
			return int32(s.base + i)
		}
	}
	return none
}

// compileStates compiles a States object and returns the index of its first state.
func (c *compiler) compileStates(states *asl.States, startAt asl.Opt[string]) int32 {
	base := len(c.p.states)
	names := newStateIndexes(states.List, base)
	c.p.states = append(c.p.states, make([]state, len(states.List))...)
	for i, st := range states.List {
		nested := len(c.p.states)
		compiled := c.compileState(st, &names) // may append nested states
		for j := nested; j < len(c.p.states); j++ {
			if c.p.states[j].outer == none {
				c.p.states[j].outer = int32(base + i)
			}
		}
		c.p.states[base+i] = compiled
	}
	return names.resolveTarget(startAt)
}

func (c *compiler) compileState(source asl.State, names *stateIndexes) state {
	base := source.Base()
	st := state{
		name:    base.Name,
		next:    none,
		outer:   none,
		entered: history.EnteredType(base.Type),
		exited:  history.ExitedType(base.Type),
	}
	if base.Language == asl.JSONata {
		st.query = c.compileQuery(source)
	}
	switch source := source.(type) {
	case *asl.PassState:
		st.kind, st.pass = kindPass, source
		st.compileDataFlow(&source.DataFlow, &source.Transition, source.Assign, names)
		st.parameters = c.compilePayload(&st, source.Node, source.Parameters, asl.Opt[asl.Template]{}, "")
		st.resultPath = compilePath(source.ResultPath)
		st.plain = st.keepsResult() && source.Result.Value == nil && st.parameters == nil && st.inputPath.isAbsent()
	case *asl.TaskState:
		st.kind = kindTask
		st.compileDataFlow(&source.DataFlow, &source.Transition, source.Assign, names)
		c.compileWork(&st, source.Node, &source.Work, names)
		st.task = c.compileTask(source, &st)
		st.plain = st.keepsResult()
	case *asl.ChoiceState:
		st.kind = kindChoice
		st.compileDataFlow(&source.DataFlow, &asl.Transition{}, source.Assign, names)
		st.choice = &choice{rules: c.compileRules(source.Choices, names, "Choices"), fallback: names.resolveTarget(source.Default)}
		st.choice.known = shareVariables(st.choice.rules)
		addJumps(st.choice.rules)
	case *asl.WaitState:
		st.kind, st.wait = kindWait, compileWait(source)
		st.compileDataFlow(&source.DataFlow, &source.Transition, source.Assign, names)
	case *asl.SucceedState:
		st.kind = kindSucceed
		st.compileDataFlow(&source.DataFlow, &asl.Transition{}, asl.Opt[asl.Template]{}, names)
	case *asl.FailState:
		st.kind, st.fail = kindFail, source
	case *asl.ParallelState:
		st.kind = kindParallel
		st.compileDataFlow(&source.DataFlow, &source.Transition, source.Assign, names)
		c.compileWork(&st, source.Node, &source.Work, names)
		for _, b := range source.Branches {
			st.parallel = append(st.parallel, c.compileStates(b.States, b.StartAt))
		}
	case *asl.MapState:
		st.kind = kindMap
		st.compileDataFlow(&source.DataFlow, &source.Transition, source.Assign, names)
		c.compileWork(&st, source.Node, &source.Work, names)
		st.iterate = c.compileMap(source, &st)
	}
	return st
}

func (c *compiler) compileWork(st *state, n asl.Node, w *asl.Work, names *stateIndexes) {
	st.parameters = c.compilePayload(st, n, w.Parameters, w.Arguments, "Arguments")
	st.resultSelector = compileTemplate(w.ResultSelector)
	st.resultPath = compilePath(w.ResultPath)
	st.retry = retry.Compile(w.Retry)
	st.catch = retry.CompileCatch(w.Catch)
	st.catchers = c.compileCatchers(st, n, w.Catch, names)
}
