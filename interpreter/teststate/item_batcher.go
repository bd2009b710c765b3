package teststate

import (
	"math"
	"strconv"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/internal/probe"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// The fields of an ItemBatcher.
const (
	batchInput = "BatchInput"
	batchItems = "MaxItemsPerBatch"
	batchBytes = "MaxInputBytesPerBatch"
)

// applyItemBatcher sets the number of iterations. With an ItemBatcher, it adds the
// batches to the inspection data, with each item as a string of JSON. If a field of
// the ItemBatcher fails, it returns the failure.
func (t *test) applyItemBatcher(m *asl.MapState) *probe.Answer {
	t.iterations = len(t.probe.Items)
	if m.ItemBatcher == nil {
		return nil
	}
	items := t.probe.Items
	if selected, ok := t.probe.Data.Get("afterItemSelector"); ok {
		items, _ = selected.([]any)
	}
	fields, failed := t.evaluateItemBatcher(m)
	if failed != nil {
		return failed
	}
	input, hasInput := fields.Get(batchInput)
	batch := func(items []any) *value.Object {
		o := value.NewObject(2)
		if hasInput {
			o.Set(batchInput, input)
		}
		o.Set("Items", items)
		return o
	}
	most, bytes := batchLimit(fields, batchItems), batchLimit(fields, batchBytes)
	batches := []any{}
	for first := 0; first < len(items); {
		end := first + 1 // an item over the size limit gets its own batch
		for end < len(items) && int64(end-first) < most && int64(value.Size(batch(items[first:end+1]))) <= bytes {
			end++
		}
		texts := make([]any, 0, end-first)
		for _, item := range items[first:end] {
			texts = append(texts, value.String(item))
		}
		batches = append(batches, batch(texts))
		first = end
	}
	t.iterations = len(batches)
	t.probe.Data.Set("afterItemBatcher", batches)
	return nil
}

// batchLimit returns a limit of the ItemBatcher, or the largest integer if it has
// none.
func batchLimit(fields *value.Object, name string) int64 {
	v, _ := fields.Get(name)
	if digits, ok := v.(string); ok {
		v, _ = strconv.ParseInt(digits, 10, 64) // docs/evidence.md#numeric-string
	}
	if n, ok := v.(int64); ok && n > 0 {
		return n
	}
	return math.MaxInt64
}

// evaluateItemBatcher evaluates the fields of the ItemBatcher.
func (t *test) evaluateItemBatcher(m *asl.MapState) (*value.Object, *probe.Answer) {
	b, f := m.ItemBatcher, newMapFields()
	if b.BatchInput.IsSet() {
		node := asl.TemplateNode{Literal: b.BatchInput.Value.Source}
		if b.BatchInput.Value.Root != nil {
			node = *b.BatchInput.Value.Root
		}
		f.add(batchInput, b.BatchInput.Value.Source, node)
	}
	f.addNumber(batchItems, b.MaxItemsPerBatch, b.MaxItemsPerBatchPath)
	f.addNumber(batchBytes, b.MaxInputBytesPerBatch, b.MaxInputBytesPerBatchPath)
	return t.evaluateFields(m, f, "ItemBatcher/")
}

// mapFields are fields of a Map state that are evaluated like those of a Pass state.
type mapFields struct {
	source *value.Object
	root   *asl.TemplateNode
}

func newMapFields() *mapFields { return &mapFields{value.NewObject(3), &asl.TemplateNode{}} }

func (f *mapFields) add(name string, written any, node asl.TemplateNode) {
	f.source.Set(name, written)
	f.root.Fields = append(f.root.Fields, asl.TemplateField{Key: name, Node: node})
}

func (f *mapFields) addNumber(name string, n asl.Opt[asl.Integer], path asl.Opt[asl.Path]) {
	switch {
	case path.IsSet():
		f.add(name, path.Value.Text, asl.TemplateNode{Path: path.Value.Parsed, Field: name + "Path"})
	case n.IsSet() && n.Value.Expression != nil:
		f.add(name, n.Value.Expression.Text, asl.TemplateNode{})
	case n.IsSet():
		f.add(name, n.Value.Value, asl.TemplateNode{Literal: n.Value.Value})
	}
}

// evaluateFields evaluates fields, as those of a Pass state that has the same input,
// variables and context object as the Map state. within is where the Map state has them.
func (t *test) evaluateFields(m *asl.MapState, f *mapFields, within string) (*value.Object, *probe.Answer) {
	pass := &asl.PassState{
		StateBase:  asl.StateBase{Name: m.Name, Type: "Pass", Language: m.Language},
		Transition: asl.Transition{End: presentOpt(true)},
	}
	fields := presentOpt(asl.Template{Source: f.source, Root: f.root})
	if m.Language == asl.JSONata {
		pass.Output = fields
	} else {
		pass.Parameters = fields
	}
	if !t.probe.Data.Has("afterInputPath") { // the Map state has not run yet
		pass.InputPath = m.InputPath
	}
	return t.evaluatePass(pass, within)
}

// evaluatePass runs a Pass state with the data of the state under test.
func (t *test) evaluatePass(pass *asl.PassState, within string) (*value.Object, *probe.Answer) {
	failed := func(name, cause *string) *probe.Answer {
		return &probe.Answer{Failed: true, Error: name, Cause: cause}
	}
	program, err := compileAlone(pass, machine.Options{})
	if err != nil { // an expression does not parse
		name, cause := asl.StatesRuntime, err.Error()
		return nil, failed(&name, &cause)
	}
	input := t.input
	if selected, ok := t.probe.Data.Get("afterInputPath"); ok {
		input = selected
	}
	p := probe.Probe{Context: t.probe.Context, Data: value.NewObject(0)}
	x := program.New(machine.Start{Input: input, Variables: t.variables, Seed: [2]uint64{1, 2}})
	if err := program.Step(x, machine.Event{Kind: machine.Started}, t.now, &machine.Result{Probe: &p}); err != nil {
		t.refused = err
		return nil, failed(nil, nil)
	}
	if fields, ok := p.Output.(*value.Object); ok {
		return fields, nil
	}
	if p.Cause != nil { // the Map state has the field under another name
		cause := strings.Replace(*p.Cause, "'Output/", "'"+within, 1)
		p.Cause = &cause
	}
	return nil, failed(p.Error, p.Cause)
}
