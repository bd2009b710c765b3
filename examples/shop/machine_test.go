package main

import (
	"testing"

	"github.com/gostates/gostates/interpreter/asltest"
)

func TestMain(m *testing.M) { asltest.Main(m) }

func TestMachine(t *testing.T) {
	p := asltest.Load(t, "shop.asl.json")
	const input = `{"customer": "ada", "lines": [1, 2]}`
	t.Run("a small basket", func(t *testing.T) {
		x := asltest.Run(t, p, input, asltest.On("Sum").Return(`1000`))
		x.WantPath("Sum", "IsLarge", "Checkout")
		x.WantOutput(`{"customer": "ada", "total": 1000, "lines": 2}`)
	})
	t.Run("a large one", func(t *testing.T) {
		x := asltest.Run(t, p, input, asltest.On("Sum").Return(`1001`), asltest.On("Discount").Return(`900.9`))
		x.WantPath("Sum", "IsLarge", "Discount", "Checkout")
		x.WantArguments("Discount", `{"total": 1001, "percent": 10}`)
		x.WantOutput(`{"customer": "ada", "total": 900.9, "lines": 2}`)
	})
}
