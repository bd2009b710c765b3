package intrinsics_test

import (
	"cmp"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/intrinsics"
	"github.com/gostates/gostates/jsonpath"
	"github.com/gostates/gostates/value"
)

// env is an Env over JSON.
type env struct {
	input, context any
	variables      *value.Object
	rng            *rand.PCG
	meter          *value.Meter
}

func newEnv(t testing.TB, input string) *env {
	t.Helper()
	return &env{
		input:     parse(t, input),
		context:   parse(t, `{"StateMachine":{"Name":"a-b-c"}}`),
		variables: parse(t, `{"x":{"y":[4.3]},"name":"Ada"}`).(*value.Object),
		rng:       rand.NewPCG(1, 2),
	}
}

func (e *env) Get(p *jsonpath.Path) (any, error) {
	switch p.Root() {
	case jsonpath.Context:
		return p.GetWithin(e.context, 0, e.meter)
	case jsonpath.Variable:
		v, ok := e.variables.Get(p.Variable())
		if !ok {
			return nil, errors.New("no such variable: " + p.Variable())
		}
		return p.GetWithin(v, 0, e.meter)
	}
	return p.GetWithin(e.input, 0, e.meter)
}

func (e *env) Uint64() uint64 { return e.rng.Uint64() }

func (e *env) Meter() *value.Meter { return e.meter }

func parse(t testing.TB, text string) any {
	t.Helper()
	v, err := value.ParseString(text)
	require.NoError(t, err, text)
	return v
}

func eval(t testing.TB, expression, input string) (any, error) {
	t.Helper()
	c, err := intrinsics.Parse(expression)
	require.NoError(t, err, expression)
	return c.Eval(newEnv(t, input))
}

// example is an expression, and the JSON of its result or the error's text.
type example struct {
	rule, expression, input, want string
}

func (x example) check(t *testing.T) {
	t.Run(x.rule, func(t *testing.T) {
		input := x.input
		if input == "" {
			input = "{}"
		}
		v, err := eval(t, x.expression, input)
		if err != nil {
			var failed *intrinsics.Error
			require.ErrorAs(t, err, &failed, "%v", err)
			require.Equal(t, x.want, cmp.Or(failed.Detail, failed.Msg))
			return
		}
		require.Equal(t, x.want, value.String(v))
	})
}
