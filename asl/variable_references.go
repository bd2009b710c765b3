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

// VariableReferences returns the workflow variables that each state of a
// machine reads, nested states included: AWS's variableReferences of
// DescribeStateMachine. Names have no $. States that read no variables are left
// out. Neither the variables that a state assigns nor those that its nested
// states read are included. Faulty fields and expressions refer to nothing.
//
// The names of a state are in AWS's order: by the field that reads them first,
// in the order of the source, and within one expression as in a
// java.util.HashSet.
func VariableReferences(m *StateMachine) map[string][]string {
	assigned := map[string]bool{}
	found := map[string]*variableCollector{}
	for st := range m.All() {
		r := found[st.Base().Name] // not nil if a faulty machine has the name twice
		if r == nil {
			r = &variableCollector{assigned: assigned}
			found[st.Base().Name] = r
		}
		r.language = st.Base().Language
		r.addState(st)
	}
	references := make(map[string][]string)
	for name, r := range found {
		if names := r.orderedNames(); len(names) > 0 {
			references[name] = names
		}
	}
	return references
}

// variableCollector collects the variables that one state reads.
type variableCollector struct {
	language    QueryLanguage
	assigned    map[string]bool // by any state of the machine
	expressions []fieldVariables
}

// fieldVariables are the variables that one path, call or expression reads.
type fieldVariables struct {
	offset    int // of the field
	names     []string
	functions map[string]bool // those names that are also JSONata functions; may be nil
}

