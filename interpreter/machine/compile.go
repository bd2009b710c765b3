package machine

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/internal/arn"
	"github.com/gostates/gostates/jsonpath"
	"github.com/gostates/gostates/retry"
	"github.com/gostates/gostates/value"
)

// Compile makes a Program of a definition that asl.Parse found no error in. The
// error is an asl.ErrorList of what this version cannot run, or what an EXPRESS
// machine cannot have.
func Compile(m *asl.StateMachine, o Options) (*Program, error) {
	text, err := asl.MarshalUncommented(m)
	if err != nil {
		return nil, err
	}
	p := &Program{machine: m, options: o, limits: o.Limits.resolve(o.Express)}
	p.identify()
	p.digest = digestOf(text, &p.options, &p.limits)
	p.lastID = uint32(min(int64(p.limits.HistoryEvents), math.MaxUint32))
	p.timeout = time.Duration(m.TimeoutSeconds.Or(0)) * time.Second
	if d := p.limits.Duration; d > 0 && (p.timeout == 0 || d < p.timeout) {
		p.timeout = d
	}
	c := compiler{p: p}
	if o.Express && !o.EveryResource {
		c.errors = asl.CheckType(m, asl.Express)
	}
	p.start = c.states(m.States, m.StartAt)
	if len(c.errors) > 0 {
		return nil, c.errors
	}
	return p, nil
}

// identify fills in who the machine is.
func (p *Program) identify() {
	const region, account = "us-east-1", "000000000000"
	o := &p.options
	o.StateMachineArn, o.StateMachineName, o.RoleArn = valid(o.StateMachineArn), valid(o.StateMachineName), valid(o.RoleArn)
	if o.StateMachineArn == "" {
		o.StateMachineName = cmp.Or(o.StateMachineName, "StateMachine")
		o.StateMachineArn = "arn:aws:states:" + region + ":" + account + ":stateMachine:" + o.StateMachineName
	}
	if o.StateMachineName == "" {
		o.StateMachineName = o.StateMachineArn[strings.LastIndexByte(o.StateMachineArn, ':')+1:]
	}
	o.RoleArn = cmp.Or(o.RoleArn, "arn:aws:iam::"+account+":role/"+o.StateMachineName)
	p.region = region
	if a, _ := arn.Parse(o.StateMachineArn); a.Region != "" {
		p.region = a.Region
	}
	kind := ":execution:"
	if o.Express {
		kind = ":express:"
	}
	p.arn = strings.Replace(o.StateMachineArn, ":stateMachine:", kind, 1) + ":"
	p.started = history.Started{RoleArn: o.RoleArn}
	p.machineContext = value.ObjectOf(
		value.Member{Key: "Id", Value: o.StateMachineArn},
		value.Member{Key: "Name", Value: o.StateMachineName})
}

// compiler lowers the states of a definition, nested ones too, into one slice.
type compiler struct {
	p      *Program
	errors asl.ErrorList
}

// scope gives the states of one States object their indexes.
type stateIndexes map[string]int32

func (s stateIndexes) target(o asl.Opt[string]) int32 {
	if i, ok := s[o.Value]; ok && o.IsSet() {
		return i
	}
	return none
}

// states compiles one States object and returns the state that it starts at.
func (c *compiler) states(states *asl.States, startAt asl.Opt[string]) int32 {
	base := len(c.p.states)
	names := make(stateIndexes, len(states.List))
	for i, st := range states.List {
		names[st.Base().Name] = int32(base + i)
	}
	c.p.states = append(c.p.states, make([]state, len(states.List))...)
	for i, st := range states.List {
		nested := len(c.p.states)
		compiled := c.state(st, names) // may append nested states
		for j := nested; j < len(c.p.states); j++ {
			if c.p.states[j].outer == none {
				c.p.states[j].outer = int32(base + i)
			}
		}
		c.p.states[base+i] = compiled
	}
	return names.target(startAt)
}

func (c *compiler) unsupported(n asl.Node, what string) {
	c.errors = append(c.errors, asl.Diagnostic{
		Severity: asl.SeverityError,
		Code:     "UNSUPPORTED",
		Message:  what + " cannot be run by this version",
		Location: n.Location,
		Pos:      n.Pos,
	})
}

