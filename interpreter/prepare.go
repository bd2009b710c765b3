package interpreter

import (
	"errors"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

// preparedDue is the Due of an execution that was prepared and has not begun. It has
// passed like [store.Now]. In a store of one process it finds those among all that are
// unfinished.
const preparedDue int64 = 2

// errHasSink is the error of a start with a sink that nobody would call.
var errHasSink = errors.New("interpreter: StartOptions.History and KeepHistory do not outlive the call of Prepare")

// Prepare makes the first change of a new execution, for a transaction of the host: the
// stores of packages sqlite and postgres have methods CommitTx that store it there.
//
//	change, err := in.Prepare(program, order, interpreter.StartOptions{Name: order.ID})
//	// ... INSERT INTO orders ...
//	err = db.CommitTx(ctx, tx, change)
//	// ...
//	err = tx.Commit()
//
// Until the transaction is committed nobody sees the execution and no handler runs; if
// it is rolled back, there never was one. After the commit a process of the store
// begins the execution: at once if the store tells it, and otherwise mostly within a
// second (30 seconds if the commit comes more than 10 minutes after Prepare). change.ID
// is the execution's ID. With a VirtualClock too a store of one process is asked by the
// system's time: time may jump before the execution is found. Its start time in lists
// is that of Prepare, and its timeout counts from its begin.
//
// A name that is taken is a [*store.ConflictError] of CommitTx, also if the execution of
// the name has the same input: the caller decides.
//
// Prepare itself stores nothing and does not call the store. Several changes may also
// be given to [store.Store].Commit. The change must not be changed. History and
// KeepHistory of o must not be set. Errors are as of [Interpreter.Start]; without
// Config.Store there is always one.
func (in *Interpreter) Prepare(p *Program, input any, o StartOptions) (change store.Change, err error) {
	s := in.durable
	switch {
	case s == nil:
		return change, errNoStore
	case o.History != nil || o.KeepHistory:
		return change, errHasSink
	}
	start, err := in.makeStart(p, input, &o)
	if err != nil {
		return change, err
	}
	now, err := in.currentTime()
	if err != nil {
		return change, err
	}
	var x machine.Execution
	p.Init(&x, start)
	var w machine.RecordWriter
	w.AddStart(&x)
	record, err := appendRecord(nil, nil, &w)
	if err != nil {
		return store.Change{}, fmt.Errorf("interpreter: encoding the start of execution %s: %w", x.ID, err)
	}
	definition, err := s.unkeptDefinition(p)
	if err != nil {
		return store.Change{}, err
	}
	key := executionKey(p, x.ID)
	change.ID = store.ID([]byte(start.TokenID))
	change.Version, change.Record, change.Definition = 1, record, definition
	change.Head = &store.Head{Namespace: s.namespace, Machine: key.machine, Name: key.name, Digest: key.digest, Status: Running,
		Started: nanoTime(now.UnixNano()), Tags: maps.Clone(o.Tags), Due: preparedDue}
	if err := s.encodeChange(in.ctx, &change, s.namespace); err != nil {
		return store.Change{}, err
	}
	s.prepared.expectCommit(s)
	return change, nil
}

// unkeptDefinition returns the definition of a program, or nil if the store has it.
func (s *durable) unkeptDefinition(p *Program) ([]byte, error) {
	digest := p.Digest()
	s.mu.Lock()
	kept := s.kept[digest]
	if s.programs[digest] == nil {
		s.programs[digest] = p
	}
	s.mu.Unlock()
	if kept {
		return nil, nil
	}
	return encodeDefinition(p)
}

// PrepareTaskSuccess makes the event of [Interpreter.SendTaskSuccess] for a transaction
// of the host: the stores of packages sqlite and postgres have methods PostTx that leave
// it there. It is applied after the commit, as soon as the execution of [Interpreter.Prepare]
// would begin. If the task has ended by then, nothing happens. The events of an execution
// are applied in the order in which they were left, but a stop may overtake others.
//
// It does not call the store. The error is [ErrInvalidToken], [ErrInvalidOutput] or
// [ErrClosed]; without Config.Store there is always one. That no task waits is only
// known later: PostTx returns [store.ErrNotFound] if the execution does not exist.
func (in *Interpreter) PrepareTaskSuccess(token string, output any) (store.Post, error) {
	v, err := externalValue(output)
	if err != nil {
		err = invalidOutputError(output, err)
	}
	return in.prepareTaskEvent(token, err, machine.Event{Kind: machine.TaskSucceeded, Output: v})
}

// PrepareTaskFailure is [Interpreter.PrepareTaskSuccess] for the event of
// [Interpreter.SendTaskFailure].
func (in *Interpreter) PrepareTaskFailure(token, name, cause string) (store.Post, error) {
	return in.prepareTaskEvent(token, nil, machine.Event{Kind: machine.TaskFailed, Error: nilIfEmpty(name), Cause: nilIfEmpty(cause)})
}

// PrepareStop is [Interpreter.PrepareTaskSuccess] for the event of [Execution.Stop].
func (in *Interpreter) PrepareStop(id store.ID, name, cause string) (store.Post, error) {
	return in.preparePost(id, "", machine.Event{Kind: machine.Stopped, Error: nilIfEmpty(name), Cause: nilIfEmpty(cause)})
}

func (in *Interpreter) prepareTaskEvent(token string, invalid error, ev machine.Event) (store.Post, error) {
	if err := checkToken(token); err != nil {
		return store.Post{}, err
	}
	id, _ := machine.TokenExecution(token)
	if len(id) != len(store.ID{}) {
		return store.Post{}, ErrInvalidToken
	}
	if invalid != nil {
		return store.Post{}, invalid
	}
	return in.preparePost(store.ID([]byte(id)), token, ev)
}

func (in *Interpreter) preparePost(id store.ID, token string, ev machine.Event) (store.Post, error) {
	switch {
	case in.durable == nil:
		return store.Post{}, errNoStore
	case in.phase.Load() != phaseOpen:
		return store.Post{}, ErrClosed
	}
	event, err := appendPost(nil, postAddress{token: token}, ev)
	if err != nil {
		return store.Post{}, fmt.Errorf("interpreter: encoding an event: %w", err)
	}
	if event, err = in.durable.encodeContent(in.ctx, store.Content{Kind: store.ContentEvent, ID: id}, event); err != nil {
		return store.Post{}, err
	}
	in.durable.prepared.expectCommit(in.durable)
	return store.Post{ID: id, Event: event}, nil
}

// preparedTimer has the due loop look for what transactions of the host have committed,
// which a store of one process does not tell. It looks soon after something was
// prepared, and then ever less often. It goes by the system's time, as transactions do.
type preparedTimer struct {
	due atomic.Bool // the due loop must look

	mu     sync.Mutex
	timer  *time.Timer // nil: nothing was prepared
	pause  time.Duration
	until  time.Time
	closed bool
}

const (
	preparedPause = 5 * time.Millisecond // the first one; the last ones are pollInterval
	preparedFor   = 10 * time.Minute
)

// expectCommit says that something was prepared.
func (t *preparedTimer) expectCommit(s *durable) {
	if s.isShared() {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.until = time.Now().Add(preparedFor)
	switch {
	case t.closed:
	case t.timer == nil:
		t.timer = time.AfterFunc(preparedPause, func() { t.lookAgain(s) })
	case t.pause > preparedPause:
		t.timer.Reset(preparedPause)
	}
	t.pause = preparedPause
}

func (t *preparedTimer) lookAgain(s *durable) {
	t.mu.Lock()
	if !t.closed && time.Now().Before(t.until) {
		t.pause = min(2*t.pause, pollInterval)
		t.timer.Reset(t.pause)
	}
	closed := t.closed
	t.mu.Unlock()
	if !closed {
		t.due.Store(true)
		s.due.lookAtOnce() // calls the host's clock
	}
}

func (t *preparedTimer) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	if t.timer != nil {
		t.timer.Stop()
	}
}

// loadPrepared begins executions that were prepared, and delivers posts. Their places
// are before those that the due loop has come to.
func (t *dueTimer) loadPrepared(now int64) error {
	s := t.durable
	for after := (store.Place{Due: preparedDue - 1, ID: lastID}); s.in.phase.Load() == phaseOpen; {
		limit := t.nextRoom(now) // if there is none, loadDue finds none either
		if limit == 0 {
			s.prepared.due.Store(true)
			break
		}
		page, err := s.loadPage(after, preparedDue, limit)
		if err != nil {
			return err
		}
		s.resumePage(page)
		if len(page) < limit {
			break
		}
		after = store.Place{Due: preparedDue, ID: page[len(page)-1].ID}
	}
	return s.takePosts()
}
