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

// Config is what an [Interpreter] works with. The zero Config works, for
// machines without tasks.
type Config struct {
	// Resolver finds the handlers of tasks: a [Mux], as a rule. Default: none.
	Resolver Resolver
	// Clock tells the time and wakes the interpreter. Default: the system's.
	Clock Clock
	// History receives every event of every execution, before what follows from
	// it is done. See [history.Sink] for how it may fail and what it, and the
	// other hooks here, may call. Default: none, which costs nothing.
	History history.Sink
	// Workers is how many handlers may run at a time; more tasks queue for
	// them, and their timeouts start when they get one. As many executions may
	// go on at a time because a deadline has passed. A handler that outlives
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
	logs     bool // events too
	workers  int
	drivers  int // how many goroutines drive executions that yielded

	foreignResolver bool // calls code of the host
	foreignClock    bool
	foreignHooks    bool // one of these, or a sink: see Execution.watched

	ctx    context.Context // of all handlers
	cancel context.CancelFunc
	phase  life

	random  random
	pool    pool
	timers  timers
	spare   sync.Pool // of *driver
	replies sync.Pool // of chan error: see Execution.request

	stepping [16]sync.Mutex // see Execution.stepLock

	mu     sync.Mutex
	names  names
	tokens map[string]*Task
	starts atomic.Uint32
}

// life holds the phase of an Interpreter and the number of drives under way in one
// word: Shutdown ends at a moment without drives, after which none begins.
type life struct{ word atomic.Int64 }

// The phases of an Interpreter's life.
const (
	phaseOpen  int64 = iota
	phaseDrain       // Shutdown: what runs may end, nothing begins
	phaseClosed

	phaseShift = 48
	drivesMask = 1<<phaseShift - 1
)

// Load returns the phase.
func (l *life) Load() int64 { return l.word.Load() >> phaseShift }

// advance goes on to a later phase.
func (l *life) advance(phase int64) {
	for w := l.word.Load(); w>>phaseShift < phase; w = l.word.Load() {
		if l.word.CompareAndSwap(w, w&drivesMask|phase<<phaseShift) {
			return
		}
	}
}

// beginDrive counts a drive.
func (l *life) beginDrive() { l.word.Add(1) }

// endDrive ends it. It reports whether that was the last one of an interpreter
// that shuts down.
func (l *life) endDrive() bool {
	w := l.word.Add(-1)
	return w != 0 && w&drivesMask == 0
}

// closeIdle goes on to phaseClosed if no drive is under way.
func (l *life) closeIdle() bool {
	const closed = phaseClosed << phaseShift
	for w := l.word.Load(); w&drivesMask == 0; w = l.word.Load() {
		if w == closed || l.word.CompareAndSwap(w, closed) {
			return true
		}
	}
	return false
}

// New returns an Interpreter.
func New(c Config) *Interpreter {
	in := &Interpreter{
		resolver: prepared(c.Resolver),
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
		in.drivers = 1 // in one order
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

// Close ends the interpreter at once. Whoever waits for an execution gets
// [ErrClosed], and the contexts of running handlers end; Close does not wait for
// them nor for a hook that is being called, and what handlers still return is
// dropped. A state that computes goes on to its end, of at most
// Limits.ExpressionSteps. Executions stay as they are: their Snapshot can go on
// elsewhere, with the tasks that were outstanding. It has all that was acknowledged: calls such as
// SendTaskSuccess and Stop that wait for a hook return ErrClosed. The error is always
// nil.
func (in *Interpreter) Close() error {
	in.phase.advance(phaseClosed)
	in.cancel()
	in.pool.clear(in)
	in.timers.close()
	return nil
}

// Shutdown lets the handlers and hooks that run finish, takes in what handlers
// return, starts no others, and then closes the interpreter: no hook is called
// once it has returned nil. When ctx ends before that, because a handler or a hook
// does not return, it closes at once and returns the context's error. It returns
// [ErrReentry] inside a hook, and inside a handler if the context cannot end.
func (in *Interpreter) Shutdown(ctx context.Context) error {
	if insideHook() || ctx.Done() == nil && insideHandler() {
		return fmt.Errorf("interpreter: shutdown: %w", ErrReentry)
	}
	in.phase.advance(phaseDrain)
	in.pool.clear(in)
	in.timers.close()
	defer in.Close()
	select {
	case <-in.rest():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// beginDrive counts a drive: Shutdown waits for it, and a virtual clock stands.
func (in *Interpreter) beginDrive() {
	in.phase.beginDrive()
	in.busy(1)
}

func (in *Interpreter) endDrive() {
	in.busy(-1)
	if in.phase.endDrive() {
		in.pool.mu.Lock()
		in.checkRest()
		in.pool.mu.Unlock()
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

	filling atomic.Bool
}

var fillEntry = reflect.ValueOf((*random).fill).Pointer()

// maxEmptyReads is how often in a row a source may give nothing.
const maxEmptyReads = 100

// fill reads from the source, under the lock.
//
//go:noinline
func (r *random) fill() error {
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

func (r *random) read(dst []byte) error {
	if r.filling.Load() && calledFrom(fillEntry) {
		return ErrReentry
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.left < len(dst) {
		if err := r.fill(); err != nil {
			return err
		}
	}
	from := r.buf[len(r.buf)-r.left:][:len(dst)]
	copy(dst, from)
	clear(from) // keys do not stay behind
	r.left -= len(dst)
	return nil
}
