package interpreter

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/gostates/gostates/history"
)

// Config configures an [Interpreter]. The zero value works for machines without
// tasks.
type Config struct {
	// Resolver finds the handlers of tasks, usually a [Mux]. Default: none.
	Resolver Resolver
	// Clock gives the time and wakes the interpreter. Default: the system's clock.
	Clock Clock
	// History receives all events of all executions, before the interpreter acts on
	// them. See [history.Sink] for how a sink may fail, and for the calls that it
	// and the other hooks may make. Default: none, at no cost.
	History history.Sink
	// Workers limits how many handlers run at the same time. Other tasks wait in a
	// queue; their timeouts start when their handlers do. As many executions may
	// also be driven at the same time because of a deadline. A handler that
	// outlives its task counts until it returns. If handlers wait for other
	// executions, there must be enough workers for the tasks of those. Default:
	// 256.
	Workers int
	// Logger receives panics of handlers and failures of the clock. Default:
	// slog.Default().
	Logger *slog.Logger
	// LogEvents also writes every event of executions to Logger: failures at level
	// Warn, all others at Debug. Inputs, outputs, variables and causes are left
	// out. Names of errors are written; a Fail state with an ErrorPath takes its
	// name from data.
	LogEvents bool
	// Rand is the source of seeds, token keys and default names of executions. A
	// predictable source makes tokens predictable. Default: crypto/rand.
	Rand io.Reader
}

const defaultWorkers = 256

// Interpreter runs executions. Make it with [New], and end it with
// [Interpreter.Close] or [Interpreter.Shutdown].
type Interpreter struct {
	resolver Resolver
	clock    Clock
	virtual  *VirtualClock // clock, if it is one; nil otherwise
	sink     history.Sink
	log      *slog.Logger
	logs     bool // Config.LogEvents
	workers  int
	drivers  int // most goroutines that drive executions that yielded

	foreignResolver bool // runs code of the host
	foreignClock    bool
	foreignHooks    bool // one of these, a sink or LogEvents: see Execution.isWatched

	ctx    context.Context // parent of the contexts of handlers
	cancel context.CancelFunc
	phase  lifecycle

	random  random
	pool    pool
	timers  timers
	spare   sync.Pool // *driver
	replies sync.Pool // chan error: see Execution.requestEvent

	stepping [16]sync.Mutex // see Execution.stepLock

	mu     sync.Mutex
	names  names
	tokens map[string]*Task
	starts atomic.Uint32
}

// lifecycle holds the phase of an Interpreter and the number of drives in progress
// in one word, so that Shutdown can close the interpreter at a moment without
// drives.
type lifecycle struct{ word atomic.Int64 }

// Phases of an Interpreter.
const (
	phaseOpen  int64 = iota
	phaseDrain       // Shutdown: running handlers may finish, no other starts
	phaseClosed

	phaseShift = 48
	drivesMask = 1<<phaseShift - 1
)

// Load returns the phase.
func (l *lifecycle) Load() int64 { return l.word.Load() >> phaseShift }

// advancePhase moves to a later phase.
func (l *lifecycle) advancePhase(phase int64) {
	for w := l.word.Load(); w>>phaseShift < phase; w = l.word.Load() {
		if l.word.CompareAndSwap(w, w&drivesMask|phase<<phaseShift) {
			return
		}
	}
}

// beginDrive counts a drive.
func (l *lifecycle) beginDrive() { l.word.Add(1) }

// endDrive reports whether that was the last drive of an interpreter that shuts
// down.
func (l *lifecycle) endDrive() bool {
	w := l.word.Add(-1)
	return w != 0 && w&drivesMask == 0
}

// closeIdle moves to phaseClosed unless a drive is in progress. It reports whether
// the phase is phaseClosed now.
func (l *lifecycle) closeIdle() bool {
	const closed = phaseClosed << phaseShift
	for w := l.word.Load(); w&drivesMask == 0; w = l.word.Load() {
		if w == closed || l.word.CompareAndSwap(w, closed) {
			return true
		}
	}
	return false
}

