//lint:file-ignore SA5008 odd tags are the subject
//lint:file-ignore U1000 the names of unexported fields are the subject

package structfields_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value/internal/structfields"
)

type (
	left   struct{ X int }
	right  struct{ X int }
	tagged struct {
		A int `json:"X"`
	}
	One struct {
		A int `json:"X"`
	}
	Two struct {
		B int `json:"X"`
		C int
	}
	both struct {
		left
		right
	}
	deeper struct{ both }
	bottom struct{ Deep int }
	viaL   struct{ bottom }
	viaR   struct{ bottom }
	Ptr    struct{ P int }
	loop   struct {
		*loop
		N int
	}
	scalar int
	Scalar int
)

// structs has a struct for each rule by which encoding/json chooses fields.
var structs = map[string]any{
	"ties annihilate": struct {
		both
		Y int
	}{},
	"ties hide deeper fields of the name": struct {
		left
		right
		tail struct{ deeper }
		deeper
	}{},
	"a tie on a deeper level does not matter": struct {
		both
		X int
	}{},
	"the tagged field wins": struct {
		left
		right
		tagged
	}{},
	// Of reflect, since vet refuses it.
	"two tagged fields tie": reflect.Zero(reflect.StructOf([]reflect.StructField{
		{Name: "One", Type: reflect.TypeFor[One](), Anonymous: true},
		{Name: "Two", Type: reflect.TypeFor[Two](), Anonymous: true},
	})).Interface(),
	"the shallow field wins over the tagged one": struct {
		tagged
		X string
	}{},
	"one type embedded twice": struct {
		viaL
		viaR
	}{},
	"a type that embeds itself": loop{},
	"an embedded pointer":       struct{ *Ptr }{},
	"an embedded struct with tag": struct {
		Ptr `json:"ptr"`
	}{},
	"an unexported embedded struct with tag": struct {
		left `json:"left"`
	}{},
	"embedded scalars": struct {
		scalar
		Scalar
		*Ptr
	}{},
	"case": struct {
		Name  int
		NAME  int `json:"NAME"`
		NamE  int `json:"namE"`
		Sharp int `json:"ſharp"`
		K     int `json:"K"`
	}{},
	"names of tags": struct {
		A int `json:"-"`
		B int `json:"-,"`
		C int `json:"a b,string"`
		D int `json:"日本"`
		E int `json:"x'y"`
		F int `json:",unknown"`
		G int `xml:"g"`
		h int
		I int `json:"%&$"`
	}{},
	"options": struct {
		A *int  `json:",omitempty"`
		B []int `json:"b,omitzero"`
		C *int  `json:",string"`
		D []int `json:",string"`
	}{},
	"empty": struct{}{},
}

func TestFieldsAreThoseThatEncodingJSONWrites(t *testing.T) {
	for name, v := range structs {
		t.Run(name, func(t *testing.T) {
			var planned []string
			for _, f := range structfields.Of(reflect.TypeOf(v)).Fields {
				if !f.Optional() {
					planned = append(planned, f.Name)
				}
			}
			require.Equal(t, namesWritten(t, v), planned)
		})
	}
}

// namesWritten lists the members of a struct that encoding/json writes, with a
// zero struct behind each embedded pointer.
func namesWritten(t *testing.T, v any) []string {
	t.Helper()
	p := reflect.New(reflect.TypeOf(v)).Elem()
	for i := range p.NumField() {
		f := p.Type().Field(i)
		if f.Anonymous && f.IsExported() && f.Type.Kind() == reflect.Pointer {
			p.Field(i).Set(reflect.New(f.Type.Elem()))
		}
	}
	text, err := json.Marshal(p.Interface())
	require.NoError(t, err)
	var names []string
	dec := json.NewDecoder(strings.NewReader(string(text)))
	_, err = dec.Token()
	require.NoError(t, err)
	for dec.More() {
		name, err := dec.Token()
		require.NoError(t, err)
		names = append(names, name.(string))
		var ignored any
		require.NoError(t, dec.Decode(&ignored))
	}
	return names
}

func TestFindIsWhereEncodingJSONPutsAMember(t *testing.T) {
	for name, v := range structs {
		t.Run(name, func(t *testing.T) {
			typ := reflect.TypeOf(v)
			plan := structfields.Of(typ)
			for _, member := range memberNames(plan) {
				t.Run(member, func(t *testing.T) {
					p := reflect.New(typ)
					dec := json.NewDecoder(strings.NewReader(`{` + quote(t, member) + `: null}`))
					dec.DisallowUnknownFields()
					err := dec.Decode(p.Interface())
					at := plan.Find(member)
					require.Equal(t, err == nil, at >= 0, "%v", err)
					if at < 0 {
						return
					}
					f := plan.Fields[at]
					require.True(t, strings.EqualFold(member, f.Name))
					if f.Type.Kind() == reflect.Int && !f.Quoted {
						require.NoError(t, json.Unmarshal([]byte(`{`+quote(t, member)+`: 7}`), p.Interface()))
						require.EqualValues(t, 7, p.Elem().FieldByIndex(f.Index).Int())
					}
				})
			}
		})
	}
}

// memberNames returns the names of the fields in several spellings, and others.
func memberNames(plan *structfields.Plan) []string {
	names := []string{"", "X", "x", "Deep", "h", "A", "a", "-", "scalar", "Scalar", "P", "left", "nAmE", "SHARP", "sharp", "\u212a"}
	for _, f := range plan.Fields {
		names = append(names, f.Name, strings.ToUpper(f.Name), strings.ToLower(f.Name))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func quote(t *testing.T, s string) string {
	t.Helper()
	text, err := json.Marshal(s)
	require.NoError(t, err)
	return string(text)
}

func TestPathNamesTheEmbeddedStructs(t *testing.T) {
	fields := structfields.Of(reflect.TypeFor[struct {
		viaL
		*Ptr
		Own int
	}]()).Fields
	var paths []string
	for _, f := range fields {
		paths = append(paths, f.Path)
	}
	require.Equal(t, []string{"viaL.bottom.Deep", "Ptr.P", "Own"}, paths)
}
