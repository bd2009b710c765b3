package asl

import (
	"errors"

	"github.com/gostates/gostates/value"
)

// Marshal writes a machine as a definition: the fields that are there, in the
// order of the specification, and the states in theirs. What [Parse] took
// without an error comes back with the same meaning. The only error is that
// there is no machine.
func Marshal(m *StateMachine) ([]byte, error) {
	if m == nil {
		return nil, errors.New("asl: no machine to marshal")
	}
	return value.Append(nil, m.value()), nil
}

// MarshalUncommented is [Marshal] without the Comments of all parts: what is left
// is what executions of the definition depend on.
func MarshalUncommented(m *StateMachine) ([]byte, error) {
	if m == nil {
		return nil, errors.New("asl: no machine to marshal")
	}
	v := m.value()
	dropComments(v)
	return value.Append(nil, v), nil
}

// partFields hold parts of a definition that may have a Comment, and States, whose
// members do.
var partFields = []string{"States", "Branches", "ItemProcessor", "Iterator", "Choices", "And", "Or", "Not", "Retry", "Catch"}

// dropComments takes the Comments out of a part of a definition, or of each one
// in a list. What value made is not shared with anybody; Comment in a payload
// template is data.
func dropComments(part any) {
	switch part := part.(type) {
	case []any:
		for i := range part {
			dropComments(part[i])
		}
	case *value.Object:
		part.Delete("Comment")
		for _, name := range partFields {
			nested, _ := part.Get(name)
			if states, ok := nested.(*value.Object); ok && name == "States" {
				for _, st := range states.All() {
					dropComments(st)
				}
				continue
			}
			dropComments(nested)
		}
	}
}

// builder makes the object of one part of a definition.
type builder struct{ *value.Object }

func build() builder { return builder{value.NewObject(8)} }

// put adds a field unless it is absent.
func put[T any](b builder, name string, f Opt[T], write func(T) any) {
	switch f.Presence {
	case Null:
		b.Set(name, nil)
	case Present:
		b.Set(name, write(f.Value))
	}
}

func plain[T any](v T) any { return v }

func (b builder) text(name string, f Opt[string])   { put(b, name, f, plain[string]) }
func (b builder) path(name string, f Opt[Path])     { put(b, name, f, func(p Path) any { return p.Text }) }
func (b builder) int(name string, f Opt[int64])     { put(b, name, f, plain[int64]) }
func (b builder) float(name string, f Opt[float64]) { put(b, name, f, plain[float64]) }
func (b builder) any(name string, f Opt[any])       { put(b, name, f, plain[any]) }

func (b builder) integer(name string, f Opt[Integer]) {
	put(b, name, f, func(i Integer) any {
		if i.Expression != "" {
			return i.Expression
		}
		return i.Value
	})
}

func (b builder) number(name string, f Opt[Number]) {
	put(b, name, f, func(n Number) any {
		if n.Expression != "" {
			return n.Expression
		}
		return n.Value
	})
}

func (b builder) template(name string, f Opt[Template]) {
	put(b, name, f, func(t Template) any { return t.Source })
}

func (b builder) texts(name string, list []string) {
	if list != nil {
		b.Set(name, array(list, func(s *string) any { return *s }))
	}
}

func array[T any](list []T, write func(*T) any) []any {
	values := make([]any, len(list))
	for i := range list {
		values[i] = write(&list[i])
	}
	return values
}

func (m *StateMachine) value() any {
	b := build()
	b.text("Comment", m.Comment)
	b.text("QueryLanguage", m.QueryLanguage)
	b.text("Version", m.Version)
	b.int("TimeoutSeconds", m.TimeoutSeconds)
	b.text("StartAt", m.StartAt)
	b.states(m.States)
	return b.Object
}

func (b builder) states(s *States) {
	if s == nil {
		return
	}
	nested := build()
	for _, st := range s.List {
		nested.Set(st.Base().Name, stateValue(st))
	}
	b.Set("States", nested.Object)
}

