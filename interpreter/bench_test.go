package interpreter_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/value"
)

// BenchmarkMap runs an inline Map whose task does nothing.
func BenchmarkMap(b *testing.B) {
	p, err := interpreter.Compile([]byte(wideMap), interpreter.Options{Limits: interpreter.NoLimits})
	if err != nil {
		b.Fatal(err)
	}
	nothing := interpreter.HandlerFunc(func(_ context.Context, t *interpreter.Task) (any, error) { return t.Input, nil })
	for _, items := range []int{1_000, 10_000, 100_000} {
		input := make([]any, items)
		for i := range input {
			input[i] = int64(i)
		}
		for _, ctx := range []context.Context{context.Background(), cancellable(b)} {
			b.Run(fmt.Sprintf("%d/cancellable=%t", items, ctx.Done() != nil), func(b *testing.B) {
				in := interpreter.New(interpreter.Config{Resolver: interpreter.Mux{"t": nothing}})
				defer in.Close()
				b.ReportAllocs()
				for b.Loop() {
					if _, err := interpreter.Run[any](ctx, in, p, input); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(items)*float64(b.N)/b.Elapsed().Seconds(), "items/s")
			})
		}
	}
}

// BenchmarkTasks runs 10 tasks on an order of 1 KB, text in and text out, beside
// Go that decodes, calls and encodes by hand.
func BenchmarkTasks(b *testing.B) {
	var lines []string
	for i := range 10 {
		lines = append(lines, fmt.Sprintf(`{"sku":"sku-%06d","name":"a thing of number %d","price":%d.5,"count":%d,"tags":["x","y"]}`, i, i, i, i))
	}
	text := []byte(`{"id":"o-1","customer":{"name":"Jane","address":"1 Main Street"},"lines":[` + strings.Join(lines, ",") + `]}`)
	b.Run("hand-written", func(b *testing.B) {
		for b.Loop() {
			var v map[string]any
			_ = json.Unmarshal(text, &v)
			for range 10 {
				v = same(v)
			}
			_, _ = json.Marshal(v)
		}
	})
	var states []string
	for i := range 10 {
		states = append(states, fmt.Sprintf(`"T%d":{"Type":"Task","Resource":"t","Next":"T%d"}`, i, i+1))
	}
	p, err := interpreter.Compile([]byte(`{"StartAt":"T0","States":{`+strings.Join(states, ",")+`,"T10":{"Type":"Succeed"}}}`), interpreter.Options{})
	if err != nil {
		b.Fatal(err)
	}
	h := interpreter.Func(func(_ context.Context, o *value.Object) (*value.Object, error) { return o, nil })
	in := interpreter.New(interpreter.Config{Resolver: interpreter.Mux{"t": h}})
	defer in.Close()
	for _, ctx := range []context.Context{context.Background(), cancellable(b)} {
		b.Run(fmt.Sprintf("values/cancellable=%t", ctx.Done() != nil), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				out, err := interpreter.Run[*value.Object](ctx, in, p, text)
				if err != nil {
					b.Fatal(err)
				}
				value.Append(nil, out)
			}
		})
	}
}

func same(v map[string]any) map[string]any { return v }
