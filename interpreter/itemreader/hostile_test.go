package itemreader_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/itemreader"
	"github.com/gostates/gostates/interpreter/objects"
)

// endless is a store with one object: head, and then fill repeated up to size. It
// counts the bytes that were read.
type endless struct {
	objects.Objects
	head, fill string
	size       int64
	read       int64
}

func (e *endless) Get(_ context.Context, _, key string, o objects.GetOptions) (*objects.Object, error) {
	body := io.LimitReader(io.MultiReader(strings.NewReader(e.head), &repeatReader{fill: strings.Repeat(e.fill, 32<<10)}), e.size)
	if _, err := io.CopyN(io.Discard, body, o.Offset); err != nil && err != io.EOF {
		return nil, err
	}
	return &objects.Object{
		Info: objects.Info{Key: key, Size: e.size, ETag: `"e"`},
		Body: io.NopCloser(countReader{body, &e.read}),
	}, nil
}

// repeatReader repeats a string without end.
type repeatReader struct {
	fill string
	at   int
}

func (r *repeatReader) Read(p []byte) (int, error) {
	n := copy(p, r.fill[r.at:])
	r.at = (r.at + n) % len(r.fill)
	return n, nil
}

type countReader struct {
	io.Reader
	n *int64
}

func (c countReader) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	*c.n += int64(n)
	return n, err
}

// allocated returns how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

const mebibyte = 1 << 20

func TestRecordsWithoutEndFailInBoundedMemory(t *testing.T) {
	for _, c := range []struct {
		name, head, fill, pointer string
		inputType, cause          string
	}{
		{"CSV row", "a,b\n", "x", "", "CSV", "An item at byte 4 is larger than 8388608 bytes."},
		{"CSV header", "", "x", "", "CSV", "An item at byte 0 is larger than 8388608 bytes."},
		{"CSV field in quotes", "a,b\n\"", "x\n", "", "CSV", "An item at byte 4 is larger than 8388608 bytes."},
		{"CSV fields", "a,b\n", ",", "", "CSV", "An item at byte 4 is larger than 8388608 bytes."},
		{"JSON line", "", "1", "", "JSONL", "An item at byte 0 is larger than 8388608 bytes."},
		{"JSON string", `["`, "x", "", "JSON", "An item at byte 1 is larger than 8388608 bytes."},
		{"JSON array in an array", `[[`, "1,", "", "JSON", "An item at byte 1 is larger than 8388608 bytes."},
		{"JSON key", `{"`, "x", "", "JSON", "An item at byte 1 is larger than 8388608 bytes."},
		{"JSON key on the way", `{"`, "x", "/a", "JSON", "An item at byte 1 is larger than 8388608 bytes."},
		{"JSON nested", "", "[", "", "JSON", "The JSON value at byte 1 nests deeper than 1000 levels."},
		{"JSON nested on the way", `{"x":`, "[", "/a", "JSON", "The JSON value at byte 5 nests deeper than 1000 levels."},
		{"JSON objects nested", `[`, `{"a":`, "", "JSON", "The JSON value at byte 1 nests deeper than 1000 levels."},
	} {
		t.Run(c.name, func(t *testing.T) {
			store := &endless{head: c.head, fill: c.fill, size: 1 << 30}
			q := getRequest(itemreader.Config{InputType: c.inputType, ItemsPointer: c.pointer})
			bytes := allocated(func() {
				wantFailure(t, &itemreader.ObjectReader{Objects: store}, q, c.cause)
			})
			require.Less(t, bytes, uint64(96*mebibyte), "allocated")
			require.Less(t, store.read, int64(10*mebibyte), "read")
		})
	}
}

func TestFieldsBeyondTheHeaderTakeNoMemory(t *testing.T) {
	r := newReader(map[string]string{"b/k": "a\n" + strings.Repeat(",", 7*mebibyte) + "\n"})
	bytes := allocated(func() {
		all, err := readAll(t, r, getRequest(itemreader.Config{InputType: "CSV"}), 1)
		require.NoError(t, err)
		require.Equal(t, []string{`s3://b/k {"a":""}`}, all)
	})
	require.Less(t, bytes, uint64(32*mebibyte), "allocated")
}

