//lint:file-ignore SA5008 odd tags are what is tested

package value_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// zoo has a field for everything that encoding/json treats in its own way.
type zoo struct {
	Bool    bool
	Int     int     `json:"int"`
	Int8    int8    `json:"i8,omitempty"`
	Int64   int64   `json:",omitempty"`
	Uint    uint    `json:"uint"`
	Uint8   uint8   `json:"u8"`
	Uint64  uint64  `json:"u64"`
	Float   float64 `json:"f"`
	Float32 float32 `json:"f32"`
	String  string  `json:"s"`
	Skipped string  `json:"-"`
	Dash    string  `json:"-,"`
	hidden  string

	IntText    int      `json:"intText,string"`
	FloatText  float64  `json:"floatText,string"`
	BoolText   bool     `json:"boolText,string"`
	StringText string   `json:"stringText,string"`
	IntTextPtr *int     `json:"intTextPtr,string"`
	Untouched  []string `json:"untouched,string"`

	Any    any              `json:"any"`
	Bytes  []byte           `json:"bytes"`
	Ints   []int            `json:"ints,omitempty"`
	Array  [2]string        `json:"array"`
	Matrix [][]float64      `json:"matrix"`
	Anys   []any            `json:"anys"`
	Ptr    *string          `json:"ptr"`
	PtrPtr **int            `json:"ptrPtr,omitempty"`
	Self   *zoo             `json:"self,omitempty"`
	Selves []zoo            `json:"selves,omitempty"`
	Map    map[string]inner `json:"map"`
	IntMap map[int]string   `json:"intMap,omitempty"`
	UMap   map[uint8]bool   `json:"uMap,omitempty"`
	Keyed  map[upper]*int   `json:"keyed,omitempty"`
	AnyMap map[string]any   `json:"anyMap"`

	Time     time.Time       `json:"time"`
	TimePtr  *time.Time      `json:"timePtr,omitempty"`
	TimeZero time.Time       `json:"timeZero,omitzero"`
	Number   json.Number     `json:"number"`
	Raw      json.RawMessage `json:"raw,omitempty"`
	Big      *big.Int        `json:"big"`
	Upper    upper           `json:"upper"`
	Celsius  celsius         `json:"celsius"`
	Color    color           `json:"color"`
	Inner    inner           `json:"inner,omitzero"`
	Empty    struct{}        `json:"empty"`

	Embedded
	*Pointed
	Named   `json:"named"`
	unnamed // its exported fields count
	shadowA
	shadowB
}

type Embedded struct {
	FromEmbedded int
	String       string // hidden by nothing: the outer one is named "s"
	Int          int    `json:"int"` // hidden by the outer one
	Deep
}

type Deep struct {
	Level     string `json:"level"`
	FromDeep  bool
	Tagged    int `json:"x"`
	X         int `json:",omitempty"`
	FROMLOWER string
}

type Pointed struct{ FromPointed []int }

type Named struct{ N int }

type unnamed struct{ FromUnnamed string }

// shadowA and shadowB hide each other's Same; of the two Clash the tagged wins.
type shadowA struct {
	Same  int
	Clash string
}

type shadowB struct {
	Same  int
	Clash bool `json:"Clash"`
}

type inner struct {
	A int
	B *inner `json:",omitempty"`
}

// upper is a string, also as a key.
type upper string

func (u upper) MarshalText() ([]byte, error) { return []byte(strings.ToUpper(string(u))), nil }

func (u *upper) UnmarshalText(text []byte) error {
	if string(text) == "bad" {
		return errors.New("upper: bad")
	}
	*u = upper(strings.ToLower(string(text)))
	return nil
}

// celsius has methods of the pointer only.
type celsius float64

func (c *celsius) MarshalJSON() ([]byte, error) {
	return []byte(`{ "celsius": ` + strconv.FormatFloat(float64(*c), 'f', 2, 64) + ` }`), nil
}

func (c *celsius) UnmarshalJSON(text []byte) error {
	var o struct{ Celsius float64 }
	if err := json.Unmarshal(text, &o); err != nil {
		return err
	}
	*c = celsius(o.Celsius)
	return nil
}

// color has methods of the value.
type color struct{ r, g, b uint8 }

func (c color) MarshalJSON() ([]byte, error) {
	return json.Marshal([]int{int(c.r), int(c.g), int(c.b)})
}

func (c *color) UnmarshalJSON(text []byte) error {
	var rgb [3]uint8
	if err := json.Unmarshal(text, &rgb); err != nil {
		return fmt.Errorf("color: %w", err)
	}
	*c = color{rgb[0], rgb[1], rgb[2]}
	return nil
}

func p[T any](v T) *T { return &v }

// fullZoo has something in every field.
func fullZoo() *zoo {
	at := time.Date(2024, 5, 1, 8, 0, 0, 123456789, time.FixedZone("", 7200))
	return &zoo{
		Bool: true, Int: -1, Int8: -128, Int64: 1 << 60, Uint: 7, Uint8: 255, Uint64: 1<<64 - 1,
		Float: 1.5, Float32: 0.1, String: "a\"<b>\u2028é", Skipped: "x", Dash: "y", hidden: "z",
		IntText: 5, FloatText: 1e21, BoolText: true, StringText: `a"b`, IntTextPtr: p(9), Untouched: []string{"1"},
		Any: map[string]any{"b": []any{1.5, "x", nil}, "a": true}, Bytes: []byte("\x00\xff bytes"),
		Ints: []int{1, 2}, Array: [2]string{"a", "b"}, Matrix: [][]float64{{0.5}, {}, nil},
		Anys: []any{1, int8(2), "x", []string{"y"}, inner{A: 1}, p(p(3))},
		Ptr:  p("pointed"), PtrPtr: p(p(4)), Self: &zoo{Int: 2}, Selves: []zoo{{Int: 3, Self: &zoo{}}},
		Map:    map[string]inner{"z": {A: 1, B: &inner{A: 2}}, "a": {}, "é": {}, "": {}},
		IntMap: map[int]string{10: "x", 9: "y", -1: "z"}, UMap: map[uint8]bool{200: true, 3: false},
		Keyed: map[upper]*int{"b": p(1), "a": nil}, AnyMap: map[string]any{"k": map[string]int{"x": 1}},
		Time: at, TimePtr: &at, Number: "12.50", Raw: json.RawMessage(`{ "b": 1, "a": [ 2 ] }`),
		Big: new(big.Int).Lsh(big.NewInt(1), 100), Upper: "up", Celsius: 21.5, Color: color{1, 2, 3},
		Inner:    inner{A: 1},
		Embedded: Embedded{FromEmbedded: 1, String: "emb", Int: 99, Deep: Deep{Level: "l", FromDeep: true, Tagged: 1, X: 2, FROMLOWER: "x"}},
		Pointed:  &Pointed{[]int{1}}, Named: Named{5}, unnamed: unnamed{"u"},
	}
}
