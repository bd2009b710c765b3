package jsonata

import (
	"maps"
	"sync"
)

// Options configure the compilation of an expression. The zero value gives
// plain JSONata.
type Options struct {
	// Functions are added to the standard functions, named without $, and
	// override them. The map must not be changed afterwards.
	Functions map[string]*Function
	// Without lists standard functions that the expression must not use, named
	// without $.
	Without []string
	// TextForNonFinite converts numbers in results that JSON does not have to
	// strings: "NaN", "Infinity", "-Infinity".
	TextForNonFinite bool

	// generalOnly compiles without the short cuts of fast_*.go. Only tests set it.
	generalOnly bool
}

// An Expr is a compiled expression. It is immutable and safe for concurrent
// use.
type Expr struct {
	steps       int // of an evaluation, without those that it counts itself
	source      string
	eval        evalFn
	quick       quickFn // nil for most
	depth       int     // nesting of the quick code
	equality    *Equality
	variable    string   // the expression is $variable.names; "": another one
	fields      []string // the names
	tree        *node    // until the general code is needed
	general     sync.Once
	layout      *layout
	globals     []string // the variables that the bindings provide
	meant       []any    // the functions that they mean otherwise
	labels      int      // number of variables in a tuple
	names       map[string]int
	functions   map[string]*Function
	text        bool // TextForNonFinite
	without     map[string]bool
	generalOnly bool // Options.generalOnly
}

// Compile parses and compiles an expression. The error is an *Error.
func Compile(src string, o Options) (*Expr, error) {
	ast, err := parseSource(src)
	if err != nil {
		return nil, err.fillMessage()
	}
	return compileTree(src, ast, o), nil
}

// compileTree compiles a parsed expression.
func compileTree(src string, ast *node, o Options) *Expr {
	e := &Expr{source: src, functions: o.Functions, text: o.TextForNonFinite, generalOnly: o.generalOnly}
	for _, name := range o.Without {
		if e.without == nil {
			e.without = map[string]bool{}
		}
		e.without[name] = true
	}
	if e.depth = nestingDepth(ast, 1); e.depth <= maxQuick && !e.generalOnly {
		if e.variable, e.fields = pathOf(ast); e.variable != "" {
			e.quick = quickField(e.variable, e.fields)
		} else {
			e.quick = compileQuick(ast)
			e.equality = equalityOf(ast)
		}
	}
	e.tree = ast // most expressions with quick code never need more
	return e
}

// compileRest compiles the general code when it is first needed.
func (e *Expr) compileRest() {
	e.general.Do(func() {
		e.compileIn(e.tree, nil, nil)
		e.tree = nil
	})
}

// MustCompile is Compile without options, but panics if the expression is
// invalid.
func MustCompile(src string) *Expr {
	e, err := Compile(src, Options{})
	if err != nil {
		panic(err)
	}
	return e
}

// compileIn compiles a tree, which is not kept. An expression of $eval is
// compiled in the scope of the call, and shares the globals of the expression
// around it.
func (e *Expr) compileIn(ast *node, around *Expr, at *scope) {
	c := &compiler{generalOnly: e.generalOnly, scope: at}
	if at != nil {
		c.layout = at.layout
	}
	if around != nil {
		c.labels = maps.Clone(around.names)
		for _, name := range around.globals {
			c.globalIndex(name)
		}
	}
	c.collectLabels(ast, 0)
	s := c.pushScope(boundNames(ast, 0, nil), true)
	e.steps = c.weighNodes(func() { e.eval = c.compileNode(ast) })
	e.layout, e.globals, e.names, e.labels = s.layout, c.globals, c.labels, len(c.labels)
	e.meant = make([]any, len(e.globals))
	for i, name := range e.globals {
		e.meant[i] = e.functionNamed(name)
	}
}

// String returns the source.
func (e *Expr) String() string { return e.source }
