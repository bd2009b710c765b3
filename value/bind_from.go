package value

import (
	"cmp"
	"encoding"
	"encoding/base64"
	"encoding/json"
	"math"
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
	"unsafe"
)

// From converts a Go value to a value of the model. The result is the value
// that [Parse] would read from the output of encoding/json. From supports
// struct tags (omitempty, omitzero, string), embedded structs, maps with sorted
// keys, []byte as base64, [json.Number], [json.RawMessage], [json.Marshaler]
// and [encoding.TextMarshaler].
//
// Values of the model pass through without a copy, so the caller must not
// change them afterwards. A nil *Object or nil []any in an interface is empty;
// in a struct field of that type it is null, as in encoding/json.
//
// Differences from encoding/json: a float stays a float (5.0 is not 5); a json.Number
// beyond the range of a float64, such as 1e400, is refused, and a fraction with more
// digits than a float64 has is rounded; and invalid UTF-8 becomes U+FFFD, except for the
// surrogates of WTF-8, which stay.
//
// From refuses values that nest deeper than [MaxDepth] and values with more
// than 8,388,608 parts. This includes cycles, and small values that share parts
// exponentially. It also refuses a map or object with two keys that are the same in
// JSON, such as "\xfe" and "\xff", of which encoding/json writes both.
//
// The error is a *[BindError] with the path of the part: "value:
// Order.Items[3].Price: NaN has no JSON form".
func From(v any) (any, error) {
	out, _, err := new(walk).fromAny(v)
	if err != nil {
		return nil, prependTypeName(err, reflect.TypeOf(v))
	}
	return out, nil
}

// FromLike is [From], except that the result shares with like, a value of the
// model, each part that is equal at the same place. The time and memory it
// takes grow with the parts that differ.
func FromLike(v, like any) (any, error) {
	if isSame(v, like) {
		return v, nil
	}
	w := walk{like: like}
	out, _, err := w.fromAny(v)
	if err != nil {
		return nil, prependTypeName(err, reflect.TypeOf(v))
	}
	return out, nil
}

// isSame reports whether a and b are the same array or object, or scalars that
// are written alike.
func isSame(a, b any) bool {
	switch a := a.(type) {
	case nil:
		return b == nil
	case bool:
		b, ok := b.(bool)
		return ok && a == b
	case int64:
		b, ok := b.(int64)
		return ok && a == b
	case string:
		b, ok := b.(string)
		return ok && a == b
	case float64:
		b, ok := b.(float64)
		return ok && math.Float64bits(a) == math.Float64bits(b)
	case *Object:
		b, ok := b.(*Object)
		return ok && a == b
	case []any:
		b, ok := b.([]any)
		return ok && len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
	}
	return false
}

// shareInt returns like if it equals v, which saves an allocation.
func shareInt(like any, v int64) any {
	if l, ok := like.(int64); ok && l == v {
		return like
	}
	return v
}

// shareText is shareInt for strings. It does not validate s again if like
// equals it.
func shareText(like any, s string) any {
	if l, ok := like.(string); ok && l == s {
		return like
	}
	return validString(s)
}

// shareFloat is shareInt for floats. It tells 0.0 from -0.0.
func shareFloat(like any, v float64) any {
	if l, ok := like.(float64); ok && math.Float64bits(l) == math.Float64bits(v) {
		return like
	}
	return v
}

// fromAny converts the content of an interface. changed reports whether out
// differs from v; if not, the container of v can stay as it is.
func (w *walk) fromAny(v any) (out any, changed bool, err error) {
	switch t := v.(type) {
	case nil, bool, int64:
		return v, false, nil
	case string:
		if utf8.ValidString(t) {
			return v, false, nil
		}
		s := validString(t)
		return s, len(s) != len(t), nil
	case float64:
		return v, false, checkFinite(t)
	case []any:
		return w.fromArray(v, t)
	case *Object:
		return w.fromObject(t)
	case *big.Int:
		out, err = fromBig(t)
		_, same := out.(*big.Int)
		return out, !same, err
	case int:
		return int64(t), true, nil
	case map[string]any:
		out, err = w.fromMap(t)
		return out, true, err
	}
	b := binderOf(reflect.TypeOf(v))
	if b.plan != nil && b.plan.typ.Size() > unsafe.Sizeof(uintptr(0)) {
		out, err = b.plan.fromBoxed(w, &v)
	} else {
		out, err = b.from(w, reflect.ValueOf(v))
	}
	return out, true, err
}

