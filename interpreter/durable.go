package interpreter

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"weak"

	"github.com/gostates/gostates/interpreter/internal/hosterr"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

// durable keeps executions in a store. An execution is in memory while the
// interpreter works on it. One that only waits for time or for a call is not: a
// deadline, a call or an answer loads it again.
type durable struct {
	in            *Interpreter
	self          weak.Pointer[durable]
	store         store.Store
	codec         store.Codec // nil: none
	namespace     string
	maxDeliveries int

	lease      *lease           // nil: the store is this process's alone
	posts      store.PostReader // nil: nobody can leave events for executions
	postRounds atomic.Uint64    // see postRound
	committer  committer
	due        dueTimer
	prepared   preparedTimer
	expiry     expiry

	mu       sync.Mutex
	programs map[string]*Program // by digest
	kept     map[string]bool     // digests of definitions that the store has
	loaded   map[store.ID]*Execution
	handles  map[store.ID]weak.Pointer[Execution] // those that callers may hold
	starting map[startKey]chan struct{}           // closed when the store has decided
	parked   map[store.ID]*parkedExecution
	watched  map[store.ID]*Execution // that others may end, and whose end is awaited here
	unsaved  map[store.ID]bool       // not in memory, with records after the snapshot that this process has seen
	released map[store.ID]bool       // that left memory since the last page of due executions was asked for
}

// startKey identifies an execution by what the store finds it by.
type startKey struct{ machine, name string }

// stored is the part of an Execution that a store keeps. The driver owns it, unless
// it says otherwise.
type stored struct {
	id          store.ID
	name        string // of machine.Start.ID; set once
	parent      store.ID
	tags        map[string]string
	version     uint64           // the last one in the store
	head        store.Head       // of that version
	tail        int              // bytes of the records since the snapshot
	snapshot    int              // bytes of the snapshot
	givenUp     []machine.TaskID // delivered by this process, which has not ended
	rests       bool             // it was at rest after that version
	committed   *group           // under mu of the Execution: stored, and to be acted on
	passive     bool             // under mu of the Execution: x is not in memory
	known       hostState        // while the execution is resumed
	orphans     int              // children that may have to be stopped
	sweeping    bool             // stopOrphans runs
	loaded      uint64           // the version that was loaded; 0: it was started here
	earlier     *[]MapRun        // under mu of the Execution: Map Runs that had ended by then; nil: not read yet
	replays     bool             // an earlier process may have left something of Map Runs that have ended
	unannounced int              // calls of Config.OnEnd that have not returned
	applied     []appliedPost    // that may come once more
	missedPosts uint64           // the last postRound of which a post was not applied
	left        bool             // halted, and left to another Execution
	stale       bool             // another process has redriven it since it ended here
	claimed     bool             // with stale: this process is to continue it
	resumes     bool             // under mu of the Execution: loaded, and queued to be resumed
	urgent      bool             // under mu of the Execution: a hook has waited for it
}

// openStore makes the interpreter durable and starts to recover executions.
func (in *Interpreter) openStore(c *Config) {
	s := &durable{
		in:            in,
		store:         c.Store,
		codec:         c.Codec,
		namespace:     c.Namespace,
		maxDeliveries: c.MaxDeliveries,
		programs:      make(map[string]*Program),
		kept:          make(map[string]bool),
		loaded:        make(map[store.ID]*Execution),
		handles:       make(map[store.ID]weak.Pointer[Execution]),
		starting:      make(map[startKey]chan struct{}),
		parked:        make(map[store.ID]*parkedExecution),
		watched:       make(map[store.ID]*Execution),
		unsaved:       make(map[store.ID]bool),
	}
	if s.maxDeliveries <= 0 {
		s.maxDeliveries = defaultMaxDeliveries
	}
	s.addPrograms(c.Programs)
	s.self = weak.Make(s)
	s.committer.durable = s
	s.posts, _ = c.Store.(store.PostReader)
	s.due.init(s)
	s.expiry.init(s, c.Retention)
	in.durable = s
	if s.openLease(c); s.lease == nil {
		s.due.start()
	}
}

// addPrograms adds programs, and those of the children of their Map states.
func (s *durable) addPrograms(programs []*Program) {
	for _, p := range programs {
		if p != nil {
			s.programs[p.Digest()] = p
			s.addPrograms(p.Children())
		}
	}
}

