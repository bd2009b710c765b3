//go:build unix

// Command bench compares the processor time of state machines with that of workflows
// written by hand that do the same activities: in replays, and of workers on a server.
// It needs a server: that of TEMPORAL_ADDR, or the program temporal in PATH. Both kinds
// run in turn, since the speed of a machine changes.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/temporal"
)

var (
	tasks     = flag.Int("tasks", 100, "tasks of a workflow")
	onServer  = flag.Int("server", 3, "rounds on the server")
	rounds    = flag.Int("rounds", 9, "rounds of replays")
	replays   = flag.Int("replays", 100, "replays in a round")
	workflows = flag.Int("workflows", 10, "workflows on the server in a round, all at once")
	asWorker  = flag.String("worker", "", "be the worker of a server's address")
)

func main() {
	flag.Parse()
	run := measure
	if *asWorker != "" {
		run = work
	}
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

// data is what the tasks pass on.
type data struct {
	Order string
	Cents int
	Tags  []string
}

var input = data{Order: "order-1", Cents: 500, Tags: []string{"a", "b"}}

func echo(_ context.Context, d data) (data, error) { return d, nil }

// byHand is the workflow that is written by hand.
func byHand(ctx workflow.Context, n int, d data) (data, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Hour, HeartbeatTimeout: 30 * time.Second})
	for range n {
		if err := workflow.ExecuteActivity(ctx, "echo", d).Get(ctx, &d); err != nil {
			return data{}, err
		}
	}
	return d, nil
}

var config = temporal.Config{Resolver: interpreter.Mux{"echo": interpreter.Func(echo)}}

func compile() (*machine.Program, error) {
	var states []string
	for i := range *tasks {
		states = append(states, fmt.Sprintf(`"T%d": {"Type": "Task", "Resource": "echo", "Next": "T%d"}`, i, i+1))
	}
	return temporal.Compile(fmt.Appendf(nil, `{"StartAt": "T0", "States": {%s, "T%d": {"Type": "Succeed"}}}`, strings.Join(states, ","), *tasks), interpreter.Options{})
}

const queue = "bench"

// processorTime is that of this process so far.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		log.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// work is a worker. It ends when standard input does, and then prints the processor time
// of its work.
func work() error {
	c, err := client.Dial(client.Options{HostPort: *asWorker, Logger: quiet{}})
	if err != nil {
		return err
	}
	w := worker.New(c, queue, worker.Options{})
	temporal.Register(w, config)
	w.RegisterWorkflowWithOptions(byHand, workflow.RegisterOptions{Name: "by hand"})
	w.RegisterActivityWithOptions(echo, activity.RegisterOptions{Name: "echo"})
	if err := w.Start(); err != nil {
		return err
	}
	before := processorTime()
	_, err = io.Copy(io.Discard, os.Stdin)
	fmt.Println((processorTime() - before).Microseconds())
	return err
}

// kind is one of those that are compared.
type kind struct {
	name    string
	start   func(id string) error
	history *historypb.History
	replay  worker.WorkflowReplayer
}

func measure() error {
	addr, stop, err := findServer()
	if err != nil {
		return err
	}
	defer stop()
	c, err := dial(addr)
	if err != nil {
		return err
	}
	defer c.Close()
	program, err := compile()
	if err != nil {
		return err
	}
	ctx, starter := context.Background(), temporal.NewClient(c, temporal.ClientOptions{TaskQueue: queue})
	kinds := []*kind{
		{name: "written by hand", start: func(id string) error {
			_, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: id, TaskQueue: queue}, "by hand", *tasks, input)
			return err
		}},
		{name: "state machine", start: func(id string) error {
			_, err := starter.Start(ctx, program, input, temporal.StartOptions{Name: id})
			return err
		}},
	}
	for _, k := range kinds {
		k.replay = worker.NewWorkflowReplayer()
		k.replay.RegisterWorkflowWithOptions(byHand, workflow.RegisterOptions{Name: "by hand"})
		temporal.Register(workflowsOf{replayer: k.replay}, config)
	}
	fmt.Printf("%d tasks in a sequence\n", *tasks)
	var costs [2][]float64
	for round := range *onServer + 1 {
		for i, k := range kinds {
			cost, err := k.onServer(c, addr, fmt.Sprintf("%s %d %d", k.name, round, time.Now().UnixNano()))
			if err != nil {
				return fmt.Errorf("%s: %w", k.name, err)
			}
			if round > 0 { // the first one warms up the server
				costs[i] = append(costs[i], cost)
			}
		}
	}
	report("worker on the server, a task with its workflow task", costs)
	costs = [2][]float64{}
	for round := range *rounds + 1 {
		for i, k := range kinds {
			before := processorTime()
			for range *replays {
				if err := k.replayHistory(); err != nil {
					return fmt.Errorf("%s: %w", k.name, err)
				}
			}
			if round > 0 { // the first one warms up
				costs[i] = append(costs[i], (processorTime()-before).Seconds()/float64(*replays*workflowTasks(k.history)))
			}
		}
	}
	report("replay, a workflow task", costs)
	return nil
}

