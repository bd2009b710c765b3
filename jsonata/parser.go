package jsonata

// Bounds of the parser, far beyond any expression that could be evaluated.
const (
	// maxParseDepth is how deep expressions may nest. Operators that follow one
	// another do not count as nested.
	maxParseDepth = 1000
	// maxTree is how many bytes the tree may take.
	maxTree = 20 << 20
	// About what a node, its rarer fields and a predicate take.
	nodeBytes, detailBytes, stageBytes = 96, 432, 32
	// maxSeeks is how many steps all the % may look at to find theirs.
	maxSeeks = 1 << 20
)

// parse reads an expression into the tree that compile works on: Pratt's
// algorithm over the tokens, then a pass that makes paths flat and finds the
// step that each % means.
func parse(src string) (tree *node, err *Error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			e, ok := thrown.(*Error)
			if !ok {
				panic(thrown)
			}
			tree, err = nil, e
		}
	}()
	p := &parser{lexer: lexer{src: src}}
	p.advance(false)
	tree = p.expression(0)
	if p.tok.kind != tokenEnd {
		panic(failAt("S0201", p.tok.pos, p.tok.value()))
	}
	tree = p.resolve(tree)
	if tree.kind == kindParent || tree.seekingParent != nil {
		panic(failAt("S0217", tree.pos, tree.typeName()))
	}
	return tree, nil
}

// Kinds of nodes that only the first pass knows.
const (
	rawDot    kind = iota + kindSort + 1 // lhs.steps; a chain of them is one node
	rawFilter                            // lhs[...]: stages; a chain of them is one node
	rawGroup                             // lhs{...}: pairs
	rawOrder                             // lhs^(...): terms
	rawFocus                             // lhs@$name
	rawIndex                             // lhs#$name
	rawEnd                               // the end of the source in place of an operand
)

type parser struct {
	lexer
	tok    token // the one that comes next
	depth  int
	size   int     // of the tree, in bytes
	spine  []*node // operators whose left side is being resolved
	labels int     // number of % so far
	seeks  int
}

// noDetail is the detail of all nodes that have none. It is never written to.
var noDetail detail

func (p *parser) charge(bytes int) {
	p.size += bytes
	if p.size > maxTree {
		panic(&Error{Code: "U1001", Message: "Expression evaluation memory limit exceeded: Check for excessive memory usage"})
	}
}

func (p *parser) node(k kind, pos int) *node {
	p.charge(nodeBytes)
	return &node{kind: k, pos: pos, detail: &noDetail}
}

// more returns the detail of a node, to write to.
func (p *parser) more(n *node) *detail {
	if n.detail == &noDetail {
		p.charge(detailBytes)
		n.detail = &detail{}
	}
	return n.detail
}

// advance reads the next token. infix says that an operator may follow.
func (p *parser) advance(infix bool) {
	p.tok = p.next(infix)
	if p.tok.kind == tokenOperator && (p.tok.text == "!" || p.tok.text == "~") {
		panic(failAt("S0204", p.tok.pos, p.tok.text))
	}
}

// expect reads past an operator that must come next.
func (p *parser) expect(operator string, infix bool) {
	if !p.tok.is(operator) {
		e := failAt("S0202", p.tok.pos, p.tok.value())
		if p.tok.kind == tokenEnd {
			e.Code = "S0203"
		}
		e.Value, e.hasVal = operator, true
		panic(e)
	}
	p.advance(infix)
}

// accept reads past an operator if it comes next.
func (p *parser) accept(operator string) bool {
	ok := p.tok.is(operator)
	if ok {
		p.advance(false)
	}
	return ok
}

// power is how tightly a token binds the operand on its left.
func (t *token) power() int {
	if t.kind != tokenOperator {
		return 0
	}
	switch t.text {
	case "[", "(", "@", "#":
		return 80
	case ".":
		return 75
	case "{":
		return 70
	case "*", "/", "%":
		return 60
	case "+", "-", "&":
		return 50
	case "=", "!=", "<", "<=", ">", ">=", "^", "~>", "in":
		return 40
	case "and":
		return 30
	case "or":
		return 25
	case "?":
		return 20
	case ":=":
		return 10
	}
	return 0
}

// expression reads operands and operators that bind more tightly than power.
func (p *parser) expression(power int) *node {
	p.depth++
	if p.depth > maxParseDepth {
		panic(stackOverflow())
	}
	t := p.tok
	p.advance(true)
	left := p.prefix(t)
	for power < p.tok.power() {
		t = p.tok
		p.advance(false)
		left = p.infix(t, left)
	}
	p.depth--
	return left
}

