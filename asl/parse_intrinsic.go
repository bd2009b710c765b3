package asl

import (
	"strings"

	"github.com/gostates/gostates/intrinsics"
)

// parseStringPath parses ErrorPath or CausePath: a reference path, or an
// intrinsic function call that returns a string.
func (o *object) parseStringPath(name string) Opt[Path] {
	n := o.fieldNode(name)
	if n == nil {
		return Opt[Path]{}
	}
	text, ok := n.Value.(string)
	if !ok || !strings.HasPrefix(text, "States.") {
		return o.parseReferencePath(name)
	}
	f := startField[Path](o, n)
	f.Value.Text = text
	call, err := intrinsics.Parse(text)
	switch {
	case err != nil:
		o.reportSchema(n.Offset, name, noPathOrCall, name)
		o.addParseDetail(err)
	case !call.ReturnsString():
		o.reportSchema(n.Offset, name, "The intrinsic function call of the field '%s' must return a string", name)
	default:
		f.Value.Call = call
		o.noteCallReads(call, name, n.Offset)
	}
	return f
}

// noteCallReads notes the paths that an intrinsic function call reads, and
// warns of a wrong number of arguments.
func (o *object) noteCallReads(c *intrinsics.Call, field string, offset int) {
	for path := range c.Paths() {
		o.notePathRead(path, field, offset)
	}
	for misfit := range c.Misfits() {
		o.warnField(CodeCallAlwaysFails, offset, field, "%s: the call always fails", misfit)
	}
}

const noPathOrCall = "The value for the field '%s' must be a valid JSONPath or a valid intrinsic function call"
