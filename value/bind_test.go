//lint:file-ignore SA5008 odd tags are what is tested

package value_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value"
)

// sameAsJSON requires From to give what encoding/json writes.
func sameAsJSON(t *testing.T, v any) {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	got, err := value.From(v)
	require.NoError(t, err)
	want, err := value.Parse(text)
	require.NoError(t, err)
	if !value.Equal(want, got) {
		// encoding/json pads a large float with zeros: the float nearest counts.
		require.Equal(t, plain(t, want), plain(t, got), "want %s\ngot  %s", text, value.String(got))
	}
	require.Equal(t, keysOf(want), keysOf(got), "the order of the keys")
}

func plain(t *testing.T, v any) (p any) {
	require.NoError(t, value.Decode(v, &p))
	return p
}

func keysOf(v any) []string {
	var keys []string
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			keys = append(keys, keysOf(e)...)
		}
	case *value.Object:
		for key, e := range v.All() {
			keys = append(append(keys, key), keysOf(e)...)
		}
	}
	return keys
}

func TestFromIsWhatEncodingJSONWrites(t *testing.T) {
	z := fullZoo()
	for name, v := range map[string]any{
		"full zoo":             z,
		"full zoo, by value":   *z,
		"empty zoo":            &zoo{},
		"slice of zoos":        []zoo{*z, {}},
		"map of zoos":          map[string]zoo{"a": *z},
		"pointer to pointer":   &z,
		"nil pointer":          (*zoo)(nil),
		"nil map":              map[string]int(nil),
		"nil slice":            []int(nil),
		"empty number":         json.Number(""),
		"raw":                  json.RawMessage(`[1, 2]`),
		"nil raw":              json.RawMessage(nil),
		"nil marshaler":        []json.Marshaler{nil, color{1, 2, 3}, p(celsius(1))},
		"not addressable":      map[string]any{"c": celsius(1), "l": []celsius{1}},
		"big float":            big.NewFloat(1.5),
		"array of bytes":       [3]byte{1, 2, 3},
		"floats of 32 bits":    []float32{0.1, 1e-7, 3.4e38, 16777216},
		"kinds":                []any{int16(1), uint16(2), uintptr(3), uint64(1 << 63), complexity(4)},
		"duration":             time.Second,
		"invalid UTF-8":        "a\xffb\xc3",
		"invalid UTF-8 in key": map[string]int{"a\xff": 1, "b": 2},
		"error value":          struct{ Err error }{io.EOF},
		"anonymous struct": struct {
			A int `json:"ä.b/c"`
			B int `json:"bad,name\"x"`
			C int `json:"bad\"name"`
		}{1, 2, 3},
	} {
		t.Run(name, func(t *testing.T) { sameAsJSON(t, v) })
	}
}

type complexity uint32

func TestNilPointersInInterfacesAreNull(t *testing.T) {
	got, err := value.From([]json.Marshaler{(*celsius)(nil), (*color)(nil)}) // encoding/json panics
	require.NoError(t, err)
	require.Equal(t, "[null,null]", value.String(got))
}

func TestFromKeepsTheModel(t *testing.T) {
	v := parse(t, document)
	got, err := value.From(v)
	require.NoError(t, err)
	require.Same(t, v, got)

	array := []any{int64(1), 5.0, v, nil}
	got, err = value.From(array)
	require.NoError(t, err)
	require.Same(t, &array[0], &got.([]any)[0])

	got, err = value.From(struct {
		O *value.Object
		A []any
		N *big.Int
	}{v.(*value.Object), array, big.NewInt(3)})
	require.NoError(t, err)
	o := got.(*value.Object)
	require.Same(t, v, o.At(0).Value)
	require.Same(t, &array[0], &o.At(1).Value.([]any)[0])
	require.Equal(t, int64(3), o.At(2).Value, "a big integer that fits is an int64")

	big70 := new(big.Int).Lsh(big.NewInt(1), 70)
	got, err = value.From(big70)
	require.NoError(t, err)
	require.Same(t, big70, got)
}

