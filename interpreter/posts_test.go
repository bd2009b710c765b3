package interpreter_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
	"github.com/gostates/gostates/value"
)

// countedPosts counts the posts that were left.
type countedPosts struct {
	*pausedClaims
	left atomic.Int32
}

func (s *countedPosts) Post(ctx context.Context, id store.ID, event []byte) error {
	defer s.left.Add(1)
	return s.pausedClaims.Post(ctx, id, event)
}

// askingQueue hands out the tokens of askQueue.
func askingQueue(tokens chan<- string) interpreter.Services {
	return interpreter.Services{"sqs:sendMessage": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
		tokens <- task.Token()
		return map[string]any{"MessageId": "1"}, nil
	})}
}

// Of the answers that several processes have for a token one is taken, and acknowledged
// when it is: the others are late, also if all were left before anybody applied them. A
// Stop is one of them.
func TestOneAnswerOfSeveralProcessesIsTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tokens := make(chan string, 1)
		s := &countedPosts{pausedClaims: &pausedClaims{Shared: memory.NewShared(nil)}}
		config := interpreter.Config{Store: s, Lease: time.Minute, Resolver: askingQueue(tokens)}
		processes := []*interpreter.Interpreter{open(t, config), another(t, config), another(t, config)}
		for round, stopped := range []bool{false, true, false} {
			e, err := processes[0].Start(background, compile(t, askQueue), nil, interpreter.StartOptions{})
			require.NoError(t, err)
			id, token := e.ID(), <-tokens
			require.True(t, soon(func() bool { return len(processes[0].Executions()) == 0 }))
			s.setPaused(true)
			s.left.Store(0)
			type answer struct {
				text string
				err  error
			}
			answers := make(chan answer)
			for n, in := range processes {
				go func() {
					text := fmt.Sprint("answer ", n)
					switch other, err := in.Execution(background, id); {
					case err != nil:
						answers <- answer{text, err}
					case stopped && n == 2:
						answers <- answer{"", other.Stop(background, "", "")}
					default:
						answers <- answer{text, in.SendTaskSuccess(background, token, text)}
					}
				}()
			}
			require.True(t, soon(func() bool { return s.left.Load() == 3 }))
			select {
			case a := <-answers:
				t.Fatalf("round %d: %q is acknowledged and not applied: %v", round, a.text, a.err)
			default:
			}
			s.setPaused(false)
			taken := []string{}
			for range processes {
				a := <-answers
				switch {
				case a.err == nil:
					taken = append(taken, a.text)
				case a.text == "":
					require.ErrorIs(t, a.err, interpreter.ErrEnded)
				default:
					require.ErrorIs(t, a.err, interpreter.ErrTaskTimedOut)
				}
			}
			require.Len(t, taken, 1)
			d := describe(t, processes[1], id)
			if taken[0] == "" {
				require.Equal(t, interpreter.Aborted, d.Status)
			} else {
				require.Equal(t, any(taken[0]), d.Output)
			}
		}
	})
}

// A caller that does not wait until its answer is applied does not know what became of it.
func TestAnAnswerThatIsNotAppliedYet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tokens := make(chan string, 1)
		s := &countedPosts{pausedClaims: &pausedClaims{Shared: memory.NewShared(nil)}}
		in := open(t, interpreter.Config{Store: s, Lease: time.Minute, Resolver: askingQueue(tokens)})
		e, err := in.Start(background, compile(t, askQueue), nil, interpreter.StartOptions{})
		require.NoError(t, err)
		token := <-tokens
		require.True(t, soon(func() bool { return len(in.Executions()) == 0 }))
		s.setPaused(true)
		ctx, cancel := context.WithCancel(background)
		answered := make(chan error)
		go func() { answered <- in.SendTaskSuccess(ctx, token, "yes") }()
		require.True(t, soon(func() bool { return s.left.Load() == 1 }))
		cancel()
		require.ErrorIs(t, <-answered, context.Canceled)
		s.setPaused(false)
		require.NoError(t, e.Wait(background))
		require.ErrorIs(t, in.SendTaskSuccess(background, token, "no"), interpreter.ErrTaskTimedOut)
	})
}

