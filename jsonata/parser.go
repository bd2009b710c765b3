package jsonata

// Bounds of the parser, far beyond any useful expression.
const (
	// maxParseDepth is the maximum nesting of expressions. Operators in
	// sequence do not nest.
	maxParseDepth = 1000
	// maxTree is the maximum size of the tree in bytes.
	maxTree = 20 << 20
	// Estimated size of a node, its detail with the rare part, and a predicate.
	nodeBytes, detailBytes, stageBytes = 96, 432, 32
	// maxSeeks is the maximum number of steps that all % of an expression may
	// search.
	maxSeeks = 1 << 20
)

// parseSource parses an expression into the tree that the compiler reads:
// Pratt's algorithm over the tokens, then a pass that flattens paths and finds
// the step of each %.
func parseSource(src string) (tree *node, err *Error) {
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
	p.advanceToken(false)
	tree = p.parseExpression(0)
	if p.tok.kind != tokenEnd {
		panic(failAt("S0201", p.tok.pos, p.tok.errorValue()))
	}
	tree = p.resolveNode(tree)
	if tree.kind == kindParent || tree.seekingParent != nil {
		panic(failAt("S0217", tree.pos, tree.typeName()))
	}
	return tree, nil
}

// Kinds of nodes that exist only in the first pass.
const (
	rawDot    kind = iota + kindSort + 1 // lhs.steps; a chain of them is one node
	rawFilter                            // lhs[...]: stages; a chain of them is one node
	rawGroup                             // lhs{...}: pairs
	rawOrder                             // lhs^(...): terms
	rawFocus                             // lhs@$name
	rawIndex                             // lhs#$name
	rawEnd                               // the end of the source instead of an operand
)

type parser struct {
	lexer
	tok    token // the next token
	depth  int
	size   int     // of the tree, in bytes
	spine  []*node // operators whose left side is being resolved
	nodes  []node  // room for the next nodes: the tree does not outlive Compile
	labels int     // number of % so far
	seeks  int
}

// noDetail and noRare are those of all nodes and details without any. They are
// never written to.
var (
	noDetail = detail{rare: &noRare}
	noRare   rare
)

func (p *parser) chargeTree(bytes int) {
	p.size += bytes
	if p.size > maxTree {
		panic(&Error{Code: "U1001", Message: "Expression evaluation memory limit exceeded: Check for excessive memory usage"})
	}
}

// sourcePerNode is about how many bytes of an expression make a node.
const sourcePerNode = 5

func (p *parser) newNode(k kind, pos int) *node {
	p.chargeTree(nodeBytes)
	if len(p.nodes) == 0 {
		n := max(4, p.size/nodeBytes/2)
		if p.nodes == nil {
			n = 2 + len(p.src)/sourcePerNode
		}
		p.nodes = make([]node, min(n, 64))
	}
	n := &p.nodes[0]
	p.nodes = p.nodes[1:]
	n.kind, n.pos, n.detail = k, pos, &noDetail
	return n
}

// detailOf returns the detail of a node for writing.
func (p *parser) detailOf(n *node) *detail {
	if n.detail == &noDetail {
		p.chargeTree(detailBytes)
		n.detail = &detail{rare: &noRare}
	}
	return n.detail
}

// rareOf returns the rare part of a node's detail for writing.
func (p *parser) rareOf(n *node) *rare {
	d := p.detailOf(n)
	if d.rare == &noRare {
		d.rare = &rare{}
	}
	return d.rare
}

// advanceToken reads the next token. infix is set if an operator may come next.
func (p *parser) advanceToken(infix bool) {
	p.tok = p.nextToken(infix)
	if p.tok.kind == tokenOperator && (p.tok.text == "!" || p.tok.text == "~") {
		panic(failAt("S0204", p.tok.pos, p.tok.text))
	}
}

// expectOperator reads an operator, or throws.
func (p *parser) expectOperator(operator string, infix bool) {
	if !p.tok.isOperator(operator) {
		e := failAt("S0202", p.tok.pos, p.tok.errorValue())
		if p.tok.kind == tokenEnd {
			e.Code = "S0203"
		}
		e.Value, e.hasVal = operator, true
		panic(e)
	}
	p.advanceToken(infix)
}

// acceptOperator reads an operator if it comes next.
func (p *parser) acceptOperator(operator string) bool {
	ok := p.tok.isOperator(operator)
	if ok {
		p.advanceToken(false)
	}
	return ok
}

