package interpreter

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"math/rand/v2"
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
	address := postAddress{token: token, request: max(1, rand.Uint64())}
	if err := s.postEvent(ctx, id, address, ev); err != nil || insideHook() {
		return err
	}
	return s.awaitApplied(ctx, st, address)
}

// awaitApplied waits until the process that has an execution has applied a request, and
// returns what became of it. Only then does its sender know whether another one was
// faster. st is the state before.
func (s *durable) awaitApplied(ctx context.Context, st *store.State, a postAddress) error {
	for pause := firstPause; ; pause = min(2*pause, s.lease.poll) {
		if !s.sleepBetween(ctx, pause) {
			if s.in.ctx.Err() != nil {
				return ErrClosed
			}
			return fmt.Errorf("interpreter: the event was sent, but may or may not be applied: %w", s.waitError(ctx))
		}
		now, err := s.loadState(ctx, st.ID)
		switch {
		case isError(err, store.ErrNotFound): // it has ended, and was deleted: nobody can tell
			return nil
		case err != nil:
			return err
		case now.Version == st.Version:
			continue
		}
		became, err := s.lookForRequest(ctx, now, st.Version, a.request)
		switch {
		case err != nil:
			return err
		case became == noteTaken:
			return nil
		case a.token != "" && became == noteRefused:
			return ErrTaskTimedOut
		case a.token != "":
			err = s.checkAwaited(ctx, now, a.token)
		case now.Head.Status != Running:
			return endedBefore(now.Head.Status, now.Head.Name)
		}
		if err != nil {
			return err
		}
		st = now
	}
}

// lookForRequest looks for a request in the records of a state after a version.
func (s *durable) lookForRequest(ctx context.Context, st *store.State, after, request uint64) (note, error) {
	r := recordReader{durable: s, ctx: ctx, id: st.ID, namespace: st.Head.Namespace}
	for after < st.Version {
		w, err := r.readWindow(after, st.Version+1, false)
		switch {
		case err != nil:
			return 0, err
		case w.damage != nil:
			return 0, w.damage
		case len(w.records) == 0: // it was deleted
			return 0, nil
		}
		for i, data := range w.records {
			if len(data) == 0 { // of a change of the head alone
				continue
			}
			notes, _, err := r.decodeRecord(w.first+uint64(i), data)
			if err != nil {
				return 0, r.recordError(w.first+uint64(i), err)
			}
			if n := findRequest(notes, request); n != 0 {
				return n, nil
			}
		}
		after = w.end() - 1
	}
	return 0, nil
}