// isShared reports whether other processes may drive executions of the store.
func (s *durable) isShared() bool { return s != nil && s.lease != nil }

// callStore calls the store on a goroutine of its own, so that a store that blocks,
// panics or calls runtime.Goexit harms no other. If ctx ends first it returns the error
// of ctx, and [ErrClosed] if the interpreter is closed.
func callStore[T any](ctx context.Context, s *durable, doing string, f func(context.Context) (T, error)) (T, error) {
	closed := s.in.ctx
	if closed.Err() != nil { // or a fast store could answer
		var none T
		return none, fmt.Errorf("interpreter: %s: %w", doing, ErrClosed)
	}
	if ctx != closed {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx) // the store may go on otherwise
		defer cancel()
	}
	type answer struct {
		result    T
		err       error
		failure   *storeError // of err, which may panic when it is compared
		cancelled bool
	}
	answers := make(chan answer, 1)
	go func() {
		var a answer
		returned := false
		defer func() {
			if !returned {
				a.err = newHookError(hookStore, nil)
			}
			answers <- a
		}()
		a.err = callHook(hookStore, func() (err error) {
			a.result, err = f(ctx)
			if err != nil {
				a.cancelled = errors.Is(err, context.Canceled)
				a.failure = newStoreError(doing, err)
			}
			return err
		})
		returned = true
	}()
	var none T
	select {
	case a := <-answers:
		switch {
		case a.err == nil:
			return a.result, nil
		case closed.Err() == nil || !a.cancelled:
			if a.failure == nil { // the store panicked, or its error
				return none, &storeError{doing: doing, err: a.err}
			}
			return none, a.failure
		}
	case <-closed.Done():
	case <-ctx.Done():
	}
	if closed.Err() != nil {
		return none, fmt.Errorf("interpreter: %s: %w", doing, ErrClosed)
	}
	return none, fmt.Errorf("interpreter: %s: %w", doing, contextError(ctx))
}

// storeError is an error that the store has returned. Its methods may panic, so it is
// only compared where the store is called.
type storeError struct {
	doing string
	err   error
	is    [len(storeSentinels)]bool
}

// storeSentinels are the errors that a call of the store may return.
var storeSentinels = [...]error{store.ErrNotFound, store.ErrCorrupt, store.ErrConflict, store.ErrLease}

// newStoreError compares an error of the store.
func newStoreError(doing string, err error) *storeError {
	e := &storeError{doing: doing, err: err}
	for i, target := range storeSentinels {
		e.is[i] = errors.Is(err, target)
	}
	return e
}

func (e *storeError) Error() string { return "interpreter: " + e.doing + ": " + hosterr.Message(e.err) }
func (e *storeError) Unwrap() error { return e.err }

// matches reports whether the store has returned one of storeSentinels.
func (e *storeError) matches(target error) bool {
	i := slices.Index(storeSentinels[:], target)
	return i >= 0 && e.is[i]
}

// isError is errors.Is that calls no method of an error of the store.
func isError(err, target error) bool {
	var failure *storeError
	if errors.As(err, &failure) {
		return failure.matches(target)
	}
	return errors.Is(err, target)
}

// isStoreFailure reports whether a call of the store failed that may succeed when it is
// repeated.
func isStoreFailure(err error) bool {
	var failure *storeError
	return errors.As(err, &failure) && !failure.matches(store.ErrNotFound) && !failure.matches(store.ErrCorrupt)
}

// commitChanges has the store commit changes.
func (s *durable) commitChanges(ctx context.Context, doing string, changes []store.Change) error {
	_, err := callStore(ctx, s, doing, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.store.Commit(ctx, changes)
	})
	return err
}

// handle returns the Execution of an ID, loaded or passive. The caller holds s.mu.
func (s *durable) handle(id store.ID) *Execution {
	if e := s.loaded[id]; e != nil {
		return e
	}
	if e := s.handles[id].Value(); e != nil {
		return e
	}
	e := &Execution{in: s.in, timer: none, seq: s.in.starts.Add(1), stored: &stored{id: id, passive: true}}
	s.addHandle(e)
	return e
}

// continuing returns the Execution that continues a halted one.
func (s *durable) continuing(e *Execution) *Execution {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.handle(e.stored.id)
}