func TestSkippedJSONIsNotKept(t *testing.T) {
	store := &endless{head: `{"a":[`, fill: `"]",`, size: 12 * mebibyte}
	q := getRequest(itemreader.Config{InputType: "JSON", ItemsPointer: "/b"})
	bytes := allocated(func() {
		wantFailure(t, &itemreader.ObjectReader{Objects: store}, q, "The JSON ends too early, at byte 12582912.")
	})
	require.Less(t, bytes, uint64(mebibyte), "allocated")
}

func TestLargeArraysTakeTheMemoryOfAnItem(t *testing.T) {
	store := &endless{head: `[1`, fill: `,"x"`, size: 16 * mebibyte}
	items, err := (&itemreader.ObjectReader{Objects: store}).Open(t.Context(), getRequest(itemreader.Config{InputType: "JSON"}))
	require.NoError(t, err)
	defer items.Close()
	chunk, err := items.Next(1000, mebibyte)
	require.NoError(t, err)
	require.Len(t, chunk.Items, 1000)
	require.Less(t, store.read, int64(mebibyte), "read for a thousand items")
}

func TestDeepItemsAreInvalid(t *testing.T) {
	deep := strings.Repeat("[", 10000) + strings.Repeat("]", 10000)
	for _, inputType := range []string{"JSON", "JSONL"} {
		_, err := readAll(t, newReader(map[string]string{"b/k": "[" + deep + "]"}), getRequest(itemreader.Config{InputType: inputType}), 1)
		require.ErrorContains(t, err, "States.ItemReaderFailed: ")
		require.ErrorContains(t, err, "nest")
	}
}

// bomb returns this many bytes, compressed.
func bomb(t *testing.T, fill byte, size int) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	block := bytes.Repeat([]byte{fill}, mebibyte)
	for range size / mebibyte {
		_, err := w.Write(block)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.String()
}

func TestGzipBombsFailInBoundedMemory(t *testing.T) {
	q := getRequest(itemreader.Config{InputType: "JSONL"})
	t.Run("one line", func(t *testing.T) {
		r := newReader(map[string]string{"b/k": bomb(t, 'x', 12*mebibyte)})
		bytes := allocated(func() { wantFailure(t, r, q, "An item at byte 0 is larger than 8388608 bytes.") })
		require.Less(t, bytes, uint64(48*mebibyte), "allocated")
	})
	t.Run("nothing but lines", func(t *testing.T) {
		r := newReader(map[string]string{"b/k": bomb(t, '\n', 12*mebibyte)})
		r.MaxObjectBytes = 8 * mebibyte
		bytes := allocated(func() { wantFailure(t, r, q, "The object s3://b/k is larger than 8388608 bytes.") })
		require.Less(t, bytes, uint64(mebibyte), "allocated")
	})
	t.Run("skipped to the cursor", func(t *testing.T) {
		r := newReader(map[string]string{"b/k": packed(t, "1\n2\n")})
		items, err := r.Open(t.Context(), q)
		require.NoError(t, err)
		defer items.Close()
		chunk, err := items.Next(1, 1)
		require.NoError(t, err)
		next := *q
		next.Cursor = chunk.Cursor
		r.MaxObjectBytes = 1
		wantFailure(t, r, &next, "The object s3://b/k is larger than 1 bytes.")
	})
}

func TestObjectsBeyondTheLimitAreNotRead(t *testing.T) {
	store := &endless{head: "1\n", fill: "1\n", size: 10<<30 + 2}
	wantFailure(t, &itemreader.ObjectReader{Objects: store}, getRequest(itemreader.Config{InputType: "JSONL"}),
		"The object s3://b/k is larger than 10737418240 bytes.")
	require.Zero(t, store.read)
}

func TestManifestsBeyondTheLimitAreNotRead(t *testing.T) {
	store := &endless{head: "", fill: "s3://b/x\n", size: 1 << 30}
	q := getRequest(itemreader.Config{InputType: "JSONL", ManifestType: "ATHENA_DATA"})
	wantFailure(t, &itemreader.ObjectReader{Objects: store}, q, "The manifest s3://b/k is larger than 67108864 bytes.")
	require.Less(t, store.read, int64(80*mebibyte))
}

