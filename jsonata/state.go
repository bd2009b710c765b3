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

// A state holds the data of one evaluation. States are pooled, so that a simple
// evaluation does not allocate.
type state struct {
	expr     *Expr
	bindings Bindings
	root     any   // $$
	globals  []any // by index in the expression; unset until read

	limits  *Limits
	own     Limits // limits point to it unless they are the default
	fuel    int    // steps until the limits are checked again
	steps   int64  // steps left beyond the fuel
	undone  int64  // steps that were counted and not done, as they were too many
	total   int    // bytes counted so far
	room    int    // remaining depth of the running function
	natives int    // number of running functions in Go
	ctx     context.Context

	interrupts bool // limits has an Interrupt

	stack     []any        // the arguments of running calls
	high      int          // greatest length of the stack
	sites     []running    // running calls, innermost last
	calls     []*call      // not in use
	free      []*frame     // frames that may be reused
	uncounted int          // number of them, from the first, left by other evaluations
	text      []byte       // buffer of a string under construction
	logical   *node        // the and/or whose right side is being evaluated
	other     any          // an operand of arithmetic that is not a number
	tail      tail         // the call that a function body ends with
	clock     time.Time    // for $now and $millis
	timed     bool         // set if clock is
	built     int          // number of arrays and objects constructed
	mixed     bool         // set if a container holds an *array
	infinite  bool         // set if a result of arithmetic was infinite or NaN
	paths     PathBindings // bindings, if they implement it
	meter     *jsregexp.Meter
}

// A running is a running call: its place in the source and the frame around it.
type running struct {
	site *callSite
	fr   *frame
}

// A frame holds the variables of a function call, a block or a tuple.
type frame struct {
	up    *frame
	vars  []any
	space [6]any

	// The number that a fold carries.
	number int64
	kind   numKind
}

// unset is the value of a variable without a binding. Reading it continues in
// the frames around it.
type unsetType struct{}

var unset any = unsetType{}

func isUnset(v any) bool {
	_, is := v.(unsetType)
	return is
}

var states = sync.Pool{New: func() any { return new(state) }}

// fuelPerLook is the number of steps between two checks of the context or of
// Limits.Interrupt.
const fuelPerLook = 1 << 12

