package interpreter_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
	"github.com/gostates/gostates/value"
)

// newCodec returns a codec with a number of keys, of which the last one is the current
// one.
func newCodec(keys byte) aesCodec {
	c := aesCodec{keys: map[byte][]byte{}, current: keys}
	for n := byte(1); n <= keys; n++ {
		c.keys[n] = bytes.Repeat([]byte{n}, 32)
	}
	return c
}

// witness is a Shared store that keeps all that was written, by its JSON.
type witness struct {
	*memory.Shared
	written *lockedBuffer
}

func (w witness) note(what any) {
	data, err := json.Marshal(what)
	if err != nil {
		panic(err)
	}
	_, _ = w.written.Write(data)
}

func (w witness) noteBytes(all ...[]byte) {
	for _, b := range all {
		_, _ = w.written.Write(b)
	}
}

func (w witness) Commit(ctx context.Context, changes []store.Change) error {
	for _, c := range changes {
		w.note(c.Head)
		w.noteBytes(c.Record, c.Snapshot)
	}
	return w.Shared.Commit(ctx, changes)
}

func (w witness) PutDefinition(ctx context.Context, digest string, definition []byte) error {
	w.noteBytes(definition)
	return w.Shared.PutDefinition(ctx, digest, definition)
}

func (w witness) Post(ctx context.Context, id store.ID, event []byte) error {
	w.noteBytes(event)
	return w.Shared.Post(ctx, id, event)
}

// secretQueue asks for an answer with the secret in all places.
const secretQueue = `{"Comment":"hunter2","StartAt":"Keep","States":{
	"Keep":{"Type":"Pass","Result":"hunter2 new","ResultPath":"$.kept","Assign":{"v.$":"$$.Execution.Input.password"},"Next":"Ask"},
	"Ask":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken",
		"Parameters":{"QueueUrl":"hunter2","MessageBody":{"token.$":"$$.Task.Token","p.$":"$.password"}},"ResultPath":"$.answer","Next":"Rest"},
	"Rest":{"Type":"Wait","Seconds":1,"End":true}}}`

// With a codec, data of executions and definitions is nowhere in the store. All that
// reads the store reads what was written, with later keys too.
func TestCodecEncodesAllContents(t *testing.T) {
	for _, encoded := range []bool{false, true} {
		t.Run(fmt.Sprint("encoded: ", encoded), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				kept := witness{memory.NewShared(nil), new(lockedBuffer)}
				tokens := make(chan string, 1)
				config := interpreter.Config{Store: kept, Namespace: "tenant", Lease: time.Minute, Resolver: interpreter.Services{"sqs:sendMessage": interpreter.HandlerFunc(
					func(_ context.Context, task *interpreter.Task) (any, error) {
						tokens <- task.Token()
						return nil, nil
					})}}
				if encoded {
					codec := newCodec(2)
					codec.current = 1
					config.Codec = codec
				}
				a := open(t, config)
				if encoded {
					config.Codec = newCodec(2)
				}
				b := another(t, config)
				require.True(t, soon(func() bool { return interpreter.Owns(a) && interpreter.Owns(b) }))
				e, err := a.Start(background, compile(t, secretQueue), []byte(`{"password":"hunter2"}`), interpreter.StartOptions{})
				require.NoError(t, err)
				require.True(t, soon(func() bool { return len(tokens) > 0 }))
				token := <-tokens
				require.True(t, soon(func() bool { return len(a.Executions()) == 0 }))
				require.NoError(t, a.SendTaskSuccess(background, token, secret)) // posted: a does not have it
				require.NoError(t, e.Wait(background))
				want := `{"password":"hunter2","kept":"hunter2 new","answer":"hunter2"}`
				d, err := b.Describe(background, e.ID())
				require.NoError(t, err)
				require.NoError(t, d.Problem)
				require.Equal(t, want, value.String(d.Output))
				require.Equal(t, `{"password":"hunter2"}`, value.String(d.Input))
				for _, o := range []interpreter.HistoryOptions{{}, {Reverse: true}, {After: 3}} {
					var last *history.Event
					for ev, err := range b.History(background, e.ID(), o) {
						require.NoError(t, err)
						last = ev
					}
					require.NotNil(t, last)
				}
				require.Equal(t, encoded, !bytes.Contains([]byte(kept.written.String()), []byte(secret)))
			})
		})
	}
}