func stateValue(st State) any {
	b := build()
	base := st.Base()
	b.Set("Type", base.Type)
	b.text("Comment", base.Comment)
	b.text("QueryLanguage", base.QueryLanguage)
	switch st := st.(type) {
	case *TaskState:
		b.task(st)
	case *PassState:
		b.pass(st)
	case *WaitState:
		b.wait(st)
	case *ChoiceState:
		b.choice(st)
	case *SucceedState:
		b.dataFlow(&st.DataFlow)
	case *FailState:
		b.text("Error", st.Error)
		b.path("ErrorPath", st.ErrorPath)
		b.text("Cause", st.Cause)
		b.path("CausePath", st.CausePath)
	case *ParallelState:
		b.parallel(st)
	case *MapState:
		b.mapState(st)
	default:
		panic("asl: a state of no type") // a test over all state types guards it
	}
	return b.Object
}

func (b builder) transition(t *Transition) {
	b.text("Next", t.Next)
	put(b, "End", t.End, plain[bool])
}

func (b builder) dataFlow(f *DataFlow) {
	b.path("InputPath", f.InputPath)
	b.path("OutputPath", f.OutputPath)
	b.template("Output", f.Output)
}

func (b builder) work(w *Work) {
	b.template("Parameters", w.Parameters)
	b.template("Arguments", w.Arguments)
	b.template("ResultSelector", w.ResultSelector)
	b.path("ResultPath", w.ResultPath)
	if w.Retry != nil {
		b.Set("Retry", array(w.Retry, (*Retrier).value))
	}
	if w.Catch != nil {
		b.Set("Catch", array(w.Catch, (*Catcher).value))
	}
}

func (b builder) task(s *TaskState) {
	b.text("Resource", s.Resource)
	b.dataFlow(&s.DataFlow)
	b.work(&s.Work)
	b.template("Assign", s.Assign)
	b.template("Credentials", s.Credentials)
	b.integer("TimeoutSeconds", s.TimeoutSeconds)
	b.path("TimeoutSecondsPath", s.TimeoutSecondsPath)
	b.integer("HeartbeatSeconds", s.HeartbeatSeconds)
	b.path("HeartbeatSecondsPath", s.HeartbeatSecondsPath)
	b.transition(&s.Transition)
}

func (b builder) pass(s *PassState) {
	b.dataFlow(&s.DataFlow)
	b.template("Parameters", s.Parameters)
	b.any("Result", s.Result)
	b.path("ResultPath", s.ResultPath)
	b.template("Assign", s.Assign)
	b.transition(&s.Transition)
}

func (b builder) wait(s *WaitState) {
	b.dataFlow(&s.DataFlow)
	b.integer("Seconds", s.Seconds)
	b.path("SecondsPath", s.SecondsPath)
	b.text("Timestamp", s.Timestamp)
	b.path("TimestampPath", s.TimestampPath)
	b.template("Assign", s.Assign)
	b.transition(&s.Transition)
}

func (b builder) choice(s *ChoiceState) {
	b.dataFlow(&s.DataFlow)
	b.Set("Choices", array(s.Choices, (*ChoiceRule).value))
	b.text("Default", s.Default)
	b.template("Assign", s.Assign)
}

func (b builder) parallel(s *ParallelState) {
	b.dataFlow(&s.DataFlow)
	b.work(&s.Work)
	b.template("Assign", s.Assign)
	b.Set("Branches", array(s.Branches, func(branch **Branch) any {
		nested := build()
		nested.branch(*branch)
		return nested.Object
	}))
	b.transition(&s.Transition)
}

func (b builder) branch(s *Branch) {
	b.text("Comment", s.Comment)
	b.text("StartAt", s.StartAt)
	b.states(s.States)
}

func (b builder) processor(name string, p *Processor) {
	if p == nil {
		return
	}
	nested := build()
	if c := p.ProcessorConfig; c != nil {
		config := build()
		config.text("Mode", c.Mode)
		config.text("ExecutionType", c.ExecutionType)
		nested.Set("ProcessorConfig", config.Object)
	}
	nested.branch(&p.Branch)
	b.Set(name, nested.Object)
}

