package value

import (
	"iter"
	"slices"
	"sync/atomic"
)

// Member is a key and its value in an [Object].
type Member struct {
	Key   string // UTF-8 or WTF-8
	Value any    // a value of the model
}

// Object is a JSON object that keeps the order of its members. The zero Object
// is empty and ready to use. A nil *Object is empty too and can be read.
//
// Reads are safe for concurrent use. [Object.Set] and [Object.Delete] change
// the object in place; only the code that builds the object may call them,
// before it shares the object.
type Object struct {
	members []Member
	extra   atomic.Pointer[extra] // nil for most objects
	measure atomic.Uint64         // size, weight and depth; see packMeasure
	reads   atomic.Uint32         // lookups without an index
	plan    atomic.Uint32         // id of the structPlan whose field names are the keys, in order
}

// extra holds the rarely used parts of an object. It is replaced as a whole,
// except that index grows in place.
type extra struct {
	index map[string]int32 // of a large object, built on demand
	text  string           // the JSON that the object was read from; see ParseVerbatim
}

// Objects of up to scanned members are searched linearly. Larger ones get an
// index after readsUntilIndex lookups.
const (
	scanned         = 16
	readsUntilIndex = 2
)

// These types allocate an object and room for its members together.
type (
	object1 struct {
		Object
		room [1]Member
	}
	object2 struct {
		Object
		room [2]Member
	}
	object3 struct {
		Object
		room [3]Member
	}
	object4 struct {
		Object
		room [4]Member
	}
	object5 struct {
		Object
		room [5]Member
	}
	object6 struct {
		Object
		room [6]Member
	}
	object8 struct {
		Object
		room [8]Member
	}
	object12 struct {
		Object
		room [12]Member
	}
	object16 struct {
		Object
		room [16]Member
	}
)

// NewObject returns an empty object with capacity for n members.
func NewObject(n int) *Object {
	switch {
	case n <= 0:
		return new(Object)
	case n == 1:
		o := new(object1)
		o.members = o.room[:0]
		return &o.Object
	case n == 2:
		o := new(object2)
		o.members = o.room[:0]
		return &o.Object
	case n == 3:
		o := new(object3)
		o.members = o.room[:0]
		return &o.Object
	case n == 4:
		o := new(object4)
		o.members = o.room[:0]
		return &o.Object
	case n == 5:
		o := new(object5)
		o.members = o.room[:0]
		return &o.Object
	case n == 6:
		o := new(object6)
		o.members = o.room[:0]
		return &o.Object
	case n <= 8:
		o := new(object8)
		o.members = o.room[:0]
		return &o.Object
	case n <= 12:
		o := new(object12)
		o.members = o.room[:0]
		return &o.Object
	case n <= 16:
		o := new(object16)
		o.members = o.room[:0]
		return &o.Object
	}
	return &Object{members: make([]Member, 0, n)}
}

// ObjectOf returns an object of the members in this order. A repeated key keeps
// its first position and takes its last value, as in [Parse].
func ObjectOf(members ...Member) *Object {
	o := NewObject(len(members))
	for _, m := range members {
		o.putMember(m.Key, m.Value)
	}
	return o
}

// Len returns the number of members.
func (o *Object) Len() int {
	if o == nil {
		return 0
	}
	return len(o.members)
}

// At returns member i, counted from 0. It panics if i is out of range.
func (o *Object) At(i int) Member { return o.members[i] }

// All iterates over the members in order.
func (o *Object) All() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		if o == nil {
			return
		}
		for i := range o.members {
			if !yield(o.members[i].Key, o.members[i].Value) {
				return
			}
		}
	}
}

// Keys returns a new slice of the keys, in order.
func (o *Object) Keys() []string {
	keys := make([]string, o.Len())
	for i := range keys {
		keys[i] = o.members[i].Key
	}
	return keys
}

// Get returns the value of a key, and whether the object has the key.
func (o *Object) Get(key string) (any, bool) {
	if o == nil {
		return nil, false
	}
	if len(o.members) > scanned {
		if i := o.indexLarge(key); i >= 0 {
			return o.members[i].Value, true
		}
		return nil, false
	}
	for i := range o.members { // and not Index: this is a call less
		if m := &o.members[i]; m.Key == key {
			return m.Value, true
		}
	}
	return nil, false
}

// Has reports whether the object has the key.
func (o *Object) Has(key string) bool { return o.Index(key) >= 0 }

// Index returns the position of a key, or -1 if the object does not have it.
func (o *Object) Index(key string) int {
	if o == nil {
		return -1
	}
	if len(o.members) > scanned {
		return o.indexLarge(key)
	}
	for i := range o.members {
		if o.members[i].Key == key {
			return i
		}
	}
	return -1
}

func (o *Object) indexLarge(key string) int {
	index := o.builtIndex()
	if index == nil {
		if o.reads.Add(1) < readsUntilIndex {
			for i := range o.members {
				if o.members[i].Key == key {
					return i
				}
			}
			return -1
		}
		index = o.makeIndex()
	}
	if i, ok := index[key]; ok {
		return int(i)
	}
	return -1
}