// orderedNames returns the variables that the state reads, without duplicates.
func (r *variableCollector) orderedNames() []string {
	slices.SortStableFunc(r.expressions, func(a, b fieldVariables) int { return cmp.Compare(a.offset, b.offset) })
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

// dropRepeated removes duplicates.
func dropRepeated(names []string) []string {
	seen := make(map[string]bool, len(names))
	return slices.DeleteFunc(names, func(name string) bool {
		before := seen[name]
		seen[name] = true
		return before
	})
}

// addFieldVariables adds what a field reads, if it reads anything.
func (r *variableCollector) addFieldVariables(e fieldVariables) {
	if len(e.names) > 0 {
		r.expressions = append(r.expressions, e)
	}
}

func (r *variableCollector) addState(st State) {
	switch st := st.(type) {
	case *TaskState:
		r.addDataFlow(&st.DataFlow, st.Assign)
		r.addWork(&st.Work)
		r.addTemplates(st.Credentials)
		r.addIntegers(st.TimeoutSeconds, st.HeartbeatSeconds)
		r.addPaths(st.TimeoutSecondsPath, st.HeartbeatSecondsPath)
	case *PassState:
		r.addDataFlow(&st.DataFlow, st.Assign)
		r.addTemplates(st.Parameters)
	case *WaitState:
		r.addDataFlow(&st.DataFlow, st.Assign)
		r.addIntegers(st.Seconds)
		r.addStrings(st.Timestamp)
		r.addPaths(st.SecondsPath, st.TimestampPath)
	case *ChoiceState:
		r.addDataFlow(&st.DataFlow, st.Assign)
		r.addRules(st.Choices)
	case *SucceedState:
		r.addDataFlow(&st.DataFlow, Opt[Template]{})
	case *FailState:
		r.addStrings(st.Error, st.Cause)
		r.addPaths(st.ErrorPath, st.CausePath)
	case *ParallelState:
		r.addDataFlow(&st.DataFlow, st.Assign)
		r.addWork(&st.Work)
	case *MapState:
		r.addMap(st)
	default:
		panic("asl: unknown state type")
	}
}

func (r *variableCollector) addMap(st *MapState) {
	r.addDataFlow(&st.DataFlow, st.Assign)
	r.addWork(&st.Work)
	r.addTemplates(st.Items, st.ItemSelector)
	r.addIntegers(st.MaxConcurrency, st.ToleratedFailureCount)
	r.addFieldExpression(st.ToleratedFailurePercentage.Pos, st.ToleratedFailurePercentage.Value.Expression)
	r.addPaths(st.ItemsPath, st.MaxConcurrencyPath, st.ToleratedFailureCountPath, st.ToleratedFailurePercentagePath)
	if reader := st.ItemReader; reader != nil {
		r.addTemplates(reader.Parameters, reader.Arguments)
		if config := reader.ReaderConfig; config != nil {
			r.addIntegers(config.MaxItems)
			r.addPaths(config.MaxItemsPath)
		}
	}
	if batcher := st.ItemBatcher; batcher != nil {
		r.addTemplates(batcher.BatchInput)
		r.addIntegers(batcher.MaxItemsPerBatch, batcher.MaxInputBytesPerBatch)
		r.addPaths(batcher.MaxItemsPerBatchPath, batcher.MaxInputBytesPerBatchPath)
	}
	if writer := st.ResultWriter; writer != nil {
		r.addTemplates(writer.Parameters, writer.Arguments)
	}
}

func (r *variableCollector) addDataFlow(f *DataFlow, assign Opt[Template]) {
	r.addPaths(f.InputPath, f.OutputPath)
	r.addTemplates(f.Output)
	r.addAssign(assign)
}

func (r *variableCollector) addWork(w *Work) {
	r.addTemplates(w.Parameters, w.Arguments, w.ResultSelector)
	for i := range w.Catch {
		r.addTemplates(w.Catch[i].Output)
		r.addAssign(w.Catch[i].Assign)
	}
}

func (r *variableCollector) addRules(list []ChoiceRule) {
	for i := range list {
		rule := &list[i]
		r.addFieldExpression(rule.Condition.Pos, rule.Condition.Value.Expression)
		r.addPaths(rule.Variable, rule.OperandPath)
		r.addRules(rule.And)
		r.addRules(rule.Or)
		if rule.Not != nil {
			r.addRules([]ChoiceRule{*rule.Not})
		}
		r.addTemplates(rule.Output)
		r.addAssign(rule.Assign)
	}
}

// addAssign adds the reads of an Assign field, and notes the variables that it
// sets.
func (r *variableCollector) addAssign(o Opt[Template]) {
	if names, ok := o.Value.Source.(*value.Object); ok {
		for name := range names.All() {
			r.assigned[assignedVariable(name, r.language)] = true
		}
	}
	r.addTemplates(o)
}

func (r *variableCollector) addPaths(fields ...Opt[Path]) {
	for _, o := range fields {
		r.addPathOrCall(o.Pos, o.Value.Parsed, o.Value.Call)
	}
}

func (r *variableCollector) addPathOrCall(at Pos, p *jsonpath.Path, c *intrinsics.Call) {
	e := fieldVariables{offset: at.Offset}
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
	r.addFieldVariables(e)
}

func (r *variableCollector) addIntegers(fields ...Opt[Integer]) {
	for _, o := range fields {
		r.addFieldExpression(o.Pos, o.Value.Expression)
	}
}

func (r *variableCollector) addStrings(fields ...Opt[String]) {
	for _, o := range fields {
		r.addFieldExpression(o.Pos, o.Value.Expression)
	}
}

func (r *variableCollector) addFieldExpression(at Pos, e *Expression) {
	if e != nil {
		r.addExpression(at, e.Text)
	}
}

func (r *variableCollector) addTemplates(fields ...Opt[Template]) {
	for _, o := range fields {
		r.addTemplateValue(o.Pos, "", o.Value.Source)
	}
}

// addTemplateValue adds the reads of a value in a payload template, or of any
// JSON in a JSONata state. key is "" for the value of the field and for array
// elements.
func (r *variableCollector) addTemplateValue(at Pos, key string, v any) {
	switch v := v.(type) {
	case string:
		switch {
		case r.language == JSONata:
			r.addExpression(at, v)
		case !strings.HasSuffix(key, ".$"):
		case strings.HasPrefix(v, "$"):
			p, _ := jsonpath.Parse(v)
			r.addPathOrCall(at, p, nil)
		default:
			c, _ := intrinsics.Parse(v)
			r.addPathOrCall(at, nil, c)
		}
	case *value.Object:
		for key, member := range v.All() {
			r.addTemplateValue(at, key, member)
		}
	case []any:
		for _, item := range v {
			r.addTemplateValue(at, "", item)
		}
	}
}

// addExpression adds the reads of a string in a JSONata state. A function that
// it calls is not a variable, because variables hold JSON. A function that is
// passed as a value, as in $map($list, $uppercase), is a variable if there is
// one of that name.
func (r *variableCollector) addExpression(at Pos, text string) {
	source, ok := ExpressionSource(text)
	if r.language != JSONata || !ok {
		return
	}
	references, err := jsonata.References(source)
	if err != nil {
		return
	}
	e := fieldVariables{offset: at.Offset}
	for _, ref := range references {
		if ref.Call || ref.Name == "" || ref.Name == "$" || ref.Name == "states" {
			continue
		}
		e.names = append(e.names, ref.Name)
		if builtinFunctions.Has(ref.Name) {
			if e.functions == nil {
				e.functions = make(map[string]bool)
			}
			e.functions[ref.Name] = true
		}
	}
	r.addFieldVariables(e)
}
