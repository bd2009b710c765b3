package value

import (
	"reflect"
	"strconv"
	"strings"
	"sync"
)

// BindError reports which part of a Go value or of a destination cannot be
// converted, and why.
type BindError struct {
	Path string // in Go syntax: Order.Items[3].Price; empty for the whole value
	Msg  string // without the path
	Err  error  // the error of the type's own marshalling method, or nil
}

// Error returns the path and the message.
func (e *BindError) Error() string {
	if e.Path == "" {
		return "value: " + e.Msg
	}
	return "value: " + e.Path + ": " + e.Msg
}

// Unwrap returns the error of the type's own marshalling method, or nil.
func (e *BindError) Unwrap() error { return e.Err }

// prependPath adds a step, such as ".Price" or "[3]", to the front of the path
// of a *BindError.
func prependPath(err error, at string) error {
	if e, ok := err.(*BindError); ok {
		e.Path = at + e.Path
	}
	return err
}

func withinIndex(err error, i int) error { return prependPath(err, "["+strconv.Itoa(i)+"]") }

func withinKey(err error, key string) error { return prependPath(err, "["+strconv.Quote(key)+"]") }

// prependTypeName starts the path of err with the name of t, unless t is a
// predeclared or unnamed type.
func prependTypeName(err error, t reflect.Type) error {
	for t.Kind() == reflect.Pointer && t.Name() == "" {
		t = t.Elem()
	}
	if t.PkgPath() != "" && t != objectType {
		err = prependPath(err, t.Name())
	}
	return trimPath(err)
}

// trimPath removes the middle of a very long path.
func trimPath(err error) error {
	e, ok := err.(*BindError)
	if !ok {
		return err
	}
	const head, tail = 160, 80
	if n := len(e.Path); n > head+tail {
		e.Path = e.Path[:head] + "..." + e.Path[n-tail:]
	}
	e.Path = strings.ToValidUTF8(strings.TrimPrefix(e.Path, "."), "")
	return e
}

// binder converts values of one Go type to the model and back. It is made once
// for each type.
type binder struct {
	from func(w *walk, v reflect.Value) (any, error)
	to   func(w *walk, v any, dst reflect.Value) error
	plan *structPlan // of a struct type without methods
}

// walk limits the depth and the size of one conversion, so that cycles and
// values that share their parts exponentially end in an error.
type walk struct {
	parts int // values in arrays and objects so far
	depth int // open arrays and objects
	hops  int // open pointers and interfaces, which add no depth
	like  any // the value to share parts with; see FromLike
	// frozen is set inside of a struct that is not addressable. Pointer methods
	// of its parts are not called then, as in encoding/json.
	frozen bool
}

const maxHops = 10 * MaxDepth

// maxParts is the largest number of values that a conversion accepts. That many
// values take more than MaxSize/16 bytes of JSON.
const maxParts = MaxSize / 32

// enterContainer starts an array or object with this number of parts.
func (w *walk) enterContainer(parts int) error {
	if w.depth++; w.depth > MaxDepth {
		return tooDeep()
	}
	if w.parts += parts + 1; w.parts > maxParts {
		return &BindError{Msg: "more than " + strconv.Itoa(maxParts) + " values"}
	}
	return nil
}

func tooDeep() error {
	return &BindError{Msg: "values nest deeper than the limit of " + strconv.Itoa(MaxDepth) + ", or in a cycle"}
}

func (w *walk) leaveContainer() { w.depth-- }

func (w *walk) followPointer() error {
	if w.hops++; w.hops > maxHops {
		return &BindError{Msg: "pointers go round in a cycle"}
	}
	return nil
}

func (w *walk) leavePointer() { w.hops-- }

// binders caches finished binders: reflect.Type -> *binder.
var binders = new(sync.Map)

func binderOf(t reflect.Type) *binder {
	if b, ok := binders.Load(t); ok {
		return b.(*binder)
	}
	p := planner{}
	b := p.planBinder(t)
	for t, b := range p {
		binders.Store(t, b)
	}
	return b
}

// planner holds the binders under construction, so that a recursive type finds
// its own binder. They are shared only when all of them are complete.
type planner map[reflect.Type]*binder

func (p planner) planBinder(t reflect.Type) *binder {
	if b, ok := binders.Load(t); ok {
		return b.(*binder)
	}
	if b, ok := p[t]; ok {
		return b
	}
	b := new(binder)
	p[t] = b
	if isPlainStruct(t) {
		b.plan = p.structOf(t)
		b.from, b.to = b.plan.fromStruct, unlessNull(b.plan.toStruct)
		return b
	}
	b.from = p.fromOf(t)
	b.to = p.toOf(t)
	return b
}
