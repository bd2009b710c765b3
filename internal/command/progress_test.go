package command

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/objects"
)

func TestProgressLine(t *testing.T) {
	run := &interpreter.MapRun{State: "Each"}
	require.Equal(t, "Each: 0 read, 0 running, 0 done, 0 failed", progressLine(run, 0, 0))
	run.Items.Total, run.Items.Running = 1100, 100
	require.Equal(t, "Each: 1,100 read, 100 running, 0 done, 0 failed", progressLine(run, 5000, time.Second))
	run.Items.Succeeded, run.Items.Failed, run.Items.TimedOut = 990, 7, 3
	require.Equal(t, "Each: 1,100 read, 100 running, 1,000 done, 10 failed, 500/s", progressLine(run, 0, 2*time.Second))
	require.Equal(t, "Each: 1,100 read, 100 running, 1,000 done, 10 failed, 500/s, 8s left", progressLine(run, 5000, 2*time.Second))
	require.Equal(t, "Each: 1,100 read, 100 running, 1,000 done, 10 failed, 0.5/s, 2h13m20s left", progressLine(run, 5000, 2000*time.Second))
	run.State = "A name \x1b[31m that is too long for a line"
	run.Items.Total = 100_000_000
	line := progressLine(run, 1e15, time.Hour)
	require.NotContains(t, line, "\x1b")
	require.LessOrEqual(t, len([]rune(line)), 79)
}

// The line is overwritten, and removed before other output, at the end, and when no Map
// Run runs. The time left follows from the bytes that were read.
func TestProgressIsOverwritten(t *testing.T) {
	program, err := interpreter.Compile([]byte(countRows), interpreter.Options{})
	require.NoError(t, err)
	now := time.Unix(0, 0)
	var terminal bytes.Buffer
	store := objects.Memory()
	store.Set("in", "rows.csv", []byte(strings.Repeat("x", 1000)))
	p := &progress{out: &terminal, now: func() time.Time { return now }, program: program, meter: newMeter(store)}
	written := func() string { defer terminal.Reset(); return terminal.String() }

	p.show(nil)
	require.Empty(t, written())
	run := interpreter.MapRun{State: "Each", Arn: "a", Status: interpreter.Running}
	run.Items.Total, run.Items.Running = 50, 10
	p.show([]interpreter.MapRun{run})
	require.Equal(t, "\r\x1b[KEach: 50 read, 10 running, 0 done, 0 failed", written())

	o, err := p.meter.Get(context.Background(), "in", "rows.csv", objects.GetOptions{})
	require.NoError(t, err)
	_, err = io.ReadFull(o.Body, make([]byte, 250))
	require.NoError(t, err)
	now = now.Add(2 * time.Second)
	run.Items.Succeeded = 40
	p.show([]interpreter.MapRun{{Status: interpreter.Succeeded}, run})
	require.Equal(t, "\r\x1b[KEach: 50 read, 10 running, 40 done, 0 failed, 20/s, 8s left", written())

	fmt.Fprint(clearing{p, &terminal}, "text\n")
	require.Equal(t, "\r\x1b[Ktext\n", written())
	p.show([]interpreter.MapRun{run})
	written()
	run.Status = interpreter.Succeeded
	p.show([]interpreter.MapRun{run})
	require.Equal(t, "\r\x1b[K", written())
	p.clear()
	require.Empty(t, written())
}

// countRows has a task for each row of a file and writes the results to another bucket.
const countRows = `{"StartAt": "Each", "States": {"Each": {"Type": "Map", "End": true, "MaxConcurrency": 0,
	"ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "in", "Key": "rows.csv"},
		"ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}},
	"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
		"StartAt": "First", "States": {
			"First": {"Type": "Task", "Resource": "first", "Next": "Second"},
			"Second": {"Type": "Task", "Resource": "second", "End": true}}},
	"ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "out", "Prefix": "p"},
		"WriterConfig": {"Transformation": "COMPACT", "OutputType": "JSONL"}}}}}`

