package registry_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/registry"
)

var (
	background = context.Background()
	at         = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
)

const arn = "arn:aws:states:us-east-1:123456789012:stateMachine:m"

func open(t *testing.T, s registry.Store) *registry.Registry {
	t.Helper()
	r, err := registry.Open(background, s)
	require.NoError(t, err)
	return r
}

func newMachine() registry.NewMachine {
	return registry.NewMachine{
		Arn: arn, Name: "m", Type: registry.Standard, At: at, Tags: []registry.Tag{{Key: "k", Value: "v"}},
		Revision: registry.Revision{Definition: "{ }", Role: "r", Logging: registry.Logging{Level: "OFF"}},
	}
}

func pointer[T any](v T) *T { return &v }

// fill makes one of everything.
func fill(t *testing.T, r *registry.Registry) {
	t.Helper()
	n := newMachine()
	n.Publish, n.VersionDescription = true, "first"
	_, v, err := r.CreateMachine(background, n)
	require.NoError(t, err)
	require.Equal(t, 1, v.Number)
	_, v, err = r.UpdateMachine(background, arn, registry.Update{Definition: pointer("{}"), Publish: true, At: at.Add(time.Hour)})
	require.NoError(t, err)
	require.Equal(t, 2, v.Number)
	_, err = r.CreateAlias(background, arn, registry.Alias{Name: "live", Routes: []registry.Route{{1, 40}, {2, 60}}, Created: at, Updated: at})
	require.NoError(t, err)
	_, err = r.CreateActivity(background, "arn:activity:a", "a", nil, nil, at)
	require.NoError(t, err)
}

// What was returned is stored: another registry over the store is the same.
func TestRecordsOutliveTheRegistry(t *testing.T) {
	s := registry.NewMemory()
	r := open(t, s)
	fill(t, r)
	again := open(t, s)
	require.Equal(t, r.Machines(), again.Machines())
	require.Equal(t, r.Activities(), again.Activities())
	require.Equal(t, r.Secret(), again.Secret())
	for n := range 2 {
		require.Equal(t, r.Revision(arn, n+1), again.Revision(arn, n+1))
	}
	_, err := r.MarkDeleting(background, arn)
	require.NoError(t, err)
	require.NoError(t, r.RemoveMachine(background, arn))
	require.NoError(t, r.DeleteActivity(background, "arn:activity:a"))
	left := 0
	require.NoError(t, s.Read(background, func(string, []byte) error { left++; return nil }))
	require.Equal(t, 1, left, "only the secret")
}

// Records of earlier versions of this package can be read. Files of testdata are never
// overwritten.
func TestGoldenRecords(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "format1.json"))
	require.NoError(t, err)
	var records map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(text, &records))
	s := registry.NewMemory()
	for key, record := range records {
		require.NoError(t, s.Write(background, []registry.Change{{Key: key, Record: record}}))
	}
	r := open(t, s)
	m, err := r.Machine(arn)
	require.NoError(t, err)
	require.Equal(t, 2, m.Current)
	require.Equal(t, "{ }", r.Revision(arn, 1).Definition)
	require.Equal(t, "{}", r.Revision(arn, 2).Definition)
	v, ok := m.Version(1)
	require.True(t, ok)
	require.Equal(t, "first", v.Description)
	a, ok := m.Alias("live")
	require.True(t, ok)
	require.Equal(t, []registry.Route{{1, 40}, {2, 60}}, a.Routes)
	require.Equal(t, []registry.Tag{{Key: "k", Value: "v"}}, m.Tags)
	_, err = r.Activity("arn:activity:a")
	require.NoError(t, err)
	require.Len(t, r.Secret(), 32)
	v2, err := r.PublishVersion(background, arn, "", "", at)
	require.NoError(t, err)
	require.Equal(t, 2, v2.Number)
}

