package jsonata

// Short cut: a host that evaluates many expressions $v.a.b = literal, such as the rules
// of a Choice state, can look up the path once for all of them.
//
//	General form: Expr.Eval.
//	Gain:         half the time for each expression.
//	Shown by:     go test -run '^$' -bench 'Pairs/Choice.*JSONata' ./internal/bench

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
