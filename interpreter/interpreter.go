package interpreter

import (
	"cmp"
	"context"
	"crypto/rand"
	"log/slog"
	"maps"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/itemreader"
	"github.com/gostates/gostates/interpreter/resultwriter"
)

// Interpreter runs executions. Make it with [New], and end it with
// [Interpreter.Close] or [Interpreter.Shutdown].
type Interpreter struct {
	resolver   Resolver
	resolverOf func(executionArn string, tags map[string]string) (Resolver, error) // nil: none
	errors     map[string]func(cause string) error                                 // Config.Errors
	clock      Clock
	virtual    *VirtualClock // clock, if it is one; nil otherwise
	sink       history.Sink
	log        *slog.Logger
	logsEvents bool // Config.LogEvents
	workers    int
	window     time.Duration // Config.RedriveWindow; less than 0: none
	drivers    int           // most goroutines that drive executions that yielded

	foreignResolver bool // runs code of the host
	foreignClock    bool
	foreignHooks    bool // one of these, a sink or LogEvents: see Execution.isWatched

	ctx    context.Context // parent of the contexts of handlers
	cancel context.CancelCauseFunc
	phase  lifecycle

	draining  chan struct{} // closed when Shutdown or Close begins
	drainOnce sync.Once

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

	onEnd      func(context.Context, *Execution) // nil: none
	ends       endHooks
	activities *activities // nil without Config.Activities
	durable    *durable    // nil without Config.Store

	itemReader   itemreader.Reader   // nil: none
	resultWriter resultwriter.Writer // nil: none
	leaving      sync.Map            // *mapRun by ARN: attempts whose execution has ended before them
}

// New returns an Interpreter with the configuration c.
func New(c Config) *Interpreter {
	in := &Interpreter{
		resolver:   prepareResolver(c.Resolver),
		resolverOf: c.ResolverOf,
		errors:     maps.Clone(c.Errors),
		clock:      c.Clock,
		sink:       c.History,
		onEnd:      c.OnEnd,
		log:        c.Logger,
		logsEvents: c.LogEvents,
		workers:    c.Workers,
		window:     cmp.Or(c.RedriveWindow, defaultRedriveWindow),
		names:      names{make(map[nameKey]*Execution), make(map[nameKey][]func(*Execution)), false},
		tokens:     make(map[string]*Task),
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
	in.foreignHooks = in.foreignClock || in.foreignResolver || in.sink != nil || in.logsEvents || c.ActivityExists != nil || c.ResolverOf != nil
	if in.workers <= 0 {
		in.workers = defaultWorkers
	}
	in.workers = min(in.workers, mostWorkers)
	in.random.source = c.Rand
	if c.Rand == nil {
		in.random.source = rand.Reader
	}
	in.timers.in = in
	in.timers.alarm = alarm{in: in, mu: &in.timers.mu, at: never, fire: in.timers.fireDue}
	in.ctx, in.cancel = context.WithCancelCause(context.Background())
	in.draining = make(chan struct{})
	in.activities = newActivities(in, &c)
	in.itemReader, in.resultWriter = c.ItemReader, c.ResultWriter
	if in.itemReader == nil && c.Objects != nil {
		in.itemReader = &itemreader.ObjectReader{Objects: c.Objects}
	}
	if in.resultWriter == nil && c.Objects != nil {
		in.resultWriter = &resultwriter.Files{Objects: c.Objects}
	}
	if c.Store != nil {
		in.openStore(&c)
	}
	return in
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
