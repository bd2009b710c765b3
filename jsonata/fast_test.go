package jsonata

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	goparser "go/parser"
	gotoken "go/token"
	"math/rand"
	randv2 "math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/race"
	"github.com/gostates/gostates/value"
)

// A fastCase is evaluated with the short cuts of fast_*.go and without.
type fastCase struct {
	expr  string
	input any
	vars  Bindings // nil for the input as $states.input
	limit Limits
}

// difference compares the results and errors of both ways. It returns "" if
// they are the same, or if a limit of memory or steps ends one: a short cut
// needs less of either.
func (c fastCase) difference() string {
	return bothWays(c.expr).difference(c)
}

// compiled is an expression, or why it has none, and the calls of its function host.
type compiled struct {
	*Expr
	err   error
	calls int64
}

// twice is an expression that is compiled with the short cuts and without.
type twice struct{ fast, general *compiled }

func bothWays(expr string) twice {
	compile := func(general bool) *compiled {
		c := &compiled{}
		host := MustFunction("", func(*Call, []any) (any, error) { c.calls++; return c.calls, nil })
		c.Expr, c.err = Compile(expr, Options{generalOnly: general, Functions: map[string]*Function{"host": host}})
		return c
	}
	return twice{compile(false), compile(true)}
}

// difference is that of a case of this expression.
func (e twice) difference(c fastCase) string {
	fast, fastErr := c.eval(e.fast)
	general, generalErr := c.eval(e.general)
	if isExhausted(fastErr) || isExhausted(generalErr) {
		return ""
	}
	a, b := describe(fast, fastErr), describe(general, generalErr)
	if a == b {
		return ""
	}
	return fmt.Sprintf("%s\n\tinput   %s\n\tfast    %s\n\tgeneral %s", clip(c.expr), clip(value.String(c.input)), clip(a), clip(b))
}

func (c fastCase) eval(e *compiled) (any, error) {
	if e.err != nil {
		return nil, e.err
	}
	e.calls = 0
	env := Env{
		Vars:  c.vars,
		Clock: func() time.Time { return time.UnixMilli(1e12) },
		Rand:  randv2.New(randv2.NewPCG(1, 1)).Float64,
	}
	if c.vars == nil {
		env.Vars = value.ObjectOf(value.Member{Key: "states", Value: value.ObjectOf(value.Member{Key: "input", Value: c.input})})
	}
	if paths, ok := c.vars.(pathVars); ok {
		return e.Eval(c.input, struct {
			pathVars
			Sources
		}{paths, env}, &c.limit)
	}
	return e.Eval(c.input, env, &c.limit)
}

// isExhausted reports whether steps or memory ran out. Depth is the same both ways.
func isExhausted(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == "U1001" && !strings.HasPrefix(e.Message, "Stack overflow")
}

// describe tells apart all that a caller can: the types of numbers and the
// fields of errors.
func describe(v any, err error) string {
	var e *Error
	switch {
	case errors.As(err, &e):
		return fmt.Sprintf("%s at %d, token %q, value %s: %s", e.Code, e.Pos, e.Token, describe(e.Value, nil), e.Message)
	case err != nil:
		return "not an *Error: " + err.Error()
	}
	switch v := v.(type) {
	case *Lambda:
		return "a function"
	case float64:
		return "float64 " + strconv.FormatFloat(v, 'g', -1, 64)
	case []any:
		var b strings.Builder
		for _, item := range v {
			b.WriteString(describe(item, nil) + ", ")
			if b.Len() > 1<<12 {
				break
			}
		}
		return "[" + b.String() + "]"
	case *value.Object:
		var b strings.Builder
		for key, item := range v.All() {
			b.WriteString(key + ": " + describe(item, nil) + ", ")
			if b.Len() > 1<<12 {
				break
			}
		}
		return "{" + b.String() + "}"
	}
	return fmt.Sprintf("%T %v", v, v)
}

var smallLimits = Limits{Steps: 50_000, TotalBytes: 4 << 20}

