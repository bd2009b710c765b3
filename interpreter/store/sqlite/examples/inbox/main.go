// Command inbox starts an execution for each file that is dropped into a folder, and one
// each day, and posts their status changes to a webhook in the shape of EventBridge.
//
//	$ mkdir orders
//	$ go run . -dir orders -webhook http://127.0.0.1:9000/ &
//	import of 2026-11-29
//	$ echo '{"id": "a-17"}' >orders/a-17.json
//	import of a-17
//
// A file is removed when the start of its execution is on disk. The execution has the
// name of the file: if the program is killed between the two, it finds the execution
// when it starts the file again. So a name is imported once: a later file of the same
// name is removed, with a message. A schedule works the same way, with the day as name.
package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/api"
	"github.com/gostates/gostates/interpreter/store/sqlite"
)

//go:embed inbox.asl.json
var definition []byte

// Order is the content of a file: the input of an execution.
type Order struct {
	ID string `json:"id"`
}

// inbox starts executions of a machine.
type inbox struct {
	folder  string
	webhook string // empty: none
	pause   time.Duration
	srv     *api.Server
	machine string // its ARN
}

func main() {
	in := inbox{pause: time.Second}
	flag.StringVar(&in.folder, "dir", "orders", "start an execution for each .json file in this folder")
	flag.StringVar(&in.webhook, "webhook", "", "post status changes to this URL")
	database := flag.String("db", "inbox.db", "keep executions in this file")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := in.runInbox(ctx, *database); err != nil {
		fmt.Fprintln(os.Stderr, "inbox:", err)
		os.Exit(1)
	}
}

// runInbox looks at the folder until ctx ends.
func (in *inbox) runInbox(ctx context.Context, database string) error {
	if _, err := os.Stat(in.folder); err != nil {
		return err // a folder that is not there would be looked at for ever
	}
	s, err := sqlite.Open(database)
	if err != nil {
		return err
	}
	defer s.Close()
	open, closed := context.WithCancel(context.WithoutCancel(ctx))
	defer closed()
	in.srv, err = api.New(api.Config{
		Interpreter: interpreter.Config{Store: s, Resolver: interpreter.Mux{"import": interpreter.Func(importOrder)}},
		Records:     s.Registry(),
		Events:      func(event json.RawMessage) { in.announce(open, event) },
	})
	if err != nil {
		return err
	}
	defer in.closeAll()
	if in.machine, err = in.srv.Create("inbox", definition); err != nil {
		return err
	}
	for started := ""; ctx.Err() == nil; sleep(ctx, in.pause) {
		if err := in.startFiles(ctx); err != nil {
			fmt.Fprintln(os.Stderr, "inbox:", err) // and tries again
		}
		day := time.Now().UTC().Format(time.DateOnly)
		if day == started {
			continue
		}
		if _, err := in.startOnce(ctx, "daily-"+day, []byte(`{"id": "`+day+`"}`)); err != nil {
			fmt.Fprintln(os.Stderr, "inbox:", err)
			continue
		}
		started = day
	}
	return nil
}

// closeAll waits for what runs, but not for a webhook that does not answer: what it has not
// got is left to the next process.
func (in *inbox) closeAll() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*in.pause)
	defer cancel()
	in.srv.Shutdown(ctx)
	in.srv.Close()
}

func importOrder(_ context.Context, o Order) (Order, error) {
	fmt.Println("import of", o.ID)
	return o, nil
}

// startFiles starts an execution for each file. Write a file under another name and
// rename it: a .json file is taken as it is.
func (in *inbox) startFiles(ctx context.Context) (failed error) {
	files, err := filepath.Glob(filepath.Join(in.folder, "*.json"))
	if err != nil {
		return err
	}
	for _, file := range files {
		if err := in.startFile(ctx, file); err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", file, err))
		}
	}
	return failed
}

func (in *inbox) startFile(ctx context.Context, file string) error {
	input, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	known, err := in.startOnce(ctx, strings.TrimSuffix(filepath.Base(file), ".json"), input)
	var refused *api.Error
	if errors.As(err, &refused) { // it is no JSON, or its name is no name: it will never be right
		fmt.Fprintf(os.Stderr, "inbox: %s: %v\n", file, err)
		return os.Rename(file, file+".refused")
	}
	if err != nil {
		return err
	}
	if known {
		fmt.Fprintf(os.Stderr, "inbox: %s: an execution of this name was started before\n", file)
	}
	return os.Remove(file)
}

// startOnce starts an execution, or reports that one of the name is known: it was started
// before and has ended, or has another input. When it returns, the start is on disk.
func (in *inbox) startOnce(ctx context.Context, name string, input []byte) (known bool, err error) {
	_, err = in.srv.Start(ctx, in.machine, name, input)
	var refused *api.Error
	if errors.As(err, &refused) && refused.Type == "ExecutionAlreadyExists" {
		return true, nil
	}
	return false, err
}

// announce posts a status change. The end of an execution is posted until the webhook
// has it, if need be by the next process: at least once. A start is posted once.
func (in *inbox) announce(ctx context.Context, event json.RawMessage) {
	if in.webhook == "" {
		return
	}
	var e struct{ Detail struct{ Status string } }
	if json.Unmarshal(event, &e) == nil && e.Detail.Status == interpreter.Running.String() {
		go postEvent(ctx, in.webhook, event) // the start does not wait for the webhook
		return
	}
	for ctx.Err() == nil {
		err := postEvent(ctx, in.webhook, event)
		if err == nil {
			return
		}
		fmt.Fprintln(os.Stderr, "inbox: webhook:", err) // and tries again
		sleep(ctx, in.pause)
	}
}

// postEvent returns nil if the webhook has taken an event.
func postEvent(ctx context.Context, url string, event []byte) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(event))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	resp.Body.Close()
	if resp.StatusCode >= 300 {
		return fmt.Errorf("%s: %s", url, resp.Status)
	}
	return nil
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
