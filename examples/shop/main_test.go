package main

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCheckout(t *testing.T) {
	for language, definition := range map[string][]byte{"JSONPath": inJSONPath, "JSONata": inJSONata} {
		t.Run(language, func(t *testing.T) {
			var out bytes.Buffer
			require.NoError(t, checkout(context.Background(), &out, definition,
				Basket{"Ada", []Line{{"lamp", 50, 2}, {"desk", 300, 3}}},
				Basket{"Bob", []Line{{"boat", 1500, 1}}}))
			require.Equal(t, "Ada pays 1000.00 for 2 lines\nBob pays 1350.00 for 1 lines\n", out.String())
		})
	}
}