var fastInputs = []string{
	`{"a": {"b": [{"c": 1, "d": "x"}, {"c": 2}]}, "c": [3, null, 1.5, "é😀", true], "n": 7, "s": "t"}`,
	`{"a": [{"b": {"c": 2, "d": 9007199254740993}}, {"b": []}], "b": {"c": 9223372036854775807}, "c": -0.5, "n": null, "s": false}`,
	`[{"a": 1, "b": 2.5, "c": 4}, {"a": -3, "b": "x", "c": [1, 2]}, [{"a": 5}]]`,
	`5`,
}

// These are rarely made up. testStrings reads them.
var _ = []string{
	`$reduce([1], function($acc, $i){ 1 / ((1e308 * 1e308) ? 1) + $acc + $i }, 0)`, // an error without a name of its own
	`[$sum(a.($host() * none)), $host()]`,                                          // no number to add
	`0.5 * 2 + 9223372036854775806`, `-(-0.5 * 2) - 9223372036854775807`,
	`{"k": 1, "k": 2}`, `{"k": 1, "2": 2, "1": 3}`,
	`1/0 & "a" & "b"`, `"a" & 1/0 & "b"`, `"a" & "b" & 1/0`,
}

// Each string of the tests that is an expression gives the same with the short
// cuts and without.
func TestShortCutsGiveTheSameOnOwnCases(t *testing.T) {
	race.OneGoroutine(t)
	sources := testStrings(t)
	require.Greater(t, len(sources), 1000)
	for _, src := range sources {
		e := bothWays(src)
		for _, text := range fastInputs {
			if d := e.difference(fastCase{expr: src, input: parsed(t, text), limit: smallLimits}); d != "" {
				t.Error(d)
			}
		}
		if d := e.difference(fastCase{expr: src, input: Undefined, vars: Vars{"x": int64(3), "a": 1.5}, limit: smallLimits}); d != "" {
			t.Error(d)
		}
	}
}

// testStrings returns the strings in the files of tests that compile, and the
// expressions of testdata.
func testStrings(t *testing.T) []string {
	seen := map[string]bool{}
	var sources []string
	add := func(src string) {
		if _, err := Compile(src, Options{}); err == nil && !seen[src] {
			seen[src] = true
			sources = append(sources, src)
		}
	}
	files, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	for _, name := range files {
		f, err := goparser.ParseFile(gotoken.NewFileSet(), name, nil, goparser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(f, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == gotoken.STRING {
				s, err := strconv.Unquote(lit.Value)
				require.NoError(t, err)
				add(s)
			}
			return true
		})
	}
	pictures, err := os.ReadFile(filepath.Join("testdata", "pictures.txt"))
	require.NoError(t, err)
	for line := range bytes.Lines(pictures) {
		expr, _, _ := bytes.Cut(line, []byte("\t"))
		add(string(bytes.TrimSpace(expr)))
	}
	return sources
}

// The official suite gives the same with the short cuts and without.
func TestShortCutsGiveTheSameOnSuite(t *testing.T) {
	race.OneGoroutine(t)
	for _, c := range readSuite(t) {
		limits := Limits{Steps: 10_000_000, Depth: maxNesting, ValueBytes: 1 << 30, TotalBytes: 1 << 30}
		vars := Bindings(Vars{})
		if o, ok := c.bindings.(*value.Object); ok {
			vars = o
		}
		if d := (fastCase{expr: c.expr, input: c.input, vars: vars, limit: limits}).difference(); d != "" {
			t.Errorf("%s/%s: %s", c.group, c.id, d)
		}
	}
}

// An exprMaker makes up expressions of the forms that have short cuts.
type exprMaker struct{ *rand.Rand }

func (m exprMaker) pick(list ...string) string { return list[m.Intn(len(list))] }

func (m exprMaker) field() string { return m.pick("a", "b", "c", "d", "n", "s", "f", "big", "none") }

// bare makes expressions without parentheses: of variables, which need no state.
func (m exprMaker) bare(depth int) string {
	if depth == 0 {
		return m.pick("$v", "$big", "$states.input."+m.field(), "$o.a", "$o.n", "$o.b.a", "$states.input.a.b.c", "1", "-2", "true", `"t"`, "4000000000", m.field())
	}
	return m.bare(depth-1) + " " + m.pick("+", "-", "*", "*", "=", "!=", "<", "<=", ">", ">=", "and", "or", "? 1 :", "? $v = 3 :", "? -4", "&", "/", "in") + " " + m.bare(depth-1)
}

