package conformance

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/objects"
	"github.com/gostates/gostates/interpreter/resultwriter"
	"github.com/gostates/gostates/interpreter/store"
)

// OpenStore opens a new, empty store. discard removes it.
type OpenStore func() (s store.Store, discard func(), err error)

// SkipStored returns why CheckStored cannot run the case, or an empty string.
func (c *Case) SkipStored() string {
	s := c.scenarios[0]
	switch {
	case len(s.childTasks) > 0:
		return "a resolver does not know the item of a child"
	case s.stop != nil && len(s.activityARNs()) > 0:
		return "a resolver would take the task of the activity"
	}
	return c.Skip()
}

// CheckStored runs a history in package interpreter over stores: undisturbed, with a
// crash after every Commit and, if each is set, once for each Commit with a crash after
// that one. The history that the records hold must be the recorded one, the one that
// a sink got, and the same in all runs. The records must fold to it from their begin
// and from a snapshot at each version. It returns the number of crashes and the
// problems.
func (c *Case) CheckStored(open OpenStore, each bool) (crashes int, problems []string) {
	if c.Kind != "history" {
		return 0, nil
	}
	s := c.scenarios[0]
	undisturbed, err := s.runStored(open, func(int) bool { return false })
	if err != nil {
		return 0, []string{"undisturbed: " + err.Error()}
	}
	problems = append(problems, c.checkStoredRun("undisturbed", undisturbed, undisturbed)...)
	if d := describeDifference(&undisturbed.trace, &trace{lines: undisturbed.shown, status: undisturbed.status}); d != "" {
		problems = append(problems, "undisturbed: the sink got another history than the store: "+d)
	}
	crash := func(name string, when func(int) bool) {
		r, err := s.runStored(open, when)
		if err != nil {
			problems = append(problems, name+": "+err.Error())
			return
		}
		crashes += r.crashes
		problems = append(problems, c.checkStoredRun(name, r, undisturbed)...)
	}
	crash("crash after every Commit", func(int) bool { return true })
	for k := 1; each && k <= undisturbed.commits; k++ {
		crash(fmt.Sprintf("crash after Commit %d", k), func(n int) bool { return n == k })
	}
	return crashes, problems
}

// storedRun is what a run left in its store.
type storedRun struct {
	trace            // of the records
	shown   [][]byte // what a sink got
	read    [][]byte // by Interpreter.History
	changes []store.Change
	commits int // with history
	crashes int
}

// checkStoredRun compares the history of a run with the recorded one and with that of
// a run without a crash, and folds its records.
func (c *Case) checkStoredRun(name string, r, undisturbed *storedRun) []string {
	s := c.scenarios[0]
	var problems []string
	got, err := r.events()
	if err != nil {
		return []string{name + ": " + err.Error()}
	}
	m, l := c.newPrunedMatcher()
	h := comparison{matcher: m, want: l.pruneEvents(s.events), got: l.pruneEvents(got)}
	for _, p := range h.compareEvents(s) {
		problems = append(problems, name+": "+p)
	}
	if !s.anyOrder && !s.zeroed && r != undisturbed {
		if d := describeDifference(&undisturbed.trace, &r.trace); d != "" {
			problems = append(problems, name+": differs from the undisturbed run: "+d)
		}
	}
	if d := describeDifference(&r.trace, &trace{lines: r.read, status: r.status}); d != "" {
		problems = append(problems, name+": Interpreter.History differs from the records: "+d)
	}
	if err := s.foldStored(r); err != nil {
		problems = append(problems, name+": "+err.Error())
	}
	if r == undisturbed {
		if err := s.forkStored(r); err != nil {
			problems = append(problems, name+": "+err.Error())
		}
	}
	return problems
}

