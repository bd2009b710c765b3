package asl

import "fmt"

// Error is the error of a Task's handler: a name that Retry and Catch match,
// and a cause for people.
type Error struct {
	Name  string
	Cause string
}

// Errorf returns an [Error] with a name and a formatted cause.
func Errorf(name, format string, args ...any) error {
	return &Error{Name: name, Cause: fmt.Sprintf(format, args...)}
}

// Error returns the name and the cause.
func (e *Error) Error() string {
	if e.Cause == "" {
		return e.Name
	}
	return e.Name + ": " + e.Cause
}

// Is reports whether target is an Error with the same name and, unless target
// has none, the same cause.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Name == e.Name && (t.Cause == "" || t.Cause == e.Cause)
}