func TestFromConvertsWhatIsInsideOfTheModel(t *testing.T) {
	o := value.ObjectOf(
		value.Member{Key: "same", Value: "x"},
		value.Member{Key: "int", Value: 5},
		value.Member{Key: "list", Value: []any{"a", []string{"b"}, map[string]any{"z": 1, "a": uint8(2)}}},
		value.Member{Key: "k\xff", Value: nil},
	)
	got, err := value.From(o)
	require.NoError(t, err)
	require.Equal(t, "{\"same\":\"x\",\"int\":5,\"list\":[\"a\",[\"b\"],{\"a\":2,\"z\":1}],\"k\ufffd\":null}", value.String(got))
	require.Equal(t, 5, o.At(1).Value, "the original stays")
}

func TestFromCopiesAnObjectThatAStructHolds(t *testing.T) {
	var h struct{ O value.Object }
	h.O.Set("a", int64(1))
	for _, v := range []any{h.O.Clone(), &h, map[string]*struct{ O value.Object }{"k": &h}} {
		got, err := value.From(v)
		require.NoError(t, err)
		require.Contains(t, value.String(got), `{"a":1}`)
	}
	got, _ := value.From(&h)
	h.O.Set("a", int64(2))
	require.Equal(t, `{"O":{"a":1}}`, value.String(got))
}

// encoding/json writes a big.Int that has no address as {}.
func TestBigIntegersByValue(t *testing.T) {
	type holder struct{ N big.Int }
	for _, v := range []any{holder{*big.NewInt(7)}, &holder{*big.NewInt(7)}, map[string]big.Int{"N": *big.NewInt(7)}} {
		got, err := value.From(v)
		require.NoError(t, err)
		require.Equal(t, `{"N":7}`, value.String(got))
	}
	var back holder
	require.NoError(t, value.Decode(parse(t, `{"N":18446744073709551616}`), &back))
	require.Equal(t, "18446744073709551616", back.N.String())
	require.NoError(t, value.Decode(parse(t, `{"N":null}`), &back))
	require.Equal(t, "18446744073709551616", back.N.String())
}

func TestFloatsStayFloats(t *testing.T) {
	got, err := value.From(map[string]any{"f": 5.0, "i": 5, "f32": float32(2), "n": json.Number("5.0"), "m": json.Number("5")})
	require.NoError(t, err)
	require.Equal(t, `{"f":5.0,"f32":2.0,"i":5,"m":5,"n":5.0}`, value.String(got))
}

func TestLoneSurrogatesPass(t *testing.T) {
	lone := "a\xed\xa0\x80"
	got, err := value.From(struct{ S string }{lone})
	require.NoError(t, err)
	require.Equal(t, `{"S":"a\uD800"}`, value.String(got))
	var back struct{ S string }
	require.NoError(t, value.Decode(got, &back))
	require.Equal(t, lone, back.S)
}

type Order struct {
	Items  []Item
	Prices map[string]float64
	Next   *Order `json:",omitempty"`
	Any    any    `json:",omitempty"`
}

type Item struct {
	Price float64
	Count int8
}

type failing struct{ err error }

func (f failing) MarshalJSON() ([]byte, error) { return []byte(`{]`), f.err }
func (f *failing) UnmarshalJSON([]byte) error  { return io.ErrUnexpectedEOF }

type failingText struct{}

func (failingText) MarshalText() ([]byte, error) { return nil, io.ErrClosedPipe }
func (*failingText) UnmarshalText([]byte) error  { return io.ErrClosedPipe }

