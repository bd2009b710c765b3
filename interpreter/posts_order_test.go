package interpreter_test

import (
	"bytes"
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// orderedPosts is a store whose posts come when all of a test are there. Loads fail and
// claims are lost on request, and Commits wait while they are held.
type orderedPosts struct {
	pausedClaims
	failLoads, loseClaims atomic.Bool
	held                  atomic.Pointer[chan struct{}]
	commits               atomic.Int32
}

func (s *orderedPosts) Load(ctx context.Context, id store.ID) (*store.State, error) {
	if s.failLoads.Load() {
		return nil, errBroken
	}
	return s.pausedClaims.Load(ctx, id)
}

func (s *orderedPosts) Claim(ctx context.Context, o store.Owner, until int64, limit int) ([]store.State, error) {
	page, err := s.pausedClaims.Claim(ctx, o, until, limit)
	if s.loseClaims.Load() {
		return nil, err
	}
	return page, err
}

func (s *orderedPosts) Commit(ctx context.Context, changes []store.Change) error {
	s.commits.Add(1)
	if held := s.held.Load(); held != nil {
		<-*held
	}
	return s.pausedClaims.Commit(ctx, changes)
}

func (s *orderedPosts) post(t *testing.T, posts ...store.Post) {
	for _, p := range posts {
		require.NoError(t, s.Post(background, p.ID, p.Event))
	}
}

// decodedLate is a codec that calls a function before it decodes one of the contents.
type decodedLate struct {
	aesCodec
	event  atomic.Pointer[[]byte]
	before func()
}

func (c *decodedLate) Decode(content store.Content, stored []byte) ([]byte, error) {
	if event := c.event.Load(); event != nil && bytes.Equal(stored, *event) && c.event.CompareAndSwap(event, nil) {
		c.before()
	}
	return c.aesCodec.Decode(content, stored)
}

// A post that finds its execution in the queue of the pool is applied after one that came
// while a change was stored.
func TestAPostWaitsForThoseBeforeIt(t *testing.T) {
	s := &orderedPosts{pausedClaims: pausedClaims{Shared: memory.NewShared(nil)}}
	codec := &decodedLate{aesCodec: newCodec(1)}
	tokens, returns := make(chan string, 1), make(chan struct{})
	in := open(t, interpreter.Config{Store: s, Lease: time.Hour, Codec: codec, Resolver: interpreter.Services{"sqs:sendMessage": interpreter.HandlerFunc(
		func(_ context.Context, task *interpreter.Task) (any, error) {
			tokens <- task.Token()
			<-returns
			return nil, nil
		})}})
	e, err := in.Start(background, compile(t, askQueue), nil, interpreter.StartOptions{})
	require.NoError(t, err)
	token := <-tokens
	yes, err := in.PrepareTaskSuccess(token, "yes")
	require.NoError(t, err)
	late, err := in.PrepareTaskSuccess(token, "late")
	require.NoError(t, err)

	held := make(chan struct{})
	s.held.Store(&held)
	before := s.commits.Load()
	close(returns)
	require.True(t, soon(func() bool { return s.commits.Load() == before+1 }))
	var release func()
	codec.before = func() { // the first post is in the mail
		release = interpreter.HoldPool(in)
		s.held.Store(nil)
		close(held)
		require.True(t, soon(func() bool { return interpreter.Yielded(in) == 1 }))
	}
	codec.event.Store(&late.Event)
	s.setPaused(true)
	s.post(t, yes, late)
	s.setPaused(false)
	require.True(t, soon(func() bool { return s.commits.Load() >= before+2 }))
	release()
	require.NoError(t, e.Wait(background))
	require.Equal(t, `"yes"`, outputOf(t, e))
}

// A post that is not applied yet because its execution cannot be loaded, or is parked,
// keeps the later ones back, also if the execution continues meanwhile.
func TestPostsWaitForOneThatIsNotApplied(t *testing.T) {
	for name, parked := range map[string]bool{"cannot be loaded": false, "parked": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &orderedPosts{pausedClaims: pausedClaims{Shared: memory.NewShared(nil)}}
				codec := &decodedLate{aesCodec: newCodec(1)}
				tokens := make(chan string, 1)
				in := open(t, interpreter.Config{Store: s, Lease: time.Hour, Codec: codec, Resolver: askingQueue(tokens)})
				e, err := in.Start(background, compile(t, askQueue), nil, interpreter.StartOptions{})
				require.NoError(t, err)
				token := <-tokens
				yes, err := in.PrepareTaskSuccess(token, "yes")
				require.NoError(t, err)
				late, err := in.PrepareTaskSuccess(token, "late")
				require.NoError(t, err)
				require.True(t, soon(func() bool { return len(in.Executions()) == 0 }))

				decoding, decode := make(chan struct{}), make(chan struct{})
				codec.before = func() { close(decoding); <-decode }
				codec.event.Store(&late.Event)
				s.failLoads.Store(true)
				s.loseClaims.Store(true)
				s.setPaused(!parked)
				s.post(t, yes)
				if parked {
					require.True(t, soon(func() bool { return interpreter.Parked(in) == 1 }))
				}
				s.post(t, late)
				s.setPaused(false)
				<-decoding
				require.True(t, soon(func() bool { return interpreter.Parked(in) == 1 }))
				s.failLoads.Store(false)
				require.NoError(t, in.RetryParked(background, e.ID()))
				s.loseClaims.Store(false)
				close(decode)
				require.NoError(t, e.Wait(background))
				require.Equal(t, `"yes"`, outputOf(t, e))
			})
		})
	}
}

