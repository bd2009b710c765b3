package jsonata

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSyntaxErrors(t *testing.T) {
	for _, c := range []struct {
		src, code string
		pos       int
		message   string
	}{
		{"", "S0207", 0, "Unexpected end of expression"},
		{"  ", "S0207", 2, "Unexpected end of expression"},
		{"\"abc", "S0101", 4, "String literal must be terminated by a matching quote"},
		{"'abc", "S0101", 4, "String literal must be terminated by a matching quote"},
		{"1e999", "S0102", 0, "Number out of range: \"1e999\""},
		{"\"a\\x\"", "S0103", 3, "Unsupported escape sequence: \\\"x\""},
		{"\"\\ué\"", "S0104", 2, "The escape sequence \\u must be followed by 4 hex digits"},
		{"\"\\u12", "S0101", 5, "String literal must be terminated by a matching quote"},
		{"\"\\", "S0103", 2, "Unsupported escape sequence: \\\"\""},
		{"`abc", "S0105", 4, "Quoted property name must be terminated with a backquote (`)"},
		{"1 /* 2", "S0106", 2, "Comment has no closing tag"},
		{"/* x */", "S0207", 7, "Unexpected end of expression"},
		{"a b", "S0201", 3, "Syntax error: \"b\""},
		{"1 2", "S0201", 3, "Syntax error: 2"},
		{"(1", "S0203", 2, "Expected \")\" before end of expression"},
		{"[1, 2", "S0203", 5, "Expected \"]\" before end of expression"},
		{"{\"a\": 1", "S0203", 7, "Expected \"}\" before end of expression"},
		{"(1 2)", "S0202", 4, "Expected \")\", got 2"},
		{"[1}", "S0202", 3, "Expected \"]\", got \"}\""},
		{"{\"a\"}", "S0202", 5, "Expected \":\", got \"}\""},
		{"[1 null]", "S0202", 7, "Expected \"]\", got null"},
		{"[1 \"x\"]", "S0202", 6, "Expected \"]\", got \"x\""},
		{"[1 2.50]", "S0202", 7, "Expected \"]\", got 2.5"},
		{"a[] / b", "S0302", 7, "No terminating / in regular expression"},
		{"!a", "S0204", 1, "Unknown operator: \"!\""},
		{"a ~ b", "S0204", 3, "Unknown operator: \"~\""},
		{"1 +", "S0207", 3, "Unexpected end of expression"},
		{"a.", "S0207", 2, "Unexpected end of expression"},
		{"-", "S0207", 1, "Unexpected end of expression"},
		{"(1 + )", "S0211", 6, "The symbol \")\" cannot be used as a unary operator"},
		{"+1", "S0211", 1, "The symbol \"+\" cannot be used as a unary operator"},
		{"[1,]", "S0211", 4, "The symbol \"]\" cannot be used as a unary operator"},
		{"* *", "S0207", 3, "Unexpected end of expression"},
		{"x := 1", "S0212", 1, "The left side of := must be a variable name (start with $)"},
		{"1 := 2", "S0212", 1, "The left side of := must be a variable name (start with $)"},
		{"$f() := 1", "S0212", 3, "The left side of := must be a variable name (start with $)"},
		{"a.$b := 1", "S0212", 2, "The left side of := must be a variable name (start with $)"},
		{"function(a){1}", "S0208", 10, "Parameter 1 of function definition must be a variable name (start with $)"},
		{"λ($x, 2){1}", "S0208", 8, "Parameter 2 of function definition must be a variable name (start with $)"},
		{"function($x)", "S0203", 12, "Expected \"{\" before end of expression"},
		{"function($x) 1", "S0202", 14, "Expected \"{\", got 1"},
		{"function($x)<n{1}", "S0202", 15, "Expected \">\", got \"{\""},
		{"function($x)<s<n>>{1}", "S0401", 15, "Type parameters can only be applied to functions and arrays"},
		{"function($x)< (a<n>s) >{1}", "S0402", 14, "Choice groups containing parameterized types are not supported"},
		{"a.1", "S0213", 3, "The literal value 1 cannot be used as a step within a path expression"},
		{"true.b", "S0213", 4, "The literal value true cannot be used as a step within a path expression"},
		{"a.null", "S0213", 6, "The literal value null cannot be used as a step within a path expression"},
		{"a.b.2.c", "S0213", 5, "The literal value 2 cannot be used as a step within a path expression"},
		{"a{\"x\":1}{\"y\":2}", "S0210", 9, "Each step can only have one grouping expression"},
		{"$a{\"x\":1}[0]", "S0209", 10, "A predicate cannot follow a grouping expression in a step"},
		{"a@b", "S0214", 3, "The right side of \"@\" must be a variable name (start with $)"},
		{"a#b", "S0214", 3, "The right side of \"#\" must be a variable name (start with $)"},
		{"a[0]@$x", "S0215", 5, "A context variable binding must precede any predicates on a step"},
		{"a^(b)@$x", "S0216", 6, "A context variable binding must precede the 'order-by' clause on a step"},
		{"%", "S0217", 0, "The object representing the 'parent' cannot be derived from this expression"},
		{"a.%.%", "S0217", 0, "The object representing the 'parent' cannot be derived from this expression"},
		{"$.%", "S0217", 1, "The object representing the 'parent' cannot be derived from this expression"},
		{"a.b.%.%.%", "S0217", 0, "The object representing the 'parent' cannot be derived from this expression"},
		{"\"s\" & %", "S0217", 5, "The object representing the 'parent' cannot be derived from this expression"},
		{"[%]", "S0217", 1, "The object representing the 'parent' cannot be derived from this expression"},
		{"(1).(%.a)", "S0217", 2, "The object representing the 'parent' cannot be derived from this expression"},
		{"$x.%", "S0217", 2, "The object representing the 'parent' cannot be derived from this expression"},
		{"a.(b;1).%", "S0217", 6, "The object representing the 'parent' cannot be derived from this expression"},
		{"// x", "S0301", 1, "Empty regular expressions are not allowed"},
		{"/abc", "S0302", 4, "No terminating / in regular expression"},
		{"/a[/]b", "S0302", 6, "No terminating / in regular expression"},
		{"a ?? b", "S0211", 4, "The symbol \"?\" cannot be used as a unary operator"},
		{"a ? : b", "S0211", 5, "The symbol \":\" cannot be used as a unary operator"},
		{"a ?", "S0207", 3, "Unexpected end of expression"},
		{"é é", "S0201", 5, "Syntax error: \"é\""},
		{"\"😀\" 1", "S0201", 8, "Syntax error: 1"},
		{"/* 😀 */ a b", "S0201", 14, "Syntax error: \"b\""},
		{"$a.b c", "S0201", 6, "Syntax error: \"c\""},
		{"a in", "S0207", 4, "Unexpected end of expression"},
		{"|a|b", "S0203", 4, "Expected \"|\" before end of expression"},
		{"|a", "S0203", 2, "Expected \"|\" before end of expression"},
		{"a^b", "S0202", 3, "Expected \"(\", got \"b\""},
		{"a^(b", "S0203", 4, "Expected \")\" before end of expression"},
		{"a[1", "S0203", 3, "Expected \"]\" before end of expression"},
		{"[1..", "S0203", 4, "Expected \"]\" before end of expression"},
		{"1..2", "S0201", 3, "Syntax error: \"..\""},
		{": 1", "S0211", 1, "The symbol \":\" cannot be used as a unary operator"},
		{"a,b", "S0201", 2, "Syntax error: \",\""},
		{"(;)", "S0211", 2, "The symbol \";\" cannot be used as a unary operator"},
		{"?", "S0211", 1, "The symbol \"?\" cannot be used as a unary operator"},
		{"$f(?", "S0203", 4, "Expected \")\" before end of expression"},
		{"$f(?) ?", "S0207", 7, "Unexpected end of expression"},
		{"and := 1", "S0212", 3, "The left side of := must be a variable name (start with $)"},
		{"function($x){$x}/2", "S0302", 18, "No terminating / in regular expression"},
		{"\"\\uD83D\\uDE00\" \"\\n\"", "S0201", 19, "Syntax error: \"\\n\""},
		{"/ab/i /cd/", "S0207", 10, "Unexpected end of expression"},
		{"a.b.c := 1", "S0212", 4, "The left side of := must be a variable name (start with $)"},
		{"$x{}[0][1]", "S0209", 5, "A predicate cannot follow a grouping expression in a step"},
		{"a[0][1] := 1", "S0212", 5, "The left side of := must be a variable name (start with $)"},
	} {
		tree, err := parseSource(c.src)
		require.NotNil(t, err, c.src)
		require.Nil(t, tree, c.src)
		err.fillMessage()
		require.Equal(t, c.code, err.Code, c.src)
		require.Equal(t, c.message, err.Message, c.src)
		require.Equal(t, c.pos, err.Pos, c.src)
	}
}