// bindingPower returns how tightly a token binds the operand on its left.
func (t *token) bindingPower() int {
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

// parseExpression parses operands and operators that bind more tightly than
// power.
func (p *parser) parseExpression(power int) *node {
	p.depth++
	if p.depth > maxParseDepth {
		panic(stackOverflow())
	}
	t := p.tok
	p.advanceToken(true)
	left := p.parsePrefix(&t)
	for power < p.tok.bindingPower() {
		t = p.tok
		p.advanceToken(false)
		left = p.parseInfix(&t, left)
	}
	p.depth--
	return left
}

// parsePrefix parses what starts with t.
func (p *parser) parsePrefix(t *token) *node {
	switch t.kind {
	case tokenEnd:
		return p.newNode(rawEnd, t.pos)
	case tokenName:
		return p.newNamed(kindName, t)
	case tokenVariable:
		return p.newNamed(kindVariable, t)
	case tokenLiteral:
		n := p.newNode(kindLiteral, t.pos)
		n.literal = t.literal
		return n
	case tokenRegexp:
		re := t.literal.(*regexpLiteral).compiled
		p.chargeTree(re.Bytes())
		n := p.newNode(kindRegexp, t.pos)
		d := p.rareOf(n)
		d.regexp, d.source = re, t.text
		return n
	}
	switch t.text {
	case "and", "or", "in":
		return p.newNamed(kindName, t)
	case "*":
		return p.newNode(kindWildcard, t.pos)
	case "**":
		return p.newNode(kindDescendant, t.pos)
	case "%":
		return p.newNode(kindParent, t.pos)
	case "-":
		n := p.newNode(kindNegate, t.pos)
		operand := p.parseExpression(70)
		p.detailOf(n).expressions = []*node{operand}
		return n
	case "(":
		return p.parseBlock(t)
	case "[":
		return p.parseArray(t)
	case "{":
		n := p.newNode(kindObject, t.pos)
		p.detailOf(n).pairs = p.parseMembers()
		return n
	case "|":
		return p.parseTransform(t)
	}
	panic(failAt("S0211", t.pos, t.text))
}

func (p *parser) newNamed(k kind, t *token) *node {
	n := p.newNode(k, t.pos)
	n.name = t.text
	return n
}

func (p *parser) parseBlock(t *token) *node {
	n := p.newNode(kindBlock, t.pos)
	var list []*node
	for !p.tok.isOperator(")") {
		list = append(list, p.parseExpression(0))
		if !p.acceptOperator(";") {
			break
		}
	}
	p.expectOperator(")", true)
	p.detailOf(n).expressions = list
	return n
}

func (p *parser) parseArray(t *token) *node {
	n := p.newNode(kindArray, t.pos)
	var list []*node
	if !p.tok.isOperator("]") {
		for {
			item := p.parseExpression(0)
			if op := p.tok; p.acceptOperator("..") {
				item = p.newBinary(kindBinary, &op, item, p.parseExpression(0))
			}
			list = append(list, item)
			if !p.acceptOperator(",") {
				break
			}
		}
	}
	p.expectOperator("]", true)
	p.detailOf(n).expressions = list
	return n
}

// parseMembers parses the inside of braces and the closing brace.
func (p *parser) parseMembers() []pair {
	var pairs []pair
	if !p.tok.isOperator("}") {
		for {
			key := p.parseExpression(0)
			p.expectOperator(":", false)
			pairs = append(pairs, pair{key, p.parseExpression(0)})
			if !p.acceptOperator(",") {
				break
			}
		}
	}
	p.expectOperator("}", true)
	return pairs
}

func (p *parser) parseTransform(t *token) *node {
	n := p.newNode(kindTransform, t.pos)
	d := p.rareOf(n)
	d.pattern = p.parseExpression(0)
	p.expectOperator("|", false)
	d.update = p.parseExpression(0)
	if p.acceptOperator(",") {
		d.delete = p.parseExpression(0)
	}
	p.expectOperator("|", false)
	return n
}

func (p *parser) newBinary(k kind, op *token, left, right *node) *node {
	n := p.newNamed(k, op)
	n.lhs, n.rhs = left, right
	return n
}

// parseInfix parses the operator t and its right side.
func (p *parser) parseInfix(t *token, left *node) *node {
	switch t.text {
	case ".":
		return p.parseDot(t, left)
	case "~>":
		return p.newBinary(kindApply, t, left, p.parseExpression(t.bindingPower()))
	case ":=":
		return p.parseBind(t, left)
	case "@":
		return p.parseBoundVariable(rawFocus, t, left)
	case "#":
		return p.parseBoundVariable(rawIndex, t, left)
	case "(":
		return p.parseCall(t, left)
	case "[":
		return p.parseFilter(t, left)
	case "{":
		n := p.newBinary(rawGroup, t, left, nil)
		p.detailOf(n).pairs = p.parseMembers()
		return n
	case "^":
		return p.parseOrder(t, left)
	case "?":
		return p.parseCondition(t, left)
	}
	return p.newBinary(kindBinary, t, left, p.parseExpression(t.bindingPower()))
}

func (p *parser) parseDot(t *token, left *node) *node {
	step := p.parseExpression(t.bindingPower())
	if left.kind != rawDot {
		left = p.newBinary(rawDot, t, left, nil)
		left.steps = make([]*node, 0, 4) // resolveSteps needs one more
	}
	left.pos = t.pos
	left.steps = append(left.steps, step)
	return left
}

func (p *parser) parseBind(t *token, left *node) *node {
	if left.kind != kindVariable {
		panic(failAt("S0212", left.pos, left.errorToken()))
	}
	n := p.newNamed(kindBind, t)
	n.name = left.name
	n.rhs = p.parseExpression(t.bindingPower() - 1) // associates to the right
	return n
}

// parseBoundVariable parses the variable that @ or # binds.
func (p *parser) parseBoundVariable(k kind, t *token, left *node) *node {
	right := p.parseExpression(t.bindingPower())
	if right.kind != kindVariable {
		panic(failAt("S0214", right.pos, t.text))
	}
	n := p.newBinary(k, t, left, nil)
	n.name = right.name
	return n
}

func (p *parser) parseFilter(t *token, left *node) *node {
	if p.tok.isOperator("]") {
		// Empty brackets keep a single result an array. They apply to the node
		// before any predicates.
		p.advanceToken(false)
		step := left
		if left.kind == rawFilter {
			step = left.lhs
		}
		step.keepArray = true
		return left
	}
	predicate := stage{expr: p.parseExpression(0), pos: t.pos}
	p.expectOperator("]", true)
	if left.kind != rawFilter {
		left = p.newBinary(rawFilter, t, left, nil)
	}
	left.pos = t.pos
	d := p.detailOf(left)
	p.chargeTree(stageBytes)
	d.stages = append(d.stages, predicate)
	return left
}

func (p *parser) parseOrder(t *token, left *node) *node {
	p.expectOperator("(", false)
	var terms []sortTerm
	for {
		var term sortTerm
		if !p.acceptOperator("<") {
			term.descending = p.acceptOperator(">")
		}
		term.expr = p.parseExpression(0)
		terms = append(terms, term)
		if !p.acceptOperator(",") {
			break
		}
	}
	p.expectOperator(")", false)
	n := p.newBinary(rawOrder, t, left, nil)
	p.rareOf(n).terms = terms
	return n
}

func (p *parser) parseCondition(t *token, left *node) *node {
	n := p.newNode(kindCondition, t.pos)
	d := p.detailOf(n)
	d.condition = left
	d.then = p.parseExpression(0)
	if p.acceptOperator(":") {
		d.els = p.parseExpression(0)
	}
	return n
}

func (p *parser) parseCall(t *token, left *node) *node {
	n := p.newNode(kindCall, t.pos)
	d := p.detailOf(n)
	d.procedure = left
	if !p.tok.isOperator(")") {
		for {
			if op := p.tok; p.acceptOperator("?") {
				n.kind = kindPartial
				d.arguments = append(d.arguments, p.newNamed(kindPlaceholder, &op))
			} else {
				d.arguments = append(d.arguments, p.parseExpression(0))
			}
			if !p.acceptOperator(",") {
				break
			}
		}
	}
	p.expectOperator(")", true)
	if left.kind == kindName && (left.name == "function" || left.name == "λ") {
		p.parseLambda(n, d)
	}
	return n
}

// parseLambda turns a call of function into a function definition.
func (p *parser) parseLambda(n *node, d *detail) {
	n.kind = kindLambda
	r := p.rareOf(n)
	for i, arg := range d.arguments {
		if arg.kind != kindVariable {
			e := failAt("S0208", arg.pos, arg.errorToken())
			e.Value, e.hasVal = int64(i+1), true
			panic(e)
		}
		r.params = append(r.params, arg.name)
	}
	d.procedure, d.arguments = nil, nil
	if p.tok.isOperator("<") {
		r.signature = p.parseLambdaSignature()
	}
	p.expectOperator("{", false)
	r.body = p.parseExpression(0)
	p.expectOperator("}", false)
}

// parseLambdaSignature parses a signature, which consists of tokens of the
// expression.
func (p *parser) parseLambdaSignature() *signature {
	pos := p.tok.pos
	text := []byte{'<'}
	for depth := 1; depth > 0 && !p.tok.isOperator("{") && p.tok.kind != tokenEnd; {
		p.advanceToken(false)
		if p.tok.isOperator(">") {
			depth--
		} else if p.tok.isOperator("<") {
			depth++
		}
		text = append(text, p.tok.signatureText()...)
	}
	p.expectOperator(">", false)
	sig, err := parseSignature(string(text))
	if err != nil {
		err.Pos += pos
		panic(err)
	}
	return sig
}

// errorToken returns the token of a node of the first pass, as errors show it.
func (n *node) errorToken() any {
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
	return t.errorValue()
}
