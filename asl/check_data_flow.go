package asl

import (
	"strings"

	"github.com/gostates/gostates/jsonpath"
	"github.com/gostates/gostates/value"
)

// errorOutput is the shape of a Catcher's Error Output.
var errorOutput = newShape([]shapeField{{"Error", &shape{}}, {"Cause", &shape{}}})

// passage has the known shapes of the data that passes through a state. nil
// means unknown.
type passage struct {
	input     *shape
	effective *shape // after InputPath
	answer    *shape // of a Task's work, before ResultSelector
	result    *shape // after Parameters and Result, or ResultSelector
	combined  *shape // after ResultPath
	nested    *shape // input of the branches or iterations
}

// newPassage infers the shapes within a state from the shape of its input, and of the
// answer to a Task.
func newPassage(st State, input, answer *shape) passage {
	p := passage{input: input, effective: input, answer: answer}
	if flow := flowOf(st); flow != nil && st.Base().Language == JSONPath {
		p.effective = selectShape(input, flow.InputPath)
		p.applyResult(st)
	}
	p.nested = p.nestedInput(st)
	return p
}

// applyResult infers the result of a JSONPath state and what its ResultPath
// makes of it.
func (p *passage) applyResult(st State) {
	p.result = p.effective
	var resultPath Opt[Path]
	if pass, ok := st.(*PassState); ok {
		resultPath = pass.ResultPath
		switch {
		case pass.Result.Value != nil:
			p.result = known{language: JSONPath}.valueShape(pass.Result.Value)
		case pass.Parameters.Presence != Absent:
			p.result = known{language: JSONPath, root: p.effective}.templateShape(pass.Parameters)
		}
	}
	if w := workOf(st); w != nil {
		resultPath = w.ResultPath
		p.result = p.answer
		if w.ResultSelector.Presence != Absent {
			p.result = known{language: JSONPath, root: p.answer}.templateShape(w.ResultSelector)
		}
	}
	p.combined = placeResult(p.input, p.result, resultPath)
}

// selectShape returns the shape that InputPath or OutputPath selects.
func selectShape(s *shape, path Opt[Path]) *shape {
	switch path.Presence {
	case Absent:
		return s
	case Null:
		return &shape{}
	}
	return known{root: s}.pathShape(path.Value.Parsed)
}

// placeResult returns the shape that ResultPath makes of the input and the
// result.
func placeResult(input, result *shape, path Opt[Path]) *shape {
	switch path.Presence {
	case Absent:
		return result
	case Null:
		return input
	}
	names, ok := plainFieldNames(path.Value.Parsed)
	if !ok {
		return nil
	}
	return input.withField(names, result)
}

// plainFieldNames returns the names of a path into the input that has only
// names. If it has anything else, ok is false.
func plainFieldNames(p *jsonpath.Path) ([]string, bool) {
	if p == nil || p.Root() != jsonpath.Input {
		return nil, false
	}
	names := p.Names()
	return names, p.IsRoot() || p.String() == "$."+strings.Join(names, ".")
}

// outputShape returns the shape that an edge passes to its target.
func (p passage) outputShape(st State, e edge) *shape {
	var s *shape
	if st.Base().Language == JSONata {
		s = p.queryOutputShape(st, e)
	} else {
		s = p.pathOutputShape(st, e)
	}
	if s == p.input {
		return s
	}
	return s.madeBy(st.Base().Name)
}

func (p passage) pathOutputShape(st State, e edge) *shape {
	flow := flowOf(st)
	if e.catcher == nil {
		return selectShape(p.combined, flow.OutputPath)
	}
	return placeResult(p.input, errorOutput, e.catcher.ResultPath)
}

func (p passage) queryOutputShape(st State, e edge) *shape {
	output := flowOf(st).Output
	switch {
	case e.rule != nil:
		output = e.rule.Output
	case e.catcher != nil:
		output = e.catcher.Output
	}
	switch {
	case output.Presence != Absent:
		return p.dataOf(st, e.catcher).templateShape(output)
	case e.catcher != nil:
		return errorOutput
	case workOf(st) != nil:
		return p.answer
	}
	return p.input
}

// answerShape returns what is known of the result of a Task.
func (c *checker) answerShape(st State) *shape {
	task, ok := st.(*TaskState)
	if !ok || c.options.Results == nil {
		return nil
	}
	return knownShape(c.options.Results.ResultOf(task))
}

// knownShape is valueShape of a value in which nil is what is not known.
func knownShape(v any) *shape {
	switch v := v.(type) {
	case nil, []any:
		return nil
	case *value.Object:
		fields := make([]shapeField, 0, min(v.Len(), maxShape))
		for i := range v.Len() {
			if i > maxShape {
				return nil
			}
			fields = append(fields, shapeField{v.At(i).Key, knownShape(v.At(i).Value)})
		}
		return newShape(fields)
	}
	return &shape{}
}

// nestedInput returns the input of a Parallel's branches or a Map's iterations.
func (p *passage) nestedInput(st State) *shape {
	var given Opt[Template]
	switch st := st.(type) {
	case *ParallelState:
		given = st.Parameters
		if st.Language == JSONata {
			given = st.Arguments
		}
		if given.Presence == Absent {
			return p.effective
		}
	case *MapState:
		given = st.ItemSelector
		if given.Presence == Absent {
			given = st.Parameters
		}
		if given.Presence == Absent || st.ItemBatcher != nil {
			return nil
		}
	default:
		return nil
	}
	return p.dataOf(st, nil).templateShape(given)
}

// dataOf returns what the templates of a state, or of one of its Catchers, select from.
func (p *passage) dataOf(st State, c *Catcher) known {
	k := known{language: st.Base().Language, root: p.effective, states: map[string]*shape{"input": p.input}}
	if c == nil {
		k.states["result"] = p.answer
	} else {
		k.root, k.states[errorOutputMember] = errorOutput, errorOutput
	}
	return k
}

// eachAssign calls f for each Assign of a state, with what it selects from.
func (p *passage) eachAssign(st State, f func(Opt[Template], known)) {
	own := p.dataOf(st, nil)
	own.root = p.readShape("Assign", st)
	if a := partsOf(st).assign; a != nil {
		f(*a, own)
	}
	if choice, ok := st.(*ChoiceState); ok {
		for i := range choice.Choices {
			f(choice.Choices[i].Assign, own)
		}
	}
	if w := workOf(st); w != nil {
		for i := range w.Catch {
			f(w.Catch[i].Assign, p.dataOf(st, &w.Catch[i]))
		}
	}
}
