package main

import (
	"os"
	"slices"
	"testing"
	"time"

	"github.com/gostates/gostates/interpreter/asltest"
)

// TestMain is also the process of startLibrary: then this binary is the program
// itself.
func TestMain(m *testing.M) {
	if slices.Contains(os.Args, "-db") {
		main()
		return
	}
	asltest.Main(m)
}

func TestMachine(t *testing.T) {
	p := asltest.Load(t, "library.asl.json")
	const input = `{"reader": "ada", "book": "Emma"}`
	const day = 24 * time.Hour
	t.Run("brought back after one reminder", func(t *testing.T) {
		x := asltest.Run(t, p, input, asltest.On("AskBack").Hang().Then().Callback(3*day, `"thank you"`))
		x.WantPath("Lend", "AskBack", "Again", "Grace", "AskBack", "Thanks")
		x.WantElapsed((14 + 1 + 3) * day)
		x.WantVariable("reminders", 1)
		x.WantOutput(`"thank you"`)
	})
	t.Run("never brought back", func(t *testing.T) {
		x := asltest.Run(t, p, input, asltest.On("AskBack").Hang(), asltest.CrashEverywhere())
		x.WantPath("Lend", "3×(AskBack, Again, Grace)", "AskBack", "Again", "Lost")
		x.WantFailed("BookLost", "ada has kept Emma")
	})
}