// builtIndex returns the index of a large object, or nil if there is none yet.
func (o *Object) builtIndex() map[string]int32 {
	if x := o.extra.Load(); x != nil {
		return x.index
	}
	return nil
}

func (o *Object) makeIndex() map[string]int32 {
	m := make(map[string]int32, len(o.members))
	for i := range o.members {
		m[o.members[i].Key] = int32(i)
	}
	o.extra.Store(&extra{index: m, text: o.rememberedText()})
	return m
}

// getNear is Get for a key that is likely at position i. placed reports whether
// it is.
func (o *Object) getNear(i int, key string) (v any, placed bool) {
	if o == nil {
		return nil, false
	}
	if i < len(o.members) && o.members[i].Key == key {
		return o.members[i].Value, true
	}
	v, _ = o.Get(key)
	return v, false
}

// Set sets the value of a key in place. An existing key keeps its position, and
// a new one goes last. Only the code that builds the object may call Set.
func (o *Object) Set(key string, v any) {
	if o.measure.Load() != 0 { // a store costs much more
		o.measure.Store(0)
	}
	if o.extra.Load() != nil {
		o.forgetText()
	}
	o.putMember(key, v)
}

// Add is [Object.Set] for a key that the object does not have, which it does not
// check. An object that has a key twice loses one of its values where it is
// written and read again. Only the code that builds the object may call Add.
func (o *Object) Add(key string, v any) {
	if o.measure.Load() != 0 || o.plan.Load() != 0 || o.extra.Load() != nil {
		o.Set(key, v)
		return
	}
	o.members = append(o.members, Member{key, v})
}

// putMember is Set for an object that has not been measured yet. It returns the
// position of the member.
func (o *Object) putMember(key string, v any) int {
	if i := o.Index(key); i >= 0 {
		o.members[i].Value = v
		return i
	}
	o.members = append(o.members, Member{key, v})
	if o.plan.Load() != 0 { // a store costs much more
		o.plan.Store(0)
	}
	i := len(o.members) - 1
	if index := o.builtIndex(); index != nil {
		index[key] = int32(i)
	}
	return i
}

// With returns a copy of the object with this value for the key. An existing
// key keeps its position, and a new one goes last. The copy shares all other
// values.
func (o *Object) With(key string, v any) *Object {
	at, n := o.indexForWrite(key), o.Len()
	if at < 0 {
		n++
	}
	c := NewObject(n)
	if o != nil {
		c.members = append(c.members, o.members...)
	}
	if at < 0 {
		c.members = append(c.members, Member{key, v})
	} else {
		c.members[at].Value = v
	}
	return c
}

// Without returns a copy of the object without the key, or the object itself if
// it does not have the key.
func (o *Object) Without(key string) *Object {
	at := o.indexForWrite(key)
	if at < 0 {
		return o
	}
	c := NewObject(len(o.members) - 1)
	c.members = append(append(c.members, o.members[:at]...), o.members[at+1:]...)
	return c
}

// indexForWrite is Index for operations that copy or change the object. They do
// not build an index, because only the original would keep it.
func (o *Object) indexForWrite(key string) int {
	if o == nil {
		return -1
	}
	if index := o.builtIndex(); index != nil {
		if i, ok := index[key]; ok {
			return int(i)
		}
		return -1
	}
	for i := range o.members {
		if o.members[i].Key == key {
			return i
		}
	}
	return -1
}

// Delete removes a key in place. Only the code that builds the object may call
// Delete.
func (o *Object) Delete(key string) {
	i := o.indexForWrite(key)
	if i < 0 {
		return
	}
	o.members = slices.Delete(o.members, i, i+1)
	o.extra.Store(nil)
	o.measure.Store(0)
	o.plan.Store(0)
}

// Clone returns a copy that may be changed with [Object.Set]. It shares the
// values.
func (o *Object) Clone() *Object {
	c := NewObject(o.Len())
	if o != nil {
		c.members = append(c.members, o.members...)
	}
	return c
}

// MarshalJSON writes the object as [Append] does. It returns the error of
// [Check].
func (o *Object) MarshalJSON() ([]byte, error) {
	if err := Check(o); err != nil {
		return nil, err
	}
	return Append(nil, o), nil
}

// UnmarshalJSON replaces the object by one that it reads as [Parse] does. By
// the convention of encoding/json, null changes nothing. The error is a
// *[SyntaxError].
func (o *Object) UnmarshalJSON(text []byte) error {
	v, err := Parse(text)
	if err != nil || v == nil {
		return err
	}
	read, ok := v.(*Object)
	if !ok {
		return &SyntaxError{Msg: "the value is " + Kind(v) + ", not an object"}
	}
	o.moveFrom(read)
	return nil
}

// moveFrom makes o take the members of c, which must not be used afterwards.
func (o *Object) moveFrom(c *Object) {
	o.members = c.members
	o.extra.Store(nil)
	o.measure.Store(0)
	o.reads.Store(0)
	o.plan.Store(0)
}
