package value_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value"
)

func TestPointed(t *testing.T) {
	v, err := value.ParseString(`{"a": {"b/c": [10, {"~": 1}]}, "": 2, "01": 3, "n": null}`)
	require.NoError(t, err)
	for pointer, want := range map[string]string{
		"":             `{"a":{"b/c":[10,{"~":1}]},"":2,"01":3,"n":null}`,
		"/":            `2`,
		"/a/b~1c/0":    `10`,
		"/a/b~1c/1/~0": `1`,
		"/01":          `3`,
		"/n":           `null`,
	} {
		got, ok := value.Pointed(v, pointer)
		require.True(t, ok, pointer)
		require.Equal(t, want, value.String(got), pointer)
	}
	for _, pointer := range []string{"a", "/no", "/a/b~1c/2", "/a/b~1c/00", "/a/b~1c/-1", "/a/b~1c/+0", "/a/b~1c/-", "/a/", "/n/a", "//"} {
		_, ok := value.Pointed(v, pointer)
		require.False(t, ok, pointer)
	}
}
