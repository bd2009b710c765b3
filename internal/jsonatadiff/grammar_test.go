package jsonatadiff

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// A generator writes expressions at random, most of which mean something on
// the shop.
type generator struct {
	*rand.Rand
	vars []string // variables in scope
}

func newGenerator(seed uint64) *generator {
	return &generator{Rand: rand.New(rand.NewPCG(seed, 2006))}
}

func (g *generator) pick(choices ...string) string { return choices[g.IntN(len(choices))] }

// any writes an expression of any type.
func (g *generator) any(depth int) string {
	if depth <= 0 {
		return g.leaf()
	}
	forms := []func(int) string{g.number, g.text, g.list, g.object, g.boolean, g.path, g.path, g.block, g.condition, g.mixed}
	return forms[g.IntN(len(forms))](depth - 1)
}

func (g *generator) leaf() string {
	if len(g.vars) > 0 && g.IntN(3) == 0 {
		return "$" + g.pick(g.vars...)
	}
	return g.pick(`1`, `2.5`, `-3`, `0`, `"a"`, `""`, `"x,y"`, `"10"`, `true`, `false`, `null`, `[]`, `[1]`, `{}`, `nope`, `name`, `n.i`, `n.neg`, `tags`, `orders`, `orders.id`, `flag`, `empty`, `nested`, `by`, `$`)
}

func (g *generator) number(depth int) string {
	if depth <= 0 {
		return g.pick(`0`, `1`, `2`, `7`, `-1`, `0.1`, `2.5`, `1e10`, `n.i`, `n.f`, `n.neg`, `n.zero`, `orders[0].total`, `nope`)
	}
	d := depth - 1
	switch g.IntN(12) {
	case 0, 1, 2:
		return g.number(d) + " " + g.pick("+", "-", "*", "/", "%") + " " + g.number(d)
	case 3:
		return "(" + g.number(d) + ")"
	case 4:
		return "-" + g.number(d)
	case 5:
		return "$" + g.pick("sum", "max", "min", "average", "count") + "(" + g.list(d) + ")"
	case 6:
		return "$" + g.pick("floor", "ceil", "round", "abs", "sqrt") + "(" + g.number(d) + ")"
	case 7:
		return "$length(" + g.text(d) + ")"
	case 8:
		return "$number(" + g.text(d) + ")"
	case 9:
		return "$round(" + g.number(d) + ", " + g.pick("0", "1", "2", "-1") + ")"
	case 10:
		return "$reduce(" + g.list(d) + ", " + g.lambda(d, 2) + ")"
	}
	return g.any(d)
}

func (g *generator) text(depth int) string {
	if depth <= 0 {
		return g.pick(`"a"`, `""`, `"a😀b"`, `"Hello World"`, `"x,y,z"`, `"12"`, `name`, `orders[0].id`, `tags[0]`, `s.astral`, `s.lone`, `when`, `nope`)
	}
	d := depth - 1
	switch g.IntN(11) {
	case 0, 1:
		return g.any(d) + " & " + g.text(d)
	case 2:
		return "$" + g.pick("uppercase", "lowercase", "trim", "base64encode", "encodeUrlComponent") + "(" + g.text(d) + ")"
	case 3:
		return "$substring(" + g.text(d) + ", " + g.number(d) + g.pick("", ", 2", ", 0") + ")"
	case 4:
		return "$string(" + g.any(d) + ")"
	case 5:
		return "$join(" + g.list(d) + g.pick("", `, "-"`) + ")"
	case 6:
		return "$replace(" + g.text(d) + ", " + g.matcher() + ", " + g.pick(`"<$0>"`, `""`, `"$1"`, g.text(d)) + ")"
	case 7:
		return "$pad(" + g.text(d) + ", " + g.pick("5", "-8", "0") + g.pick("", `, "*"`) + ")"
	case 8:
		return "$" + g.pick("substringBefore", "substringAfter") + "(" + g.text(d) + ", " + g.text(0) + ")"
	case 9:
		return "$type(" + g.any(d) + ")"
	}
	return g.any(d)
}

func (g *generator) matcher() string {
	return g.pick(`/a/`, `/[a-z]+/i`, `/(.)(.)/`, `/x|,/`, `/\d+/`, `"a"`, `","`, `/l+/`)
}

