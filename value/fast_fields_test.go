package value_test

import (
	"fmt"
	"math"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value"
)

// fastAll has a fast field of each kind, beside fields that are not fast.
type fastAll struct {
	S, T   string
	B      bool
	I      int
	L      int64
	F      float64
	One    fastInner
	Many   []fastInner
	Named  fastName // a scalar that is not predeclared
	Omit   string   `json:",omitempty"`
	Quoted int      `json:",string"`
	Ptr    *fastInner
	Any    any
	fastEmbedded
	Last int
}

type fastInner struct {
	N    int64   `json:"n"`
	X    float64 `json:"x"`
	List []fastInner
}

type fastName string

type fastEmbedded struct{ E string }

// fastStructs are structs whose fields are bound in and out, fast or not.
func fastStructs() []any {
	full := fastAll{S: "s", T: "\xff", B: true, I: -1, L: math.MaxInt64, F: math.Copysign(0, -1),
		One:  fastInner{1, 0.1, []fastInner{{}, {N: 2}}},
		Many: []fastInner{{3, 1e300, nil}}, Named: "n", Omit: "o", Quoted: 7, Ptr: &fastInner{N: 4},
		Any: []any{1, "a"}, fastEmbedded: fastEmbedded{"e"}, Last: 9}
	nan, inside := full, full
	nan.F = math.NaN()
	inside.Many = []fastInner{{}, {X: math.Inf(1)}}
	changed := full
	changed.L, changed.Many = 5, []fastInner{{3, 1e300, nil}, {}}
	return []any{fastAll{}, full, &full, changed, nan, inside, []fastAll{full, {}, changed}, map[string]fastAll{"k": full},
		*fullZoo(), someCharge(), likeOrder{ID: 1, Lines: []likeLine{{"a", 1.5, true}}}, zeros{}, empties{}, loop{N: 1, loop: &loop{N: 2}}}
}

func TestFastFieldsConvertFromAsTheGeneralForm(t *testing.T) {
	likes := []any{nil, "s", []any{}}
	for _, v := range fastStructs() {
		if like, err := value.From(v); err == nil {
			likes = append(likes, like)
		}
	}
	for i, v := range fastStructs() {
		for j, like := range likes {
			got, gotErr := value.FromLike(v, like)
			value.WithoutFastFields(func() {
				want, err := value.FromLike(v, like)
				require.Equal(t, fmt.Sprint(err), fmt.Sprint(gotErr))
				require.True(t, value.Identical(want, got), "%d like %d: %v, not %v", i, j, got, want)
			})
			if gotErr == nil && j >= 3 {
				again, err := value.FromLike(v, got)
				require.NoError(t, err)
				require.True(t, value.Identical(again, got))
			}
		}
	}
}

func TestFastFieldsDecodeAsTheGeneralForm(t *testing.T) {
	texts := []string{`null`, `7`, `[]`, `{}`,
		`{"S":"a","T":"b","B":true,"I":1,"L":2,"F":1.5,"One":{"n":1,"x":2.5},"Many":[{"n":1},null,{"x":0.5,"List":[{}]}],"Last":3}`,
		`{"Many":null,"One":null,"S":null,"B":null,"I":null,"L":null,"F":null}`,
		`{"s":"case","LAST":4,"i":1.0,"l":2.0,"f":3}`, `{"I":1.5}`, `{"L":99999999999999999999}`, `{"S":1}`, `{"B":"x"}`, `{"F":"x"}`,
		`{"One":[]}`, `{"One":{"n":"x"}}`, `{"Many":{}}`, `{"Many":[1]}`, `{"Many":[{"n":1},{"List":[{"x":true}]}]}`,
		`{"n":1,"x":2.0,"List":[{"n":2,"x":3.0,"List":null}]}`,
	}
	for _, v := range fastStructs() {
		if like, err := value.From(v); err == nil {
			texts = append(texts, value.String(like))
		}
	}
	for _, v := range fastStructs() {
		for _, text := range texts {
			compareFastDecode(t, reflect.TypeOf(v), text)
		}
	}
}

// compareFastDecode decodes the text into the type with and without fast fields.
func compareFastDecode(t *testing.T, typ reflect.Type, text string) {
	t.Helper()
	v, err := value.ParseString(text)
	if err != nil {
		return
	}
	for range 2 { // objects remember the plan that they match
		fast, general := reflect.New(typ), reflect.New(typ)
		gotErr := value.Decode(v, fast.Interface())
		value.WithoutFastFields(func() {
			require.Equal(t, fmt.Sprint(value.Decode(v, general.Interface())), fmt.Sprint(gotErr), "%s into %s", text, typ)
		})
		require.Equal(t, general.Interface(), fast.Interface(), "%s into %s", text, typ)
	}
}

func FuzzFastFields(f *testing.F) {
	for _, text := range []string{`{}`, `{"S":"a","I":1,"Many":[{"n":1},{"List":[{"x":1.5}]}],"One":{"n":7,"x":1e300},"F":2}`, document} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := value.ParseString(text)
		if err != nil {
			return
		}
		for _, typ := range []reflect.Type{reflect.TypeFor[fastAll](), reflect.TypeFor[[]fastInner](), reflect.TypeFor[charge]()} {
			compareFastDecode(t, typ, text)
			made := reflect.New(typ)
			if value.Decode(v, made.Interface()) != nil {
				continue
			}
			got, err := value.FromLike(made.Interface(), v)
			require.NoError(t, err)
			value.WithoutFastFields(func() {
				want, err := value.FromLike(made.Interface(), v)
				require.NoError(t, err)
				require.True(t, value.Identical(want, got), "%s", text)
			})
		}
	})
}

// BenchmarkFastFields binds a struct of 10 fields to an object and back.
func BenchmarkFastFields(b *testing.B) {
	v, _ := value.From(someCharge())
	bindCharge := func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			var c charge
			if err := value.Decode(v, &c); err != nil {
				b.Fatal(err)
			}
			if _, err := value.From(&c); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("fast", bindCharge)
	b.Run("general", func(b *testing.B) { value.WithoutFastFields(func() { bindCharge(b) }) })
}
