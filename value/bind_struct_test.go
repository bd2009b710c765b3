//lint:file-ignore SA5008 odd tags are what is tested

package value_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value"
)

type zeroByValue struct{ N int }

func (z zeroByValue) IsZero() bool { return z.N == 7 }

type zeroByPointer struct{ N int }

func (z *zeroByPointer) IsZero() bool { return z.N == 7 }

type zeroer interface{ IsZero() bool }

type zeros struct {
	Int       int            `json:",omitzero"`
	Slice     []int          `json:",omitzero"`
	Struct    Item           `json:",omitzero"`
	Value     zeroByValue    `json:",omitzero"`
	Pointer   zeroByPointer  `json:",omitzero"`
	ValuePtr  *zeroByValue   `json:",omitzero"`
	PtrPtr    *zeroByPointer `json:",omitzero"`
	Interface zeroer         `json:",omitzero"`
	Both      []int          `json:",omitempty,omitzero"`
}

func TestOmitZero(t *testing.T) {
	for name, z := range map[string]zeros{
		"zero":              {},
		"zero by method":    {Value: zeroByValue{7}, Pointer: zeroByPointer{7}, ValuePtr: &zeroByValue{7}, PtrPtr: &zeroByPointer{7}, Interface: zeroByValue{7}},
		"not by method":     {Value: zeroByValue{1}, Pointer: zeroByPointer{1}, ValuePtr: &zeroByValue{}, PtrPtr: &zeroByPointer{}, Interface: &zeroByValue{}},
		"empty but no zero": {Int: 1, Slice: []int{}, Struct: Item{Count: 1}, Both: []int{}},
		"typed nil":         {Interface: (*zeroByPointer)(nil)},
	} {
		t.Run(name, func(t *testing.T) {
			sameAsJSON(t, z)
			sameAsJSON(t, &z)
		})
	}
}

type empties struct {
	B   bool           `json:",omitempty"`
	I   int            `json:",omitempty"`
	F   float64        `json:",omitempty"`
	S   string         `json:",omitempty"`
	L   []int          `json:",omitempty"`
	A   [0]int         `json:",omitempty"`
	A1  [1]int         `json:",omitempty"`
	M   map[string]int `json:",omitempty"`
	P   *int           `json:",omitempty"`
	Any any            `json:",omitempty"`
	St  struct{}       `json:",omitempty"`
}

func TestOmitEmpty(t *testing.T) {
	sameAsJSON(t, empties{})
	sameAsJSON(t, empties{L: []int{}, M: map[string]int{}, P: p(0), Any: 0})
	sameAsJSON(t, empties{B: true, I: 1, F: 0.5, S: "x", L: []int{0}, A1: [1]int{1}, M: map[string]int{"": 0}})
}

// Which of several fields of one name counts.
type (
	left  struct{ Name, Only string }
	right struct{ Name string }
	tagL  struct {
		A int `json:"name"`
	}
	bottom struct{ Deep int }
	viaL   struct{ bottom }
	viaR   struct{ bottom }
	loop   struct {
		*loop
		N int
	}
)

func TestFieldsOfOneName(t *testing.T) {
	for name, v := range map[string]any{
		"two on one level hide each other": struct {
			left
			right
		}{left{"l", "o"}, right{"r"}},
		"the outer one counts": struct {
			left
			Name int
		}{left{"l", "o"}, 1},
		"the outer one counts, wherever it stands": struct {
			Name int
			left
			right
		}{1, left{"l", "o"}, right{"r"}},
		"the tagged one counts": struct {
			left
			tagL
			Other struct {
				Name int
			} `json:"Name"`
		}{left: left{"l", "o"}, tagL: tagL{3}},
		"tagged on one level with an untagged one": struct {
			right
			X struct {
				A int `json:"Name"`
			}
			tagName
		}{right: right{"r"}, tagName: tagName{5}},
		"one type embedded twice": struct {
			viaL
			viaR
		}{viaL{bottom{1}}, viaR{bottom{2}}},
		"a type that embeds itself": loop{N: 1, loop: &loop{N: 2}},
	} {
		t.Run(name, func(t *testing.T) { sameAsJSON(t, v) })
	}
}

type tagName struct {
	A int `json:"Name"`
}

func TestNamesOfTags(t *testing.T) {
	sameAsJSON(t, struct {
		A int `json:"-"`
		B int `json:"-,"`
		C int `json:",string"`
		D int `json:"a b,omitempty,unknown"`
		E int `json:"日本"`
		F int `json:"x'y"`
		G int `xml:"g"`
	}{1, 2, 3, 4, 5, 6, 7})
}

func TestDecodeIgnoresUnexportedFields(t *testing.T) {
	var dst struct {
		a int
		B int
	}
	require.NoError(t, value.Decode(parse(t, `{"a":1,"B":2}`), &dst))
	require.Zero(t, dst.a)
	require.Equal(t, 2, dst.B)
}