// fromArray converts v. It returns whole, the interface that holds v, if
// nothing changes; a new interface would allocate.
func (w *walk) fromArray(whole any, v []any) (any, bool, error) {
	if w.like != nil && isSame(whole, w.like) {
		return whole, false, nil
	}
	like, _ := w.like.([]any)
	defer func(old any) { w.like = old }(w.like)
	if err := w.enterContainer(len(v)); err != nil {
		return nil, false, err
	}
	defer w.leaveContainer()
	out, copied := v, false
	for i, e := range v {
		if w.like = elementAt(like, i); w.like != nil && isSame(e, w.like) {
			continue
		}
		c, changed, err := w.fromAny(e)
		if err != nil {
			return nil, false, withinIndex(err, i)
		}
		if !changed {
			continue
		}
		if !copied {
			out, copied = slices.Clone(v), true
		}
		out[i] = c
	}
	if !copied {
		return whole, false, nil
	}
	return out, true, nil
}

func (w *walk) fromObject(o *Object) (*Object, bool, error) {
	like, _ := w.like.(*Object)
	if like == o && o != nil {
		return o, false, nil
	}
	defer func(old any) { w.like = old }(w.like)
	if err := w.enterContainer(o.Len()); err != nil {
		return nil, false, err
	}
	defer w.leaveContainer()
	out, clean := o, true
	for i := range o.Len() {
		m := &o.members[i]
		w.like, _ = like.getNear(i, m.Key)
		if w.like != nil && isSame(m.Value, w.like) {
			continue // it was checked before
		}
		c, changed, err := w.fromAny(m.Value)
		if err != nil {
			return nil, false, withinKey(err, m.Key)
		}
		clean = clean && utf8.ValidString(m.Key)
		if !changed {
			continue
		}
		if out == o {
			out = o.Clone()
		}
		out.members[i].Value = c
	}
	if !clean {
		var err error
		if out, err = withValidKeys(out); err != nil {
			return nil, false, err
		}
	}
	return out, out != o, nil
}

// withValidKeys returns o, or a copy of o with valid keys if it has invalid ones. It
// returns an error if two of them are the same then.
func withValidKeys(o *Object) (*Object, error) {
	if !slices.ContainsFunc(o.members, func(m Member) bool { return len(validString(m.Key)) != len(m.Key) }) {
		return o, nil
	}
	c := NewObject(len(o.members))
	for i, m := range o.members {
		if c.putMember(validString(m.Key), m.Value); len(c.members) <= i {
			return nil, sameKeyError(validString(m.Key))
		}
	}
	return c, nil
}

func (w *walk) fromMap(v map[string]any) (any, error) {
	if v == nil {
		return nil, nil
	}
	if err := w.enterContainer(len(v)); err != nil {
		return nil, err
	}
	defer w.leaveContainer()
	members := make([]Member, 0, len(v))
	for key, e := range v { // in any order: sorted below
		members = append(members, Member{key, e})
	}
	slices.SortFunc(members, func(a, b Member) int { return cmp.Compare(a.Key, b.Key) })
	for i := range members {
		c, _, err := w.fromAny(members[i].Value)
		if err != nil {
			return nil, withinKey(err, members[i].Key)
		}
		members[i].Value = c
	}
	return ofSorted(members)
}

// ofSorted makes an object of sorted members and keeps the slice. It returns an error
// if two keys of a map are the same in JSON.
func ofSorted(members []Member) (*Object, error) {
	valid := true
	for i := range members {
		valid = valid && utf8.ValidString(members[i].Key)
		if i > 0 && members[i-1].Key == members[i].Key {
			return nil, sameKeyError(members[i].Key)
		}
	}
	if !valid {
		return withValidKeys(ObjectOf(members...))
	}
	return &Object{members: members}, nil
}

func fromFloat(f float64) (any, error) {
	if err := checkFinite(f); err != nil {
		return nil, err
	}
	return f, nil
}

func checkFinite(f float64) error {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return &BindError{Msg: strconv.FormatFloat(f, 'g', -1, 64) + " has no JSON form"}
	}
	return nil
}

func fromBig(n *big.Int) (any, error) {
	switch {
	case n == nil:
		return nil, nil
	case n.IsInt64():
		return n.Int64(), nil
	}
	return n, checkBigRange(n)
}

// checkBigRange refuses integers that Parse does not read, because no float64
// is near them.
func checkBigRange(n *big.Int) error {
	if n.BitLen() < 1024 {
		return nil
	}
	if n.BitLen() == 1024 {
		if f, _ := new(big.Float).SetInt(n).Float64(); !math.IsInf(f, 0) {
			return nil
		}
	}
	return &BindError{Msg: "a *big.Int beyond the range of float64 has no JSON form"}
}

