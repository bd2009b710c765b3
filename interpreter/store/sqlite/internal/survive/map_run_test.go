package survive_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/objects"
	"github.com/gostates/gostates/interpreter/resultwriter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/internal/survive"
	"github.com/gostates/gostates/interpreter/store/sqlite"
)

var mapItems = flag.Int("items", 400, "how many items TestMapRunKills runs")

// mapVariant names how the items are batched and the results are written.
type mapVariant struct {
	name, fields, config string
	kind                 string                     // of the children; empty: STANDARD
	fails                func(item int) (times int) // nil: none does
}

var mapVariants = []mapVariant{
	{name: "JSONL", config: jsonLines},
	{name: "JSON", config: `{"Transformation":"NONE","OutputType":"JSON"}`},
	{name: "batches, JSONL", fields: `"ItemBatcher":{"MaxItemsPerBatch":7},`, config: jsonLines},
	{name: "batches, JSON, FLATTEN", fields: `"ItemBatcher":{"MaxItemsPerBatch":7},`, config: `{"Transformation":"FLATTEN","OutputType":"JSON"}`},
}

const jsonLines = `{"Transformation":"NONE","OutputType":"JSONL"}`

func (v *mapVariant) compile() (*interpreter.Program, error) {
	return interpreter.Compile([]byte(`{"StartAt":"Each","States":{"Each":{"Type":"Map","End":true,"MaxConcurrency":40,`+v.fields+`
		"ItemReader":{"Resource":"arn:aws:states:::s3:getObject","Parameters":{"Bucket":"in","Key":"items.jsonl"},"ReaderConfig":{"InputType":"JSONL"}},
		"ResultWriter":{"Resource":"arn:aws:states:::s3:putObject","Parameters":{"Bucket":"out","Prefix":"p"},"WriterConfig":`+v.config+`},
		"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"`+cmp.Or(v.kind, "STANDARD")+`"},
			"StartAt":"Work","States":{"Work":{"Type":"Task","Resource":"work","End":true}}}}}}`), interpreter.Options{})
}

const (
	mapFolderVariable  = "GOSTATES_MAP_FOLDER"
	mapVariantVariable = "GOSTATES_MAP_VARIANT"
)

// runMapIfCommanded runs the Map Run of a folder to its end, in a process that may be
// killed at any moment.
func runMapIfCommanded() {
	folder := os.Getenv(mapFolderVariable)
	if folder == "" {
		return
	}
	if err := runMap(folder, os.Getenv(mapVariantVariable)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func runMap(folder, variant string) error {
	all := slices.Concat(mapVariants, redriveVariants)
	v := &all[slices.IndexFunc(all, func(v mapVariant) bool { return v.name == variant })]
	p, err := v.compile()
	if err != nil {
		return err
	}
	executions, err := sqlite.Open(databasePath(folder))
	if err != nil {
		return err
	}
	files := objects.Dir(folder)
	calls, err := os.OpenFile(callsPath(folder), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	failures, err := openFailures(folder, v)
	if err != nil {
		return err
	}
	work := interpreter.Func(func(_ context.Context, input childInput) ([]int, error) {
		indexes := input.indexes()
		var lines []byte
		for _, n := range indexes {
			lines = fmt.Appendln(lines, n)
		}
		if _, err := calls.Write(lines); err != nil {
			return nil, err
		}
		reportProgress(callMade)
		return indexes, failures.next(indexes)
	})
	in := interpreter.New(interpreter.Config{
		Store: executions, Objects: loudObjects{files}, Resolver: interpreter.Mux{"work": work}, Programs: []*interpreter.Program{p},
		ResultWriter: &resultwriter.Files{Objects: loudObjects{files}, Folder: journalFolder(folder)},
		Clock:        stoppedClock{}, // times are in the results
	})
	ctx := context.Background()
	e, err := in.Start(ctx, p, nil, interpreter.StartOptions{Name: "parent", Seed: [2]uint64{1, 2}})
	if exists := new(interpreter.ExecutionExistsError); errors.As(err, &exists) {
		e, err = exists.Execution, nil
	}
	if err != nil {
		return err
	}
	if err := redriveUntilDone(ctx, e, v, folder, calls); err != nil {
		return err
	}
	if err := in.Shutdown(ctx); err != nil { // waits for what is left
		return err
	}
	left, err := os.ReadDir(journalFolder(folder))
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("%d files are left of the journal", len(left))
	}
	rows, failed := executions.Count(ctx, store.Query{})
	if failed == nil && (rows[interpreter.Succeeded] != 1 || len(rows) != 1) {
		failed = fmt.Errorf("children are left: %v", rows)
	}
	return errors.Join(err, failed, executions.Close())
}

// childInput is an item, or a batch of items.
type childInput struct {
	N     int
	Items []struct{ N int }
}

func (c *childInput) indexes() []int {
	if c.Items == nil {
		return []int{c.N}
	}
	all := make([]int, len(c.Items))
	for i := range all {
		all[i] = c.Items[i].N
	}
	return all
}

// What a process reports that runs a Map Run.
const (
	callMade = "call"
	fileDone = "file" // a step of writing a result file
)

func reportProgress(what string) { fmt.Println(what) }

// loudObjects report progress.
type loudObjects struct{ objects.Objects }

func (o loudObjects) Put(ctx context.Context, bucket, key string) (objects.Writer, error) {
	reportProgress(fileDone)
	w, err := o.Objects.Put(ctx, bucket, key)
	return loudWriter{w}, err
}

type loudWriter struct{ objects.Writer }

func (w loudWriter) Write(p []byte) (int, error) {
	reportProgress(fileDone)
	return w.Writer.Write(p)
}

func (w loudWriter) Close() error {
	reportProgress(fileDone)
	defer reportProgress(fileDone)
	return w.Writer.Close()
}

type stoppedClock struct{}

func (stoppedClock) Now() time.Time { return time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC) }
func (stoppedClock) AfterFunc(d time.Duration, f func()) interpreter.Timer {
	return time.AfterFunc(d, f)
}

func callsPath(folder string) string     { return filepath.Join(folder, "calls") }
func journalFolder(folder string) string { return filepath.Join(folder, "results") }

func makeMapFolder(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for _, name := range []string{"in", "out", "results"} {
		require.NoError(t, os.Mkdir(filepath.Join(folder, name), 0o700))
	}
	var lines bytes.Buffer
	for i := range *mapItems {
		fmt.Fprintf(&lines, "{\"n\":%d,\"name\":\"item %d\"}\n", i, i)
	}
	require.NoError(t, os.WriteFile(filepath.Join(folder, "in", "items.jsonl"), lines.Bytes(), 0o600))
	return folder
}

// runMapLife runs a process until kills says so after a report, and then kills it. It
// returns the number of reports, and whether the process ended by itself.
func runMapLife(t *testing.T, folder, variant string, kills func(report string) bool) (reports int, ended bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), mapFolderVariable+"="+folder, mapVariantVariable+"="+variant)
	var stderr survive.LockedBuffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	hung := time.AfterFunc(5*time.Minute, func() { _ = cmd.Process.Kill() })
	defer hung.Stop()
	lines := bufio.NewScanner(stdout)
	for ; lines.Scan(); reports++ {
		if kills(lines.Text()) {
			_ = cmd.Process.Kill()
		}
	}
	if err := cmd.Wait(); err != nil {
		require.Equal(t, -1, cmd.ProcessState.ExitCode(), "it ended by itself: %s", stderr.String())
		require.True(t, hung.Stop(), "it hung: %s", stderr.String())
		require.NotContains(t, stderr.String(), "panic")
		require.NotContains(t, stderr.String(), "parked")
		return reports, false
	}
	return reports, true
}

