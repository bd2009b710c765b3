package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
)

var definitions = map[string][]byte{"JSONPath": inJSONPath, "JSONata": inJSONata}

func TestBuy(t *testing.T) {
	for name, c := range map[string]struct {
		price float64
		want  string
	}{
		"a card that is good": {10, "paying 12.00, attempt 1\n" +
			"paying 12.00, attempt 2\n" +
			"mail to ada@example.com: Order order-1 is paid: 12.0 EUR.\n" +
			"paid: 12.00 EUR\n"},
		"a card that is declined": {5000, "paying 6000.00, attempt 1\n" +
			"paying 6000.00, attempt 2\n" +
			"mail to ada@example.com: Order order-1 is not paid: the limit is 1000\n" +
			"failed: CardDeclined: the limit is 1000\n"},
	} {
		for language, definition := range definitions {
			t.Run(name+" in "+language, func(t *testing.T) {
				var out bytes.Buffer
				clock := interpreter.NewVirtualClock(time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC))
				require.NoError(t, buy(context.Background(), &out, clock, definition, Request{"ada@example.com", "tea", c.price}))
				require.Equal(t, c.want, out.String())
			})
		}
	}
}

// docs/tasks.md shows some of the states in both languages.
func TestDocsShowTheStates(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "tasks.md"))
	require.NoError(t, err)
	_, text, found := strings.Cut(string(page), "## JSONPath and JSONata")
	require.True(t, found)
	for _, language := range []string{"JSONPath", "JSONata"} {
		var block string
		_, text, _ = strings.Cut(text, "```json\n")
		block, text, _ = strings.Cut(text, "```")
		var shown map[string]json.RawMessage
		require.NoError(t, json.Unmarshal([]byte("{"+block+"}"), &shown), language)
		require.Len(t, shown, 3)
		var whole struct{ States map[string]json.RawMessage }
		require.NoError(t, json.Unmarshal(definitions[language], &whole))
		for name, state := range shown {
			require.JSONEq(t, string(whole.States[name]), string(state), "%s in %s", name, language)
		}
	}
}
