package main

import (
	"os"
	"slices"
	"testing"
	"time"

	"github.com/gostates/gostates/interpreter/asltest"
)

// TestMain is also the process that startProcesses starts: then this binary is the
// program itself.
func TestMain(m *testing.M) {
	if slices.Contains(os.Args, "-journal") {
		main()
		return
	}
	asltest.Main(m)
}

func TestMachine(t *testing.T) {
	p := asltest.Load(t, "durable.asl.json")
	x := asltest.Run(t, p, `{"item": "tea"}`, asltest.On("Reserve").Return(`"A3"`),
		asltest.On("Pay").Return(`"r-1"`), asltest.On("Ship").Return(`"p-1"`), asltest.CrashEverywhere())
	x.WantPath("Reserve", "Pay", "Cooldown", "Ship")
	x.WantElapsed(time.Second)
	x.WantOutput(`{"item": "tea", "shelf": "A3", "receipt": "r-1", "parcel": "p-1"}`)
}