// The same for a process in whose memory the execution has ended, although another one
// has redriven it.
func TestPostsWaitForARedrivenExecution(t *testing.T) {
	var clock atomic.Int64
	s := &orderedPosts{pausedClaims: pausedClaims{Shared: memory.NewShared(func() time.Time { return time.Unix(clock.Load(), 0) })}}
	codec := &decodedLate{aesCodec: newCodec(1)}
	tokens := make(chan string, 2)
	resolver := func(err error) interpreter.Services {
		return interpreter.Services{"sqs:sendMessage": interpreter.HandlerFunc(func(_ context.Context, task *interpreter.Task) (any, error) {
			tokens <- task.Token()
			return nil, err
		})}
	}
	in := open(t, interpreter.Config{Store: s, Lease: 12 * time.Hour, Codec: codec, Resolver: resolver(errBroken)})
	e, err := in.Start(background, compile(t, askQueue), nil, interpreter.StartOptions{})
	require.NoError(t, err)
	require.Error(t, e.Wait(background))
	<-tokens
	s.setPaused(true)
	s.loseClaims.Store(true)
	other := interpreter.New(interpreter.Config{Store: s.Shared, Lease: time.Hour, Codec: codec.aesCodec, Resolver: resolver(nil)})
	require.NoError(t, redriveStored(other, e.ID()))
	token := <-tokens
	require.True(t, soon(func() bool { return len(other.Executions()) == 0 }))
	require.NoError(t, other.Close())
	yes, err := in.PrepareTaskSuccess(token, "yes")
	require.NoError(t, err)
	late, err := in.PrepareTaskSuccess(token, "late")
	require.NoError(t, err)

	decoding, decode := make(chan struct{}), make(chan struct{})
	codec.before = func() { close(decoding); <-decode }
	codec.event.Store(&late.Event)
	driven, drive := make(chan struct{}), make(chan struct{})
	go interpreter.Drive(e, func() { close(driven); <-drive })
	<-driven
	opened := make(chan error, 1)
	go func() {
		_, err := in.Execution(background, e.ID())
		opened <- err
	}()
	require.True(t, soon(func() bool { return interpreter.Mailed(e) == 1 }))
	s.post(t, yes, late)
	s.setPaused(false)
	<-decoding
	close(drive)
	require.True(t, soon(func() bool { return interpreter.Passive(e) }))
	s.loseClaims.Store(false)
	close(decode)
	require.NoError(t, <-opened)
	require.NoError(t, e.Wait(background))
	require.Equal(t, `"yes"`, outputOf(t, e))
}
