package httptask_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/httptask"
)

// fates says how the server treats calls, by their number in a hundred: 10 get status
// 503, 5 hang and 1 is cut off in its body.
func fate(n int) string {
	switch n *= 37; { // the bad ones are spread
	case n%100 < 10:
		return "503"
	case n%100 < 15:
		return "hang"
	case n%100 < 16:
		return "cut"
	}
	return "ok"
}

// work is a call in the machine's input: its number, and how often the server fails it
// before it succeeds.
type work struct {
	Number int `json:"number"`
	Bad    int `json:"bad"` // 9: always
}

// load counts the requests that a server received.
type load struct {
	mu    sync.Mutex
	tries map[int]int
	got   map[string]int
	ends  map[string]int // of executions
}

func (l *load) serve(w http.ResponseWriter, r *http.Request) {
	var c work
	if err := json.NewDecoder(r.Body).Decode(&c); err != nil {
		w.WriteHeader(400)
		return
	}
	l.mu.Lock()
	l.tries[c.Number]++
	f := "ok"
	if l.tries[c.Number] <= c.Bad {
		f = fate(c.Number)
	}
	l.got[f]++
	l.mu.Unlock()
	switch f {
	case "503":
		w.WriteHeader(503)
	case "hang":
		<-r.Context().Done()
	case "cut":
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte(`{"number"`))
	default:
		_, _ = fmt.Fprintf(w, `{"number": %d}`, c.Number)
	}
}

// loaded makes five calls in sequence. A failed call is retried once. If it fails again
// it is caught, or else fails the execution.
func loaded(t *testing.T, url string) *interpreter.Program {
	states := ""
	for i := range 5 {
		next := fmt.Sprintf(`"Next": "Call%d"`, i+1)
		if i == 4 {
			next = `"Next": "Done"`
		}
		states += fmt.Sprintf(`"Call%d": {"Type": "Task", "Resource": %q, "InputPath": "$.calls[%d]", "ResultPath": "$.answers[%d]",
			"Retry": [{"ErrorEquals": ["States.Http.StatusCode.503", "States.Http.Socket"], "IntervalSeconds": 0, "MaxAttempts": 1}],
			"Catch": [{"ErrorEquals": ["States.Http.Socket"], "Next": "Caught"}], %s},`, i, url, i, i, next)
	}
	p, err := interpreter.Compile([]byte(`{"StartAt": "Call0", "States": {`+states+`
		"Done": {"Type": "Pass", "Result": "done", "End": true}, "Caught": {"Type": "Pass", "Result": "caught", "End": true}}}`), interpreter.Options{})
	require.NoError(t, err)
	return p
}

// outcome returns how an execution with these calls must end, and how many requests it
// takes.
func outcome(calls []work) (end string, requests int) {
	for _, c := range calls {
		requests++
		if c.Bad == 0 {
			continue
		}
		requests++
		if c.Bad > 1 {
			switch fate(c.Number) {
			case "503":
				return "failed", requests
			case "ok":
				requests--
			default:
				return "caught", requests
			}
		}
	}
	return "done", requests
}

const (
	callsEach = 5
	atOnce    = 200
)

// Calls that hang, are cut off or are rejected do not disturb the others.
func TestLoad(t *testing.T) {
	l := newLoad()
	inBubble(t, l.serve, func(t *testing.T, p *pipes, config httptask.Config) {
		config.Client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: atOnce, MaxIdleConns: atOnce}}
		config.Timeout = time.Second
		require.Empty(t, l.put(t, pipeURL+"/", config, 300))
	})
}

var long = flag.Bool("load", false, "also run TestLoadOverSockets, which takes some 15 seconds")

// Calls that hang take a second each, so there can be many. If the machine is so busy
// that other calls take as long, fewer calls get more time.
func TestLoadOverSockets(t *testing.T) {
	if !*long {
		t.Skip("it takes some 15 seconds: run it with -load")
	}
	executions, timeout := 10_000, time.Second
	for range 3 {
		late := loadSockets(t, executions, timeout)
		if len(late) == 0 {
			return
		}
		t.Logf("with a timeout of %v: %s, and %d more", timeout, late[0], len(late)-1)
		executions, timeout = executions/5, timeout*5
	}
	t.Error("executions end otherwise than they should, however long their calls have")
}