func TestDamagedRecords(t *testing.T) {
	for _, c := range []struct{ key, record string }{
		{"machine/x", `{"format": 1, "machine": {"arn": "y"}}`},
		{"machine/x", `{"format": 1, "machine": {"arn": "x", "current": 3}}`},
		{"machine/x", `{"format": 1, "machine": {"arn": "x", "current": 1, "versions": [{"number": 1, "revision": 3}]}}`},
		{"machine/x", `{"format": 1, "machine": {"arn": "x", "current": 1, "aliases": [{"name": "a", "routes": []}]}}`},
		{"machine/x", `{"format": 1, "machine": {"arn": "x", "current": 1, "aliases": [{"name": "a", "routes": [{"version": 2, "weight": 100}]}]}}`},
		{"machine/x", `{"format": 2, "machine": {"arn": "x"}}`},
		{"machine/x", `{`},
		{"revision/x/1", `{"format": 1, "of": "x", "revision": {"number": 2}}`},
		{"activity/x", `{"format": 1}`},
		{"secret", `{"format": 1, "secret": ""}`},
	} {
		s := registry.NewMemory()
		first := registry.Change{Key: "revision/x/1", Record: []byte(`{"format": 1, "of": "x", "revision": {"number": 1}}`)}
		require.NoError(t, s.Write(background, []registry.Change{first, {Key: c.key, Record: []byte(c.record)}}))
		_, err := registry.Open(background, s)
		require.ErrorIs(t, err, registry.ErrFormat, c.record)
	}
}

// hostile is a store that does what it is told instead.
type hostile struct {
	registry.Store
	write func(ctx context.Context) error
}

func (h *hostile) Write(ctx context.Context, changes []registry.Change) error {
	if h.write != nil {
		if err := h.write(ctx); err != nil {
			return err
		}
	}
	return h.Store.Write(ctx, changes)
}

// A change that is not stored does not show, whatever the store does.
func TestFaultsOfTheStore(t *testing.T) {
	s := &hostile{Store: registry.NewMemory()}
	r := open(t, s)
	full := errors.New("full")
	for _, f := range []func(context.Context) error{
		func(context.Context) error { return full },
		func(context.Context) error { panic("x") },
	} {
		s.write = f
		_, _, err := r.CreateMachine(background, newMachine())
		require.Error(t, err)
		require.Empty(t, r.Machines())
	}
	s.write = func(context.Context) error { runtime.Goexit(); return nil }
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _, _ = r.CreateMachine(background, newMachine())
	}()
	<-ended
	require.Empty(t, r.Machines())
	s.write = nil
	fill(t, r)
}

// While the store hangs, others read, and a second writer waits no longer than its
// context.
func TestStoreThatHangs(t *testing.T) {
	s := &hostile{Store: registry.NewMemory()}
	r := open(t, s)
	inside, leave := make(chan struct{}), make(chan struct{})
	s.write = func(context.Context) error { close(inside); <-leave; return nil }
	done := make(chan error)
	go func() {
		_, _, err := r.CreateMachine(background, newMachine())
		done <- err
	}()
	<-inside
	require.Empty(t, r.Machines())
	ctx, cancel := context.WithCancel(background)
	cancel()
	require.ErrorIs(t, r.DeleteActivity(ctx, "x"), context.Canceled)
	close(leave)
	require.NoError(t, <-done)
	require.Len(t, r.Machines(), 1)
}

func TestRevisions(t *testing.T) {
	r := open(t, registry.NewMemory())
	_, _, err := r.CreateMachine(background, newMachine())
	require.NoError(t, err)
	same, _, err := r.UpdateMachine(background, arn, registry.Update{Definition: pointer("{ }"), Role: pointer("r"), At: at.Add(time.Hour)})
	require.NoError(t, err)
	require.Equal(t, []any{"", 1, at}, []any{same.ID, same.Number, same.Created}, "nothing has changed")
	last := same
	for _, u := range []registry.Update{{Definition: pointer("{}")}, {Role: pointer("s")}, {Tracing: pointer(true)}, {Logging: &registry.Logging{Level: "ALL"}}} {
		next, _, err := r.UpdateMachine(background, arn, u)
		require.NoError(t, err)
		require.Equal(t, last.Number+1, next.Number)
		require.NotEqual(t, last.ID, next.ID)
		last = next
	}
	require.Equal(t, "{ }", r.Revision(arn, 1).Definition, "those that run have it")
}

