package machine_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// golden returns what an earlier version of the library has written into a file.
// With -update it writes a file that does not exist, and never overwrites one: other
// bytes that mean the same are a new file, and another format has its version in the
// file's name.
func golden(t testing.TB, file string, made []byte) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if *update && errors.Is(err, fs.ErrNotExist) {
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, made, 0o644))
		return made
	}
	require.NoError(t, err)
	return data
}

func TestGoldenFilesAreNeverOverwritten(t *testing.T) {
	defer func(was bool) { *update = was }(*update)
	*update = true
	file := filepath.Join(t.TempDir(), "new", "snapshot1.bin")
	require.Equal(t, "a", string(golden(t, file, []byte("a"))))
	require.Equal(t, "a", string(golden(t, file, []byte("b"))))
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "a", string(data))
}

// A machine that waits for a callback, for a time and for a retry, with a Map.
const goldenMachine = `{"StartAt": "P", "TimeoutSeconds": 1000, "States": {"P": {"Type": "Parallel", "Next": "End", "Branches": [
	{"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "HeartbeatSeconds": 60,
		"Parameters": {"token.$": "$$.Task.Token", "order.$": "$.order"}, "Assign": {"answer.$": "$"}, "End": true}}},
	{"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 30, "End": true}}},
	{"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 2, "End": true, "ItemProcessor": {"StartAt": "Work", "States": {
		"Work": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:work", "TimeoutSeconds": 100, "End": true,
			"Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 2, "MaxAttempts": 3, "JitterStrategy": "FULL"}]}}}}}}]},
	"End": {"Type": "Pass", "Parameters": {"id.$": "States.UUID()", "all.$": "$"}, "End": true}}}`

// goldenRun drives goldenMachine to its end and gives each record, the snapshot
// after it, and the whole history.
func goldenRun(t testing.TB, p *machine.Program) (records, snapshots [][]byte, events []history.Event) {
	input, err := value.ParseVerbatim([]byte(`{ "order": {"id": 12345678901234567890123}, "items": [1, 2.50, "three"] }`))
	require.NoError(t, err)
	x := p.New(machine.Start{ID: "golden", Input: input, Seed: [2]uint64{1, 2}, TokenKey: [16]byte{3}, TokenID: "0123456789abcdef", Depth: 1,
		Variables: value.ObjectOf(value.Member{Key: "answer", Value: "none"})})
	r := machine.Result{History: true}
	var w machine.RecordWriter
	w.AddStart(x)
	at := began
	step := func(ev machine.Event) {
		require.NoError(t, p.Step(x, ev, at, &r))
		w.AddStep(ev, at, &r)
		data, err := w.AppendTo(nil)
		require.NoError(t, err)
		w.Reset()
		records, snapshots, events = append(records, data), append(snapshots, marshal(t, p, x)), append(events, r.Events...)
		require.NoError(t, p.Pending(x, &r))
	}
	name, cause := "Busy", "try again"
	step(machine.Event{Kind: machine.Started})
	for n := 0; x.Status == machine.Running && n < 100; n++ {
		at = at.Add(1500 * time.Millisecond)
		ev := machine.Event{Kind: machine.Tick}
		for _, c := range r.Commands {
			if c.Kind != machine.StartTask {
				continue
			}
			ev.Task = c.Task
			switch {
			case c.Resource.Token() && !c.Submitted:
				ev.Kind, ev.Output = machine.TaskSubmitted, "sent"
			case c.Resource.Token() && n < 8:
				ev.Kind = machine.TaskHeartbeat
			case c.Resource.Token():
				ev.Kind, ev.Output = machine.TaskSucceeded, input
			case c.Attempt == 0 && n%2 == 0:
				ev.Kind, ev.Error, ev.Cause = machine.TaskFailed, &name, &cause
			default:
				ev.Kind, ev.Output = machine.TaskSucceeded, []any{int64(n), 0.5, nil, true}
			}
			if n%3 > 0 {
				break
			}
		}
		step(ev)
	}
	require.Equal(t, machine.Succeeded, x.Status)
	return records, snapshots, events
}

// The records and snapshots that an earlier version wrote are read, and mean what
// they meant.
func TestGoldenRecordsFoldOntoGoldenSnapshots(t *testing.T) {
	p := compile(t, goldenMachine, machine.Options{StateMachineName: "Golden"})
	records, snapshots, events := goldenRun(t, p)
	dir := filepath.Join("testdata", "golden")
	want := string(golden(t, filepath.Join(dir, "history.txt"), []byte(encoded(events))))
	require.Equal(t, want, encoded(events), "a change of the rules")
	made := ""
	for i := range records {
		made += fmt.Sprintf("%s %s\n", base64.StdEncoding.EncodeToString(records[i]), base64.StdEncoding.EncodeToString(snapshots[i]))
	}
	kept := string(golden(t, filepath.Join(dir, "record1_snapshot2.txt"), []byte(made)))
	var history []history.Event
	var x *machine.Execution
	for line := range strings.Lines(kept) {
		first, second, _ := strings.Cut(strings.TrimSpace(line), " ")
		record, err := base64.StdEncoding.DecodeString(first)
		require.NoError(t, err)
		snapshot, err := base64.StdEncoding.DecodeString(second)
		require.NoError(t, err)
		rec, err := machine.ReadRecord(record)
		require.NoError(t, err)
		if rec.Start != nil {
			x, err = p.NewFromRecord(rec)
			require.NoError(t, err)
		}
		require.NoError(t, p.Fold(x, rec))
		for _, st := range rec.Steps {
			history = append(history, st.Events...)
		}
		restored, err := p.Restore(snapshot)
		require.NoError(t, err)
		require.Equal(t, snapshot, marshal(t, p, restored))
		require.Equal(t, restored.Seq, x.Seq)
		require.Equal(t, restored.Rand, x.Rand)
		require.Equal(t, restored.TokenID(), x.TokenID())
		require.Equal(t, p.Where(restored), p.Where(x))
		x = restored
	}
	require.Equal(t, want, encoded(history))
	require.Equal(t, machine.Succeeded, x.Status)
}
