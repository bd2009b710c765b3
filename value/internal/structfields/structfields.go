// Package structfields plans the fields of a struct type by encoding/json's
// rules: which fields have a name in JSON, which of several fields with one name
// counts, and which field a member of an object goes into.
//
// Every part of the module that maps members to fields uses this plan.
package structfields

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// Plan lists the fields of a struct type. It is immutable and safe for
// concurrent use.
type Plan struct {
	// Fields are in the order of their Index.
	Fields []Field

	byName map[string]int
	byFold map[string]int // by folded name: the first field that has it
}

// Field is a field that has a name in JSON. It may belong to an embedded struct.
type Field struct {
	Name      string       // in JSON
	Path      string       // in Go, with the embedded structs: "Base.ID"
	Index     []int        // as in reflect.Value.FieldByIndex
	Type      reflect.Type // of the field
	Tagged    bool         // the tag gives the name
	OmitEmpty bool         // the tag has omitempty
	OmitZero  bool         // the tag has omitzero
	Quoted    bool         // the tag's string option, on a type that it applies to
	Exported  bool         // false for an unexported embedded struct that has a tag
}

// plans caches the plans: reflect.Type -> *Plan.
var plans sync.Map

// Of returns the plan of t, which must be a struct type.
func Of(t reflect.Type) *Plan {
	if p, ok := plans.Load(t); ok {
		return p.(*Plan)
	}
	p := &Plan{Fields: dominantFields(listFields(t)), byName: map[string]int{}, byFold: map[string]int{}}
	for i, f := range p.Fields {
		p.byName[f.Name] = i
		if _, ok := p.byFold[foldName(f.Name)]; !ok {
			p.byFold[foldName(f.Name)] = i
		}
	}
	stored, _ := plans.LoadOrStore(t, p)
	return stored.(*Plan)
}

// Find returns the position of the field that a member of this name goes into:
// the field of exactly this name or, if there is none, the first one whose name
// differs only in case. It returns -1 if there is no such field.
func (p *Plan) Find(name string) int {
	if i, ok := p.byName[name]; ok {
		return i
	}
	if i, ok := p.byFold[foldName(name)]; ok {
		return i
	}
	return -1
}

// Optional reports whether the field's tag has omitempty or omitzero.
func (f *Field) Optional() bool { return f.OmitEmpty || f.OmitZero }

// listFields lists the fields of a struct and of the structs that it embeds, in
// the order of their index. It enters an embedded type only on its shallowest
// level. A type that is embedded twice on that level lists its fields twice, so
// that they hide each other.
func listFields(t reflect.Type) []Field {
	type level struct {
		typ   reflect.Type
		index []int
		path  string
	}
	var fields []Field
	next := []level{{typ: t}}
	visited := map[reflect.Type]bool{}
	counts := map[reflect.Type]int{}
	for len(next) > 0 {
		current, count := next, counts
		next, counts = nil, map[reflect.Type]int{}
		for _, l := range current {
			if visited[l.typ] {
				continue
			}
			visited[l.typ] = true
			for i := range l.typ.NumField() {
				sf := l.typ.Field(i)
				f, ok := readField(sf)
				if !ok {
					continue
				}
				f.Index, f.Path = append(slices.Clone(l.index), i), l.path+sf.Name
				if inner := embeddedStruct(sf); inner != nil && !f.Tagged {
					counts[inner]++
					if counts[inner] == 1 {
						next = append(next, level{inner, f.Index, f.Path + "."})
					}
					continue
				}
				fields = append(fields, f)
				if count[l.typ] > 1 {
					fields = append(fields, f)
				}
			}
		}
	}
	slices.SortStableFunc(fields, func(a, b Field) int { return slices.Compare(a.Index, b.Index) })
	return fields
}

// embeddedStruct returns the struct type that the field embeds, or nil.
func embeddedStruct(f reflect.StructField) reflect.Type {
	t := f.Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if f.Anonymous && t.Kind() == reflect.Struct {
		return t
	}
	return nil
}

// readField reads the field's tag. ok is false if the field has no name in JSON.
func readField(sf reflect.StructField) (f Field, ok bool) {
	if !sf.IsExported() && embeddedStruct(sf) == nil {
		return f, false
	}
	tag := sf.Tag.Get("json")
	if tag == "-" {
		return f, false
	}
	name, options, _ := strings.Cut(tag, ",")
	if !isValidName(name) {
		name = ""
	}
	f = Field{Name: cmp.Or(name, sf.Name), Tagged: name != "", Type: sf.Type, Exported: sf.IsExported()}
	for option := range strings.SplitSeq(options, ",") {
		switch option {
		case "omitempty":
			f.OmitEmpty = true
		case "omitzero":
			f.OmitZero = true
		case "string":
			f.Quoted = canQuote(sf.Type)
		}
	}
	return f, true
}

// isValidName reports whether encoding/json accepts the name in a tag.
func isValidName(name string) bool {
	for _, r := range name {
		if !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", r) && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return false
		}
	}
	return name != ""
}

// canQuote reports whether the tag's string option applies to the type.
func canQuote(t reflect.Type) bool {
	if t.Name() == "" && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Bool, reflect.String, reflect.Float32, reflect.Float64,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return true
	}
	return false
}

// dominantFields keeps at most one field of each name, in order: the least deeply
// embedded one; of several on that level, the one with a tag. If several remain,
// it keeps none of them.
func dominantFields(fields []Field) []Field {
	type winner struct {
		at   int
		tied bool
	}
	best := map[string]winner{}
	for i, f := range fields {
		w, ok := best[f.Name]
		rank := -1
		if ok {
			rank = compareRank(f, fields[w.at])
		}
		switch {
		case rank < 0:
			best[f.Name] = winner{at: i}
		case rank == 0:
			best[f.Name] = winner{w.at, true}
		}
	}
	var kept []Field
	for i, f := range fields {
		if best[f.Name] == (winner{at: i}) {
			kept = append(kept, f)
		}
	}
	return kept
}

// compareRank returns a negative number if a hides b, 0 if they hide each other.
func compareRank(a, b Field) int {
	if d := len(a.Index) - len(b.Index); d != 0 {
		return d
	}
	switch {
	case a.Tagged == b.Tagged:
		return 0
	case a.Tagged:
		return -1
	}
	return 1
}

// foldName returns the same string for names that differ only in case.
func foldName(name string) string {
	return strings.Map(func(r rune) rune {
		for {
			folded := unicode.SimpleFold(r)
			if folded <= r {
				return folded
			}
			r = folded
		}
	}, name)
}