// A later process with a later key continues what an earlier one has left, and can tell
// by its codec what it cannot read.
func TestCodecReadsWithEarlierKeys(t *testing.T) {
	kept := memory.New()
	p := compile(t, chain)
	began := make(chan struct{}, 1)
	in := interpreter.New(interpreter.Config{Store: kept, Codec: newCodec(1), Resolver: interpreter.Resolvers{interpreter.Mux{"b": stuck(began)}, answers(nil)}})
	e, err := in.Start(background, p, []byte(`{}`), interpreter.StartOptions{})
	require.NoError(t, err)
	<-began
	crash(t, in)

	forgotten := newCodec(2)
	delete(forgotten.keys, 1)
	for want, codec := range map[error]store.Codec{store.ErrNoKey: forgotten, store.ErrCorrupt: nil} {
		in = interpreter.New(interpreter.Config{Store: kept, Codec: codec, Resolver: answers(nil), Programs: []*interpreter.Program{p}})
		require.True(t, soon(func() bool { return head(t, kept, e.ID()).Parked != "" }))
		_, err = in.Execution(background, e.ID())
		require.ErrorIs(t, err, want)
		for _, err := range in.History(background, e.ID(), interpreter.HistoryOptions{}) {
			require.ErrorIs(t, err, want)
		}
		require.ErrorIs(t, in.Delete(background, e.ID()), interpreter.ErrRunning, "it is not damaged")
		require.Equal(t, interpreter.Running, status(t, kept, e.ID()))
		crash(t, in)
	}
	in = open(t, interpreter.Config{Store: kept, Codec: newCodec(2), Resolver: answers(nil)})
	found, err := in.Execution(background, e.ID())
	require.NoError(t, err)
	require.NoError(t, found.Wait(background))
	d, err := in.Describe(background, e.ID())
	require.NoError(t, err)
	require.Equal(t, `{"a":"a","b":"b","c":"c"}`, value.String(d.Output))
}

// Nor does a process that lacks the key delete what others run.
func TestProcessesThatLackTheKeyDeleteNothing(t *testing.T) {
	kept := memory.NewShared(nil)
	forgotten := newCodec(2)
	delete(forgotten.keys, 1)
	in := open(t, interpreter.Config{Store: kept, Codec: newCodec(1)})
	p := compile(t, oneDay)
	e, err := in.Start(background, p, []byte(`{}`), interpreter.StartOptions{})
	require.NoError(t, err)
	for _, codec := range []store.Codec{forgotten, nil} {
		for _, programs := range [][]*interpreter.Program{nil, {p}} {
			other := another(t, interpreter.Config{Store: kept, Codec: codec, Programs: programs})
			require.ErrorIs(t, other.Delete(background, e.ID()), interpreter.ErrRunning)
			require.Equal(t, interpreter.Running, status(t, kept, e.ID()))
		}
	}
	require.NoError(t, e.Stop(background, "", ""))
	require.NoError(t, another(t, interpreter.Config{Store: kept}).Delete(background, e.ID()), "it has ended")
}

// A call does not wait for a codec that blocks longer than its context lasts.
func TestACodecThatBlocksWhileItDecodes(t *testing.T) {
	kept := memory.New()
	in := open(t, interpreter.Config{Store: kept, Codec: newCodec(1), Resolver: answers(nil)})
	e, err := in.Start(background, compile(t, oneDay), []byte(`{}`), interpreter.StartOptions{})
	require.NoError(t, err)
	id := e.ID()
	require.NoError(t, in.Close())
	codec := blockedCodec{newCodec(1), make(chan struct{}), make(chan struct{}, 100)}
	defer close(codec.release)
	in = another(t, interpreter.Config{Store: kept, Codec: codec})
	for name, call := range map[string]func(ctx context.Context) error{
		"Describe":    func(ctx context.Context) error { _, err := in.Describe(ctx, id); return err },
		"Execution":   func(ctx context.Context) error { _, err := in.Execution(ctx, id); return err },
		"CheckStored": func(ctx context.Context) error { _, err := in.CheckStored(ctx, -1); return err },
		"Delete":      func(ctx context.Context) error { return in.Delete(ctx, id) },
		"Fork": func(ctx context.Context) error {
			_, err := in.Fork(ctx, id, interpreter.AtEvent(1), interpreter.ForkOptions{})
			return err
		},
		"History": func(ctx context.Context) error {
			for _, err := range in.History(ctx, id, interpreter.HistoryOptions{}) {
				return err
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(background)
			returned := make(chan error)
			go func() { returned <- call(ctx) }()
			select {
			case <-codec.entered:
			case err := <-returned:
				t.Fatalf("it does not wait for the codec: %v", err)
			}
			cancel()
			require.ErrorIs(t, <-returned, context.Canceled)
		})
	}
}

