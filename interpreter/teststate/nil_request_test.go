package teststate_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/teststate"
)

func TestNilRequestIsAnEmptyOne(t *testing.T) {
	_, want := teststate.Run(context.Background(), new(teststate.Request), teststate.Options{})
	_, err := teststate.Run(context.Background(), nil, teststate.Options{})
	require.Error(t, err)
	require.Equal(t, want, err)
}
