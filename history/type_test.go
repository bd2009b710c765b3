package history_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
)

func TestParseTypeIsTheReverseOfString(t *testing.T) {
	n := 0
	for typ := history.Type(1); typ != 0; typ++ {
		back, ok := history.ParseType(typ.String())
		if !ok {
			continue
		}
		n++
		require.Equal(t, typ, back)
	}
	require.Equal(t, 62, n, "AWS has 62 event types")
	_, ok := history.ParseType("PassStateAborted")
	require.False(t, ok)
	_, ok = history.ParseType("")
	require.False(t, ok)
	require.Equal(t, "Type(0)", history.Type(0).String())
	require.Equal(t, "Type(255)", history.Type(255).String())
}

func TestEnteredAndExitedTypes(t *testing.T) {
	tests := []struct {
		state           string
		entered, exited history.Type
	}{
		{"Pass", history.PassStateEntered, history.PassStateExited},
		{"Task", history.TaskStateEntered, history.TaskStateExited},
		{"Choice", history.ChoiceStateEntered, history.ChoiceStateExited},
		{"Wait", history.WaitStateEntered, history.WaitStateExited},
		{"Succeed", history.SucceedStateEntered, history.SucceedStateExited},
		{"Fail", history.FailStateEntered, 0},
		{"Parallel", history.ParallelStateEntered, history.ParallelStateExited},
		{"Map", history.MapStateEntered, history.MapStateExited},
		{"Nothing", 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.state, func(t *testing.T) {
			require.Equal(t, tt.entered, history.EnteredType(tt.state))
			require.Equal(t, tt.exited, history.ExitedType(tt.state))
			if tt.entered == 0 {
				return
			}
			require.Equal(t, tt.state, tt.entered.StateType())
			require.True(t, tt.entered.IsStateEntered())
			require.False(t, tt.entered.IsStateExited())
			if tt.exited != 0 {
				require.Equal(t, tt.state, tt.exited.StateType())
				require.True(t, tt.exited.IsStateExited())
				require.False(t, tt.exited.IsStateEntered())
			}
		})
	}
	require.Empty(t, history.MapStateStarted.StateType())
	require.Empty(t, history.TaskStateAborted.StateType())
}

func TestEndsExecution(t *testing.T) {
	for typ := history.Type(1); typ < 63; typ++ {
		switch typ {
		case history.ExecutionSucceeded, history.ExecutionFailed, history.ExecutionAborted, history.ExecutionTimedOut:
			require.True(t, typ.EndsExecution(), typ)
		default:
			require.False(t, typ.EndsExecution(), typ)
		}
	}
}
