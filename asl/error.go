package asl

import "fmt"

// Error is an ASL error of a Task's handler: a name that Retry and Catch match,
// and a cause for people.
type Error struct {
	Name  string
	Cause string
}

// Errorf returns an [Error]: the name is the ASL error, the rest is its cause.
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

// Is reports whether target is an Error of the same name, and of the same cause
// if it has one.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Name == e.Name && (t.Cause == "" || t.Cause == e.Cause)
}
