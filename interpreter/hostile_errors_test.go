package interpreter_test

import (
	"context"
	"errors"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// guardedError is an error of a store whose methods may only be called where a store may
// be: on the goroutine that calls it.
type guardedError struct{ unguarded *bool }

func (e guardedError) Error() string { return "hostile" }

func (e guardedError) Is(error) bool {
	*e.unguarded = *e.unguarded || !strings.Contains(string(debug.Stack()), "callStore")
	return false
}

// hostile is a store whose calls other than Commit fail with such errors.
type hostile struct {
	store.Store
	err error
}

func (s hostile) Load(context.Context, store.ID) (*store.State, error) { return nil, s.err }
func (s hostile) Find(context.Context, string, string, string) (store.ID, error) {
	return store.ID{}, s.err
}
func (s hostile) PutDefinition(context.Context, string, []byte) error { return nil }
func (s hostile) List(context.Context, store.Query) ([]store.Listed, error) {
	return nil, s.err
}
func (s hostile) Delete(context.Context, ...store.ID) error { return s.err }
func (s hostile) Records(context.Context, store.ID, uint64, func(uint64, []byte) bool) error {
	return s.err
}

// The interpreter compares the errors of a store where it calls the store.
func TestErrorsOfAStoreAreComparedUnderItsGuard(t *testing.T) {
	kept := memory.New()
	in := open(t, interpreter.Config{Store: kept})
	p := compile(t, oneDay)
	id := startNamed(t, in, p, "e", `{}`).ID()
	crash(t, in)
	unguarded := false
	in = open(t, interpreter.Config{Store: hostile{kept, guardedError{&unguarded}}})
	for name, call := range map[string]func() error{
		"Execution": func() error { _, err := in.Execution(background, id); return err },
		"Describe":  func() error { _, err := in.Describe(background, id); return err },
		"Delete":    func() error { return in.Delete(background, id) },
		"Retry":     func() error { return in.RetryParked(background, id) },
		"Redrive":   func() error { return redriveStored(in, id) },
		"Stop":      func() error { return interpreter.Handle(in, id).Stop(background, "", "") },
		"List":      func() error { _, err := in.List(background, store.Query{}); return err },
		"Check":     func() error { _, err := in.CheckStored(background, 1); return err },
		"Start": func() error {
			_, err := in.Start(background, p, []byte(`{}`), interpreter.StartOptions{Name: "e"})
			return err
		},
		"History": func() (failed error) {
			for _, err := range in.History(background, id, interpreter.HistoryOptions{}) {
				failed = errors.Join(failed, err)
			}
			return failed
		},
	} {
		unguarded = false
		err := call()
		require.False(t, unguarded, name)
		require.ErrorContains(t, err, "hostile", name)
	}
}