func TestFromSaysWhereItFails(t *testing.T) {
	cyclic := &Order{}
	cyclic.Next = cyclic
	list := []any{nil}
	list[0] = list
	type self *self
	var loop self
	loop = &loop
	hidden := struct {
		failingEmbedded `json:"x"`
		alsoFailing     `json:"y"`
	}{}
	tests := []struct {
		name string
		v    any
		want string
	}{
		{"NaN in a field", Order{Items: []Item{{}, {}, {}, {Price: math.NaN()}}}, "value: Order.Items[3].Price: NaN has no JSON form"},
		{"infinity in a map", &Order{Prices: map[string]float64{"x y": math.Inf(1)}}, `value: Order.Prices["x y"]: +Inf has no JSON form`},
		{"float32", []float32{float32(math.Inf(-1))}, "value: [0]: -Inf has no JSON form"},
		{"NaN alone", math.NaN(), "value: NaN has no JSON form"},
		{"channel", Order{Any: make(chan int)}, "value: Order.Any: chan int has no JSON form"},
		{"func", map[string]any{"f": func() {}}, `value: ["f"]: func() has no JSON form`},
		{"complex", []any{1i}, "value: [0]: complex128 has no JSON form"},
		{"unnamed struct", struct{ A []any }{[]any{1i}}, "value: A[0]: complex128 has no JSON form"},
		{"map with other keys", map[float64]int{1: 1}, "value: map[float64]int has no JSON form: its keys are not strings, integers or encoding.TextMarshalers"},
		{"number", struct{ N json.Number }{"1x"}, `value: N: json.Number "1x" is not a JSON number in range`},
		{"number out of range", json.Number("1e999"), `value: Number: json.Number "1e999" is not a JSON number in range`},
		{"number with a space", json.Number(" 1"), `value: Number: json.Number " 1" is not a JSON number in range`},
		{"method", []any{failing{io.EOF}}, "value: [0]: value_test.failing.MarshalJSON: EOF"},
		{"method that writes no JSON", failing{}, "value: failing: the JSON of value_test.failing: value: offset 1: unexpected ']' where a key should be"},
		{"text method", []any{failingText{}}, "value: [0]: value_test.failingText.MarshalText: io: read/write on closed pipe"},
		{"text key", map[failingText]int{{}: 1}, "value: value_test.failingText.MarshalText: io: read/write on closed pipe"},
		{"raw message", struct{ R json.RawMessage }{json.RawMessage("x")}, "value: R: the JSON of json.RawMessage: value: offset 0: unexpected 'x' where a value should be"},
		{"cycle of pointers", &loop, "value: self: pointers go round in a cycle"},
		{"unexported and embedded, with a method", hidden, "value: failingEmbedded: cannot call methods of the embedded value_test.failingEmbedded, which is unexported"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := value.From(tt.v)
			require.Nil(t, v)
			require.EqualError(t, err, tt.want)
			var bind *value.BindError
			require.ErrorAs(t, err, &bind)
		})
	}
	_, err := value.From(failing{io.EOF})
	require.ErrorIs(t, err, io.EOF)
	for _, v := range []any{cyclic, list, map[string]any{"a": deep(value.MaxDepth)}, []json.Marshaler{rawDeep}} {
		_, err := value.From(v)
		require.ErrorContains(t, err, "values nest deeper than the limit of 1000, or in a cycle")
	}
	v, err := value.From(deep(value.MaxDepth))
	require.NoError(t, err)
	require.NotNil(t, v)
}

type (
	failingEmbedded struct{ failing }
	alsoFailing     struct{ failing }
)

var rawDeep = json.RawMessage(nested(value.MaxDepth))

func TestDecodeIsWhatEncodingJSONReads(t *testing.T) {
	full, err := json.Marshal(fullZoo())
	require.NoError(t, err)
	for name, text := range map[string]string{
		"full zoo":                 string(full),
		"nulls":                    nulls(t),
		"names without case":       `{"INT":1,"bOOL":true,"fromLower":"x","FROMembedded":2,"ſ":"long s","K":1}`,
		"exact name wins":          `{"int":1,"Int":2,"INT":3}`,
		"unknown names":            `{"what":{"ever":[1]}}`,
		"any":                      `{"any":{"a":[1,2.5,"x",null,{"b":false}]}}`,
		"keys":                     `{"intMap":{"5":"x","-7":"y"},"uMap":{"255":true},"keyed":{"ABC":1}}`,
		"base64 and bytes":         `{"bytes":[1,2,255]}`,
		"array too long and short": `{"array":["a","b","c"],"selves":[{"array":["a"]}]}`,
		"number as string":         `{"number":"1.5"}`,
		"quoted":                   `{"intText":"-7","floatText":"1.5","boolText":"false","stringText":"\"x\"","intTextPtr":"3"}`,
		"quoted null":              `{"intText":null,"intTextPtr":null,"stringText":"null"}`,
		"embedded pointer":         `{"FromPointed":[1,2]}`,
		"embedded":                 `{"named":{"N":3},"FromUnnamed":"x","Clash":true,"Same":2,"x":4,"X":5}`,
		"large numbers":            `{"u64":18446744073709551615,"Int64":-9223372036854775808,"f":123456789012345678901234567890}`,
		"empty":                    `{}`,
		"null":                     `null`,
	} {
		t.Run(name, func(t *testing.T) { decodeLikeJSON(t, text, func() any { return new(zoo) }) })
	}
}

