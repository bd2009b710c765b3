package temporal

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.uber.org/goleak"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// server is a Temporal server: the one at TEMPORAL_ADDR, or one of the test with its
// database in a file. Its workers are processes of their own: this test binary.
type server struct {
	addr   string
	args   []string // to start it; nil: it is not the test's
	cmd    *exec.Cmd
	client client.Client
}

const noServer = "there is no server: TEMPORAL_ADDR is empty, and no program temporal is in PATH (go install github.com/temporalio/cli/cmd/temporal@v1.5.1)"

func newServer(t *testing.T) *server {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: runs a server")
	}
	s := &server{addr: os.Getenv("TEMPORAL_ADDR")}
	if s.addr == "" {
		binary, err := exec.LookPath("temporal")
		if err != nil {
			t.Skip(noServer)
		}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		s.addr = l.Addr().String()
		require.NoError(t, l.Close())
		_, port, _ := net.SplitHostPort(s.addr)
		s.args = []string{binary, "server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port", port, "--log-level", "never",
			"--db-filename", filepath.Join(t.TempDir(), "temporal.db"), "--search-attribute", "AslStateMachine=Keyword", "--search-attribute", "AslState=Keyword"}
		s.start(t)
		t.Cleanup(func() { s.kill() })
	}
	require.Eventually(t, func() bool {
		c, err := client.Dial(client.Options{HostPort: s.addr, Identity: "test", Logger: silent{}})
		s.client = c
		return err == nil
	}, time.Minute, 100*time.Millisecond)
	t.Cleanup(s.client.Close)
	return s
}

func (s *server) start(t *testing.T) {
	t.Helper()
	s.cmd = exec.Command(s.args[0], s.args[1:]...)
	require.NoError(t, s.cmd.Start())
}

// kill kills the server as kill -9 does.
func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait() // it was killed
}

// silent is a logger of the SDK.
type silent struct{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}

// workerProcess says what a worker in a process of its own does.
type workerProcess struct {
	Addr, Queue string
	Calls       string // file of the calls of handlers
	CacheSize   int    // of workflows
	cmd         *exec.Cmd
	stdin       io.Closer
}

// workerVariable is the environment variable that makes this binary a worker.
const workerVariable = "ASL_TEMPORAL_WORKER"

func TestMain(m *testing.M) {
	text := os.Getenv(workerVariable)
	if text == "" {
		// The test environment does not end its retry of an activity whose workflow has ended,
		// nor the loop of a child workflow whose parent has.
		const environment = "go.temporal.io/sdk/internal.(*testWorkflowEnvironmentImpl)."
		goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction(environment+"executeActivityWithRetryForTest"), goleak.IgnoreAnyFunction(environment+"startMainLoop"))
		return
	}
	var p workerProcess
	err := json.Unmarshal([]byte(text), &p)
	if err == nil {
		err = p.work()
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func (p *workerProcess) start(t *testing.T) {
	t.Helper()
	text, err := json.Marshal(p)
	require.NoError(t, err)
	p.cmd = exec.Command(os.Args[0])
	p.cmd.Env = append(os.Environ(), workerVariable+"="+string(text))
	p.cmd.Stderr = os.Stderr
	p.stdin, err = p.cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, p.cmd.Start())
}

// kill kills the worker as kill -9 does.
func (p *workerProcess) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait() // it was killed
	_ = p.stdin.Close()
}

