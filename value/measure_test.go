package value_test

import (
	"runtime"
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/race"
	"github.com/gostates/gostates/value"
)

func TestMeasure(t *testing.T) {
	tests := []struct {
		text  string
		depth int
	}{
		{`null`, 0}, {`true`, 0}, {`false`, 0}, {`-1`, 0}, {`0`, 0}, {`10`, 0}, {`-9223372036854775808`, 0},
		{`9223372036854775807`, 0}, {`123456789012345678901`, 0}, {`1.5`, 0}, {`1.0E20`, 0}, {`"a\u0000\n\"é\uD800"`, 0},
		{`[]`, 1}, {`{}`, 1}, {`[[]]`, 2}, {`{"a":{}}`, 2}, {`[1,[2,[3]],[4]]`, 3},
		{`{"a\n":[{"b":[1]},2],"c":{}}`, 4},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			v := parse(t, tt.text)
			for range 2 { // objects remember
				size, depth := value.Measure(v)
				require.Equal(t, len(tt.text), size)
				require.Equal(t, tt.depth, depth)
			}
			require.Equal(t, tt.text, value.String(v))
		})
	}
}

func TestMeasureIsRememberedAndForgotten(t *testing.T) {
	inner := parse(t, document).(*value.Object)
	size := value.Size(inner)
	require.Equal(t, len(document), size)
	outer := value.ObjectOf(value.Member{Key: "a", Value: inner}, value.Member{Key: "b", Value: inner})
	require.Equal(t, len(value.String(outer)), value.Size(outer))
	outer.Set("c", inner)
	require.Equal(t, len(value.String(outer)), value.Size(outer))
	outer.Set("a", nil)
	require.Equal(t, len(value.String(outer)), value.Size(outer))
}

func TestMeasureAtTheDepthLimit(t *testing.T) {
	for _, n := range []int{value.MaxDepth - 1, value.MaxDepth} {
		v := deep(n)
		size, depth := value.Measure(v)
		require.Equal(t, n, depth)
		require.Equal(t, len(value.String(v)), size)
	}
	for _, n := range []int{value.MaxDepth + 1, value.MaxDepth + 2, 3 * value.MaxDepth} {
		v := deep(n)
		for range 2 {
			_, depth := value.Measure(v)
			require.Greater(t, depth, value.MaxDepth)
		}
	}
	// Parts that were measured on their own count whole.
	v := deep(value.MaxDepth)
	value.Measure(v)
	size, depth := value.Measure([]any{v})
	require.Equal(t, value.MaxDepth+1, depth)
	require.Equal(t, len(value.String(v))+2, size)
}

// Each level holds the one below twice: the text would have 2^100 bytes.
func TestMeasureOfSharedPartsIsFastAndDoesNotOverflow(t *testing.T) {
	var v any = "x"
	for range 100 {
		v = value.ObjectOf(value.Member{Key: "a", Value: v}, value.Member{Key: "b", Value: v})
	}
	size, depth := value.Measure(v)
	require.Greater(t, size, value.MaxSize)
	require.Equal(t, 100, depth)
	require.True(t, value.Equal(v, v))
}

// The objects below share their parts, so that each level has twice the size of
// the one below: only as much is looked at as the limit allows.
func TestMeasureWithinStopsAtTheLimit(t *testing.T) {
	const limit = 1000
	array, object := any("x"), any("x")
	for range 60 {
		array = []any{array, array}
		object = value.ObjectOf(value.Member{Key: "a", Value: object}, value.Member{Key: "b", Value: object})
		for _, v := range []any{array, object} {
			size, _ := value.MeasureWithin(v, limit)
			whole, _ := value.MeasureWithin(v, limit*limit)
			if whole <= limit {
				require.Equal(t, len(value.String(v)), size)
			} else {
				require.Greater(t, size, limit)
			}
		}
	}
	size, _ := value.MeasureWithin(strings.Repeat("\n", limit+1), limit)
	require.Greater(t, size, limit)

	// An object whose measure was broken off has its whole size later on.
	cut := value.ObjectOf(value.Member{Key: "a", Value: strings.Repeat("x", limit)}, value.Member{Key: "b", Value: int64(1)})
	size, _ = value.MeasureWithin(cut, limit/2)
	require.Greater(t, size, limit/2)
	require.Equal(t, len(value.String(cut)), value.Size(cut))
}

// What a value weighs is what it takes in memory, or somewhat more.
func TestWeightIsAboutTheMemory(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector makes small allocations larger")
	}
	for _, text := range []string{
		`[` + strings.Repeat(`1,`, 50_000) + `1]`,
		`[` + strings.Repeat(`123456,`, 50_000) + `1]`,
		`[` + strings.Repeat(`1.5,`, 50_000) + `1]`,
		`[` + strings.Repeat(`[],`, 50_000) + `1]`,
		`[` + strings.Repeat(`[1,2],`, 50_000) + `1]`,
		`[` + strings.Repeat(`{},`, 50_000) + `1]`,
		`[` + strings.Repeat(`{"a":1},`, 50_000) + `1]`,
		`[` + strings.Repeat(`{"a":1,"b":{"c":[true]}},`, 50_000) + `1]`,
		`[` + strings.Repeat(`"",`, 50_000) + `1]`,
		`[` + strings.Repeat(`"0123456789",`, 50_000) + `1]`,
		`["` + strings.Repeat(`x`, 500_000) + `"]`,
	} {
		var v any
		var err error
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		v, err = value.ParseString(text)
		require.NoError(t, err)
		v = value.Detach(v)
		runtime.GC()
		runtime.ReadMemStats(&after)
		took := float64(after.HeapAlloc) - float64(before.HeapAlloc)
		weight := float64(value.Weight(v))
		require.Greater(t, weight, 0.95*took, "%.20s", text)
		if strconv.IntSize == 64 { // it is the same on all platforms
			require.Less(t, weight, 2.5*took+4096, "%.20s", text)
		}
		runtime.KeepAlive(v)
	}
}

func TestWeightIsRemembered(t *testing.T) {
	o := parse(t, document).(*value.Object)
	weight := value.Weight(o)
	require.Greater(t, weight, len(document))
	require.Equal(t, weight, value.Weight(o)) // the second is a look-up
	require.Equal(t, 2*weight, value.Weight([]any{o, o})-value.Weight([]any{}))
	var v any = "x"
	for range 100 {
		v = value.ObjectOf(value.Member{Key: "a", Value: v}, value.Member{Key: "b", Value: v})
	}
	require.Greater(t, value.Weight(v), value.MaxSize)
}

func TestDetachSharesNothing(t *testing.T) {
	large := strings.Repeat("0123456789", 1000)
	list := make([]any, 1000)
	list[0] = large[5:8]
	v := value.Detach([]any{list[:1:1], value.ObjectOf(value.Member{Key: large[:2], Value: large[2:4]}), nil, int64(1), 1.5, true})
	require.Equal(t, `[["567"],{"01":"23"},null,1,1.5,true]`, value.String(v))
	part := v.([]any)[0].([]any)
	require.Equal(t, 1, cap(part))
	require.NotSame(t, unsafe.StringData(large[5:8]), unsafe.StringData(part[0].(string)))
	require.NotSame(t, unsafe.SliceData(list), unsafe.SliceData(part))
}
