package bench

import (
	"context"
	"testing"

	"github.com/gostates/gostates/interpreter"
)

// BenchmarkStarts runs machines of one state, with Run and with Start and Wait.
func BenchmarkStarts(b *testing.B) {
	nothing := interpreter.HandlerFunc(func(_ context.Context, t *interpreter.Task) (any, error) { return t.Input, nil })
	for _, state := range []struct{ name, text string }{
		{"Pass", `"Type": "Pass"`},
		{"Task", `"Type": "Task", "Resource": "noop"`},
	} {
		p, err := interpreter.Compile([]byte(chain(1, func(int) string { return state.text })), interpreter.Options{})
		if err != nil {
			b.Fatal(err)
		}
		in := interpreter.New(interpreter.Config{Resolver: interpreter.Mux{"noop": nothing}})
		defer in.Close()
		ctx := context.Background()
		b.Run(state.name+"/Run", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := interpreter.Run[any](ctx, in, p, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(state.name+"/Start and Wait", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				e, err := in.Start(ctx, p, nil, interpreter.StartOptions{})
				if err == nil {
					err = e.Wait(ctx)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