// foldStored folds the records of a run, and again from a snapshot at each version.
func (s *scenario) foldStored(r *storedRun) error {
	p, err := s.compileScenario()
	if err != nil {
		return err
	}
	records := make([]*machine.Record, len(r.changes))
	for i, c := range r.changes {
		if records[i], err = readStoredRecord(c.Record); err != nil {
			return fmt.Errorf("record %d: %w", i+1, err)
		}
	}
	x, err := p.NewFromRecord(records[0])
	if err != nil {
		return fmt.Errorf("record 1: %w", err)
	}
	snapshots := make([][]byte, len(records))
	for i, rec := range records {
		if err := p.Fold(x, rec); err != nil {
			return fmt.Errorf("folding record %d: %w", i+1, err)
		}
		if snapshots[i], err = p.Marshal(x); err != nil {
			return err
		}
	}
	for i := range snapshots {
		kept := [][]byte{snapshots[i]}
		if stored := r.changes[i].Snapshot; stored != nil {
			kept = append(kept, storedSnapshot(stored))
		}
		for _, data := range kept {
			y, err := p.Restore(data)
			if err != nil {
				return fmt.Errorf("snapshot %d: %w", i+1, err)
			}
			if err := p.Fold(y, records[i+1:]...); err != nil {
				return fmt.Errorf("folding from snapshot %d: %w", i+1, err)
			}
			if y.Seq != x.Seq || y.Status != x.Status || y.Rand != x.Rand {
				return fmt.Errorf("folding from snapshot %d: Seq %d, %v, want %d, %v", i+1, y.Seq, y.Status, x.Seq, x.Status)
			}
		}
	}
	return nil
}

// forkStored forks a run at every event. The record of the fork must have the same
// history until then.
func (s *scenario) forkStored(r *storedRun) error {
	p, err := s.compileScenario()
	if err != nil {
		return err
	}
	records := make([]*machine.Record, len(r.changes))
	for i, c := range r.changes {
		if records[i], err = readStoredRecord(c.Record); err != nil {
			return fmt.Errorf("record %d: %w", i+1, err)
		}
	}
	ended := false
	for n := range r.lines {
		var w machine.RecordWriter
		f := machine.Fork{Event: uint32(n + 1), Start: machine.Start{ID: "fork"}, At: s.clock.AddDate(1, 0, 0)}
		x, err := p.Fork(records, f, &w)
		if errors.Is(err, machine.ErrFork) || errors.Is(err, machine.ErrInterrupted) {
			ended = true // as it must for all events behind it
			continue
		}
		if err == nil && ended {
			err = errors.New("it was refused at an event before")
		}
		if err != nil {
			return fmt.Errorf("fork at event %d: %w", n+1, err)
		}
		data, err := w.AppendTo(nil)
		if err != nil {
			return fmt.Errorf("fork at event %d: %w", n+1, err)
		}
		rec, err := machine.ReadRecord(data)
		if err != nil {
			return fmt.Errorf("fork at event %d: %w", n+1, err)
		}
		at := 0
		for _, step := range rec.Steps {
			for i := range step.Events {
				if got := step.Events[i].AppendJSON(nil); at >= len(r.lines) || !bytes.Equal(r.lines[at], got) {
					return fmt.Errorf("fork at event %d: event %d is %s", n+1, at+1, got)
				}
				at++
			}
		}
		if at <= n || int(x.Seq) != at {
			return fmt.Errorf("fork at event %d: it has %d events, and %d in its record", n+1, x.Seq, at)
		}
		if snapshot, err := p.Marshal(x); err != nil {
			return err
		} else if _, err = p.Restore(snapshot); err != nil {
			return fmt.Errorf("fork at event %d: %w", n+1, err)
		}
	}
	if r.status != machine.Running && !ended {
		return errors.New("a fork at the last event was not refused")
	}
	return nil
}

// readStoredRecord reads the core's part of a record in a store.
func readStoredRecord(data []byte) (*machine.Record, error) {
	if len(data) == 0 { // of a change of the head alone
		return new(machine.Record), nil
	}
	const checksum = 4
	n, used := binary.Uvarint(data[1:])
	return machine.ReadRecord(data[1+used+int(n) : len(data)-checksum])
}

// storedSnapshot returns the core's part of a snapshot in a store.
func storedSnapshot(data []byte) []byte {
	const checksum = 4
	n, used := binary.Uvarint(data[1:])
	at := 1 + used
	for range 2 * n {
		_, used = binary.Uvarint(data[at:])
		at += used
	}
	return data[at : len(data)-checksum]
}

