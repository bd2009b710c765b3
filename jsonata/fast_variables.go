package jsonata

import "github.com/gostates/gostates/value"

// Short cut: an expression that only compares or computes with fields of
// variables, $states.input.n * 2 < 10, is also compiled into a function of the
// bindings alone. It handles objects on the way down, and integers that do not
// overflow. In any other case it gives up, and the general code starts over.
// Reading variables has no side effects, so the result is the same.
//
//	General form: Expr.runEvaluation in evaluate.go.
//	Gain:         a third of the time.
//	Shown by:     go test -run '^$' -bench ShortCuts/variables ./jsonata

// A quick function returns false for ok if it gives up.
type (
	quickFn   func(b Bindings) (v any, ok bool)
	quickNum  func(b Bindings) (n int64, ok bool)
	quickBool func(b Bindings) (is, ok bool)
)

// maxQuick is the greatest nesting of quick code. No useful limit of depth is
// smaller.
const maxQuick = 20

// nestingDepth returns the nesting of n, at most maxQuick + 1.
func nestingDepth(n *node, depth int) int {
	deepest := depth
	switch {
	case depth > maxQuick:
	case n.detail == &noDetail: // most nodes
		for _, child := range n.steps {
			deepest = max(deepest, nestingDepth(child, depth+1))
		}
		if n.lhs != nil {
			deepest = max(deepest, nestingDepth(n.lhs, depth+1))
		}
		if n.rhs != nil {
			deepest = max(deepest, nestingDepth(n.rhs, depth+1))
		}
	default:
		n.visitChildren(func(child *node, _ role) { deepest = max(deepest, nestingDepth(child, depth+1)) })
	}
	return deepest
}

// compileQuick compiles an expression to quick code, or returns nil.
func compileQuick(n *node) quickFn {
	if !isBare(n) {
		return nil
	}
	switch n.kind {
	case kindLiteral:
		literal := n.literal // and not the tree
		return func(Bindings) (any, bool) { return literal, true }
	case kindVariable, kindPath:
		variable, names := pathOf(n)
		if variable == "" {
			return nil
		}
		return quickField(variable, names)
	case kindCondition:
		return quickCondition(n)
	case kindBinary:
		if f := quickInt(n); f != nil {
			return func(b Bindings) (any, bool) {
				i, ok := f(b)
				if !ok {
					return nil, false
				}
				return i, true
			}
		}
		if f := quickTruth(n); f != nil {
			return func(b Bindings) (any, bool) {
				is, ok := f(b)
				return is, ok
			}
		}
	}
	return nil
}

// isBare reports whether a node has no predicates, groupings or bindings.
func isBare(n *node) bool {
	return len(n.predicate)+len(n.stages) == 0 && n.group == nil && !n.keepArray && !n.keepSingleton && !n.tuple && !n.cons
}

// fieldNames returns the steps of $variable.a.b.
func fieldNames(path *node) ([]string, bool) {
	first := path.steps[0]
	if first.kind != kindVariable || first.name == "" || first.name == "$" || !isBare(first) {
		return nil, false
	}
	names := make([]string, 0, len(path.steps)-1)
	for _, s := range path.steps[1:] {
		if s.kind != kindName || !isBare(s) {
			return nil, false
		}
		names = append(names, s.name)
	}
	return names, true
}

func quickField(variable string, names []string) quickFn {
	return func(b Bindings) (any, bool) {
		v, rest, ok := variablePath(b, variable, names)
		if !ok {
			return nil, false
		}
		for _, name := range rest {
			o, ok := v.(*value.Object)
			if !ok {
				return nil, false
			}
			if v, ok = o.Get(name); !ok {
				return Undefined, true
			}
		}
		switch v.(type) {
		case *value.Object, string, int64, float64, bool, nil, undefinedType:
			return v, true
		case []any:
			// The host's array may hold values that must be converted first.
			_, known := b.(PathBindings)
			return v, known || len(rest) > 0
		}
		return nil, false
	}
}

