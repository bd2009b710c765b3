package value_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value"
)

type likeLine struct {
	SKU   string  `json:"sku"`
	Price float64 `json:"price"`
	Gift  bool    `json:"gift"`
}

type likeOrder struct {
	ID    int               `json:"id"`
	Lines []likeLine        `json:"lines"`
	Notes map[string]string `json:"notes,omitempty"`
	Extra any               `json:"extra"`
}

// What FromLike gives is what From gives, whatever it may share with.
func TestFromLikeIsFrom(t *testing.T) {
	order := likeOrder{ID: 1, Lines: []likeLine{{"a", 1.5, true}, {"b", 0, false}}, Extra: []any{"x", 1.0}}
	likes := []string{
		`null`, `1`, `"a"`, `[]`, `{}`,
		`{"id":1,"lines":[{"sku":"a","price":1.5,"gift":true},{"sku":"b","price":0.0,"gift":false}],"extra":["x",1.0]}`,
		`{"lines":[{"sku":"a","price":1.5,"gift":true}],"id":1}`,
		`{"id":1.0,"lines":[{"gift":true,"sku":"a","price":1.5}],"extra":["x",1]}`,
		`{"id":1,"lines":null,"notes":{"k":"v"},"extra":["x",1.0],"more":1}`,
	}
	changed := order
	changed.ID, changed.Lines = 2, append([]likeLine{}, order.Lines...)
	changed.Lines[1].Price = math.Copysign(0, -1)
	noted := order
	noted.Notes = map[string]string{"k": "v", "a": "b"}
	for _, v := range []any{order, changed, noted, &order, []likeOrder{order, changed}, map[string]any{"id": 1}, nil, "a", 1, []any{1, "a"}} {
		want, err := value.From(v)
		require.NoError(t, err)
		for _, text := range likes {
			like, err := value.ParseString(text)
			require.NoError(t, err)
			got, err := value.FromLike(v, like)
			require.NoError(t, err)
			require.True(t, value.Identical(want, got), "%s like %s gives %s", value.String(want), text, value.String(got))
			require.Equal(t, text, value.String(like), "like is left as it was")
		}
	}
}

// What did not change is shared, and costs no memory.
func TestFromLikeShares(t *testing.T) {
	order := likeOrder{ID: 1000, Lines: []likeLine{{"a", 1.5, true}, {"b", 2.5, false}}}
	like, err := value.From(order)
	require.NoError(t, err)
	got, err := value.FromLike(order, like)
	require.NoError(t, err)
	require.Same(t, like, got)
	for _, v := range []any{like, []any{like}, "text", int64(1000), 1.5, true, nil} {
		require.Zero(t, testing.AllocsPerRun(100, func() { got, err = value.FromLike(v, v) }))
		require.NoError(t, err)
		require.Equal(t, v, got)
	}

	order.ID++
	got, err = value.FromLike(order, like)
	require.NoError(t, err)
	before, _ := like.(*value.Object).Get("lines")
	after, _ := got.(*value.Object).Get("lines")
	require.Same(t, &before.([]any)[0], &after.([]any)[0])

	bad := likeOrder{Lines: []likeLine{{"a", math.NaN(), true}}}
	_, err = value.FromLike(bad, like)
	require.EqualError(t, err, "value: likeOrder.Lines[0].Price: NaN has no JSON form")
}

// An object remembers which struct's fields its keys are, until it gets others.
func TestObjectsThatFitAndChange(t *testing.T) {
	type other struct {
		Price float64 `json:"price"`
		SKU   string  `json:"sku"`
		Gift  bool    `json:"gift"`
		More  int     `json:"more"`
	}
	o := value.ObjectOf(value.Member{Key: "sku", Value: "a"}, value.Member{Key: "price", Value: 1.5},
		value.Member{Key: "gift", Value: true})
	var line likeLine
	for range 2 {
		require.NoError(t, value.Decode(o, &line))
		require.Equal(t, likeLine{"a", 1.5, true}, line)
		var x other
		require.NoError(t, value.Decode(o, &x))
		require.Equal(t, other{1.5, "a", true, 0}, x)
	}

	o.Set("more", int64(7))
	var x other
	require.NoError(t, value.Decode(o, &x))
	require.Equal(t, other{1.5, "a", true, 7}, x)
	like, err := value.FromLike(line, o)
	require.NoError(t, err)
	require.Equal(t, `{"sku":"a","price":1.5,"gift":true}`, value.String(like))

	made, err := value.From(line)
	require.NoError(t, err)
	require.NoError(t, made.(*value.Object).UnmarshalJSON([]byte(`{"gift":false,"price":2.5,"sku":"b"}`)))
	require.NoError(t, value.Decode(made, &line))
	require.Equal(t, likeLine{"b", 2.5, false}, line)
}

// loud has a method that encoding/json uses where the value has an address.
type loud string

func (l *loud) MarshalText() ([]byte, error) { return []byte(*l + "!"), nil }

// A struct in an interface has no address for encoding/json, however small it
// is and wherever it is read.
func TestStructsInInterfaces(t *testing.T) {
	type small struct {
		Line *likeLine `json:"line"`
	}
	type large struct {
		A     loud
		B     struct{ C loud }
		Many  []loud
		Small small
	}
	line := likeLine{"a", 1.5, true}
	for _, v := range []any{
		small{}, small{&line}, struct{}{}, struct{ A loud }{"x"}, &struct{ A loud }{"x"}, [1]small{{&line}},
		large{A: "x", Many: []loud{"y"}, Small: small{&line}}, &large{A: "x"}, []large{{A: "x"}}, []any{large{A: "x"}},
	} {
		text, err := json.Marshal(v)
		require.NoError(t, err)
		got, err := value.From(v)
		require.NoError(t, err)
		require.Equal(t, string(text), value.String(got))
	}
}

// A value in a cycle has a path without end; its error has not.
func TestErrorsOfCyclesAreShort(t *testing.T) {
	cycle := []any{nil}
	cycle[0] = cycle
	_, err := value.From(cycle)
	require.ErrorContains(t, err, "or in a cycle")
	require.Less(t, len(err.Error()), 400)
}
