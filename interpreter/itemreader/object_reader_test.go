package itemreader_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/itemreader"
	"github.com/gostates/gostates/interpreter/objects"
	"github.com/gostates/gostates/value"
)

func TestCSVRowsFollowAWSRules(t *testing.T) {
	for _, c := range []struct {
		name, body string
		config     itemreader.Config
		want       []string
	}{
		{"values are strings", "a,b\n1,true\nnull, x \n", itemreader.Config{}, []string{`{"a":"1","b":"true"}`, `{"a":"null","b":" x "}`}},
		{"members have the order of a hash map", "id,text,blank\n1,2,3\n", itemreader.Config{}, []string{`{"blank":"3","id":"1","text":"2"}`}},
		{"names are plain strings", "0,True,{}\nx,y,z\n", itemreader.Config{}, []string{`{"0":"x","{}":"z","True":"y"}`}},
		{"fewer fields", "a,b,c\n1\n,,\n,,,\n", itemreader.Config{}, []string{`{"a":"1","b":"","c":""}`, `{"a":"","b":"","c":""}`, `{"a":"","b":"","c":""}`}},
		{"more fields", "a\n1,2,3\n", itemreader.Config{}, []string{`{"a":"1"}`}},
		{"blanks are a row, an empty line is not", "a,b\n   \n\n\r\n1,2\n", itemreader.Config{}, []string{`{"a":"   ","b":""}`, `{"a":"1","b":"2"}`}},
		{"no line feed at the end", "a\n1\n234567", itemreader.Config{}, []string{`{"a":"1"}`, `{"a":"234567"}`}},
		{"CRLF", "a,b\r\n1,2\r\n\"3\",4\r\n", itemreader.Config{}, []string{`{"a":"1","b":"2"}`, `{"a":"3","b":"4"}`}},
		{"CR alone is data", "a,b\n1\r2,\"x\"\r\r\n", itemreader.Config{}, []string{`{"a":"1\r2","b":"x\r"}`}},
		{"quotes", "a,b\n\"x,y\",\"say \"\"hi\"\"\"\n\"two\nlines\r\n\",z\n", itemreader.Config{}, []string{`{"a":"x,y","b":"say \"hi\""}`, `{"a":"two\nlines\r\n","b":"z"}`}},
		{"quotes inside", "a,b\nx\"y\",\"p\"q\n", itemreader.Config{}, []string{`{"a":"x\"y\"","b":"pq"}`}},
		{"quote without end", "a,b\n1,\"x,\ny", itemreader.Config{}, []string{`{"a":"1","b":"x,\ny"}`}},
		{"backslashes", `a,b,c` + "\n" + `x\,y,\"q\",\\` + "\n" + `\n\t,"a\"b\,c",\`, itemreader.Config{}, []string{`{"a":"x,y","b":"\"q\"","c":"\\"}`, `{"a":"nt","b":"a\"b,c","c":""}`}},
		{"backslash before the line feed", "a\nx\\\ny\n", itemreader.Config{}, []string{`{"a":"x"}`, `{"a":"y"}`}},
		{"byte order mark", "\xef\xbb\xbfa,b\n1,2\n", itemreader.Config{}, []string{`{"a":"1","b":"2"}`}},
		{"bytes that are not UTF-8", "a\n\xff\xfe\n", itemreader.Config{}, []string{`{"a":"��"}`}},
		{"bytes of two fields are not one character", "a,b\n\"\xc3\",\xa9\n", itemreader.Config{}, []string{`{"a":"�","b":"�"}`}},
		{"pipe", "a|b\n1,|2\\|3\n", itemreader.Config{CSVDelimiter: "PIPE"}, []string{`{"a":"1,","b":"2|3"}`}},
		{"semicolon", "a;b\n1;2\n", itemreader.Config{CSVDelimiter: "SEMICOLON"}, []string{`{"a":"1","b":"2"}`}},
		{"space", "a b\n1 2\n", itemreader.Config{CSVDelimiter: "SPACE"}, []string{`{"a":"1","b":"2"}`}},
		{"tab", "a\tb\n1\t2\n", itemreader.Config{CSVDelimiter: "TAB"}, []string{`{"a":"1","b":"2"}`}},
		{"given headers", "1,2\n3,4\n", itemreader.Config{CSVHeaderLocation: "GIVEN", CSVHeaders: []string{"x", ""}}, []string{`{"":"2","x":"1"}`, `{"":"4","x":"3"}`}},
		{"MaxItems counts rows", "a\n1\n2\n3\n", itemreader.Config{MaxItems: 2}, []string{`{"a":"1"}`, `{"a":"2"}`}},
		{"an empty file", "", itemreader.Config{}, nil},
		{"a long record", "a,b\n" + strings.Repeat("x", 5000) + ",y\n", itemreader.Config{}, []string{`{"a":"` + strings.Repeat("x", 5000) + `","b":"y"}`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.config.InputType = "CSV"
			wantItems(t, newReader(map[string]string{"b/k": c.body}), getRequest(c.config), "s3://b/k", c.want...)
		})
	}
}

func TestCSVHeadersAreChecked(t *testing.T) {
	csv := itemreader.Config{InputType: "CSV"}
	given := itemreader.Config{InputType: "CSV", CSVHeaderLocation: "GIVEN", CSVHeaders: []string{"a", "a"}}
	wantFailure(t, newReader(map[string]string{"b/k": "a,b,a\n1,2,3\n"}), getRequest(csv), "CSV headers cannot contain duplicates.")
	wantFailure(t, newReader(map[string]string{"b/k": "1,2\n"}), getRequest(given), "CSV headers cannot contain duplicates.")
	for _, body := range []string{"a,b", "a,b\n", "a,b\r\n\r\n\n"} {
		wantFailure(t, newReader(map[string]string{"b/k": body}), getRequest(csv), "The CSV file contains only CSV headers.")
	}
	long := strings.Repeat("x", 10<<10)
	wantItems(t, newReader(map[string]string{"b/k": long + "\n1\n"}), getRequest(csv), "s3://b/k", `{"`+long+`":"1"}`)
	wantFailure(t, newReader(map[string]string{"b/k": long + "x\n1\n"}), getRequest(csv), "The CSV headers have more than 10240 bytes.")
}

func TestJSONIsIteratedAtThePointer(t *testing.T) {
	for _, c := range []struct {
		name, body, pointer string
		want                []string
	}{
		{"array", ` [1, "a,]\"" , {"z":[1],"a":{}},[[]],null,1.50 ] `, "", []string{`1`, `"a,]\""`, `{"z":[1],"a":{}}`, `[[]]`, `null`, `1.5`}},
		{"object", `{"b":1, "a\n" : {"x":[]} }`, "", []string{`b=1`, "a\n=" + `{"x":[]}`}},
		{"empty array", "[ ]", "", nil},
		{"empty object", "{}", "", nil},
		{"byte order mark", "\xef\xbb\xbf[1]", "", []string{`1`}},
		{"pointer", `{"x":{"a":[9]},"a/b":[0,{"~":[1,2]}],"rest":`, "/a~1b/1/~0", []string{`1`, `2`}},
		{"pointer into strings with brackets", `{"]\"[":"}{\\","a":[3]}`, "/a", []string{`3`}},
		{"pointer to an object", `[[],{"k":true}]`, "/1", []string{`k=true`}},
		{"pointer to an empty key", `{"":[1]}`, "/", []string{`1`}},
		{"numbers that end the array", `[1,23]`, "", []string{`1`, `23`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := itemreader.Config{InputType: "JSON", ItemsPointer: c.pointer}
			wantItems(t, newReader(map[string]string{"b/k": c.body}), getRequest(config), "s3://b/k", c.want...)
		})
	}
}

func TestJSONFailures(t *testing.T) {
	const noIterable = "Attempting to map over non-iterable node."
	for _, c := range []struct{ body, pointer, cause string }{
		{`"a"`, "", noIterable}, {`1`, "", noIterable}, {`{"a":null}`, "/a", noIterable}, {` true `, "", noIterable},
		{`{"a":1}`, "/b", "The ItemsPointer /b refers to nothing in the JSON."},
		{`{}`, "/b", "The ItemsPointer /b refers to nothing in the JSON."},
		{`[[1]]`, "/1", "The ItemsPointer /1 refers to nothing in the JSON."},
		{`[[1]]`, "/00", "The ItemsPointer /00 refers to nothing in the JSON."},
		{`[[1]]`, "/-1", "The ItemsPointer /-1 refers to nothing in the JSON."},
		{`[]`, "/0", "The ItemsPointer /0 refers to nothing in the JSON."},
		{`"a"`, "/0", "The ItemsPointer /0 refers to nothing in the JSON."},
		{`{}`, "a", "The ItemsPointer a is not a JSON Pointer."},
		{``, "", "The JSON ends too early, at byte 0."},
		{`[1,2`, "", "The JSON ends too early, at byte 4."},
		{`[1,`, "", "The JSON ends too early, at byte 3."},
		{`["a`, "", "The JSON ends too early, at byte 1."},
		{`[`, "", "The JSON ends too early, at byte 1."},
		{`{"a"`, "", "The JSON ends too early, at byte 4."},
		{`{"a":`, "/a", "The JSON ends too early, at byte 5."},
		{`[1,]`, "", "The JSON has no value at byte 3."},
		{`[1 2]`, "", "The JSON has '2' instead of a comma at byte 3."},
		{`{1:2}`, "", "The JSON has '1' instead of a key at byte 1."},
		{`{"a" 2}`, "", "The JSON has '2' instead of a colon at byte 5."},
		{`[01]`, "", "Invalid JSON at byte 1: a number must not start with 0."},
		{`[nul]`, "", `Invalid JSON at byte 1: unexpected 'n' where a value should be.`},
		{`[{]]`, "", ""},
		{`[1] [2]`, "", "The JSON goes on after its end at byte 4."},
	} {
		config := itemreader.Config{InputType: "JSON", ItemsPointer: c.pointer}
		if c.cause == "" {
			_, err := readAll(t, newReader(map[string]string{"b/k": c.body}), getRequest(config), 10)
			require.Error(t, err, c.body)
			continue
		}
		t.Run(c.body+c.pointer, func(t *testing.T) {
			wantFailure(t, newReader(map[string]string{"b/k": c.body}), getRequest(config), c.cause)
		})
	}
}

func TestJSONLinesAreValues(t *testing.T) {
	q := getRequest(itemreader.Config{InputType: "JSONL"})
	wantItems(t, newReader(map[string]string{"b/k": "\xef\xbb\xbf{\"b\":1,\"a\":2}\r\n\n  [1] \n\"x\""}), q, "s3://b/k",
		`{"b":1,"a":2}`, `[1]`, `"x"`)
	wantItems(t, newReader(map[string]string{"b/k": ""}), q, "s3://b/k")
	wantFailure(t, newReader(map[string]string{"b/k": "1\n{\n"}), q,
		"Invalid JSON at byte 3: the JSON ends where a key should be.")
}

func TestListingsAreItems(t *testing.T) {
	store := objects.Memory("b")
	store.Now = func() time.Time { return time.Unix(1790204286, 999) }
	for _, key := range []string{"x", "f/", "f/1", "f/2", "g"} {
		store.Set("b", key, []byte(key))
	}
	item := func(key, etag string) string {
		return fmt.Sprintf(`{"Etag":"\"%s\"","Key":%q,"LastModified":1.790204286E9,"Size":%d,"StorageClass":"STANDARD"}`, etag, key, len(key))
	}
	want := []string{item("f/", "9be86f6e41b6aae56c58bcfff41faa54"), item("f/1", "9f6cc5c75ef1ed3cb68fe8d2fa41e7b2"), item("f/2", "c80e4cb9ad0b91d1f0d36ae6d9b3ac74")}
	for _, transformation := range []string{"", "NONE"} {
		q := request("listObjectsV2", `{"Bucket":"b","Prefix":"f/"}`, itemreader.Config{Transformation: transformation})
		for page := range 3 {
			got, err := readAll(t, &itemreader.ObjectReader{Objects: pages{store, page}}, q, 1)
			require.NoError(t, err)
			require.Len(t, got, 3)
			for i, g := range got {
				prefix, _, _ := strings.Cut(want[i], `\"`)
				require.Contains(t, g, "s3://b "+prefix)
				_, suffix, _ := strings.Cut(want[i], `","Key`)
				require.Contains(t, g, suffix)
			}
			wantResumable(t, &itemreader.ObjectReader{Objects: pages{store, page}}, q, got)
		}
	}
	after := request("listObjectsV2", `{"Bucket":"b","StartAfter":"f/2"}`, itemreader.Config{MaxItems: 1})
	got, err := readAll(t, &itemreader.ObjectReader{Objects: store}, after, 10)
	require.NoError(t, err)
	require.Len(t, got, 1)
	require.Contains(t, got[0], `"Key":"g"`)
}

// pages lists pages of a size.
type pages struct {
	objects.Objects
	size int
}

func (p pages) List(ctx context.Context, bucket string, o objects.ListOptions) (*objects.Page, error) {
	o.Max = p.size
	return p.Objects.List(ctx, bucket, o)
}

func TestFlattenReadsTheListedObjects(t *testing.T) {
	r := newReader(map[string]string{"b/f/": "", "b/f/1": "[1,2]", "b/f/2": "[]", "b/f/3": `{"k":3}`, "b/f/4": "[4]", "b/z": "!"})
	q := request("listObjectsV2", `{"Bucket":"b","Prefix":"f"}`, itemreader.Config{InputType: "JSON", Transformation: "LOAD_AND_FLATTEN"})
	want := []string{"s3://b/f/1 1", "s3://b/f/1 2", "s3://b/f/3 k=3", "s3://b/f/4 4"}
	for _, size := range []int{1, 2, 1000} {
		for page := range 3 {
			got, err := readAll(t, &itemreader.ObjectReader{Objects: pages{r.Objects, page}}, q, size)
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
	}
	wantResumable(t, r, q, want)
	q.Config.MaxItems = 3
	got, err := readAll(t, r, q, 10)
	require.NoError(t, err)
	require.Equal(t, want[:3], got)
	wantResumable(t, r, q, want[:3])
}

func packed(t testing.TB, text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := io.WriteString(w, text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.String()
}

func TestInventoriesAreRows(t *testing.T) {
	const manifest = `{"sourceBucket":"s","destinationBucket":"arn:aws:s3:::b","version":"2016-11-30","fileFormat":"CSV",
		"fileSchema":"Bucket, Key, Size, LastModifiedDate","files":[{"key":"data/1.csv.gz","size":1,"MD5checksum":"x"},{"key":"data/2.csv"}]}`
	r := newReader(map[string]string{
		"b/manifest.json": manifest,
		"b/data/1.csv.gz": packed(t, "\"s\",\"titles.csv\",\"3399671\",\"2022-11-16T00:29:32.000Z\"\n\"s\",\"b\",\"1\",\"t\"\n"),
		"b/data/2.csv":    "\"s\",\"c\",\"2\",\"u\"\n",
	})
	want := []string{
		`s3://b/data/1.csv.gz {"LastModifiedDate":"2022-11-16T00:29:32.000Z","Bucket":"s","Size":"3399671","Key":"titles.csv"}`,
		`s3://b/data/1.csv.gz {"LastModifiedDate":"t","Bucket":"s","Size":"1","Key":"b"}`,
		`s3://b/data/2.csv {"LastModifiedDate":"u","Bucket":"s","Size":"2","Key":"c"}`,
	}
	for _, config := range []itemreader.Config{{InputType: "MANIFEST"}, {ManifestType: "S3_INVENTORY"}, {InputType: "MANIFEST", ManifestType: "S3_INVENTORY"}} {
		q := request("getObject", `{"Bucket":"b","Key":"manifest.json"}`, config)
		got, err := readAll(t, r, q, 1)
		require.NoError(t, err)
		require.Equal(t, want, got)
		wantResumable(t, r, q, want)
	}
}

func TestManifestFailures(t *testing.T) {
	inventory := itemreader.Config{InputType: "MANIFEST"}
	athena := itemreader.Config{ManifestType: "ATHENA_DATA", InputType: "JSONL"}
	for _, c := range []struct {
		config      itemreader.Config
		body, cause string
	}{
		{inventory, `[`, "Invalid JSON at byte 1: the JSON ends where a value should be."},
		{inventory, `[]`, `The manifest s3://b/k has the fileFormat "": only CSV can be read.`},
		{inventory, `{"fileFormat":"ORC"}`, `The manifest s3://b/k has the fileFormat "ORC": only CSV can be read.`},
		{inventory, `{"fileFormat":"CSV"}`, `The manifest s3://b/k has no fileSchema.`},
		{inventory, `{"fileFormat":"CSV","fileSchema":"a"}`, `The manifest s3://b/k has no files.`},
		{inventory, `{"fileFormat":"CSV","fileSchema":"a","files":[7]}`, `The manifest s3://b/k has no key for file 0.`},
		{inventory, `{"fileFormat":"CSV","fileSchema":"a,a","files":[{"key":"x"}]}`, "CSV headers cannot contain duplicates."},
		{inventory, `{"fileFormat":"CSV","fileSchema":"a","files":[{"key":"k"}]}`, "The manifest s3://b/k names itself."},
		{inventory, `{"fileFormat":"CSV","fileSchema":"a","files":[{"key":"../k"}]}`, "The specified key does not exist. (Service: S3, Status Code: 404)"},
		{athena, "s3://b/k\n", "The manifest s3://b/k names itself."},
		{athena, "s3://b/x\nhello\n", "The manifest s3://b/k has a line that is not s3://bucket/key: hello"},
		{athena, "s3://b/\n", "The manifest s3://b/k has a line that is not s3://bucket/key: s3://b/"},
	} {
		wantFailure(t, newReader(map[string]string{"b/k": c.body, "b/x": ""}), getRequest(c.config), c.cause)
	}
}

func TestAthenaManifestsNameTheObjects(t *testing.T) {
	r := newReader(map[string]string{"b/k": "s3://b/one\n\"s3://c/two\"\r\n\n", "b/one": "1,2\n", "c/two": packed(t, "3,4\n5,6\n")})
	q := getRequest(itemreader.Config{ManifestType: "ATHENA_DATA", InputType: "CSV", CSVHeaderLocation: "GIVEN", CSVHeaders: []string{"a", "b"}})
	want := []string{`s3://b/one {"a":"1","b":"2"}`, `s3://c/two {"a":"3","b":"4"}`, `s3://c/two {"a":"5","b":"6"}`}
	got, err := readAll(t, r, q, 100)
	require.NoError(t, err)
	require.Equal(t, want, got)
	wantResumable(t, r, q, want)
}

func TestCompressedObjectsAreRead(t *testing.T) {
	for _, inputType := range []string{"CSV", "JSON", "JSONL"} {
		body := map[string]string{"CSV": "a\n1\n2\n3\n", "JSON": "[1,2,3]", "JSONL": "1\n2\n3\n"}[inputType]
		r := newReader(map[string]string{"b/k": packed(t, body)})
		want := []string{"1", "2", "3"}
		if inputType == "CSV" {
			want = []string{`{"a":"1"}`, `{"a":"2"}`, `{"a":"3"}`}
		}
		wantItems(t, r, getRequest(itemreader.Config{InputType: inputType}), "s3://b/k", want...)
	}
	lines := getRequest(itemreader.Config{InputType: "JSONL"})
	broken := packed(t, "1\n2\n")
	wantFailure(t, newReader(map[string]string{"b/k": broken[:len(broken)-4]}), lines, "The object s3://b/k cannot be decompressed: unexpected EOF")
	wantFailure(t, newReader(map[string]string{"b/k": "\x1f\x8bx"}), lines, "The object s3://b/k cannot be decompressed: unexpected EOF")
	zstd := newReader(map[string]string{"b/k": "\x28\xb5\x2f\xfd1\n2\n"})
	wantFailure(t, zstd, lines, "The object s3://b/k is compressed with ZSTD, which needs an entry in ObjectReader.Decompress, such as NewReader of github.com/klauspost/compress/zstd.")
	zstd.Decompress = map[string]func(io.Reader) (io.Reader, error){"ZSTD": func(r io.Reader) (io.Reader, error) {
		_, err := io.CopyN(io.Discard, r, 4)
		return r, err
	}}
	wantItems(t, zstd, lines, "s3://b/k", "1", "2")
}

// lineFormat has the numbers of the bytes of an object as rows.
type byteFormat struct{}

type byteRows struct {
	data io.ReaderAt
	size int64
	at   int64
}

func (byteFormat) Open(_ context.Context, data io.ReaderAt, size, first int64) (itemreader.Rows, error) {
	return &byteRows{data, size, first}, nil
}

func (b *byteRows) Next() (any, int, error) {
	var p [1]byte
	if _, err := b.data.ReadAt(p[:], b.at); err != nil {
		return nil, 0, err
	}
	b.at++
	return value.ObjectOf(value.Member{Key: "byte", Value: int64(p[0])}), 10, nil
}

func (b *byteRows) Close() error { return nil }

func TestFormatsPlugIn(t *testing.T) {
	r := newReader(map[string]string{"b/k": "abc"})
	q := getRequest(itemreader.Config{InputType: "PARQUET"})
	wantFailure(t, r, q, "The InputType PARQUET needs an entry in ObjectReader.Formats, from the module github.com/gostates/gostates/interpreter/objects/parquet.")
	r.Formats = map[string]itemreader.Format{"PARQUET": byteFormat{}}
	wantItems(t, r, q, "s3://b/k", `{"byte":97}`, `{"byte":98}`, `{"byte":99}`)
}

func TestRequestsAreChecked(t *testing.T) {
	r := newReader(map[string]string{"b/k": "1"})
	lines := itemreader.Config{InputType: "JSONL"}
	for _, c := range []struct {
		q     *itemreader.Request
		cause string
	}{
		{request("getObject", `{"Key":"k"}`, lines), "The ItemReader has no Bucket."},
		{request("getObject", `{"Bucket":1,"Key":"k"}`, lines), "The field 'Bucket' of the ItemReader must be a string."},
		{request("getObject", `{"Bucket":"b","Key":true}`, lines), "The field 'Key' of the ItemReader must be a string."},
		{request("getObject", `{"Bucket":"b","Key":"k","VersionId":7}`, lines), "The field 'VersionId' of the ItemReader must be a string."},
		{request("getObject", `{"Bucket":"b","Key":"k","ExpectedBucketOwner":7}`, lines), "The field 'ExpectedBucketOwner' of the ItemReader must be a string."},
		{request("listObjectsV2", `{"Bucket":"b","Prefix":2026}`, itemreader.Config{}), "The field 'Prefix' of the ItemReader must be a string."},
		{request("listObjectsV2", `{"Bucket":"b","StartAfter":["k"]}`, itemreader.Config{}), "The field 'StartAfter' of the ItemReader must be a string."},
		{request("getObject", `null`, lines), "The ItemReader has no Bucket."},
		{request("getObject", `{"Bucket":"b"}`, lines), "The ItemReader has no Key."},
		{request("putObject", `{"Bucket":"b"}`, lines), "No reader for the resource arn:aws:states:::s3:putObject of an ItemReader."},
		{getRequest(itemreader.Config{}), `Not an InputType: "".`},
		{getRequest(itemreader.Config{InputType: "CSV", CSVDelimiter: "X"}), `Not a CSVDelimiter: X.`},
		{getRequest(itemreader.Config{InputType: "JSON", MaxItems: -1}), "field MaxItems must be positive"},
		{request("getObject", `{"Bucket":"b","Key":"x"}`, lines), "The specified key does not exist. (Service: S3, Status Code: 404)"},
		{request("getObject", `{"Bucket":"c","Key":"x"}`, lines), "The specified bucket does not exist (Service: S3, Status Code: 404)"},
		{request("getObject", `{"Bucket":"b","Key":"k","VersionId":"v"}`, lines), "The specified version does not exist. (Service: S3, Status Code: 404)"},
		{request("listObjectsV2", `{"Bucket":"c"}`, itemreader.Config{}), "The specified bucket does not exist (Service: S3, Status Code: 404)"},
		{request("listObjectsV2", `{"Bucket":"b"}`, itemreader.Config{Transformation: "LOAD_AND_FLATTEN"}), `Not an InputType: "".`},
	} {
		wantFailure(t, r, c.q, c.cause)
	}
}

func TestObjectsThatChangeFail(t *testing.T) {
	for _, c := range []struct {
		config            itemreader.Config
		before, after     string
		changed, unneeded string
	}{
		{config: itemreader.Config{InputType: "JSONL"}, before: "1\n2\n3\n", after: "1\n2\n4\n", changed: "k"},
		{config: itemreader.Config{InputType: "CSV"}, before: "a\n1\n2\n", after: "b\n1\n2\n", changed: "k"},
		{config: itemreader.Config{InputType: "JSON"}, before: "[1,2]", after: "[1,2,3]", changed: "k"},
		{config: itemreader.Config{InputType: "JSONL", ManifestType: "ATHENA_DATA"}, before: "s3://b/x\n", after: "s3://b/y\n", changed: "k"},
	} {
		r := newReader(map[string]string{"b/k": c.before, "b/x": "1\n2\n"})
		q := getRequest(c.config)
		items, err := r.Open(t.Context(), q)
		require.NoError(t, err)
		chunk, err := items.Next(1, 1)
		require.NoError(t, err)
		require.NoError(t, items.Close())
		r.Objects.(*objects.MemoryStore).Set("b", c.changed, []byte(c.after))
		q.Cursor = chunk.Cursor
		wantFailure(t, r, q, "The object s3://b/k has changed since its first items were read.")
	}
	r := newReader(map[string]string{"b/k": "1\n"})
	q := getRequest(itemreader.Config{InputType: "JSONL"})
	q.Skip = 2
	wantFailure(t, r, q, "The data has fewer items than before: it has changed.")
}

// A file may also change in place while it is open.
func TestFilesThatChangeWhileTheyAreReadFail(t *testing.T) {
	content := strings.Repeat("[1,2,3]\n", 100_000)
	for name, change := range map[string]func(f *os.File) error{
		"cut":      func(f *os.File) error { return f.Truncate(int64(len(content) / 2)) },
		"longer":   func(f *os.File) error { _, err := f.WriteAt([]byte("4\n"), int64(len(content))); return err },
		"replaced": func(f *os.File) error { _, err := f.WriteAt([]byte("[4"), int64(len(content)/2)); return err },
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			path := filepath.Join(folder, "b", "k")
			require.NoError(t, os.Mkdir(filepath.Dir(path), 0o755))
			require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
			long := time.Unix(1e9, 0) // clocks of file systems are coarse
			require.NoError(t, os.Chtimes(path, long, long))
			r := &itemreader.ObjectReader{Objects: objects.Dir(folder)}
			items, err := r.Open(t.Context(), getRequest(itemreader.Config{InputType: "JSONL"}))
			require.NoError(t, err)
			defer items.Close()
			_, err = items.Next(10, 1<<20)
			require.NoError(t, err)
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			require.NoError(t, err)
			require.NoError(t, change(f))
			require.NoError(t, f.Close())
			for err == nil {
				var chunk *itemreader.Chunk
				chunk, err = items.Next(1000, 1<<20)
				require.False(t, err == nil && chunk.End, "the change is not noticed")
			}
			require.EqualError(t, err, "States.ItemReaderFailed: The object s3://b/k has changed since its first items were read.")
		})
	}
}

func TestChunksEndAtTheirBytes(t *testing.T) {
	r := newReader(map[string]string{"b/k": `"aaaa"` + "\n" + `"bbbb"` + "\n" + `"cccc"` + "\n"})
	items, err := r.Open(t.Context(), getRequest(itemreader.Config{InputType: "JSONL"}))
	require.NoError(t, err)
	defer items.Close()
	for _, want := range []int{2, 1} {
		chunk, err := items.Next(10, 13)
		require.NoError(t, err)
		require.Len(t, chunk.Items, want)
	}
}

func TestReadingEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	items, err := newReader(map[string]string{"b/k": "1\n2\n3\n"}).Open(ctx, getRequest(itemreader.Config{InputType: "JSONL"}))
	require.NoError(t, err)
	defer items.Close()
	_, err = items.Next(1, 1)
	require.NoError(t, err)
	cancel()
	_, err = items.Next(1, 1)
	if err == nil { // the item that was read ahead
		_, err = items.Next(1, 1)
	}
	require.ErrorIs(t, err, context.Canceled)
	var failure *itemreader.Error
	require.NotErrorAs(t, err, &failure)
}