// variablePath returns $variable.names, or the value of the first of the names
// and the rest of them.
func variablePath(b Bindings, variable string, names []string) (v any, rest []string, ok bool) {
	if len(names) > 0 {
		if p, ok := b.(PathBindings); ok {
			if v, n := p.Path(variable, names); n > 0 {
				return v, names[n:], true
			}
		}
	}
	v, ok = b.Get(variable)
	return v, names, ok
}

func quickCondition(n *node) quickFn {
	if n.els == nil {
		return nil
	}
	condition, then, els := quickTruth(n.condition), compileQuick(n.then), compileQuick(n.els)
	if condition == nil || then == nil || els == nil {
		return nil
	}
	return func(b Bindings) (any, bool) {
		is, ok := condition(b)
		switch {
		case !ok:
			return nil, false
		case is:
			return then(b)
		}
		return els(b)
	}
}

func quickInt(n *node) quickNum {
	if !isBare(n) {
		return nil
	}
	switch n.kind {
	case kindLiteral:
		if i, ok := n.literal.(int64); ok {
			return func(Bindings) (int64, bool) { return i, true }
		}
	case kindVariable, kindPath:
		if f := compileQuick(n); f != nil {
			return func(b Bindings) (int64, bool) {
				v, _ := f(b)
				i, ok := v.(int64)
				return i, ok
			}
		}
	case kindBinary:
		if n.name != "+" && n.name != "-" && n.name != "*" {
			return nil
		}
		l, r := quickInt(n.lhs), quickInt(n.rhs)
		if l == nil || r == nil {
			return nil
		}
		return quickArithmetic(n.name, l, r)
	}
	return nil
}

func quickArithmetic(op string, l, r quickNum) quickNum {
	switch op {
	case "+":
		return func(b Bindings) (int64, bool) {
			x, ok := l(b)
			y, also := r(b)
			s := x + y
			return s, ok && also && (x^s)&(y^s) >= 0
		}
	case "-":
		return func(b Bindings) (int64, bool) {
			x, ok := l(b)
			y, also := r(b)
			d := x - y
			return d, ok && also && (x^y)&(x^d) >= 0
		}
	}
	return func(b Bindings) (int64, bool) {
		x, ok := l(b)
		y, also := r(b)
		p, exact := multiplyExact(x, y)
		return p, ok && also && exact
	}
}

func quickTruth(n *node) quickBool {
	if !isBare(n) {
		return nil
	}
	if n.kind != kindBinary {
		f := compileQuick(n)
		if f == nil {
			return nil
		}
		return func(b Bindings) (is, ok bool) {
			v, _ := f(b)
			is, ok = v.(bool)
			return is, ok
		}
	}
	switch n.name {
	case "and", "or":
		l, r := quickTruth(n.lhs), quickTruth(n.rhs)
		if l == nil || r == nil {
			return nil
		}
		decided := n.name == "or" // by the left side alone
		return func(b Bindings) (is, ok bool) {
			if is, ok = l(b); !ok || is == decided {
				return is, ok
			}
			return r(b)
		}
	case "=", "!=":
		return quickEqual(n)
	case "<", "<=", ">", ">=":
		l, r := quickInt(n.lhs), quickInt(n.rhs)
		if l == nil || r == nil {
			return nil
		}
		less, equal := n.name[0] == '<', len(n.name) == 2
		return func(b Bindings) (is, ok bool) {
			x, ok := l(b)
			y, also := r(b)
			return x == y && equal || x != y && (x < y) == less, ok && also
		}
	}
	return nil
}

func quickEqual(n *node) quickBool {
	l, r, wanted := compileQuick(n.lhs), compileQuick(n.rhs), n.name == "="
	if l == nil || r == nil {
		return nil
	}
	return func(b Bindings) (is, ok bool) {
		x, ok := l(b)
		y, also := r(b)
		if !ok || !also {
			return false, false
		}
		switch x := x.(type) {
		case string:
			if y, ok := y.(string); ok {
				return (x == y) == wanted, true
			}
		case int64:
			if y, ok := y.(int64); ok {
				return (x == y) == wanted, true
			}
		case bool:
			if y, ok := y.(bool); ok {
				return (x == y) == wanted, true
			}
		}
		return false, false
	}
}