// shape writes a tree with brackets around everything that has parts, so that
// a test can see how it was read.
func shape(n *node) string {
	var b strings.Builder
	b.WriteString(plainShape(n))
	for _, flag := range []struct {
		set  bool
		name string
	}{
		{n.keepArray, "!keep"},
		{n.keepSingleton, "!singleton"},
		{n.cons, "!cons"},
		{n.tuple, "!tuple"},
		{n.focus != "", "@" + n.focus},
		{n.index != "", "#" + n.index},
	} {
		if flag.set {
			b.WriteString(flag.name)
		}
	}
	if n.ancestor != nil {
		b.WriteString("<" + n.ancestor.label + ">")
	}
	writeStages(&b, n.predicate, "[", "]")
	writeStages(&b, n.stages, "/[", "]")
	if n.group != nil {
		b.WriteString(pairShapes(n.group.pairs))
	}
	return b.String()
}

func writeStages(b *strings.Builder, stages []stage, open, closed string) {
	for _, s := range stages {
		if s.expr == nil {
			b.WriteString("/#" + s.index)
			continue
		}
		b.WriteString(open + shape(s.expr) + closed)
	}
}

func plainShape(n *node) string {
	switch n.kind {
	case kindPath:
		return "(" + shapes(n.steps, ".") + ")"
	case kindBinary, kindApply:
		return "(" + shape(n.lhs) + " " + n.name + " " + shape(n.rhs) + ")"
	case kindNegate:
		return "(-" + shape(n.expressions[0]) + ")"
	case kindArray:
		return "[" + shapes(n.expressions, ",") + "]"
	case kindObject:
		return pairShapes(n.pairs)
	case kindName:
		return n.name
	case kindLiteral:
		return string(appendJSON(nil, n.literal))
	case kindWildcard:
		return "*"
	case kindDescendant:
		return "**"
	case kindParent:
		return "%" + n.slot.label
	case kindCondition:
		if n.els == nil {
			return "(" + shape(n.condition) + " ? " + shape(n.then) + ")"
		}
		return "(" + shape(n.condition) + " ? " + shape(n.then) + " : " + shape(n.els) + ")"
	case kindBlock:
		return "(" + shapes(n.expressions, ";") + ";)"
	case kindBind:
		return "($" + n.name + " := " + shape(n.rhs) + ")"
	case kindRegexp:
		return "/" + n.source + "/"
	case kindVariable:
		return "$" + n.name
	case kindCall:
		return shape(n.procedure) + "(" + shapes(n.arguments, ",") + ")"
	case kindPartial:
		return "partial " + shape(n.procedure) + "(" + shapes(n.arguments, ",") + ")"
	case kindPlaceholder:
		return "?"
	case kindLambda:
		return "λ(" + strings.Join(n.params, ",") + "){" + shape(n.body) + "}"
	case kindThunk:
		return "thunk{" + shape(n.body) + "}"
	case kindTransform:
		s := "|" + shape(n.pattern) + "|" + shape(n.update)
		if n.delete != nil {
			s += "," + shape(n.delete)
		}
		return s + "|"
	case kindSort:
		var terms []string
		for _, term := range n.terms {
			terms = append(terms, map[bool]string{true: ">", false: "<"}[term.descending]+shape(term.expr))
		}
		return "^" + strings.Join(terms, ",")
	}
	return "kind " + strconv.Itoa(int(n.kind))
}