// runStored runs the scenario over a store. The interpreter is closed, and another one
// opened, after those Commits with history for whose number crash returns true.
func (s *scenario) runStored(open OpenStore, crash func(n int) bool) (*storedRun, error) {
	inner, discard, err := open()
	if err != nil {
		return nil, err
	}
	defer discard()
	p := &storedPeer{peer: newPeer(s), kept: inner, crash: crash, byToken: make(map[string]*answer), r: new(storedRun)}
	w, err := s.newWorld()
	if err != nil {
		return nil, err
	}
	defer w.discard()
	p.world = w
	p.server = httptest.NewServer(p.peer)
	defer p.server.Close()
	p.client = p.server.Client()
	p.clock = interpreter.NewVirtualClock(s.clock)
	p.random = rand.NewChaCha8([32]byte{1})
	if p.program, err = s.compileScenario(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for over := false; !over; {
		if over, err = p.runUntilCrash(ctx); err != nil {
			return nil, err
		}
	}
	return p.r, p.readHistory(ctx)
}

// storedPeer is a peer whose interpreter crashes.
type storedPeer struct {
	*peer
	program *interpreter.Program
	clock   *interpreter.VirtualClock
	random  *rand.ChaCha8
	world   *world
	kept    store.Store
	crash   func(int) bool
	running sync.WaitGroup // handlers
	r       *storedRun
	id      atomic.Pointer[store.ID]

	// Under mu of the peer.
	byToken map[string]*answer
	owed    []owedAnswer
}

// owedAnswer is an answer by token whose call was made.
type owedAnswer struct {
	token  string
	result *machine.Event
}

// runUntilCrash runs an interpreter until the execution ends, or it crashes.
func (p *storedPeer) runUntilCrash(ctx context.Context) (over bool, err error) {
	s := &crashingStore{Store: p.kept, peer: p, open: make(chan struct{})}
	var shown sync.Mutex
	var writer resultwriter.Writer
	var files objects.Objects
	if w := p.world; w.objects != nil {
		files, writer = w.objects, &resultwriter.Files{Objects: w.objects, Folder: w.folder}
	}
	p.in = interpreter.New(interpreter.Config{
		Objects:      files,
		ResultWriter: writer,
		Resolver:     p,
		Clock:        p.clock,
		Workers:      1,
		Rand:         p.random,
		Store:        s,
		History: history.SinkFunc(func(id string, events []history.Event) error {
			if id != p.scenario.context.executionArn {
				return nil
			}
			shown.Lock()
			defer shown.Unlock()
			for i := range events {
				p.r.shown = append(p.r.shown, events[i].AppendJSON(nil))
			}
			return nil
		}),
	})
	close(s.open)
	defer func() {
		p.in.Close()
		p.running.Wait()
		p.clock.Settle()
	}()
	e, err := p.in.Start(ctx, p.program, p.scenario.input, interpreter.StartOptions{Name: p.scenario.context.executionArn})
	var exists *interpreter.ExecutionExistsError
	switch {
	case errors.As(err, &exists):
		e = exists.Execution
	case errors.Is(err, interpreter.ErrClosed):
		return false, nil
	case err != nil:
		return false, err
	}
	p.setRoot(e.ID())
	p.clock.Settle()
	if err := p.payOwed(ctx); err != nil {
		return false, ignoreCrash(err)
	}
	if stop := p.scenario.stop; stop != nil {
		p.clock.Settle()
		err = e.Stop(ctx, plainValue(stop.Error), plainValue(stop.Cause))
	} else if !p.unfinished() {
		err = e.Wait(ctx)
	}
	p.clock.Settle()
	switch {
	case s.hasCrashed():
		return false, nil
	case e.Status() == interpreter.Running && !p.unfinished():
		return false, fmt.Errorf("the execution did not end: %w", err)
	}
	for ev, err := range p.in.History(ctx, p.root(), interpreter.HistoryOptions{}) {
		if err != nil {
			return false, err
		}
		p.r.read = append(p.r.read, ev.AppendJSON(nil))
	}
	return true, nil
}

func ignoreCrash(err error) error {
	if errors.Is(err, interpreter.ErrClosed) {
		return nil
	}
	return err
}

// payOwed gives those answers by token again that an earlier process may have lost. If
// a call was made again the answer came with it.
func (p *storedPeer) payOwed(ctx context.Context) error {
	p.mu.Lock()
	owed := slices.Clone(p.owed)
	p.mu.Unlock()
	for _, o := range owed {
		if err := p.giveAnswer(ctx, o); err != nil && !errors.Is(err, interpreter.ErrTaskTimedOut) {
			return err
		}
	}
	return nil
}

func (p *peer) giveAnswer(ctx context.Context, o owedAnswer) error {
	if o.result.Kind == machine.TaskSucceeded {
		return p.in.SendTaskSuccess(ctx, o.token, o.result.Output)
	}
	return p.in.SendTaskFailure(ctx, o.token, plainValue(o.result.Error), plainValue(o.result.Cause))
}

// Resolve returns a handler that answers by the token of its task, so that a task that
// is called twice gets the same answer.
func (p *storedPeer) Resolve(state, resource string) (interpreter.Handler, bool) {
	next := p.peekResult(state)
	if next == nil && p.scenario.refusal != "" && !p.isBound(state) {
		return nil, false
	}
	h := interpreter.HandlerFunc(func(ctx context.Context, task *interpreter.Task) (any, error) {
		p.running.Add(1)
		defer p.running.Done()
		a := p.bindToken(state, task.Token())
		real, _ := p.handler(a, resource)
		if a != nil && a.result != nil && task.Resource.Pattern == machine.WaitForTaskToken {
			p.mu.Lock()
			p.owed = append(p.owed, owedAnswer{task.Token(), a.result})
			p.mu.Unlock()
		}
		return p.handleWith(a, interpreter.HandlerFunc(real.Handle)).Handle(ctx, task)
	})
	if next != nil && next.worker != "" {
		return interpreter.Worker(next.worker, h), true
	}
	return h, true
}

// isBound reports whether a task of the state has an answer.
func (p *storedPeer) isBound(state string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range p.byToken {
		if a != nil && a.state == state {
			return true
		}
	}
	return false
}

func (p *storedPeer) bindToken(state, token string) *answer {
	p.mu.Lock()
	a, bound := p.byToken[token]
	p.mu.Unlock()
	if !bound {
		a = p.nextResult(state)
		p.mu.Lock()
		p.byToken[token] = a
		p.mu.Unlock()
	}
	return a
}

// readHistory reads what the run left in the store.
func (p *storedPeer) readHistory(ctx context.Context) error {
	st, err := p.kept.Load(ctx, p.root())
	if err != nil {
		return err
	}
	p.r.status = st.Head.Status
	var wrong error
	err = p.kept.Records(ctx, p.root(), 0, func(version uint64, record []byte) bool {
		var rec *machine.Record
		if rec, wrong = readStoredRecord(record); wrong != nil {
			wrong = fmt.Errorf("record %d: %w", version, wrong)
			return false
		}
		for _, step := range rec.Steps {
			for i := range step.Events {
				p.r.lines = append(p.r.lines, step.Events[i].AppendJSON(nil))
			}
		}
		if n := len(p.r.changes); uint64(n) < version || !bytes.Equal(p.r.changes[version-1].Record, record) {
			wrong = fmt.Errorf("record %d is not the one that was committed", version)
		}
		return wrong == nil
	})
	return errors.Join(err, wrong)
}

// crashingStore closes the interpreter after a Commit, before it learns of it.
type crashingStore struct {
	store.Store
	peer *storedPeer
	open chan struct{} // closed when the peer has the interpreter

	mu   sync.Mutex
	dead bool
}

var errCrash = errors.New("the process has crashed")

func (s *crashingStore) hasCrashed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dead
}

