package interpreter

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gostates/gostates/interpreter/internal/hosterr"
	"github.com/gostates/gostates/interpreter/store"
)

// callCodec calls f, which calls the codec, on a goroutine of its own, so that a codec
// that blocks or calls runtime.Goexit ends no driver. If ctx ends first it returns the error
// of ctx: f must change nothing of the caller's.
func callCodec[T any](ctx context.Context, s *durable, f func() (T, error)) (T, error) {
	type answer struct {
		result T
		err    error
	}
	answers := make(chan answer, 1)
	go func() {
		var a answer
		returned := false
		defer func() {
			if !returned {
				a.err = newHookError(hookCodec, nil)
			}
			answers <- a
		}()
		a.err = callHook(hookCodec, func() error {
			var err error
			if a.result, err = f(); err != nil {
				if message := errors.New(hosterr.Message(err)); errors.Is(err, store.ErrNoKey) {
					err = &noKeyError{message}
				} else {
					err = message // without its methods
				}
			}
			return err
		})
		returned = true
	}()
	var none T
	select {
	case a := <-answers:
		return a.result, a.err
	case <-s.in.ctx.Done():
		return none, ErrClosed
	case <-ctx.Done():
		if s.in.ctx.Err() != nil {
			return none, ErrClosed
		}
		return none, &codecInterrupted{contextError(ctx)}
	}
}

// codecInterrupted says that a caller does not wait for the codec any longer.
type codecInterrupted struct{ err error } // of its context

func (e *codecInterrupted) Error() string {
	return "interpreter: waiting for Config.Codec: " + e.err.Error()
}
func (e *codecInterrupted) Unwrap() error { return e.err }

// noKeyError is an error of the codec that lacks a key.
type noKeyError struct{ err error }

func (e *noKeyError) Error() string { return e.err.Error() }
func (e *noKeyError) Unwrap() error { return store.ErrNoKey }

var errNothing = errors.New("Config.Codec returned nothing")

// notEmpty returns an error for an empty result: an empty record would be skipped.
func notEmpty(data []byte, err error) ([]byte, error) {
	if err == nil && len(data) == 0 {
		err = errNothing
	}
	return data, err
}

// encodeChange replaces the contents of a change by what the codec makes of them.
func (s *durable) encodeChange(ctx context.Context, c *store.Change, namespace string) error {
	if s.codec == nil {
		return nil
	}
	plain := *c // f may go on after an error
	encoded, err := callCodec(ctx, s, func() (stored store.Change, err error) {
		stored = plain
		content := store.Content{Kind: store.ContentRecord, Namespace: namespace, ID: plain.ID, Version: plain.Version}
		if len(plain.Record) > 0 {
			stored.Record, err = notEmpty(s.codec.Encode(content, plain.Record))
		}
		if content.Kind = store.ContentSnapshot; err == nil && plain.Snapshot != nil {
			stored.Snapshot, err = notEmpty(s.codec.Encode(content, plain.Snapshot))
		}
		if err == nil && plain.Definition != nil {
			content = store.Content{Kind: store.ContentDefinition, Digest: plain.Head.Digest}
			stored.Definition, err = notEmpty(s.codec.Encode(content, plain.Definition))
		}
		return stored, err
	})
	if err != nil {
		return fmt.Errorf("interpreter: encoding version %d of execution %s: %w", c.Version, c.ID, err)
	}
	*c = encoded
	return nil
}

// encodeContent is encodeChange for a single content.
func (s *durable) encodeContent(ctx context.Context, c store.Content, plain []byte) ([]byte, error) {
	if s.codec == nil {
		return plain, nil
	}
	stored, err := callCodec(ctx, s, func() ([]byte, error) { return notEmpty(s.codec.Encode(c, plain)) })
	if err != nil {
		return nil, fmt.Errorf("interpreter: encoding %s: %w", describeContent(c), err)
	}
	return stored, nil
}

// decodeContent undoes encodeContent. Its error wraps [store.ErrCorrupt] or
// [store.ErrNoKey].
func (s *durable) decodeContent(ctx context.Context, c store.Content, stored []byte) ([]byte, error) {
	if s.codec == nil || len(stored) == 0 {
		return stored, nil
	}
	plain, err := callCodec(ctx, s, func() ([]byte, error) { return notEmpty(s.codec.Decode(c, stored)) })
	return plain, decodingError(c, err)
}

// decodeState returns a state with decoded contents.
func (s *durable) decodeState(ctx context.Context, st *store.State) (*store.State, error) {
	if s.codec == nil {
		return st, nil
	}
	plain := *st
	plain.Records = slices.Clone(st.Records)
	c := store.Content{Kind: store.ContentSnapshot, Namespace: st.Head.Namespace, ID: st.ID, Version: st.Since}
	var err error
	if st.Snapshot != nil {
		if plain.Snapshot, err = s.decodeContent(ctx, c, st.Snapshot); err != nil {
			return nil, err
		}
	}
	c.Kind = store.ContentRecord
	for i, record := range st.Records {
		c.Version = st.Since + 1 + uint64(i)
		if plain.Records[i], err = s.decodeContent(ctx, c, record); err != nil {
			return nil, err
		}
	}
	return &plain, nil
}

func decodingError(c store.Content, err error) error {
	var interrupted *codecInterrupted
	if err == nil || err == ErrClosed || errors.As(err, &interrupted) { //nolint:errorlint // callCodec does not wrap it
		return err
	}
	if errors.Is(err, store.ErrNoKey) {
		return fmt.Errorf("interpreter: decoding %s: %w", describeContent(c), err)
	}
	return fmt.Errorf("interpreter: decoding %s: %w: %w", describeContent(c), store.ErrCorrupt, err)
}

func describeContent(c store.Content) string {
	switch c.Kind {
	case store.ContentRecord:
		return fmt.Sprintf("record %d of execution %s", c.Version, c.ID)
	case store.ContentSnapshot:
		return fmt.Sprintf("the snapshot of version %d of execution %s", c.Version, c.ID)
	case store.ContentEvent:
		return fmt.Sprintf("an event for execution %s", c.ID)
	}
	return "the definition " + c.Digest
}