func (c *compiler) state(source asl.State, names stateIndexes) state {
	base := source.Base()
	st := state{
		name:    base.Name,
		next:    none,
		outer:   none,
		entered: history.EnteredType(base.Type),
		exited:  history.ExitedType(base.Type),
	}
	if base.Language == asl.JSONata {
		st.query = c.query(source)
	}
	switch source := source.(type) {
	case *asl.PassState:
		st.kind, st.pass = kindPass, source
		st.flow(&source.DataFlow, &source.Transition, source.Assign, names)
		st.parameters = template(source.Parameters)
		st.resultPath = path(source.ResultPath)
		st.plain = st.keepsResult() && source.Result.Value == nil && st.parameters == nil && st.inputPath.absent()
	case *asl.TaskState:
		st.kind = kindTask
		st.flow(&source.DataFlow, &source.Transition, source.Assign, names)
		c.work(&st, source.Node, &source.Work, names)
		st.task = c.task(source)
		st.plain = st.keepsResult()
	case *asl.ChoiceState:
		st.kind = kindChoice
		st.flow(&source.DataFlow, &asl.Transition{}, source.Assign, names)
		st.choice = &choice{rules: c.rules(source.Choices, names, "Choices"), fallback: names.target(source.Default)}
	case *asl.WaitState:
		st.kind, st.wait = kindWait, compileWait(source)
		st.flow(&source.DataFlow, &source.Transition, source.Assign, names)
	case *asl.SucceedState:
		st.kind = kindSucceed
		st.flow(&source.DataFlow, &asl.Transition{}, asl.Opt[asl.Template]{}, names)
	case *asl.FailState:
		st.kind, st.fail = kindFail, source
	case *asl.ParallelState:
		st.kind = kindParallel
		st.flow(&source.DataFlow, &source.Transition, source.Assign, names)
		c.work(&st, source.Node, &source.Work, names)
		for _, b := range source.Branches {
			st.parallel = append(st.parallel, c.states(b.States, b.StartAt))
		}
	case *asl.MapState:
		st.kind = kindMap
		st.flow(&source.DataFlow, &source.Transition, source.Assign, names)
		c.work(&st, source.Node, &source.Work, names)
		st.iterate = c.iterate(source, &st)
	}
	return st
}

func (st *state) flow(f *asl.DataFlow, t *asl.Transition, assign asl.Opt[asl.Template], names stateIndexes) {
	st.inputPath, st.outputPath = path(f.InputPath), path(f.OutputPath)
	st.assign = template(assign)
	if !t.End.Value {
		st.next = names.target(t.Next)
	}
}

// keepsResult reports whether the result of a state is its output, and is assigned
// to nothing.
func (st *state) keepsResult() bool {
	if q := st.query; q != nil {
		return q.output == nil && q.assign == nil
	}
	return st.assign == nil && st.resultSelector == nil && st.resultPath.absent() && st.outputPath.absent()
}

func (c *compiler) work(st *state, n asl.Node, w *asl.Work, names stateIndexes) {
	st.parameters = template(w.Parameters)
	st.resultSelector = template(w.ResultSelector)
	st.resultPath = path(w.ResultPath)
	st.retry = retry.Compile(w.Retry)
	st.catch = retry.CompileCatch(w.Catch)
	for i := range w.Catch {
		to := catcher{
			next:       names.target(w.Catch[i].Next),
			resultPath: path(w.Catch[i].ResultPath),
			assign:     template(w.Catch[i].Assign),
		}
		if st.query != nil {
			location := fmt.Sprintf("Catch[%d]/", i)
			to.query = &query{
				output: c.data(n, w.Catch[i].Output, location+"Output"),
				assign: c.data(n, w.Catch[i].Assign, location+"Assign"),
			}
		}
		st.catchers = append(st.catchers, to)
	}
}

// path compiles a path field; "$" is the same as no field.
func path(o asl.Opt[asl.Path]) field {
	if o.IsNull() {
		return field{null: true}
	}
	p := o.Value.Parsed
	if p == nil || p.IsRoot() && p.String() == "$" {
		return field{}
	}
	return field{path: p}
}

// numberPath compiles a path to a number, of which "$" says as much as any other.
func numberPath(o asl.Opt[asl.Path]) field { return field{path: o.Value.Parsed} }

// template compiles a payload template. One without anything to evaluate is a
// literal.
func template(o asl.Opt[asl.Template]) *asl.TemplateNode {
	if !o.IsSet() {
		return nil
	}
	if o.Value.Root != nil {
		return o.Value.Root
	}
	return &asl.TemplateNode{Literal: o.Value.Source}
}

func (c *compiler) task(source *asl.TaskState) *task {
	t := &task{
		resource:    ParseResource(source.Resource.Value),
		credentials: template(source.Credentials),
		timeout:     seconds{"TimeoutSecondsPath", source.TimeoutSeconds.Value.Value, numberPath(source.TimeoutSecondsPath)},
		heartbeat:   seconds{"HeartbeatSecondsPath", source.HeartbeatSeconds.Value.Value, numberPath(source.HeartbeatSecondsPath)},
	}
	t.resource.Region = c.p.region
	if t.resource.Kind == Service {
		t.resource.events.Region = c.p.region
	}
	for _, name := range c.p.options.Activities {
		if name == t.resource.Name {
			t.resource.Kind = Activity
		}
	}
	return t
}

