package value_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value"
)

func TestMembers(t *testing.T) {
	type base struct {
		ID string `json:"id"`
	}
	type tree struct {
		base
		Count  int      `json:"count,omitempty"`
		Next   *tree    `json:"next"`
		List   []string `json:"list"`
		Any    any
		Raw    json.RawMessage
		At     time.Time
		Hidden string `json:"-"`
		Inner  struct{ On bool }
	}
	got, ok := value.Members(reflect.TypeFor[*tree]()).(*value.Object)
	require.True(t, ok)
	require.Equal(t, []string{"id", "count", "next", "list", "Any", "Raw", "At", "Inner"}, got.Keys())
	depth := 0
	for o := got; o != nil; depth++ {
		next, _ := o.Get("next")
		o, _ = next.(*value.Object)
	}
	require.Less(t, depth, 20, "a type that contains itself ends")
	got = got.Without("next")
	require.JSONEq(t, `{"id": "", "count": 0, "list": null, "Any": null, "Raw": null, "At": null, "Inner": {"On": false}}`, value.String(got))

	for _, unknown := range []reflect.Type{nil, reflect.TypeFor[any](), reflect.TypeFor[map[string]int](), reflect.TypeFor[*value.Object](), reflect.TypeFor[chan int]()} {
		require.Nil(t, value.Members(unknown))
	}
}
