package jsonata

// Short cut: a host that evaluates many expressions $v.a.b = literal, such as the rules
// of a Choice state, can look up the path once for all of them. It can look up $v.a.b
// where it keeps the variables.
//
//	General form: Expr.Eval.
//	Gain:         half the time for each expression.
//	Shown by:     go test -run '^$' -bench 'Pairs/(Choice|.*Output).*JSONata' ./internal/bench

// Path returns the parts of an expression $variable.names, such as $states.input.id, or
// "" if it has another form. If the names lead from object to object to a value of
// package [value], that is the result of the expression, and nothing else happens. In
// any other case only an evaluation tells the result. The names must not be changed.
func (e *Expr) Path() (variable string, names []string) { return e.variable, e.fields }

// pathOf returns the parts of a variable or of a path of field names in one.
func pathOf(n *node) (variable string, names []string) {
	switch {
	case !isBare(n):
	case n.kind == kindVariable && n.name != "$":
		return n.name, nil
	case n.kind == kindPath:
		if names, ok := fieldNames(n); ok {
			return n.steps[0].name, names
		}
	}
	return "", nil
}

// Equality has the parts of an expression $Variable.Names = Literal. If the names lead
// from object to object to a value of the type of Literal, the result of the expression
// is whether both are the same, and nothing else happens. In any other case only an
// evaluation tells the result.
type Equality struct {
	Variable string
	Names    []string
	Literal  any // a string, int64 or bool
}

// Equality returns the parts of the expression, or nil if it has another form. They
// must not be changed.
func (e *Expr) Equality() *Equality { return e.equality }

func equalityOf(n *node) *Equality {
	if n.kind != kindBinary || n.name != "=" || !isBare(n) || n.lhs.kind != kindPath || !isBare(n.lhs) || n.rhs.kind != kindLiteral || !isBare(n.rhs) {
		return nil
	}
	names, ok := fieldNames(n.lhs)
	if !ok {
		return nil
	}
	switch n.rhs.literal.(type) {
	case string, int64, bool:
		return &Equality{Variable: n.lhs.steps[0].name, Names: names, Literal: n.rhs.literal}
	}
	return nil
}
