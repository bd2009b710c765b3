package jsonata

import (
	"math"
	"math/big"
	"math/bits"
)

// A numFn evaluates an operand of arithmetic without boxing it. It returns an
// int64 or the bits of a float64. Any other value is Undefined, or is left in
// state.other.
type numFn func(st *state, fr *frame, in any) (int64, numKind)

type numKind uint8

const (
	numInt numKind = iota
	numFloat
	numUndefined
	numOther
)

func (st *state) numOf(v any) (int64, numKind) {
	switch v := v.(type) {
	case int64:
		return v, numInt
	case float64:
		return int64(math.Float64bits(v)), numFloat
	case undefinedType:
		return 0, numUndefined
	case *big.Int:
		return int64(math.Float64bits(toFloat(v))), numFloat
	}
	st.other = v
	return 0, numOther
}

// floatOf returns the result of an operation on doubles: an integer if [number]
// would make one of it.
func floatOf(f float64) (int64, numKind) {
	if f == math.Trunc(f) && math.Abs(f) <= 1<<53 {
		return int64(f), numInt
	}
	return int64(math.Float64bits(f)), numFloat
}

// An operand is the result of a numFn as one value.
type operand struct {
	n    int64
	kind numKind
	v    any // if kind is numOther
}

func (st *state) newOperand(n int64, kind numKind) operand { return operand{n, kind, st.other} }

func (o operand) asFloat() float64 {
	if o.kind == numInt {
		return float64(o.n)
	}
	return math.Float64frombits(uint64(o.n))
}

func (o operand) boxedValue() any {
	switch o.kind {
	case numInt:
		return o.n
	case numFloat:
		return o.asFloat()
	case numUndefined:
		return Undefined
	}
	return o.v
}

func (c *compiler) boxResult(f numFn) evalFn {
	return func(st *state, fr *frame, in any) any {
		n, kind := f(st, fr, in)
		if kind == numInt {
			return n
		}
		return st.newOperand(n, kind).boxedValue()
	}
}

// compileOperand compiles n as an operand of arithmetic.
func (c *compiler) compileOperand(n *node) numFn {
	if f := c.compileUnboxed(n); f != nil {
		return f
	}
	eval := c.compileNode(n)
	return func(st *state, fr *frame, in any) (int64, numKind) { return st.numOf(eval(st, fr, in)) }
}

func isArithmetic(op string) bool {
	switch op {
	case "+", "-", "*", "/", "%":
		return true
	}
	return false
}

func (c *compiler) compileArithmetic(n *node) numFn {
	l, r, pos := c.compileOperand(n.lhs), c.compileOperand(n.rhs), n.pos
	switch n.name {
	case "+":
		return func(st *state, fr *frame, in any) (int64, numKind) {
			a, ka, left, b, kb := st.evalBoth(l, r, fr, in)
			if ka|kb == numInt {
				if s := a + b; (a^s)&(b^s) >= 0 {
					return s, numInt
				}
			}
			return st.computeFloats(operand{a, ka, left}, b, kb, '+', pos)
		}
	case "-":
		return func(st *state, fr *frame, in any) (int64, numKind) {
			a, ka, left, b, kb := st.evalBoth(l, r, fr, in)
			if ka|kb == numInt {
				if d := a - b; (a^b)&(a^d) >= 0 {
					return d, numInt
				}
			}
			return st.computeFloats(operand{a, ka, left}, b, kb, '-', pos)
		}
	case "*":
		return func(st *state, fr *frame, in any) (int64, numKind) {
			a, ka, left, b, kb := st.evalBoth(l, r, fr, in)
			if ka|kb == numInt {
				if p, ok := multiplyExact(a, b); ok {
					return p, numInt
				}
			}
			return st.computeFloats(operand{a, ka, left}, b, kb, '*', pos)
		}
	case "/":
		return func(st *state, fr *frame, in any) (int64, numKind) {
			a, ka, left, b, kb := st.evalBoth(l, r, fr, in)
			if ka|kb == numInt && b > 0 && a%b == 0 {
				return a / b, numInt
			}
			return st.computeFloats(operand{a, ka, left}, b, kb, '/', pos)
		}
	}
	return func(st *state, fr *frame, in any) (int64, numKind) {
		a, ka, left, b, kb := st.evalBoth(l, r, fr, in)
		if ka|kb == numInt && b > 0 {
			return a % b, numInt
		}
		return st.computeFloats(operand{a, ka, left}, b, kb, '%', pos)
	}
}

// evalBoth evaluates two operands. left is the value of the first if it is not
// a number.
func (st *state) evalBoth(l, r numFn, fr *frame, in any) (a int64, ka numKind, left any, b int64, kb numKind) {
	a, ka = l(st, fr, in)
	if ka == numOther {
		left = st.other
	}
	b, kb = r(st, fr, in)
	return
}

// multiplyExact returns false if the product overflows.
func multiplyExact(a, b int64) (int64, bool) {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	if a < 0 {
		hi -= uint64(b)
	}
	if b < 0 {
		hi -= uint64(a)
	}
	p := int64(lo)
	return p, int64(hi) == p>>63
}

// computeFloats checks the operands and computes in doubles.
func (st *state) computeFloats(a operand, n int64, kind numKind, op byte, pos int) (int64, numKind) {
	b := st.newOperand(n, kind)
	if a.kind != numUndefined && !a.isNumeric(op, pos) {
		panic(a.operandError("T2001", op, pos))
	}
	if b.kind != numUndefined && !b.isNumeric(op, pos) {
		panic(b.operandError("T2002", op, pos))
	}
	if a.kind == numUndefined || b.kind == numUndefined {
		return 0, numUndefined
	}
	x, y := a.asFloat(), b.asFloat()
	switch op {
	case '+':
		x += y
	case '-':
		x -= y
	case '*':
		x *= y
	case '/':
		x /= y
	default:
		x = math.Mod(x, y)
	}
	if x-x != 0 {
		st.infinite = true
	}
	return floatOf(x)
}

// isNumeric reports whether the operand is a number, and throws if it is infinite.
func (o operand) isNumeric(op byte, pos int) bool {
	switch o.kind {
	case numInt:
		return true
	case numFloat:
		if math.IsInf(o.asFloat(), 0) {
			panic(o.operandError("D1001", op, pos))
		}
		return !math.IsNaN(o.asFloat())
	}
	return false
}

func (o operand) operandError(code string, op byte, pos int) *Error {
	e := failValue(code, o.boxedValue())
	e.Pos, e.token = pos, string(op)
	return e
}

// compileNegation compiles unary minus.
func (c *compiler) compileNegation(n *node) numFn {
	f, pos := c.compileOperand(n.expressions[0]), n.pos
	return func(st *state, fr *frame, in any) (int64, numKind) {
		x, kind := f(st, fr, in)
		switch {
		case kind == numUndefined:
			return 0, kind
		case kind == numInt && x != math.MinInt64:
			return -x, kind
		}
		o := st.newOperand(x, kind)
		if kind == numFloat && math.IsInf(o.asFloat(), 0) {
			e := failValue("D1001", o.boxedValue())
			e.Pos = pos
			panic(e)
		}
		if !o.isNumeric('-', pos) {
			panic(o.operandError("D1002", '-', pos))
		}
		return floatOf(-o.asFloat())
	}
}