func (g *generator) list(depth int) string {
	if depth <= 0 {
		return g.pick(`[1, 2, 3]`, `[3, 1, 2]`, `["b", "a"]`, `[[1], [2, 3]]`, `[1..4]`, `tags`, `orders`, `orders.total`, `orders.items.sku`, `nested`, `one`, `empty`, `[]`, `nope`)
	}
	d := depth - 1
	switch g.IntN(18) {
	case 0, 1:
		return "[" + g.any(d) + ", " + g.any(d) + "]"
	case 2:
		return "[" + g.any(d) + "]"
	case 3:
		return "$map(" + g.list(d) + ", " + g.lambda(d, 1+g.IntN(3)) + ")"
	case 4:
		return "$filter(" + g.list(d) + ", " + g.lambda(d, 1+g.IntN(2)) + ")"
	case 5:
		return "$" + g.pick("reverse", "distinct", "sort", "keys", "spread") + "(" + g.list(d) + ")"
	case 6:
		return "$append(" + g.any(d) + ", " + g.any(d) + ")"
	case 7:
		return "$zip(" + g.list(d) + ", " + g.list(d) + ")"
	case 8:
		return "$split(" + g.text(d) + ", " + g.matcher() + ")"
	case 9:
		return "$sort(" + g.list(d) + ", " + g.lambda(d, 2) + ")"
	case 10:
		return g.list(d) + g.predicate(d)
	case 11:
		return g.list(d) + "^(" + g.pick("", "<", ">") + g.pick("$", "id", "total", "sku", g.any(0)) + ")"
	case 12:
		return "$each(" + g.object(d) + ", " + g.lambda(d, 1+g.IntN(2)) + ")"
	case 13:
		return "$match(" + g.text(d) + ", " + g.pick(`/a/`, `/(.)(x)?/`) + ")"
	case 14:
		return "[" + g.pick("0", "1", "-1") + ".." + g.pick("3", "0", g.number(0)) + "]"
	case 15:
		return "(" + g.list(d) + ")[]"
	case 16:
		return "$lookup(" + g.list(d) + ", " + g.pick(`"id"`, `"items"`, `"a"`) + ")"
	}
	return g.path(d)
}

func (g *generator) object(depth int) string {
	if depth <= 0 {
		return g.pick(`{}`, `{"a": 1}`, `{"b": 2, "a": [1, 2], "1": 3}`, `by`, `n`, `orders[0]`, `nope`)
	}
	d := depth - 1
	switch g.IntN(8) {
	case 0, 1:
		return `{"a": ` + g.any(d) + `, "b": ` + g.any(d) + `}`
	case 2:
		return `{` + g.text(d) + `: ` + g.any(d) + `}`
	case 3:
		return "$merge(" + g.list(d) + ")"
	case 4:
		return "$sift(" + g.object(d) + ", " + g.lambda(d, 1+g.IntN(2)) + ")"
	case 5:
		return g.list(d) + "{" + g.pick("id", "sku", "$string($)", g.text(0)) + ": " + g.any(d) + "}"
	case 6:
		return g.any(d) + ` ~> |` + g.pick("$", "orders", "items", "a", "orders.items") + `|` + g.object(d) + g.pick("", `, "id"`, `, ["a", "qty"]`) + `|`
	}
	return g.path(d)
}

func (g *generator) boolean(depth int) string {
	if depth <= 0 {
		return g.pick(`true`, `false`, `flag`, `nope`, `n.i = 42`, `1 in [1, 2]`)
	}
	d := depth - 1
	switch g.IntN(7) {
	case 0:
		return g.number(d) + " " + g.pick("<", "<=", ">", ">=") + " " + g.number(d)
	case 1:
		return g.any(d) + " " + g.pick("=", "!=") + " " + g.any(d)
	case 2:
		return g.boolean(d) + " " + g.pick("and", "or") + " " + g.boolean(d)
	case 3:
		return g.any(d) + " in " + g.list(d)
	case 4:
		return "$" + g.pick("not", "boolean", "exists") + "(" + g.any(d) + ")"
	case 5:
		return "$contains(" + g.text(d) + ", " + g.matcher() + ")"
	}
	return g.text(d) + " " + g.pick("<", ">=", "=") + " " + g.text(d)
}

// path writes steps, predicates, bindings and whatever else a path may have.
func (g *generator) path(depth int) string {
	var b strings.Builder
	b.WriteString(g.pick("orders", "orders", "orders", "$", "nested", "tags", "by", "*", "n", "$$", "(orders)", "[orders, 1]", "orders.items", "**"))
	for range g.IntN(4) {
		switch g.IntN(9) {
		case 0:
			b.WriteString(g.predicate(depth - 1))
		case 1:
			b.WriteString(".(" + g.any(depth-1) + ")")
		case 2:
			b.WriteString(".[" + g.any(depth-1) + "]")
		case 3:
			b.WriteString(`.{"k": ` + g.any(depth-1) + `}`)
		case 4:
			b.WriteString("." + g.pick("%.id", "%", "*", "**", "$", "$string($)", "$count($)", "$type($)", "$keys()"))
		case 5:
			b.WriteString(g.pick("[]", "#$i", "@$v", "^(id)", "^(>total)", "^(sku)", "[0]", "[-1]"))
		default:
			b.WriteString("." + g.pick("items", "items", "id", "total", "sku", "qty", "price", "note", "nope"))
		}
	}
	return b.String()
}

