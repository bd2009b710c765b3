package interpreter_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// An execution that has ended is in memory only while it is looked at.
func TestOpenedExecutionsThatHaveEndedLeaveMemory(t *testing.T) {
	s := memory.New()
	in := open(t, interpreter.Config{Store: s, Resolver: answers(nil)})
	e := startNamed(t, in, compile(t, chain), "c", `{}`)
	require.NoError(t, e.Wait(background))
	in = open(t, interpreter.Config{Store: s})
	opened, err := in.Execution(background, e.ID())
	require.NoError(t, err)
	require.True(t, soon(func() bool { return len(in.Executions()) == 0 }))
	output, err := opened.Output()
	require.NoError(t, err)
	require.NotNil(t, output)
}

func TestOpeningAnUnknownExecution(t *testing.T) {
	in := open(t, interpreter.Config{Store: memory.New()})
	_, err := in.Execution(background, store.ID{1})
	require.ErrorIs(t, err, store.ErrNotFound)
}
