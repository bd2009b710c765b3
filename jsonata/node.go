package jsonata

import "github.com/gostates/gostates/jsonata/internal/jsregexp"

type kind uint8

const (
	kindPath        kind = iota // steps
	kindBinary                  // name is the operator: + - * / % = != < <= > >= & .. in and or; lhs, rhs
	kindNegate                  // unary minus: expression
	kindArray                   // [ ... ]: expressions
	kindObject                  // { ... }: pairs
	kindName                    // name; only as a step of a path
	kindLiteral                 // literal: a string, a number, true, false, null
	kindWildcard                // *
	kindDescendant              // **
	kindParent                  // %: slot
	kindCondition               // condition, then, else (may be nil)
	kindBlock                   // ( ... ): expressions
	kindBind                    // $name := rhs
	kindRegexp                  // regexp
	kindVariable                // $name; name "" is the context, "$" the root
	kindCall                    // procedure, arguments
	kindPartial                 // procedure, arguments, some of them kindPlaceholder
	kindPlaceholder             // ? as an argument of a partial application
	kindLambda                  // params, body, signature
	kindThunk                   // body: a call in tail position
	kindApply                   // lhs ~> rhs
	kindTransform               // | pattern | update, delete |
	kindSort                    // ^( ... ): terms; only as a step of a path
)

// A node is a node of the syntax tree after the second pass of the parser, in
// which paths are flat lists of steps. Fields that few nodes have are in
// detail, to keep nodes small: an expression of many terms has many nodes.
type node struct {
	kind kind

	keepArray     bool // [] after the node
	keepSingleton bool // path: one of its steps has []
	cons          bool // array constructor that is the first or last step; block of one
	tuple         bool // step or path that carries a tuple stream

	pos  int    // offset in bytes just after the token; 0 for a path
	name string // of a name, a variable, an operator, a bind

	literal any // int64, float64, string, bool, nil

	steps    []*node // path
	lhs, rhs *node   // binary, bind (rhs only), apply

	*detail // never nil; all nodes without details share one, so only the parser may write to it
}

type detail struct {
	expressions []*node // array, block; negate has one
	pairs       []pair  // object
	procedure   *node   // call, partial
	arguments   []*node // call, partial

	condition, then, els *node

	group     *group  // { ... } after the node
	predicate []stage // [ ... ] after a node that is not a step
	stages    []stage // [ ... ] and # after a step of a path

	*rare // never nil, and shared, as detail is
}

// rare has the fields that few details have.
type rare struct {
	params    []string // lambda, without $
	body      *node    // lambda, thunk
	signature *signature

	pattern, update, delete *node // delete may be nil
	terms                   []sortTerm
	regexp                  *jsregexp.Regexp
	source                  string // of the regexp, without slashes and flags

	focus         string // @$name
	index         string // #$name
	ancestor      *slot  // this step's context is bound for a later %
	slot          *slot  // parent
	seekingParent []*slot
}

type pair struct{ key, value *node }

type sortTerm struct {
	expr       *node
	descending bool
}

type group struct {
	pairs []pair
	pos   int
}

// stage is a predicate [expr], or #$index if expr is nil.
type stage struct {
	expr  *node
	index string
	pos   int
}

// A slot links a % to the step whose context it refers to. All slots of one %
// share the label of the step's binding.
type slot struct {
	label string // "!0", "!1": no variable has such a name
	level int
	index int
}

// A role is the relation of a child to its node.
type role uint8

const (
	roleOperand    role = iota // evaluated once, with the context of the node
	roleExpression             // of a block
	roleIterated               // evaluated for each of several contexts
	roleBody                   // of a lambda, a thunk or a transform: evaluated later
)

// visitChildren visits the direct children of n.
func (n *node) visitChildren(visit func(child *node, role role)) {
	one := func(child *node, role role) {
		if child != nil {
			visit(child, role)
		}
	}
	all := func(list []*node, role role) {
		for _, child := range list {
			one(child, role)
		}
	}
	all(n.steps, roleIterated)
	one(n.lhs, roleOperand)
	one(n.rhs, roleOperand)
	if n.detail == &noDetail { // most nodes
		return
	}
	if n.kind == kindBlock {
		all(n.expressions, roleExpression)
	} else {
		all(n.expressions, roleOperand)
	}
	for _, p := range n.pairs {
		one(p.key, roleIterated)
		one(p.value, roleIterated)
	}
	one(n.procedure, roleOperand)
	all(n.arguments, roleOperand)
	if n.kind == kindThunk {
		one(n.body, roleOperand)
	} else {
		one(n.body, roleBody)
	}
	one(n.condition, roleOperand)
	one(n.then, roleOperand)
	one(n.els, roleOperand)
	one(n.pattern, roleBody)
	one(n.update, roleBody)
	one(n.delete, roleBody)
	for _, t := range n.terms {
		one(t.expr, roleIterated)
	}
	if n.group != nil {
		for _, p := range n.group.pairs {
			one(p.key, roleIterated)
			one(p.value, roleIterated)
		}
	}
	for _, s := range n.predicate {
		one(s.expr, roleIterated)
	}
	for _, s := range n.stages {
		one(s.expr, roleIterated)
	}
}
