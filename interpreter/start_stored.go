package interpreter

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/value"
)

// ExecutionExistsError says that an execution of the name exists: it has another
// input, or has ended. It wraps [ErrExecutionAlreadyExists].
type ExecutionExistsError struct {
	Execution *Execution // the one that has the name
}

// Error returns the name and the status of the execution.
func (e *ExecutionExistsError) Error() string {
	return fmt.Sprintf("%v: %s, %s", ErrExecutionAlreadyExists, e.Execution.Name(), e.Execution.Status())
}

// Unwrap returns ErrExecutionAlreadyExists.
func (e *ExecutionExistsError) Unwrap() error { return ErrExecutionAlreadyExists }

// newStoreID makes a UUID of version 7 that no execution in memory has: Config.Rand may
// repeat itself.
func (in *Interpreter) newStoreID() (id store.ID, err error) {
	const most = 100
	for range most {
		if id, err = in.drawStoreID(); err != nil || !in.durable.isKnown(id) {
			return id, err
		}
	}
	return id, errors.New("interpreter: Config.Rand repeats itself: it made the ID of another execution")
}

// isKnown reports whether an execution with the ID is in memory, or was.
func (s *durable) isKnown(id store.ID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, known := s.handles[id]
	return known || s.loaded[id] != nil
}

func (in *Interpreter) drawStoreID() (id store.ID, err error) {
	if err := in.random.readRandom(id[6:]); err != nil {
		return id, fmt.Errorf("interpreter: Config.Rand: %w", err)
	}
	now, err := in.currentTime()
	if err != nil {
		return id, err
	}
	var millis [8]byte
	binary.BigEndian.PutUint64(millis[:], uint64(max(0, now.UnixMilli())))
	copy(id[:6], millis[2:])
	id[6] = id[6]&0x0f | 7<<4
	id[8] = id[8]&0x3f | 2<<6
	return id, nil
}

// addStored makes a new execution one of the store's.
func (s *durable) addStored(e *Execution, id store.ID, o *StartOptions) {
	e.stored = &stored{id: id, name: e.x.ID, parent: o.parent, tags: maps.Clone(o.Tags)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loaded[id] = e
	s.addHandle(e)
}

// startStored starts an execution and returns when its start is stored. It returns
// the running execution of the name if the input is the same.
func (in *Interpreter) startStored(ctx context.Context, p *Program, input any, o *StartOptions) (*Execution, error) {
	s := in.durable
	if insideHook() && insideCommit() {
		return nil, fmt.Errorf("interpreter: starting an execution: %w", ErrReentry)
	}
	if err := s.lease.awaitOwner(ctx); err != nil {
		return nil, err
	}
	e, _, err := in.createExecution(ctx, p, input, o)
	if err != nil {
		return nil, err
	}
	if o.Name != "" && !insideHook() { // the other start may wait for the hook
		key := e.registryKey()
		end, other, err := s.beginStart(ctx, e, startKey{key.machine, key.name})
		if err != nil || other != nil {
			s.dropUnstarted(e)
			return other, err
		}
		defer end()
	}
	err = e.requestFrom(ctx, &mail{event: machine.Event{Kind: machine.Started}})
	if isError(err, errNameTaken) || isError(err, ErrLeaseLost) {
		s.dropOutdated(e) // or it would be found, and nobody would continue what is stored
	}
	switch {
	case err == nil:
		return e, nil
	case isError(err, errNameTaken):
		key := e.registryKey()
		return s.findRunning(ctx, startKey{key.machine, key.name}, e.x.Input)
	case isError(err, ErrLeaseLost): // it may be stored nevertheless
		key := e.registryKey()
		if other, failed := s.findRunning(ctx, startKey{key.machine, key.name}, e.x.Input); !isError(failed, store.ErrNotFound) {
			return other, failed
		}
	}
	return nil, err
}

// dropUnstarted forgets an execution that does not start.
func (s *durable) dropUnstarted(e *Execution) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.loaded, e.stored.id)
	delete(s.handles, e.stored.id)
}