// prefix reads what t starts.
func (p *parser) prefix(t token) *node {
	switch t.kind {
	case tokenEnd:
		return p.node(rawEnd, t.pos)
	case tokenName:
		return p.named(kindName, t)
	case tokenVariable:
		return p.named(kindVariable, t)
	case tokenLiteral:
		n := p.node(kindLiteral, t.pos)
		n.literal = t.literal
		return n
	case tokenRegexp:
		p.charge(t.regexp.Bytes())
		n := p.node(kindRegexp, t.pos)
		d := p.more(n)
		d.regexp, d.source = t.regexp, t.text
		return n
	}
	switch t.text {
	case "and", "or", "in":
		return p.named(kindName, t)
	case "*":
		return p.node(kindWildcard, t.pos)
	case "**":
		return p.node(kindDescendant, t.pos)
	case "%":
		return p.node(kindParent, t.pos)
	case "-":
		n := p.node(kindNegate, t.pos)
		operand := p.expression(70)
		p.more(n).expressions = []*node{operand}
		return n
	case "(":
		return p.block(t)
	case "[":
		return p.array(t)
	case "{":
		n := p.node(kindObject, t.pos)
		p.more(n).pairs = p.members()
		return n
	case "|":
		return p.transform(t)
	}
	panic(failAt("S0211", t.pos, t.text))
}

func (p *parser) named(k kind, t token) *node {
	n := p.node(k, t.pos)
	n.name = t.text
	return n
}

func (p *parser) block(t token) *node {
	n := p.node(kindBlock, t.pos)
	var list []*node
	for !p.tok.is(")") {
		list = append(list, p.expression(0))
		if !p.accept(";") {
			break
		}
	}
	p.expect(")", true)
	p.more(n).expressions = list
	return n
}

func (p *parser) array(t token) *node {
	n := p.node(kindArray, t.pos)
	var list []*node
	if !p.tok.is("]") {
		for {
			item := p.expression(0)
			if op := p.tok; p.accept("..") {
				item = p.binary(kindBinary, op, item, p.expression(0))
			}
			list = append(list, item)
			if !p.accept(",") {
				break
			}
		}
	}
	p.expect("]", true)
	p.more(n).expressions = list
	return n
}

// members reads the inside of braces, with the closing one.
func (p *parser) members() []pair {
	var pairs []pair
	if !p.tok.is("}") {
		for {
			key := p.expression(0)
			p.expect(":", false)
			pairs = append(pairs, pair{key, p.expression(0)})
			if !p.accept(",") {
				break
			}
		}
	}
	p.expect("}", true)
	return pairs
}

func (p *parser) transform(t token) *node {
	n := p.node(kindTransform, t.pos)
	d := p.more(n)
	d.pattern = p.expression(0)
	p.expect("|", false)
	d.update = p.expression(0)
	if p.accept(",") {
		d.delete = p.expression(0)
	}
	p.expect("|", false)
	return n
}

func (p *parser) binary(k kind, op token, left, right *node) *node {
	n := p.named(k, op)
	n.lhs, n.rhs = left, right
	return n
}

// infix reads the rest of what the operator t continues.
func (p *parser) infix(t token, left *node) *node {
	switch t.text {
	case ".":
		return p.dot(t, left)
	case "~>":
		return p.binary(kindApply, t, left, p.expression(t.power()))
	case ":=":
		return p.bind(t, left)
	case "@":
		return p.variable(rawFocus, t, left)
	case "#":
		return p.variable(rawIndex, t, left)
	case "(":
		return p.call(t, left)
	case "[":
		return p.filter(t, left)
	case "{":
		n := p.binary(rawGroup, t, left, nil)
		p.more(n).pairs = p.members()
		return n
	case "^":
		return p.order(t, left)
	case "?":
		return p.condition(t, left)
	}
	return p.binary(kindBinary, t, left, p.expression(t.power()))
}

func (p *parser) dot(t token, left *node) *node {
	step := p.expression(t.power())
	if left.kind != rawDot {
		left = p.binary(rawDot, t, left, nil)
	}
	left.pos = t.pos
	left.steps = append(left.steps, step)
	return left
}

func (p *parser) bind(t token, left *node) *node {
	if left.kind != kindVariable {
		panic(failAt("S0212", left.pos, left.token()))
	}
	n := p.named(kindBind, t)
	n.name = left.name
	n.rhs = p.expression(t.power() - 1) // to the right first
	return n
}