func (c *compiler) iterate(source *asl.MapState, st *state) *iterate {
	processor := source.Processor()
	if processor.Distributed() {
		c.unsupported(source.Node, "A Map state in DISTRIBUTED mode")
		return nil
	}
	m := &iterate{
		itemsPath:   path(source.ItemsPath),
		selector:    template(source.ItemSelector),
		width:       int32(min(source.MaxConcurrency.Value.Value, 1<<31-1)),
		widthPath:   numberPath(source.MaxConcurrencyPath),
		countPath:   numberPath(source.ToleratedFailureCountPath),
		percentPath: numberPath(source.ToleratedFailurePercentagePath),
	}
	if st.parameters != nil { // the older form of ItemSelector
		m.selector, st.parameters = st.parameters, nil
	}
	m.selects = m.selector != nil || st.query != nil && st.query.selector != nil
	for _, unsupported := range []struct {
		set  bool
		name string
	}{
		{source.ItemReader != nil, "ItemReader"},
		{source.ItemBatcher != nil, "ItemBatcher"},
		{source.ResultWriter != nil, "ResultWriter"},
	} {
		if unsupported.set {
			c.unsupported(source.Node, unsupported.name+", which belongs to a Map state in DISTRIBUTED mode,")
		}
	}
	m.first = c.states(processor.States, processor.StartAt)
	return m
}

// query compiles what only a JSONata state has.
func (c *compiler) query(source asl.State) *query {
	q := new(query)
	n := source.Base().Node
	leaving := func(f *asl.DataFlow, assign asl.Opt[asl.Template]) {
		q.output, q.assign = c.data(n, f.Output, "Output"), c.data(n, assign, "Assign")
	}
	switch source := source.(type) {
	case *asl.PassState:
		leaving(&source.DataFlow, source.Assign)
	case *asl.TaskState:
		leaving(&source.DataFlow, source.Assign)
		q.arguments = c.data(n, source.Arguments, "Arguments")
		q.credentials = c.data(n, source.Credentials, "Credentials")
		q.timeout = c.integer(n, source.TimeoutSeconds, "TimeoutSeconds")
		q.heartbeat = c.integer(n, source.HeartbeatSeconds, "HeartbeatSeconds")
	case *asl.ChoiceState:
		leaving(&source.DataFlow, source.Assign)
	case *asl.WaitState:
		leaving(&source.DataFlow, source.Assign)
		q.seconds = c.integer(n, source.Seconds, "Seconds")
		q.timestamp = c.expression(n, source.Timestamp.Value.Expression, "Timestamp")
	case *asl.SucceedState:
		leaving(&source.DataFlow, asl.Opt[asl.Template]{})
	case *asl.FailState:
		q.err = c.expression(n, source.Error.Value.Expression, "Error")
		q.cause = c.expression(n, source.Cause.Value.Expression, "Cause")
	case *asl.ParallelState:
		leaving(&source.DataFlow, source.Assign)
		q.arguments = c.data(n, source.Arguments, "Arguments")
	case *asl.MapState:
		leaving(&source.DataFlow, source.Assign)
		q.items = c.data(n, source.Items, "Items")
		q.selector = c.data(n, source.ItemSelector, "ItemSelector")
		q.width = c.integer(n, source.MaxConcurrency, "MaxConcurrency")
		q.count = c.integer(n, source.ToleratedFailureCount, "ToleratedFailureCount")
		q.percent = c.expression(n, source.ToleratedFailurePercentage.Value.Expression, "ToleratedFailurePercentage")
	}
	return q
}

func (c *compiler) rules(source []asl.ChoiceRule, names stateIndexes, location string) []rule {
	compiled := make([]rule, len(source))
	for i := range source {
		compiled[i] = c.rule(&source[i], names, fmt.Sprintf("%s[%d]", location, i))
	}
	return compiled
}

func (c *compiler) rule(source *asl.ChoiceRule, names stateIndexes, location string) rule {
	r := rule{next: names.target(source.Next), assign: template(source.Assign)}
	switch {
	case source.Condition.IsSet():
		b := &source.Condition.Value
		r.condition = &data{literal: b.Value, expr: c.expression(source.Node, b.Expression, location+"/Condition")}
		r.query = &query{
			output: c.data(source.Node, source.Output, location+"/Output"),
			assign: c.data(source.Node, source.Assign, location+"/Assign"),
		}
	case source.And != nil:
		r.combine, r.rules = and, c.rules(source.And, names, location)
	case source.Or != nil:
		r.combine, r.rules = or, c.rules(source.Or, names, location)
	case source.Not != nil:
		r.combine, r.rules = not, []rule{c.rule(source.Not, names, location)}
	default:
		r.variable = source.Variable.Value.Parsed
		r.simple = r.variable != nil && r.variable.Root() == jsonpath.Input && r.variable.Definite()
		r.compare = comparisons[source.Operator]
		r.operand = newOperand(source.Operand)
		r.path = source.OperandPath.Value.Parsed
		r.numeric = strings.HasPrefix(source.Operator, "Numeric")
		if pattern, ok := source.Operand.(string); ok && source.Operator == "StringMatches" {
			r.dangling = (len(pattern)-len(strings.TrimRight(pattern, `\`)))%2 == 1
		}
	}
	return r
}