func (m exprMaker) path() string {
	p := m.pick("$i", "$acc", "$states.input", "$states.input", "$v", "$o", "$", m.field(), "$l", "$none", "$big")
	for range m.Intn(4) {
		p += "." + m.field()
	}
	return p + m.pick("", "", "", "", "[0]", "[]", "[n > 1]", "[a = 1 and s]")
}

func (m exprMaker) operand(depth int) string {
	if depth <= 0 || m.Intn(3) == 0 {
		return m.pick(m.path(), m.path(), m.pick("$i.n", "$i.a", "$i.f", "n", "a", "f", "$acc", "$i"), m.pick("$i.n", "n"), "1", "2", "0", "-3", "2.5", "-0.5", "9223372036854775807", "-9223372036854775808", "1e308", `"t"`, "true", "null", "$acc", "$i", "[1, 2]")
	}
	a, b := m.operand(depth-1), m.operand(depth-1)
	switch m.Intn(12) {
	case 0, 1, 2, 3:
		return "(" + a + m.pick(" + ", " - ", " * ", " / ", " % ") + b + ")"
	case 4, 5:
		return "(" + a + m.pick(" = ", " != ", " < ", " <= ", " > ", " >= ", " in ") + b + ")"
	case 6:
		return "(" + a + m.pick(" and ", " or ") + b + ")"
	case 7:
		return "(" + a + " ? " + b + m.pick("", " : "+m.operand(depth-1)) + ")"
	case 8:
		return m.pick("-", "$not", "$exists", "$string", "$random() * $string", "$host") + "(" + a + ")"
	case 9:
		return "(" + a + " & " + b + " & " + m.operand(depth-1) + ")"
	case 10:
		return m.pick(`{"k": `, `{"k": 1, "1": `, `{"2": 2, "1": `) + a + `, "l": ` + b + "}." + m.field()
	}
	return "($x := " + a + "; $x" + m.pick(" + ", " = ", " & ") + b + ")"
}

func (m exprMaker) expression() string {
	if m.Intn(3) == 0 {
		return m.bare(2)
	}
	list := m.pick("$l", "$states.input.list", "list", "[1..4]", "[1, 2.5, -3]", `[1, "x"]`, "$none", "[0.5, -0.5]", "big", "$v", "$shuffle($l)", "$shuffle($l).n", `$shuffle(["x", "y", 1, 2])`)
	switch m.Intn(6) {
	case 0:
		return "$sum(" + list + m.pick(".", ".list.") + m.pick(m.field(), "("+m.operand(2)+")") + ")"
	case 1:
		f := m.pick("function($acc, $i)", "λ($i, $acc)", "function($acc, $x)") + "{" + m.operand(3) + "}"
		return "$reduce(" + list + ", " + f + ", " + m.pick("0", "1", "0.5", `"s"`, "-0.5", "9223372036854775806", m.path()) + ")"
	case 2:
		return "$map(" + list + ", function($i){" + m.operand(3) + "})"
	case 3:
		return list + m.pick("[", ".(", "{s: $sum(", "^(") + m.operand(2)
	}
	return m.operand(4)
}

// closed adds the brackets that an expression lacks at its end.
func closed(src string) string {
	for _, end := range []string{"", "]", ")", ")}"} {
		if _, err := Compile(src+end, Options{}); err == nil {
			return src + end
		}
	}
	return "1"
}

