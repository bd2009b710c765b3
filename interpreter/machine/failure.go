package machine

import (
	"fmt"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

// failure is an ASL error that is not retried or caught yet.
type failure struct {
	err, cause *string
	match      string // matched with ErrorEquals; States.Runtime matches nothing
	state      string // name of the innermost state that failed
}

// The longest error and cause, in characters. Longer ones are cut off
// (docs/evidence.md#cause-length).
const (
	MaxError = 256
	MaxCause = 32_768
)

func newFailure(name, cause string) *failure { return failureOf(&name, &cause) }

// failureOf returns a failure as a task reports it. err and cause may be nil. All
// errors and causes of an execution come from here.
func failureOf(err, cause *string) *failure {
	f := &failure{err: cutText(err, MaxError), cause: cutText(cause, MaxCause)}
	if err != nil {
		f.match = *f.err
	}
	return f
}

// cutText returns s cut off after limit characters.
func cutText(s *string, limit int) *string {
	if s == nil || len(*s) <= limit {
		return s
	}
	for at := range *s {
		if limit == 0 {
			cut := strings.Clone((*s)[:at])
			return &cut
		}
		limit--
	}
	return s
}

// errorOutput returns the Error Output, which a Catcher gets. A timeout has no
// cause; its Error Output has an empty string (docs/evidence.md#timeout-cause).
func (f *failure) errorOutput() any {
	cause := stringOrNil(f.cause)
	if f.cause == nil && f.err != nil && *f.err == asl.StatesTimeout {
		cause = ""
	}
	o := value.NewObject(2)
	o.Set("Error", stringOrNil(f.err))
	o.Set("Cause", cause)
	return o
}

func stringOrNil(s *string) any {
	if s == nil {
		return nil
	}
	return *s
}

// runtimeFailure returns a States.Runtime failure, which cannot be retried or
// caught. It ends the whole execution, even from a branch or iteration.
func (s *step) runtimeFailure(sc *scope, format string, args ...any) *failure {
	return s.newStateFailure(sc, asl.StatesRuntime, format, args...)
}

// newStateFailure returns a failure that the interpreter detects, with AWS's prefix
// for those.
func (s *step) newStateFailure(sc *scope, name, format string, args ...any) *failure {
	if s.r.Probe != nil {
		return newFailure(name, fmt.Sprintf(format, args...))
	}
	prefix := fmt.Sprintf("An error occurred while executing the state '%s' (entered at the event id #%d). ",
		s.p.states[sc.state].name, sc.enteredID)
	return newFailure(name, prefix+fmt.Sprintf(format, args...))
}
