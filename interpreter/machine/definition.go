package machine

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

// definitionFormat is the version of the format of MarshalDefinition.
const definitionFormat = 1

// ErrDefinition: the bytes are not from MarshalDefinition, are corrupt, or are of a
// version of the library that this one does not know.
var ErrDefinition = errors.New("machine: invalid stored definition")

// MarshalDefinition returns the definition and the options, from which
// [CompileDefinition] makes a Program with the same [Program.Digest] in any process:
// a host that stores it under its digest can end executions of a definition that is
// no longer shipped. For the Program of child executions it is the definition of the
// whole machine, and the names of the Map states. Comments are left out. The result is a line of JSON with the
// options, limits with their defaults filled in, and the definition.
func (p *Program) MarshalDefinition() ([]byte, error) {
	digest := p.Digest()
	var path []any // from the root to a child's program
	for ; p.parent != nil; p = p.parent {
		path = append(path, p.state)
	}
	slices.Reverse(path)
	text, err := asl.MarshalUncommented(p.machine)
	if err != nil {
		return nil, err
	}
	o, l := p.options, p.limits
	activities := make([]any, len(o.Activities))
	for i := range activities {
		activities[i] = o.Activities[i]
	}
	limits := value.NewObject(10)
	for _, f := range l.namedFields() {
		limits.Set(f.name, int64(portableLimit(*f.at)))
	}
	limits.Set("Duration", int64(max(l.Duration, -1)))
	header := value.ObjectOf(
		value.Member{Key: "Format", Value: int64(definitionFormat)},
		value.Member{Key: "Digest", Value: digest},
		value.Member{Key: "StateMachineArn", Value: o.StateMachineArn},
		value.Member{Key: "StateMachineName", Value: o.StateMachineName},
		value.Member{Key: "RoleArn", Value: o.RoleArn},
		value.Member{Key: "Express", Value: o.Express},
		value.Member{Key: "EveryResource", Value: o.EveryResource},
		value.Member{Key: "Activities", Value: activities},
		value.Member{Key: "Limits", Value: limits},
	)
	if scale := o.waitScaleText(); scale != "" {
		header.Set("WaitScale", scale)
	}
	if len(path) > 0 {
		header.Set("Child", path)
	}
	return append(append(value.Append(nil, header), '\n'), text...), nil
}

// CompileDefinition compiles the result of [Program.MarshalDefinition]. The error
// wraps [ErrDefinition], also if the Program would have another digest, or is an
// asl.ErrorList if this version refuses the definition.
func CompileDefinition(data []byte) (*Program, error) {
	line, text, _ := bytes.Cut(data, []byte{'\n'})
	v, err := value.Parse(line)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDefinition, err)
	}
	h := header{}
	h.members, _ = v.(*value.Object)
	if format := readMember[int64](&h, "Format"); h.err == nil && format != definitionFormat {
		return nil, fmt.Errorf("%w: format %d, want %d", ErrDefinition, format, definitionFormat)
	}
	o, digest := h.readOptions(), readMember[string](&h, "Digest")
	if h.err != nil {
		return nil, h.err
	}
	m, err := asl.Parse(text)
	if err != nil {
		return nil, err
	}
	p, err := Compile(m, o)
	if err != nil {
		return nil, err
	}
	path, _ := h.members.Get("Child")
	states, _ := path.([]any)
	for _, v := range states {
		state, _ := v.(string)
		if p = p.Child(state); p == nil {
			return nil, fmt.Errorf("%w: no child executions of %q", ErrDefinition, state)
		}
	}
	if p.Digest() != digest {
		return nil, fmt.Errorf("%w: it has the digest %s, and not %s", ErrDefinition, p.Digest(), digest)
	}
	return p, nil
}

// header reads the members of a JSON object. err is the first error.
type header struct {
	members *value.Object
	err     error
}

// readMember returns a member, which must exist and be of the type.
func readMember[T any](h *header, name string) T {
	v, _ := h.members.Get(name)
	t, ok := v.(T)
	if !ok && h.err == nil {
		h.err = fmt.Errorf("%w: %s is missing or of the wrong type", ErrDefinition, name)
	}
	return t
}

func (h *header) readOptions() Options {
	o := Options{
		StateMachineArn:  readMember[string](h, "StateMachineArn"),
		StateMachineName: readMember[string](h, "StateMachineName"),
		RoleArn:          readMember[string](h, "RoleArn"),
		Express:          readMember[bool](h, "Express"),
		EveryResource:    readMember[bool](h, "EveryResource"),
	}
	if h.members.Has("WaitScale") {
		var err error
		if o.WaitScale, err = strconv.ParseFloat(readMember[string](h, "WaitScale"), 64); err != nil && h.err == nil {
			h.err = fmt.Errorf("%w: WaitScale: %w", ErrDefinition, err)
		}
	}
	for _, v := range readMember[[]any](h, "Activities") {
		name, _ := v.(string)
		o.Activities = append(o.Activities, name)
	}
	limits := header{readMember[*value.Object](h, "Limits"), h.err}
	for _, f := range o.Limits.namedFields() {
		n := readMember[int64](&limits, f.name)
		if *f.at = int(n); int64(*f.at) != n && limits.err == nil {
			limits.err = fmt.Errorf("%w: %s is too large for this platform", ErrDefinition, f.name)
		}
	}
	o.Limits.Duration = time.Duration(readMember[int64](&limits, "Duration"))
	h.err = limits.err
	return o
}
