package machine

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/gostates/gostates/interpreter/internal/probe"
	"github.com/gostates/gostates/value"
)

// ErrValue: the host gave a value that is not one of package value, such as an
// int or a map[string]any. The error says where and what; [value.From] converts
// such values.
var ErrValue = errors.New("machine: invalid value")

// admit measures a value that the host gives, up to a limit. It refuses one that
// is outside the model, and so could not be stored.
func admit(place string, v any, limit int) (size int, err error) {
	limit = min(limit, value.MaxSize)
	size, depth := value.MeasureWithin(v, limit)
	if depth <= value.MaxDepth && size <= limit {
		return size, nil
	}
	var e *value.BindError
	if errors.As(value.Check(v), &e) {
		if e.Path != "" && e.Path[0] != '[' {
			place += "."
		}
		return 0, fmt.Errorf("%w: %s%s: %s", ErrValue, place, e.Path, e.Msg)
	}
	return size, nil
}

// admitStart measures the input of an execution before its first event.
func (p *Program) admitStart(x *Execution) (size int, err error) {
	size, err = admit("Start.Input", x.Input, p.limits.PayloadBytes)
	if vars := x.scopes[0].vars; err == nil && vars != nil {
		_, err = admit("Start.Variables", vars, p.limits.VariablesSize)
	}
	return size, err
}

// admitEvent measures the output of an event, and makes its texts UTF-8.
func (p *Program) admitEvent(place string, ev *Event) (size int, err error) {
	if ev.Error != nil || ev.Cause != nil {
		ev.Error, ev.Cause = validText(ev.Error), validText(ev.Cause)
	}
	if ev.Kind != TaskSucceeded && ev.Kind != TaskSubmitted {
		return 0, nil
	}
	return admit(place, ev.Output, p.limits.PayloadBytes)
}

// admitProbe checks what a probe brings with it.
func (p *Program) admitProbe(probe *probe.Probe) (err error) {
	if probe == nil {
		return nil
	}
	if probe.Context != nil {
		_, err = admit("Probe.Context", probe.Context, p.limits.PayloadBytes)
	}
	if err == nil && probe.Read {
		_, err = admit("Probe.Items", probe.Items, p.limits.PayloadBytes)
	}
	return err
}

// validText returns s as UTF-8.
func validText(s *string) *string {
	if s == nil {
		return nil
	}
	if v := valid(*s); v != *s {
		return &v
	}
	return s
}

// valid returns s as UTF-8, with U+FFFD for each byte that is not.
func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	v, _ := value.From(s) // of a string it cannot fail
	return v.(string)
}
