package asl

import (
	"strings"

	"github.com/gostates/gostates/intrinsics"
)

// textPath is ErrorPath or CausePath: a reference path, or an intrinsic
// function call that gives a string.
func (o *object) textPath(name string) Opt[Path] {
	n := o.member(name)
	if n == nil {
		return Opt[Path]{}
	}
	text, ok := n.Value.(string)
	if !ok || !strings.HasPrefix(text, "States.") {
		return o.referencePath(name)
	}
	f := opt[Path](o, n)
	f.Value.Text = text
	call, err := intrinsics.Parse(text)
	switch {
	case err != nil:
		o.schema(n.Offset, name, noPathOrCall, name)
		o.detail(err)
	case !call.ReturnsString():
		o.schema(n.Offset, name, "The intrinsic function call of the field '%s' must return a string", name)
	default:
		f.Value.Call = call
		o.readCall(call, name, n.Offset)
	}
	return f
}

// readCall notes what a call of an intrinsic function reads, and warns where it
// has a wrong number of arguments.
func (o *object) readCall(c *intrinsics.Call, field string, offset int) {
	for path := range c.Paths() {
		o.readPath(path, field, offset)
	}
	for misfit := range c.Misfits() {
		o.warn(CodeCallAlwaysFails, offset, field, "%s: the call fails whenever it runs", misfit)
	}
}

const noPathOrCall = "The value for the field '%s' must be a valid JSONPath or a valid intrinsic function call"
