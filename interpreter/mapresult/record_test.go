package mapresult_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/mapresult"
	"github.com/gostates/gostates/value"
)

var (
	start = time.Date(2026, 9, 23, 22, 58, 45, 90_000_000, time.UTC)
	stop  = start.Add(59*time.Millisecond + 999*time.Microsecond)
)

func parse(t testing.TB, text string) any {
	t.Helper()
	v, err := value.Parse([]byte(text))
	require.NoError(t, err)
	return v
}

func child(t testing.TB, status mapresult.Status, input, output string) *mapresult.Record {
	t.Helper()
	r := &mapresult.Record{
		Status: status, Input: parse(t, input), Name: "n1",
		ExecutionArn: "arn:aws:states:us-east-1:1:execution:m/L:n1", StateMachineArn: "arn:aws:states:us-east-1:1:stateMachine:m/L",
		Start: start, Stop: stop,
	}
	if status == mapresult.Succeeded {
		r.Output = parse(t, output)
	} else if status != mapresult.Pending {
		cause := `say "no"`
		r.Cause = &cause
		if status == mapresult.Failed {
			name := "Bad"
			r.Error = &name
		}
	}
	return r
}

const (
	succeeded = `{"ExecutionArn":"arn:aws:states:us-east-1:1:execution:m/L:n1","Input":"{\"a\":\"\\\"\\n\"}","InputDetails":{"Included":true},"Name":"n1","Output":"[1]","OutputDetails":{"Included":true},"RedriveCount":0,"RedriveStatus":"NOT_REDRIVABLE","RedriveStatusReason":"Execution is SUCCEEDED and cannot be redriven","StartDate":"2026-09-23T22:58:45.090Z","StateMachineArn":"arn:aws:states:us-east-1:1:stateMachine:m/L","Status":"SUCCEEDED","StopDate":"2026-09-23T22:58:45.149Z"}`
	failed    = `{"Cause":"say \"no\"","Error":"Bad","ExecutionArn":"arn:aws:states:us-east-1:1:execution:m/L:n1","Input":"1","InputDetails":{"Included":true},"Name":"n1","OutputDetails":{"Included":true},"RedriveCount":0,"RedriveStatus":"REDRIVABLE_BY_MAP_RUN","StartDate":"2026-09-23T22:58:45.090Z","StateMachineArn":"arn:aws:states:us-east-1:1:stateMachine:m/L","Status":"FAILED","StopDate":"2026-09-23T22:58:45.149Z"}`
	aborted   = `{"Cause":"say \"no\"","ExecutionArn":"arn:aws:states:us-east-1:1:execution:m/L:n1","Input":"1","InputDetails":{"Included":true},"Name":"n1","OutputDetails":{"Included":true},"RedriveCount":2,"RedriveStatus":"NOT_REDRIVABLE","RedriveStatusReason":"too old","StartDate":"2026-09-23T22:58:45.090Z","StateMachineArn":"arn:aws:states:us-east-1:1:stateMachine:m/L","Status":"ABORTED","StopDate":"2026-09-23T22:58:45.149Z"}`
	pending   = `{"Input":"{\"index\":2}","InputDetails":{"Included":true},"Status":"PENDING"}`
)

func TestRecordsHaveAWSsMembersInAWSsOrder(t *testing.T) {
	old := child(t, mapresult.Aborted, `1`, "")
	old.RedriveCount, old.NotRedrivable = 2, "too old"
	for want, r := range map[string]*mapresult.Record{
		succeeded: child(t, mapresult.Succeeded, `{"a": "\"\n"}`, `[1]`),
		failed:    child(t, mapresult.Failed, `1`, ""),
		aborted:   old,
		pending:   child(t, mapresult.Pending, `{"index":2}`, ""),
	} {
		require.Equal(t, want, string(r.Append(nil)))
		require.Equal(t, want, value.String(r.Value()))
		require.Equal(t, "x"+want, string(r.Append([]byte("x"))))
	}
}