// loadSockets makes the calls over sockets and checks that none is left open.
func loadSockets(t *testing.T, executions int, timeout time.Duration) (late []string) {
	goroutines, files := runtime.NumGoroutine(), descriptors()
	l := newLoad()
	server := httptest.NewUnstartedServer(http.HandlerFunc(l.serve))
	var connections atomic.Int64
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	start := time.Now()
	late = l.put(t, server.URL+"/", httptask.Config{
		Client:    &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: atOnce, MaxIdleConns: atOnce}},
		PlainHTTP: true, Ports: []int{port(t, server)},
		Allow: func(*url.URL) bool { return true }, AllowAddress: netip.Addr.IsLoopback, Timeout: timeout,
	}, executions)
	took := time.Since(start)
	server.Close()
	require.True(t, soon(func() bool { return runtime.NumGoroutine() <= goroutines }), "goroutines stay behind")
	require.LessOrEqual(t, descriptors(), files, "descriptors stay behind")
	fmt.Printf("load: %d executions, %d at a time, in %.1fs: %d done, %d caught, %d failed; "+
		"%d requests (%d ok, %d of 503, %d hung, %d cut off) over %d connections\n", executions, atOnce, took.Seconds(),
		l.ends["done"], l.ends["caught"], l.ends["failed"], l.total(), l.got["ok"], l.got["503"], l.got["hang"], l.got["cut"], connections.Load())
	if len(late) == 0 {
		l.requireConnections(t, connections.Load())
	}
	return late
}

func newLoad() *load {
	return &load{tries: make(map[int]int), got: make(map[string]int), ends: make(map[string]int)}
}

func (l *load) total() int { return l.got["ok"] + l.got["503"] + l.got["hang"] + l.got["cut"] }

func (l *load) requireConnections(t *testing.T, n int64) {
	t.Helper()
	require.LessOrEqual(t, n, int64(l.got["hang"]+l.got["cut"]+2*atOnce), "connections are not used again")
}

// put makes the calls. It returns the differences that a busy machine explains:
// executions that end differently because calls timed out.
func (l *load) put(t *testing.T, url string, config httptask.Config, executions int) (late []string) {
	h, err := httptask.New(config)
	require.NoError(t, err)
	in := interpreter.New(interpreter.Config{Resolver: h, Workers: atOnce})
	p := loaded(t, url)
	requests, number := 0, 0
	var mu sync.Mutex
	var wg sync.WaitGroup
	free := make(chan struct{}, atOnce)
	for i := range executions {
		all := make([]work, callsEach)
		for j := range all {
			all[j] = work{Number: number}
			if fate(number) != "ok" {
				all[j].Bad = 1
				if i%2 == 1 {
					all[j].Bad = 9
				}
			}
			number++
		}
		want, n := outcome(all)
		requests += n
		free <- struct{}{}
		wg.Go(func() {
			defer func() { <-free }()
			got, err := interpreter.Run[string](background, in, p, map[string]any{"calls": all, "answers": make([]any, callsEach)})
			if err != nil {
				got = "failed"
			}
			mu.Lock()
			defer mu.Unlock()
			l.ends[got]++
			if got != want {
				late = append(late, fmt.Sprintf("execution %d, which is %s (%v), and not %s", i, got, err, want))
			}
		})
	}
	wg.Wait()
	require.NoError(t, in.Close())
	h.Close()
	if len(late) > 0 {
		return late
	}
	require.GreaterOrEqual(t, l.total(), requests)
	if l.total() > requests {
		return []string{fmt.Sprintf("%d requests, and not %d", l.total(), requests)}
	}
	return nil
}

// descriptors returns the number of files that this process has open, or 0 if it is not
// known.
func descriptors() int {
	dir, err := os.Open("/proc/self/fd")
	if err != nil {
		return 0
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil && err != io.EOF {
		return 0
	}
	return len(names)
}
