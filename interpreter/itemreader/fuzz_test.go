package itemreader_test

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/itemreader"
	"github.com/gostates/gostates/interpreter/objects"
	"github.com/gostates/gostates/value"
)

// bytewise returns the bodies of a store one byte at a time.
type bytewise struct{ objects.Objects }

func (b bytewise) Get(ctx context.Context, bucket, key string, o objects.GetOptions) (*objects.Object, error) {
	object, err := b.Objects.Get(ctx, bucket, key, o)
	if err == nil {
		object.Body = struct {
			io.Reader
			io.Closer
		}{iotest.OneByteReader(object.Body), object.Body}
	}
	return object, err
}

func readTwice(t *testing.T, body string, q *itemreader.Request) ([]string, error) {
	t.Helper()
	r := newReader(map[string]string{"b/k": body})
	all, err := readAll(t, r, q, 1000)
	slowly, slowErr := readAll(t, &itemreader.ObjectReader{Objects: bytewise{r.Objects}}, q, 1)
	require.Equal(t, all, slowly, "byte by byte")
	require.Equal(t, err, slowErr, "byte by byte")
	if err == nil && len(all) < 100 {
		wantResumable(t, r, q, all)
	}
	return all, err
}

// Where encoding/csv has an answer that AWS's rules do not contradict, the scanner has
// the same one.
func FuzzCSVAgreesWithEncodingCSV(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", "\"a,\n\"\"b\"\"\",c\n\n,\n", "a", "\"\"\n", " \n,,,,,,,,,,\n", "a\"b,c\n", "é,\"\n\n\"\n"} {
		f.Add(seed)
	}
	headers := make([]string, 8)
	for i := range headers {
		headers[i] = strconv.Itoa(i)
	}
	q := getRequest(itemreader.Config{InputType: "CSV", CSVHeaderLocation: "GIVEN", CSVHeaders: headers})
	f.Fuzz(func(t *testing.T, body string) {
		all, err := readTwice(t, body, q)
		require.NoError(t, err)
		if strings.ContainsAny(body, "\\\r") || strings.HasPrefix(body, "\ufeff") || !utf8.ValidString(body) {
			return
		}
		records := csv.NewReader(strings.NewReader(body))
		records.FieldsPerRecord = -1
		want, err := records.ReadAll()
		if err != nil {
			return
		}
		require.Len(t, all, len(want))
		for i, record := range want {
			o := value.NewObject(len(headers))
			for n, name := range headers {
				field := ""
				if n < len(record) {
					field = record[n]
				}
				o.Add(name, field)
			}
			got, err := value.ParseString(strings.TrimPrefix(all[i], "s3://b/k "))
			require.NoError(t, err)
			require.True(t, value.Equal(o, got), "row %d: %s, want %s", i, got, o)
		}
	})
}

// Any bytes are rows of the CSV of AWS's rules: there are no errors but those of the
// header.
func FuzzCSVResumes(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", "a\\,b,\"c\\\"\"\r\n\r,\\\r\n\"", "\xef\xbb\xbfx\n1", "a\n\xff\n"} {
		f.Add(seed)
	}
	q := getRequest(itemreader.Config{InputType: "CSV"})
	f.Fuzz(func(t *testing.T, body string) {
		if _, err := readTwice(t, body, q); err != nil {
			require.Regexp(t, "duplicates|only CSV headers|headers have more", err.Error())
		}
	})
}

func hasDuplicates(n value.Node) bool {
	for _, child := range n.Children {
		if hasDuplicates(child) {
			return true
		}
	}
	return len(n.Duplicates()) > 0
}

func describeParts(v any) []string {
	var all []string
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			all = append(all, "s3://b/k "+value.String(item))
		}
	case *value.Object:
		for key, item := range v.All() {
			all = append(all, "s3://b/k "+key+"="+value.String(item))
		}
	}
	return all
}

// The scanner finds what the parser finds, without reading the whole document.
func FuzzJSONAgreesWithParse(f *testing.F) {
	for _, seed := range []struct{ body, pointer string }{
		{`[1,"a",{"b":[]}]`, ""}, {` {"a":{"b":[1, 2 ]},"c":"]\\\""} `, "/a/b"}, {`[[0],[1]]`, "/1"}, {`{"a/b":{"~":{}}}`, "/a~1b/~0"},
		{`[1,2`, ""}, {`[}`, ""}, {`"a"`, ""}, {`{"a":1}x`, ""}, {"[\"\xff\"]", ""},
	} {
		f.Add(seed.body, seed.pointer)
	}
	f.Fuzz(func(t *testing.T, body, pointer string) {
		got, err := readTwice(t, body, getRequest(itemreader.Config{InputType: "JSON", ItemsPointer: pointer}))
		node, parseErr := value.ReadNode([]byte(body), value.ReadOptions{})
		if parseErr != nil {
			require.False(t, err == nil && pointer == "" && !strings.HasPrefix(body, "\ufeff"), "invalid JSON is read")
			return
		}
		target, found := value.Pointed(node.Value, pointer)
		if hasDuplicates(node) {
			return
		}
		switch target.(type) {
		case []any, *value.Object:
			require.NoError(t, err)
			require.Equal(t, describeParts(target), got)
		default:
			require.Error(t, err)
			require.Equal(t, found, strings.Contains(err.Error(), "non-iterable"), err)
		}
	})
}

func FuzzJSONLinesResume(f *testing.F) {
	f.Add("1\n{\"a\":[]}\n")
	f.Add("\n\r\n \"x\"")
	q := getRequest(itemreader.Config{InputType: "JSONL"})
	f.Fuzz(func(t *testing.T, body string) {
		all, err := readTwice(t, body, q)
		var want []string
		for line := range strings.Lines(strings.TrimPrefix(body, "\ufeff")) {
			if line = strings.TrimSpace(line); line == "" {
				continue
			}
			v, parseErr := value.ParseString(line)
			if parseErr != nil {
				require.Error(t, err)
				break
			}
			want = append(want, "s3://b/k "+value.String(v))
		}
		require.Equal(t, want, all)
	})
}

// A cursor is bytes from a store: it may be damaged, which is an error and not a
// panic.
func FuzzCursors(f *testing.F) {
	r := newReader(map[string]string{"b/k": "a\n1\n2\n", "b/l": "[1,2]", "b/m": "s3://b/n\n", "b/n": "1\n2\n"})
	requests := []*itemreader.Request{
		getRequest(itemreader.Config{InputType: "CSV"}),
		request("getObject", `{"Bucket":"b","Key":"l"}`, itemreader.Config{InputType: "JSON"}),
		request("getObject", `{"Bucket":"b","Key":"m"}`, itemreader.Config{InputType: "JSONL", ManifestType: "ATHENA_DATA"}),
		request("listObjectsV2", `{"Bucket":"b"}`, itemreader.Config{}),
		request("listObjectsV2", `{"Bucket":"b"}`, itemreader.Config{InputType: "CSV", Transformation: "LOAD_AND_FLATTEN"}),
	}
	f.Add([]byte{})
	for _, q := range requests {
		items, err := r.Open(f.Context(), q)
		require.NoError(f, err)
		chunk, err := items.Next(1, 1)
		require.NoError(f, err)
		f.Add(chunk.Cursor)
	}
	f.Fuzz(func(t *testing.T, cursor []byte) {
		for _, q := range requests {
			damaged := *q
			damaged.Cursor = cursor
			if _, err := readAll(t, r, &damaged, 1); err != nil {
				var failure *itemreader.Error
				require.True(t, errors.As(err, &failure) || strings.Contains(err.Error(), "corrupt cursor"), err)
			}
		}
	})
}
