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
			p.result = constantShape(pass.Result.Value, JSONPath)
		case pass.Parameters.Presence != Absent:
			p.result = templateShape(pass.Parameters, JSONPath)
		}
	}
	if w := workOf(st); w != nil {
		resultPath = w.ResultPath
		p.result = p.answer
		if w.ResultSelector.Presence != Absent {
			p.result = templateShape(w.ResultSelector, JSONPath)
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
	names, ok := plainFieldNames(path)
	if !ok {
		return nil
	}
	below, found := s.followNames(names)
	if found < len(names) {
		return nil // the path fails
	}
	return below
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
	names, ok := plainFieldNames(path)
	if !ok {
		return nil
	}
	return input.withField(names, result)
}

// plainFieldNames returns the names of a path into the input that has only
// names. If it has anything else, ok is false.
func plainFieldNames(path Opt[Path]) ([]string, bool) {
	p := path.Value.Parsed
	if p == nil || p.Root() != jsonpath.Input {
		return nil, false
	}
	names := p.Names()
	return names, p.IsRoot() || path.Value.Text == "$."+strings.Join(names, ".")
}

// outputShape returns the shape that an edge passes to its target.
func (p passage) outputShape(st State, e edge) *shape {
	var s *shape
	if st.Base().Language == JSONata {
		s = p.queryOutputShape(st, e)
	} else {
		s = p.pathOutputShape(st, e)
	}
	if s == nil || s == p.input || s.from != "" {
		return s
	}
	from := *s
	from.from = st.Base().Name
	return &from
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
		return templateShape(output, JSONata)
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

// knownShape is constantShape of a value in which nil is what is not known.
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
	return templateShape(given, st.Base().Language)
}
