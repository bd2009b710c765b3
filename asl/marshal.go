package asl

import (
	"errors"
	"strconv"

	"github.com/gostates/gostates/value"
)

// Marshal writes a machine as a definition: the fields that are present, in the
// order of the specification, and the states in their order. Parsing the result
// gives the same machine if [Parse] found no error in m. Marshal returns an error
// only if m is nil.
func Marshal(m *StateMachine) ([]byte, error) { return marshalMachine(m, true) }

// MarshalUncommented is [Marshal] without any Comment. Two definitions that differ
// in comments and white space only give the same bytes.
func MarshalUncommented(m *StateMachine) ([]byte, error) { return marshalMachine(m, false) }

var errNoMachine = errors.New("asl: no machine to marshal")

func marshalMachine(m *StateMachine, comments bool) ([]byte, error) {
	if m == nil {
		return nil, errNoMachine
	}
	e := encoder{out: make([]byte, 0, estimateSize(m)), comments: comments}
	e.writeMachine(m)
	return e.out, nil
}

// estimateSize returns the offset of the last state in the source, which is nearly
// the size of the definition, or 0 if the machine was not parsed.
func estimateSize(m *StateMachine) int {
	if m.States == nil || len(m.States.List) == 0 {
		return 0
	}
	last := m.States.List[len(m.States.List)-1].Base()
	return min(max(0, last.Pos.Offset), MaxDefinitionBytes)
}

// encoder appends the JSON of a definition to out.
type encoder struct {
	out      []byte
	comments bool // write Comment fields
}

func (e *encoder) openObject()  { e.out = append(e.out, '{') }
func (e *encoder) closeObject() { e.out = append(e.out, '}') }

// writeKey begins a member of the open object.
func (e *encoder) writeKey(name string) {
	if e.out[len(e.out)-1] != '{' {
		e.out = append(e.out, ',')
	}
	e.out = append(value.AppendString(e.out, name), ':')
}

// writeField writes a field unless it is absent.
func writeField[T any](e *encoder, name string, f Opt[T], write func(*encoder, T)) {
	switch f.Presence {
	case Null:
		e.writeKey(name)
		e.out = append(e.out, "null"...)
	case Present:
		e.writeKey(name)
		write(e, f.Value)
	}
}

// writeArray writes a field that is an array, unless it is nil.
func writeArray[T any](e *encoder, name string, list []T, write func(*encoder, *T)) {
	if list == nil {
		return
	}
	e.writeKey(name)
	e.out = append(e.out, '[')
	for i := range list {
		if i > 0 {
			e.out = append(e.out, ',')
		}
		write(e, &list[i])
	}
	e.out = append(e.out, ']')
}

func (e *encoder) appendString(s string) { e.out = value.AppendString(e.out, s) }
func (e *encoder) appendInteger(n int64) { e.out = strconv.AppendInt(e.out, n, 10) }
func (e *encoder) appendValue(v any)     { e.out = value.Append(e.out, v) }

func (e *encoder) writeString(name string, f Opt[string]) {
	writeField(e, name, f, (*encoder).appendString)
}
func (e *encoder) writeAny(name string, f Opt[any]) { writeField(e, name, f, (*encoder).appendValue) }
func (e *encoder) writeInt(name string, f Opt[int64]) {
	writeField(e, name, f, (*encoder).appendInteger)
}

func (e *encoder) writeFloat(name string, f Opt[float64]) {
	writeField(e, name, f, func(e *encoder, v float64) { e.appendValue(v) })
}

func (e *encoder) writeBool(name string, f Opt[bool]) {
	writeField(e, name, f, func(e *encoder, v bool) { e.out = strconv.AppendBool(e.out, v) })
}

func (e *encoder) writePath(name string, f Opt[Path]) {
	writeField(e, name, f, func(e *encoder, p Path) { e.appendString(p.Text) })
}

func (e *encoder) writeTemplate(name string, f Opt[Template]) {
	writeField(e, name, f, func(e *encoder, t Template) { e.appendValue(t.Source) })
}

// appendExpression appends an expression, and reports whether there is one.
func (e *encoder) appendExpression(x *Expression) bool {
	if x == nil {
		return false
	}
	e.appendString(x.Text)
	return true
}