// work is the worker. It ends with its parent, which holds the other end of standard
// input.
func (p *workerProcess) work() error {
	worker.SetStickyWorkflowCacheSize(p.CacheSize)
	c, err := client.Dial(client.Options{HostPort: p.Addr, Logger: silent{}})
	if err != nil {
		return err
	}
	calls, err := os.OpenFile(p.Calls, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	config := serverConfig(p.Queue, NewClient(c, ClientOptions{TaskQueue: p.Queue}), func(task *interpreter.Task) {
		text, err := json.Marshal(call{Execution: task.Execution(), State: task.State, Item: task.Item, Token: task.Token(), Resumed: task.Resumed})
		if err != nil {
			panic(err)
		}
		mu.Lock()
		defer mu.Unlock()
		if _, err := calls.Write(append(text, '\n')); err != nil {
			panic(err)
		}
	})
	for _, queue := range []string{p.Queue, p.Queue + "-other"} {
		w := worker.New(c, queue, worker.Options{DeadlockDetectionTimeout: 5 * time.Second}) // as the README says for busy machines
		Register(w, config)
		if err := w.Start(); err != nil {
			return err
		}
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return errors.Join(errors.New("the parent has ended"), err)
}

// call is one of a handler.
type call struct {
	Execution, State string
	Item             int
	Token            string
	Resumed          bool
}

// allCalls reads the calls of handlers. The last line may be torn by a kill.
func (p *workerProcess) allCalls(t *testing.T) []call {
	t.Helper()
	f, err := os.Open(p.Calls)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	require.NoError(t, err)
	defer f.Close()
	var calls []call
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var c call
		if json.Unmarshal(lines.Bytes(), &c) == nil {
			calls = append(calls, c)
		}
	}
	return calls
}

// callsOf waits until handlers have been called for an execution, or for any, at least n
// times.
func (p *workerProcess) callsOf(t *testing.T, execution string, n int) []call {
	t.Helper()
	var calls []call
	require.Eventually(t, func() bool {
		calls = nil
		for _, c := range p.allCalls(t) {
			if execution == "" || c.Execution == execution {
				calls = append(calls, c)
			}
		}
		return len(calls) >= n
	}, time.Minute, 10*time.Millisecond, "%s: %d calls", execution, n)
	return calls
}

// largeDefinition is nearly as large as AWS allows.
var (
	largeState      = `"A": {"Type": "Pass", "Result": "` + strings.Repeat("x", 900_000) + `", "ResultPath": null, `
	largeDefinition = `{"StartAt": "A", "States": {` + largeState + `"End": true}}}`
)

const askForToken = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"

// serverConfig has handlers of all kinds. Calls are recorded before they do anything.
func serverConfig(queue string, answers *Client, record func(*interpreter.Task)) Config {
	child := func(definition string) *machine.Program {
		p, err := Compile([]byte(definition), interpreter.Options{})
		if err != nil {
			panic(err)
		}
		return p
	}
	work := func(d time.Duration, result func(*interpreter.Task) any) interpreter.HandlerFunc {
		return func(ctx context.Context, task *interpreter.Task) (any, error) {
			select {
			case <-time.After(d):
				return result(task), nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
	}
	echo := func(task *interpreter.Task) any { return task.Input }
	state := func(task *interpreter.Task) any { return task.State }
	handlers := map[string]interpreter.HandlerFunc{
		"echo":         work(0, echo),
		"other":        work(0, echo), // on another queue
		"local":        work(0, echo), // as a local activity
		"state":        work(200*time.Millisecond, state),
		"item":         work(700*time.Millisecond, echo),
		"pay":          work(0, func(*interpreter.Task) any { return "paid" }),
		"local-silent": work(time.Hour, echo),
		"silent":       work(time.Hour, echo),
		"large":        work(0, func(*interpreter.Task) any { return strings.Repeat("x", 5_000_000) }),
		"loud": func(context.Context, *interpreter.Task) (any, error) {
			return nil, asl.Errorf("Loud", "%s", strings.Repeat("x", 5_000_000))
		},
		"garbled": func(context.Context, *interpreter.Task) (any, error) {
			return nil, &asl.Error{Name: "a\xff", Cause: "b\xff"}
		},
		"panic":   func(context.Context, *interpreter.Task) (any, error) { panic("in the handler") },
		"fail":    func(context.Context, *interpreter.Task) (any, error) { return nil, asl.Errorf("Bad", "it is") },
		"pending": func(context.Context, *interpreter.Task) (any, error) { return nil, interpreter.ErrResultPending },
		"busy": func(_ context.Context, task *interpreter.Task) (any, error) {
			if task.Attempt < 2 {
				return nil, asl.Errorf("Busy", "attempt %d", task.Attempt)
			}
			return task.Attempt, nil
		},
		"beats": func(_ context.Context, task *interpreter.Task) (any, error) {
			beats := time.NewTicker(300 * time.Millisecond)
			defer beats.Stop()
			for range 8 {
				<-beats.C
				task.Heartbeat()
			}
			return "beaten", nil
		},
		"answer": func(ctx context.Context, task *interpreter.Task) (any, error) {
			token, _ := task.Input.(*value.Object).Get("Token")
			return "answered", answers.SendTaskSuccess(ctx, token.(string), "by the child")
		},
		askForToken: func(context.Context, *interpreter.Task) (any, error) { return map[string]any{"MessageId": "1"}, nil },
	}
	mux := make(interpreter.Mux)
	for name, h := range handlers {
		mux[name] = interpreter.HandlerFunc(func(ctx context.Context, task *interpreter.Task) (any, error) {
			record(task)
			return h(ctx, task)
		})
	}
	mux["arn:aws:states:us-east-1:123456789012:activity:a"] = interpreter.Worker("an.activity.worker", mux["echo"])
	return Config{
		Resolver: mux,
		Liveness: 3 * time.Second,
		Machines: map[string]*machine.Program{
			"child":   child(pays),
			"broken":  child(`{"StartAt": "F", "States": {"F": {"Type": "Task", "Resource": "fail", "End": true}}}`),
			"waits":   child(`{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 100, "End": true}}}`),
			"large":   child(largeDefinition),
			"answers": child(`{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "answer", "End": true}}}`),
		},
		Local: func(_, resource string) bool { return strings.HasPrefix(resource, "local") },
		Queue: func(_, resource string) string {
			if resource == "other" {
				return queue + "-other"
			}
			return queue
		},
	}
}

// serverRuns are what the server has kept of an execution.
type serverRuns struct {
	histories []*historypb.History
	events    int
	bytes     int
}

// downloadRuns downloads all runs of an execution, and replays them.
func (s *server) downloadRuns(t *testing.T, e *Execution, c Config) serverRuns {
	t.Helper()
	ctx := context.Background()
	ids, err := e.runs(ctx)
	require.NoError(t, err)
	var runs serverRuns
	for _, id := range ids {
		h := new(historypb.History)
		for events := s.client.GetWorkflowHistory(ctx, e.Name(), id, false, 0); events.HasNext(); {
			ev, err := events.Next()
			require.NoError(t, err)
			h.Events = append(h.Events, ev)
			runs.events, runs.bytes = runs.events+1, runs.bytes+ev.Size()
		}
		require.NoError(t, Replay(h, c), "replay of %s", e.Name())
		runs.histories = append(runs.histories, h)
	}
	return runs
}

// shorten makes long strings fit into a table.
func shorten(s string) string {
	s = strings.ReplaceAll(s, "\n", " ")
	if len(s) > 60 {
		return s[:57] + "..."
	}
	return s
}

// table aligns its columns.
type table [][]string

func (rows table) String() string {
	var b bytes.Buffer
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], len(cell))
		}
	}
	for _, row := range rows {
		for i, cell := range row {
			fmt.Fprintf(&b, "| %-*s ", widths[i], cell)
		}
		b.WriteString("|\n")
	}
	return b.String()
}
