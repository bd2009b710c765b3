package resultwriter_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/mapresult"
	"github.com/gostates/gostates/interpreter/objects"
	"github.com/gostates/gostates/interpreter/resultwriter"
	"github.com/gostates/gostates/value"
)

const (
	runArn   = "arn:aws:states:us-east-1:1:mapRun:m/L:11111111-2222-4333-8444-555555555555"
	uuid     = "11111111-2222-4333-8444-555555555555"
	resource = "arn:aws:states:::s3:putObject"
)

func parameters(prefix string) any {
	return value.ObjectOf(value.Member{Key: "Bucket", Value: "b"}, value.Member{Key: "Prefix", Value: prefix})
}

func request(format mapresult.Format) *resultwriter.Request {
	return &resultwriter.Request{MapRunArn: runArn, Resource: resource, Parameters: parameters("p"), Format: format}
}

// record returns the record of the item with the index. Every seventh failed,
// every eleventh has no output that Flatten keeps.
func record(index int) mapresult.Record {
	r := mapresult.Record{
		Index: int64(index), Status: mapresult.Succeeded, Input: int64(index),
		Output: []any{int64(index), value.ObjectOf(value.Member{Key: "text", Value: strings.Repeat("x", index%50)})},
		Name:   fmt.Sprint("n", index), ExecutionArn: fmt.Sprint("arn:n", index), StateMachineArn: "arn:m",
		Start: time.UnixMilli(int64(index)), Stop: time.UnixMilli(int64(index) + 1),
	}
	if index%11 == 10 {
		r.Output = []any{}
	}
	if index%7 == 3 {
		name, cause := "E", "c"
		r.Status, r.Output, r.Error, r.Cause = mapresult.Failed, nil, &name, &cause
	}
	return r
}

// contents returns the objects under p/uuid/ by the rest of their key.
func contents(t testing.TB, store objects.Objects) map[string]string {
	t.Helper()
	found := map[string]string{}
	page, err := store.List(context.Background(), "b", objects.ListOptions{Prefix: "p/" + uuid + "/", Max: 1000})
	require.NoError(t, err)
	require.False(t, page.More)
	for _, info := range page.Objects {
		o, err := store.Get(context.Background(), "b", info.Key, objects.GetOptions{})
		require.NoError(t, err)
		text, err := io.ReadAll(o.Body)
		require.NoError(t, err)
		require.NoError(t, o.Body.Close())
		found[strings.TrimPrefix(info.Key, "p/"+uuid+"/")] = string(text)
	}
	return found
}

// run writes the records of the indexes in their order.
func run(t testing.TB, w *resultwriter.Files, r *resultwriter.Request, indexes []int) string {
	t.Helper()
	results, err := w.Open(t.Context(), r)
	require.NoError(t, err)
	defer results.Abandon(t.Context())
	for chunk := range slices.Chunk(indexes, 30) {
		records := make([]mapresult.Record, len(chunk))
		for i, index := range chunk {
			records[i] = record(index)
		}
		_, err := results.Put(t.Context(), records)
		require.NoError(t, err)
	}
	output, err := results.Close(t.Context(), resultwriter.Summary{Records: int64(len(indexes))})
	require.NoError(t, err)
	return value.String(output)
}

