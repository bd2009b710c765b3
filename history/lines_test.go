package history

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

func TestLinesComeBack(t *testing.T) {
	var text bytes.Buffer
	w := NewWriter(&text)
	for _, typ := range allTypes() {
		require.NoError(t, w.Record("order-1", []Event{sample(typ)}))
	}
	require.NoError(t, w.Record("", []Event{sample(TaskFailed), sample(TaskSucceeded)}))
	require.NoError(t, w.Record("x", nil))
	require.Equal(t, len(allTypes())+2, strings.Count(text.String(), "\n"))
	require.True(t, strings.HasPrefix(text.String(), `{"execution":"order-1","id":1,"previousEventId":0,`))

	r := NewReader(iotest.OneByteReader(&text))
	for _, typ := range allTypes() {
		e, err := r.Next()
		require.NoError(t, err)
		require.Equal(t, sample(typ), e)
		require.Equal(t, "order-1", r.Execution())
	}
	for _, typ := range []Type{TaskFailed, TaskSucceeded} {
		e, err := r.Next()
		require.NoError(t, err)
		require.Equal(t, sample(typ), e)
		require.Empty(t, r.Execution())
	}
	for range 2 {
		_, err := r.Next()
		require.Equal(t, io.EOF, err)
	}
}

func TestWriterWithoutData(t *testing.T) {
	var text bytes.Buffer
	w := NewWriter(&text)
	w.WithoutData = true
	list := []Event{sample(TaskStateEntered), sample(TaskScheduled)}
	require.NoError(t, w.Record("", list))
	require.Equal(t, sample(TaskStateEntered), list[0], "the caller's events stay")
	bare := sample(TaskStateEntered).WithoutData()
	require.Equal(t, string(bare.AppendJSON(nil))+"\n"+string(list[1].AppendJSON(nil))+"\n", text.String())
}

type failing struct{ writes int }

func (f *failing) Write(p []byte) (int, error) {
	f.writes++
	return len(p) / 2, errors.New("disk full")
}

func TestWriterStopsAfterAnError(t *testing.T) {
	out := &failing{}
	w := NewWriter(out)
	for range 2 {
		require.EqualError(t, w.Record("x", []Event{sample(TaskFailed)}), "history: disk full")
	}
	require.Equal(t, 1, out.writes)
}

func TestWriterIsSafeForConcurrentUse(t *testing.T) {
	var text bytes.Buffer
	w := NewWriter(&text)
	var wg sync.WaitGroup
	for range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 100 {
				_ = w.Record("x", []Event{sample(TaskFailed), sample(TaskSucceeded)})
			}
		}()
	}
	wg.Wait()
	n := 0
	for e, err := range NewReader(&text).All() {
		require.NoError(t, err)
		require.Equal(t, []Type{TaskFailed, TaskSucceeded}[n%2], e.Type)
		n++
	}
	require.Equal(t, 800, n)
}

func TestReaderTakesResponsesOfGetExecutionHistory(t *testing.T) {
	text := `
	{
		"events": [
			{"timestamp": "2024-01-02T03:04:05.678000+00:00", "type": "ExecutionStarted", "id": 1, "previousEventId": 0,
			 "executionStartedEventDetails": {"input": "{ \"n\": 1.50 }", "inputDetails": {"truncated": false}, "roleArn": "r"}}
		],
		"nextToken": "abc"
	}
	{"events": []}
	{"events": [{"id": 2, "type": "FailStateEntered", "stateEnteredEventDetails": {"name": "F", "input": "{}"}}, {"id": 3, "type": "ExecutionFailed"}]}
	{"id": 4, "type": "ExecutionRedriven", "executionRedrivenEventDetails": {"redriveCount": 1}}`
	var types []string
	var first Event
	for e, err := range NewReader(strings.NewReader(text)).All() {
		require.NoError(t, err)
		if len(types) == 0 {
			first = e
		}
		types = append(types, e.Type.String())
	}
	require.Equal(t, []string{"ExecutionStarted", "FailStateEntered", "ExecutionFailed", "ExecutionRedriven"}, types)
	_, d := first.Details()
	require.Equal(t, `{ "n": 1.50 }`, d.(ExecutionStartedEventDetails).Input)
	require.Equal(t, &Started{RoleArn: "r"}, first.Detail)
}

func TestReaderSaysWhereTheTextIsWrong(t *testing.T) {
	good := `{"id":1,"type":"PassStateEntered"}` + "\n"
	tests := map[string]struct{ text, want string }{
		"torn last line": {good + `{"id":2,`, "history: after offset 34: unexpected EOF"},
		"no JSON":        {good + `nope`, "history: after offset 34: invalid character 'o' in literal null (expecting 'u')"},
		"no object":      {good + `7`, "history: an event is an object, got number"},
		"events":         {good + `{"events":7}`, `want history: "events" to be an array, got number 7`},
		"bad UTF-8":      {good + "\"\xff\"", "history: after offset 34: value: offset 1: invalid UTF-8 in a string"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := NewReader(strings.NewReader(tt.text))
			_, err := r.Next()
			require.NoError(t, err)
			for range 2 {
				_, err = r.Next()
				require.EqualError(t, err, tt.want)
			}
		})
	}
	for _, err := range NewReader(strings.NewReader("7")).All() {
		require.Error(t, err)
	}
}