// Posts that nobody can apply keep no others back, and do not load their executions in
// each poll.
func TestPostsThatCannotBeApplied(t *testing.T) {
	tokens := make(chan string, 1)
	s := &countedLoads{Shared: memory.NewShared(noTime)}
	in := open(t, interpreter.Config{Store: s, Lease: shortLease, Resolver: askingQueue(tokens), Codec: newCodec(1)})
	p := compile(t, askQueue)
	stuck, err := in.Start(background, p, nil, interpreter.StartOptions{})
	require.NoError(t, err)
	<-tokens
	e, err := in.Start(background, p, nil, interpreter.StartOptions{})
	require.NoError(t, err)
	token := <-tokens
	require.True(t, soon(func() bool { return len(in.Executions()) == 0 }))
	for n := range 2500 {
		require.NoError(t, s.Post(background, stuck.ID(), json.RawMessage(fmt.Sprint(n)))) // it has no code
	}
	require.NoError(t, in.SendTaskSuccess(background, token, "yes"))
	require.NoError(t, e.Wait(background))
	output, err := e.Output()
	require.NoError(t, err)
	require.Equal(t, `"yes"`, value.String(output))
	require.True(t, soon(func() bool { return head(t, s, stuck.ID()).Parked != "" }))
	s.polls.Store(0)
	require.True(t, soon(func() bool { return s.polls.Load() > 2 }))
	before := s.loads.Load()
	s.polls.Store(0)
	require.True(t, soon(func() bool { return s.polls.Load() > 12 }))
	require.LessOrEqual(t, s.loads.Load(), before+1, "it is tried again now and then")
}

// countedLoads counts looks for posts, and loads.
type countedLoads struct {
	*memory.Shared
	polls, loads atomic.Int32
}

func (s *countedLoads) Posted(ctx context.Context, o store.Owner, after uint64, limit int) ([]store.Post, error) {
	s.polls.Add(1)
	return s.Shared.Posted(ctx, o, after, limit)
}

func (s *countedLoads) Load(ctx context.Context, id store.ID) (*store.State, error) {
	s.loads.Add(1)
	return s.Shared.Load(ctx, id)
}

// latePosts returns the first of several posts when the others have been applied.
type latePosts struct{ *countedPosts }

func (s *latePosts) Posted(ctx context.Context, o store.Owner, after uint64, limit int) ([]store.Post, error) {
	posts, err := s.countedPosts.Posted(ctx, o, after, limit)
	return posts[min(1, max(0, len(posts)-1)):], err
}

// Posts may come in another order than that of their numbers: one waits while its execution
// is parked, and a transaction that leaves one may end after a later one.
func TestPostsInAnyOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const text = `{"StartAt":"All","States":{"All":{"Type":"Map","End":true,"ItemProcessor":` + askQueue + `}}}`
		tokens := make(chan string, 3)
		s := &latePosts{&countedPosts{pausedClaims: &pausedClaims{Shared: memory.NewShared(nil)}}}
		in := open(t, interpreter.Config{Store: s, Lease: time.Minute, Resolver: askingQueue(tokens)})
		e, err := in.Start(background, compile(t, text), []byte(`[1,2,3]`), interpreter.StartOptions{})
		require.NoError(t, err)
		require.True(t, soon(func() bool { return len(tokens) == 3 && len(in.Executions()) == 0 }))
		s.setPaused(true)
		answered := make(chan error, 3)
		for range 3 {
			token := <-tokens
			go func() { answered <- in.SendTaskSuccess(background, token, "yes") }()
		}
		require.True(t, soon(func() bool { return s.left.Load() == 3 }))
		s.setPaused(false)
		for range 3 {
			require.NoError(t, <-answered)
		}
		require.NoError(t, e.Wait(background))
		require.Equal(t, `["yes","yes","yes"]`, outputOf(t, e))
	})
}
