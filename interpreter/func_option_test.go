//lint:file-ignore SA5008 odd tags are the subject
//lint:file-ignore U1000 the names of unexported fields are the subject

package interpreter_test

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
)

type (
	leftX   struct{ X, L int }
	rightX  struct{ X int }
	taggedX struct {
		A int `json:"X"`
	}
	tiedX struct {
		leftX
		rightX
		Y int
	}
	deeperX struct {
		tiedX
		Z int
	}
	hiddenX struct {
		tiedX
		X int
	}
	chosenX struct {
		leftX
		rightX
		taggedX
	}
	inside   struct{ In []tiedX }
	untagged struct {
		A int `json:"-"`
		B int `json:"-,"`
		C int `json:"x'y"`
		d int
	}
)

func TestFuncOptionsTakeTheFieldsThatEncodingJSONTakes(t *testing.T) {
	t.Run("ties", sameFieldsAsJSON[tiedX])
	t.Run("ties, deeper", sameFieldsAsJSON[deeperX])
	t.Run("ties that are hidden", sameFieldsAsJSON[hiddenX])
	t.Run("ties that a tag decides", sameFieldsAsJSON[chosenX])
	t.Run("ties in elements", sameFieldsAsJSON[inside])
	t.Run("names that tags do not give", sameFieldsAsJSON[untagged])
}

// sameFieldsAsJSON compares KnownFieldsOnly with DisallowUnknownFields and
// AllFieldsRequired with the members that encoding/json writes.
func sameFieldsAsJSON[T any](t *testing.T) {
	text, err := json.Marshal(*new(T))
	require.NoError(t, err)
	for _, member := range []string{"A", "B", "-", "x'y", "C", "d", "X", "x", "Y", "y", "Z", "L", "tiedX", "In"} {
		for _, input := range []string{`{"` + member + `": null}`, `{"In": [{"` + member + `": null}]}`} {
			dec := json.NewDecoder(strings.NewReader(input))
			dec.DisallowUnknownFields()
			want, got := dec.Decode(new(T)), takeStrictly[T](t, input, interpreter.KnownFieldsOnly)
			require.Equal(t, want == nil, got == nil, "%s into %T: %v, with encoding/json %v", input, *new(T), got, want)
		}
	}

	require.NoError(t, takeStrictly[T](t, string(text), interpreter.KnownFieldsOnly, interpreter.AllFieldsRequired))
	var members map[string]any
	require.NoError(t, json.Unmarshal(text, &members))
	for member, v := range members {
		delete(members, member)
		less, err := json.Marshal(members)
		require.NoError(t, err)
		require.ErrorContains(t, takeStrictly[T](t, string(less), interpreter.AllFieldsRequired), `there is no member "`+member+`"`, reflect.TypeFor[T]())
		members[member] = v
	}
}

// takeStrictly runs a task whose function takes the input with the options.
func takeStrictly[T any](t *testing.T, input string, options ...interpreter.FuncOption) error {
	t.Helper()
	in := open(t, interpreter.Config{Resolver: interpreter.Mux{
		"work": interpreter.Func(func(context.Context, T) (any, error) { return nil, nil }, options...)}})
	_, err := interpreter.Run[any](background, in, compile(t, oneTask), []byte(input))
	return err
}