func TestKeysDoNotLeadOutOfAFolder(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(folder, "store", "b"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "secret"), []byte("[1]"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "store", "b", "k"), []byte("s3://b/../../secret\n"), 0o644))
	r := &itemreader.ObjectReader{Objects: objects.Dir(filepath.Join(folder, "store"))}
	lines := itemreader.Config{InputType: "JSONL"}
	wantFailure(t, r, request("getObject", `{"Bucket":"b","Key":"../../secret"}`, lines),
		"objects: get b/../../secret: invalid key: not a path inside a folder")
	wantFailure(t, r, request("getObject", `{"Bucket":"..","Key":"secret"}`, lines), "The specified bucket does not exist (Service: S3, Status Code: 404)")
	lines.ManifestType = "ATHENA_DATA"
	wantFailure(t, r, getRequest(lines), "objects: get b/../../secret: invalid key: not a path inside a folder")
}

// liar answers every listing with the same page.
type liar struct {
	objects.Objects
	page objects.Page
}

func (l liar) List(context.Context, string, objects.ListOptions) (*objects.Page, error) {
	page := l.page
	return &page, nil
}

func TestListingsWithoutEndFail(t *testing.T) {
	q := request("listObjectsV2", `{"Bucket":"b"}`, itemreader.Config{})
	again := liar{page: objects.Page{Objects: []objects.Info{{Key: "a"}, {Key: "b"}}, More: true}}
	wantFailure(t, &itemreader.ObjectReader{Objects: again}, q, `The object store lists the key "a" out of order.`)
	twice := liar{page: objects.Page{Objects: []objects.Info{{Key: "b"}, {Key: "b"}}}}
	wantFailure(t, &itemreader.ObjectReader{Objects: twice}, q, `The object store lists the key "b" out of order.`)
	empty := liar{page: objects.Page{More: true}}
	wantFailure(t, &itemreader.ObjectReader{Objects: empty}, q, "The object store lists an empty page that is not the last one.")
	huge := liar{page: objects.Page{Objects: []objects.Info{{Key: strings.Repeat("x", 5000)}}}}
	wantFailure(t, &itemreader.ObjectReader{Objects: huge}, q, "The key, version and ETag of an object are together longer than 4096 bytes.")
}

// stuck has bodies without bytes and without an end.
type stuck struct{ objects.Objects }

func (stuck) Get(context.Context, string, string, objects.GetOptions) (*objects.Object, error) {
	return &objects.Object{Info: objects.Info{Size: 9}, Body: io.NopCloser(nothing{})}, nil
}

type nothing struct{}

func (nothing) Read([]byte) (int, error) { return 0, nil }

func TestBodiesWithoutProgressFail(t *testing.T) {
	wantFailure(t, &itemreader.ObjectReader{Objects: stuck{}}, getRequest(itemreader.Config{InputType: "JSONL"}), io.ErrNoProgress.Error())
	r := &itemreader.ObjectReader{Objects: stuck{}, Formats: map[string]itemreader.Format{"PARQUET": byteFormat{}}}
	wantFailure(t, r, getRequest(itemreader.Config{InputType: "PARQUET"}), io.ErrNoProgress.Error())
}

// short has bodies that end before the size of their object.
type short struct{ objects.Objects }

func (s short) Get(ctx context.Context, bucket, key string, o objects.GetOptions) (*objects.Object, error) {
	object, err := s.Objects.Get(ctx, bucket, key, o)
	if err == nil {
		object.Size++
	}
	return object, err
}

func TestBodiesThatEndEarlyFail(t *testing.T) {
	for name, c := range map[string]struct {
		body   string
		config itemreader.Config
	}{
		"CSV":      {"a\n1\n2\n", itemreader.Config{InputType: "CSV"}},
		"JSON":     {"[1,2]", itemreader.Config{InputType: "JSON"}},
		"JSONL":    {"1\n2\n", itemreader.Config{InputType: "JSONL"}},
		"GZIP":     {packed(t, "1\n2\n"), itemreader.Config{InputType: "JSONL"}},
		"PARQUET":  {"12", itemreader.Config{InputType: "PARQUET"}},
		"manifest": {"s3://b/k2\n", itemreader.Config{InputType: "JSONL", ManifestType: "ATHENA_DATA"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newReader(map[string]string{"b/k": c.body})
			r.Objects, r.Formats = short{r.Objects}, map[string]itemreader.Format{"PARQUET": byteFormat{}}
			wantFailure(t, r, getRequest(c.config), "The object s3://b/k ends 1 bytes before its size.")
		})
	}
}
