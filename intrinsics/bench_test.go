package intrinsics_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/intrinsics"
	"github.com/gostates/gostates/value"
)

var sink any

// Each benchmark runs a call beside Go that does the same work by hand, on the
// same values.
func bench(b *testing.B, expression, input string, byHand func(o *value.Object) any) {
	call, err := intrinsics.Parse(expression)
	require.NoError(b, err)
	var env intrinsics.Env = document{parse(b, input)}
	want, err := call.Eval(env)
	require.NoError(b, err)
	o := parse(b, input).(*value.Object)
	require.Equal(b, want, byHand(o))

	b.Run("call", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			sink, _ = call.Eval(env)
		}
	})
	b.Run("by hand", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			sink = byHand(o)
		}
	})
}

func get(o *value.Object, key string) any {
	v, _ := o.Get(key)
	return v
}

func BenchmarkFormat(b *testing.B) {
	bench(b, `States.Format('order {} of {}', $.id, $.name)`, `{"id":1234,"name":"Ada"}`, func(o *value.Object) any {
		return fmt.Sprintf("order %d of %s", get(o, "id"), get(o, "name"))
	})
}

func BenchmarkMathAdd(b *testing.B) {
	bench(b, `States.MathAdd($.n, 1)`, `{"n":1234}`, func(o *value.Object) any {
		return get(o, "n").(int64) + 1
	})
}

func BenchmarkArray(b *testing.B) {
	bench(b, `States.Array($.a, $.b, 'x')`, `{"a":1234,"b":"y"}`, func(o *value.Object) any {
		return []any{get(o, "a"), get(o, "b"), "x"}
	})
}

func BenchmarkJsonMerge(b *testing.B) {
	bench(b, `States.JsonMerge($.a, $.b, false)`, `{"a":{"x":1,"y":2},"b":{"z":3}}`, func(o *value.Object) any {
		merged := get(o, "a").(*value.Object).Clone()
		for key, v := range get(o, "b").(*value.Object).All() {
			merged.Set(key, v)
		}
		return merged
	})
}