// addHandle makes an Execution findable as long as something refers to it. The
// caller holds s.mu.
func (s *durable) addHandle(e *Execution) {
	id := e.stored.id
	s.handles[id] = weak.Make(e)
	runtime.AddCleanup(e, dropHandle, droppedHandle{s.self, id})
}

// droppedHandle is a handle that nothing refers to. It does not refer to the executions
// in memory: they would never be collected.
type droppedHandle struct {
	durable weak.Pointer[durable]
	id      store.ID
}

func dropHandle(h droppedHandle) {
	s, id := h.durable.Value(), h.id
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.handles[id].Value() == nil {
		delete(s.handles, id)
	}
}

// forget removes an execution from memory that is not driven any longer. If it has
// not ended, another Execution continues it.
func (s *durable) forget(e *Execution) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := e.stored.id
	if s.loaded[id] == e {
		s.releaseLoaded(id)
	}
	if s.handles[id].Value() == e && e.isHalted() {
		delete(s.handles, id)
	}
}

// dropOutdated removes an execution from memory that has ended and is older than in the
// store. Callers keep it; another Execution stands for it from now on.
func (s *durable) dropOutdated(e *Execution) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := e.stored.id
	if s.loaded[id] == e {
		s.releaseLoaded(id)
	}
	if s.handles[id].Value() == e {
		delete(s.handles, id)
	}
}

// releaseLoaded notes that an execution leaves memory. The caller holds s.mu.
func (s *durable) releaseLoaded(id store.ID) {
	delete(s.loaded, id)
	s.lease.releaseLater(id)
	if s.released != nil {
		s.released[id] = true
	}
}

// program returns the program of a digest: of Config.Programs, of an earlier Start,
// or from the definition in the store.
func (s *durable) program(ctx context.Context, digest string) (*Program, error) {
	s.mu.Lock()
	p := s.programs[digest]
	s.mu.Unlock()
	if p != nil {
		return p, nil
	}
	data, err := callStore(ctx, s, "loading the definition "+digest, func(ctx context.Context) ([]byte, error) {
		return s.store.Definition(ctx, digest)
	})
	switch {
	case isError(err, store.ErrNotFound): // not wrapped: the execution exists
		return nil, fmt.Errorf("interpreter: the definition %s is neither among Config.Programs nor in the store", digest)
	case err != nil:
		return nil, err
	}
	data, err = s.decodeContent(ctx, store.Content{Kind: store.ContentDefinition, Digest: digest}, data)
	if err != nil {
		return nil, err
	}
	p, err = machine.CompileDefinition(data)
	if err != nil {
		return nil, fmt.Errorf("interpreter: compiling the stored definition %s: %w", digest, err)
	}
	if p.Digest() != digest {
		return nil, fmt.Errorf("interpreter: the stored definition %s compiles to %s: %w", digest, p.Digest(), machine.ErrDigest)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.programs[digest] = p
	return p, nil
}

func encodeDefinition(p *Program) ([]byte, error) {
	data, err := p.MarshalDefinition()
	if err != nil {
		return nil, fmt.Errorf("interpreter: encoding the definition of the program: %w", err)
	}
	return data, nil
}

// keepDefinition stores the definition of a program once.
func (s *durable) keepDefinition(ctx context.Context, p *Program) error {
	digest := p.Digest()
	s.mu.Lock()
	kept := s.kept[digest]
	if s.programs[digest] == nil {
		s.programs[digest] = p
	}
	s.mu.Unlock()
	if kept {
		return nil
	}
	data, err := encodeDefinition(p)
	if err != nil {
		return err
	}
	data, err = s.encodeContent(ctx, store.Content{Kind: store.ContentDefinition, Digest: digest}, data)
	if err != nil {
		return err
	}
	_, err = callStore(ctx, s, "storing the definition", func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.store.PutDefinition(ctx, digest, data)
	})
	if err != nil {
		return err
	}
	s.noteKept(p)
	return nil
}

// noteKept notes that the store has the definition of a program.
func (s *durable) noteKept(p *Program) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept[p.Digest()] = true
}

// loadedExecutions returns the executions in memory, in any order, without those that
// are being loaded.
func (s *durable) loadedExecutions() (all []*Execution) {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.loaded {
		e.mu.Lock()
		if e.program.Load() != nil {
			all = append(all, e)
		}
		e.mu.Unlock()
	}
	return all
}