// Every field of the zoo meets values of every kind: what encoding/json takes or
// refuses, Decode does too.
func TestDecodeEveryFieldFromEveryKindOfValue(t *testing.T) {
	values := []string{
		`null`, `true`, `false`, `0`, `1`, `-1`, `127`, `128`, `-129`, `255`, `256`, `9223372036854775807`,
		`9223372036854775808`, `18446744073709551615`, `18446744073709551616`, `0.5`, `-1.5`, `1.5e300`, `123456789012345678901234567890`,
		`""`, `"x"`, `"bad"`, `"5"`, `"-5"`, `"1.5"`, `"true"`, `"null"`, `"\"x\""`, `"\"5\""`, `"[1]"`, `" 5"`, `"05"`, `"AA=="`, `"AA"`,
		`"2024-05-01T08:00:00Z"`, `[]`, `[null]`, `[1]`, `[1,2,3]`, `[256]`, `["x","y","z"]`, `["5"]`, `[[1],[0.5]]`, `[{}]`, `[[]]`, `[true]`,
		`{}`, `{"A":1}`, `{"a":2,"b":{"B":null}}`, `{"5":"x"}`, `{"5":true}`, `{"-5":"x"}`, `{"256":true}`, `{"x":null}`, `{"x":1}`, `{"x":{"A":1}}`,
		`{"bad":1}`, `{"":1}`, `{"celsius":1.5}`, `{"N":1}`, `{"int":7}`, `{"self":{"self":{}}}`,
	}
	fields, err := value.From(fullZoo())
	require.NoError(t, err)
	for key := range fields.(*value.Object).All() {
		for _, v := range values {
			t.Run(key+" from "+v, func(t *testing.T) { compareDecode(t, `{`+value.String(key)+`:`+v+`}`) })
		}
	}
}

// differs holds what Decode does in another way on purpose: a whole float is an
// integer, and the string option wants JSON.
var differs = map[string]bool{
	`{"big":1.5e300}`:     true,
	`{"intText":"05"}`:    true,
	`{"floatText":"05"}`:  true,
	`{"intTextPtr":"05"}`: true,
}

func compareDecode(t *testing.T, text string) {
	t.Helper()
	if differs[text] {
		return
	}
	var want, got zoo
	errJSON, errBind := json.Unmarshal([]byte(text), &want), value.Decode(parse(t, text), &got)
	if errJSON != nil {
		require.Error(t, errBind, "%s: %v", text, errJSON)
		return
	}
	require.NoError(t, errBind, text)
	require.Equal(t, plainly(t, &want), plainly(t, &got), text)
	sameAsJSON(t, &want)
}

// nulls is an object with null for every field of a zoo.
func nulls(t *testing.T) string {
	v, err := value.From(fullZoo())
	require.NoError(t, err)
	o := value.NewObject(0)
	for key := range v.(*value.Object).All() {
		o.Set(key, nil)
	}
	return value.String(o)
}

func decodeLikeJSON(t *testing.T, text string, dst func() any) {
	t.Helper()
	want, got := dst(), dst()
	require.NoError(t, json.Unmarshal([]byte(text), want))
	require.NoError(t, value.Decode(parse(t, text), got))
	require.Equal(t, plainly(t, want), plainly(t, got))
}

// plainly shows everything in v; it differs for values that differ in nil or
// empty too, and spells numbers in one way.
func plainly(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	read, err := value.Parse(text)
	require.NoError(t, err)
	return value.String(read)
}

