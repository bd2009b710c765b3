package value

import (
	"math"
	"reflect"
	"strconv"
	"strings"
	"sync/atomic"
	"unsafe"

	"github.com/gostates/gostates/internal/structfields"
)

// structPlan is the binder of a struct type.
type structPlan struct {
	typ    reflect.Type
	id     uint32 // what objects remember of it, see fits
	named  *structfields.Plan
	fields []structField // one for each of named.Fields
}

// structField is a field of the plan with its binder.
type structField struct {
	structfields.Field
	isZero func(reflect.Value) bool // for omitzero
	binder *binder
	offset uintptr // in the struct, of a direct field
	fast   fastKind
	list   *binder // of the elements of fastStructs
}

// plans counts the plans: each has a number, from 1.
var plans atomic.Uint32

// structOf makes the plan of a struct type.
func (p planner) structOf(t reflect.Type) *structPlan {
	named := structfields.Of(t)
	s := &structPlan{typ: t, id: plans.Add(1), named: named, fields: make([]structField, len(named.Fields))}
	for i := range s.fields {
		f := &s.fields[i]
		f.Field = named.Fields[i]
		f.binder = p.planBinder(f.Type)
		if f.offset, f.fast = p.fastField(t, f); f.fast == fastStructs {
			f.list = p.planBinder(f.Type.Elem())
		}
		if f.Quoted {
			f.binder = quotedBinder(f.Type, f.binder)
		}
		if f.OmitZero {
			f.isZero = reflect.Value.IsZero
			if f.Exported {
				f.isZero = isZeroOf(f.Type)
			}
		}
	}
	return s
}

// isZeroOf returns what omitzero asks: the type's IsZero method, if it has one.
func isZeroOf(t reflect.Type) func(reflect.Value) bool {
	type zeroer interface{ IsZero() bool }
	zeroerType := reflect.TypeFor[zeroer]()
	switch {
	case !reflect.PointerTo(t).Implements(zeroerType) && !t.Implements(zeroerType):
		return reflect.Value.IsZero
	case t.Kind() == reflect.Interface && t.Implements(zeroerType):
		return func(v reflect.Value) bool {
			return v.IsNil() || v.Elem().Kind() == reflect.Pointer && v.Elem().IsNil() || v.Interface().(zeroer).IsZero()
		}
	case t.Kind() == reflect.Pointer && t.Implements(zeroerType):
		return func(v reflect.Value) bool { return v.IsNil() || v.Interface().(zeroer).IsZero() }
	case t.Implements(zeroerType):
		return func(v reflect.Value) bool { return v.Interface().(zeroer).IsZero() }
	}
	return func(v reflect.Value) bool { return addressOf(v).Interface().(zeroer).IsZero() }
}

func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

// find returns the place of the field of a name, or -1. Members often come in
// the order of the fields: next is where the last one was found, plus one.
func (s *structPlan) findField(name string, next int) int {
	if next < len(s.fields) && s.fields[next].Name == name {
		return next
	}
	return s.named.Find(name)
}

// fits reports whether the object's keys are the names of all fields, in order.
// The object remembers that it is so: the names are compared once, not by each
// function that the object is given to and comes back from.
func (s *structPlan) matchesKeys(o *Object) bool {
	if o == nil || len(o.members) != len(s.fields) {
		return false
	}
	if o.plan.Load() == s.id {
		return true
	}
	for i := range s.fields {
		if o.members[i].Key != s.fields[i].Name {
			return false
		}
	}
	o.plan.Store(s.id)
	return true
}

func (s *structPlan) fromStruct(w *walk, v reflect.Value) (any, error) {
	defer func(old bool) { w.frozen = old }(w.frozen)
	w.frozen = !v.CanAddr()
	return s.fromAt(w, addressOf(v).UnsafePointer())
}

