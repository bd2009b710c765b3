package interpreter_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/itemreader"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/mapresult"
	"github.com/gostates/gostates/interpreter/resultwriter"
	"github.com/gostates/gostates/value"
)

// ReadItems reads all items in parts, each with a reader of its own.
func TestReadItemsOutsideOfAnInterpreter(t *testing.T) {
	reader := &itemreader.ObjectReader{Objects: objectsWithRows(t, 10)}
	c := &machine.MapRunCommand{MaxItems: 4, MaxBytes: 1 << 20, Source: &machine.ItemSource{
		Resource:   "arn:aws:states:::s3:getObject",
		Parameters: value.ObjectOf(value.Member{Key: "Bucket", Value: "in"}, value.Member{Key: "Key", Value: "rows.csv"}),
		Config:     machine.ReaderConfig{InputType: "CSV", CSVHeaderLocation: "FIRST_ROW"},
	}}
	var items []any
	for end := false; !end; {
		ev, ok := interpreter.ReadItems(context.Background(), reader, c)
		require.True(t, ok)
		require.Equal(t, machine.ItemsRead, ev.Kind)
		require.Equal(t, c.First, ev.MapRun.Index)
		require.LessOrEqual(t, len(ev.MapRun.Items), 4)
		items, end = append(items, ev.MapRun.Items...), ev.MapRun.End
		c.First, c.Cursor = int64(len(items)), ev.MapRun.Cursor
	}
	require.Len(t, items, 10)
	require.Equal(t, `{"name":"n9","id":"9"}`, value.String(items[9]))

	ev, ok := interpreter.ReadItems(context.Background(), nil, c)
	require.True(t, ok)
	require.Equal(t, machine.ItemsFailed, ev.Kind)
	require.Contains(t, *ev.Cause, "Config.ItemReader")
}

// Readers and writers that misbehave fail the call. One that blocks is not waited for
// after the end of the context.
func TestHostileReadersAndWritersOutsideOfAnInterpreter(t *testing.T) {
	read := &machine.MapRunCommand{MaxItems: 1, MaxBytes: 1, Source: &machine.ItemSource{}}
	destination := &machine.ResultDestination{}
	calls := map[string]func(context.Context, *hostileMap) error{
		"open": func(ctx context.Context, h *hostileMap) error { return failedRead(interpreter.ReadItems(ctx, h, read)) },
		"next": func(ctx context.Context, h *hostileMap) error { return failedRead(interpreter.ReadItems(ctx, h, read)) },
		"open results": func(ctx context.Context, h *hostileMap) error {
			return (&interpreter.MapRunResults{Writer: hostileWriter{h}, Destination: destination}).Open(ctx)
		},
		"put": func(ctx context.Context, h *hostileMap) error {
			_, err := (&interpreter.MapRunResults{Writer: hostileWriter{h}, Destination: destination}).Put(ctx, nil)
			return err
		},
		"close": func(ctx context.Context, h *hostileMap) error {
			_, err := (&interpreter.MapRunResults{Writer: hostileWriter{h}, Destination: destination}).Close(ctx, interpreter.Succeeded)
			return err
		},
		"remove": func(ctx context.Context, h *hostileMap) error {
			return (&interpreter.MapRunResults{Writer: hostileWriter{h}, Destination: destination}).Remove(ctx)
		},
	}
	for where, call := range calls {
		for name, f := range map[string]func(){"panic": func() { panic("oh") }, "Goexit": runtime.Goexit} {
			err := call(context.Background(), &hostileMap{where, f})
			require.Error(t, err, "%s, %s", where, name)
			require.NotEmpty(t, *interpreter.ResultsFailed(err).Cause)
		}
		require.NoError(t, call(context.Background(), &hostileMap{}), where)
		ctx, cancel := context.WithCancel(context.Background())
		leave := make(chan struct{})
		err := call(ctx, &hostileMap{where, func() { cancel(); <-leave }})
		close(leave)
		require.Error(t, err, where)
	}
}

func failedRead(ev machine.Event, ok bool) error {
	switch {
	case !ok:
		return context.Canceled
	case ev.Kind == machine.ItemsFailed:
		return fmt.Errorf("%s", *ev.Cause)
	}
	return nil
}

// MapRunResults writes, with a writer of its own for each call, what one writer writes.
func TestMapRunResultsOutsideOfAnInterpreter(t *testing.T) {
	store, folder := objectsWithRows(t, 0), t.TempDir()
	destination := &machine.ResultDestination{
		Resource:   "arn:aws:states:::s3:putObject",
		Parameters: value.ObjectOf(value.Member{Key: "Bucket", Value: "out"}, value.Member{Key: "Prefix", Value: "p"}),
		Config:     machine.WriterConfig{Transformation: "COMPACT", OutputType: "JSONL"},
	}
	r := func(receipt []byte) *interpreter.MapRunResults {
		return &interpreter.MapRunResults{
			Writer: &resultwriter.Files{Objects: store, Folder: folder}, Arn: "arn:aws:states:us-east-1:000000000000:mapRun:m/L:u", Destination: destination, Receipt: receipt,
		}
	}
	background := context.Background()
	require.NoError(t, r(nil).Open(background))
	var receipt []byte
	for i := range int64(4) {
		next, err := r(receipt).Put(background, []mapresult.Record{{Index: 3 - i, Status: mapresult.Succeeded, Input: i, Output: i, Start: time.Unix(0, 0), Stop: time.Unix(0, 0)}})
		require.NoError(t, err)
		if i == 2 { // the answer is lost
			next, err = r(receipt).Put(background, []mapresult.Record{{Index: 3 - i, Status: mapresult.Succeeded, Input: i, Output: i, Start: time.Unix(0, 0), Stop: time.Unix(0, 0)}})
			require.NoError(t, err)
		}
		receipt = next
	}
	for range 2 {
		output, err := r(receipt).Close(background, interpreter.Succeeded)
		require.NoError(t, err)
		require.Contains(t, value.String(output), "manifest.json")
		require.Equal(t, "3\n2\n1\n0\n", resultFiles(t, store)["SUCCEEDED_0.jsonl"])
	}
	require.NoError(t, r(receipt).Remove(background))
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Empty(t, left)

	folder = ""
	err = r(nil).Open(background)
	require.ErrorContains(t, err, "Folder")
	require.Equal(t, "States.ResultWriterFailed", *interpreter.ResultsFailed(err).Error)
	err = (&interpreter.MapRunResults{}).Open(background)
	require.ErrorContains(t, err, "Config.ResultWriter")
	require.True(t, strings.HasPrefix(err.Error(), "States.ResultWriterFailed"))
}
