package resultwriter

import (
	"context"
	"errors"
	"fmt"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/objects"
)

// failure is an error that fails the Map state.
type failure struct {
	named asl.Error
	err   error
}

// newFailure returns a States.ResultWriterFailed. err may be nil
// (docs/evidence.md#result-failures).
func newFailure(err error, format string, args ...any) error {
	return &failure{asl.Error{Name: asl.StatesResultWriterFailed, Cause: fmt.Sprintf(format, args...)}, err}
}

func (f *failure) Error() string { return "resultwriter: " + f.named.Cause }

// Unwrap returns the ASL error and the error that caused it.
func (f *failure) Unwrap() []error {
	if f.err == nil {
		return []error{&f.named}
	}
	return []error{&f.named, f.err}
}

// storeError is an error of the object store, with the message of the service.
type storeError struct {
	cause string
	err   error // nil if the store panicked
}

func (e *storeError) Error() string { return e.cause }

func (e *storeError) Unwrap() error { return e.err }

// failWriting returns the failure of a call of the object store, or the cause of
// the context that ended the wait for it.
func failWriting(err error, format string, args ...any) error {
	var s *storeError
	if err == nil || !errors.As(err, &s) {
		return err
	}
	return newFailure(s, "%s %s", fmt.Sprintf(format, args...), s.cause)
}

// callStore calls code of an object store on another goroutine. It returns the
// cause of the context when that is done, even if the code has not returned. If
// the code returns later, orphaned is called, if it is not nil.
func callStore(ctx context.Context, code func() error, orphaned func()) (returned bool, err error) {
	if ctx.Err() != nil {
		return true, context.Cause(ctx)
	}
	done := make(chan error)
	left := make(chan struct{})
	go func() {
		var err error = &storeError{cause: "the object store called runtime.Goexit"}
		defer func() {
			select {
			case done <- err:
			case <-left:
				if orphaned != nil {
					_ = guardStore(func() error { orphaned(); return nil })
				}
			}
		}()
		err = guardStore(code)
	}()
	select {
	case err := <-done:
		return true, err
	case <-ctx.Done():
		close(left)
		return false, context.Cause(ctx)
	}
}

// guardStore returns a *storeError if code fails or panics. If code calls
// runtime.Goexit, guardStore does not return.
func guardStore(code func() error) (result error) {
	defer func() {
		if p := recover(); p != nil {
			result = &storeError{cause: fmt.Sprintf("the object store panicked: %v", p)}
		}
	}()
	if err := code(); err != nil {
		return &storeError{objects.Cause(err), err}
	}
	return nil
}