func (g *generator) predicate(depth int) string {
	switch g.IntN(5) {
	case 0:
		return "[" + g.pick("0", "-1", "1", "[0, 1]", "0.5", "[1..2]") + "]"
	case 1:
		return "[" + g.pick("id", "sku", "total", "qty", "$", "$type($)") + " " + g.pick("=", "!=", "<", ">") + " " + g.any(0) + "]"
	case 2:
		return "[]"
	}
	return "[" + g.any(depth) + "]"
}

func (g *generator) condition(depth int) string {
	s := g.boolean(depth-1) + " ? " + g.any(depth-1)
	if g.IntN(3) > 0 {
		s += " : " + g.any(depth-1)
	}
	return "(" + s + ")"
}

func (g *generator) block(depth int) string {
	name := fmt.Sprintf("v%d", len(g.vars))
	s := "($" + name + " := " + g.any(depth-1) + "; "
	g.vars = append(g.vars, name)
	s += g.any(depth-1) + ")"
	g.vars = g.vars[:len(g.vars)-1]
	return s
}

// lambda writes a function of n parameters, or one of the standard functions.
// No body calls a function in its tail position: see the meant differences.
func (g *generator) lambda(depth, n int) string {
	if g.IntN(6) == 0 {
		return g.pick("$string", "$count", "$sum", "$uppercase", "$exists", "$append", "$boolean", "$type", "$reverse", "$keys")
	}
	var params []string
	for i := range n {
		params = append(params, fmt.Sprintf("p%d", len(g.vars)+i))
	}
	before := len(g.vars)
	g.vars = append(g.vars, params...)
	body := g.any(depth - 1)
	g.vars = g.vars[:before]
	return "function($" + strings.Join(params, ", $") + ") {[" + body + "][0]}"
}

// mixed chains things.
func (g *generator) mixed(depth int) string {
	switch g.IntN(4) {
	case 0:
		return g.any(depth-1) + " ~> $" + g.pick("string", "count", "sum", "keys", "reverse", "type", "exists()", "append(1)", `lookup("id")`, "boolean")
	case 1:
		return g.lambda(depth, 2) + "(" + g.any(depth-1) + ", " + g.any(depth-1) + ")"
	case 2:
		return g.lambda(depth, 2) + "(?, " + g.any(depth-1) + ")(" + g.any(depth-1) + ")"
	}
	return "$lookup(" + g.object(depth-1) + ", " + g.pick(`"a"`, `"b"`, `"id"`) + ")"
}

// broken changes an expression so that most likely it is none any more.
func (g *generator) broken(s string) string {
	tokens := tokenize(s)
	for range 1 + g.IntN(2) {
		at := g.IntN(len(tokens) + 1)
		switch g.IntN(3) {
		case 0:
			extra := g.pick("(", ")", "[", "]", "{", "}", ".", ",", ";", ":", "?", "+", "-", "*", "/", "%", "^", "|", "@", "#", "&", "=", "<", ">", "!=", ":=", "..", "~>", "**", "and", "in", "or", "$", "$x", "a", "1", `"é`, `"😀"`, "`", "function", "~", "!")
			tokens = append(tokens[:at:at], append([]string{extra}, tokens[at:]...)...)
		case 1:
			if at < len(tokens) {
				tokens = append(tokens[:at:at], tokens[at+1:]...)
			}
		default:
			if at+1 < len(tokens) {
				tokens[at], tokens[at+1] = tokens[at+1], tokens[at]
			}
		}
	}
	return strings.Join(tokens, "")
}

// tokenize cuts an expression where a character that is no letter or digit
// stands.
func tokenize(s string) []string {
	var tokens []string
	start := 0
	for i, r := range s {
		if i > start && strings.ContainsRune("()[]{}.,;:?+-*/%^|@#&=<> \"", r) {
			tokens = append(tokens, s[start:i])
			start = i
		}
	}
	if start < len(s) {
		tokens = append(tokens, s[start:])
	}
	return tokens
}

// generated returns n expressions on the shop and as many broken ones.
func generated(seed uint64, n int) []diffCase {
	g := newGenerator(seed)
	var cases []diffCase
	for i := range n {
		e := g.any(1 + i%4)
		cases = append(cases, diffCase{e, shop}, diffCase{g.broken(e), shop})
	}
	return cases
}
