package jsonata

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value"
)

// Short names for arguments of each type.
var (
	argObject = &value.Object{}
	argFunc   = &Lambda{}
	argList   = []any{int64(1), int64(2)}
	argMixed  = []any{int64(1), "s"}
)

func TestValidate(t *testing.T) {
	type list = []any
	for _, c := range []struct {
		sig     string
		args    list
		context any
		want    list
	}{
		{"<s-nn?:s>", list{"a", int64(1)}, nil, list{"a", int64(1), Undefined}},
		{"<s-nn?:s>", list{"a", int64(1), int64(2)}, nil, list{"a", int64(1), int64(2)}},
		{"<s-nn?:s>", list{int64(1)}, "ctx", list{"ctx", int64(1), Undefined}},
		{"<s-nn?:s>", list{int64(1), int64(2)}, "ctx", list{"ctx", int64(1), int64(2)}},
		{"<s-nn?:s>", list{Undefined, int64(1)}, "ctx", list{Undefined, int64(1), Undefined}},
		{"<s-:s>", nil, "ctx", list{"ctx"}},
		{"<s-:s>", nil, Undefined, list{Undefined}},
		{"<s-(sf):b>", list{argFunc}, "ctx", list{"ctx", argFunc}},
		{"<s-(sf):b>", list{"x"}, "ctx", list{"ctx", "x"}},
		{"<x-b?:s>", list{nil}, "ctx", list{nil, Undefined}},
		{"<n?:n>", nil, "ctx", list{Undefined}},
		{"<:n>", nil, nil, nil},
		{"<>", nil, nil, nil},
		{"<a:n>", list{int64(1)}, nil, list{list{int64(1)}}},
		{"<a:n>", list{nil}, nil, list{list{nil}}},
		{"<a:n>", list{argList}, nil, list{argList}},
		{"<a:n>", list{Undefined}, nil, list{Undefined}},
		{"<a<n>:n>", list{int64(7)}, nil, list{list{int64(7)}}},
		{"<a<n>:n>", list{argList}, nil, list{argList}},
		{"<a<n>:n>", list{list{}}, nil, list{list{}}},
		{"<a<s>s?:s>", list{"x", "-"}, nil, list{list{"x"}, "-"}},
		{"<a+>", list{argList, int64(3), Undefined}, nil, list{argList, list{int64(3)}, Undefined}},
		{"<aa:a>", list{Undefined, int64(1)}, nil, list{Undefined, list{int64(1)}}},
		{"<af>", list{argList, argFunc}, nil, list{argList, argFunc}},
		{"<f<n:n>>", list{argFunc}, nil, list{argFunc}},
		{"<(oa)o:o>", list{argList, argObject}, nil, list{argList, argObject}},
		{"<(l-n)>", list{nil}, nil, list{nil}},
		{"<j>", list{true}, nil, list{true}},
		{"<b?l?n?>", list{nil}, nil, list{nil, Undefined, Undefined}},
		{"<s?n>", list{"s", int64(5)}, nil, list{"s", int64(5)}},
		// As in jsonata-js: a parameter omitted without a context still
		// consumes an argument, and a repeated one takes the first again.
		{"<s?n>", list{int64(5)}, nil, list{int64(5), Undefined}},
		{"<n+>", list{int64(1), int64(2)}, nil, list{int64(1), int64(1)}},
		// Lazy parameters leave arguments to the others.
		{"<n??n?>", list{int64(1)}, nil, list{int64(1), Undefined}},
		{"<-s?n>", list{int64(1)}, "ctx", list{"ctx", int64(1)}},
		{"<szs>", list{"a", "b"}, nil, list{"a", "b"}},
	} {
		s, err := parseSignature(c.sig)
		require.Nil(t, err, c.sig)
		for _, spare := range []int{0, 8} {
			args := append(make(list, 0, len(c.args)+spare), c.args...)
			require.Equal(t, append(list{}, c.want...), append(list{}, s.validateArgs(args, c.context)...), "%s %v", c.sig, c.args)
		}
	}
}