// setRoot says which execution is the scenario's.
func (p *storedPeer) setRoot(id store.ID) { p.id.Store(&id) }

func (p *storedPeer) root() store.ID { return *p.id.Load() }

// Commit crashes after changes with history only: a process that crashes each time it
// has noted a delivery never calls a handler.
func (s *crashingStore) Commit(ctx context.Context, changes []store.Change) error {
	<-s.open
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dead {
		return errCrash
	}
	if err := s.Store.Commit(ctx, changes); err != nil {
		return err
	}
	p, steps := s.peer, false
	for _, c := range changes {
		if p.id.Load() == nil {
			p.setRoot(c.ID) // the root is the first
		}
		if c.ID == p.root() {
			c.Record, c.Snapshot = bytes.Clone(c.Record), bytes.Clone(c.Snapshot)
			p.r.changes = append(p.r.changes, c)
		}
		rec, err := readStoredRecord(c.Record)
		steps = steps || err == nil && slices.ContainsFunc(rec.Steps, func(st machine.RecordedStep) bool { return len(st.Events) > 0 })
	}
	if !steps {
		return nil
	}
	if p.r.commits++; !p.crash(p.r.commits) {
		return nil
	}
	p.r.crashes++
	s.dead = true
	p.in.Close()
	return errCrash
}

// newPrunedMatcher returns the matcher of histories with results of real handlers.
func (c *Case) newPrunedMatcher() (*matcher, *localMocking) {
	m := newMatcher(c)
	m.anyKeyOrder = true
	// The names of headers are a matter of HTTP.
	l := &localMocking{omit: map[string]bool{"AllHttpHeaders": true, "HttpHeaders": true}}
	if c.recorded.Before(redriveShown) {
		for _, name := range []string{"RedriveCount", "RedriveStatus", "RedriveStatusReason"} {
			l.omit[name] = true
		}
	}
	return m, l
}
