package bench

import (
	"context"
	"encoding/json"
	"sync"
	"testing"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/value"
)

func init() {
	pairs = append(pairs,
		pair{"10 tasks over *value.Object, 1 KB text in and out", "execution", 1, tasks(valueTask, order1K), decodeIntoMap},
		pair{"10 tasks over a struct, 1 KB text in and out", "execution", 1, tasks(structTask, order1K), decodeIntoStruct},
		pair{"Map in the driver, 1,000 items", "item", 1_000, driverMap(1_000), calls(1_000)},
		pair{"Map in the driver, 10,000 items", "item", 10_000, driverMap(10_000), calls(10_000)},
		pair{"Map in the driver, 100,000 items", "item", 100_000, driverMap(100_000), calls(100_000)},
		pair{"Parallel of 10 in the driver", "branch", 10, driverRun(parallelOf10), goroutines(10)},
		pair{"Start and Wait, one task", "execution", 1, startAndWait, goroutines(1)},
	)
}

// order is order1K as a Go program would declare it.
type order struct {
	ID       string `json:"id"`
	Customer struct {
		ID   int    `json:"id"`
		Name string `json:"name"`
		Mail string `json:"mail"`
	} `json:"customer"`
	Total float64 `json:"total"`
	Paid  bool    `json:"paid"`
	Lines []line  `json:"lines"`
}

type line struct {
	SKU      string  `json:"sku"`
	Name     string  `json:"name"`
	Quantity int     `json:"quantity"`
	Price    float64 `json:"price"`
	Gift     bool    `json:"gift"`
}

// Each task marks the order as paid, and gives back a new one.
var (
	valueTask = interpreter.Func(func(_ context.Context, o *value.Object) (*value.Object, error) {
		return o.With("paid", true), nil
	})
	structTask = interpreter.Func(func(_ context.Context, o order) (order, error) {
		return markPaid(o), nil
	})
)

func markPaid(o order) order {
	o.Paid = true
	return o
}

// tasks runs 10 Task states over a string, and writes the output as text.
func tasks(h interpreter.Handler, text string) func(*testing.B) func() {
	return func(b *testing.B) func() {
		p, err := interpreter.Compile([]byte(chain(10, func(int) string { return `"Type": "Task", "Resource": "pay"` })), interpreter.Options{})
		if err != nil {
			b.Fatal(err)
		}
		in := interpreter.New(interpreter.Config{Resolver: interpreter.Mux{"pay": h}})
		b.Cleanup(func() { _ = in.Close() })
		return func() {
			out, err := interpreter.Run[*value.Object](context.Background(), in, p, []byte(text))
			if err != nil {
				b.Fatal(err)
			}
			value.Append(nil, out)
		}
	}
}

// decodeIntoMap is the same by hand, over a map.
func decodeIntoMap(b *testing.B) func() {
	call := func(m map[string]any) map[string]any {
		c := make(map[string]any, len(m))
		for k, v := range m {
			c[k] = v
		}
		c["paid"] = true
		return c
	}
	return func() {
		var m map[string]any
		if err := json.Unmarshal([]byte(order1K), &m); err != nil {
			b.Fatal(err)
		}
		for range 10 {
			m = call(m)
		}
		if _, err := json.Marshal(m); err != nil {
			b.Fatal(err)
		}
	}
}

// decodeIntoStruct is the same by hand, over a struct that is decoded once.
func decodeIntoStruct(b *testing.B) func() {
	return func() {
		var o order
		if err := json.Unmarshal([]byte(order1K), &o); err != nil {
			b.Fatal(err)
		}
		for range 10 {
			o = markPaid(o)
		}
		if _, err := json.Marshal(o); err != nil {
			b.Fatal(err)
		}
	}
}

// driverRun runs a definition whose tasks do nothing.
func driverRun(definition string) func(*testing.B) func() {
	return func(b *testing.B) func() {
		in, p := noTasks(b, definition)
		return func() {
			if _, err := interpreter.Run[any](context.Background(), in, p, nil); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func startAndWait(b *testing.B) func() {
	in, p := noTasks(b, chain(1, func(int) string { return `"Type": "Task", "Resource": "noop"` }))
	return func() {
		e, err := in.Start(context.Background(), p, nil, interpreter.StartOptions{})
		if err == nil {
			err = e.Wait(context.Background())
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

func noTasks(b *testing.B, definition string) (*interpreter.Interpreter, *interpreter.Program) {
	p, err := interpreter.Compile([]byte(definition), interpreter.Options{Limits: interpreter.NoLimits})
	if err != nil {
		b.Fatal(err)
	}
	noop := interpreter.HandlerFunc(func(_ context.Context, t *interpreter.Task) (any, error) { return t.Input, nil })
	in := interpreter.New(interpreter.Config{Resolver: interpreter.Mux{"noop": noop}})
	b.Cleanup(func() { _ = in.Close() })
	return in, p
}

// goroutines starts n goroutines that do nothing, and waits for them.
func goroutines(n int) func(*testing.B) func() {
	return func(*testing.B) func() {
		return func() {
			var all sync.WaitGroup
			for range n {
				all.Go(func() {})
			}
			all.Wait()
		}
	}
}

func driverMap(n int) func(*testing.B) func() {
	return func(b *testing.B) func() {
		in, p := noTasks(b, mapOf(`"Type": "Task", "Resource": "noop"`))
		input := items(n)
		return func() {
			out, err := interpreter.Run[any](context.Background(), in, p, input)
			if err != nil {
				b.Fatal(err)
			}
			if len(out.([]any)) != n {
				b.Fatalf("%d results", len(out.([]any)))
			}
		}
	}
}
