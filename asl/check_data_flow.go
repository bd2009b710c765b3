package asl

import (
	"strings"

	"github.com/gostates/gostates/jsonpath"
)

// errorOutput is what a Catcher gets.
var errorOutput = newShape([]shapeField{{"Error", &shape{}}, {"Cause", &shape{}}})

// passage is what is known of the values inside one state.
type passage struct {
	input     *shape // of the state
	effective *shape // after InputPath
	result    *shape // after Parameters and Result, or ResultSelector
	combined  *shape // after ResultPath
	inner     *shape // the input of the states inside
}

// through follows the input of a state.
func through(st State, input *shape) passage {
	p := passage{input: input, effective: input}
	if flow := flowOf(st); flow != nil && st.Base().Language == JSONPath {
		p.effective = atPath(input, flow.InputPath)
		p.followResult(st)
	}
	p.inner = p.innerInput(st)
	return p
}

// followResult follows the effective input of a JSONPath state to its result.
func (p *passage) followResult(st State) {
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
		p.result = nil
		if w.ResultSelector.Presence != Absent {
			p.result = templateShape(w.ResultSelector, JSONPath)
		}
	}
	p.combined = withResult(p.input, p.result, resultPath)
}

// atPath is what InputPath or OutputPath takes.
func atPath(s *shape, path Opt[Path]) *shape {
	switch path.Presence {
	case Absent:
		return s
	case Null:
		return &shape{}
	}
	names, ok := plainNames(path)
	if !ok {
		return nil
	}
	below, found := s.at(names)
	if found < len(names) {
		return nil // it fails
	}
	return below
}

// withResult is what ResultPath makes of the input and the result.
func withResult(input, result *shape, path Opt[Path]) *shape {
	switch path.Presence {
	case Absent:
		return result
	case Null:
		return input
	}
	names, ok := plainNames(path)
	if !ok {
		return nil
	}
	return input.with(names, result)
}

// plainNames are the names of a path into the input that has nothing else.
func plainNames(path Opt[Path]) ([]string, bool) {
	p := path.Value.Parsed
	if p == nil || p.Root() != jsonpath.Input {
		return nil, false
	}
	names := p.Names()
	return names, p.IsRoot() || path.Value.Text == "$."+strings.Join(names, ".")
}

// out is the input of the state at the end of an edge.
func (p passage) out(st State, e edge) *shape {
	var s *shape
	if st.Base().Language == JSONata {
		s = p.outOfJSONata(st, e)
	} else {
		s = p.outOfJSONPath(st, e)
	}
	if s == nil || s == p.input || s.from != "" {
		return s
	}
	from := *s
	from.from = st.Base().Name
	return &from
}

func (p passage) outOfJSONPath(st State, e edge) *shape {
	flow := flowOf(st)
	if e.catcher == nil {
		return atPath(p.combined, flow.OutputPath)
	}
	return withResult(p.input, errorOutput, e.catcher.ResultPath)
}

func (p passage) outOfJSONata(st State, e edge) *shape {
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
		return nil
	}
	return p.input
}

// innerInput is what a Parallel gives its branches, or a Map its iterations.
func (p *passage) innerInput(st State) *shape {
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
