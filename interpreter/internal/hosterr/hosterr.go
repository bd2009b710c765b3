// Package hosterr reads errors that come from code of the host. Such an error may wrap
// itself, may be a nil pointer, and its methods may panic.
package hosterr

import (
	"fmt"
	"reflect"

	"github.com/gostates/gostates/asl"
)

// maxTree is how many errors of a tree Inspect looks at: an error that wraps itself
// has an endless one.
const maxTree = 1000

// namer is interpreter.ErrorNamer.
type namer interface{ ErrorName() string }

// Inspect reports whether err is target, as errors.Is does, and otherwise returns the
// first ASL error in it, as errors.As does, or nil. An error with a method ErrorName that
// does not return "" is one, and its message is the cause. It ends for every tree of
// errors. A nil pointer is not an ASL error. Panics of the errors' methods are left to
// the caller.
func Inspect(err, target error) (isTarget bool, named *asl.Error) {
	tree := []error{err}
	for n := 0; len(tree) > 0 && n < maxTree; n++ {
		last := len(tree) - 1
		e := tree[last]
		tree = tree[:last]
		if e == nil {
			continue
		}
		if matchError(e, target, &named) {
			return true, nil
		}
		switch e := e.(type) {
		case interface{ Unwrap() error }:
			tree = append(tree, e.Unwrap())
		case interface{ Unwrap() []error }:
			inner := e.Unwrap()
			for i := range inner {
				tree = append(tree, inner[len(inner)-1-i])
			}
		}
	}
	return false, named
}

// matchError is Inspect for a single error. It sets *named unless it is set.
func matchError(err, target error, named **asl.Error) (isTarget bool) {
	if err == target { //nolint:errorlint // Inspect walks the tree
		return true
	}
	if is, ok := err.(interface{ Is(error) bool }); ok && is.Is(target) {
		return true
	}
	if *named != nil {
		return false
	}
	if e, ok := err.(*asl.Error); ok {
		*named = e
	} else if e := namedError(err); e != nil {
		*named = e
	} else if as, ok := err.(interface{ As(any) bool }); ok {
		var found *asl.Error
		if as.As(&found) {
			*named = found
		}
	}
	return false
}

// namedError returns the ASL error of an error that names itself, or nil.
func namedError(err error) *asl.Error {
	e, ok := err.(namer)
	if !ok || isNilPointer(err) {
		return nil
	}
	name := e.ErrorName()
	if name == "" {
		return nil
	}
	return &asl.Error{Name: name, Cause: Message(err)}
}

func isNilPointer(err error) bool {
	v := reflect.ValueOf(err)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

// Message returns err.Error(), or a description of err if that panics.
func Message(err error) (message string) {
	defer func() {
		if p := recover(); p == nil {
			return
		} else if isNilPointer(err) {
			message = fmt.Sprintf("a nil %T as an error", err)
		} else {
			message = fmt.Sprintf("%T, whose Error method panicked: %v", err, p)
		}
	}()
	return err.Error()
}
