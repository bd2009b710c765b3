package intrinsics

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/jsonata"
	"github.com/gostates/gostates/value"
)

// TestJSONata: measured on AWS, unless it follows from the description.
func TestJSONata(t *testing.T) {
	for _, c := range []struct{ expr, want string }{
		{`$partition([1,2,3,4,5], 2)`, `[[1,2],[3,4],[5]]`},
		{`$partition([1,2,3], 2.9)`, `[[1,2],[3]]`},
		{`$partition([1,2], 1000)`, `[[1,2]]`},
		{`$partition([0], 1)`, `[[0]]`},
		{`$partition([1], 0)`, `undefined`},
		{`$partition([1], 0/0)`, `undefined`},
		{`$partition([], 2)`, `undefined`},
		{`$partition([1], -1)`, `Second argument must be zero or greater`},
		{`$partition([7, 8, 9])`, `[[7,8,9]]`},
		{`$partition([7, 8, 9], $nothing)`, `[[7,8,9]]`},
		{`$partition([])`, `undefined`},
		{`$partition($nothing, 2)`, `undefined`},
		{`$partition(7, 2)`, `Argument 1 of function "partition" must be an array of undefined`},
		{`$partition({}, 2)`, `Argument 1 of function "partition" must be an array of undefined`},
		{`$partition([7], null)`, `Argument 2 of function "partition" does not match function signature`},
		{`$range(0, 10, 5)`, `[0,5,10]`},
		{`$range(0, 9, 5)`, `[0,5]`},
		{`$range(3, 0, -1)`, `[3,2,1,0]`},
		{`$range(1, 9, 9)`, `1`},
		{`$range(-1.7, 2, 1)`, `[-1,0,1,2]`},
		{`$range(1, 5)`, `undefined`},
		{`$range(1, 5, -1)`, `undefined`},
		{`$range(1, 5, 0)`, `undefined`},
		{`$count($range(1, 360145, 1))`, `360145`},
		{`$range(1, 360146, 1)`, `Expression evaluation memory limit exceeded: Check for excessive memory usage`},
		{`$range(-9223372036854775807, 9223372036854775807, 9223372036854775807)`, `[-9223372036854775807,0,9223372036854775807]`},
		{`$hash("a", "MD5")`, `"0cc175b9c0f1b6a831c399e269772661"`},
		{`$hash("a", "SHA-1")`, `"86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"`},
		{`$hash("a")`, `undefined`},
		{`$hash("a", "md5")`, `Hash algorithm 'md5' must be one of SHA-1, SHA-384, SHA-256, SHA-512, MD5`},
		{`$hash()`, `Argument 1 of function "hash" does not match function signature`},
		{`["a"].$hash()`, `Argument 1 of function "hash" does not match function signature`},
		{`$random(42)`, `0.7275636800328681`},
		{`$random(77)`, `0.7240700207191966`},
		{`$random(null)`, `Argument 1 of function "random" does not match function signature`},
		{`$random(0)`, `0.730967787376657`},
		{`$random()`, `0.25`},
		{`$uuid()`, `"40000000-4000-4000-8000-000040000000"`},
		{`$parse("{\"b\": 1.1, \"a\": [-0]}")`, `{"b":1.1,"a":[0]}`},
		{`$parse("null")`, `null`},
		{`$parse($nothing)`, `undefined`},
		{`$parse()`, `undefined`},
		{`$parse("[1")`, `Invalid JSON`},
		{`$parse(" ")`, `Invalid JSON`},
		{`$base64decode("aGVsbG8=")`, `"hello"`},
		{`$base64decode("aGVsbG8")`, `"hello"`},
		{`$base64decode("w6k=")`, `"Ã©"`},
		{`$base64decode("")`, `""`},
		{`$base64decode($nothing)`, `undefined`},
		{`$base64decode("!!!")`, `illegal base64 data at input byte 0`},
		{`$base64decode("aGVs\nbG8=")`, `illegal base64 data at input byte 8`},
	} {
		e, err := jsonata.Compile(c.expr, jsonata.Options{Functions: JSONata})
		require.NoError(t, err, c.expr)
		v, err := e.Eval(jsonata.Undefined, jsonata.Env{Rand: func() float64 { return 0.25 }}, nil)
		got := value.String(v)
		switch {
		case err != nil:
			got = err.(*jsonata.Error).Message
		case v == jsonata.Undefined:
			got = "undefined"
		}
		require.Equal(t, c.want, got, c.expr)
	}
}

func TestRandomUUID(t *testing.T) {
	x := 0.1
	e, err := jsonata.Compile(`$uuid()`, jsonata.Options{Functions: JSONata})
	require.NoError(t, err)
	v, err := e.Eval(nil, jsonata.Env{Rand: func() float64 { x += 0.17; return x - float64(int(x)) }}, nil)
	require.NoError(t, err)
	require.Regexp(t, regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`), v)
}
