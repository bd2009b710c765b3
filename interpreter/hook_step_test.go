package interpreter_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
)

// A hook that ends in a panic is not taken for one that runs.
func TestInsideStepFindsTheHookOfItsGoroutine(t *testing.T) {
	require.False(t, interpreter.InsideStep())
	interpreter.CallInStep(func() {
		require.True(t, interpreter.InsideStep())
		other := make(chan bool)
		go func() { other <- interpreter.InsideStep() }()
		require.False(t, <-other)
	})
	require.Panics(t, func() { interpreter.CallInStep(func() { panic("hook") }) })
	require.False(t, interpreter.InsideStep())
}