// The responses of a mock file go to the children in the order of their items, however
// many run at the same time.
func TestObjectsAreAFolder(t *testing.T) {
	_, _, _ = invoke(t, "") // goes to a folder of its own
	const rows = 300
	var in, first, second, want strings.Builder
	in.WriteString("id\n")
	for i := range rows {
		fmt.Fprintf(&in, "%d\n", i)
		comma := ","
		if i == 0 {
			comma = ""
		}
		fmt.Fprintf(&first, `%s"%d": {"Return": "first %d"}`, comma, i, i)
		fmt.Fprintf(&second, `%s"%d": {"Return": "second %d"}`, comma, i, i)
		fmt.Fprintf(&want, "\"second %d\"\n", i)
	}
	require.NoError(t, os.MkdirAll("data/in", 0o700))
	require.NoError(t, os.MkdirAll("data/out", 0o700))
	require.NoError(t, os.WriteFile("data/in/rows.csv", []byte(in.String()), 0o600))
	require.NoError(t, os.WriteFile("map.json", []byte(countRows), 0o600))
	require.NoError(t, os.WriteFile("mock.json", []byte(`{"StateMachines": {"M": {"TestCases": {"C": {"First": "F", "Second": "S"}}}},
		"MockedResponses": {"F": {`+first.String()+`}, "S": {`+second.String()+`}}}`), 0o600))

	for _, clock := range []string{"system", "virtual"} {
		var stdout, stderr, terminal bytes.Buffer
		code := runCommand([]string{"run", "-objects", "data", "-mock", "mock.json", "-case", "M/C", "-clock", clock, "-query", "$.ResultWriterDetails.Key", "map.json"},
			streams{in: strings.NewReader(""), out: &stdout, err: &stderr})
		require.Zero(t, code, stderr.String())
		require.Empty(t, terminal.String())
		require.Empty(t, stderr.String(), "there is no progress without a terminal")
		folder := filepath.Dir(strings.Trim(stdout.String(), "\"\n"))
		got, err := os.ReadFile(filepath.Join("data/out", folder, "SUCCEEDED_0.jsonl"))
		require.NoError(t, err)
		require.Equal(t, want.String(), string(got))
	}
}

func TestObjectsThatAreMissing(t *testing.T) {
	_, _, _ = invoke(t, "")
	require.NoError(t, os.WriteFile("map.json", []byte(countRows), 0o600))
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"run", "map.json"}, `asl run: wrong use: the ItemReader of state "Each" needs a folder of buckets: give it with -objects` + "\n"},
		{[]string{"run", "-objects", "nowhere", "map.json"}, "asl run: wrong use: -objects: stat nowhere: no such file or directory\n"},
		{[]string{"run", "-objects", "map.json", "map.json"}, "asl run: wrong use: -objects: map.json is not a folder\n"},
	} {
		var stderr bytes.Buffer
		require.Equal(t, exitUsage, runCommand(c.args, streams{in: strings.NewReader(""), out: io.Discard, err: &stderr}))
		require.Equal(t, c.want, stderr.String())
	}
}

// Without a Map Run the line has the states that run, while the trace goes on writing: the
// two take their locks in one order.
func TestProgressShowsTheStatesThatRun(t *testing.T) {
	var out bytes.Buffer
	p := &progress{out: &out, width: 30, now: time.Now}
	p.trace = newTrace(clearing{p, &out}, new(asl.StateMachine))
	p.show(nil)
	require.Empty(t, out.String(), "nothing runs")
	record := func(events ...history.Event) { require.NoError(t, p.trace.Record("x", events)) }
	record(history.Event{ID: 1, Type: history.WaitStateEntered, Name: "Hold"})
	p.show(nil)
	require.Equal(t, clearLine+"        ▶ Hold", out.String())
	out.Reset()
	record(history.Event{ID: 2, Type: history.TaskStateEntered, Name: "A state of a long name"})
	p.show(nil)
	require.Equal(t, clearLine+"        ▶ Hold and 1 more", out.String())

	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 200 {
			p.show(nil)
		}
	}()
	for i := range uint32(200) {
		record(history.Event{ID: 2*i + 3, Type: history.PassStateEntered, Name: "P"}, history.Event{ID: 2*i + 4, Previous: 2*i + 3, Type: history.PassStateExited, Name: "P"})
	}
	<-done
	p.clear()
	require.Equal(t, 200, strings.Count(withoutProgress(out.String()), "  ✓"))
}