// New returns an Interpreter with the configuration c.
func New(c Config) *Interpreter {
	in := &Interpreter{
		resolver: prepareResolver(c.Resolver),
		clock:    c.Clock,
		sink:     c.History,
		log:      c.Logger,
		logs:     c.LogEvents,
		workers:  c.Workers,
		names:    names{make(map[nameKey]*Execution), make(map[nameKey][]func(*Execution)), false},
		tokens:   make(map[string]*Task),
	}
	if in.clock == nil {
		in.clock = systemClock{}
	}
	in.virtual, _ = in.clock.(*VirtualClock)
	in.drivers = runtime.GOMAXPROCS(0)
	if in.virtual != nil {
		in.drivers = 1 // for one order
	}
	if in.log == nil {
		in.log = slog.Default()
	}
	_, system := in.clock.(systemClock)
	in.foreignClock = !system && in.virtual == nil
	in.foreignResolver = !isOurs(in.resolver)
	in.foreignHooks = in.foreignClock || in.foreignResolver || in.sink != nil || in.logs
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

// Close ends the interpreter at once. Callers that wait for an execution get
// [ErrClosed], and the contexts of running handlers end. Close waits neither for
// handlers nor for hooks; later results of handlers are dropped. A state that computes
// runs to its end, after at most Limits.ExpressionSteps. A Snapshot of an execution can
// be restored elsewhere, with its outstanding tasks. It has everything that was
// acknowledged: calls such as SendTaskSuccess and Stop that wait for a hook return
// ErrClosed. The error is always nil.
func (in *Interpreter) Close() error {
	in.phase.advancePhase(phaseClosed)
	in.cancel()
	in.pool.dropQueuedTasks(in)
	in.timers.closeTimers()
	return nil
}

// Shutdown closes the interpreter after the running handlers and hooks have
// returned. It takes in the results of these handlers and starts no other. No hook
// is called after Shutdown has returned nil. If ctx ends first, it closes the
// interpreter at once and returns the context's error. It returns [ErrReentry]
// inside a hook, and inside a handler if ctx cannot end.
func (in *Interpreter) Shutdown(ctx context.Context) error {
	if insideHook() || ctx.Done() == nil && insideHandler() {
		return fmt.Errorf("interpreter: shutdown: %w", ErrReentry)
	}
	in.phase.advancePhase(phaseDrain)
	in.pool.dropQueuedTasks(in)
	in.timers.closeTimers()
	defer in.Close()
	select {
	case <-in.restChannel():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// beginDrive counts a drive. Shutdown and a virtual clock wait for its end.
func (in *Interpreter) beginDrive() {
	in.phase.beginDrive()
	in.countWork(1)
}

func (in *Interpreter) endDrive() {
	in.countWork(-1)
	if in.phase.endDrive() {
		in.pool.mu.Lock()
		in.closeIfResting()
		in.pool.mu.Unlock()
	}
}

// countWork tells a virtual clock how many pieces of work begin, or end if n is
// negative.
func (in *Interpreter) countWork(n int) {
	if in.virtual != nil {
		in.virtual.countWork(n, 0)
	}
}

// countHandlers tells a virtual clock how many tasks begin, or end if n is
// negative.
func (in *Interpreter) countHandlers(n int) {
	if in.virtual != nil {
		in.virtual.countWork(n, n)
	}
}

// random buffers random bytes for new executions.
type random struct {
	mu     sync.Mutex
	source io.Reader
	buf    [1024]byte
	left   int

	filling atomic.Bool
}

var fillEntry = reflect.ValueOf((*random).refillBuffer).Pointer()

// maxEmptyReads is how often in a row the source may return 0 bytes.
const maxEmptyReads = 100

// refillBuffer reads from the source. The caller holds the lock.
//
//go:noinline
func (r *random) refillBuffer() error {
	r.filling.Store(true)
	defer r.filling.Store(false)
	return callHook(hookRand, func() error {
		for got, empty := 0, 0; got < len(r.buf); empty++ {
			n, err := r.source.Read(r.buf[got:])
			if n > 0 {
				got, empty = got+n, 0
			}
			if got < len(r.buf) && (err != nil || empty == maxEmptyReads) {
				return cmp.Or(err, io.ErrNoProgress)
			}
		}
		r.left = len(r.buf)
		return nil
	})
}

func (r *random) readRandom(dst []byte) error {
	if r.filling.Load() && calledFrom(fillEntry) {
		return ErrReentry
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.left < len(dst) {
		if err := r.refillBuffer(); err != nil {
			return err
		}
	}
	from := r.buf[len(r.buf)-r.left:][:len(dst)]
	copy(dst, from)
	clear(from) // do not keep keys in memory
	r.left -= len(dst)
	return nil
}