func indexes(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

func TestFilesHaveAWSsBytes(t *testing.T) {
	pending := mapresult.Record{Index: 3, Status: mapresult.Pending, Input: int64(3)}
	records := []mapresult.Record{record(1), record(3), record(2), pending}
	records[1].Index, records[3].Index = 0, 4
	ok := func(i int) string { r := record(i); return string(r.Append(nil)) }
	const manifest = `{"DestinationBucket":"b","MapRunArn":"` + runArn + `","ResultFiles":{"FAILED":[%s],"PENDING":[%s],"SUCCEEDED":[%s]}}`
	const file = `{"Key":"p/` + uuid + `/%s","Size":%d}`
	for _, folder := range []string{"", t.TempDir()} {
		for _, c := range []struct {
			format    mapresult.Format
			extension string
			succeeded string
			around    string
		}{
			{mapresult.Format{}, "json", "[" + ok(1) + "," + ok(2) + "]", "[%s]"},
			{mapresult.Format{Transformation: mapresult.None, OutputType: mapresult.JSONL}, "jsonl", ok(1) + "\n" + ok(2) + "\n", "%s\n"},
			{mapresult.Format{Transformation: mapresult.Compact, OutputType: mapresult.JSON}, "json", `[[1,{"text":"x"}],[2,{"text":"xx"}]]`, "[%s]"},
			{mapresult.Format{Transformation: mapresult.Flatten, OutputType: mapresult.JSONL}, "jsonl", "1\n{\"text\":\"x\"}\n2\n{\"text\":\"xx\"}\n", "%s\n"},
		} {
			store := objects.Memory("b")
			results, err := (&resultwriter.Files{Objects: store, Folder: folder}).Open(t.Context(), request(c.format))
			require.NoError(t, err)
			require.Equal(t, map[string]string{"manifest.json": fmt.Sprintf(manifest, "", "", "")}, contents(t, store), "the test manifest comes first")
			_, err = results.Put(t.Context(), records)
			require.NoError(t, err)
			output, err := results.Close(t.Context(), resultwriter.Summary{Records: 4})
			require.NoError(t, err)
			require.Equal(t, `{"MapRunArn":"`+runArn+`","ResultWriterDetails":{"Bucket":"b","Key":"p/`+uuid+`/manifest.json"}}`, value.String(output))
			want := map[string]string{
				"SUCCEEDED_0." + c.extension: c.succeeded,
				"FAILED_0." + c.extension:    fmt.Sprintf(c.around, ok(3)),
				"PENDING_0." + c.extension:   fmt.Sprintf(c.around, `{"Input":"3","InputDetails":{"Included":true},"Status":"PENDING"}`),
			}
			entry := func(kind string) string {
				name := kind + "_0." + c.extension
				return fmt.Sprintf(file, name, len(want[name]))
			}
			want["manifest.json"] = fmt.Sprintf(manifest, entry("FAILED"), entry("PENDING"), entry("SUCCEEDED"))
			require.Equal(t, want, contents(t, store))
		}
	}
}

func TestARunWithoutChildrenHasAManifestOnly(t *testing.T) {
	store := objects.Memory("b")
	run(t, &resultwriter.Files{Objects: store}, request(mapresult.Format{}), nil)
	require.Equal(t, map[string]string{
		"manifest.json": `{"DestinationBucket":"b","MapRunArn":"` + runArn + `","ResultFiles":{"FAILED":[],"PENDING":[],"SUCCEEDED":[]}}`,
	}, contents(t, store))
}

func TestAFileExistsOnlyIfItHasAnEntry(t *testing.T) {
	store := objects.Memory("b")
	run(t, &resultwriter.Files{Objects: store}, request(mapresult.Format{Transformation: mapresult.Flatten}), []int{21})
	require.NotContains(t, contents(t, store), "SUCCEEDED_0.json")
}

func TestPrefixesEndInOneSlash(t *testing.T) {
	for prefix, want := range map[string]string{"": uuid + "/", "a": "a/" + uuid + "/", "a/": "a/" + uuid + "/", "/a/b": "/a/b/" + uuid + "/"} {
		store := objects.Memory("b")
		r := request(mapresult.Format{})
		r.Parameters = parameters(prefix)
		require.Contains(t, run(t, &resultwriter.Files{Objects: store}, r, nil), `"Key":"`+want+`manifest.json"`)
		_, err := store.Get(t.Context(), "b", want+"manifest.json", objects.GetOptions{})
		require.NoError(t, err)
	}
	store := objects.Memory("b")
	r := request(mapresult.Format{})
	r.Parameters = value.ObjectOf(value.Member{Key: "Bucket", Value: "b"})
	require.Contains(t, run(t, &resultwriter.Files{Objects: store}, r, nil), `"Key":"`+uuid+`/manifest.json"`)
}

func TestParametersThatCannotBeAreFailures(t *testing.T) {
	w := &resultwriter.Files{Objects: objects.Memory("b")}
	for cause, change := range map[string]func(*resultwriter.Request){
		"The field 'Bucket' of the ResultWriter is required but was missing.": func(r *resultwriter.Request) { r.Parameters = nil },
		"The field 'Bucket' of the ResultWriter must be a string.": func(r *resultwriter.Request) {
			r.Parameters = value.ObjectOf(value.Member{Key: "Bucket", Value: int64(1)})
		},
		"The field 'Prefix' of the ResultWriter must be a string.": func(r *resultwriter.Request) {
			r.Parameters = value.ObjectOf(value.Member{Key: "Bucket", Value: "b"}, value.Member{Key: "Prefix", Value: nil})
		},
		`The Resource "arn:aws:states:::s3:getObject" of the ResultWriter is not supported.`: func(r *resultwriter.Request) {
			r.Resource = "arn:aws:states:::s3:getObject"
		},
	} {
		r := request(mapresult.Format{})
		change(r)
		_, err := w.Open(t.Context(), r)
		require.ErrorIs(t, err, &asl.Error{Name: asl.StatesResultWriterFailed, Cause: cause})
	}
	_, err := (&resultwriter.Files{}).Open(t.Context(), request(mapresult.Format{}))
	require.ErrorIs(t, err, &asl.Error{Name: asl.StatesResultWriterFailed})
}

func TestATestManifestThatCannotBeWrittenIsAFailure(t *testing.T) {
	_, err := (&resultwriter.Files{Objects: objects.Memory("other")}).Open(t.Context(), request(mapresult.Format{}))
	require.ErrorIs(t, err, &asl.Error{
		Name:  asl.StatesResultWriterFailed,
		Cause: "Failed to write a test manifest into the specified output bucket. The specified bucket does not exist (Service: S3, Status Code: 404)",
	})
	require.ErrorIs(t, err, objects.ErrNoSuchBucket)
}

// Whatever the order in which children end, and however little may be held, the
// files are those of children that end in their order.
func TestFilesAreInTheOrderOfItems(t *testing.T) {
	const n = 300
	for _, format := range []mapresult.Format{{}, {Transformation: mapresult.Flatten, OutputType: mapresult.JSONL}} {
		want := objects.Memory("b")
		run(t, &resultwriter.Files{Objects: want, FileBytes: 5000}, request(format), indexes(n))
		expected := contents(t, want)
		require.Contains(t, expected, "SUCCEEDED_1."+strings.ToLower(string(orJSON(format.OutputType))))
		for seed := range uint64(24) {
			random := rand.New(rand.NewPCG(seed, 1))
			list := indexes(n)
			switch seed % 3 {
			case 0:
				random.Shuffle(n, func(i, j int) { list[i], list[j] = list[j], list[i] })
			case 1: // a width of some children
				width := 1 + random.IntN(40)
				for i := range list {
					j := i + random.IntN(min(width, n-i))
					list[i], list[j] = list[j], list[i]
				}
			case 2: // the first ends last
				list = append(list[1:], 0)
			}
			store := objects.Memory("b")
			w := &resultwriter.Files{Objects: store, FileBytes: 5000, HeldBytes: 1 << (6 + random.IntN(14)), TempDir: t.TempDir()}
			if seed%2 == 0 {
				w.Folder = t.TempDir()
			}
			run(t, w, request(format), list)
			require.Equal(t, expected, contents(t, store), "seed %d", seed)
		}
	}
}

func orJSON(o mapresult.OutputType) mapresult.OutputType {
	if o == "" {
		return mapresult.JSON
	}
	return o
}

// Of records with one index, one is written. Missing indexes delay records to Close.
func TestIndexesMayRepeatAndMiss(t *testing.T) {
	store := objects.Memory("b")
	format := mapresult.Format{Transformation: mapresult.Compact, OutputType: mapresult.JSONL}
	results, err := (&resultwriter.Files{Objects: store, HeldBytes: 1, TempDir: t.TempDir()}).Open(t.Context(), request(format))
	require.NoError(t, err)
	for _, index := range []int64{0, 0, 2, 7, 2, 7, 1, 4, 7, 0} {
		_, err := results.Put(t.Context(), []mapresult.Record{{Index: index, Status: mapresult.Succeeded, Output: index}})
		require.NoError(t, err)
	}
	_, err = results.Close(t.Context(), resultwriter.Summary{Records: 5})
	require.NoError(t, err)
	require.Equal(t, "0\n1\n2\n4\n7\n", contents(t, store)["SUCCEEDED_0.jsonl"])
}

func TestCloseFailsIfARecordIsMissing(t *testing.T) {
	for _, folder := range []string{"", t.TempDir()} {
		w := &resultwriter.Files{Objects: objects.Memory("b"), Folder: folder}
		results, err := w.Open(t.Context(), request(mapresult.Format{}))
		require.NoError(t, err)
		_, err = results.Put(t.Context(), []mapresult.Record{record(0)})
		require.NoError(t, err)
		_, err = results.Close(t.Context(), resultwriter.Summary{Records: 2})
		require.ErrorIs(t, err, &asl.Error{Name: asl.StatesResultWriterFailed, Cause: "The results of Map Run " + runArn + " have 1 records, not 2."})
		results.Abandon(t.Context())
	}
}

func TestFilesAreCutBeforeTheirLimit(t *testing.T) {
	format := mapresult.Format{Transformation: mapresult.Compact}
	for limit, want := range map[int64][]string{
		7: {"[1]", "[22222]", "[3,4,5]"}, 8: {"[1]", "[22222]", "[3,4,5]"}, 9: {"[1,22222]", "[3,4,5]"}, 1: {"[1]", "[22222]", "[3]", "[4]", "[5]"},
	} {
		store := objects.Memory("b")
		results, err := (&resultwriter.Files{Objects: store, FileBytes: limit}).Open(t.Context(), request(format))
		require.NoError(t, err)
		for i, output := range []int64{1, 22222, 3, 4, 5} {
			_, err := results.Put(t.Context(), []mapresult.Record{{Index: int64(i), Status: mapresult.Succeeded, Output: output}})
			require.NoError(t, err)
		}
		_, err = results.Close(t.Context(), resultwriter.Summary{})
		require.NoError(t, err)
		found := contents(t, store)
		for n, text := range want {
			name := fmt.Sprintf("SUCCEEDED_%d.json", n)
			require.Equal(t, text, found[name])
			require.Contains(t, found["manifest.json"], fmt.Sprintf(`"Key":"p/%s/%s","Size":%d`, uuid, name, len(text)))
		}
		require.Len(t, found, len(want)+1)
	}
}

// The manifest of a redrive names the successful files of all attempts, even if
// an attempt between them ended early.
func TestARedriveHasAFolderAndTheEarlierFiles(t *testing.T) {
	store := objects.Memory("b")
	w := &resultwriter.Files{Objects: store}
	r := request(mapresult.Format{Transformation: mapresult.Compact})
	run(t, w, r, []int{0, 3, 1})

	r.RedriveCount = 1
	results, err := w.Open(t.Context(), r)
	require.NoError(t, err)
	results.Abandon(t.Context())

	r.RedriveCount = 3 // the attempt 2 wrote nothing
	output := run(t, w, r, []int{12, 3, 2})
	require.Contains(t, output, `"Key":"p/`+uuid+`/Redrive-3/manifest.json"`)
	found := contents(t, store)
	require.Equal(t, `[[0,{"text":""}],[1,{"text":"x"}]]`, found["SUCCEEDED_0.json"], "earlier files stay")
	require.Equal(t, `[[2,{"text":"xx"}],[12,{"text":"xxxxxxxxxxxx"}]]`, found["Redrive-3/SUCCEEDED_0.json"])
	entry := func(name string) string {
		return fmt.Sprintf(`{"Key":"p/%s/%s","Size":%d}`, uuid, name, len(found[name]))
	}
	require.Equal(t, `{"DestinationBucket":"b","MapRunArn":"`+runArn+`","ResultFiles":{"FAILED":[`+entry("Redrive-3/FAILED_0.json")+
		`],"PENDING":[],"SUCCEEDED":[`+entry("SUCCEEDED_0.json")+","+entry("Redrive-3/SUCCEEDED_0.json")+`]}}`, found["Redrive-3/manifest.json"])
}
