package value

import (
	"reflect"
	"strconv"
	"strings"
	"sync"
)

// BindError says which part of a Go value or of a destination could not be
// converted, and why.
type BindError struct {
	Path string // in Go's words: Order.Items[3].Price; empty for the whole
	Msg  string
	Err  error // of a type's own marshalling method; else nil
}

func (e *BindError) Error() string {
	if e.Path == "" {
		return "value: " + e.Msg
	}
	return "value: " + e.Path + ": " + e.Msg
}

// Unwrap returns the error of a type's own marshalling method.
func (e *BindError) Unwrap() error { return e.Err }

// within adds where the part that failed stands in the whole: ".Price", "[3]".
func prependPath(err error, at string) error {
	if e, ok := err.(*BindError); ok {
		e.Path = at + e.Path
	}
	return err
}

func withinIndex(err error, i int) error { return prependPath(err, "["+strconv.Itoa(i)+"]") }

func withinKey(err error, key string) error { return prependPath(err, "["+strconv.Quote(key)+"]") }

// rooted names the whole by its type, where that has a name of the user's own.
func prependTypeName(err error, t reflect.Type) error {
	for t.Kind() == reflect.Pointer && t.Name() == "" {
		t = t.Elem()
	}
	if t.PkgPath() != "" && t != objectType {
		err = prependPath(err, t.Name())
	}
	return trimPath(err)
}

// trimPath leaves out the middle of a path that nobody would read.
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

// binder is the plan of how values of one Go type go into the model and come
// out of it. It is made once for a type.
type binder struct {
	from func(w *walk, v reflect.Value) (any, error)
	to   func(w *walk, v any, dst reflect.Value) error
	plan *structPlan // of a struct type without methods
}

// walk bounds how deep and how far a conversion goes, so that a cycle ends in an
// error, and a few values that hold each other twice, which are many, do too.
type walk struct {
	parts int // values in arrays and objects, so far
	depth int // arrays and objects
	hops  int // pointers and interfaces, which add nothing to the depth
	like  any // the value that this one may share parts with; see FromLike
	// frozen is set in a struct without an address: methods of pointers to its
	// parts are not used, as encoding/json does not.
	frozen bool
}

const maxHops = 10 * MaxDepth

// maxParts is how many values a conversion takes: more than fit into MaxSize/16
// bytes of JSON.
const maxParts = MaxSize / 32

// enter begins an array or object of so many values.
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

// binders caches the finished binders: reflect.Type -> *binder.
var binders sync.Map

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

// planner holds the binders that are being made. A type that contains itself
// finds its own there; none is shared before all of them are done.
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
