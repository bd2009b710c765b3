package interpreter

import (
	"fmt"
	"runtime/debug"
)

// HookError says that code of the host failed that the interpreter calls. An
// execution ends with it, wrapped in what [Execution.Wait] returns, when that is a
// history sink, a resolver, a clock or a logger; calls that convert values or need
// random bytes return it.
type HookError struct {
	Hook  string // the field of Config or StartOptions, or "encoding" or "decoding"
	Value any    // the value of the panic; nil: it called runtime.Goexit
	Stack []byte // where

	text string
}

// Error names the hook and says what it did.
func (e *HookError) Error() string { return e.text }

// Unwrap returns the value of the panic if it is an error.
func (e *HookError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

func newHookError(hook string, p any) *HookError {
	text := hook + " called runtime.Goexit"
	if p != nil {
		text = fmt.Sprintf("%s panicked: %v", hook, p)
	}
	return &HookError{Hook: hook, Value: p, Stack: debug.Stack(), text: text}
}

// callHook calls code of the host and returns its error. A panic is a HookError;
// runtime.Goexit is left to the caller.
func callHook(hook string, f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = newHookError(hook, p)
		}
	}()
	return f()
}
