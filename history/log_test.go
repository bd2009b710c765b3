package history

import (
	"encoding/json"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func events(from, n int) []Event {
	list := make([]Event, n)
	for i := range list {
		list[i] = Event{ID: uint32(from + i + 1), Type: PassStateEntered, Name: "S"}
	}
	return list
}

func ids(seq func(yield func(*Event) bool)) []uint32 {
	var list []uint32
	for e := range seq {
		list = append(list, e.ID)
	}
	return list
}

func TestLogKeepsEventsInOrderAcrossChunks(t *testing.T) {
	for _, batch := range []int{1, 3, 14, 15, 438, 455, 1000, 3000} {
		t.Run(strconv.Itoa(batch), func(t *testing.T) {
			var log Log
			total := 0
			for total < 3000 {
				require.NoError(t, log.Record("x", events(total, batch)))
				total += batch
			}
			require.Equal(t, total, log.Len())
			next := 0
			for e := range log.All() {
				require.Equal(t, uint32(next+1), e.ID)
				require.Same(t, e, log.At(next))
				next++
			}
			require.Equal(t, total, next)
		})
	}
}

func TestLogCopiesTheSliceItIsGiven(t *testing.T) {
	var log Log
	list := events(0, 1)
	require.NoError(t, log.Record("x", list))
	list[0].Name = "other"
	require.Equal(t, "S", log.At(0).Name)
}

func TestLogTellsExecutionsApart(t *testing.T) {
	var log Log
	require.Empty(t, ids(log.Of("a")))
	for i := range 100 {
		require.NoError(t, log.Record("a", events(2*i, 2)))
		require.NoError(t, log.Record("b", events(3*i, 3)))
		require.NoError(t, log.Record("c", nil))
	}
	require.Len(t, log.spans, 200)
	for name, n := range map[string]int{"a": 200, "b": 300, "c": 0} {
		list := ids(log.Of(name))
		require.Len(t, list, n)
		require.True(t, slices.IsSorted(list))
	}
	for e := range log.Of("b") {
		require.Equal(t, uint32(1), e.ID)
		break
	}
}

func TestLogFromAnEvent(t *testing.T) {
	var log Log
	for n, batch := 0, 1; n < 2000; n, batch = n+batch, (batch*3)%17+1 {
		require.NoError(t, log.Record("x", events(n, min(batch, 2000-n))))
		require.NoError(t, log.Record("y", events(n, min(batch, 2000-n))))
	}
	all := ids(log.Of("x"))
	require.Len(t, all, 2000)
	require.Equal(t, all, ids(log.From("x", 0, false)))
	backward := slices.Clone(all)
	slices.Reverse(backward)
	require.Equal(t, backward, ids(log.From("x", 0, true)))
	for n := 1; n < 2003; n += 1 + n%7 {
		require.Equal(t, append([]uint32{}, all[min(n, 2000):]...), append([]uint32{}, ids(log.From("x", uint32(n), false))...), n)
		require.Equal(t, append([]uint32{}, backward[max(0, 2000-n+1):]...), append([]uint32{}, ids(log.From("x", uint32(n), true))...), n)
	}
	require.Empty(t, ids(log.From("z", 0, false)))
	require.Empty(t, ids(log.From("z", 0, true)))
	for e := range log.From("x", 10, false) {
		require.Equal(t, uint32(11), e.ID)
		break
	}
	for e := range log.From("x", 10, true) {
		require.Equal(t, uint32(9), e.ID)
		break
	}
	for e := range log.From("x", 1999, false) { // the iteration covers what there is when it starts
		require.NoError(t, log.Record("x", events(int(e.ID), 1)))
	}
}

func TestLogIsGetExecutionHistory(t *testing.T) {
	var log Log
	require.Equal(t, `{"events":[]}`, string(must(json.Marshal(&log))))
	require.NoError(t, log.Record("x", []Event{{ID: 1, Type: ExecutionStarted, Value: true}, {ID: 2, Type: ExecutionAborted}}))
	require.Equal(t, `{"events":[`+
		`{"id":1,"previousEventId":0,"timestamp":0.000,"type":"ExecutionStarted","executionStartedEventDetails":{"input":"true","inputDetails":{"truncated":false},"roleArn":""}},`+
		`{"id":2,"previousEventId":0,"timestamp":0.000,"type":"ExecutionAborted","executionAbortedEventDetails":{}}]}`,
		string(must(json.Marshal(&log))))
}

func TestLogIsSafeForConcurrentUse(t *testing.T) {
	const writers, each = 4, 500
	var log Log
	var wg sync.WaitGroup
	for w := range writers {
		wg.Add(2)
		go func() {
			defer wg.Done()
			for i := range each {
				_ = log.Record(strconv.Itoa(w), events(i, 1))
			}
		}()
		go func() {
			defer wg.Done()
			for range 20 {
				before := log.Len()
				seen := len(ids(log.All()))
				require.GreaterOrEqual(t, seen, before)
				require.True(t, slices.IsSorted(ids(log.Of(strconv.Itoa(w)))))
			}
		}()
	}
	wg.Wait()
	require.Equal(t, writers*each, log.Len())
	for w := range writers {
		require.Len(t, ids(log.Of(strconv.Itoa(w))), each)
	}
}

func TestLogMemory(t *testing.T) {
	const n = 100_000
	batch := events(0, 10)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var log Log
	for range n / len(batch) {
		require.NoError(t, log.Record("x", batch))
	}
	runtime.ReadMemStats(&after)
	require.Equal(t, n, log.Len())
	require.LessOrEqual(t, (after.TotalAlloc-before.TotalAlloc)/n, uint64(80), "bytes an event")
}

func BenchmarkLogRecord(b *testing.B) {
	for _, n := range []int{1, 8} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			batch := events(0, n)
			log := new(Log)
			b.ReportAllocs()
			for i := 0; i < b.N; i += n {
				if log.n >= DefaultMaxEvents {
					log = new(Log)
				}
				_ = log.Record("x", batch)
			}
		})
	}
}

func BenchmarkEventJSON(b *testing.B) {
	e := sample(TaskStateExited)
	text := e.AppendJSON(nil)
	b.Run("write", func(b *testing.B) {
		b.ReportAllocs()
		var buf []byte
		for range b.N {
			buf = e.AppendJSON(buf[:0])
		}
	})
	b.Run("read", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			var e Event
			_ = e.UnmarshalJSON(text)
		}
	})
}
