package interpreter_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/lambdatask"
)

func TestMux(t *testing.T) {
	named := func(name string) interpreter.Handler {
		return interpreter.HandlerFunc(func(context.Context, *interpreter.Task) (any, error) { return name, nil })
	}
	mux := interpreter.Mux{}
	for _, key := range []string{"charge", "arn:aws:lambda:*:*:function:charge", "arn:aws:lambda:*",
		"arn:aws:states:::http:invoke", "https://*/pay", "a*b*c", "a*c"} {
		mux[key] = named(key)
	}
	for _, c := range []struct{ resource, want string }{
		{"charge", "charge"},
		{"Charge", ""},
		{"arn:aws:lambda:us-east-1:1:function:charge", "arn:aws:lambda:*:*:function:charge"},
		{"arn:aws:lambda:us-east-1:1:function:charge2", "arn:aws:lambda:*"},
		{"arn:aws:states:::http:invoke", "arn:aws:states:::http:invoke"},
		{"https://x.example/pay", "https://*/pay"},
		{"https://x.example/paying", ""},
		{"abc", "a*b*c"},
		{"ac", "a*c"},
		{"aab", ""},
		{"", ""},
	} {
		for _, r := range []interpreter.Resolver{mux, interpreter.Resolvers{interpreter.Mux{}, mux}} {
			h, ok := r.Resolve("", c.resource)
			require.Equal(t, c.want != "", ok, c.resource)
			if ok {
				got, _ := h.Handle(context.Background(), nil)
				require.Equal(t, c.want, got, c.resource)
			}
		}
	}
}

// impostor embeds a trusted resolver and resolves by its own code.
type impostor struct{ *lambdatask.Tasks }

func (impostor) Resolve(string, string) (interpreter.Handler, bool) { panic("foreign") }

func TestOnlyResolversOfTheHostAreGuarded(t *testing.T) {
	lambda := lambdatask.New(nil)
	for name, c := range map[string]struct {
		resolver interpreter.Resolver
		foreign  bool
	}{
		"none":                        {nil, false},
		"Mux":                         {interpreter.Mux{}, false},
		"Services":                    {interpreter.Services{}, false},
		"StartExecution":              {&interpreter.StartExecution{}, false},
		"lambdatask":                  {lambda, false},
		"Resolvers":                   {interpreter.Resolvers{interpreter.Mux{}, lambda}, false},
		"of the host":                 {impostor{lambda}, true},
		"of the host, by pointer":     {&impostor{lambda}, true},
		"Resolvers, one of the host":  {interpreter.Resolvers{lambda, impostor{lambda}}, true},
		"with middleware of the host": {interpreter.WithMiddleware(lambda), true},
	} {
		require.Equal(t, c.foreign, interpreter.GuardsResolver(open(t, interpreter.Config{Resolver: c.resolver})), name)
	}
}
