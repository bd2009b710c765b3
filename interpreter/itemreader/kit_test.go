package itemreader_test

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/itemreader"
	"github.com/gostates/gostates/interpreter/objects"
	"github.com/gostates/gostates/value"
)

// newReader returns a reader over objects in memory, by "bucket/key".
func newReader(files map[string]string) *itemreader.ObjectReader {
	store := objects.Memory("b")
	for place, body := range files {
		bucket, key, _ := strings.Cut(place, "/")
		store.Set(bucket, key, []byte(body))
	}
	return &itemreader.ObjectReader{Objects: store}
}

func request(action, arguments string, c itemreader.Config) *itemreader.Request {
	v, err := value.ParseString(arguments)
	if err != nil {
		panic(err)
	}
	return &itemreader.Request{Resource: "arn:aws:states:::s3:" + action, Arguments: v, Config: c}
}

func getRequest(c itemreader.Config) *itemreader.Request {
	return request("getObject", `{"Bucket":"b","Key":"k"}`, c)
}

// readAll returns all items, each as "source key value" with what it has of them,
// and the error that ended them.
func readAll(t testing.TB, r itemreader.Reader, q *itemreader.Request, size int) ([]string, error) {
	items, err := r.Open(t.Context(), q)
	if err != nil {
		return nil, err
	}
	defer items.Close()
	var all []string
	for {
		chunk, err := items.Next(size, 1<<20)
		if err != nil {
			return all, err
		}
		require.True(t, chunk.End || len(chunk.Items) > 0, "an empty chunk that is not the last one")
		require.LessOrEqual(t, len(chunk.Items), size)
		all = append(all, describe(chunk)...)
		if chunk.End {
			return all, nil
		}
	}
}

func describe(chunk *itemreader.Chunk) []string {
	var all []string
	for i, v := range chunk.Items {
		text := value.String(v)
		if err := value.Check(v); err != nil {
			text = err.Error()
		}
		if chunk.Keys != nil {
			text = chunk.Keys[i] + "=" + text
		}
		all = append(all, chunk.Source+" "+text)
	}
	return all
}

// wantItems reads the items in chunks of several sizes, and from each cursor on.
func wantItems(t *testing.T, r itemreader.Reader, q *itemreader.Request, source string, want ...string) {
	t.Helper()
	all := make([]string, len(want))
	for i, w := range want {
		all[i] = source + " " + w
	}
	for _, size := range []int{1, 2, 1000} {
		got, err := readAll(t, r, q, size)
		require.NoError(t, err)
		require.Equal(t, all, append([]string{}, got...), "chunks of %d", size)
	}
	wantResumable(t, r, q, all)
}

// wantResumable reads one item from each cursor, and the rest of them with Skip.
func wantResumable(t testing.TB, r itemreader.Reader, q *itemreader.Request, all []string) {
	t.Helper()
	cursor := q.Cursor
	for n := 0; ; n++ {
		next := *q
		next.Cursor = cursor
		for skip := range min(len(all)-n, 3) {
			skipping := next
			skipping.Skip = int64(skip)
			rest, err := readAll(t, r, &skipping, 1000)
			require.NoError(t, err)
			require.Equal(t, all[n+skip:], rest, "skip %d after cursor %d", skip, n)
		}
		items, err := r.Open(t.Context(), &next)
		require.NoError(t, err)
		chunk, err := items.Next(1, 1)
		require.NoError(t, err)
		require.NoError(t, items.Close())
		require.LessOrEqual(t, len(chunk.Cursor), itemreader.MaxCursor)
		if n < len(all) {
			require.Equal(t, all[n:n+1], describe(chunk))
		}
		require.Equal(t, n >= len(all)-1, chunk.End, "the end after item %d of %d", n, len(all))
		cursor = chunk.Cursor
		if chunk.End {
			break
		}
	}
	next := *q
	next.Cursor = cursor
	rest, err := readAll(t, r, &next, 1)
	require.NoError(t, err)
	require.Empty(t, rest, "items after the end")
}

// wantFailure reads until an error, which must be one of a Map Run.
func wantFailure(t *testing.T, r itemreader.Reader, q *itemreader.Request, cause string) {
	t.Helper()
	_, err := readAll(t, r, q, 1000)
	require.Error(t, err)
	var failure *itemreader.Error
	require.ErrorAs(t, err, &failure)
	require.Equal(t, cause, failure.Cause)
	require.Equal(t, "States.ItemReaderFailed: "+cause, err.Error())
}

var _ io.Closer = itemreader.Items(nil)
