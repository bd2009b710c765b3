package machine

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/gostates/gostates/interpreter/internal/probe"
	"github.com/gostates/gostates/value"
)

// ErrValue: the host passed a value that is not one of package value, such as an
// int or a map[string]any. The error names the place and the type. Use [value.From]
// to convert such values.
var ErrValue = errors.New("machine: invalid value")

// ErrState: an execution cannot begin in a state of this name.
var ErrState = errors.New("machine: the definition has no such state outside of other states")

// measureHostValue returns the size of a value from the host, or one above limit.
// The error wraps ErrValue.
func measureHostValue(place string, v any, limit int) (size int, err error) {
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

// measureStart checks the Start and returns the size of its input, or of the larger one.
func (p *Program) measureStart(x *Execution) (size int, err error) {
	if err := checkRules(uint64(x.Rules)); err != nil {
		return 0, err
	}
	if n := len(x.TokenID()); n > MaxTokenID {
		return 0, fmt.Errorf("%w: Start.TokenID has %d", ErrTokenID, n)
	}
	if x.scopes[0].state == none {
		return 0, fmt.Errorf("%w: %q", ErrState, x.startAt())
	}
	size, err = measureHostValue("Start.Input", x.Input, p.limits.PayloadBytes)
	if err == nil && x.startAt() != "" {
		var own int
		own, err = measureHostValue("Start.StateInput", x.scopes[0].input, p.limits.PayloadBytes)
		size = max(size, own)
	}
	if vars := x.scopes[0].vars; err == nil && vars != nil {
		_, err = measureHostValue("Start.Variables", vars, p.limits.VariablesSize)
	}
	return size, err
}

// measureEvent checks an event and returns the size of its output. It makes Error
// and Cause valid UTF-8.
func (p *Program) measureEvent(place string, ev *Event) (size int, err error) {
	if ev.Error != nil || ev.Cause != nil {
		ev.Error, ev.Cause = validUTF8Pointer(ev.Error), validUTF8Pointer(ev.Cause)
	}
	if ev.Kind != TaskSucceeded && ev.Kind != TaskSubmitted {
		if ev.Kind > Redriven {
			return p.measureMapRunEvent(ev)
		}
		return 0, nil
	}
	return measureHostValue(place, ev.Output, p.limits.PayloadBytes)
}

// checkProbe checks the values of a probe.
func (p *Program) checkProbe(probe *probe.Probe) (err error) {
	if probe == nil {
		return nil
	}
	if probe.Context != nil {
		_, err = measureHostValue("Probe.Context", probe.Context, p.limits.PayloadBytes)
	}
	if err == nil && probe.Read {
		_, err = measureHostValue("Probe.Items", probe.Items, p.limits.PayloadBytes)
	}
	return err
}

// validUTF8Pointer is validUTF8 for an optional string.
func validUTF8Pointer(s *string) *string {
	if s == nil {
		return nil
	}
	if v := validUTF8(*s); v != *s {
		return &v
	}
	return s
}

// validUTF8 replaces each byte of s that is not UTF-8 by U+FFFD.
func validUTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	v, _ := value.From(s) // cannot fail for a string
	return v.(string)
}

// checkHostValues checks the host's values before anything changes.
func (s *step) checkHostValues(ev *Event) (err error) {
	if s.r.Probe != nil {
		if err = s.p.checkProbe(s.r.Probe); err != nil {
			return err
		}
	}
	if ev.Kind == Started {
		s.size, err = s.p.measureStart(s.x)
	} else {
		s.size, err = s.p.measureEvent("Event.Output", ev)
	}
	return err
}
