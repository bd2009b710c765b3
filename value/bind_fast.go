package value

import (
	"math"
	"reflect"
	"unicode/utf8"
	"unsafe"
)

// fastKind is the kind of a field that is read and written where it stands in
// its struct, without reflection: most fields of most structs.
//
// The pointers are right because each goes from the address of a struct of the
// plan's type to a field at that field's own offset, and is used as the field's
// own type.
type fastKind uint8

const (
	notFast fastKind = iota
	fastString
	fastBool
	fastInt
	fastInt64
	fastFloat64
	fastStruct  // one without methods
	fastStructs // a slice of those
)

// fastTypes are scalars without methods, which could ask for more.
var fastTypes = map[reflect.Type]fastKind{
	reflect.TypeFor[string]():  fastString,
	reflect.TypeFor[bool]():    fastBool,
	reflect.TypeFor[int]():     fastInt,
	reflect.TypeFor[int64]():   fastInt64,
	reflect.TypeFor[float64](): fastFloat64,
}

// isPlainStruct reports whether a type is a struct that is converted field by
// field.
func isPlainStruct(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t != objectType && t != bigType && t != timeType && !hasMethods(t)
}

// fastField returns where a direct, exported field without options stands in its
// struct, and its kind.
func (p planner) fastField(t reflect.Type, f *structField) (uintptr, fastKind) {
	if len(f.Index) != 1 || f.OmitEmpty || f.OmitZero || f.Quoted || !f.Exported {
		return 0, notFast
	}
	offset := t.Field(f.Index[0]).Offset
	switch {
	case isPlainStruct(f.Type):
		return offset, fastStruct
	case f.Type.Kind() == reflect.Slice && isPlainStruct(f.Type.Elem()) && !hasMethods(f.Type):
		return offset, fastStructs
	}
	return offset, fastTypes[f.Type]
}

// load reads a scalar field of the struct at base. It gives like where that is
// the same value, and says so. ok is false where the field needs its binder.
func (f *structField) loadScalar(base unsafe.Pointer, like any) (v any, shared, ok bool) {
	p := unsafe.Add(base, f.offset)
	switch f.fast {
	case fastString:
		s := *(*string)(p)
		if l, ok := like.(string); ok && l == s {
			return like, true, true
		}
		return s, false, utf8.ValidString(s)
	case fastBool:
		b := *(*bool)(p)
		l, ok := like.(bool)
		return b, ok && l == b, true
	case fastInt:
		return loadInt(int64(*(*int)(p)), like)
	case fastInt64:
		return loadInt(*(*int64)(p), like)
	case fastFloat64:
		n := *(*float64)(p)
		if l, ok := like.(float64); ok && math.Float64bits(l) == math.Float64bits(n) {
			return like, true, true
		}
		return n, false, !math.IsNaN(n) && !math.IsInf(n, 0)
	}
	return nil, false, false
}

// unchanged returns how many of the first fields, of the struct at base, are
// scalars with the values of the members: a function gives back most of what it
// was given as it was.
func countUnchanged(base unsafe.Pointer, fields []structField, members []Member) int {
	for i := range fields {
		f, same := &fields[i], false
		p := unsafe.Add(base, f.offset)
		switch v := members[i].Value; f.fast {
		case fastString:
			l, ok := v.(string)
			same = ok && l == *(*string)(p)
		case fastBool:
			l, ok := v.(bool)
			same = ok && l == *(*bool)(p)
		case fastInt:
			l, ok := v.(int64)
			same = ok && l == int64(*(*int)(p))
		case fastInt64:
			l, ok := v.(int64)
			same = ok && l == *(*int64)(p)
		case fastFloat64:
			l, ok := v.(float64)
			same = ok && math.Float64bits(l) == math.Float64bits(*(*float64)(p))
		}
		if !same {
			return i
		}
	}
	return len(fields)
}

func loadInt(n int64, like any) (v any, shared, ok bool) {
	if l, ok := like.(int64); ok && l == n {
		return like, true, true
	}
	return n, false, true
}

// fill writes the first members into the first fields, of the struct at base, as
// long as these are scalars and the values are of their kind. It returns how
// many. One loop for many fields is faster than a call for each.
func storeScalars(base unsafe.Pointer, fields []structField, members []Member) int {
	for i := range fields {
		f, ok := &fields[i], false
		p := unsafe.Add(base, f.offset)
		switch v := members[i].Value; f.fast {
		case fastString:
			var s string
			if s, ok = v.(string); ok {
				*(*string)(p) = s
			}
		case fastBool:
			var b bool
			if b, ok = v.(bool); ok {
				*(*bool)(p) = b
			}
		case fastInt:
			var n int64
			if n, ok = v.(int64); ok {
				if ok = int64(int(n)) == n; ok {
					*(*int)(p) = int(n)
				}
			}
		case fastInt64:
			var n int64
			if n, ok = v.(int64); ok {
				*(*int64)(p) = n
			}
		case fastFloat64:
			var n float64
			if n, ok = v.(float64); ok {
				*(*float64)(p) = n
			}
		}
		if !ok {
			return i
		}
	}
	return len(fields)
}

// sliceHeader is how a slice stands in memory.
type sliceHeader struct {
	data     unsafe.Pointer
	len, cap int
}

// structs converts the slice of structs at p.
func (f *structField) loadStructs(w *walk, p unsafe.Pointer) (any, error) {
	slice := (*sliceHeader)(p)
	if slice.data == nil {
		return nil, nil
	}
	defer func(old bool) { w.frozen = old }(w.frozen)
	w.frozen = false
	plan, size := f.list.plan, f.Type.Elem().Size()
	return w.fromElements(slice.len, func(i int) (any, error) {
		return plan.fromAt(w, unsafe.Add(slice.data, uintptr(i)*size))
	})
}

// setStructs converts a list into a new slice of structs at p.
func (f *structField) storeStructs(w *walk, list []any, p unsafe.Pointer) error {
	if err := w.enterContainer(len(list)); err != nil {
		return err
	}
	defer w.leaveContainer()
	data := reflect.MakeSlice(f.Type, len(list), len(list)).UnsafePointer()
	plan, size := f.list.plan, f.Type.Elem().Size()
	for i, v := range list {
		if v == nil {
			continue
		}
		if err := plan.toAt(w, v, unsafe.Add(data, uintptr(i)*size)); err != nil {
			return withinIndex(err, i)
		}
	}
	*(*sliceHeader)(p) = sliceHeader{data, len(list), len(list)}
	return nil
}
