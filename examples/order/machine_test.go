package main

import (
	"testing"
	"time"

	"github.com/gostates/gostates/interpreter/asltest"
)

func TestMain(m *testing.M) { asltest.Main(m) }

func TestMachine(t *testing.T) {
	p := asltest.Load(t, "order.asl.json")
	const input = `{"customer": "ada", "item": "tea", "price": 10}`
	process := asltest.On("Process").Return(`{"id": "o-1"}`)
	t.Run("paid at the third attempt", func(t *testing.T) {
		x := asltest.Run(t, p, input, process,
			asltest.On("Pay").Throw("BankBusy", "").Then().Hang().Then().Return(`{"amount": 12, "currency": "EUR"}`),
			asltest.On("NotifyPaid").Return(`null`))
		x.WantPath("Process", "Pay", "NotifyPaid")
		x.WantAttempts("Pay", 3)
		x.WantElapsed(33 * time.Second) // backoff of 1s and 2s, and a timeout
		x.WantOutput(`{"amount": 12, "currency": "EUR"}`)
	})
	t.Run("declined", func(t *testing.T) {
		x := asltest.Run(t, p, input, process,
			asltest.On("Pay").Throw("CardDeclined", "the limit is 1000"), asltest.OnResource("notify").Return(`null`))
		x.WantPath("Process", "Pay", "NotifyDeclined", "Declined")
		x.WantArguments("NotifyDeclined", `{"to": "ada", "text": "Order o-1 is not paid: the limit is 1000"}`)
		x.WantFailed("CardDeclined", "the limit is 1000")
	})
}
