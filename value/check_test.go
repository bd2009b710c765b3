package value_test

import (
	"encoding/json"
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value"
)

// foreign are Go values that are not values of the model, and what Check says of
// each.
var foreign = []struct {
	v    any
	want string
}{
	{5, "int is not a value of package value; convert it with value.From"},
	{uint8(5), "uint8 is not a value of package value; convert it with value.From"},
	{float32(1.5), "float32 is not a value of package value; convert it with value.From"},
	{json.Number("1"), "json.Number is not a value of package value; convert it with value.From"},
	{json.RawMessage("1"), "json.RawMessage is not a value of package value; convert it with value.From"},
	{[]string{"a"}, "[]string is not a value of package value; convert it with value.From"},
	{map[string]any{"a": nil}, "map[string]interface {} is not a value of package value; convert it with value.From"},
	{struct{}{}, "struct {} is not a value of package value; convert it with value.From"},
	{value.Object{}, "value.Object is not a value of package value; convert it with value.From"},
	{big.Int{}, "big.Int is not a value of package value; convert it with value.From"},
	{(*big.Int)(nil), "a nil *big.Int is not a number"},
	{big.NewInt(5), "a *big.Int that fits an int64 must be one"},
	{big.NewInt(math.MinInt64), "a *big.Int that fits an int64 must be one"},
	{new(big.Int).Lsh(big.NewInt(1), 1024), "a *big.Int beyond the range of float64 has no JSON form"},
	{math.NaN(), "NaN has no JSON form"},
	{math.Inf(-1), "-Inf has no JSON form"},
	{"a\xffb", "the string is not UTF-8; convert it with value.From"},
}

func member(key string, v any) *value.Object {
	return value.ObjectOf(value.Member{Key: key, Value: v})
}

func TestCheckNamesTypeAndPlace(t *testing.T) {
	for _, tt := range foreign {
		var e *value.BindError
		require.ErrorAs(t, value.Check(tt.v), &e)
		require.Equal(t, value.BindError{Msg: tt.want}, *e)

		v := []any{"a", member("b", member("c d", []any{nil, tt.v}))}
		for range 2 { // nothing is remembered of an object that is not one of the model
			require.ErrorAs(t, value.Check(v), &e)
			require.Equal(t, `[1].b["c d"][1]`, e.Path)
			_, depth := value.Measure(v)
			require.Greater(t, depth, value.MaxDepth, "Measure shows it too")
		}
	}
	err := value.Check(member("a\xff", nil))
	require.EqualError(t, err, `value: the key "a\xff" is not UTF-8; convert the object with value.From`)
}

func TestCheckTakesTheWholeModel(t *testing.T) {
	large, _ := new(big.Int).SetString("-9223372036854775809", 10)
	for _, v := range []any{nil, true, int64(math.MinInt64), large, 1.5, math.MaxFloat64, "", "\ud7ff\U0010ffff", "\xed\xa0\x80",
		[]any(nil), []any{}, (*value.Object)(nil), new(value.Object), deep(value.MaxDepth),
		parse(t, `{"a": [1, 2.5, "\ud800", {"b": 123456789012345678901234567890}]}`)} {
		require.NoError(t, value.Check(v))
	}
}

// Cycles and what nests too deep are refused, whatever else they hold.
func TestCheckRefusesCyclesAndDepth(t *testing.T) {
	list := make([]any, 3)
	list[0], list[1], list[2] = list, list, 5
	object := value.NewObject(1)
	object.Set("a", []any{object, object})
	inner := value.NewObject(1)
	inner.Set("a", member("b", inner))
	for _, v := range []any{list, object, []any{"a", inner}, deep(value.MaxDepth + 1), member("a", deep(value.MaxDepth))} {
		var e *value.BindError
		require.ErrorAs(t, value.Check(v), &e)
		require.Equal(t, "values nest deeper than the limit of 1000, or in a cycle", e.Msg)
		require.Less(t, len(e.Path), 300)
	}
}

// A value that shares its parts may be endless as text: Check looks at each part
// once, and finds what is wrong behind MaxSize bytes.
func TestCheckOfSharedPartsIsWhole(t *testing.T) {
	var v any = []any{"x", "y"}
	for range 100 {
		v = []any{v, v}
	}
	require.NoError(t, value.Check(v))
	require.ErrorContains(t, value.Check([]any{v, member("a", []any{1})}), "value: [1].a[0]: int is not a value")
}

// json.Marshal of an object does not write null for what it cannot write.
func TestMarshalJSONRefusesWhatIsNotOfTheModel(t *testing.T) {
	for _, tt := range foreign {
		_, err := json.Marshal(member("a", []any{tt.v}))
		require.ErrorContains(t, err, "value: a[0]: "+tt.want)
	}
}

// Append has no error to return. Marshal refuses what Append would write as null.
func TestMarshalRefusesWhatIsNotAValue(t *testing.T) {
	text, err := value.Marshal(value.ObjectOf(value.Member{Key: "a", Value: []any{int64(1)}}))
	require.NoError(t, err)
	require.Equal(t, `{"a":[1]}`, string(text))
	for want, v := range map[string]any{
		"value: map[string]interface {} is not a value of package value; convert it with value.From":      map[string]any{"a": 1},
		"value: [0]: map[string]interface {} is not a value of package value; convert it with value.From": []any{map[string]any{}},
		"value: int is not a value of package value; convert it with value.From":                          1,
	} {
		text, err := value.Marshal(v)
		require.EqualError(t, err, want)
		require.Nil(t, text)
		converted, err := value.From(v)
		require.NoError(t, err)
		_, err = value.Marshal(converted)
		require.NoError(t, err)
	}
}