// postEvent leaves an event for the owner of an execution.
func (s *durable) postEvent(ctx context.Context, id store.ID, a postAddress, ev machine.Event) error {
	data, err := appendPost(nil, a, ev)
	if err != nil {
		return fmt.Errorf("interpreter: encoding an event for another process: %w", err)
	}
	if data, err = s.encodeContent(ctx, store.Content{Kind: store.ContentEvent, ID: id}, data); err != nil {
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
	if _, err := s.restoreState(ctx, p, &x, st); err != nil {
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
	round := postRound{s.postRounds.Add(1), make(map[store.ID]*Execution), make(map[store.ID]bool)}
	for after := uint64(0); s.in.phase.Load() == phaseOpen; {
		posts, err := callStore(s.in.ctx, s, "looking for posts", func(ctx context.Context) ([]store.Post, error) {
			posts, err := s.posts.Posted(ctx, owner, after, postPage)
			if err == nil {
				err = checkPosts(posts, after, postPage)
			}
			return posts, err
		})
		if err != nil {
			return err
		}
		s.deliverPosts(posts, &round)
		if len(posts) < postPage {
			break
		}
		after = posts[len(posts)-1].Number
	}
	return nil
}

// checkPosts returns an error if the pages of Posted would not come to an end.
func checkPosts(posts []store.Post, after uint64, limit int) error {
	if len(posts) > limit {
		return fmt.Errorf("the store returned %d posts for a limit of %d", len(posts), limit)
	}
	for _, p := range posts {
		if p.Number <= after {
			return fmt.Errorf("the store returned post %d, which is out of order or was not asked for", p.Number)
		}
		after = p.Number
	}
	return nil
}

// postRound is one look at all posts. A post that is not applied comes again in the next
// round. The later ones for its execution then do so too, so that they are applied in the
// order in which they were left.
type postRound struct {
	number uint64                  // from 1
	to     map[store.ID]*Execution // one that is halted gets no later posts
	waits  map[store.ID]bool       // executions that were parked
}

// deliverPosts delivers the posts of a call of Posted to their executions.
func (s *durable) deliverPosts(posts []store.Post, round *postRound) {
	for _, p := range posts {
		if s.hasSeenPost(p.ID, p.Number, false) {
			round.waits[p.ID] = true
			continue
		}
		e := round.to[p.ID]
		if e == nil {
			s.mu.Lock()
			e = s.handle(p.ID)
			s.mu.Unlock()
			round.to[p.ID] = e
		}
		event, undecoded := s.decodeContent(s.in.ctx, store.Content{Kind: store.ContentEvent, ID: p.ID}, p.Event)
		if undecoded != nil { // it may be an answer, and the execution is parked
			if s.hasSeenPost(p.ID, p.Number, true) || round.waits[p.ID] {
				round.waits[p.ID] = true
				continue
			}
			e.deliverMail(&mail{visit: func(*driver) { e.haltExecution(undecoded, false) }}, keepNone)
			continue
		}
		address, ev, err := readPost(event)
		if err != nil { // it cannot be applied, and is removed
			s.in.logWarning("interpreter: dropping an event that was left for an execution",
				slog.String("execution", p.ID.String()), slog.Any("error", err))
			ev = new(machine.Event)
		}
		// A Stopped event is also seen by an execution that cannot be resumed.
		if (s.hasSeenPost(p.ID, p.Number, true) || round.waits[p.ID]) && ev.Kind != machine.Stopped {
			round.waits[p.ID] = true
			continue
		}
		e.deliverMail(&mail{event: *ev, visit: func(d *driver) { d.applyPost(e, appliedPost{p.Number, round.number}, address, ev) }}, keepNone)
	}
}

// hasSeenPost reports whether an execution is parked, so that a post can wait: until it is
// tried again, or for ever. Otherwise posts that nobody can apply would load it in each
// poll. With note, the post counts as seen from now on; without, it must have been before.
func (s *durable) hasSeenPost(id store.ID, number uint64, note bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.parked[id]
	if p == nil {
		return false
	}
	seen := number <= p.post
	if note {
		p.post = max(p.post, number)
	}
	return seen || note
}

// appliedPost is a post that was applied, and that the store may have returned once more
// before that was stored. A later post may have come before it: from a store that returns
// it too late.
type appliedPost struct {
	number uint64
	round  uint64 // the last postRound in which the store may have returned it
}

// notStored is the round of a post whose removal is not stored.
const notStored = math.MaxUint64

// applyPost applies a post, unless it was applied before. It is removed from the store
// with the change that it made, or that nothing changed.
func (d *driver) applyPost(e *Execution, p appliedPost, a postAddress, ev *machine.Event) {
	st := e.stored
	st.applied = slices.DeleteFunc(st.applied, func(before appliedPost) bool { return before.round < p.round })
	if e.drivingEnded() || p.round <= st.missedPosts || slices.ContainsFunc(st.applied, func(before appliedPost) bool { return before.number == p.number }) {
		return
	}
	if st.stale {
		e.missPosts()
		e.in.durable.due.lookAtOnce() // when it has left memory
		return
	}
	st.applied = append(st.applied, appliedPost{p.number, notStored})
	g := d.openGroup(e)
	g.change.Posts = append(g.change.Posts, p.number)
	became := noteRefused
	switch {
	case ev.Kind == machine.Redriven:
		_ = d.redriveExecution(e, ev, nil) // the sender looks what became of it
	case e.x.Status != Running:
	case ev.Kind == machine.Stopped:
		if d.stepExecution(e, ev) == nil {
			became = noteTaken
		}
	case ev.Kind == machine.TaskSucceeded || ev.Kind == machine.TaskFailed || ev.Kind == machine.TaskHeartbeat:
		if t := e.findByToken(a.token); t != nil && e.acceptTaskEvent(t, ev.Kind) {
			ev.Task = t.id
			if d.stepExecution(e, ev) == nil {
				became = noteTaken
			}
		}
	}
	if a.request != 0 {
		g.notes = appendNote(g.notes, became, machine.TaskID(a.request))
	}
}

// missPosts notes that a post was not applied: neither are the later ones of its round.
// Only the goroutine that has claimed the execution calls it.
func (e *Execution) missPosts() { e.stored.missedPosts = e.in.durable.postRounds.Load() }

// notePostsStored notes that the removal of posts is stored, or has failed.
func (s *durable) notePostsStored(st *stored, numbers []uint64, failed bool) {
	if len(numbers) == 0 {
		return
	}
	round := s.postRounds.Load()
	if failed {
		round = 0 // they are there still
	}
	for i := range st.applied {
		if slices.Contains(numbers, st.applied[i].number) {
			st.applied[i].round = round
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
	if _, err := s.restoreState(ctx, p, &x, st); err != nil {
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