// Executions share a few locks. None is held while the codec decodes another execution,
// which may take long, or call back.
func TestACodecThatBlocksHoldsUpNoOtherExecution(t *testing.T) {
	const more = 32 // than there are locks
	kept := memory.New()
	in := open(t, interpreter.Config{Store: kept, Codec: newCodec(1)})
	day := compile(t, oneDay)
	e, err := in.Start(background, day, []byte(`{}`), interpreter.StartOptions{})
	require.NoError(t, err)
	require.NoError(t, in.Close())
	codec := blockedCodec{newCodec(1), make(chan struct{}), make(chan struct{}, 100)}
	in = another(t, interpreter.Config{Store: kept, Codec: codec, Resolver: answers(nil), History: new(history.Log),
		Programs: []*interpreter.Program{day}})
	loaded := make(chan error, 1)
	go func() {
		_, err := in.Execution(background, e.ID())
		loaded <- err
	}()
	<-codec.entered
	p := compile(t, chain)
	for range more {
		other, err := in.Start(background, p, []byte(`{}`), interpreter.StartOptions{})
		require.NoError(t, err)
		require.NoError(t, other.Wait(background))
	}
	close(codec.release)
	require.NoError(t, <-loaded)
}

// blockedCodec is a codec that does not decode until it is released.
type blockedCodec struct {
	store.Codec
	release, entered chan struct{}
}

func (c blockedCodec) Decode(content store.Content, stored []byte) ([]byte, error) {
	c.entered <- struct{}{}
	<-c.release
	return c.Codec.Decode(content, stored)
}

// What is encoded belongs to one place. In another one it fails, and the execution is
// parked with an error that says where.
func TestSwappedContentsParkTheirExecutions(t *testing.T) {
	for name, swap := range map[string]func(victim, other *store.State){
		"record of another execution":   func(victim, other *store.State) { victim.Records[0] = other.Records[0] },
		"record of another version":     func(victim, _ *store.State) { victim.Records[1] = victim.Records[0] },
		"snapshot of another execution": func(victim, other *store.State) { victim.Snapshot = other.Snapshot },
		"snapshot that is a record":     func(victim, other *store.State) { victim.Snapshot = other.Records[0] },
	} {
		t.Run(name, func(t *testing.T) {
			kept := memory.New()
			began := make(chan struct{}, 64)
			p := compile(t, chain)
			rests := strings.HasPrefix(name, "snapshot")
			if rests {
				p = compile(t, oneDay)
			}
			config := interpreter.Config{Store: kept, Codec: newCodec(1), Resolver: interpreter.Resolvers{interpreter.Mux{"b": stuck(began)}, answers(nil)}}
			in := interpreter.New(config)
			var ids []store.ID
			for range 2 {
				e, err := in.Start(background, p, []byte(`{}`), interpreter.StartOptions{})
				require.NoError(t, err)
				if !rests {
					<-began
				}
				ids = append(ids, e.ID())
			}
			crash(t, in)
			config.Store = swapped{kept, ids[0], ids[1], swap}
			in = interpreter.New(config)
			_, err := in.Execution(background, ids[0])
			require.ErrorIs(t, err, store.ErrCorrupt)
			require.True(t, soon(func() bool { return head(t, kept, ids[0]).Parked != "" }))
			require.Contains(t, head(t, kept, ids[0]).Parked, "decoding ")
			require.Contains(t, head(t, kept, ids[0]).Parked, ids[0].String())
			require.Empty(t, head(t, kept, ids[1]).Parked)
			require.ErrorIs(t, in.RetryParked(background, ids[0]), store.ErrCorrupt)
			d, err := in.Describe(background, ids[0])
			require.NoError(t, err)
			require.ErrorIs(t, d.Problem, store.ErrCorrupt)
			problems, err := in.CheckStored(background, -1)
			require.NoError(t, err)
			require.Len(t, problems, 1)
			require.EqualValues(t, 1, problems[0].Affected)
			require.ErrorIs(t, problems[0].Err, store.ErrCorrupt)
			crash(t, in)
			config.Store = kept
			in = interpreter.New(config)
			_, err = in.Execution(background, ids[0])
			require.NoError(t, err)
			crash(t, in)
		})
	}
}