func (e *encoder) writeText(name string, f Opt[String]) {
	writeField(e, name, f, func(e *encoder, s String) {
		if !e.appendExpression(s.Expression) {
			e.appendString(s.Value)
		}
	})
}

func (e *encoder) writeCondition(f Opt[Boolean]) {
	writeField(e, "Condition", f, func(e *encoder, b Boolean) {
		if !e.appendExpression(b.Expression) {
			e.out = strconv.AppendBool(e.out, b.Value)
		}
	})
}

func (e *encoder) writeInteger(name string, f Opt[Integer]) {
	writeField(e, name, f, func(e *encoder, i Integer) {
		if !e.appendExpression(i.Expression) {
			e.appendInteger(i.Value)
		}
	})
}

func (e *encoder) writeNumber(name string, f Opt[Number]) {
	writeField(e, name, f, func(e *encoder, n Number) {
		if !e.appendExpression(n.Expression) {
			e.appendValue(n.Value)
		}
	})
}

func (e *encoder) writeStrings(name string, list []string) {
	writeArray(e, name, list, func(e *encoder, s *string) { e.appendString(*s) })
}

func (e *encoder) writeComment(f Opt[string]) {
	if e.comments {
		e.writeString("Comment", f)
	}
}

func (e *encoder) writeMachine(m *StateMachine) {
	e.openObject()
	e.writeComment(m.Comment)
	e.writeString("QueryLanguage", m.QueryLanguage)
	e.writeString("Version", m.Version)
	e.writeInt("TimeoutSeconds", m.TimeoutSeconds)
	e.writeString("StartAt", m.StartAt)
	e.writeStates(m.States)
	e.closeObject()
}

func (e *encoder) writeStates(s *States) {
	if s == nil {
		return
	}
	e.writeKey("States")
	e.openObject()
	for _, st := range s.List {
		e.writeKey(st.Base().Name)
		e.writeState(st)
	}
	e.closeObject()
}

func (e *encoder) writeState(st State) {
	base := st.Base()
	e.openObject()
	e.writeKey("Type")
	e.appendString(base.Type)
	e.writeComment(base.Comment)
	e.writeString("QueryLanguage", base.QueryLanguage)
	switch st := st.(type) {
	case *TaskState:
		e.writeTask(st)
	case *PassState:
		e.writePass(st)
	case *WaitState:
		e.writeWait(st)
	case *ChoiceState:
		e.writeChoice(st)
	case *SucceedState:
		e.writeDataFlow(&st.DataFlow)
	case *FailState:
		e.writeFail(st)
	case *ParallelState:
		e.writeParallel(st)
	case *MapState:
		e.writeMap(st)
	default:
		panic("asl: unknown state type") // a test over all state types guards it
	}
	e.closeObject()
}

func (e *encoder) writeTransition(t *Transition) {
	e.writeString("Next", t.Next)
	e.writeBool("End", t.End)
}

func (e *encoder) writeDataFlow(f *DataFlow) {
	e.writePath("InputPath", f.InputPath)
	e.writePath("OutputPath", f.OutputPath)
	e.writeTemplate("Output", f.Output)
}

func (e *encoder) writeWork(w *Work) {
	e.writeTemplate("Parameters", w.Parameters)
	e.writeTemplate("Arguments", w.Arguments)
	e.writeTemplate("ResultSelector", w.ResultSelector)
	e.writePath("ResultPath", w.ResultPath)
	writeArray(e, "Retry", w.Retry, (*encoder).writeRetrier)
	writeArray(e, "Catch", w.Catch, (*encoder).writeCatcher)
}

func (e *encoder) writeTask(s *TaskState) {
	e.writeString("Resource", s.Resource)
	e.writeDataFlow(&s.DataFlow)
	e.writeWork(&s.Work)
	e.writeTemplate("Assign", s.Assign)
	e.writeTemplate("Credentials", s.Credentials)
	e.writeInteger("TimeoutSeconds", s.TimeoutSeconds)
	e.writePath("TimeoutSecondsPath", s.TimeoutSecondsPath)
	e.writeInteger("HeartbeatSeconds", s.HeartbeatSeconds)
	e.writePath("HeartbeatSecondsPath", s.HeartbeatSecondsPath)
	e.writeTransition(&s.Transition)
}

