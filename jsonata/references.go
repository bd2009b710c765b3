package jsonata

import "sort"

// A Reference is a place where an expression reads a variable or its context.
type Reference struct {
	// Name is the variable, without $: "" for the context itself ($ or a bare
	// name), "$" for the root of the input ($$).
	Name string
	// Path are the names of the fields below it, as far as they are written
	// out: $a.b[0].c reads the path b.
	Path []string
	// Pos is the offset in bytes just after the variable or the first name.
	Pos int
	// TopLevel says that the context is the input of the whole expression, not
	// that of a later step of a path, a predicate, or such. A function
	// definition has the context of the place where it stands.
	TopLevel bool
	// Bare says that it is a name without a variable before it: Path[0].
	Bare bool
	// Call says that the value is called as a function.
	Call bool
	// Tested says that $exists is asked of the value: it may be nothing.
	Tested bool
}

// References lists what an expression reads from outside: the variables that
// it does not bind itself, and its context, in the order in which they are
// written. Whoever gives an expression neither context nor root can refuse one
// that refers to them. The error is that of [Compile], which takes much longer.
func References(src string) ([]Reference, error) {
	ast, err := parse(src)
	if err != nil {
		return nil, err.finish()
	}
	return treeReferences(ast), nil
}

// CompileReferences returns what [Compile] and [References] return, and parses
// src once.
func CompileReferences(src string, o Options) (*Expr, []Reference, error) {
	ast, err := parse(src)
	if err != nil {
		return nil, nil, err.finish()
	}
	references := treeReferences(ast)
	return compileTree(src, ast, o), references, nil
}

// treeReferences lists the references of a parsed expression.
func treeReferences(ast *node) []Reference {
	r := &references{own: map[string]int{}}
	r.bind(bound(ast, 0, nil))
	r.node(ast, true, 0)
	sort.SliceStable(r.list, func(i, j int) bool { return r.list[i].Pos < r.list[j].Pos })
	return r.list
}

// References is the function of that name for the source of the expression.
func (e *Expr) References() []Reference {
	list, _ := References(e.source) // it was parsed before
	return list
}

// Has reports whether $name is a function to the expression where nothing binds
// a variable of that name.
func (e *Expr) Has(name string) bool {
	_, added := e.functions[name]
	return added || standard[name] != nil && !e.without[name]
}

type references struct {
	list []Reference
	own  map[string]int // the names that the expression binds around the node, how many times each
}

// bind adds names that are bound around what is visited next.
func (r *references) bind(names []string) {
	for _, name := range names {
		r.own[name]++
	}
}

// unbind takes back what bind did.
func (r *references) unbind(names []string) {
	for _, name := range names {
		r.own[name]--
	}
}

// node visits n.
func (r *references) node(n *node, top bool, depth int) {
	if n == nil || depth > maxNesting {
		return
	}
	depth++
	switch n.kind {
	case kindVariable:
		r.add(n, nil, top, false)
	case kindPath:
		r.path(n, top, depth)
	case kindLambda:
		names := bound(n.body, depth, append([]string(nil), n.params...))
		r.bind(names)
		r.node(n.body, top, depth)
		r.unbind(names)
	case kindBlock:
		var names []string
		for _, x := range n.expressions {
			names = bound(x, depth, names)
		}
		r.bind(names)
		for _, x := range n.expressions {
			r.node(x, top, depth)
		}
		r.unbind(names)
	case kindTransform:
		r.node(n.pattern, false, depth)
		r.node(n.update, false, depth)
		r.node(n.delete, false, depth)
	case kindCall, kindPartial:
		if p := n.procedure; p.kind == kindVariable {
			r.add(p, nil, top, true)
		} else {
			r.node(p, top, depth)
		}
		for _, a := range n.arguments {
			first := len(r.list)
			r.node(a, top, depth)
			if len(r.list) > first && r.asksExists(n.procedure) && startsWithVariable(a) {
				r.list[first].Tested = true
			}
		}
	default:
		n.children(func(child *node, role role) {
			if role != roleIterated || n.kind == kindObject {
				r.node(child, top, depth)
			}
		})
	}
	r.after(n, depth)
}

func (r *references) asksExists(procedure *node) bool {
	return procedure.kind == kindVariable && procedure.name == "exists" && r.own["exists"] == 0
}

// startsWithVariable reports whether what n reads first is what it looks up.
func startsWithVariable(n *node) bool {
	if n.kind == kindPath {
		n = n.steps[0]
	}
	return n.kind == kindVariable || n.kind == kindName
}

// after visits the predicates and the grouping of a node, which have contexts
// of their own.
func (r *references) after(n *node, depth int) {
	for _, list := range [][]stage{n.predicate, n.stages} {
		for _, s := range list {
			r.node(s.expr, false, depth)
		}
	}
	if n.group != nil {
		for _, p := range n.group.pairs {
			r.node(p.key, false, depth)
			r.node(p.value, false, depth)
		}
	}
}

func (r *references) path(n *node, top bool, depth int) {
	steps := n.steps
	// The first step does not see what the path binds, if it is one of these.
	switch s := steps[0]; {
	case s.kind == kindVariable || s.kind == kindName:
		r.add(s, fieldsAfter(steps), top, false)
	case s.kind == kindObject && len(steps) > 1:
		// An object at the start of a path may have computed keys.
		for _, p := range s.pairs {
			r.node(p.key, false, depth)
			r.node(p.value, top, depth)
		}
	}
	var names []string
	for _, s := range steps {
		names = appendName(names, s.focus, s.index)
		for _, list := range [][]stage{s.stages, s.predicate} {
			for _, stage := range list {
				names = appendName(names, stage.index)
			}
		}
	}
	r.bind(names)
	for i, s := range steps {
		switch {
		case s.kind == kindSort:
			for _, t := range s.terms {
				r.node(t.expr, false, depth)
			}
			r.after(s, depth)
		case s.kind == kindName, i == 0 && (s.kind == kindVariable || s.kind == kindObject && len(steps) > 1):
			r.after(s, depth)
		default:
			r.node(s, top && i == 0, depth)
		}
	}
	r.unbind(names)
}

// fieldsAfter lists the names of the plain steps after the first, as long as
// no predicate comes between them.
func fieldsAfter(steps []*node) []string {
	var names []string
	if first := steps[0]; first.kind == kindName {
		names = append(names, first.name)
	}
	for i, s := range steps {
		if i > 0 {
			if s.kind != kindName {
				break
			}
			names = append(names, s.name)
		}
		if len(s.predicate)+len(s.stages) > 0 || s.focus != "" {
			break
		}
	}
	return names
}

func (r *references) add(n *node, path []string, top, call bool) {
	name, bare := n.name, n.kind == kindName
	if bare {
		name = ""
	} else if r.own[name] > 0 {
		return
	}
	r.list = append(r.list, Reference{Name: name, Path: path, Pos: n.pos, TopLevel: top, Bare: bare, Call: call})
}

func appendName(names []string, more ...string) []string {
	for _, name := range more {
		if name != "" {
			names = append(names, name)
		}
	}
	return names
}
