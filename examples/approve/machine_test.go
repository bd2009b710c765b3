package main

import (
	"testing"
	"time"

	"github.com/gostates/gostates/interpreter/asltest"
)

func TestMain(m *testing.M) { asltest.Main(m) }

func TestMachine(t *testing.T) {
	p := asltest.Load(t, "approve.asl.json")
	const input = `{"what": "Train", "euros": 120}`
	t.Run("yes", func(t *testing.T) {
		x := asltest.Run(t, p, input, asltest.On("Approve").After(48*time.Hour).Return(`{"by": "Grace", "approved": true}`),
			asltest.On("Pay").Return(`"paid"`))
		x.WantPath("Approve", "IsApproved", "Pay")
		x.WantElapsed(48 * time.Hour)
		x.WantOutput(`"paid"`)
	})
	t.Run("no", func(t *testing.T) {
		x := asltest.Run(t, p, input, asltest.On("Approve").Return(`{"by": "Grace", "approved": false}`))
		x.WantFailed("Refused", "Grace said no")
	})
	t.Run("no answer", func(t *testing.T) {
		x := asltest.Run(t, p, input, asltest.On("Approve").Hang())
		x.WantElapsed(72 * time.Hour)
		x.WantFailed("Refused", "nobody answered")
	})
}