func shapes(nodes []*node, separator string) string {
	var parts []string
	for _, n := range nodes {
		parts = append(parts, shape(n))
	}
	return strings.Join(parts, separator)
}

func pairShapes(pairs []pair) string {
	var parts []string
	for _, p := range pairs {
		parts = append(parts, shape(p.key)+":"+shape(p.value))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func TestParse(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		// Precedence.
		{"1 + 2 * 3 - 4", "((1 + (2 * 3)) - 4)"},
		{"a or b and c = d", "((a) or ((b) and ((c) = (d))))"},
		{"1 < 2 = true", "((1 < 2) = true)"},
		{"a & b in c", "(((a) & (b)) in (c))"},
		{"a ? b : c ? d : e", "((a) ? (b) : ((c) ? (d) : (e)))"},
		{"$x := $y := 1", "($x := ($y := 1))"},
		{"$x := 1 ~> $f", "($x := (1 ~> $f))"},
		{"a % b % c", "(((a) % (b)) % (c))"},
		{"[1..3, 5]", "[(1 .. 3),5]"},
		{"-a.b", "(-(a.b))"},
		{"- -1", "1"},
		{"-$x[0]", "(-$x[0])"},
		// Names, strings and numbers.
		{"and.or.in", "(and.or.in)"},
		{"`a b`.'c'.\"d\"", "(a b.c.d)"},
		{"'c'", `"c"`},
		{`"\u0041\t\/\u00e9"`, `"A\t/é"`},
		{`"\uD83D\uDE00"`, `"😀"`},
		{"9223372036854775807", "9223372036854775807"},
		{"-9223372036854775808", "-9223372036854775808"},
		{"9223372036854775808", "9223372036854776000"},
		{"[1.50, 1e3, 0.1e-2]", "[1.5,1000,0.001]"},
		{"a/**/./* b */b", "(a.b)"},
		{"$.$$.$a", "($.$$.$a)"},
		{"/a[/]b\\//im", "/a[/]b\\//"},
		// Paths.
		{"a.b.c", "(a.b.c)"},
		{"a.(b.c).d", "(a.((b.c);).d)"},
		{"a.*.**", "(a.*.**)"},
		{"a[0][1].b[c=1]", "(a/[0]/[1].b/[((c) = 1)])"},
		{"$x[0].a", "($x[0].a)"},
		{"a.$x[0]", "(a.$x/[0])"},
		{"a[]", "(a!keep)!keep!singleton"},
		{"a[0][].b", "(a!keep/[0].b)!keep!singleton"},
		{"[a].b.[c]", "([(a)]!cons.b.[(c)]!cons)"},
		{"([a].b)", "(([(a)]!cons.b);)!cons"},
		{"a.b{c: d}", "(a.b){(c):(d)}"},
		{"$x{'k': 1}", `$x{"k":1}`},
		{"a^(>b, <c, d).e", "(a.^>(b),<(c),<(d).e)"},
		{"a@$x.b#$i[0]#$j", "(a!tuple@x.b!tuple#i/[0]/#j)"},
		{"a[0]#$i", "(a!tuple/[0]/#i)"},
		{"$x#$i", "($x!tuple#i)"},
		// Parents.
		{"a.b.%", "(a.b!tuple<!0>.%!0)"},
		{"a.b.c.%.%", "(a.b!tuple<!1>.c!tuple<!0>.%!0.%!1)"},
		{"a.b.(%.x & %.y)", "(a.b!tuple<!0>.(((%!0.x) & (%!0.y));))"},
		{"a.b[%.x]", "(a.b!tuple<!0>/[(%!0.x)])"},
		{"a.(b;c).%", "(a.((b);(c!tuple<!0>)!tuple;)!tuple.%!0)"},
		// Functions.
		{"$f(1, a)", "$f(1,(a))"},
		{"$f(?, 1)", "partial $f(?,1)"},
		{"a.$f().b", "(a.$f().b)"},
		{"function($x, $y) <nn:n> { $x }", "λ(x,y){$x}"},
		{"λ($x){ $f($x) }", "λ(x){thunk{$f($x)}}"},
		{"function(){ $a ? $f() : ($g(); $h()) }", "λ(){($a ? thunk{$f()} : ($g();thunk{$h()};))}"},
		{"function(){ $f()[0] }", "λ(){$f()[0]}"},
		{"function(){ $f(?) }", "λ(){partial $f(?)}"},
		{"| a | {}, 'b' |", `|(a)|{},"b"|`},
		{"a ~> | b | {} | ~> $f", "(((a) ~> |(b)|{}|) ~> $f)"},
		{"()", "(;)"},
		{"(1;)", "(1;)"},
	} {
		tree, err := parseSource(c.src)
		require.Nil(t, err, c.src)
		require.Equal(t, c.want, shape(tree), c.src)
	}
}

func TestPositionsAreJustAfterTheToken(t *testing.T) {
	tree, err := parseSource("é + $f(`b c`)")
	require.Nil(t, err)
	require.Equal(t, 4, tree.pos)
	require.Equal(t, 2, tree.lhs.steps[0].pos)
	require.Equal(t, 8, tree.rhs.pos)
	require.Equal(t, 7, tree.rhs.procedure.pos)
	require.Equal(t, 13, tree.rhs.arguments[0].steps[0].pos)
}

func TestLoneSurrogatesStayApart(t *testing.T) {
	for src, want := range map[string]string{
		`"\uD83D"`:                "\xed\xa0\xbd",
		`"\uDE00\uD83D"`:          "\xed\xb8\x80\xed\xa0\xbd",
		`"\uD83D-\uDE00"`:         "\xed\xa0\xbd-\xed\xb8\x80",
		`"\uD83D\uD83D\uDE00\n"`:  "\xed\xa0\xbd😀\n",
		"\"\\uD83D\xed\xb8\x80\"": "😀",
	} {
		tree, err := parseSource(src)
		require.Nil(t, err, src)
		require.Equal(t, want, tree.literal, src)
	}
}

// Too deeply nested expressions do not compile.
func TestDeepNestingIsAnError(t *testing.T) {
	for _, part := range []string{"(", "[", "{", "-", "|", "function(){", "$f(", "a.(", "a[", "a{", "a^(", "1?", "1?1:", "$x:=", "{'a':"} {
		_, err := parseSource(strings.Repeat(part, 200_000) + "1")
		require.NotNil(t, err, part)
		require.Contains(t, []string{"U1001", "S0211"}, err.Code, part)
	}
	deep := strings.Repeat("(", 900) + "1" + strings.Repeat(")", 900)
	_, err := parseSource(deep)
	require.Nil(t, err)
}

// Operators in a row are not nested.
func TestLongChainsParse(t *testing.T) {
	for _, c := range []struct{ first, more string }{
		{"1", "+1"}, {"a", "+a"}, {"'a'", "&'a'"}, {"a", ".a"}, {"a", "[0]"}, {"a", "[]"}, {"a", " and a"}, {"a", "~>$f"}, {"a", "#$i"}, {"a", "@$i"}, {"1", " /* */"},
	} {
		tree, err := parseSource(c.first + strings.Repeat(c.more, 70_000))
		require.Nil(t, err, c.more)
		require.NotNil(t, tree, c.more)
	}
	require.Equal(t, detail{rare: &noRare}, noDetail)
	require.Equal(t, rare{}, noRare)
}

func TestParentsThatSeekTooLongAreAnError(t *testing.T) {
	_, err := parseSource("a" + strings.Repeat(".a", 5000) + strings.Repeat(".%", 5000))
	require.NotNil(t, err)
	require.Equal(t, "U1001", err.Code)
}

func TestTreeIsBounded(t *testing.T) {
	_, err := parseSource("a" + strings.Repeat(".a[0]{}", 300_000))
	require.NotNil(t, err)
	require.Equal(t, "U1001", err.Code)
}