// Made-up expressions give the same with the short cuts and without.
func TestShortCutsGiveTheSameOnMadeUpExpressions(t *testing.T) {
	race.OneGoroutine(t)
	const item = `{"a": 1, "b": {"a": 2, "n": 3}, "c": [1, {"a": 4}], "n": 2, "s": "t", "f": 2.5, "big": 9223372036854775807}`
	input := parsed(t, `{"a": {"b": {"c": 5, "f": -0.5, "n": null}}, "b": true, "c": false, "d": [], "n": 7, "s": "t", "f": 1.5,
		"big": 9223372036854775807, "list": [`+item+`, `+item+`, {"a": -1, "n": -2, "f": -0.5, "list": [{"n": 1}]}]}`)
	list := parsed(t, `[`+item+`, {"n": 1.5, "a": 0, "f": 0.25}, {"a": -9223372036854775808, "n": -1, "f": 4}]`)
	vars := Vars{
		"states": value.ObjectOf(value.Member{Key: "input", Value: input}), "o": parsed(t, item), "v": int64(3), "l": list,
		"big": int64(1) << 62, "go": []int{1, 2}, "acc": 1.0,
	}
	m := exprMaker{rand.New(rand.NewSource(1))}
	for range 10_000 {
		src := closed(m.expression())
		e := bothWays(src)
		for _, bindings := range []Bindings{vars, pathVars{vars}} {
			if d := e.difference(fastCase{expr: src, input: input, vars: bindings, limit: smallLimits}); d != "" {
				t.Fatal(d)
			}
		}
	}
}

// pathVars are bindings that know parts of $states.
type pathVars struct{ Vars }

func (v pathVars) Path(name string, fields []string) (any, int) {
	if name != "states" || fields[0] != "input" {
		return nil, 0
	}
	o, _ := v.Vars["states"].(*value.Object)
	in, _ := o.Get("input")
	return in, 1
}

// FuzzShortCuts checks that the short cuts change neither a result nor an error.
func FuzzShortCuts(f *testing.F) {
	for _, s := range fuzzSeeds {
		for _, text := range fastInputs {
			f.Add(s, text)
		}
	}
	m := exprMaker{rand.New(rand.NewSource(2))}
	for range 100 {
		f.Add(closed(m.expression()), fastInputs[0])
	}
	f.Fuzz(func(t *testing.T, src, text string) {
		input, err := value.Read([]byte(text), value.ReadOptions{MaxDepth: 50})
		if err != nil {
			input = Undefined
		}
		if d := (fastCase{expr: src, input: input, limit: smallLimits}).difference(); d != "" {
			t.Fatal(d)
		}
	})
}

// The short cuts of calls are for the standard functions only.
func TestShortCutsAreForStandardFunctions(t *testing.T) {
	for _, src := range []string{
		`$sum(l.(n * 2))`, `$reduce(l.n, function($a, $i){ $a + $i })`, `$reduce(l.n, function($a, $i){ $a + $i }, 0)`,
		`($reduce := function($l, $f, $n){ $n }; $reduce(l.n, function($a, $i){ $a + $i }, 7))`,
		`($sum := function($l){ $count($l) }; $sum(l.(n * 2)))`,
	} {
		for _, vars := range []Bindings{Vars{}, Vars{"sum": int64(1), "reduce": MustFunction("", func(_ *Call, args []any) (any, error) { return args[2], nil })}} {
			c := fastCase{expr: src, input: parsed(t, `{"l": [{"n": 1}, {"n": 2}]}`), vars: vars, limit: smallLimits}
			require.Empty(t, c.difference())
		}
	}
}

// A date without a picture is written as with isoPicture.
func TestShortCutOfTimestampsWritesTheSame(t *testing.T) {
	race.OneGoroutine(t)
	r := rand.New(rand.NewSource(1))
	for range 10_000 {
		date := (r.Float64() - 0.4) * 2 * 8.64e15 / float64(int(1)<<r.Intn(16))
		zones := []any{Undefined, "+0000", "+0530", "-0800", "+1400", "-0030", "12", "9999", "12345", "x"}
		zone := zones[r.Intn(len(zones))]
		write := func(picture any) string {
			v, err := MustCompile(`$fromMillis($date, $picture, $zone)`).Eval(nil, Vars{"date": date, "picture": picture, "zone": zone}, nil)
			return describe(v, err)
		}
		require.Equal(t, write(isoPicture), write(Undefined), "%v %v", date, zone)
	}
}

