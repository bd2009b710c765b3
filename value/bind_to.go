package value

import (
	"encoding"
	"encoding/base64"
	"encoding/json"
	"math"
	"math/big"
	"reflect"
	"strconv"
)

// Decode stores a value of the model in the variable that dst points to. The
// result is the one that encoding/json would decode from the same JSON: Decode
// supports struct tags, names in any case, embedded structs,
// [json.Unmarshaler], [encoding.TextUnmarshaler], [json.Number],
// [json.RawMessage] and base64 for []byte. It ignores members without a field.
// A null leaves a destination that cannot be nil unchanged.
//
// A destination of type any becomes a map[string]any, []any, float64, string,
// bool or nil that belongs to the caller. A destination of type *Object becomes
// the object itself, which must not be changed (see [Object.Clone]).
//
// Differences from encoding/json: Decode stops at the first error; a whole
// float in range is accepted by an integer; a slice is always new; a field with
// the tag's string option accepts valid JSON only ("5", not "05"); a lone
// surrogate stays in WTF-8.
//
// The error is a *[BindError] with the path of the part: "value:
// Order.Items[3].Count: number 300 does not fit int8".
func Decode(v any, dst any) error {
	p := reflect.ValueOf(dst)
	if p.Kind() != reflect.Pointer || p.IsNil() {
		return &BindError{Msg: "Decode needs a pointer that is not nil, got " + typeName(dst)}
	}
	if err := binderOf(p.Type().Elem()).to(new(walk), v, p.Elem()); err != nil {
		return prependTypeName(err, p.Type().Elem())
	}
	return nil
}

func typeName(v any) string {
	if v == nil {
		return "nil"
	}
	return "a " + reflect.TypeOf(v).String()
}

// describeValue names a value in a message. It includes the JSON if that is
// short.
func describeValue(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case []any, *Object:
		return "an " + Kind(v)
	}
	const shown = 40
	text := String(v)
	if len(text) > shown {
		return Kind(v) + " of " + strconv.Itoa(len(text)) + " bytes"
	}
	return Kind(v) + " " + text
}

func mismatchError(v any, t reflect.Type) error {
	return &BindError{Msg: describeValue(v) + " does not fit " + t.String()}
}

var (
	unmarshalerType     = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
)

type toFunc = func(w *walk, v any, dst reflect.Value) error

// toOf chooses the conversion to a type, in the order of fromOf. Every
// destination is settable except for an unexported embedded struct.
func (p planner) toOf(t reflect.Type) toFunc {
	switch t {
	case objectPointerType:
		return toObjectPointer
	case objectType:
		return toObjectStruct
	case bigType:
		return toBig
	case numberType:
		return toNumber
	case rawType:
		return func(_ *walk, v any, dst reflect.Value) error {
			dst.SetBytes(Append(nil, v))
			return nil
		}
	}
	switch pointer := reflect.PointerTo(t); {
	case t.Kind() == reflect.Pointer:
		return toPointer(t, p.planBinder(t.Elem()))
	case t == timeType:
		return toTextMethod
	case pointer.Implements(unmarshalerType):
		return toMethod
	case pointer.Implements(textUnmarshalerType):
		return toTextMethod
	}
	return p.toKind(t)
}

func (p planner) toKind(t reflect.Type) toFunc {
	switch t.Kind() {
	case reflect.Bool:
		return toBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return toInt
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return toUint
	case reflect.Float32, reflect.Float64:
		return toFloat
	case reflect.String:
		return toString
	case reflect.Interface:
		return toInterface
	case reflect.Struct:
		return unlessNull(p.structOf(t).toStruct)
	case reflect.Map:
		return p.toMapOf(t)
	case reflect.Slice:
		return p.toSliceOf(t)
	case reflect.Array:
		return unlessNull(toArray(p.planBinder(t.Elem())))
	}
	return func(_ *walk, v any, dst reflect.Value) error { return mismatchError(v, dst.Type()) }
}

// unlessNull leaves the destination unchanged for null.
func unlessNull(to toFunc) toFunc {
	return func(w *walk, v any, dst reflect.Value) error {
		if v == nil {
			return nil
		}
		return to(w, v, dst)
	}
}

func toObjectPointer(_ *walk, v any, dst reflect.Value) error {
	o, ok := v.(*Object)
	if !ok && v != nil {
		return mismatchError(v, dst.Type())
	}
	dst.Set(reflect.ValueOf(o))
	return nil
}

// toObjectStruct copies the object, because the owner of the struct may change
// it.
func toObjectStruct(_ *walk, v any, dst reflect.Value) error {
	o, ok := v.(*Object)
	if !ok {
		if v == nil {
			return nil
		}
		return mismatchError(v, dst.Type())
	}
	dst.Addr().Interface().(*Object).moveFrom(o.Clone())
	return nil
}

func toBig(_ *walk, v any, dst reflect.Value) error {
	n := dst.Addr().Interface().(*big.Int)
	switch v := v.(type) {
	case nil:
	case int64:
		n.SetInt64(v)
	case *big.Int:
		n.Set(v)
	case float64:
		if v != math.Trunc(v) || math.IsInf(v, 0) {
			return mismatchError(v, dst.Type())
		}
		big.NewFloat(v).Int(n)
	default:
		return mismatchError(v, dst.Type())
	}
	return nil
}

