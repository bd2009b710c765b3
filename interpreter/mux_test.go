package interpreter_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
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
