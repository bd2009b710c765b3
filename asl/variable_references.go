package asl

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gostates/gostates/intrinsics"
	"github.com/gostates/gostates/jsonata"
	"github.com/gostates/gostates/jsonpath"
	"github.com/gostates/gostates/value"
)

// VariableReferences returns the workflow variables that each state of a machine
// reads, nested states included: what DescribeStateMachine calls
// variableReferences. Names have no $, and states that read no variables are left
// out. What a state assigns is not a reference, nor is what the states nested in
// it read. Fields and expressions that do not parse refer to nothing.
//
// The names of a state are in AWS's order: by the field that reads them first, in
// the order of the text, and within one expression as in a java.util.HashSet.
func VariableReferences(m *StateMachine) map[string][]string {
	assigned := map[string]bool{}
	found := map[string]*reads{}
	for st := range m.All() {
		r := found[st.Base().Name] // not nil for two states of a name, in a machine that is wrong
		if r == nil {
			r = &reads{assigned: assigned}
			found[st.Base().Name] = r
		}
		r.language = st.Base().Language
		r.state(st)
	}
	references := make(map[string][]string)
	for name, r := range found {
		if names := r.names(); len(names) > 0 {
			references[name] = names
		}
	}
	return references
}

// reads collects what one state reads.
type reads struct {
	language    QueryLanguage
	assigned    map[string]bool // by any state of the machine
	expressions []expressionReads
}

// expressionReads are the variables that one path, call or expression reads.
type expressionReads struct {
	offset    int // of its field in the text
	names     []string
	functions map[string]bool // names of functions that JSONata has, or nil
}

// names are the variables that the state reads, each once.
func (r *reads) names() []string {
	slices.SortStableFunc(r.expressions, func(a, b expressionReads) int { return cmp.Compare(a.offset, b.offset) })
	var names []string
	seen := map[string]bool{}
	for _, e := range r.expressions {
		own := dropRepeated(slices.DeleteFunc(e.names, func(name string) bool { return e.functions[name] && !r.assigned[name] }))
		for _, i := range value.HashMapOrder(own) {
			if !seen[own[i]] {
				seen[own[i]] = true
				names = append(names, own[i])
			}
		}
	}
	return names
}

// dropRepeated keeps the first of equal names.
func dropRepeated(names []string) []string {
	seen := make(map[string]bool, len(names))
	return slices.DeleteFunc(names, func(name string) bool {
		before := seen[name]
		seen[name] = true
		return before
	})
}

// note keeps what an expression reads, if it reads anything.
func (r *reads) note(e expressionReads) {
	if len(e.names) > 0 {
		r.expressions = append(r.expressions, e)
	}
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
		r.texts(st.Timestamp)
		r.paths(st.SecondsPath, st.TimestampPath)
	case *ChoiceState:
		r.flow(&st.DataFlow, st.Assign)
		r.rules(st.Choices)
	case *SucceedState:
		r.flow(&st.DataFlow, Opt[Template]{})
	case *FailState:
		r.texts(st.Error, st.Cause)
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
	r.field(st.ToleratedFailurePercentage.Pos, st.ToleratedFailurePercentage.Value.Expression)
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
		r.field(rule.Condition.Pos, rule.Condition.Value.Expression)
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
		r.pathOrCall(o.Pos, o.Value.Parsed, o.Value.Call)
	}
}

func (r *reads) pathOrCall(at Pos, p *jsonpath.Path, c *intrinsics.Call) {
	e := expressionReads{offset: at.Offset}
	add := func(p *jsonpath.Path) {
		if p != nil && p.Variable() != "" {
			e.names = append(e.names, p.Variable())
		}
	}
	add(p)
	if c != nil {
		for p := range c.Paths() {
			add(p)
		}
	}
	r.note(e)
}

func (r *reads) integers(fields ...Opt[Integer]) {
	for _, o := range fields {
		r.field(o.Pos, o.Value.Expression)
	}
}

func (r *reads) texts(fields ...Opt[String]) {
	for _, o := range fields {
		r.field(o.Pos, o.Value.Expression)
	}
}

func (r *reads) field(at Pos, e *Expression) {
	if e != nil {
		r.expression(at, e.Text)
	}
}

func (r *reads) templates(fields ...Opt[Template]) {
	for _, o := range fields {
		r.template(o.Pos, "", o.Value.Source)
	}
}

// template visits a part of a payload template, or of any JSON of a JSONata
// state, which stands under a key or under none.
func (r *reads) template(at Pos, key string, v any) {
	switch v := v.(type) {
	case string:
		switch {
		case r.language == JSONata:
			r.expression(at, v)
		case !strings.HasSuffix(key, ".$"):
		case strings.HasPrefix(v, "$"):
			p, _ := jsonpath.Parse(v)
			r.pathOrCall(at, p, nil)
		default:
			c, _ := intrinsics.Parse(v)
			r.pathOrCall(at, nil, c)
		}
	case *value.Object:
		for key, member := range v.All() {
			r.template(at, key, member)
		}
	case []any:
		for _, item := range v {
			r.template(at, "", item)
		}
	}
}

// expression visits a string of a state, which may be an expression. A function
// that it calls is not a variable: values are JSON, which has no functions. Where
// it passes one on, as in $map($list, $uppercase), a variable of that name comes
// first, if there is one.
func (r *reads) expression(at Pos, text string) {
	source, ok := ExpressionSource(text)
	if r.language != JSONata || !ok {
		return
	}
	references, err := jsonata.References(source)
	if err != nil {
		return
	}
	e := expressionReads{offset: at.Offset}
	for _, ref := range references {
		if ref.Call || ref.Name == "" || ref.Name == "$" || ref.Name == "states" {
			continue
		}
		e.names = append(e.names, ref.Name)
		if anyExpression.Has(ref.Name) {
			if e.functions == nil {
				e.functions = make(map[string]bool)
			}
			e.functions[ref.Name] = true
		}
	}
	r.note(e)
}
