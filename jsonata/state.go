package jsonata

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/gostates/gostates/jsonata/internal/jsregexp"
	"github.com/gostates/gostates/value"
)

// A state is what one evaluation needs. Evaluations take turns with a few of
// them, so a plain one allocates nothing.
type state struct {
	expr     *Expr
	bindings Bindings
	root     any   // $$
	globals  []any // by the expression's index, unset until they are read

	limits  *Limits
	own     Limits // where limits point to, unless they are the default
	fuel    int    // steps until the next look at the bounds
	steps   int64  // steps left beyond the fuel
	total   int    // bytes charged so far
	room    int    // how much deeper the running function may nest
	natives int    // functions in Go that are running
	ctx     context.Context

	interrupts bool // limits have an Interrupt

	stack     []any        // the arguments of running calls
	high      int          // how far the stack has been used
	sites     []running    // calls, innermost last
	calls     []*call      // that are not in use
	free      []*frame     // frames that nothing holds on to
	uncounted int          // how many of them, from the first, come from other evaluations
	text      []byte       // a string under construction
	logical   *node        // the and, or whose right side is being evaluated
	other     any          // what an operand of arithmetic is instead of a number
	tail      tail         // the call that a function body ended with
	clock     time.Time    // of $now and $millis
	timed     bool         // clock is set
	built     int          // arrays and objects constructed
	mixed     bool         // a container holds an *array
	infinite  bool         // a result of arithmetic was infinite, or NaN
	paths     PathBindings // the bindings, if they are
	meter     *jsregexp.Meter
}

// A running call: the place in the source and the frame in which it was made.
type running struct {
	site *callSite
	fr   *frame
}

// A tail is a call in tail position, made after the function body that ends
// with it has returned.
type tail struct {
	running
	fn   any
	args []any
}

// A frame holds the variables of a function call, a block or a tuple.
type frame struct {
	up    *frame
	vars  []any
	space [6]any

	// The number that a fold carries along.
	number int64
	kind   numKind
}

// unset stands in a variable that nothing has been bound to: reading looks in
// the frames around it.
type unsetType struct{}

var unset any = unsetType{}

var states = sync.Pool{New: func() any { return new(state) }}

// fuelPerLook is how many steps may pass between two looks at the context.
const fuelPerLook = 1 << 12

// start readies the state for an evaluation.
func (st *state) start(ctx context.Context, e *Expr, bindings Bindings, limits *Limits) {
	st.expr, st.bindings = e, bindings
	st.paths, _ = bindings.(PathBindings)
	if ctx.Done() != nil {
		st.ctx = ctx
	}
	st.limits = &DefaultLimits
	if limits != nil {
		st.own = limits.withDefaults()
		st.limits = &st.own
	}
	st.steps, st.fuel, st.total = st.limits.Steps, 0, 0
	st.uncounted = len(st.free)
	if st.meter != nil {
		st.meter.Reset()
	}
	st.room, st.natives = st.limits.Depth, 0
	st.interrupts = false // not at once: most evaluations end before the first look
	st.refuel()
	if st.limits.Interrupt != nil {
		st.interrupts = true
		st.steps += int64(max(0, st.fuel-fuelPerLook))
		st.fuel = min(st.fuel, fuelPerLook)
	}
	for range e.globals {
		st.globals = append(st.globals, unset)
	}
}

// release gives the state back, holding on to no value. What one large
// evaluation needed is not kept for small ones.
func (st *state) release() {
	if st.high > 1<<10 || cap(st.text) > 1<<16 || len(st.free) > 64 || cap(st.globals) > 256 || cap(st.sites) > 1<<10 {
		return
	}
	clear(st.stack[:st.high])
	clear(st.globals)
	for _, f := range st.free {
		f.up = nil
		clear(f.vars)
	}
	for _, c := range st.calls {
		c.context = nil
	}
	clear(st.tail.args)
	st.globals, st.stack, st.sites, st.high = st.globals[:0], st.stack[:0], st.sites[:0], 0
	st.expr, st.bindings, st.paths, st.root, st.ctx = nil, nil, nil, nil, nil
	st.other, st.logical, st.own.Interrupt = nil, nil, nil
	st.tail.fn, st.tail.fr, st.timed, st.built, st.mixed, st.infinite = nil, nil, false, 0, false, false
	states.Put(st)
}

// step counts work: n is about the number of values or of 16 bytes touched.
func (st *state) step(n int) {
	st.fuel -= n
	if st.fuel < 0 {
		st.refuel()
	}
}

func (st *state) refuel() {
	st.steps += int64(st.fuel)
	st.fuel = 0
	if st.steps < 0 {
		panic(&Error{Code: "U1001", Message: "Expression evaluation timeout: Check for infinite loop"})
	}
	st.fuel = int(min(st.steps, 1<<30))
	if st.ctx != nil {
		if err := st.ctx.Err(); err != nil {
			panic(interrupted(context.Cause(st.ctx)))
		}
		st.fuel = min(st.fuel, fuelPerLook)
	}
	if st.interrupts {
		if err := st.limits.Interrupt(); err != nil {
			panic(interrupted(err))
		}
		st.fuel = min(st.fuel, fuelPerLook)
	}
	st.steps -= int64(st.fuel)
}

