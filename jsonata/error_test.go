package jsonata

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		expr, code, token, message string
		pos                        int
	}{
		{`1 +`, "S0207", "(end)", "Unexpected end of expression", 3},
		{`"é" + 1`, "T2001", "+", "The left side of the + operator must evaluate to a number", 6},
		{`$foo(1)`, "T1006", "foo", "Attempted to invoke a non-function", 5},
		{`sum(1)`, "T1005", "sum", "Attempted to invoke a non-function. Did you mean $sum?", 4},
		{`$uppercase(1)`, "T0410", "uppercase", `Argument 1 of function "uppercase" does not match function signature`, 11},
		{`$number("x")`, "D3030", "number", `Unable to cast value to a number: "x"`, 8},
		{`$error("no")`, "D3137", "error", "no", 7},
	} {
		e, err := Compile(c.expr, Options{})
		if err == nil {
			_, err = e.Eval(Undefined, nil, nil)
		}
		var got *Error
		require.ErrorAs(t, err, &got, c.expr)
		message := strings.ReplaceAll(c.message, "the + operator", `the "+" operator`)
		require.Equal(t, []any{c.code, c.token, message, c.pos}, []any{got.Code, got.Token, got.Message, got.Pos}, c.expr)
	}
}