// A file that was cut off anywhere is appended to: whole events stay, a torn one goes.
func TestAppendToATornFile(t *testing.T) {
	for _, name := range []string{"order \"1\"\n", ""} {
		var text bytes.Buffer
		w := NewWriter(&text)
		list := []Event{sample(TaskStateEntered), sample(TaskFailed), sample(TaskSucceeded)}
		require.NoError(t, w.Record(name, list))
		whole := text.Bytes()
		file := filepath.Join(t.TempDir(), "log")
		for n := range len(whole) + 1 {
			require.NoError(t, os.WriteFile(file, whole[:n], 0o600))
			f, err := os.OpenFile(file, os.O_RDWR, 0)
			require.NoError(t, err)
			w, err := AppendTo(f)
			require.NoError(t, err)
			require.NoError(t, w.Record(name, []Event{sample(ExecutionFailed)}))
			require.NoError(t, f.Close())

			kept := bytes.Count(whole[:n], []byte("}\n"))
			if n > 0 && n < len(whole) && whole[n] == '\n' {
				kept++ // only the line break was missing
			}
			got, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Equal(t, kept+1, bytes.Count(got, []byte("\n")), "cut at %d", n)
			var events []Event
			r := NewReader(bytes.NewReader(got))
			for e, err := range r.All() {
				require.NoError(t, err, "cut at %d", n)
				require.Equal(t, name, r.Execution())
				events = append(events, e)
			}
			require.Equal(t, append(list[:kept:kept], sample(ExecutionFailed)), events, "cut at %d", n)
		}
	}
}

// A reader gives all whole events of a file that was cut off anywhere, and then says
// that it was, unless nothing is missing but a line break.
func TestReaderOfATornFile(t *testing.T) {
	var text bytes.Buffer
	list := []Event{sample(TaskStateEntered), sample(TaskSucceeded)}
	require.NoError(t, NewWriter(&text).Record("x", list))
	whole := text.Bytes()
	for n := range len(whole) + 1 {
		r := NewReader(bytes.NewReader(whole[:n]))
		var events []Event
		e, err := r.Next()
		for ; err == nil; e, err = r.Next() {
			events = append(events, e)
		}
		torn := bytes.TrimSuffix(whole[:n], []byte("\n"))
		if i := bytes.LastIndexByte(torn, '\n'); i >= 0 {
			torn = torn[i+1:]
		}
		if len(torn) == 0 || json.Valid(torn) {
			require.Equal(t, io.EOF, err)
		} else {
			require.ErrorIs(t, err, io.ErrUnexpectedEOF, "cut at %d", n)
		}
		require.Equal(t, list[:len(events)], append([]Event{}, events...))
	}
}

// Nothing is cut off that no Writer wrote.
func TestAppendToKeepsOtherFiles(t *testing.T) {
	long := strings.Repeat(`{"id":1,"type":"PassStateEntered"}`+"\n", 10_000)
	for name, tt := range map[string]struct{ text, want string }{
		"response":       {`{"events":[]}`, `{"events":[]}` + "\n"},
		"prose":          {"A letter.\nWithout an end", ""},
		"torn response":  {`{"events":[`, ""},
		"long, and torn": {long + `{"execution":"` + strings.Repeat("x", 200_000), long},
		"empty":          {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "log")
			require.NoError(t, os.WriteFile(file, []byte(tt.text), 0o600))
			f, err := os.OpenFile(file, os.O_RDWR|os.O_APPEND, 0)
			require.NoError(t, err)
			defer f.Close()
			_, err = AppendTo(f)
			got, readErr := os.ReadFile(file)
			require.NoError(t, readErr)
			if tt.want == "" && tt.text != "" {
				require.ErrorContains(t, err, "neither an event nor the start of one")
				require.Equal(t, tt.text, string(got))
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.want, string(got))
		})
	}
	_, err := AppendTo(os.NewFile(^uintptr(0), "closed"))
	require.Error(t, err)
}

func TestSinkFunc(t *testing.T) {
	var got string
	var s Sink = SinkFunc(func(execution string, events []Event) error {
		got = execution + " " + events[0].Type.String()
		return io.ErrClosedPipe
	})
	require.ErrorIs(t, s.Record("x", []Event{{Type: TaskFailed}}), io.ErrClosedPipe)
	require.Equal(t, "x TaskFailed", got)
}