func interrupted(cause error) *Error {
	return &Error{Code: "U1001", Message: "Expression evaluation timeout: Check for infinite loop", cause: cause}
}

// charge counts memory before it is taken: 8 bytes for an element of an array
// or a number, 1 for a byte of a string.
func (st *state) charge(bytes int) {
	if bytes > st.limits.ValueBytes {
		panic(outOfMemory())
	}
	st.keep(bytes)
}

// sizeTimes multiplies a size. The product is at most math.MaxInt, which a
// 32-bit int reaches soon.
func sizeTimes(a, b int) int { return int(min(int64(a)*int64(b), math.MaxInt)) }

// bytesOfStep is how much memory it is a step to make.
const bytesOfStep = 64

// keep counts memory that is not one value.
func (st *state) keep(bytes int) {
	st.total += bytes
	st.fuel -= bytes / bytesOfStep // looked at soon
	if st.total > st.limits.TotalBytes {
		panic(outOfMemory())
	}
}

func outOfMemory() *Error {
	return &Error{Code: "U1001", Message: "Expression evaluation memory limit exceeded: Check for excessive memory usage"}
}

func stackOverflow() *Error {
	return &Error{Code: "U1001", Message: "Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive."}
}

// deep throws where depth more levels do not fit.
func (st *state) deep(depth int) {
	if depth > st.room {
		st.overflow()
	}
}

// overflow throws that calls nest too deep.
func (st *state) overflow() {
	e := stackOverflow()
	e.Message += fmt.Sprintf(" Depth=%d max=%d", st.limits.Depth+1, st.limits.Depth)
	panic(e)
}

// regexpMeter counts what regular expressions cost.
func (st *state) regexpMeter() *jsregexp.Meter {
	if st.meter == nil {
		st.meter = &jsregexp.Meter{Steps: st.step, Bytes: st.keep}
	}
	return st.meter
}

// push appends to a list whose final length is not known.
func (st *state) push(list []any, v any) []any {
	if len(list) == cap(list) {
		list = st.grow(list, len(list)+1)
	}
	return append(list, v)
}

// extend appends several values.
func (st *state) extend(list, more []any) []any {
	if n := len(list) + len(more); n > cap(list) {
		list = st.grow(list, n)
	}
	return append(list, more...)
}

func (st *state) grow(list []any, n int) []any {
	most := st.limits.ValueBytes / 8
	if n > most {
		panic(outOfMemory())
	}
	n = min(max(n, 2*cap(list), 4), most)
	st.step(n)
	st.keep(16 * n)
	return append(make([]any, 0, n), list...)
}

// list makes room for n elements.
func (st *state) list(n int) []any {
	st.charge(8 * n)
	st.keep(8 * n)
	return make([]any, 0, n)
}

// frame makes a frame of n variables. All from the set-th on are unset; the
// caller sets the others. One that a closure may hold on to is new; any other
// can be given back with drop.
func (st *state) frame(up *frame, n, set int, held bool) *frame {
	var f *frame
	if last := len(st.free) - 1; last >= 0 && !held {
		f = st.free[last]
		st.free = st.free[:last]
		if last < st.uncounted { // as if it were new
			st.uncounted = last
			st.keep(160)
			if cap(f.vars) > len(f.space) {
				f.vars = nil
			}
		}
	} else {
		st.keep(160)
		f = new(frame)
	}
	f.up = up
	switch {
	case n <= cap(f.vars):
		f.vars = f.vars[:n]
	case n <= len(f.space):
		f.vars = f.space[:n]
	default:
		st.keep(16 * n)
		f.vars = make([]any, n)
	}
	f.reset(set)
	return f
}

// reset makes the variables from the set-th on unset.
func (f *frame) reset(set int) {
	for i := set; i < len(f.vars); i++ {
		f.vars[i] = unset
	}
}

func (st *state) drop(f *frame) { st.free = append(st.free, f) }

// object makes an object with room for n members.
func (st *state) object(n int) *value.Object {
	st.keep(64 + 40*n)
	st.step(1 + n)
	return value.NewObject(n)
}

// A mark is how far calls nest at a place to which an error leads back.
type mark struct {
	stack, sites, room, natives int
	logical                     *node
}

func (st *state) here() mark {
	return mark{len(st.stack), len(st.sites), st.room, st.natives, st.logical}
}

// back forgets the calls that an error has ended.
func (st *state) back(m mark) {
	st.stack, st.sites = st.stack[:m.stack], st.sites[:m.sites]
	st.room, st.natives, st.logical = m.room, m.natives, m.logical
}

// now is the time of the evaluation, the same throughout.
func (st *state) now() time.Time {
	if !st.timed {
		sources, ok := st.bindings.(Sources)
		if env, is := st.bindings.(Env); !ok || is && env.Clock == nil {
			panic(&Error{Message: "the caller gave no clock: $now and $millis need bindings that are Sources"})
		}
		st.clock, st.timed = sources.Now(), true
	}
	return st.clock
}

// random is the next random number in [0,1).
func (st *state) random() float64 {
	sources, ok := st.bindings.(Sources)
	if env, is := st.bindings.(Env); !ok || is && env.Rand == nil {
		panic(&Error{Message: "the caller gave no randomness: $random and $shuffle need bindings that are Sources"})
	}
	return sources.Random()
}
