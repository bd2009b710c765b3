package main

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
)

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
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			clock := interpreter.NewVirtualClock(time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC))
			require.NoError(t, buy(context.Background(), &out, clock, Request{"ada@example.com", "tea", c.price}))
			require.Equal(t, c.want, out.String())
		})
	}
}