func TestDecodeIntoTheModel(t *testing.T) {
	v := parse(t, `{"o":{"b":1,"a":2.0},"p":{"c":3},"n":18446744073709551616,"raw":{"z":1.0,"y":"\ud800"},"num":1e20,"list":[1,2.0,{"k":1}]}`)
	var dst struct {
		O    *value.Object
		P    value.Object
		N    *big.Int
		Raw  json.RawMessage
		Num  json.Number
		List []*value.Object
	}
	err := value.Decode(v, &dst)
	require.EqualError(t, err, "value: List[0]: number 1 does not fit *value.Object")

	o := v.(*value.Object).Without("list")
	require.NoError(t, value.Decode(o, &dst))
	require.Same(t, o.At(0).Value, dst.O, "the object itself")
	dst.P.Set("c", int64(4))
	require.Equal(t, `{"c":3}`, value.String(o.At(1).Value), "a copy")
	require.Equal(t, "18446744073709551616", dst.N.String())
	require.Equal(t, `{"z":1.0,"y":"\uD800"}`, string(dst.Raw))
	require.Equal(t, json.Number("1.0E20"), dst.Num)

	var same *value.Object
	require.NoError(t, value.Decode(o, &same))
	require.Same(t, o, same)
	require.NoError(t, value.Decode(nil, &same))
	require.Nil(t, same)
}

func TestDecodeIntoAnAnyGivesGoShapes(t *testing.T) {
	v := parse(t, `{"a":[1,2.5,"x",null,true,100000000000000000000]}`)
	var plain any
	require.NoError(t, value.Decode(v, &plain))
	require.Equal(t, map[string]any{"a": []any{1.0, 2.5, "x", nil, true, 1e20}}, plain)

	var named map[string]any
	require.NoError(t, value.Decode(v, &named))
	named["a"].([]any)[0] = "changed"
	require.Equal(t, `{"a":[1,2.5,"x",null,true,100000000000000000000]}`, value.String(v), "the caller's own")
}

func TestDecodeFillsWhatIsThere(t *testing.T) {
	item := &Item{Price: 1, Count: 2}
	order := Order{Items: []Item{{Count: 9}}, Prices: map[string]float64{"a": 1}, Next: &Order{}, Any: item}
	next := order.Next
	v := parse(t, `{"Items":[{"Price":5}],"Prices":{"b":2},"Next":{"Items":[]},"Any":{"Count":7}}`)
	require.NoError(t, value.Decode(v, &order))
	require.Equal(t, []Item{{Price: 5}}, order.Items, "a new slice")
	require.Equal(t, map[string]float64{"a": 1, "b": 2}, order.Prices)
	require.Same(t, next, order.Next)
	require.Equal(t, &Item{Price: 1, Count: 7}, item, "through the interface")
	require.NoError(t, value.Decode(parse(t, `{"Next":null,"Any":null,"Prices":null,"Items":null}`), &order))
	require.Equal(t, Order{}, order)
}

func TestWholeFloatsGoIntoIntegers(t *testing.T) {
	var dst struct {
		I int
		U uint16
		B big.Int
	}
	require.NoError(t, value.Decode(parse(t, `{"I":1e3,"U":5.0,"B":1e20}`), &dst))
	require.Equal(t, 1000, dst.I)
	require.Equal(t, uint16(5), dst.U)
	require.Equal(t, "100000000000000000000", dst.B.String())
}

