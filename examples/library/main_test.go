package main

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLend(t *testing.T) {
	for name, c := range map[string]struct {
		follows int
		want    string
	}{
		"back at once": {1, "mail to Ada: Please bring back \"Dune\" (reminder 0).\nthank you\n"},
		"back after a reminder": {2, "mail to Ada: Please bring back \"Dune\" (reminder 0).\n" +
			"mail to Ada: Please bring back \"Dune\" (reminder 1).\nthank you\n"},
		"never back": {0, "mail to Ada: Please bring back \"Dune\" (reminder 0).\n" +
			"mail to Ada: Please bring back \"Dune\" (reminder 1).\n" +
			"mail to Ada: Please bring back \"Dune\" (reminder 2).\n" +
			"mail to Ada: Please bring back \"Dune\" (reminder 3).\n" +
			"BookLost: Ada has kept Dune\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			require.NoError(t, lend(context.Background(), &out, Loan{"Ada", "Dune"}, c.follows))
			require.Equal(t, c.want, out.String())
		})
	}
}