func TestValidateErrors(t *testing.T) {
	type list = []any
	for _, c := range []struct {
		sig     string
		args    list
		context any
		code    string
		index   int
		value   any
		message string
	}{
		{"<s>", nil, nil, "T0410", 1, Undefined, `Argument 1 of function "f" does not match function signature`},
		{"<s>", list{int64(1)}, nil, "T0410", 1, int64(1), `Argument 1 of function "f" does not match function signature`},
		{"<s>", list{"a", "b"}, nil, "T0410", 2, "b", `Argument 2 of function "f" does not match function signature`},
		{"<s-nn?:s>", list{"a", "b"}, nil, "T0410", 2, "b", `Argument 2 of function "f" does not match function signature`},
		{"<s-nn?:s>", list{"a", int64(1), "b"}, nil, "T0410", 3, "b", `Argument 3 of function "f" does not match function signature`},
		{"<j>", list{argFunc}, nil, "T0410", 1, argFunc, `Argument 1 of function "f" does not match function signature`},
		{"<(sn)>", list{true}, nil, "T0410", 1, true, `Argument 1 of function "f" does not match function signature`},
		{"<f>", list{Undefined}, nil, "T0410", 1, Undefined, `Argument 1 of function "f" does not match function signature`},
		{"<n+s>", list{int64(1), int64(2)}, nil, "T0410", 3, Undefined, `Argument 3 of function "f" does not match function signature`},
		{"<s-:s>", nil, int64(1), "T0411", 1, int64(1), `Context value is not a compatible type with argument 1 of function "f"`},
		{"<s-n:s>", list{int64(1)}, nil, "T0411", 1, nil, `Context value is not a compatible type with argument 1 of function "f"`},
		{"<j?l-:s>", nil, "ctx", "T0411", 2, "ctx", `Context value is not a compatible type with argument 2 of function "f"`},
		{"<a<n>>", list{"x"}, nil, "T0412", 1, "x", `Argument 1 of function "f" must be an array of "numbers"`},
		{"<sa<s>>", list{"x", argMixed}, nil, "T0412", 2, argMixed, `Argument 2 of function "f" must be an array of "strings"`},
		{"<a<n>>", list{argMixed}, nil, "T0412", 1, argMixed, `Argument 1 of function "f" must be an array of "numbers"`},
		{"<a<x>>", list{argMixed}, nil, "T0412", 1, argMixed, `Argument 1 of function "f" must be an array of undefined`},
	} {
		s, err := parseSignature(c.sig)
		require.Nil(t, err, c.sig)
		e := thrown(func() { s.validateArgs(c.args, c.context) })
		require.NotNil(t, e, c.sig)
		e.token = "f"
		e.fillMessage()
		require.Equal(t, c.code, e.Code, "%s %v", c.sig, c.args)
		require.Equal(t, c.index, e.index, "%s %v", c.sig, c.args)
		require.Equal(t, c.value, e.Value, "%s %v", c.sig, c.args)
		require.Equal(t, c.message, e.Message, "%s %v", c.sig, c.args)
	}
}

// thrown is the error that f throws.
func thrown(f func()) (e *Error) {
	defer func() { e, _ = recover().(*Error) }()
	f()
	return nil
}

func TestSignatureErrors(t *testing.T) {
	for _, c := range []struct {
		sig, code string
		pos       int
		message   string
	}{
		{"<s<n>>", "S0401", 2, "Type parameters can only be applied to functions and arrays"},
		{"<<n>>", "S0401", 1, "Type parameters can only be applied to functions and arrays"},
		{"<n(sn)<s>>", "S0401", 6, "Type parameters can only be applied to functions and arrays"},
		{"<n(a<n>s):s>", "S0402", 2, "Choice groups containing parameterized types are not supported"},
		{"<(sn-)>", "S0303", 1, "Invalid regular expression: Range out of order in character class"},
		{"<n?+>", "S0303", 3, "Invalid regular expression: Nothing to repeat"},
		{"<n++s<n>>", "S0401", 5, "Type parameters can only be applied to functions and arrays"},
	} {
		s, err := parseSignature(c.sig)
		require.Nil(t, s, c.sig)
		require.NotNil(t, err, c.sig)
		err.fillMessage()
		require.Equal(t, c.code, err.Code, c.sig)
		require.Equal(t, c.pos, err.Pos, c.sig)
		require.Equal(t, c.message, err.Message, c.sig)
	}
}

func TestValidateInPlaceDoesNotAllocate(t *testing.T) {
	s, err := parseSignature("<s-nn?:s>")
	require.Nil(t, err)
	buffer := make([]any, 0, 3)
	one, text := any(int64(1)), any("text")
	require.Zero(t, testing.AllocsPerRun(100, func() { s.validateArgs(append(buffer, text, one), nil) }))
	require.Zero(t, testing.AllocsPerRun(100, func() { s.validateArgs(append(buffer, one), text) }))
}

// A signature that a regular expression would try in exponentially many ways.
func TestValidateIsFastWhateverTheSignature(t *testing.T) {
	s, err := parseSignature("<" + strings.Repeat("n?n+", 100) + "s>")
	require.Nil(t, err)
	args := make([]any, 1000)
	for i := range args {
		args[i] = int64(i)
	}
	e := thrown(func() { s.validateArgs(args, nil) })
	require.NotNil(t, e)
	require.Equal(t, "T0410", e.Code)
}