func toNumber(_ *walk, v any, dst reflect.Value) error {
	switch v := v.(type) {
	case nil:
		return nil
	case int64, float64, *big.Int:
		dst.SetString(String(v))
		return nil
	case string:
		if _, err := fromNumber(v); err == nil && v != "" {
			dst.SetString(v)
			return nil
		}
	}
	return mismatchError(v, dst.Type())
}

// toMethod calls UnmarshalJSON.
func toMethod(_ *walk, v any, dst reflect.Value) error {
	if !dst.CanInterface() {
		return unexportedError(dst.Type())
	}
	if err := dst.Addr().Interface().(json.Unmarshaler).UnmarshalJSON(Append(nil, v)); err != nil {
		return methodError(dst.Type(), "UnmarshalJSON", err)
	}
	return nil
}

func toTextMethod(_ *walk, v any, dst reflect.Value) error {
	if v == nil {
		return nil
	}
	text, ok := v.(string)
	if !ok {
		return mismatchError(v, dst.Type())
	}
	if !dst.CanInterface() {
		return unexportedError(dst.Type())
	}
	if err := dst.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text)); err != nil {
		return methodError(dst.Type(), "UnmarshalText", err)
	}
	return nil
}

func toPointer(t reflect.Type, elem *binder) toFunc {
	return func(w *walk, v any, dst reflect.Value) error {
		if v == nil {
			dst.SetZero()
			return nil
		}
		if err := w.followPointer(); err != nil {
			return err
		}
		defer w.leavePointer()
		if dst.IsNil() {
			dst.Set(reflect.New(t.Elem()))
		}
		return elem.to(w, v, dst.Elem())
	}
}

func toBool(_ *walk, v any, dst reflect.Value) error {
	switch v := v.(type) {
	case nil:
	case bool:
		dst.SetBool(v)
	default:
		return mismatchError(v, dst.Type())
	}
	return nil
}

func toString(_ *walk, v any, dst reflect.Value) error {
	switch v := v.(type) {
	case nil:
	case string:
		dst.SetString(v)
	default:
		return mismatchError(v, dst.Type())
	}
	return nil
}

func toInt(_ *walk, v any, dst reflect.Value) error {
	var n int64
	switch v := v.(type) {
	case nil:
		return nil
	case int64:
		n = v
	case float64:
		var ok bool
		if n, ok = wholeInt(v); !ok {
			return mismatchError(v, dst.Type())
		}
	case *big.Int:
		if !v.IsInt64() {
			return mismatchError(v, dst.Type())
		}
		n = v.Int64()
	default:
		return mismatchError(v, dst.Type())
	}
	if dst.OverflowInt(n) {
		return mismatchError(v, dst.Type())
	}
	dst.SetInt(n)
	return nil
}

// wholeInt returns f as an integer, if it is one in range.
func wholeInt(f float64) (int64, bool) {
	if f != math.Trunc(f) || f < -1<<63 || f >= 1<<63 {
		return 0, false
	}
	return int64(f), true
}

func toUint(_ *walk, v any, dst reflect.Value) error {
	var n uint64
	switch v := v.(type) {
	case nil:
		return nil
	case int64:
		if v < 0 {
			return mismatchError(v, dst.Type())
		}
		n = uint64(v)
	case float64:
		if v != math.Trunc(v) || v < 0 || v >= 1<<64 {
			return mismatchError(v, dst.Type())
		}
		n = uint64(v)
	case *big.Int:
		if !v.IsUint64() {
			return mismatchError(v, dst.Type())
		}
		n = v.Uint64()
	default:
		return mismatchError(v, dst.Type())
	}
	if dst.OverflowUint(n) {
		return mismatchError(v, dst.Type())
	}
	dst.SetUint(n)
	return nil
}

func toFloat(_ *walk, v any, dst reflect.Value) error {
	if v == nil {
		return nil
	}
	f, ok := floatOf(v)
	if !ok {
		return mismatchError(v, dst.Type())
	}
	if math.IsInf(f, 0) || dst.OverflowFloat(f) {
		return mismatchError(v, dst.Type())
	}
	dst.SetFloat(f)
	return nil
}

// floatOf returns the float nearest to a number.
func floatOf(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case int64:
		return float64(v), true
	case *big.Int:
		f, _ := new(big.Float).SetInt(v).Float64()
		return f, true
	}
	return 0, false
}

// toInterface fills the variable that a pointer in the interface points to, as
// encoding/json does. Otherwise it stores the usual Go types for an any.
func toInterface(w *walk, v any, dst reflect.Value) error {
	if inner := dst.Elem(); v != nil && inner.Kind() == reflect.Pointer && !inner.IsNil() {
		if err := w.followPointer(); err != nil {
			return err
		}
		defer w.leavePointer()
		return binderOf(inner.Type().Elem()).to(w, v, inner.Elem())
	}
	if v == nil {
		dst.SetZero()
		return nil
	}
	if dst.NumMethod() > 0 {
		return mismatchError(v, dst.Type())
	}
	plain, err := w.toPlain(v)
	if err != nil {
		return err
	}
	dst.Set(reflect.ValueOf(plain))
	return nil
}

