package main

import (
	"bytes"
	"context"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/graph"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
)

var update = flag.Bool("update", false, "redraw the README's picture")

// The README shows the machine, coloured by an order that is declined.
func TestREADMEShowsThePicture(t *testing.T) {
	machine, err := asl.ParseValid(inJSONPath, asl.Options{})
	require.NoError(t, err)
	program, err := interpreter.Compile(inJSONPath, interpreter.Options{})
	require.NoError(t, err)
	var log history.Log
	s := &shop{out: io.Discard}
	in := interpreter.New(interpreter.Config{
		Clock:    interpreter.NewVirtualClock(time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)),
		History:  &log,
		Resolver: s.functions(),
	})
	defer in.Close()
	_, err = interpreter.Run[Receipt](context.Background(), in, program, Request{"bob@example.com", "boat", 5000})
	require.ErrorContains(t, err, "CardDeclined")

	g := graph.New(machine)
	g.AddHistory(func(yield func(history.Event) bool) {
		for e := range log.All() {
			if !yield(*e) {
				return
			}
		}
	})
	file := filepath.Join("..", "..", "docs", "order.svg")
	if *update {
		require.NoError(t, os.WriteFile(file, g.SVG(), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, g.SVG()), "docs/order.svg is out of date: run go test ./examples/order -update")
}