// validString replaces each byte of s that is neither UTF-8 nor part of a
// surrogate in WTF-8 by U+FFFD. A result that differs from s also differs in
// length.
func validString(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	buf := make([]byte, 0, len(s)+16)
	for i := 0; i < len(s); {
		n := runeLen(s, i)
		if n == 0 {
			buf = utf8.AppendRune(buf, utf8.RuneError)
			i++
			continue
		}
		buf = append(buf, s[i:i+n]...)
		i += n
	}
	return string(buf)
}

var (
	marshalerType     = reflect.TypeFor[json.Marshaler]()
	textMarshalerType = reflect.TypeFor[encoding.TextMarshaler]()
	objectType        = reflect.TypeFor[Object]()
	objectPointerType = reflect.TypeFor[*Object]()
	bigType           = reflect.TypeFor[big.Int]()
	bigPointerType    = reflect.TypeFor[*big.Int]()
	numberType        = reflect.TypeFor[json.Number]()
	rawType           = reflect.TypeFor[json.RawMessage]()
	timeType          = reflect.TypeFor[time.Time]()
)

type fromFunc = func(w *walk, v reflect.Value) (any, error)

// fromOf chooses the conversion for a type: types known to this package come
// first, then methods, then kinds.
func (p planner) fromOf(t reflect.Type) fromFunc {
	switch t {
	case objectPointerType:
		return fromObjectPointer
	case objectType:
		return fromObjectStruct
	case bigPointerType:
		return func(_ *walk, v reflect.Value) (any, error) { return fromBig(v.Interface().(*big.Int)) }
	case bigType:
		return fromBigStruct
	case numberType:
		return func(_ *walk, v reflect.Value) (any, error) { return fromNumber(v.String()) }
	case rawType:
		return func(w *walk, v reflect.Value) (any, error) { return w.fromText(v.Bytes(), t) }
	case timeType:
		return fromTextMethod
	case reflect.PointerTo(timeType):
		return fromPointer(p.planBinder(timeType))
	}
	plain := p.fromKind
	switch {
	case t.Kind() == reflect.Interface:
		return fromInterface
	case t.Implements(marshalerType):
		return fromMethod
	case reflect.PointerTo(t).Implements(marshalerType) && t.Kind() != reflect.Pointer:
		return ifAddressable(fromMethod, p.fromTextOr(t, plain))
	}
	return p.fromTextOr(t, plain)
}

// fromTextOr uses the type's MarshalText method if there is one.
func (p planner) fromTextOr(t reflect.Type, plain func(reflect.Type) fromFunc) fromFunc {
	switch {
	case t.Implements(textMarshalerType):
		return fromTextMethod
	case reflect.PointerTo(t).Implements(textMarshalerType) && t.Kind() != reflect.Pointer:
		return ifAddressable(fromTextMethod, plain(t))
	}
	return plain(t)
}

// ifAddressable uses a pointer method if the value is addressable.
func ifAddressable(method, plain fromFunc) fromFunc {
	return func(w *walk, v reflect.Value) (any, error) {
		if v.CanAddr() {
			return method(w, v.Addr())
		}
		return plain(w, v)
	}
}

func (p planner) fromKind(t reflect.Type) fromFunc {
	switch t.Kind() {
	case reflect.Bool:
		return func(_ *walk, v reflect.Value) (any, error) { return v.Bool(), nil }
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return func(w *walk, v reflect.Value) (any, error) { return shareInt(w.like, v.Int()), nil }
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return func(_ *walk, v reflect.Value) (any, error) { return fromUint(v.Uint()), nil }
	case reflect.Float64:
		return func(w *walk, v reflect.Value) (any, error) {
			f := v.Float()
			return shareFloat(w.like, f), checkFinite(f)
		}
	case reflect.Float32:
		return func(_ *walk, v reflect.Value) (any, error) { return fromFloat32(float32(v.Float())) }
	case reflect.String:
		return func(w *walk, v reflect.Value) (any, error) { return shareText(w.like, v.String()), nil }
	case reflect.Pointer:
		return fromPointer(p.planBinder(t.Elem()))
	case reflect.Struct:
		return p.structOf(t).fromStruct
	case reflect.Map:
		return p.fromMapOf(t)
	case reflect.Slice:
		return p.fromSliceOf(t)
	case reflect.Array:
		return fromList(p.planBinder(t.Elem()))
	}
	return func(*walk, reflect.Value) (any, error) {
		return nil, &BindError{Msg: t.String() + " has no JSON form"}
	}
}

