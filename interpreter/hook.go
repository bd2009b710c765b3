package interpreter

import (
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"

	"github.com/gostates/gostates/interpreter/internal/hosterr"
)

// HookError says that a hook of the host panicked or called runtime.Goexit. If the
// hook is a history sink, a resolver, a clock or a logger, it ends the execution,
// and [Execution.Wait] returns it wrapped. Calls that convert values or read random
// bytes return it.
type HookError struct {
	// Hook is the field of Config or StartOptions, such as "Config.History";
	// "encoding" or "decoding" for the methods of values; or "the interpreter",
	// which is a bug.
	Hook  string
	Value any    // the value of the panic; nil: runtime.Goexit
	Stack []byte // the stack of the panic

	text string
}

// Values of HookError.Hook.
const (
	hookSink    = "Config.History"
	hookOwnSink = "StartOptions.History"
	hookResolve = "Config.Resolver"
	hookOwnTask = "StartOptions.Resolver"
	hookOf      = "Config.ResolverOf"
	hookExists  = "Config.ActivityExists"
	hookClock   = "Config.Clock"
	hookLogger  = "Config.Logger"
	hookRand    = "Config.Rand"
	hookStore   = "Config.Store"
	hookCodec   = "Config.Codec"
	hookMapRun  = "Config.ItemReader or Config.ResultWriter"
	hookOnEnd   = "Config.OnEnd"
	hookErrors  = "Config.Errors"
	hookNone    = "the interpreter"
)

// Error names the hook and the value of its panic.
func (e *HookError) Error() string { return e.text }

// Unwrap returns the value of the panic if it is an error, and nil otherwise.
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

// logText returns the message of an error, without what a log may not contain of a panic.
func logText(err error) string {
	text := hosterr.Message(err)
	var hook *HookError
	if errors.As(err, &hook) && hook.Value != nil {
		text = strings.ReplaceAll(text, hook.text, hook.Hook+" panicked: "+describePanic(hook.Value))
	}
	return text
}

// callRecovered calls code of the host and returns its error. A panic becomes a
// HookError; runtime.Goexit is left to the caller.
func callRecovered(hook string, f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = newHookError(hook, p)
		}
	}()
	return f()
}

// hooksRunning counts the calls of callHook in progress in all interpreters.
// insideHook looks at the stack only if there are any.
var hooksRunning atomic.Int64

// callHook is callRecovered for hooks that an execution or an interpreter waits
// for. insideHook finds it on the stack.
//
//go:noinline
func callHook(hook string, f func() error) error {
	hooksRunning.Add(1)
	defer hooksRunning.Add(-1)
	return callRecovered(hook, f)
}

// insideHook reports whether the calling goroutine is inside a hook. A call that
// waits for hooks to return would then wait for itself.
func insideHook() bool { return hooksRunning.Load() > 0 && calledFrom(callHookEntry) }

// hooksInSteps counts the calls of callInStep in progress in all interpreters, as
// hooksRunning does those of callHook.
var hooksInSteps atomic.Int64

// callInStep calls a hook while an execution changes: insideStep finds it on the stack.
//
//go:noinline
func callInStep(f func()) {
	hooksInSteps.Add(1)
	defer hooksInSteps.Add(-1)
	f()
}

// insideStep reports whether the calling goroutine is inside a hook that was called
// during a Step.
func insideStep() bool { return hooksInSteps.Load() > 0 && calledFrom(callInStepEntry) }

// callInCommit calls the store while all executions wait for it: insideCommit finds it on
// the stack.
//
//go:noinline
func callInCommit(f func() error) error { return callHook(hookStore, f) }

// insideCommit reports whether the calling goroutine, which is inside a hook, is inside
// the Commit that all changes wait for.
func insideCommit() bool { return calledFrom(callInCommitEntry) }

// insideHandler reports whether the calling goroutine runs the code of a task.
func insideHandler() bool { return calledFrom(runHandlerEntry) }

var (
	callHookEntry     = reflect.ValueOf(callHook).Pointer()
	callInStepEntry   = reflect.ValueOf(callInStep).Pointer()
	callInCommitEntry = reflect.ValueOf(callInCommit).Pointer()
	callEndHookEntry  = reflect.ValueOf((*Interpreter).callEndHook).Pointer()
	runHandlerEntry   = reflect.ValueOf((*Task).runHandler).Pointer()
)

// calledFrom reports whether the function with that entry is on the stack of the
// calling goroutine. The function must be marked go:noinline.
func calledFrom(entry uintptr) bool {
	var room [64]uintptr
	pcs := room[:]
	n := runtime.Callers(2, pcs)
	for n == len(pcs) {
		pcs = make([]uintptr, 2*len(pcs))
		n = runtime.Callers(2, pcs)
	}
	for _, pc := range pcs[:n] {
		if f := runtime.FuncForPC(pc - 1); f != nil && f.Entry() == entry {
			return true
		}
	}
	return false
}

// hookText adds context to the error of a hook. It computes the message at once,
// because the error's method may panic or block later.
type hookText struct {
	text string
	err  error
}

func (e *hookText) Error() string { return e.text }
func (e *hookText) Unwrap() error { return e.err }
