package value

import (
	"math"
	"reflect"
	"strconv"
	"strings"
	"sync/atomic"
	"unsafe"

	"github.com/gostates/gostates/value/internal/structfields"
)

// structPlan is the binder of a struct type.
type structPlan struct {
	typ    reflect.Type
	id     uint32 // objects remember it; see matchesKeys
	named  *structfields.Plan
	fields []structField // one for each of named.Fields
}

// structField is a field of the plan with its binder.
type structField struct {
	structfields.Field
	isZero func(reflect.Value) bool // for omitzero
	binder *binder
	offset uintptr // in the struct; of fast fields only
	fast   fastKind
	list   *binder // of the elements of fastStructs
}

// plans is the number of plans so far. Ids start at 1.
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

// isZeroOf returns the test that omitzero makes: the type's IsZero method, if
// there is one.
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

// findField returns the position of the field for a member name, or -1. Members
// often have the order of the fields: next is the position behind the field
// found last.
func (s *structPlan) findField(name string, next int) int {
	if next < len(s.fields) && s.fields[next].Name == name {
		return next
	}
	return s.named.Find(name)
}

// matchesKeys reports whether the keys of o are the names of all fields, in
// order. The object remembers the plan that it matches, so that its keys are
// not compared again each time that it is bound.
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

// fromBoxed converts the struct in an interface without copying it. An
// interface is a pair of pointers, to the type and to the value, if the value
// is larger than a pointer.
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
	var o *Object // nil as long as all members are those of like
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

// fieldFrom converts a field that is not a scalar. there is false if the field
// is omitted.
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

// fieldIn returns the field of v. ok is false if an embedded pointer on the way
// is nil.
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

// toAt converts v into the struct of the plan's type at base.
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

// allTo converts the members of an object that has one for each field, in
// order.
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

// fieldTo converts into a field that is not a scalar, or from a value of
// another kind.
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

// makeFieldIn is fieldIn for writing: it allocates the structs behind nil
// embedded pointers.
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

// quotedBinder implements the tag's string option: a string that holds JSON.
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

// hasMethods reports whether t or *t has JSON or text methods. The string
// option does not apply to such types.
func hasMethods(t reflect.Type) bool {
	if t.Kind() != reflect.Pointer {
		t = reflect.PointerTo(t)
	}
	return t.Implements(marshalerType) || t.Implements(textMarshalerType) ||
		t.Implements(unmarshalerType) || t.Implements(textUnmarshalerType)
}

// quotedText writes floats as encoding/json does and other values as Append
// does.
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

// shortFloat writes a float as encoding/json and ECMAScript do.
func shortFloat(f float64, bits int) string {
	if a := math.Abs(f); a == 0 || a >= 1e-6 && a < 1e21 {
		return strconv.FormatFloat(f, 'f', -1, bits)
	}
	text := strconv.FormatFloat(f, 'e', -1, bits)
	return strings.Replace(text, "e-0", "e-", 1)
}
