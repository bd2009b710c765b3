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
		x.Path("Process", "Pay", "NotifyPaid")
		x.Attempts("Pay", 3)
		x.Elapsed(33 * time.Second) // backoff of 1s and 2s, and a timeout
		x.Output(`{"amount": 12, "currency": "EUR"}`)
	})
	t.Run("declined", func(t *testing.T) {
		x := asltest.Run(t, p, input, process,
			asltest.On("Pay").Throw("CardDeclined", "the limit is 1000"), asltest.OnResource("notify").Return(`null`))
		x.Path("Process", "Pay", "NotifyDeclined", "Declined")
		x.Arguments("NotifyDeclined", `{"to": "ada", "text": "Order o-1 is not paid: the limit is 1000"}`)
		x.Failed("CardDeclined", "the limit is 1000")
	})
}
