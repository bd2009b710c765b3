package jsonata

import "sort"

// A Reference is a place where an expression reads a variable or its context.
type Reference struct {
	// Name is the variable, without $: "" for the context itself ($ or a bare
	// name), "$" for the root of the input ($$).
	Name string
	// Path holds the names of the fields after it, until the first predicate or
	// computed step: $a.b[0].c has the path b.
	Path []string
	// Pos is the offset in bytes just after the variable or the first name.
	Pos int
	// TopLevel reports that the context is the input of the whole expression,
	// not that of a later step of a path or of a predicate. A function
	// definition has the context of its place.
	TopLevel bool
	// Bare reports that it is a name without a variable before it: Path[0].
	Bare bool
	// Call reports that the value is called as a function.
	Call bool
	// Tested reports that the value is the argument of $exists: it may be
	// undefined.
	Tested bool
}

// References lists what an expression reads from outside: variables that it
// does not bind itself, and its context, in source order. The error is that of
// [Compile]. References is much faster.
func References(src string) ([]Reference, error) {
	ast, err := parseSource(src)
	if err != nil {
		return nil, err.fillMessage()
	}
	return treeReferences(ast), nil
}

// CompileReferences returns what [Compile] and [References] return, and parses
// src once.
func CompileReferences(src string, o Options) (*Expr, []Reference, error) {
	ast, err := parseSource(src)
	if err != nil {
		return nil, nil, err.fillMessage()
	}
	references := treeReferences(ast)
	return compileTree(src, ast, o), references, nil
}

// treeReferences lists the references of a parsed expression.
func treeReferences(ast *node) []Reference {
	r := &references{own: map[string]int{}}
	r.bindNames(boundNames(ast, 0, nil))
	r.visitNode(ast, true, 0)
	sort.SliceStable(r.list, func(i, j int) bool { return r.list[i].Pos < r.list[j].Pos })
	return r.list
}

// References returns the references of the expression. It parses the source
// again.
func (e *Expr) References() []Reference {
	list, _ := References(e.source) // Compile has parsed it
	return list
}

// Has reports whether $name is a function, unless a variable of that name is
// bound.
func (e *Expr) Has(name string) bool {
	_, added := e.functions[name]
	return added || standard[name] != nil && !e.without[name]
}

type references struct {
	list []Reference
	own  map[string]int // number of bindings of each name around the node
}

// bindNames adds names bound around the nodes visited next.
func (r *references) bindNames(names []string) {
	for _, name := range names {
		r.own[name]++
	}
}

// unbindNames reverts bindNames.
func (r *references) unbindNames(names []string) {
	for _, name := range names {
		r.own[name]--
	}
}

// visitNode visits n.
func (r *references) visitNode(n *node, top bool, depth int) {
	if n == nil || depth > maxNesting {
		return
	}
	depth++
	switch n.kind {
	case kindVariable:
		r.addReference(n, nil, top, false)
	case kindPath:
		r.visitPath(n, top, depth)
	case kindLambda:
		names := boundNames(n.body, depth, append([]string(nil), n.params...))
		r.bindNames(names)
		r.visitNode(n.body, top, depth)
		r.unbindNames(names)
	case kindBlock:
		var names []string
		for _, x := range n.expressions {
			names = boundNames(x, depth, names)
		}
		r.bindNames(names)
		for _, x := range n.expressions {
			r.visitNode(x, top, depth)
		}
		r.unbindNames(names)
	case kindTransform:
		r.visitNode(n.pattern, false, depth)
		r.visitNode(n.update, false, depth)
		r.visitNode(n.delete, false, depth)
	case kindCall, kindPartial:
		if p := n.procedure; p.kind == kindVariable {
			r.addReference(p, nil, top, true)
		} else {
			r.visitNode(p, top, depth)
		}
		for _, a := range n.arguments {
			first := len(r.list)
			r.visitNode(a, top, depth)
			if len(r.list) > first && r.asksExists(n.procedure) && startsWithVariable(a) {
				r.list[first].Tested = true
			}
		}
	default:
		n.visitChildren(func(child *node, role role) {
			if role != roleIterated || n.kind == kindObject {
				r.visitNode(child, top, depth)
			}
		})
	}
	r.visitStages(n, depth)
}

func (r *references) asksExists(procedure *node) bool {
	return procedure.kind == kindVariable && procedure.name == "exists" && r.own["exists"] == 0
}

// startsWithVariable reports whether the first value that n reads is the value
// it looks up.
func startsWithVariable(n *node) bool {
	if n.kind == kindPath {
		n = n.steps[0]
	}
	return n.kind == kindVariable || n.kind == kindName
}

// visitStages visits the predicates and the grouping of a node, which have
// their own contexts.
func (r *references) visitStages(n *node, depth int) {
	for _, list := range [][]stage{n.predicate, n.stages} {
		for _, s := range list {
			r.visitNode(s.expr, false, depth)
		}
	}
	if n.group != nil {
		for _, p := range n.group.pairs {
			r.visitNode(p.key, false, depth)
			r.visitNode(p.value, false, depth)
		}
	}
}

func (r *references) visitPath(n *node, top bool, depth int) {
	steps := n.steps
	// If the first step is a variable or a name, it does not see the bindings
	// of the path.
	switch s := steps[0]; {
	case s.kind == kindVariable || s.kind == kindName:
		r.addReference(s, fieldsAfter(steps), top, false)
	case s.kind == kindObject && len(steps) > 1:
		// An object at the start of a path may have computed keys.
		for _, p := range s.pairs {
			r.visitNode(p.key, false, depth)
			r.visitNode(p.value, top, depth)
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
	r.bindNames(names)
	for i, s := range steps {
		switch {
		case s.kind == kindSort:
			for _, t := range s.terms {
				r.visitNode(t.expr, false, depth)
			}
			r.visitStages(s, depth)
		case s.kind == kindName, i == 0 && (s.kind == kindVariable || s.kind == kindObject && len(steps) > 1):
			r.visitStages(s, depth)
		default:
			r.visitNode(s, top && i == 0, depth)
		}
	}
	r.unbindNames(names)
}

// fieldsAfter returns the names of the plain steps after the first, up to the
// first predicate.
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

func (r *references) addReference(n *node, path []string, top, call bool) {
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
