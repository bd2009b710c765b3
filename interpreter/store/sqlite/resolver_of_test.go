package sqlite_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store/sqlite"
)

// An execution has the resolver of its tags in each process.
func TestResolverOfTagsAfterARestart(t *testing.T) {
	path := tempDatabase(t)
	began := make(chan bool, 1)
	resolver := func(tag string, handle interpreter.HandlerFunc) func(string, map[string]string) (interpreter.Resolver, error) {
		return func(_ string, tags map[string]string) (interpreter.Resolver, error) {
			if tags["case"] != tag {
				return nil, nil
			}
			return interpreter.Mux{"work": handle}, nil
		}
	}
	hung := func(ctx context.Context, _ *interpreter.Task) (any, error) {
		began <- true
		<-ctx.Done()
		return nil, ctx.Err()
	}
	s, err := sqlite.Open(path)
	require.NoError(t, err)
	in := openInterpreter(t, interpreter.Config{Store: s, ResolverOf: resolver("one", hung)})
	e, err := in.Start(context.Background(), compile(t, oneTask), nil, interpreter.StartOptions{Tags: map[string]string{"case": "one"}})
	require.NoError(t, err)
	<-began
	require.NoError(t, in.Close())
	require.NoError(t, s.Close())

	s, err = sqlite.Open(path)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	in = openInterpreter(t, interpreter.Config{Store: s, ResolverOf: resolver("one", func(context.Context, *interpreter.Task) (any, error) { return "done", nil })})
	e, err = in.Execution(context.Background(), e.ID())
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	require.NoError(t, e.Wait(ctx))
	output, err := e.Output()
	require.NoError(t, err)
	require.Equal(t, "done", output)
	require.NoError(t, in.Close())
}