func TestVersions(t *testing.T) {
	r := open(t, registry.NewMemory())
	_, _, err := r.CreateMachine(background, newMachine())
	require.NoError(t, err)
	v, err := r.PublishVersion(background, arn, registry.Initial, "d", at)
	require.NoError(t, err)
	again, err := r.PublishVersion(background, arn, "", "other", at.Add(1))
	require.NoError(t, err)
	require.Equal(t, v, again, "a revision has one version")
	rev, _, err := r.UpdateMachine(background, arn, registry.Update{Role: pointer("s")})
	require.NoError(t, err)
	_, err = r.PublishVersion(background, arn, registry.Initial, "", at)
	require.Equal(t, &registry.RevisionError{Wanted: registry.Initial, Current: rev.ID}, err)
	require.NoError(t, r.DeleteVersion(background, arn, 1))
	v, err = r.PublishVersion(background, arn, rev.ID, "", at)
	require.NoError(t, err)
	require.Equal(t, 2, v.Number, "a number is never used again")
	_, err = r.CreateAlias(background, arn, registry.Alias{Name: "x", Routes: []registry.Route{{1, 100}}})
	require.ErrorIs(t, err, registry.ErrNoVersion)
	_, err = r.CreateAlias(background, arn, registry.Alias{Name: "x", Routes: []registry.Route{{2, 100}}})
	require.NoError(t, err)
	_, err = r.CreateAlias(background, arn, registry.Alias{Name: "x", Description: "d", Routes: []registry.Route{{2, 100}}})
	require.ErrorIs(t, err, registry.ErrAliasExists)
	require.Equal(t, &registry.VersionInUseError{Aliases: []string{"x"}}, r.DeleteVersion(background, arn, 2))
	require.NoError(t, r.DeleteAlias(background, arn, "x"))
	require.NoError(t, r.DeleteAlias(background, arn, "x"))
	require.ErrorIs(t, r.UpdateAlias(background, arn, "x", pointer("d"), nil, at), registry.ErrNoAlias)
	require.NoError(t, r.DeleteVersion(background, arn, 2))
	require.NoError(t, r.DeleteVersion(background, "nothing", 2))
}

func TestTags(t *testing.T) {
	r := open(t, registry.NewMemory())
	fill(t, r)
	for _, of := range []string{arn, "arn:activity:a"} {
		require.NoError(t, r.Tag(background, of, []registry.Tag{{Key: "a", Value: "1"}, {Key: "k", Value: "2"}}))
		require.NoError(t, r.Tag(background, of, []registry.Tag{{Key: "a", Value: "3"}}))
		require.NoError(t, r.Untag(background, of, []string{"k", "unknown"}))
		tags, err := r.Tags(of)
		require.NoError(t, err)
		require.Equal(t, []registry.Tag{{Key: "a", Value: "3"}}, tags)
		var many []registry.Tag
		for i := range 50 {
			many = append(many, registry.Tag{Key: strings.Repeat("x", i+1)})
		}
		require.ErrorIs(t, r.Tag(background, of, many), registry.ErrTooManyTags)
		require.NoError(t, r.Tag(background, of, many[1:]))
	}
	require.ErrorIs(t, r.Tag(background, arn+":1", nil), registry.ErrNoResource)
}

func TestDeletingMachine(t *testing.T) {
	r := open(t, registry.NewMemory())
	fill(t, r)
	found, err := r.MarkDeleting(background, arn)
	require.NoError(t, err)
	require.True(t, found)
	found, err = r.MarkDeleting(background, arn)
	require.NoError(t, err)
	require.False(t, found, "somebody deletes it already")
	_, _, err = r.CreateMachine(background, newMachine())
	require.ErrorIs(t, err, registry.ErrDeleting)
	_, err = r.PublishVersion(background, arn, "", "", at)
	require.ErrorIs(t, err, registry.ErrDeleting)
	require.NoError(t, r.RemoveMachine(background, arn))
	_, _, err = r.CreateMachine(background, newMachine())
	require.NoError(t, err)
	require.NoError(t, r.RemoveMachine(background, arn))
	_, err = r.Machine(arn)
	require.NoError(t, err, "it is another one")
}

// A key that JSON cannot keep would make the store unreadable.
func TestKeysAreUTF8(t *testing.T) {
	s := registry.NewMemory()
	r := open(t, s)
	n := newMachine()
	n.Arn += "\xff"
	_, _, err := r.CreateMachine(background, n)
	require.Error(t, err)
	_, err = r.CreateActivity(background, "arn:activity:\xff", "\xff", nil, nil, at)
	require.Error(t, err)
	require.Empty(t, open(t, s).Machines())
}
