package interpreter

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/gostates/gostates/history"
)

// Config is what an [Interpreter] works with. The zero Config works, for
// machines without tasks.
type Config struct {
	// Resolver finds the handlers of tasks: a [Mux], as a rule. Default: none.
	Resolver Resolver
	// Clock tells the time and wakes the interpreter. Default: the system's.
	Clock Clock
	// History receives every event of every execution, before what follows from
	// it is done. Default: none, which costs nothing.
	History history.Sink
	// Workers is how many handlers may run at a time; more tasks queue for
	// them, and their timeouts start when they get one. A handler that outlives
	// its task counts until it returns, and so does one that waits for another
	// execution: where handlers do that, there must be workers left for the
	// tasks of those. Default: 256.
	Workers int
	// Logger is told of handlers that panic. Default: slog.Default().
	Logger *slog.Logger
	// LogEvents also writes every event of executions to Logger: failures as
	// warnings, all else for debugging. Inputs, outputs, variables and causes,
	// which may quote them, are left out. The names of errors are written; a
	// Fail state with an ErrorPath takes its name from data.
	LogEvents bool
	// Rand gives the seeds, the keys of tokens and the default names of
	// executions. Whoever replaces it makes tokens guessable. Default:
	// crypto/rand.
	Rand io.Reader
}

const defaultWorkers = 256

// Interpreter runs executions. Make it with [New], end it with
// [Interpreter.Close] or [Interpreter.Shutdown].
type Interpreter struct {
	resolver Resolver
	clock    Clock
	virtual  *VirtualClock // the clock, if it is one
	sink     history.Sink
	log      *slog.Logger
	workers  int
	drivers  int // how many goroutines drive executions that yielded

	ctx    context.Context // of all handlers
	cancel context.CancelFunc
	phase  atomic.Int32

	random random
	pool   pool
	timers timers
	spare  sync.Pool // of *driver

	mu     sync.Mutex
	names  map[nameKey]*Execution
	tokens map[string]*Task
	starts atomic.Uint32
}

// The phases of an Interpreter's life.
const (
	phaseOpen  int32 = iota
	phaseDrain       // Shutdown: what runs may end, nothing begins
	phaseClosed
)

// New returns an Interpreter.
func New(c Config) *Interpreter {
	in := &Interpreter{
		resolver: prepared(c.Resolver),
		clock:    c.Clock,
		sink:     c.History,
		log:      c.Logger,
		workers:  c.Workers,
		names:    make(map[nameKey]*Execution),
		tokens:   make(map[string]*Task),
	}
	if in.clock == nil {
		in.clock = systemClock{}
	}
	in.virtual, _ = in.clock.(*VirtualClock)
	in.drivers = runtime.GOMAXPROCS(0)
	if in.virtual != nil {
		in.drivers = 1 // in one order
	}
	if in.log == nil {
		in.log = slog.Default()
	}
	if c.LogEvents {
		in.sink = logged(in.log, in.sink)
	}
	if in.workers <= 0 {
		in.workers = defaultWorkers
	}
	in.random.source = c.Rand
	if c.Rand == nil {
		in.random.source = rand.Reader
	}
	in.timers.in = in
	in.timers.alarm = alarm{in: in, mu: &in.timers.mu, at: never}
	in.ctx, in.cancel = context.WithCancel(context.Background())
	return in
}

// Close ends the interpreter at once. Whoever waits for an execution gets
// [ErrClosed], and the contexts of running handlers end; Close does not wait for
// them, and what they still return is dropped. Executions stay as they are:
// their Snapshot can go on elsewhere, with the tasks that were outstanding.
func (in *Interpreter) Close() error {
	in.phase.Store(phaseClosed)
	in.cancel()
	in.timers.close()
	in.pool.clear(in)
	return nil
}

// Shutdown lets the handlers that run finish, takes in what they return, starts
// no others, and then closes the interpreter. When ctx ends before that it
// closes at once and returns the context's error.
func (in *Interpreter) Shutdown(ctx context.Context) error {
	in.phase.CompareAndSwap(phaseOpen, phaseDrain)
	in.timers.close()
	in.pool.clear(in)
	defer in.Close()
	select {
	case <-in.pool.rest():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// busy tells a virtual clock that work begins or ends.
func (in *Interpreter) busy(n int) {
	if in.virtual != nil {
		in.virtual.busy(n, 0)
	}
}

// handling tells a virtual clock that tasks begin or end.
func (in *Interpreter) handling(n int) {
	if in.virtual != nil {
		in.virtual.busy(n, n)
	}
}

// random draws what is random for new executions, many at a time.
type random struct {
	mu     sync.Mutex
	source io.Reader
	buf    [1024]byte
	left   int
}

func (r *random) read(dst []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.left < len(dst) {
		if _, err := io.ReadFull(r.source, r.buf[:]); err != nil {
			return err
		}
		r.left = len(r.buf)
	}
	from := r.buf[len(r.buf)-r.left:][:len(dst)]
	copy(dst, from)
	clear(from) // keys do not stay behind
	r.left -= len(dst)
	return nil
}