// fromBoxed is from for the struct in an interface, which is read there and not
// copied. An interface is a pair of pointers, to a type and to the value, where
// the value is larger than a pointer.
func (s *structPlan) fromBoxed(w *walk, boxed *any) (any, error) {
	defer func(old bool) { w.frozen = old }(w.frozen)
	w.frozen = true
	return s.fromAt(w, (*[2]unsafe.Pointer)(unsafe.Pointer(boxed))[1])
}

// fromAt converts the struct of the plan's type at base.
func (s *structPlan) fromAt(w *walk, base unsafe.Pointer) (any, error) {
	if err := w.enterContainer(len(s.fields)); err != nil {
		return nil, err
	}
	defer w.leaveContainer()
	whole := w.like
	like, _ := whole.(*Object)
	var o *Object // nil as long as like has the same members
	n, fits := 0, s.matchesKeys(like)
	for i := 0; i < len(s.fields); i++ {
		if fits && o == nil && n == i {
			n += countUnchanged(base, s.fields[i:], like.members[i:])
			if i = n; i == len(s.fields) {
				break
			}
		}
		f := &s.fields[i]
		l, placed := like.getNear(n, f.Name)
		e, shared, ok := f.loadScalar(base, l)
		if !ok {
			w.like = l
			var there bool
			var err error
			if e, there, err = s.fieldFrom(w, f, base); err != nil {
				return nil, prependPath(err, "."+f.Path)
			}
			if !there {
				continue
			}
			shared = isSame(e, l)
		}
		if o == nil && !(shared && placed) {
			o = NewObject(len(s.fields))
			if like != nil {
				o.members = append(o.members, like.members[:n]...)
			}
		}
		if n++; o != nil {
			o.members = append(o.members, Member{f.Name, e})
		}
	}
	w.like = whole
	switch {
	case o != nil:
		if n == len(s.fields) {
			o.plan.Store(s.id)
		}
		return o, nil
	case like != nil && n == like.Len():
		return whole, nil
	}
	o = NewObject(n)
	if like != nil {
		o.members = append(o.members, like.members[:n]...)
	}
	return o, nil
}

// fieldFrom converts a field that is no scalar; there is false where it is left
// out.
func (s *structPlan) fieldFrom(w *walk, f *structField, base unsafe.Pointer) (v any, there bool, err error) {
	switch f.fast {
	case fastStruct:
		v, err = f.binder.plan.fromAt(w, unsafe.Add(base, f.offset))
		return v, true, err
	case fastStructs:
		v, err = f.loadStructs(w, unsafe.Add(base, f.offset))
		return v, true, err
	}
	whole := reflect.NewAt(s.typ, base).Elem()
	if w.frozen {
		whole = reflect.ValueOf(whole.Interface())
	}
	fv, there := f.fieldIn(whole)
	if !there || f.OmitEmpty && isEmpty(fv) || f.OmitZero && f.isZero(fv) {
		return nil, false, nil
	}
	v, err = f.binder.from(w, fv)
	return v, true, err
}

// in returns the field in a struct; ok is false behind a nil embedded pointer.
func (f *structField) fieldIn(v reflect.Value) (reflect.Value, bool) {
	v = v.Field(f.Index[0])
	if len(f.Index) == 1 {
		return v, true
	}
	for _, i := range f.Index[1:] {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return v, false
			}
			v = v.Elem()
		}
		v = v.Field(i)
	}
	return v, true
}

func (s *structPlan) toStruct(w *walk, v any, dst reflect.Value) error {
	return s.toAt(w, v, dst.Addr().UnsafePointer())
}

// toAt converts into the struct of the plan's type at base.
func (s *structPlan) toAt(w *walk, v any, base unsafe.Pointer) error {
	o, ok := v.(*Object)
	if !ok {
		return mismatchError(v, s.typ)
	}
	if err := w.enterContainer(o.Len()); err != nil {
		return err
	}
	defer w.leaveContainer()
	if s.matchesKeys(o) {
		return s.allTo(w, o.members, base)
	}
	next := 0
	for i := range o.Len() {
		at := s.findField(o.members[i].Key, next)
		if at < 0 {
			continue
		}
		if next = at + 1; storeScalars(base, s.fields[at:next], o.members[i:]) == 1 {
			continue
		}
		if err := s.fieldTo(w, &s.fields[at], o.members[i].Value, base); err != nil {
			return prependPath(err, "."+s.fields[at].Path)
		}
	}
	return nil
}

