package asl_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
)

func TestErrorsOfHandlers(t *testing.T) {
	err := fmt.Errorf("while charging: %w", asl.Errorf("CardDeclined", "limit is %d", 100))
	require.EqualError(t, err, "while charging: CardDeclined: limit is 100")
	var e *asl.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, asl.Error{Name: "CardDeclined", Cause: "limit is 100"}, *e)
	require.ErrorIs(t, err, &asl.Error{Name: "CardDeclined"})
	require.ErrorIs(t, err, &asl.Error{Name: "CardDeclined", Cause: "limit is 100"})
	require.NotErrorIs(t, err, &asl.Error{Name: "CardDeclined", Cause: "stolen"})
	require.NotErrorIs(t, err, &asl.Error{Name: "Declined"})
	require.NotErrorIs(t, err, errors.New("CardDeclined"))
	require.EqualError(t, &asl.Error{Name: asl.StatesTimeout}, "States.Timeout")
}