// toPlain returns the types that encoding/json uses for an any.
func (w *walk) toPlain(v any) (any, error) {
	switch v := v.(type) {
	case []any:
		return w.toPlainArray(v)
	case *Object:
		return w.toPlainObject(v)
	case int64:
		return float64(v), nil
	case *big.Int:
		f, _ := floatOf(v)
		if math.IsInf(f, 0) {
			return nil, mismatchError(v, reflect.TypeFor[float64]())
		}
		return f, nil
	}
	return v, nil
}

func (w *walk) toPlainArray(v []any) (any, error) {
	if err := w.enterContainer(len(v)); err != nil {
		return nil, err
	}
	defer w.leaveContainer()
	array := make([]any, len(v))
	for i, e := range v {
		p, err := w.toPlain(e)
		if err != nil {
			return nil, withinIndex(err, i)
		}
		array[i] = p
	}
	return array, nil
}

func (w *walk) toPlainObject(o *Object) (any, error) {
	if err := w.enterContainer(o.Len()); err != nil {
		return nil, err
	}
	defer w.leaveContainer()
	m := make(map[string]any, o.Len())
	for key, e := range o.All() {
		p, err := w.toPlain(e)
		if err != nil {
			return nil, withinKey(err, key)
		}
		m[key] = p
	}
	return m, nil
}

func (p planner) toMapOf(t reflect.Type) toFunc {
	key, elem := p.keyOf(t.Key()), p.planBinder(t.Elem())
	return func(w *walk, v any, dst reflect.Value) error {
		if v == nil {
			dst.SetZero()
			return nil
		}
		o, ok := v.(*Object)
		if !ok || key == nil {
			return mismatchError(v, t)
		}
		if err := w.enterContainer(o.Len()); err != nil {
			return err
		}
		defer w.leaveContainer()
		if dst.IsNil() {
			dst.Set(reflect.MakeMapWithSize(t, o.Len()))
		}
		for name, v := range o.All() {
			k, e := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
			err := key(name, k)
			if err == nil {
				err = elem.to(w, v, e)
			}
			if err != nil {
				return withinKey(err, name)
			}
			dst.SetMapIndex(k, e)
		}
		return nil
	}
}

// keyOf returns the function that turns member names into keys of a map, or nil
// if the type cannot be a key.
func (p planner) keyOf(t reflect.Type) func(name string, dst reflect.Value) error {
	if reflect.PointerTo(t).Implements(textUnmarshalerType) {
		return func(name string, dst reflect.Value) error { return toTextMethod(nil, name, dst) }
	}
	switch t.Kind() {
	case reflect.String:
		return func(name string, dst reflect.Value) error { return toString(nil, name, dst) }
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return func(name string, dst reflect.Value) error {
			n, err := strconv.ParseInt(name, 10, t.Bits())
			dst.SetInt(n)
			return keyError(name, t, err)
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return func(name string, dst reflect.Value) error {
			n, err := strconv.ParseUint(name, 10, t.Bits())
			dst.SetUint(n)
			return keyError(name, t, err)
		}
	}
	return nil
}

func keyError(name string, t reflect.Type, err error) error {
	if err == nil {
		return nil
	}
	return &BindError{Msg: "key " + strconv.Quote(name) + " is not a " + t.String()}
}

func (p planner) toSliceOf(t reflect.Type) toFunc {
	elem := p.planBinder(t.Elem())
	isBytes := t.Elem().Kind() == reflect.Uint8
	return func(w *walk, v any, dst reflect.Value) error {
		switch v := v.(type) {
		case nil:
			dst.SetZero()
			return nil
		case string:
			if isBytes {
				return toBytes(v, dst)
			}
		case []any:
			slice := reflect.MakeSlice(t, len(v), len(v))
			if err := toElements(w, v, slice, elem); err != nil {
				return err
			}
			dst.Set(slice)
			return nil
		}
		return mismatchError(v, t)
	}
}

func toBytes(text string, dst reflect.Value) error {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return &BindError{Msg: describeValue(text) + " is not base64 for " + dst.Type().String(), Err: err}
	}
	dst.SetBytes(b)
	return nil
}

func toArray(elem *binder) toFunc {
	return func(w *walk, v any, dst reflect.Value) error {
		array, ok := v.([]any)
		if !ok {
			return mismatchError(v, dst.Type())
		}
		n := min(len(array), dst.Len())
		for i := n; i < dst.Len(); i++ {
			dst.Index(i).SetZero()
		}
		return toElements(w, array[:n], dst, elem)
	}
}

func toElements(w *walk, v []any, dst reflect.Value, elem *binder) error {
	if err := w.enterContainer(len(v)); err != nil {
		return err
	}
	defer w.leaveContainer()
	for i, e := range v {
		if err := elem.to(w, e, dst.Index(i)); err != nil {
			return withinIndex(err, i)
		}
	}
	return nil
}
