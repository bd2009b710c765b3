package interpreter

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

// postPage is the number of posts that are asked for at a time.
const postPage = 1000

// requestShared applies an event to an execution of a store that several processes
// share. If it is not in this process it leaves the event for the owner. The token is
// empty for Stopped.
func (s *durable) requestShared(ctx context.Context, id store.ID, token string, ev machine.Event) error {
	st, err := s.loadState(ctx, id)
	switch {
	case isError(err, store.ErrNotFound):
		return ErrTaskTimedOut
	case err != nil && token == "" && isUnloadable(err):
		return cannotStop(err)
	case err != nil:
		return err
	}
	if token != "" {
		if err := s.checkAwaited(ctx, st, token); err != nil {
			return err
		}
	} else if st.Head.Status != Running {
		return endedBefore(st.Head.Status, st.Head.Name)
	} else if st.Head.Parked != "" {
		if reason, err := s.whyUnloadable(ctx, st); err != nil {
			return err
		} else if reason != nil {
			return cannotStop(reason)
		}
	}
	return s.postEvent(ctx, id, token, ev)
}

// postEvent leaves an event for the owner of an execution.
func (s *durable) postEvent(ctx context.Context, id store.ID, token string, ev machine.Event) error {
	data, err := appendPost(nil, token, ev)
	if err != nil {
		return fmt.Errorf("interpreter: encoding an event for another process: %w", err)
	}
	if data, err = s.encodeContent(store.Content{Kind: store.ContentEvent, ID: id}, data); err != nil {
		return err
	}
	_, err = callStore(ctx, s, "leaving an event for execution "+id.String(), func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.lease.shared.Post(ctx, id, data)
	})
	if err == nil {
		s.due.lookAtOnce() // this process may be the one to take it
	}
	return err
}

// endedBefore is the error of Stop for an execution that has ended.
func endedBefore(status Status, name string) error {
	if status == Aborted {
		return nil
	}
	return fmt.Errorf("interpreter: stopping execution %s: %w: %s", name, ErrEnded, status)
}

// checkAwaited returns nil if the stored execution waits for the task of a token.
func (s *durable) checkAwaited(ctx context.Context, st *store.State, token string) error {
	if st.Head.Status != Running {
		return ErrTaskTimedOut
	}
	p, err := s.program(ctx, st.Head.Digest)
	if err != nil {
		return err
	}
	var x machine.Execution
	if _, err := s.restoreState(p, &x, st); err != nil {
		return err
	}
	task, ok := x.TaskOf(token)
	if !ok {
		return ErrTaskTimedOut
	}
	var r machine.Result
	if err := p.Pending(&x, &r); err != nil {
		return err
	}
	for i := range r.Commands {
		if r.Commands[i].Kind == machine.StartTask && r.Commands[i].Task == task {
			return nil
		}
	}
	return ErrTaskTimedOut
}

// takePosts delivers what was left for the executions of this process.
func (s *durable) takePosts() error {
	if s.posts == nil {
		return nil
	}
	owner := s.lease.currentOwner()
	posts, err := callStore(s.in.ctx, s, "looking for posts", func(ctx context.Context) ([]store.Post, error) {
		return s.posts.Posted(ctx, owner, postPage)
	})
	if err != nil {
		return err
	}
	for _, p := range posts {
		s.mu.Lock()
		e := s.handle(p.ID)
		s.mu.Unlock()
		event, undecoded := s.decodeContent(store.Content{Kind: store.ContentEvent, ID: p.ID}, p.Event)
		if undecoded != nil { // it may be an answer, and the execution is parked
			e.deliverMail(&mail{visit: func(*driver) { e.haltExecution(undecoded, false) }}, keepNone)
			continue
		}
		token, ev, err := readPost(event)
		if err != nil { // it cannot be applied, and is removed
			s.in.logWarning("interpreter: dropping an event that was left for an execution",
				slog.String("execution", p.ID.String()), slog.Any("error", err))
			ev = new(machine.Event)
		}
		// A Stopped event is also seen by an execution that cannot be resumed.
		e.deliverMail(&mail{event: *ev, visit: func(d *driver) { d.applyPost(e, p.Number, token, ev) }}, keepNone)
	}
	return nil
}

// applyPost applies a post, unless it was applied before. It is removed from the store
// with the change that it made, or that nothing changed.
func (d *driver) applyPost(e *Execution, number uint64, token string, ev *machine.Event) {
	if number <= e.stored.post || e.drivingEnded() {
		return
	}
	if e.stored.stale {
		e.in.durable.due.lookAtOnce() // when it has left memory
		return
	}
	e.stored.post = number
	g := d.openGroup(e)
	g.change.Posts = append(g.change.Posts, number)
	switch {
	case ev.Kind == machine.Redriven:
		_ = d.redriveExecution(e, ev, nil) // the sender looks what became of it
		return
	case e.x.Status != Running:
		return
	}
	switch ev.Kind {
	case machine.Stopped:
		_ = d.stepExecution(e, ev)
	case machine.TaskSucceeded, machine.TaskFailed, machine.TaskHeartbeat:
		if t := e.findByToken(token); t != nil && e.acceptTaskEvent(t, ev.Kind) {
			ev.Task = t.id
			_ = d.stepExecution(e, ev)
		}
	}
}

// visitCopy calls f with a copy of a stored execution that runs. It returns false if
// the execution has ended.
func (s *durable) visitCopy(ctx context.Context, e *Execution, f func(*machine.Execution)) (visited bool, err error) {
	st, err := s.loadState(ctx, e.stored.id)
	if err != nil || st.Head.Status != Running {
		return false, err
	}
	p, err := s.program(ctx, st.Head.Digest)
	if err != nil {
		return false, err
	}
	var x machine.Execution
	if _, err := s.restoreState(p, &x, st); err != nil {
		return false, err
	}
	e.setProgram(p, x.ID, &st.Head)
	f(&x)
	return true, nil
}

// watch has the due loop look whether an execution has ended in another process, for
// those who wait for its end here.
func (s *durable) watch(e *Execution) {
	if !s.isShared() || e.stored == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watched[e.stored.id] = e
}

// isAwaited reports whether somebody waits for the end of the execution.
func (e *Execution) isAwaited() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	m := e.extras.Load()
	return !e.isOverLocked() && m != nil && m.waiting+len(m.after) > 0
}

// lookAtWatched loads watched executions that have ended in another process.
func (s *durable) lookAtWatched() {
	s.mu.Lock()
	all := slices.Collect(maps.Values(s.watched))
	s.mu.Unlock()
	for _, e := range all {
		if !e.isAwaited() {
			s.mu.Lock()
			delete(s.watched, e.stored.id)
			s.mu.Unlock()
			continue
		}
		if !e.isPassive() {
			continue
		}
		st, err := s.loadState(s.in.ctx, e.stored.id)
		if err == nil && st.Head.Status != Running && s.wakePassive(e, &mail{}) {
			s.loadAndDrive(e, st)
		}
	}
}
