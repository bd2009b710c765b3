package jsonata

import (
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