func TestDecodeSaysWhereItFails(t *testing.T) {
	type embedded struct{ *unexportedPointer }
	type tagged struct {
		*unexportedPointer `json:"x"`
	}
	tests := []struct {
		name, text string
		dst        any
		want       string
	}{
		{"string into float", `{"Items":[{},{"Price":"x"}]}`, new(Order), `value: Order.Items[1].Price: string "x" does not fit float64`},
		{"overflow", `{"Items":[{"Count":300}]}`, new(Order), `value: Order.Items[0].Count: number 300 does not fit int8`},
		{"in a map", `{"Prices":{"x":[]}}`, new(Order), `value: Order.Prices["x"]: an array does not fit float64`},
		{"in a pointer", `{"Next":{"Next":{"Items":{}}}}`, new(Order), `value: Order.Next.Next.Items: an object does not fit []value_test.Item`},
		{"array into struct", `[]`, new(Order), `value: Order: an array does not fit value_test.Order`},
		{"fraction", `1.5`, new(int), `value: number 1.5 does not fit int`},
		{"negative", `-1`, new(uint), `value: number -1 does not fit uint`},
		{"negative float", `-1.0`, new(uint), `value: number -1.0 does not fit uint`},
		{"past int64", `9223372036854775808`, new(int64), `value: number 9223372036854775808 does not fit int64`},
		{"float past int64", `1e19`, new(int64), `value: number 1.0E19 does not fit int64`},
		{"past uint64", `18446744073709551616`, new(uint64), `value: number 18446744073709551616 does not fit uint64`},
		{"past uint8", `256`, new(uint8), `value: number 256 does not fit uint8`},
		{"past float32", `1e300`, new(float32), `value: number 1.0E300 does not fit float32`},
		{"fraction into big", `0.5`, new(big.Int), `value: Int: number 0.5 does not fit big.Int`},
		{"string into big", `"1"`, new(*big.Int), `value: Int: string "1" does not fit big.Int`},
		{"bool", `1`, new(bool), `value: number 1 does not fit bool`},
		{"string", `true`, new(string), `value: boolean true does not fit string`},
		{"map", `[]`, new(map[string]int), `value: an array does not fit map[string]int`},
		{"map with other keys", `{}`, new(map[float64]int), `value: an object does not fit map[float64]int`},
		{"key", `{"x":1}`, new(map[int]int), `value: ["x"]: key "x" is not a int`},
		{"key overflow", `{"256":1}`, new(map[uint8]int), `value: ["256"]: key "256" is not a uint8`},
		{"slice", `"x"`, new([]int), `value: string "x" does not fit []int`},
		{"array", `"x"`, new([1]int), `value: string "x" does not fit [1]int`},
		{"base64", `"*"`, new([]byte), `value: string "*" is not base64 for []uint8`},
		{"number", `"x"`, new(json.Number), `value: Number: string "x" does not fit json.Number`},
		{"object", `[]`, new(value.Object), `value: an array does not fit value.Object`},
		{"channel", `1`, new(chan int), `value: number 1 does not fit chan int`},
		{"interface", `1`, new(fmt.Stringer), `value: Stringer: number 1 does not fit fmt.Stringer`},
		{"text", `1`, new(upper), `value: upper: number 1 does not fit value_test.upper`},
		{"text method", `"bad"`, new(upper), `value: upper: value_test.upper.UnmarshalText: upper: bad`},
		{"time", `{"T":"yesterday"}`, new(struct{ T time.Time }), `value: T: time.Time.UnmarshalText: parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"`},
		{"method", `[1]`, new([]failing), `value: [0]: value_test.failing.UnmarshalJSON: unexpected EOF`},
		{"quoted", `{"intText":5}`, new(zoo), `value: zoo.IntText: want a string that holds the JSON text of int, got number 5`},
		{"quoted text is none", `{"intText":" 5"}`, new(zoo), `value: zoo.IntText: want a string that holds the JSON text of int, got string " 5"`},
		{"quoted type", `{"intText":"true"}`, new(zoo), `value: zoo.IntText: boolean true does not fit int`},
		{"embedded pointer", `{"A":1}`, new(embedded), `value: embedded.unexportedPointer.A: cannot set the embedded pointer to unexported value_test.unexportedPointer`},
		{"tagged embedded pointer", `{"x":{"A":1}}`, new(tagged), `value: tagged.unexportedPointer: cannot set the embedded *value_test.unexportedPointer, which is unexported`},
		{"long text", `"` + strings.Repeat("x", 100) + `"`, new(int), `value: string of 102 bytes does not fit int`},
		{"integer past float64, inside an any", `1`, new(struct{ A chan int }), `value: number 1 does not fit struct { A chan int }`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.EqualError(t, value.Decode(parse(t, tt.text), tt.dst), tt.want)
		})
	}
	huge := new(big.Int).Exp(big.NewInt(10), big.NewInt(400), nil)
	require.ErrorContains(t, value.Decode([]any{huge}, new(any)), "value: [0]: number of 401 bytes does not fit float64")
	require.ErrorContains(t, value.Decode([]any{huge}, new([]float64)), "value: [0]: number of 401 bytes does not fit float64")
	require.ErrorIs(t, value.Decode(parse(t, `[1]`), new([]failing)), io.ErrUnexpectedEOF)
}

