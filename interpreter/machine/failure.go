package machine

import (
	"fmt"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

// failure is an ASL error on its way to a Retrier, a Catcher or the end.
type failure struct {
	err, cause *string
	match      string // the name that ErrorEquals is compared with; States.Runtime: none
	state      string // where it came from: the innermost state
}

// The longest error and cause, in characters. Longer ones are cut
// (docs/evidence.md#cause-length).
const (
	MaxError = 256
	MaxCause = 32_768
)

func newFailure(name, cause string) *failure { return failureOf(&name, &cause) }

// failureOf is a failure as a task reports it: each part may be missing. Every error
// and cause of an execution comes through here.
func failureOf(err, cause *string) *failure {
	f := &failure{err: cutText(err, MaxError), cause: cutText(cause, MaxCause)}
	if err != nil {
		f.match = *f.err
	}
	return f
}

// cutText returns a string of at most so many characters.
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

// errorOutput is the Error Output: what a Catcher works on. A timeout has no cause,
// which a Catcher sees as an empty string (docs/evidence.md#timeout-cause).
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

// runtimeFailure is a States.Runtime failure of a state: nothing retries or catches
// it, and it ends the whole execution, from within branches and iterations too.
func (s *step) runtimeFailure(sc *scope, format string, args ...any) *failure {
	return s.newStateFailure(sc, asl.StatesRuntime, format, args...)
}

// newStateFailure is a failure that the interpreter itself finds, with the prefix
// that AWS gives to those.
func (s *step) newStateFailure(sc *scope, name, format string, args ...any) *failure {
	if s.r.Probe != nil {
		return newFailure(name, fmt.Sprintf(format, args...))
	}
	prefix := fmt.Sprintf("An error occurred while executing the state '%s' (entered at the event id #%d). ",
		s.p.states[sc.state].name, sc.enteredID)
	return newFailure(name, prefix+fmt.Sprintf(format, args...))
}