func (b builder) mapState(s *MapState) {
	b.dataFlow(&s.DataFlow)
	b.work(&s.Work)
	b.template("Assign", s.Assign)
	b.path("ItemsPath", s.ItemsPath)
	b.template("Items", s.Items)
	b.template("ItemSelector", s.ItemSelector)
	b.integer("MaxConcurrency", s.MaxConcurrency)
	b.path("MaxConcurrencyPath", s.MaxConcurrencyPath)
	b.integer("ToleratedFailureCount", s.ToleratedFailureCount)
	b.path("ToleratedFailureCountPath", s.ToleratedFailureCountPath)
	b.number("ToleratedFailurePercentage", s.ToleratedFailurePercentage)
	b.path("ToleratedFailurePercentagePath", s.ToleratedFailurePercentagePath)
	b.text("Label", s.Label)
	b.itemReader(s.ItemReader)
	b.itemBatcher(s.ItemBatcher)
	b.resultWriter(s.ResultWriter)
	b.processor("ItemProcessor", s.ItemProcessor)
	b.processor("Iterator", s.Iterator)
	b.transition(&s.Transition)
}

func (b builder) itemReader(r *ItemReader) {
	if r == nil {
		return
	}
	nested := build()
	nested.text("Resource", r.Resource)
	nested.template("Parameters", r.Parameters)
	nested.template("Arguments", r.Arguments)
	if c := r.ReaderConfig; c != nil {
		config := build()
		config.text("InputType", c.InputType)
		config.text("Transformation", c.Transformation)
		config.text("ManifestType", c.ManifestType)
		config.text("CSVDelimiter", c.CSVDelimiter)
		config.text("CSVHeaderLocation", c.CSVHeaderLocation)
		config.texts("CSVHeaders", c.CSVHeaders)
		config.text("ItemsPointer", c.ItemsPointer)
		config.integer("MaxItems", c.MaxItems)
		config.path("MaxItemsPath", c.MaxItemsPath)
		nested.Set("ReaderConfig", config.Object)
	}
	b.Set("ItemReader", nested.Object)
}

func (b builder) itemBatcher(s *ItemBatcher) {
	if s == nil {
		return
	}
	nested := build()
	nested.template("BatchInput", s.BatchInput)
	nested.integer("MaxItemsPerBatch", s.MaxItemsPerBatch)
	nested.path("MaxItemsPerBatchPath", s.MaxItemsPerBatchPath)
	nested.integer("MaxInputBytesPerBatch", s.MaxInputBytesPerBatch)
	nested.path("MaxInputBytesPerBatchPath", s.MaxInputBytesPerBatchPath)
	b.Set("ItemBatcher", nested.Object)
}

func (b builder) resultWriter(w *ResultWriter) {
	if w == nil {
		return
	}
	nested := build()
	nested.text("Resource", w.Resource)
	nested.template("Parameters", w.Parameters)
	nested.template("Arguments", w.Arguments)
	if c := w.WriterConfig; c != nil {
		config := build()
		config.text("Transformation", c.Transformation)
		config.text("OutputType", c.OutputType)
		nested.Set("WriterConfig", config.Object)
	}
	b.Set("ResultWriter", nested.Object)
}

func (r *Retrier) value() any {
	b := build()
	b.texts("ErrorEquals", r.ErrorEquals)
	b.int("IntervalSeconds", r.IntervalSeconds)
	b.int("MaxAttempts", r.MaxAttempts)
	b.float("BackoffRate", r.BackoffRate)
	b.int("MaxDelaySeconds", r.MaxDelaySeconds)
	b.text("JitterStrategy", r.JitterStrategy)
	b.text("Comment", r.Comment)
	return b.Object
}

func (c *Catcher) value() any {
	b := build()
	b.texts("ErrorEquals", c.ErrorEquals)
	b.path("ResultPath", c.ResultPath)
	b.template("Output", c.Output)
	b.template("Assign", c.Assign)
	b.text("Next", c.Next)
	b.text("Comment", c.Comment)
	return b.Object
}

func (r *ChoiceRule) value() any {
	b := build()
	b.any("Condition", r.Condition)
	b.path("Variable", r.Variable)
	switch {
	case r.OperandPath.Presence != Absent:
		b.path(r.Operator+"Path", r.OperandPath)
	case r.Operator != "":
		b.Set(r.Operator, r.Operand)
	}
	if r.And != nil {
		b.Set("And", array(r.And, (*ChoiceRule).value))
	}
	if r.Or != nil {
		b.Set("Or", array(r.Or, (*ChoiceRule).value))
	}
	if r.Not != nil {
		b.Set("Not", r.Not.value())
	}
	b.template("Output", r.Output)
	b.template("Assign", r.Assign)
	b.text("Next", r.Next)
	b.text("Comment", r.Comment)
	return b.Object
}