// allTo converts the members of an object that fits, one for each field.
func (s *structPlan) allTo(w *walk, members []Member, base unsafe.Pointer) error {
	for i := 0; ; i++ {
		if i += storeScalars(base, s.fields[i:], members[i:]); i == len(members) {
			return nil
		}
		if err := s.fieldTo(w, &s.fields[i], members[i].Value, base); err != nil {
			return prependPath(err, "."+s.fields[i].Path)
		}
	}
}

// fieldTo converts into a field that is no scalar, or a value that is not of its
// own kind.
func (s *structPlan) fieldTo(w *walk, f *structField, v any, base unsafe.Pointer) error {
	p := unsafe.Add(base, f.offset)
	switch list, isList := v.([]any); {
	case f.fast == fastStruct && v != nil:
		return f.binder.plan.toAt(w, v, p)
	case f.fast == fastStructs && isList:
		return f.storeStructs(w, list, p)
	}
	fv, err := f.makeFieldIn(reflect.NewAt(s.typ, base).Elem())
	if err != nil {
		return err
	}
	if !fv.CanSet() && fv.Kind() != reflect.Struct {
		return &BindError{Msg: "cannot set the embedded " + fv.Type().String() + ", which is unexported"}
	}
	return f.binder.to(w, v, fv)
}

// reach is in for writing: it makes what nil embedded pointers should point to.
func (f *structField) makeFieldIn(v reflect.Value) (reflect.Value, error) {
	v = v.Field(f.Index[0])
	for _, i := range f.Index[1:] {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				if !v.CanSet() {
					return v, &BindError{Msg: "cannot set the embedded pointer to unexported " + v.Type().Elem().String()}
				}
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(i)
	}
	return v, nil
}

// quotedBinder is for the tag's string option: the JSON text in a string.
func quotedBinder(t reflect.Type, plain *binder) *binder {
	return &binder{
		from: func(w *walk, v reflect.Value) (any, error) {
			e, err := plain.from(w, v)
			if _, object := e.(*Object); err != nil || e == nil || object || hasMethods(t) {
				return e, err
			}
			return quotedText(e, v), nil
		},
		to: func(w *walk, v any, dst reflect.Value) error {
			if v == nil || hasMethods(t) {
				return plain.to(w, v, dst)
			}
			text, ok := v.(string)
			inner, err := ParseString(text)
			if !ok || err != nil || strings.TrimSpace(text) != text {
				return &BindError{Msg: "want a string that holds the JSON text of " + dst.Type().String() + ", got " + describeValue(v)}
			}
			return plain.to(w, inner, dst)
		},
	}
}

// hasMethods reports whether the type, or what it points to, has JSON methods of
// its own: the string option does not touch those.
func hasMethods(t reflect.Type) bool {
	if t.Kind() != reflect.Pointer {
		t = reflect.PointerTo(t)
	}
	return t.Implements(marshalerType) || t.Implements(textMarshalerType) ||
		t.Implements(unmarshalerType) || t.Implements(textUnmarshalerType)
}

// quotedText spells floats as encoding/json does, other values as Append.
func quotedText(e any, v reflect.Value) string {
	for v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Float32:
		return shortFloat(v.Float(), 32)
	case reflect.Float64:
		return shortFloat(v.Float(), 64)
	}
	return String(e)
}

// shortFloat spells a float as encoding/json and ECMAScript do.
func shortFloat(f float64, bits int) string {
	if a := math.Abs(f); a == 0 || a >= 1e-6 && a < 1e21 {
		return strconv.FormatFloat(f, 'f', -1, bits)
	}
	text := strconv.FormatFloat(f, 'e', -1, bits)
	return strings.Replace(text, "e-0", "e-", 1)
}