func (e *encoder) writePass(s *PassState) {
	e.writeDataFlow(&s.DataFlow)
	e.writeTemplate("Parameters", s.Parameters)
	e.writeAny("Result", s.Result)
	e.writePath("ResultPath", s.ResultPath)
	e.writeTemplate("Assign", s.Assign)
	e.writeTransition(&s.Transition)
}

func (e *encoder) writeWait(s *WaitState) {
	e.writeDataFlow(&s.DataFlow)
	e.writeInteger("Seconds", s.Seconds)
	e.writePath("SecondsPath", s.SecondsPath)
	e.writeText("Timestamp", s.Timestamp)
	e.writePath("TimestampPath", s.TimestampPath)
	e.writeTemplate("Assign", s.Assign)
	e.writeTransition(&s.Transition)
}

func (e *encoder) writeChoice(s *ChoiceState) {
	e.writeDataFlow(&s.DataFlow)
	rules := s.Choices
	if rules == nil {
		rules = []ChoiceRule{}
	}
	writeArray(e, "Choices", rules, (*encoder).writeRule)
	e.writeString("Default", s.Default)
	e.writeTemplate("Assign", s.Assign)
}

func (e *encoder) writeFail(s *FailState) {
	e.writeText("Error", s.Error)
	e.writePath("ErrorPath", s.ErrorPath)
	e.writeText("Cause", s.Cause)
	e.writePath("CausePath", s.CausePath)
}

func (e *encoder) writeParallel(s *ParallelState) {
	e.writeDataFlow(&s.DataFlow)
	e.writeWork(&s.Work)
	e.writeTemplate("Assign", s.Assign)
	branches := s.Branches
	if branches == nil {
		branches = []*Branch{}
	}
	writeArray(e, "Branches", branches, func(e *encoder, branch **Branch) {
		e.openObject()
		e.writeBranch(*branch)
		e.closeObject()
	})
	e.writeTransition(&s.Transition)
}

// writeBranch writes the fields that branches and processors share.
func (e *encoder) writeBranch(b *Branch) {
	e.writeComment(b.Comment)
	e.writeString("StartAt", b.StartAt)
	e.writeStates(b.States)
}

func (e *encoder) writeMap(s *MapState) {
	e.writeDataFlow(&s.DataFlow)
	e.writeWork(&s.Work)
	e.writeTemplate("Assign", s.Assign)
	e.writePath("ItemsPath", s.ItemsPath)
	e.writeTemplate("Items", s.Items)
	e.writeTemplate("ItemSelector", s.ItemSelector)
	e.writeInteger("MaxConcurrency", s.MaxConcurrency)
	e.writePath("MaxConcurrencyPath", s.MaxConcurrencyPath)
	e.writeInteger("ToleratedFailureCount", s.ToleratedFailureCount)
	e.writePath("ToleratedFailureCountPath", s.ToleratedFailureCountPath)
	e.writeNumber("ToleratedFailurePercentage", s.ToleratedFailurePercentage)
	e.writePath("ToleratedFailurePercentagePath", s.ToleratedFailurePercentagePath)
	e.writeString("Label", s.Label)
	e.writeItemReader(s.ItemReader)
	e.writeItemBatcher(s.ItemBatcher)
	e.writeResultWriter(s.ResultWriter)
	e.writeProcessor("ItemProcessor", s.ItemProcessor)
	e.writeProcessor("Iterator", s.Iterator)
	e.writeTransition(&s.Transition)
}

func (e *encoder) writeProcessor(name string, p *Processor) {
	if p == nil {
		return
	}
	e.writeKey(name)
	e.openObject()
	if c := p.ProcessorConfig; c != nil {
		e.writeKey("ProcessorConfig")
		e.openObject()
		e.writeString("Mode", c.Mode)
		e.writeString("ExecutionType", c.ExecutionType)
		e.closeObject()
	}
	e.writeBranch(&p.Branch)
	e.closeObject()
}

