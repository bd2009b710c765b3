package trusted_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/internal/trusted"
)

type marked struct {
	_ trusted.Resolver
}

type plain struct{ n int }

type embedding struct{ *marked }

func TestOnlyTheMarkedTypeItselfIsTrusted(t *testing.T) {
	require.True(t, trusted.IsMarked(&marked{}))
	for name, r := range map[string]any{
		"nil": nil, "number": 1, "pointer to a number": new(int), "struct without the mark": &plain{1},
		"embedding a marked type": &embedding{&marked{}}, "value of a marked type": marked{},
	} {
		require.False(t, trusted.IsMarked(r), name)
	}
}
