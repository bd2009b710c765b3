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