// variable reads the variable that @ or # binds.
func (p *parser) variable(k kind, t token, left *node) *node {
	right := p.expression(t.power())
	if right.kind != kindVariable {
		panic(failAt("S0214", right.pos, t.text))
	}
	n := p.binary(k, t, left, nil)
	n.name = right.name
	return n
}

func (p *parser) filter(t token, left *node) *node {
	if p.tok.is("]") {
		// Empty brackets say that an array stays one. They count for what the
		// predicates before them filter.
		p.advance(false)
		step := left
		if left.kind == rawFilter {
			step = left.lhs
		}
		step.keepArray = true
		return left
	}
	predicate := stage{expr: p.expression(0), pos: t.pos}
	p.expect("]", true)
	if left.kind != rawFilter {
		left = p.binary(rawFilter, t, left, nil)
	}
	left.pos = t.pos
	d := p.more(left)
	p.charge(stageBytes)
	d.stages = append(d.stages, predicate)
	return left
}

func (p *parser) order(t token, left *node) *node {
	p.expect("(", false)
	var terms []sortTerm
	for {
		var term sortTerm
		if !p.accept("<") {
			term.descending = p.accept(">")
		}
		term.expr = p.expression(0)
		terms = append(terms, term)
		if !p.accept(",") {
			break
		}
	}
	p.expect(")", false)
	n := p.binary(rawOrder, t, left, nil)
	p.more(n).terms = terms
	return n
}

func (p *parser) condition(t token, left *node) *node {
	n := p.node(kindCondition, t.pos)
	d := p.more(n)
	d.condition = left
	d.then = p.expression(0)
	if p.accept(":") {
		d.els = p.expression(0)
	}
	return n
}

func (p *parser) call(t token, left *node) *node {
	n := p.node(kindCall, t.pos)
	d := p.more(n)
	d.procedure = left
	if !p.tok.is(")") {
		for {
			if op := p.tok; p.accept("?") {
				n.kind = kindPartial
				d.arguments = append(d.arguments, p.named(kindPlaceholder, op))
			} else {
				d.arguments = append(d.arguments, p.expression(0))
			}
			if !p.accept(",") {
				break
			}
		}
	}
	p.expect(")", true)
	if left.kind == kindName && (left.name == "function" || left.name == "λ") {
		p.lambda(n, d)
	}
	return n
}

// lambda makes a function definition of a call of function.
func (p *parser) lambda(n *node, d *detail) {
	n.kind = kindLambda
	for i, arg := range d.arguments {
		if arg.kind != kindVariable {
			e := failAt("S0208", arg.pos, arg.token())
			e.Value, e.hasVal = int64(i+1), true
			panic(e)
		}
		d.params = append(d.params, arg.name)
	}
	d.procedure, d.arguments = nil, nil
	if p.tok.is("<") {
		d.signature = p.signature()
	}
	p.expect("{", false)
	d.body = p.expression(0)
	p.expect("}", false)
}

// signature reads a signature, which has the tokens of an expression.
func (p *parser) signature() *signature {
	pos := p.tok.pos
	text := []byte{'<'}
	for depth := 1; depth > 0 && !p.tok.is("{") && p.tok.kind != tokenEnd; {
		p.advance(false)
		if p.tok.is(">") {
			depth--
		} else if p.tok.is("<") {
			depth++
		}
		text = append(text, p.tok.spelling()...)
	}
	p.expect(">", false)
	sig, err := parseSignature(string(text))
	if err != nil {
		err.Pos += pos
		panic(err)
	}
	return sig
}

// token is what an error says of the token behind a node of the first pass.
func (n *node) token() any {
	t := token{kind: tokenOperator, text: n.name}
	switch n.kind {
	case kindLiteral:
		t.kind, t.literal = tokenLiteral, n.literal
	case kindRegexp:
		t.kind = tokenRegexp
	case rawEnd:
		t.kind = tokenEnd
	case kindBind:
		t.text = ":="
	case rawFocus:
		t.text = "@"
	case rawIndex:
		t.text = "#"
	case kindWildcard:
		t.text = "*"
	case kindDescendant:
		t.text = "**"
	case kindParent:
		t.text = "%"
	case kindNegate:
		t.text = "-"
	case kindBlock, kindCall, kindPartial, kindLambda:
		t.text = "("
	case kindArray:
		t.text = "["
	case kindObject:
		t.text = "{"
	case kindTransform:
		t.text = "|"
	case kindCondition:
		t.text = "?"
	}
	return t.value()
}
