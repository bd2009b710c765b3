package interpreter

import (
	"context"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

// Named returns the running execution of a name.
func Named(in *Interpreter, name string) *Execution {
	in.mu.Lock()
	defer in.mu.Unlock()
	for key, e := range in.names.running {
		if key.name == name {
			return e
		}
	}
	return nil
}

// Awaited reports whether something is to happen when the running execution of a
// name ends.
func Awaited(in *Interpreter, name string) bool {
	e := Named(in, name)
	if e == nil {
		return false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.ensureExtras().after) > 0
}

// Expected returns how many executions restored tasks wait for that are not here.
func Expected(in *Interpreter) int {
	in.mu.Lock()
	defer in.mu.Unlock()
	return len(in.names.awaited)
}

// Mailed returns how much mail waits for the goroutine that drives an execution.
func Mailed(e *Execution) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.ensureExtras().mail)
}

// Drive has an execution driven by a function instead of an event.
func Drive(e *Execution, f func()) { e.deliverMail(&mail{visit: func(*driver) { f() }}, keepNone) }

// ExecutionOf returns the execution of a task.
func ExecutionOf(t *Task) *Execution { return t.execution }

// KnownTokens returns how many tokens an interpreter knows.
func KnownTokens(in *Interpreter) int {
	in.mu.Lock()
	defer in.mu.Unlock()
	return len(in.tokens)
}

// HoldTokens keeps tokens from becoming known until release is called.
func HoldTokens(in *Interpreter) (release func()) {
	in.mu.Lock()
	return in.mu.Unlock
}

// AsksForToken reports whether a goroutine is in Task.Token.
func AsksForToken(t *Task) bool {
	m := t.ensureExtras()
	if m.mu.TryLock() {
		m.mu.Unlock()
		return false
	}
	return true
}

// ShutsDown reports whether the interpreter shuts down.
func ShutsDown(in *Interpreter) bool { return in.phase.Load() != phaseOpen }

// Handling returns how many handlers a clock waits for.
func Handling(c *VirtualClock) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.handlers
}

// FoundByToken returns what SendTaskSuccess and the like do once they have found the
// task by its token.
func FoundByToken(in *Interpreter, token string) func(machine.Event) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	t := in.tokens[token]
	return func(ev machine.Event) error { return t.requestEvent(context.Background(), ev) }
}

// GuardsResolver reports whether calls of the resolver are guarded as calls of a hook.
func GuardsResolver(in *Interpreter) bool { return in.foreignResolver }

// HoldStored keeps the list of stored executions from changing until release is called.
func HoldStored(in *Interpreter) (release func()) {
	in.durable.mu.Lock()
	return in.durable.mu.Unlock
}

// IsAwaited reports whether a goroutine waits for the end of an execution, and holds it
// no longer.
func IsAwaited(e *Execution) bool {
	if !e.mu.TryLock() {
		return false
	}
	defer e.mu.Unlock()
	return e.ensureExtras().waiting > 0
}

// Parked returns how many executions an interpreter with a store tries again.
func Parked(in *Interpreter) int {
	s := in.durable
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.parked)
}

// GroupsToCommit returns how many changes wait for the next Commit.
func GroupsToCommit(in *Interpreter) int {
	c := &in.durable.committer
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.groups)
}

// RewriteRecord returns a record of a store with other history events.
func RewriteRecord(p *Program, data []byte, change func(*history.Event)) ([]byte, error) {
	notes, rec, err := readRecord(data)
	if err != nil {
		return nil, err
	}
	var w machine.RecordWriter
	if rec.Start != nil {
		w.AddStart(p.New(*rec.Start))
	}
	for _, st := range rec.Steps {
		for i := range st.Events {
			change(&st.Events[i])
		}
		w.AddStep(st.Event, st.At, &machine.Result{History: st.History, MaxTransitions: st.MaxTransitions, Events: st.Events})
	}
	return appendRecord(nil, notes, &w)
}

// HaveReturned reports whether the execution has outstanding tasks whose handlers have
// all returned, and the store knows.
func HaveReturned(in *Interpreter, id store.ID) bool {
	e, err := in.Execution(context.Background(), id)
	if err != nil {
		return false
	}
	returned := false
	err = e.visitStored(context.Background(), func(*machine.Execution) {
		m := e.extras.Load()
		returned = m != nil && m.awaited > 0
		for _, t := range m.tasks {
			returned = returned && (t == nil || t.returned)
		}
	})
	return err == nil && returned
}

// Owns reports whether the interpreter has joined the owners of a shared store.
func Owns(in *Interpreter) bool { return in.durable.lease.currentOwner() != 0 }

// Queued returns how many tasks wait for workers that poll them, and how many workers
// wait for tasks.
func Queued(in *Interpreter) (tasks, workers int) {
	a := in.activities
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, q := range a.queues {
		tasks, workers = tasks+q.tasks.Len(), workers+q.workers.Len()
	}
	return tasks, workers
}

// Handle returns an execution of the store without loading it.
func Handle(in *Interpreter, id store.ID) *Execution {
	s := in.durable
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.handle(id)
}

// Waiting returns how many callers are in Wait.
func Waiting(e *Execution) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.ensureExtras().waiting
}

// CommitSizes returns how many changes of some sizes are in each Commit.
func CommitSizes(sizes []int) (changes []int) {
	var c committer
	for i, size := range sizes {
		g := &group{execution: new(Execution)}
		g.change.Record, g.change.Snapshot = make([]byte, size/2), make([]byte, size-size/2)
		g.change.ID[0] = byte(i)
		c.groups = append(c.groups, g)
	}
	for c.nextBatch() {
		changes = append(changes, len(c.batch))
		c.batch = nil
	}
	return changes
}

// Loaded returns how many executions of the store are in memory.
func Loaded(in *Interpreter) int {
	s := in.durable
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.loaded)
}

// MostLoaded returns how many executions that are due may be in memory.
func MostLoaded(in *Interpreter) int { return maxInFlight + duePage + in.workers + in.drivers }

// Starved reports whether executions that are due wait for others to go on.
func Starved(in *Interpreter) bool { return in.durable.due.starved.Load() }

// CallInStep and InsideStep are those of hooks that are called during a Step.
var (
	CallInStep = callInStep
	InsideStep = insideStep
)

// Ending returns how many Map Runs of an execution have ended and are not released yet.
func Ending(e *Execution) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.ensureExtras().ending)
}

// HoldPool keeps goroutines of the pool from driving executions that yielded, until
// release is called.
func HoldPool(in *Interpreter) (release func()) {
	p := &in.pool
	all := in.drivers + in.workers
	p.mu.Lock()
	defer p.mu.Unlock()
	p.driving += all
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.driving -= all
		in.startYieldDriver()
	}
}

// Yielded returns how many executions wait in the queue of the pool.
func Yielded(in *Interpreter) int {
	in.pool.mu.Lock()
	defer in.pool.mu.Unlock()
	return in.pool.yielded.len()
}

// Passive reports whether an execution of the store is not in memory.
func Passive(e *Execution) bool { return e.isPassive() }