func TestRecordsKeepTheTextOfInputAndOutput(t *testing.T) {
	r := child(t, mapresult.Pending, `null`, "")
	r.Input, _ = value.ParseVerbatim([]byte("{\n\"a\" : 1}"))
	want := `{"Input":"{\n\"a\" : 1}","InputDetails":{"Included":true},"Status":"PENDING"}`
	require.Equal(t, want, string(r.Append(nil)))
	require.Equal(t, want, value.String(r.Value()))
}

func TestFormatsTransformOnlySuccesses(t *testing.T) {
	list := child(t, mapresult.Succeeded, `0`, `[10,{"copy":10},[1]]`)
	empty := child(t, mapresult.Succeeded, `0`, `[]`)
	scalar := child(t, mapresult.Succeeded, `0`, `{"a":[1]}`)
	lost := child(t, mapresult.Failed, `1`, "")
	record := string(list.Append(nil))
	for _, c := range []struct {
		transformation mapresult.Transformation
		record         *mapresult.Record
		json           string
		lines          string
		n              int
	}{
		{"", list, record, record, 1},
		{mapresult.None, list, record, record, 1},
		{mapresult.Compact, list, `[10,{"copy":10},[1]]`, `[10,{"copy":10},[1]]`, 1},
		{mapresult.Compact, empty, `[]`, `[]`, 1},
		{mapresult.Compact, lost, failed, failed, 1},
		{mapresult.Flatten, list, `10,{"copy":10},[1]`, "10\n{\"copy\":10}\n[1]", 3},
		{mapresult.Flatten, empty, "", "", 0},
		{mapresult.Flatten, scalar, `{"a":[1]}`, `{"a":[1]}`, 1},
		{mapresult.Flatten, lost, failed, failed, 1},
	} {
		f := mapresult.Format{Transformation: c.transformation}
		got, n := f.AppendEntry(nil, c.record)
		require.Equal(t, c.json, string(got))
		require.Equal(t, c.n, n)
		require.Equal(t, "["+c.json+"]", value.String(f.AppendValues([]any{}, c.record)))
		f.OutputType = mapresult.JSONL
		got, n = f.AppendEntry([]byte{}, c.record)
		require.Equal(t, c.lines, string(got))
		require.Equal(t, c.n, n)
	}
}

// No value makes a record that is not JSON, or a line that has a newline.
func FuzzRecordsAreLinesOfJSON(f *testing.F) {
	f.Add(`{"a":["\u0000\ud800\\\"",1.5,null]}`, "cause\n\xff")
	f.Fuzz(func(t *testing.T, text, cause string) {
		v, err := value.ParseVerbatim([]byte(text))
		if err != nil {
			return
		}
		r := mapresult.Record{Status: mapresult.Succeeded, Input: v, Output: value.Compact(v), Cause: &cause, Start: start, Stop: stop}
		for _, transformation := range []mapresult.Transformation{mapresult.None, mapresult.Compact, mapresult.Flatten} {
			line, n := mapresult.Format{Transformation: transformation}.AppendEntry([]byte{'['}, &r)
			line = append(line, ']')
			var array []any
			require.NoError(t, json.Unmarshal(line, &array))
			require.Len(t, array, n)
			require.False(t, slices.Contains(line, '\n'))
		}
		require.Equal(t, value.String(r.Value()), string(r.Append(nil)))
	})
}

func TestEncodingARecordAllocatesNothing(t *testing.T) {
	r := child(t, mapresult.Succeeded, `{"index":1,"value":{"text":"a\"b"}}`, `{"x":1}`)
	buffer := make([]byte, 0, 2048)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		for _, transformation := range []mapresult.Transformation{mapresult.None, mapresult.Compact, mapresult.Flatten} {
			buffer, _ = mapresult.Format{Transformation: transformation}.AppendEntry(buffer[:0], r)
		}
	}))
}