// mapFiles returns the result files by their paths.
func mapFiles(t *testing.T, folder string) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(filepath.Join(folder, "out"), func(path string, f fs.DirEntry, err error) error {
		if err != nil || f.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		files[strings.TrimPrefix(path, folder)] = string(content)
		return err
	}))
	return files
}

// callsOf returns how often the handler was called for each item.
func callsOf(t *testing.T, folder string) []int {
	t.Helper()
	text, err := os.ReadFile(callsPath(folder))
	require.NoError(t, err)
	calls := make([]int, *mapItems)
	for line := range strings.Lines(string(text)) {
		var n int
		_, err := fmt.Sscanln(line, &n)
		require.NoError(t, err, line)
		calls[n]++
	}
	return calls
}

func never(string) bool { return false }

// after kills after so many reports of these kinds.
func after(left int, of ...string) (kills func(report string) bool) {
	return func(report string) bool {
		if slices.Contains(of, report) {
			left--
		}
		return left < 0
	}
}

var outputs = regexp.MustCompile(`"Output":"\[([0-9,]+)\]"`)

// requireEachIndexOnce finds the index of each item, in order, in a result file: in
// records, or in one array.
func requireEachIndexOnce(t *testing.T, content string) {
	t.Helper()
	var found []string
	for _, output := range outputs.FindAllStringSubmatch(content, -1) {
		found = append(found, output[1])
	}
	if found == nil {
		found = []string{strings.Trim(content, "[]")}
	}
	var want []string
	for i := range *mapItems {
		want = append(want, strconv.Itoa(i))
	}
	require.Equal(t, strings.Join(want, ","), strings.Join(found, ","))
}

// TestMapRunKills kills a process at random moments of a Map Run and starts it again. In
// the end its files must have the same bytes as those of a run that nothing disturbed.
// -kills is the sum over the variants.
func TestMapRunKills(t *testing.T) {
	kills := max(1, *kills/len(mapVariants))
	for i := range mapVariants {
		variant := mapVariants[i].name
		t.Run(variant, func(t *testing.T) {
			undisturbed := makeMapFolder(t)
			reports, ended := runMapLife(t, undisturbed, variant, never)
			require.True(t, ended)
			want := mapFiles(t, undisturbed)
			require.Len(t, want, 2, "a manifest and a file of results")
			for path, content := range want {
				if strings.Contains(path, "SUCCEEDED") {
					requireEachIndexOnce(t, content)
				}
			}

			folder := makeMapFolder(t)
			killed, ended := 0, false
			for ; !ended && killed < kills; killed++ {
				kill := after(rand.IntN(max(1, 2*reports/kills)), callMade, fileDone)
				if killed >= kills*3/4 {
					kill = after(rand.IntN(10), fileDone)
				}
				_, ended = runMapLife(t, folder, variant, kill)
			}
			if ended {
				killed--
			} else {
				_, ended = runMapLife(t, folder, variant, never)
				require.True(t, ended)
			}
			require.Equal(t, want, mapFiles(t, folder))
			repeated := 0
			for item, n := range callsOf(t, folder) {
				require.Positive(t, n, "item %d was not called", item)
				repeated += n - 1
			}
			t.Logf("%d kills, %d items, %d calls repeated; %d files are equal", killed, *mapItems, repeated, len(want))
		})
	}
}
