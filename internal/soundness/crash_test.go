package soundness

import (
	"context"
	stderrors "errors"
	"flag"
	"fmt"
	"hash/fnv"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
	"github.com/gostates/gostates/value"
)

var crashes = flag.Int("crashes", 300, "how many machines to run through processes that crash")

// A machine that runs in processes that crash after Commits ends as it does in one
// process, and its history has no gaps and is folded to the same events at each start. If
// it has branches, the order of their answers decides how it ends.
func TestCrashesChangeNothing(t *testing.T) {
	var s crashStatistics
	for i := range *crashes {
		s.try(t, *seed<<32+uint64(i))
	}
	t.Logf("%d machines, %d of them without branches; %d crashes; ends: %v", s.machines, s.sequential, s.crashes, s.ends)
	if s.crashes < s.machines {
		t.Error("there were few crashes")
	}
}

type crashStatistics struct {
	machines, sequential, crashes int
	ends                          map[machine.Status]int
}

func (s *crashStatistics) try(t *testing.T, seed uint64) {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 1))}
	text := g.machine()
	m, err := asl.Parse([]byte(text))
	if err != nil || strings.Contains(text, ".waitForTaskToken") || strings.Contains(text, ":activity:") {
		return
	}
	p, err := machine.Compile(m, machine.Options{Limits: limits})
	if err != nil {
		return
	}
	input := data(constant(g.Rand, 3))
	straight, _ := runThroughCrashes(t, p, input, nil)
	crashed, n := runThroughCrashes(t, p, input, g.Rand)
	s.machines++
	s.crashes += n
	if s.ends == nil {
		s.ends = map[machine.Status]int{}
	}
	s.ends[crashed.Status]++
	if strings.Contains(text, `"Parallel"`) || strings.Contains(text, `"Map"`) {
		return
	}
	s.sequential++
	if a, b := describeEnd(straight), describeEnd(crashed); a != b {
		t.Errorf("seed %d: in one process: %s\nwith %d crashes: %s\n%s\ninput %s", seed, a, n, b, text, value.String(input))
	}
}

func describeEnd(d *interpreter.Description) string {
	return fmt.Sprintf("%s, output %s, failure %v, %d events", d.Status, value.String(d.Output), d.Failure, d.Version)
}

// runThroughCrashes runs an execution in processes that crash at random, or in one if r
// is nil, and returns how it ended and the number of crashes.
func runThroughCrashes(t *testing.T, p *machine.Program, input any, r *rand.Rand) (d *interpreter.Description, crashes int) {
	t.Helper()
	kept := memory.New()
	clock := interpreter.NewVirtualClock(time.Unix(0, 0))
	for {
		s := &crashing{Store: kept, r: r, ctx: make(chan struct{})}
		in := interpreter.New(interpreter.Config{
			Store: s, Clock: clock, Workers: 1, Resolver: answering{}, MaxDeliveries: 1 << 30,
			Rand: counted(crashes), Logger: slog.New(slog.DiscardHandler),
		})
		ctx, cancel := context.WithCancel(context.Background())
		go func() {
			select {
			case <-s.ctx:
			case <-ctx.Done():
			}
			_ = in.Close()
		}()
		e, err := in.Start(ctx, p, input, interpreter.StartOptions{Name: "run", Seed: [2]uint64{1, 2}})
		var exists *interpreter.ExecutionExistsError
		if stderrors.As(err, &exists) {
			e, err = exists.Execution, nil
		}
		if err == nil {
			err = e.Wait(ctx)
		}
		var failed *interpreter.ExecutionError
		if err == nil || stderrors.As(err, &failed) {
			id := e.ID()
			cancel()
			_ = in.Close()
			return describeStored(t, kept, id), crashes
		}
		cancel()
		_ = in.Close()
		if !s.hasCrashed() {
			t.Fatalf("the execution did not end: %v", err)
		}
		crashes++
	}
}

// describeStored returns how an execution ended, with the number of its events instead
// of its version, which depends on the crashes.
func describeStored(t *testing.T, s store.Store, id store.ID) *interpreter.Description {
	t.Helper()
	in := interpreter.New(interpreter.Config{Store: s, Logger: slog.New(slog.DiscardHandler)})
	defer in.Close()
	d, err := in.Describe(context.Background(), id)
	if err != nil || d.Problem != nil {
		t.Fatal(err, d)
	}
	d.Version = 0
	for ev, err := range in.History(context.Background(), id, interpreter.HistoryOptions{}) {
		if d.Version++; err != nil || uint64(ev.ID) != d.Version {
			t.Fatalf("event %d: %v, %v", d.Version, ev, err)
		}
	}
	return d
}

// crashing is a store after some of whose Commits the process is gone.
type crashing struct {
	store.Store
	r   *rand.Rand // nil: it never crashes
	ctx chan struct{}

	mu      sync.Mutex
	crashed bool
}

var errCrashed = stderrors.New("crashed")

func (s *crashing) hasCrashed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.crashed
}

func (s *crashing) Commit(ctx context.Context, changes []store.Change) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.crashed {
		return errCrashed
	}
	before := s.r != nil && s.r.IntN(6) == 0
	if !before {
		if err := s.Store.Commit(ctx, changes); err != nil || s.r == nil || s.r.IntN(3) > 0 {
			return err
		}
	}
	s.crashed = true
	close(s.ctx)
	return errCrashed
}

// answering answers each task by what it is asked.
type answering struct{}

func (answering) Resolve(string, string) (interpreter.Handler, bool) {
	return interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
		sum := fnv.New64a()
		fmt.Fprint(sum, task.State, task.Attempt, value.String(task.Input))
		r := rand.New(rand.NewPCG(sum.Sum64(), 2))
		if r.IntN(2) == 0 {
			return data(constant(r, 2)), nil
		}
		return nil, asl.Errorf(pick(r, errors...), "as asked")
	}), true
}

// counted is randomness that is another one in each process.
type counted uint64

func (c counted) Read(b []byte) (int, error) {
	r := rand.New(rand.NewPCG(uint64(c), 3))
	for i := range b {
		b[i] = byte(r.Uint64())
	}
	return len(b), nil
}
