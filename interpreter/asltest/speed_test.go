package asltest_test

import (
	"testing"
	"time"

	"github.com/gostates/gostates/interpreter/asltest"
)

// A run is cheap enough to try thousands of schedules. The time is printed, not tested.
func TestTenThousandRuns(t *testing.T) {
	p := asltest.Load(t, "../../examples/order/order.asl.json")
	script := orderScript()
	began := time.Now()
	for n := range uint64(10_000) {
		x := asltest.Run(t, p, `{"customer": "ada", "item": "tea", "price": 10}`, script, asltest.Seed(n+1))
		x.WantAttempts("Pay", 3)
	}
	t.Logf("10,000 scripted runs of the order example took %s", time.Since(began))
}

func BenchmarkRun(b *testing.B) {
	p := asltest.Load(b, "../../examples/order/order.asl.json")
	script := orderScript()
	b.ReportAllocs()
	for b.Loop() {
		asltest.Run(b, p, `{"customer": "ada", "item": "tea", "price": 10}`, script)
	}
}

func orderScript() asltest.Option {
	return asltest.Options(
		asltest.On("Process").Return(`{"id": "o-1"}`),
		asltest.On("Pay").Throw("BankBusy", "").Times(2).Then().Return(`{"amount": 12, "currency": "EUR"}`),
		asltest.On("NotifyPaid").Return(`null`))
}