// Arguments that fit a signature one to one are taken as the search for a fit
// takes them.
func TestShortCutOfSignaturesTakesTheSame(t *testing.T) {
	values := []any{Undefined, nil, true, int64(1), 2.5, "s", []any{}, []any{int64(1)}, []any{"a", "b"}, []any{int64(1), "a"}, newSequence(int64(1)), &value.Object{}, standard["sum"]}
	r := rand.New(rand.NewSource(1))
	for _, f := range standard {
		if !f.sig.plain {
			continue
		}
		for range 500 {
			args := make([]any, r.Intn(len(f.sig.params)+1))
			for i := range args {
				args[i] = values[r.Intn(len(values))]
			}
			if !f.sig.fitsDirectly(args) {
				continue
			}
			context := values[r.Intn(len(values))]
			take := func(how func(args []any, context any) []any) (text string) {
				defer func() {
					if e, ok := recover().(*Error); ok {
						text = describe(nil, e.fillMessage())
					}
				}()
				return fmt.Sprint(how(append([]any(nil), args...), context))
			}
			require.Equal(t, take(f.sig.matchArgs), take(f.sig.completeDirectly), "%s %v", f.name, args)
		}
	}
}

// BenchmarkShortCuts shows what each short cut gains: go test -bench ShortCuts ./jsonata
func BenchmarkShortCuts(b *testing.B) {
	items := make([]any, 100)
	for i := range items {
		items[i] = value.ObjectOf(value.Member{Key: "n", Value: int64(i)}, value.Member{Key: "f", Value: float64(i) / 4})
	}
	input := value.ObjectOf(value.Member{Key: "n", Value: int64(3)}, value.Member{Key: "a", Value: value.ObjectOf(value.Member{Key: "b", Value: "x"})}, value.Member{Key: "l", Value: items})
	var vars Bindings = Vars{"states": value.ObjectOf(value.Member{Key: "input", Value: input})}
	for _, c := range []struct{ name, expr string }{
		{"variables", `$states.input.n * 2 < 10`},
		{"fields", `a.b & a.b & a.b`},
		{"number", `$map(l, function($i){ $i.n * $i.n + $i.f })`},
		{"sum", `$sum(l.(n * f))`},
		{"object", `{"a": n, "b": "x", "c": true}`},
		{"repeat", `$map(l, function($i){ $i })`},
		{"reduce", `$reduce(l, function($acc, $i){ $acc + $i.n }, 0)`},
	} {
		for _, general := range []bool{false, true} {
			name, e := "fast", MustCompile(c.expr)
			if general {
				name = "general"
				e, _ = Compile(c.expr, Options{generalOnly: true})
			}
			b.Run(c.name+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := e.Eval(input, vars, nil); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
	for name, expr := range map[string]string{"timestamp/fast": `$fromMillis(1e12)`, "timestamp/general": `$fromMillis(1e12, "` + isoPicture + `")`} {
		e := MustCompile(expr)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.Eval(nil, nil, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	sig, args := mustSignature("<s-nn?:s>"), []any{"s", int64(1), Undefined}
	for name, take := range map[string]func([]any, any) []any{"signature/fast": sig.validateArgs, "signature/general": sig.matchArgs} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				take(args, nil)
			}
		})
	}
}

// The host gets the parts of a path that it can look up, and of nothing else.
func TestPathHasTheParts(t *testing.T) {
	for src, want := range map[string][]string{
		`$v`: {"v"}, `$states.input.a`: {"states", "input", "a"}, `($v.a)`: {""}, `$`: {""}, `$$`: {""}, `$$.a`: {""}, `$.a`: {""}, `a.b`: {""},
		`$v.*`: {""}, `$v.a[0]`: {""}, `$v[0].a`: {""}, `$v.a[]`: {""}, `$v.a.$b`: {""}, `$v.a = 1`: {""}, `$v{"a": b}`: {""}, `$v@$i.a`: {""}, `$v.a^(b)`: {""}, `$v := 1`: {""}, `$v()`: {""}, `1`: {""},
		"$v.`a b`": {"v", "a b"}, `$v."a"`: {"v", "a"},
	} {
		e, err := Compile(src, Options{})
		require.NoError(t, err, src)
		variable, names := e.Path()
		require.Equal(t, want, append([]string{variable}, names...), src)
	}
}