func (e *encoder) writeItemReader(r *ItemReader) {
	if r == nil {
		return
	}
	e.writeKey("ItemReader")
	e.openObject()
	e.writeString("Resource", r.Resource)
	e.writeTemplate("Parameters", r.Parameters)
	e.writeTemplate("Arguments", r.Arguments)
	if c := r.ReaderConfig; c != nil {
		e.writeKey("ReaderConfig")
		e.openObject()
		e.writeString("InputType", c.InputType)
		e.writeString("Transformation", c.Transformation)
		e.writeString("ManifestType", c.ManifestType)
		e.writeString("CSVDelimiter", c.CSVDelimiter)
		e.writeString("CSVHeaderLocation", c.CSVHeaderLocation)
		e.writeStrings("CSVHeaders", c.CSVHeaders)
		e.writeString("ItemsPointer", c.ItemsPointer)
		e.writeInteger("MaxItems", c.MaxItems)
		e.writePath("MaxItemsPath", c.MaxItemsPath)
		e.closeObject()
	}
	e.closeObject()
}

func (e *encoder) writeItemBatcher(b *ItemBatcher) {
	if b == nil {
		return
	}
	e.writeKey("ItemBatcher")
	e.openObject()
	e.writeTemplate("BatchInput", b.BatchInput)
	e.writeInteger("MaxItemsPerBatch", b.MaxItemsPerBatch)
	e.writePath("MaxItemsPerBatchPath", b.MaxItemsPerBatchPath)
	e.writeInteger("MaxInputBytesPerBatch", b.MaxInputBytesPerBatch)
	e.writePath("MaxInputBytesPerBatchPath", b.MaxInputBytesPerBatchPath)
	e.closeObject()
}

func (e *encoder) writeResultWriter(w *ResultWriter) {
	if w == nil {
		return
	}
	e.writeKey("ResultWriter")
	e.openObject()
	e.writeString("Resource", w.Resource)
	e.writeTemplate("Parameters", w.Parameters)
	e.writeTemplate("Arguments", w.Arguments)
	if c := w.WriterConfig; c != nil {
		e.writeKey("WriterConfig")
		e.openObject()
		e.writeString("Transformation", c.Transformation)
		e.writeString("OutputType", c.OutputType)
		e.closeObject()
	}
	e.closeObject()
}

func (e *encoder) writeRetrier(r *Retrier) {
	e.openObject()
	e.writeStrings("ErrorEquals", r.ErrorEquals)
	e.writeInt("IntervalSeconds", r.IntervalSeconds)
	e.writeInt("MaxAttempts", r.MaxAttempts)
	e.writeFloat("BackoffRate", r.BackoffRate)
	e.writeInt("MaxDelaySeconds", r.MaxDelaySeconds)
	e.writeString("JitterStrategy", r.JitterStrategy)
	e.writeComment(r.Comment)
	e.closeObject()
}

func (e *encoder) writeCatcher(c *Catcher) {
	e.openObject()
	e.writeStrings("ErrorEquals", c.ErrorEquals)
	e.writePath("ResultPath", c.ResultPath)
	e.writeTemplate("Output", c.Output)
	e.writeTemplate("Assign", c.Assign)
	e.writeString("Next", c.Next)
	e.writeComment(c.Comment)
	e.closeObject()
}

func (e *encoder) writeRule(r *ChoiceRule) {
	e.openObject()
	e.writeCondition(r.Condition)
	e.writePath("Variable", r.Variable)
	switch {
	case r.OperandPath.Presence != Absent:
		e.writePath(r.Operator+"Path", r.OperandPath)
	case r.Operator != "":
		e.writeKey(r.Operator)
		e.appendValue(r.Operand)
	}
	writeArray(e, "And", r.And, (*encoder).writeRule)
	writeArray(e, "Or", r.Or, (*encoder).writeRule)
	if r.Not != nil {
		e.writeKey("Not")
		e.writeRule(r.Not)
	}
	e.writeTemplate("Output", r.Output)
	e.writeTemplate("Assign", r.Assign)
	e.writeString("Next", r.Next)
	e.writeComment(r.Comment)
	e.closeObject()
}