// beginStart waits while another execution of the same name starts, and returns the
// one that has started meanwhile, if there is one. Otherwise end must be called when
// the store has decided.
func (s *durable) beginStart(ctx context.Context, e *Execution, key startKey) (end func(), other *Execution, err error) {
	for {
		s.mu.Lock()
		decided := s.starting[key]
		if decided == nil {
			decided = make(chan struct{})
			s.starting[key] = decided
			s.mu.Unlock()
			return func() {
				s.mu.Lock()
				defer s.mu.Unlock()
				delete(s.starting, key)
				close(decided)
			}, nil, nil
		}
		s.mu.Unlock()
		select {
		case <-decided:
		case <-ctx.Done():
			return nil, nil, fmt.Errorf("interpreter: starting an execution: %w", contextError(ctx))
		case <-s.in.ctx.Done():
			return nil, nil, ErrClosed
		}
		if other, err := s.findRunning(ctx, key, e.x.Input); !isError(err, store.ErrNotFound) {
			return nil, other, err
		}
	}
}

// findRunning returns the execution of a name if it runs with the same input. The
// error is store.ErrNotFound or an *ExecutionExistsError.
func (s *durable) findRunning(ctx context.Context, key startKey, input any) (*Execution, error) {
	e, err := s.findByName(ctx, key)
	if err != nil {
		return nil, err
	}
	same := false
	if err := e.visitStored(ctx, func(x *machine.Execution) { same = x.Status == Running && value.Equal(x.Input, input) }); err != nil {
		return nil, err
	}
	if !same {
		return nil, &ExecutionExistsError{e}
	}
	return e, nil
}

// findByName returns the execution of a name, or store.ErrNotFound.
func (s *durable) findByName(ctx context.Context, key startKey) (*Execution, error) {
	id, err := callStore(ctx, s, "finding execution "+key.name, func(ctx context.Context) (store.ID, error) {
		return s.store.Find(ctx, s.namespace, key.machine, key.name)
	})
	if err != nil {
		return nil, err
	}
	return s.openExecution(ctx, id)
}

// requestFrom delivers an event and waits until it is stored, or until ctx ends.
func (e *Execution) requestFrom(ctx context.Context, m *mail) error {
	reply := make(chan error, 1)
	m.reply = reply
	e.stored.urgent = insideHook() // nobody else drives it yet
	e.driveUntilDone(ctx, false, m, keepNone)
	select {
	case err := <-reply:
		return err
	case <-ctx.Done():
		return fmt.Errorf("interpreter: execution %s may or may not start: %w", e.Name(), e.in.durable.waitError(ctx))
	case <-e.in.ctx.Done():
		return ErrClosed
	}
}

// waitError is the error of a caller whose context has ended while it waited. It has
// the error of the store, if that is why.
func (s *durable) waitError(ctx context.Context) error {
	if s != nil {
		if failure := s.committer.lastFailure(); failure != nil {
			return fmt.Errorf("%w: %w", contextError(ctx), failure)
		}
	}
	return contextError(ctx)
}

// nanoTime returns the time of nanoseconds since 1970, in UTC.
func nanoTime(nanos int64) time.Time { return time.Unix(0, nanos).UTC() }

// ID returns the ID of the execution in the store; zero without Config.Store.
func (e *Execution) ID() store.ID {
	if e.stored == nil {
		return store.ID{}
	}
	return e.stored.id
}

// Execution returns an execution of the store by its ID, running or ended. It loads
// it. The error is [store.ErrNotFound] if there is none, and otherwise why it cannot
// be loaded.
func (in *Interpreter) Execution(ctx context.Context, id store.ID) (*Execution, error) {
	if in.durable == nil {
		return nil, errNoStore
	}
	return in.durable.openExecution(ctx, id)
}
