package value_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value"
)

func TestMeterCountsBytesAsTheyAreWritten(t *testing.T) {
	shared := parse(t, `{"a":[1,"é"]}`)
	v := []any{shared, shared}
	m := value.Meter{Bytes: 2 * len(value.String(v)), Steps: 100}
	require.NoError(t, m.Take(v))
	require.Equal(t, len(value.String(v)), m.Bytes)
	require.NoError(t, m.Take(v))
	require.Zero(t, m.Bytes)
	require.ErrorIs(t, m.Take(nil), value.ErrTooLarge)
	require.Negative(t, m.Bytes)
}

func TestMeterCountsStepsBeforeTheyAreDone(t *testing.T) {
	m := value.Meter{Bytes: 1000, Steps: 10}
	require.NoError(t, m.Work(9))
	require.Equal(t, 1, m.Steps)
	require.ErrorIs(t, m.Work(2), value.ErrTooMuchWork)
	require.Negative(t, m.Steps)
	require.ErrorIs(t, m.Take("x"), value.ErrTooMuchWork)

	var none *value.Meter
	require.NoError(t, none.Take("x"))
	require.NoError(t, none.Work(1_000_000_000))
}

func TestMeterTellsRefusedWorkFromWorkDone(t *testing.T) {
	m := value.Meter{Steps: 100}
	require.NoError(t, m.Work(30))
	require.ErrorIs(t, m.Work(71), value.ErrTooMuchWork)
	require.ErrorIs(t, m.Work(1), value.ErrTooMuchWork)
	require.Equal(t, 30, 100-m.Steps-m.Undone)
}

// A look comes before the work that follows it, so that what it sees is done.
func TestMeterLooksBeforeWork(t *testing.T) {
	m := value.Meter{Steps: 100, Mark: 95}
	var seen []int
	m.Look = func() {
		seen = append(seen, m.Steps)
		m.Mark = m.Steps - 10
	}
	for _, steps := range []int{5, 50, 1, 9, 1, 1} {
		require.NoError(t, m.Work(steps))
	}
	require.Equal(t, []int{95, 45, 35}, seen)
	require.ErrorIs(t, m.Work(1000), value.ErrTooMuchWork)
	require.Len(t, seen, 3, "nothing is done")
}