func fromObjectPointer(w *walk, v reflect.Value) (any, error) {
	o := v.Interface().(*Object)
	if o == nil {
		return nil, nil
	}
	out, _, err := w.fromObject(o)
	return out, err
}

// fromObjectStruct copies the object, because the owner of the struct may still
// change it.
func fromObjectStruct(w *walk, v reflect.Value) (any, error) {
	out, _, err := w.fromObject(addressOf(v).Interface().(*Object).Clone())
	return out, err
}

func fromBigStruct(_ *walk, v reflect.Value) (any, error) {
	return fromBig(new(big.Int).Set(addressOf(v).Interface().(*big.Int)))
}

// addressOf returns a pointer to v, or to a copy if v is not addressable.
func addressOf(v reflect.Value) reflect.Value {
	if v.CanAddr() {
		return v.Addr()
	}
	c := reflect.New(v.Type())
	c.Elem().Set(v)
	return c
}

// fromNumber parses a json.Number. The empty string is 0, as in encoding/json.
func fromNumber(text string) (any, error) {
	if text == "" {
		return int64(0), nil
	}
	p := parser{s: text}
	if isDigit(text[0]) || text[0] == '-' {
		if n, err := p.parseNumber(); err == nil && p.i == len(text) {
			return n, nil
		}
	}
	return nil, &BindError{Msg: "json.Number " + strconv.Quote(text) + " is not a JSON number in range"}
}

func fromUint(n uint64) any {
	if n <= math.MaxInt64 {
		return int64(n)
	}
	return new(big.Int).SetUint64(n)
}

// fromFloat32 returns the shortest decimal that is the same float32, as
// encoding/json does: 0.1 and not 0.10000000149011612.
func fromFloat32(f float32) (any, error) {
	d, err := strconv.ParseFloat(strconv.FormatFloat(float64(f), 'g', -1, 32), 64)
	if err != nil {
		return nil, err
	}
	return fromFloat(d)
}

// fromMethod calls MarshalJSON.
func fromMethod(w *walk, v reflect.Value) (any, error) {
	if isNil(v) {
		return nil, nil
	}
	if !v.CanInterface() {
		return nil, unexportedError(v.Type())
	}
	text, err := v.Interface().(json.Marshaler).MarshalJSON()
	if err != nil {
		return nil, methodError(v.Type(), "MarshalJSON", err)
	}
	return w.fromText(text, v.Type())
}

func (w *walk) fromText(text []byte, t reflect.Type) (any, error) {
	if t == rawType && text == nil {
		return nil, nil
	}
	v, err := Parse(text)
	if err != nil {
		return nil, &BindError{Msg: "the JSON of " + t.String() + ": " + err.Error(), Err: err}
	}
	if _, depth := Measure(v); w.depth+depth > MaxDepth {
		return nil, tooDeep()
	}
	return v, nil
}

func fromTextMethod(_ *walk, v reflect.Value) (any, error) {
	if isNil(v) {
		return nil, nil
	}
	if !v.CanInterface() {
		return nil, unexportedError(v.Type())
	}
	text, err := v.Interface().(encoding.TextMarshaler).MarshalText()
	if err != nil {
		return nil, methodError(v.Type(), "MarshalText", err)
	}
	return validString(string(text)), nil
}

func methodError(t reflect.Type, method string, err error) error {
	return &BindError{Msg: t.String() + "." + method + ": " + err.Error(), Err: err}
}

func unexportedError(t reflect.Type) error {
	return &BindError{Msg: "cannot call methods of the embedded " + t.String() + ", which is unexported"}
}

func isNil(v reflect.Value) bool {
	return v.Kind() == reflect.Pointer && v.IsNil()
}

func fromInterface(w *walk, v reflect.Value) (any, error) {
	if v.IsNil() {
		return nil, nil
	}
	if err := w.followPointer(); err != nil {
		return nil, err
	}
	defer w.leavePointer()
	out, _, err := w.fromAny(v.Interface())
	return out, err
}

func fromPointer(elem *binder) fromFunc {
	return func(w *walk, v reflect.Value) (any, error) {
		if v.IsNil() {
			return nil, nil
		}
		if err := w.followPointer(); err != nil {
			return nil, err
		}
		defer w.leavePointer()
		return elem.from(w, v.Elem())
	}
}

