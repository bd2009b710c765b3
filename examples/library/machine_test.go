package main

import (
	"testing"
	"time"

	"github.com/gostates/gostates/interpreter/asltest"
)

func TestMain(m *testing.M) { asltest.Main(m) }

func TestMachine(t *testing.T) {
	p := asltest.Load(t, "library.asl.json")
	const input = `{"reader": "ada", "book": "Emma"}`
	const day = 24 * time.Hour
	t.Run("brought back after one reminder", func(t *testing.T) {
		x := asltest.Run(t, p, input, asltest.On("AskBack").Hang().Then().Callback(3*day, `"thank you"`))
		x.Path("Lend", "AskBack", "Again", "Grace", "AskBack", "Thanks")
		x.Elapsed((14 + 1 + 3) * day)
		x.Variable("reminders", 1)
		x.Output(`"thank you"`)
	})
	t.Run("never brought back", func(t *testing.T) {
		x := asltest.Run(t, p, input, asltest.On("AskBack").Hang(), asltest.CrashEverywhere())
		x.Path("Lend", "3×(AskBack, Again, Grace)", "AskBack", "Again", "Lost")
		x.Failed("BookLost", "ada has kept Emma")
	})
}
