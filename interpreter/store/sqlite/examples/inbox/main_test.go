package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/asltest"
)

func TestMachine(t *testing.T) {
	x := asltest.Run(t, asltest.Load(t, "inbox.asl.json"), `{"id": "a"}`, asltest.On("Import").Return(`{"id": "a"}`))
	x.WantOutput(`{"id": "a"}`)
}

// change is a status change of an execution.
type change struct{ name, status string }

// webhook is a server that answers with an error as long as it is down.
type webhook struct {
	*httptest.Server
	down    chan struct{} // closed: it is not
	changes chan change
	tried   chan change
}

func newWebhook(t *testing.T) *webhook {
	w := &webhook{down: make(chan struct{}), changes: make(chan change, 100), tried: make(chan change, 1000)}
	w.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		var e struct{ Detail struct{ Name, Status string } }
		body, _ := io.ReadAll(r.Body)
		if json.Unmarshal(body, &e) != nil {
			http.Error(rw, "no event", http.StatusBadRequest)
			return
		}
		select {
		case <-w.down:
			w.changes <- change{e.Detail.Name, e.Detail.Status}
		default:
			w.tried <- change{e.Detail.Name, e.Detail.Status}
			http.Error(rw, "down", http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(w.Close)
	return w
}

// runInbox runs the program until the returned function is called.
func runInbox(t *testing.T, folder, url string) (end func()) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	in := inbox{folder: folder, webhook: url, pause: 10 * time.Millisecond}
	go func() { ended <- in.runInbox(ctx, filepath.Join(folder, "inbox.db")) }()
	return func() {
		stop()
		require.NoError(t, <-ended)
	}
}

// waitFor waits for the end of an execution.
func waitFor(changes <-chan change, name string) change {
	for c := range changes {
		if c.name == name && c.status != interpreter.Running.String() {
			return c
		}
	}
	return change{}
}

// A file is taken once, also if it comes again, and what the webhook has not taken is
// posted by the next process.
func TestInbox(t *testing.T) {
	folder, hook := t.TempDir(), newWebhook(t)
	drop := func(name, content string) string {
		file := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(file+".new", []byte(content), 0o600))
		require.NoError(t, os.Rename(file+".new", file))
		return file
	}
	taken := drop("a-17.json", `{"id": "a-17"}`)
	wrong := drop("wrong.json", `{"id": `)
	end := runInbox(t, folder, hook.URL)
	require.Equal(t, change{"a-17", "SUCCEEDED"}, waitFor(hook.tried, "a-17"))
	end()
	require.NoFileExists(t, taken)
	require.NoFileExists(t, wrong)
	require.FileExists(t, wrong+".refused")

	close(hook.down)
	again := drop("a-17.json", `{"id": "a-17"}`)
	drop("b-1.json", `{"id": "b-1"}`)
	end = runInbox(t, folder, hook.URL)
	seen := map[string]bool{}
	for len(seen) < 3 {
		if c := <-hook.changes; c.status == "SUCCEEDED" {
			name, _, _ := strings.Cut(c.name, "-")
			seen[name] = true
		}
	}
	end()
	require.Equal(t, map[string]bool{"a": true, "b": true, "daily": true}, seen)
	require.NoFileExists(t, again)
}

// A folder that is not there is an error at the start, and no database is made.
func TestFolderIsMissing(t *testing.T) {
	in := inbox{folder: filepath.Join(t.TempDir(), "nowhere")}
	database := filepath.Join(t.TempDir(), "inbox.db")
	require.ErrorIs(t, in.runInbox(t.Context(), database), os.ErrNotExist)
	require.NoFileExists(t, database)
}