func (p planner) fromSliceOf(t reflect.Type) fromFunc {
	elem := t.Elem()
	if elem.Kind() == reflect.Uint8 &&
		!reflect.PointerTo(elem).Implements(marshalerType) &&
		!reflect.PointerTo(elem).Implements(textMarshalerType) {
		return fromBytes
	}
	list := fromList(p.planBinder(elem))
	if elem == reflect.TypeFor[any]() {
		list = fromAnySlice
	}
	return func(w *walk, v reflect.Value) (any, error) {
		if v.IsNil() {
			return nil, nil
		}
		return list(w, v)
	}
}

func fromBytes(_ *walk, v reflect.Value) (any, error) {
	if v.IsNil() {
		return nil, nil
	}
	return base64.StdEncoding.EncodeToString(v.Bytes()), nil
}

// fromAnySlice returns a []any that already holds values of the model
// unchanged.
func fromAnySlice(w *walk, v reflect.Value) (any, error) {
	whole := v.Convert(reflect.TypeFor[[]any]()).Interface()
	out, _, err := w.fromArray(whole, whole.([]any))
	return out, err
}

func fromList(elem *binder) fromFunc {
	return func(w *walk, v reflect.Value) (any, error) {
		return w.fromElements(v.Len(), func(i int) (any, error) { return elem.from(w, v.Index(i)) })
	}
}

// fromElements converts n elements to an array.
func (w *walk) fromElements(n int, elem func(i int) (any, error)) (any, error) {
	if err := w.enterContainer(n); err != nil {
		return nil, err
	}
	defer w.leaveContainer()
	whole := w.like
	like, _ := whole.([]any)
	var array []any // nil as long as all elements are those of like
	if len(like) != n || n == 0 {
		array = make([]any, n)
	}
	for i := range n {
		w.like = elementAt(like, i)
		e, err := elem(i)
		if err != nil {
			return nil, withinIndex(err, i)
		}
		if array == nil && !isSame(e, like[i]) {
			array = make([]any, n)
			copy(array, like[:i])
		}
		if array != nil {
			array[i] = e
		}
	}
	w.like = whole
	if array == nil {
		return whole, nil
	}
	return array, nil
}

// elementAt returns element i of an array, or nil if there is none.
func elementAt(array []any, i int) any {
	if i < len(array) {
		return array[i]
	}
	return nil
}

func (p planner) fromMapOf(t reflect.Type) fromFunc {
	key, elem := keyText(t.Key()), p.planBinder(t.Elem())
	return func(w *walk, v reflect.Value) (any, error) {
		if v.IsNil() {
			return nil, nil
		}
		if key == nil {
			return nil, &BindError{Msg: t.String() + " has no JSON form: its keys are not strings, integers or encoding.TextMarshalers"}
		}
		if err := w.enterContainer(v.Len()); err != nil {
			return nil, err
		}
		defer w.leaveContainer()
		return w.fromEntries(v, key, elem)
	}
}

func (w *walk) fromEntries(v reflect.Value, key func(reflect.Value) (string, error), elem *binder) (any, error) {
	type entry struct {
		Member
		value reflect.Value
	}
	entries := make([]entry, 0, v.Len())
	for it := v.MapRange(); it.Next(); { // in any order: sorted below
		name, err := key(it.Key())
		if err != nil {
			return nil, err
		}
		entries = append(entries, entry{Member{Key: name}, it.Value()})
	}
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.Key, b.Key) })
	members := make([]Member, len(entries))
	for i := range entries {
		e, err := elem.from(w, entries[i].value)
		if err != nil {
			return nil, withinKey(err, entries[i].Key)
		}
		members[i] = Member{entries[i].Key, e}
	}
	return ofSorted(members)
}

// keyText returns the function that turns keys of a map into member names, or
// nil if the type cannot be a key.
func keyText(t reflect.Type) func(reflect.Value) (string, error) {
	switch {
	case t.Kind() == reflect.String:
		return func(v reflect.Value) (string, error) { return v.String(), nil }
	case t.Implements(textMarshalerType):
		return func(v reflect.Value) (string, error) {
			if isNil(v) {
				return "", nil
			}
			text, err := v.Interface().(encoding.TextMarshaler).MarshalText()
			if err != nil {
				return "", methodError(t, "MarshalText", err)
			}
			return string(text), nil
		}
	}
	switch t.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return func(v reflect.Value) (string, error) { return strconv.FormatInt(v.Int(), 10), nil }
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return func(v reflect.Value) (string, error) { return strconv.FormatUint(v.Uint(), 10), nil }
	}
	return nil
}

func sameKeyError(key string) error {
	return &BindError{Msg: "two keys are the same in JSON: " + strconv.Quote(key)}
}