// startEvaluation initializes the state.
func (st *state) startEvaluation(ctx context.Context, e *Expr, bindings Bindings, limits *Limits) {
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
	st.steps, st.fuel, st.undone, st.total = st.limits.Steps, 0, 0, 0
	st.uncounted = len(st.free)
	if st.meter != nil {
		st.meter.Reset()
	}
	st.room, st.natives = st.limits.Depth, 0
	st.interrupts = false // not at once: most evaluations end before the first check
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

// releaseState clears the state and puts it into the pool. A state that a large
// evaluation has grown is dropped.
func (st *state) releaseState() {
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

// step counts work: n values, or n times 16 bytes.
func (st *state) step(n int) {
	st.fuel -= n
	if st.fuel < 0 {
		st.refuelFor(n)
	}
}

// refuelFor is refuel before work of n steps, which has been counted.
func (st *state) refuelFor(n int) {
	if st.steps+int64(st.fuel) < 0 {
		st.undone = int64(n)
	}
	st.refuel()
}

func (st *state) refuel() {
	st.steps += int64(st.fuel)
	st.fuel = 0
	if st.steps < 0 {
		panic(&Error{Code: "U1001", Message: "Expression evaluation timeout: Check for infinite loop"})
	}
	fuel := min(st.steps, 1<<30)
	if st.ctx != nil {
		if err := st.ctx.Err(); err != nil {
			panic(interrupted(context.Cause(st.ctx)))
		}
		fuel = min(fuel, fuelPerLook)
	}
	if st.interrupts {
		if err := st.limits.Interrupt(st.limits.Steps - st.steps); err != nil {
			panic(interrupted(err))
		}
		fuel = min(fuel, fuelPerLook)
	}
	st.steps -= fuel
	st.fuel = int(fuel)
}

func interrupted(cause error) *Error {
	return &Error{Code: "U1001", Message: "Expression evaluation timeout: Check for infinite loop", cause: cause}
}

// charge counts memory for one value before it is allocated: 8 bytes for an
// element of an array or a number, 1 for a byte of a string.
func (st *state) charge(bytes int) {
	if bytes > st.limits.ValueBytes {
		panic(outOfMemory())
	}
	st.keepBytes(bytes)
}

// sizeTimes multiplies a size. The product is at most math.MaxInt, which
// matters where int has 32 bits.
func sizeTimes(a, b int) int { return int(min(int64(a)*int64(b), math.MaxInt)) }

// bytesOfStep is the amount of memory that counts as one step.
const bytesOfStep = 64

// keepBytes counts memory that does not belong to a single value.
func (st *state) keepBytes(bytes int) {
	st.total += bytes
	st.fuel -= bytes / bytesOfStep // checked soon
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

// checkDepth throws if depth more levels exceed the limit.
func (st *state) checkDepth(depth int) {
	if depth > st.room {
		st.throwOverflow()
	}
}

// throwOverflow throws the error of calls that nest too deep.
func (st *state) throwOverflow() {
	e := stackOverflow()
	e.Message += fmt.Sprintf(" Depth=%d max=%d", st.limits.Depth+1, st.limits.Depth)
	panic(e)
}

// regexpMeter returns the meter that counts the work of regular expressions.
func (st *state) regexpMeter() *jsregexp.Meter {
	if st.meter == nil {
		st.meter = &jsregexp.Meter{Steps: st.step, Bytes: st.keepBytes}
	}
	return st.meter
}

// appendItem appends to a list of unknown final length, and counts its memory.
func (st *state) appendItem(list []any, v any) []any {
	if len(list) == cap(list) {
		list = st.growList(list, len(list)+1)
	}
	return append(list, v)
}

// appendItems appends several values.
func (st *state) appendItems(list, more []any) []any {
	if n := len(list) + len(more); n > cap(list) {
		list = st.growList(list, n)
	}
	return append(list, more...)
}

func (st *state) growList(list []any, n int) []any {
	most := st.limits.ValueBytes / 8
	if n > most {
		panic(outOfMemory())
	}
	n = min(max(n, 2*cap(list), 4), most)
	st.step(n)
	st.keepBytes(16 * n)
	return append(make([]any, 0, n), list...)
}

// makeList returns an empty list with room for n elements.
func (st *state) makeList(n int) []any {
	st.charge(8 * n)
	st.keepBytes(8 * n)
	return make([]any, 0, n)
}

// newFrame returns a frame of n variables. Those from the set-th on are unset;
// the caller must set the others. held frames, which a closure may keep, are
// new; others should be returned with dropFrame.
func (st *state) newFrame(up *frame, n, set int, held bool) *frame {
	var f *frame
	if last := len(st.free) - 1; last >= 0 && !held {
		f = st.free[last]
		st.free = st.free[:last]
		if last < st.uncounted { // counts as a new one
			st.uncounted = last
			st.keepBytes(160)
			if cap(f.vars) > len(f.space) {
				f.vars = nil
			}
		}
	} else {
		st.keepBytes(160)
		f = new(frame)
	}
	f.up = up
	switch {
	case n <= cap(f.vars):
		f.vars = f.vars[:n]
	case n <= len(f.space):
		f.vars = f.space[:n]
	default:
		st.keepBytes(16 * n)
		f.vars = make([]any, n)
	}
	f.resetVars(set)
	return f
}

// resetVars unsets the variables from the set-th on.
func (f *frame) resetVars(set int) {
	for i := set; i < len(f.vars); i++ {
		f.vars[i] = unset
	}
}

func (st *state) dropFrame(f *frame) { st.free = append(st.free, f) }

// newObject returns an object with room for n members.
func (st *state) newObject(n int) *value.Object {
	st.keepBytes(64 + 40*n)
	st.step(1 + n)
	return value.NewObject(n)
}

// A mark records the running calls, to return to after an error.
type mark struct {
	stack, sites, room, natives int
	logical                     *node
}

func (st *state) markCalls() mark {
	return mark{len(st.stack), len(st.sites), st.room, st.natives, st.logical}
}

// returnTo removes the calls that an error has ended.
func (st *state) returnTo(m mark) {
	st.stack, st.sites = st.stack[:m.stack], st.sites[:m.sites]
	st.room, st.natives, st.logical = m.room, m.natives, m.logical
}

// currentTime returns the time of the evaluation, which stays the same.
func (st *state) currentTime() time.Time {
	if !st.timed {
		sources, ok := st.bindings.(Sources)
		if env, is := st.bindings.(Env); !ok || is && env.Clock == nil {
			panic(&Error{Message: "no clock: $now and $millis need bindings that implement Sources"})
		}
		st.clock, st.timed = sources.Now(), true
	}
	return st.clock
}

// nextRandom returns the next random number in [0,1).
func (st *state) nextRandom() float64 {
	sources, ok := st.bindings.(Sources)
	if env, is := st.bindings.(Env); !ok || is && env.Rand == nil {
		panic(&Error{Message: "no randomness: $random and $shuffle need bindings that implement Sources"})
	}
	return sources.Random()
}
