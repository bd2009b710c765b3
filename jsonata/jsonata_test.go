package jsonata

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value"
)

func parsed(t testing.TB, text string) any {
	t.Helper()
	v, err := value.ParseString(text)
	require.NoError(t, err)
	return v
}

func TestUndefinedIsNotNull(t *testing.T) {
	for _, c := range []struct {
		expr string
		want any
	}{
		{`a`, nil}, {`b`, Undefined}, {`$exists(a)`, true}, {`$exists(b)`, false}, {`$v`, nil}, {`$w`, Undefined},
	} {
		v, err := MustCompile(c.expr).Eval(parsed(t, `{"a": null}`), Vars{"v": nil}, nil)
		require.NoError(t, err)
		require.Equal(t, c.want, v, c.expr)
	}
	v, err := MustCompile(`$`).Eval(Undefined, nil, nil)
	require.NoError(t, err)
	require.Equal(t, Undefined, v)
}

func parseValue(t *testing.T, text string) any {
	v, err := value.ParseString(text)
	require.NoError(t, err)
	return v
}

// The general code of an expression is compiled when it is first needed, which may be
// by several goroutines at once.
func TestFirstEvaluationsAtOnce(t *testing.T) {
	input := value.ObjectOf(value.Member{Key: "n", Value: []any{int64(1), int64(2)}})
	for range 50 {
		e, err := Compile(`$sum(n.($ * 2))`, Options{})
		require.NoError(t, err)
		var all sync.WaitGroup
		got := make([]any, 4)
		for i := range got {
			all.Go(func() { got[i], _ = e.Eval(input, nil, nil) })
		}
		all.Wait()
		require.Equal(t, []any{int64(6), int64(6), int64(6), int64(6)}, got)
	}
}