// An execution that was moved to another namespace cannot be read there.
func TestContentsBelongToANamespace(t *testing.T) {
	kept := memory.New()
	in := open(t, interpreter.Config{Store: kept, Codec: newCodec(1)})
	e, err := in.Start(background, compile(t, oneDay), []byte(`{}`), interpreter.StartOptions{})
	require.NoError(t, err)
	moved := swapped{kept, e.ID(), e.ID(), func(victim, _ *store.State) { victim.Head.Namespace = "tenant" }}
	other := another(t, interpreter.Config{Store: moved, Codec: newCodec(1), Namespace: "tenant"})
	d, err := other.Describe(background, e.ID())
	require.NoError(t, err)
	require.ErrorIs(t, d.Problem, store.ErrCorrupt)
	require.Nil(t, d.Input)
	for _, err := range other.History(background, e.ID(), interpreter.HistoryOptions{}) {
		require.ErrorIs(t, err, store.ErrCorrupt)
	}
}

// swapped is a store that gives an execution something of another one.
type swapped struct {
	store.Store
	victim, other store.ID
	swap          func(victim, other *store.State)
}

func (s swapped) change(st *store.State) {
	if st.ID != s.victim {
		return
	}
	other, err := s.Store.Load(background, s.other)
	if err != nil {
		panic(err)
	}
	st.Records = append([][]byte(nil), st.Records...)
	if len(other.Records) == 0 {
		_ = s.Store.Records(background, s.other, 0, func(_ uint64, r []byte) bool { other.Records = append(other.Records, r); return true })
	}
	s.swap(st, other)
}

func (s swapped) Load(ctx context.Context, id store.ID) (*store.State, error) {
	st, err := s.Store.Load(ctx, id)
	if err == nil {
		s.change(st)
	}
	return st, err
}

func (s swapped) Due(ctx context.Context, after store.Place, until int64, limit int) ([]store.State, error) {
	page, err := s.Store.Due(ctx, after, until, limit)
	for i := range page {
		s.change(&page[i])
	}
	return page, err
}

// Different Contents have different associated data.
func TestAssociatedDataIsInjective(t *testing.T) {
	seen := map[string]store.Content{}
	for _, kind := range []store.ContentKind{store.ContentRecord, store.ContentSnapshot} {
		for _, namespace := range []string{"", "a", "ab", "\x00"} {
			for _, id := range []store.ID{{}, {1}} {
				for _, version := range []uint64{0, 1, 1 << 40} {
					for _, digest := range []string{"", "a", "b"} {
						c := store.Content{Kind: kind, Namespace: namespace, ID: id, Version: version, Digest: digest}
						data := string(c.AssociatedData())
						require.NotContains(t, seen, data)
						seen[data] = c
					}
				}
			}
		}
	}
}

// A codec also encodes what is prepared for a transaction of the host.
func TestCodecEncodesWhatIsPrepared(t *testing.T) {
	kept := memory.NewShared(nil)
	in := open(t, interpreter.Config{Store: kept, Codec: newCodec(1), Namespace: "tenant", Resolver: answers(nil)})
	change, err := in.Prepare(compile(t, secretQueue), []byte(`{"password":"hunter2"}`), interpreter.StartOptions{})
	require.NoError(t, err)
	require.NotEmpty(t, change.Definition)
	post, err := in.PrepareStop(change.ID, "Stopped", secret)
	require.NoError(t, err)
	for _, data := range [][]byte{change.Record, change.Snapshot, change.Definition, post.Event} {
		require.NotContains(t, string(data), secret)
	}
	require.NoError(t, kept.Commit(background, []store.Change{change}))
	require.NoError(t, kept.Post(background, post.ID, post.Event))
	require.True(t, soon(func() bool { return status(t, kept, change.ID) == interpreter.Aborted }))
	d, err := in.Describe(background, change.ID)
	require.NoError(t, err)
	require.NoError(t, d.Problem)
	require.Equal(t, secret, d.Failure.Cause)
}