// workflowsOf registers workflows with a replayer.
type workflowsOf struct {
	worker.Registry
	replayer worker.WorkflowReplayer
}

func (w workflowsOf) RegisterWorkflowWithOptions(f any, o workflow.RegisterOptions) {
	w.replayer.RegisterWorkflowWithOptions(f, o)
}

func (workflowsOf) RegisterActivityWithOptions(any, activity.RegisterOptions) {}

func (k *kind) replayHistory() error {
	started := k.history.GetEvents()[0].GetWorkflowExecutionStartedEventAttributes()
	return k.replay.ReplayWorkflowHistoryWithOptions(quiet{}, k.history, worker.ReplayWorkflowHistoryOptions{
		OriginalExecution: workflow.Execution{ID: started.GetWorkflowId(), RunID: started.GetOriginalExecutionRunId()},
	})
}

// report prints medians, in microseconds of processor time.
func report(what string, costs [2][]float64) {
	var ratios []float64
	for i := range costs[0] {
		ratios = append(ratios, costs[1][i]/costs[0][i])
	}
	median := func(ns []float64) float64 {
		slices.Sort(ns)
		return ns[len(ns)/2]
	}
	if len(ratios) == 0 {
		return
	}
	low, high := slices.Min(ratios), slices.Max(ratios)
	fmt.Printf("%s: by hand %.1f us, state machine %.1f us, median ratio %.2f (%.2f to %.2f in %d rounds)\n",
		what, median(costs[0])*1e6, median(costs[1])*1e6, median(ratios), low, high, len(ratios))
}

func workflowTasks(h *historypb.History) (n int) {
	for _, e := range h.GetEvents() {
		if e.GetEventType() == enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
			n++
		}
	}
	return n
}

// onServer runs workflows with a worker, and returns the worker's processor time for a task.
func (k *kind) onServer(c client.Client, addr, id string) (seconds float64, err error) {
	w := exec.Command(os.Args[0], "-worker", addr)
	w.Stderr = os.Stderr
	stdin, err := w.StdinPipe()
	if err != nil {
		return 0, err
	}
	stdout, err := w.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := w.Start(); err != nil {
		return 0, err
	}
	ctx := context.Background()
	for i := range *workflows {
		err = errors.Join(err, k.start(fmt.Sprintf("%s %d", id, i)))
	}
	for i := range *workflows {
		var d data
		err = errors.Join(err, c.GetWorkflow(ctx, fmt.Sprintf("%s %d", id, i), "").Get(ctx, &d))
	}
	err = errors.Join(err, stdin.Close())
	var micros int64
	line, _ := bufio.NewReader(stdout).ReadString('\n')
	_, scanned := fmt.Sscan(line, &micros)
	if err = errors.Join(err, scanned, w.Wait()); err != nil {
		return 0, err
	}
	k.history = new(historypb.History)
	for events := c.GetWorkflowHistory(ctx, id+" 0", "", false, 0); events.HasNext(); {
		e, err := events.Next()
		if err != nil {
			return 0, err
		}
		k.history.Events = append(k.history.Events, e)
	}
	return float64(micros) / 1e6 / float64(*workflows**tasks), nil
}

// findServer returns the address of a server, and starts one if none is known.
func findServer() (addr string, stop func(), err error) {
	if addr = os.Getenv("TEMPORAL_ADDR"); addr != "" {
		return addr, func() {}, nil
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	addr = l.Addr().String()
	if err := l.Close(); err != nil {
		return "", nil, err
	}
	_, port, _ := net.SplitHostPort(addr)
	s := exec.Command("temporal", "server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port", port, "--log-level", "never")
	if err := s.Start(); err != nil {
		return "", nil, fmt.Errorf("there is no server: TEMPORAL_ADDR is empty, and: %w", err)
	}
	return addr, func() {
		_ = s.Process.Kill()
		_ = s.Wait() // it was killed
	}, nil
}

// dial waits for a server.
func dial(addr string) (c client.Client, err error) {
	for range 300 {
		if c, err = client.Dial(client.Options{HostPort: addr, Logger: quiet{}}); err == nil {
			return c, nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return nil, err
}

// quiet is a logger of the SDK.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
