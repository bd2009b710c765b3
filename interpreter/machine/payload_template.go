package machine

import (
	"errors"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/intrinsics"
	"github.com/gostates/gostates/jsonpath"
	"github.com/gostates/gostates/value"
)

// payload evaluates a field that holds any JSON, such as Parameters or Arguments: a
// payload template of a JSONPath state, or a field with expressions of a JSONata state.
// input is $, or $states.input.
type payload interface {
	evaluate(s *step, slot int32, input any) (any, *failure)
}

// compilePayload compiles a field that is called name if the state is a JSONata one. It
// returns nil if the field is absent.
func (c *compiler) compilePayload(st *state, n asl.Node, template, field asl.Opt[asl.Template], name string) payload {
	if st.query != nil {
		if d := c.compileField(n, field, name); d != nil {
			return d
		}
	} else if t := compileTemplate(template); t != nil {
		return payloadTemplate{t}
	}
	return nil
}

type payloadTemplate struct{ *asl.TemplateNode }

func (t payloadTemplate) evaluate(s *step, slot int32, input any) (any, *failure) {
	return s.evaluateTemplate(slot, t.TemplateNode, input)
}

func (d *data) evaluate(s *step, slot int32, input any) (any, *failure) {
	return s.viewOf(slot, input).evalField(d)
}

// evaluateTemplate evaluates a payload template, with $ set to input.
func (s *step) evaluateTemplate(slot int32, t *asl.TemplateNode, input any) (any, *failure) {
	v, wrong := evaluateNode(t, s.envOf(slot, input))
	if wrong != nil {
		return nil, s.templateFailure(slot, wrong, input)
	}
	return v, nil
}

// fieldError is the error of a ".$" field in a template.
type fieldError struct {
	node *asl.TemplateNode
	err  error
}

func evaluateNode(t *asl.TemplateNode, e *env) (any, *fieldError) {
	switch {
	case t.Path != nil:
		v, err := e.Get(t.Path)
		if err != nil {
			return nil, &fieldError{t, err}
		}
		return v, nil
	case t.Call != nil:
		v, err := t.Call.Eval(e)
		if err != nil {
			return nil, &fieldError{t, err}
		}
		return v, nil
	case t.Fields != nil:
		e.s.meter.Made += copiedBytes * int64(2+len(t.Fields))
		o := value.NewObject(len(t.Fields))
		for i := range t.Fields {
			v, wrong := evaluateNode(&t.Fields[i].Node, e)
			if wrong != nil {
				return nil, wrong
			}
			o.Add(t.Fields[i].Key, v)
		}
		return o, nil
	case t.Items != nil:
		e.s.meter.Made += copiedBytes * int64(1+len(t.Items))
		items := make([]any, len(t.Items))
		for i := range t.Items {
			v, wrong := evaluateNode(&t.Items[i], e)
			if wrong != nil {
				return nil, wrong
			}
			items[i] = v
		}
		return items, nil
	}
	return t.Literal, nil
}

// templateFailure returns the failure of a field, in AWS's words.
func (s *step) templateFailure(slot int32, wrong *fieldError, input any) *failure {
	if failed := s.limitFailure(slot, wrong.err); failed != nil {
		return failed
	}
	sc, node := s.stateScope(slot), wrong.node
	var failed *intrinsics.Error
	var argument *intrinsics.ArgumentError
	switch {
	case errors.Is(wrong.err, errNullDocument):
		return s.runtimeFailure(sc, nullDocument)
	case errors.As(wrong.err, &argument):
		return s.runtimeFailure(sc, "The function '%s' had the following error: The JsonPath argument for the field '%s' could not be found in the input '%s'",
			node.Call, argument.Path, value.String(s.documentOf(slot, argument.Path, input)))
	case errors.As(wrong.err, &failed):
		return s.runtimeFailure(sc, "There was an error while evaluating the intrinsic function: %s. %s", node.Call, failed.Msg)
	}
	return s.runtimeFailure(sc, "The JSONPath '%s' specified for the field '%s' could not be found in the input '%s'",
		node.Path, node.Field, value.String(s.documentOf(slot, node.Path, input)))
}

// documentOf returns the value that the error of a path quotes: the context object
// for a path that starts with "$$", otherwise the input.
func (s *step) documentOf(slot int32, p *jsonpath.Path, input any) any {
	if p.Root() == jsonpath.Context {
		return s.contextObject(slot)
	}
	return input
}

// compileTemplate compiles a payload template. Without paths and functions it is a
// literal.
func compileTemplate(o asl.Opt[asl.Template]) *asl.TemplateNode {
	if !o.IsSet() {
		return nil
	}
	if o.Value.Root != nil {
		return o.Value.Root
	}
	return &asl.TemplateNode{Literal: o.Value.Source}
}
