package asl

import (
	"maps"
	"slices"

	"github.com/gostates/gostates/asl/value"
	"github.com/gostates/gostates/intrinsics"
	"github.com/gostates/gostates/jsonata"
	"github.com/gostates/gostates/jsonpath"
)

// VariableReferences returns the workflow variables that each state of a machine
// reads, nested states too: what DescribeStateMachine calls variableReferences.
// The names are sorted and without $; a state that reads none is left out. What
// a state assigns is no reference, nor is what the states nested in it read
// (recorded). Whatever does not parse refers to nothing.
func VariableReferences(m *StateMachine) map[string][]string {
	assigned := map[string]bool{}
	found := map[string]*reads{}
	for st := range m.All() {
		r := &reads{language: st.Base().Language, assigned: assigned, variables: map[string]bool{}, functions: map[string]bool{}}
		if before := found[st.Base().Name]; before != nil { // two states of a name, in a machine that is wrong
			r.variables, r.functions = before.variables, before.functions
		}
		r.state(st)
		found[st.Base().Name] = r
	}
	references := make(map[string][]string)
	for name, r := range found {
		for function := range r.functions {
			if assigned[function] {
				r.variables[function] = true
			}
		}
		if len(r.variables) > 0 {
			references[name] = slices.Sorted(maps.Keys(r.variables))
		}
	}
	return references
}

// reads collects what one state reads.
type reads struct {
	language  QueryLanguage
	assigned  map[string]bool // by any state of the machine
	variables map[string]bool
	functions map[string]bool // JSONata has functions of these names, too
}

func (r *reads) state(st State) {
	switch st := st.(type) {
	case *TaskState:
		r.flow(&st.DataFlow, st.Assign)
		r.work(&st.Work)
		r.templates(st.Credentials)
		r.integers(st.TimeoutSeconds, st.HeartbeatSeconds)
		r.paths(st.TimeoutSecondsPath, st.HeartbeatSecondsPath)
	case *PassState:
		r.flow(&st.DataFlow, st.Assign)
		r.templates(st.Parameters)
	case *WaitState:
		r.flow(&st.DataFlow, st.Assign)
		r.integers(st.Seconds)
		r.expression(st.Timestamp.Value)
		r.paths(st.SecondsPath, st.TimestampPath)
	case *ChoiceState:
		r.flow(&st.DataFlow, st.Assign)
		r.rules(st.Choices)
	case *SucceedState:
		r.flow(&st.DataFlow, Opt[Template]{})
	case *FailState:
		r.expression(st.Error.Value)
		r.expression(st.Cause.Value)
		r.paths(st.ErrorPath, st.CausePath)
	case *ParallelState:
		r.flow(&st.DataFlow, st.Assign)
		r.work(&st.Work)
	case *MapState:
		r.mapState(st)
	default:
		panic("asl: unknown type of state")
	}
}

func (r *reads) mapState(st *MapState) {
	r.flow(&st.DataFlow, st.Assign)
	r.work(&st.Work)
	r.templates(st.Items, st.ItemSelector)
	r.integers(st.MaxConcurrency, st.ToleratedFailureCount)
	r.expression(st.ToleratedFailurePercentage.Value.Expression)
	r.paths(st.ItemsPath, st.MaxConcurrencyPath, st.ToleratedFailureCountPath, st.ToleratedFailurePercentagePath)
	if reader := st.ItemReader; reader != nil {
		r.templates(reader.Parameters, reader.Arguments)
		if config := reader.ReaderConfig; config != nil {
			r.integers(config.MaxItems)
			r.paths(config.MaxItemsPath)
		}
	}
	if batcher := st.ItemBatcher; batcher != nil {
		r.templates(batcher.BatchInput)
		r.integers(batcher.MaxItemsPerBatch, batcher.MaxInputBytesPerBatch)
		r.paths(batcher.MaxItemsPerBatchPath, batcher.MaxInputBytesPerBatchPath)
	}
	if writer := st.ResultWriter; writer != nil {
		r.templates(writer.Parameters, writer.Arguments)
	}
}

func (r *reads) flow(f *DataFlow, assign Opt[Template]) {
	r.paths(f.InputPath, f.OutputPath)
	r.templates(f.Output)
	r.assign(assign)
}

func (r *reads) work(w *Work) {
	r.templates(w.Parameters, w.Arguments, w.ResultSelector)
	for i := range w.Catch {
		r.templates(w.Catch[i].Output)
		r.assign(w.Catch[i].Assign)
	}
}

func (r *reads) rules(list []ChoiceRule) {
	for i := range list {
		rule := &list[i]
		if condition, ok := rule.Condition.Value.(string); ok {
			r.expression(condition)
		}
		r.paths(rule.Variable, rule.OperandPath)
		r.rules(rule.And)
		r.rules(rule.Or)
		if rule.Not != nil {
			r.rules([]ChoiceRule{*rule.Not})
		}
		r.templates(rule.Output)
		r.assign(rule.Assign)
	}
}

// assign reads an Assign field, and notes the variables that it sets.
func (r *reads) assign(o Opt[Template]) {
	if names, ok := o.Value.Source.(*value.Object); ok {
		for name := range names.All() {
			r.assigned[variableOf(name, r.language)] = true
		}
	}
	r.templates(o)
}

func (r *reads) paths(fields ...Opt[Path]) {
	for _, o := range fields {
		r.path(o.Value.Parsed)
		r.call(o.Value.Call)
	}
}

func (r *reads) path(p *jsonpath.Path) {
	if p != nil && p.Variable() != "" {
		r.variables[p.Variable()] = true
	}
}

func (r *reads) call(c *intrinsics.Call) {
	if c == nil {
		return
	}
	for p := range c.Paths() {
		r.path(p)
	}
}

func (r *reads) integers(fields ...Opt[Integer]) {
	for _, o := range fields {
		r.expression(o.Value.Expression)
	}
}

func (r *reads) templates(fields ...Opt[Template]) {
	for _, o := range fields {
		switch {
		case r.language == JSONata:
			r.value(o.Value.Source)
		case o.Value.Root != nil:
			r.node(o.Value.Root)
		}
	}
}

// node visits a part of a payload template.
func (r *reads) node(n *TemplateNode) {
	r.path(n.Path)
	r.call(n.Call)
	for i := range n.Fields {
		r.node(&n.Fields[i].Node)
	}
	for i := range n.Items {
		r.node(&n.Items[i])
	}
}

// value visits a part of a JSONata state's field.
func (r *reads) value(v any) {
	switch v := v.(type) {
	case string:
		r.expression(v)
	case *value.Object:
		for _, member := range v.All() {
			r.value(member)
		}
	case []any:
		for _, item := range v {
			r.value(item)
		}
	}
}

// expression visits a string of a state, which may be an expression. A function
// that it calls is no variable: values are JSON, which has no functions. Where
// it passes one on, as in $map($list, $uppercase), a variable of that name comes
// first, if there is one.
func (r *reads) expression(text string) {
	source, ok := ExpressionSource(text)
	if r.language != JSONata || !ok {
		return
	}
	references, err := jsonata.References(source)
	if err != nil {
		return
	}
	for _, ref := range references {
		switch {
		case ref.Call || ref.Name == "" || ref.Name == "$" || ref.Name == "states":
		case anyExpression.Has(ref.Name):
			r.functions[ref.Name] = true
		default:
			r.variables[ref.Name] = true
		}
	}
}