type unexportedPointer struct{ A int }

func TestDecodeNeedsAPointer(t *testing.T) {
	require.EqualError(t, value.Decode(nil, nil), "value: Decode needs a pointer that is not nil, got nil")
	require.EqualError(t, value.Decode(nil, 5), "value: Decode needs a pointer that is not nil, got a int")
	require.EqualError(t, value.Decode(nil, (*int)(nil)), "value: Decode needs a pointer that is not nil, got a *int")
}

func TestDecodeIntoAnEndlessPointer(t *testing.T) {
	type self *self
	var s self
	require.ErrorContains(t, value.Decode(int64(1), &s), "pointers go round in a cycle")
}

func TestBindersAreSafeForConcurrentUse(t *testing.T) {
	type fresh struct {
		A []map[string]*fresh2
		B any
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			in := fresh{A: []map[string]*fresh2{{"x": {N: 1, Up: &fresh2{N: 2}}}}, B: "b"}
			v, err := value.From(in)
			var out fresh
			err = errors.Join(err, value.Decode(v, &out))
			if err != nil || value.String(v) != `{"A":[{"x":{"N":1,"Up":{"N":2,"Up":null}}}],"B":"b"}` || out.A[0]["x"].Up.N != 2 {
				t.Error(value.String(v), err)
			}
		}()
	}
	wg.Wait()
}

type fresh2 struct {
	N  int
	Up *fresh2
}

// Values that hold each other twice are few in memory and many in JSON: they end
// in an error, and soon.
func TestFromRefusesTooManyValues(t *testing.T) {
	type pointers struct{ A, B *pointers }
	array, long, goMap := any(int64(1)), any(make([]any, 1<<20)), any(make([]any, 1<<16))
	tree := new(pointers)
	for range 60 {
		array, long = []any{array, array}, []any{long, long}
		goMap = map[string]any{"a": goMap, "b": goMap}
		tree = &pointers{tree, tree}
	}
	for name, v := range map[string]any{"arrays": array, "long arrays": long, "maps": goMap, "pointers": tree} {
		_, err := value.From(v)
		require.ErrorContains(t, err, "more than 8388608 values", name)
		require.Less(t, len(err.Error()), 1000, name)
	}
	_, err := value.From(make([]any, 1<<20))
	require.NoError(t, err)
}

type textKey struct{ a, b string }

func (k textKey) MarshalText() ([]byte, error) { return []byte(k.a + k.b), nil }

// No entry of a map is lost because two keys are the same in JSON.
func TestFromRefusesKeysThatMeet(t *testing.T) {
	object := value.NewObject(2)
	object.Set("\xfe", nil)
	object.Set("\xff", nil)
	for name, v := range map[string]any{
		"map":       map[string]int{"\xfe": 1, "\xff": 2},
		"any":       map[string]any{"\xfe": 1, "\xff": 2},
		"U+FFFD":    map[string]int{"\uFFFD": 1, "\xff": 2},
		"named":     map[textKey]int{{"a", ""}: 1, {"", "a"}: 2},
		"an object": object,
	} {
		_, err := value.From([]any{v})
		key := "\"\uFFFD\""
		if name == "named" {
			key = `"a"`
		}
		require.EqualError(t, err, "value: [0]: two keys are the same in JSON: "+key, name)
	}
}

func TestFromRefusesNumbersBeyondAFloat64(t *testing.T) {
	_, err := value.From(json.Number("1e400"))
	require.EqualError(t, err, `value: Number: json.Number "1e400" is not a JSON number in range`)
	for number, want := range map[json.Number]string{
		"0.12345678901234567890123":      "0.12345678901234568",
		"123456789012345678901234567890": "123456789012345678901234567890",
	} {
		v, err := value.From(number)
		require.NoError(t, err)
		require.Equal(t, want, value.String(v))
	}
}
