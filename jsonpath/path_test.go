package jsonpath

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value"
)

func parseValue(t testing.TB, text string) any {
	t.Helper()
	v, err := value.ParseString(text)
	require.NoError(t, err)
	return v
}

func mustParse(t testing.TB, text string) *Path {
	t.Helper()
	p, err := Parse(text)
	require.NoError(t, err)
	return p
}

func TestRootIsSplitOffFirst(t *testing.T) {
	for _, c := range []struct {
		text     string
		root     Root
		variable string
		isRoot   bool
		steps    string
	}{
		{"$", Input, "", true, ""},
		{" $ ", Input, "", true, ""},
		{"$.x", Input, "", false, "['x']"},
		{"@.x", Input, "", false, "['x']"},
		{"x.y", Input, "", false, "['x']['y']"},
		{".x", Input, "", false, "..['x']"},
		{"$$", Context, "", true, ""},
		{"$$.Execution.Input", Context, "", false, "['Execution']['Input']"},
		{"$$['State'].Name", Context, "", false, "['State']['Name']"},
		{"$x", Variable, "x", true, ""},
		{"$x.y[0]", Variable, "x", false, "['y'][0]"},
		{"$x[1:]", Variable, "x", false, "[1:]"},
		{"$größe_2.x", Variable, "größe_2", false, "['x']"},
		{"$变量", Variable, "变量", true, ""},
		{"$ℓ", Variable, "ℓ", true, ""},
	} {
		t.Run(c.text, func(t *testing.T) {
			p := mustParse(t, c.text)
			require.Equal(t, c.text, p.String())
			require.Equal(t, c.root, p.Root())
			require.Equal(t, c.variable, p.Variable())
			require.Equal(t, c.isRoot, p.IsRoot())
			require.Equal(t, c.steps, writeFragments(p.steps))
		})
	}
}

func TestParseErrorTellsThePlace(t *testing.T) {
	for _, c := range []struct {
		text string // with a # at the place
		msg  string
	}{
		{"", "a path must not be empty"},
		{"  #", "a path must not be empty"},
		{"$x#-y", "Invalid path $x-y"},
		{"$#_x", "Invalid path $_x"},
		{"$#1", "Invalid path $1"},
		{"$$#x", "Invalid path $$x"},
		{"$$#$", "Invalid path $$$"},
		{"$.a[?(@#x == 1)]", "Invalid path $x"},
		{"$.a# b", "Space not allowed in path"},
		{"  $.a# b ", "Space not allowed in path"},
		{"a.b# c", "Space not allowed in path"},
		{"$name.a# b", "Space not allowed in path"},
		{"$.a.#", "a path must not end with '.'"},
		{"$.a#..", "A path can not end with a scan."},
		{"$.a#[]", "Could not analyze path component: []"},
		{`$.a#["b"]`, `Could not analyze path component: ["b"]`},
		{"$.a['b#", "'[' is not closed"},
		{"$.a[0#", "'[' is not closed"},
		{"$.a[:#]", `For input string: ""`},
		{"$.a[#(@.length+1)]", ""},
		{"$.a[?(@.x == 'b#", ""},
		{"$.a[?(@.b# c == 1)]", "Space not allowed in path"},
		{"$.a[?(@.b == 1 && @.c# = 1)]", "Space not allowed in path"},
		{"$.a[?(@.b == #$..c)]", "the predicate path: $..c is not definite"},
		{"$.a[?(@.b == #!@.c)]", "Invalid negation! Can only be used for existence check e.g [?(!@.foo)]"},
		{"$.a[?(@.b =~ /#(?=x)/)]", "the regular expression cannot be used: error parsing regexp: invalid or unsupported Perl syntax: `(?=`"},
		{"$.a[?(@.b =~ /#a)(/)]", ""},
		{"$.a[?(@.b && #&& @.c)]", ""},
		{"$.a[?(@.b ||#)]", ""},
		{"$.a[?(#true)]", "CriteriaType  can not be parsed: a comparison or a path that starts with '@' or '$' is needed"},
	} {
		t.Run(c.text, func(t *testing.T) {
			text := strings.Replace(c.text, "#", "", 1)
			_, err := Parse(text)
			var e *ParseError
			require.ErrorAs(t, err, &e)
			require.Equal(t, text, e.Text)
			if c.msg == "" {
				return // which of two errors comes first is no promise
			}
			require.Equal(t, c.msg, e.Msg)
			require.Equal(t, max(strings.Index(c.text, "#"), 0), e.Offset)
			require.Contains(t, e.Error(), "jsonpath: "+e.Msg)
		})
	}
}

func TestMissTellsThePlace(t *testing.T) {
	root := parseValue(t, `{"a": {"b": 1, "s": "t"}, "n": null, "l": [{"x": 1}, {}, null, "t"]}`)
	for _, c := range []struct {
		path, message string
		kind          Kind
	}{
		{"$.x", "No results for path: $['x']", NotFound},
		{"$.a.x", "No results for path: $['a']['x']", NotFound},
		{"$.x.y.z", "Missing property in path $['x']", NotFound},
		{"$.a.b.c", "Property ['c'] not found in path $['a']['b']", NotFound},
		{"$.n.x", "Property ['x'] not found in path $['n']", NotFound},
		{"$.n[0]", "The path $['n'] is null", NotFound},
		{"$.l[9][0]", "The path $['l'][9] is null", NotFound},
		{"$.l[2][0]", "Filter: [0] can only be applied to arrays. Current context is: null", Invalid},
		{"$.l[3][0]", `Filter: [0] can only be applied to arrays. Current context is: "t"`, Invalid},
		{"$.a.s[0].c", "Filter: [0]['c'] can only be applied to arrays. Current context is: t", Invalid},
		{"$.l[(@.length-3)].x", "No results for path: $['l'][1]['x']", NotFound},
		{"$.l[-1].x", "Property ['x'] not found in path $['l'][-1]", NotFound},
		{"$['a','b'].x", "Multi properties can only be used as path leafs: $['a', 'b']", Invalid},
		{"$.l[0]$.y", "No results for path: $['y']", NotFound},
		{"$.l[0,1].x", "No results for path: $['l'][1]['x']", NotFound},
		{"$.l[0:9].x", "No results for path: $['l'][1]['x']", NotFound},
		{"$.a.s[?(@)]", "Filter: [?] can not be applied to primitives. Current context is: t", Invalid},
		{"$.l[?(@.x > 'one')]", `Character o is neither a decimal digit number, decimal point, nor "e" notation exponential mark.`, Invalid},
		{"$.l[?]", "the filter [?] has no predicate", Invalid},
		{".", "Current path token is a leaf", Invalid},
		{"$$.x", "No results for path: $['x']", NotFound},
		{"$v.x", "No results for path: $['x']", NotFound},
	} {
		t.Run(c.path, func(t *testing.T) {
			p := mustParse(t, c.path)
			_, err := p.Get(root)
			var e *Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, c.message, err.Error())
			require.Equal(t, c.kind, e.Kind)
			_, ok := p.Lookup(root)
			require.False(t, ok)
		})
	}
}

// Ahead of an indefinite step, and right behind one, a missing property is no
// error. Jayway 2.0.0 does so, and not further behind.
func TestMissingPropertyIsForgivenAroundAnIndefiniteStep(t *testing.T) {
	root := parseValue(t, `{"l": [{"a": {}}]}`)
	for path, message := range map[string]string{
		"$.x.y[*]":       "",
		"$.x.y[1:].z":    "",
		"$.l[0,0].x.y":   "",
		"$.l[0,0].a.x.y": "Missing property in path $['l'][0]['a']['x']",
		"$.l[*].a.x.y":   "", // '[*]' over a list forgives everything
		"$.l[*].a.x":     "",
		"$..a.x.y":       "Missing property in path $['l'][0]['a']['x']",
	} {
		got, err := mustParse(t, path).Get(root)
		if message == "" {
			require.NoError(t, err, path)
			require.Equal(t, []any{}, got, path)
			continue
		}
		require.EqualError(t, err, message, path)
	}
}

func TestDefiniteGivesOneValueAndOthersAList(t *testing.T) {
	root := parseValue(t, `{"l": [1, 2, 3], "o": {"a": 1, "b": null, "c": 3}}`)
	for _, c := range []struct {
		path     string
		definite bool
		want     string
	}{
		{"$.l[0]", true, `1`},
		{"$.l[-1]", true, `null`},
		{"$.l[7]", true, `null`},
		{"$.l[(@.length-1)]", true, `3`},
		{"$.o['c','x','a']", true, `{"c":3,"a":1}`},
		{"$.o.b", true, `null`},
		{"$.l[0,2]", false, `[1,3]`},
		{"$.l[1:]", false, `[2,3]`},
		{"$.l[-1:]", false, `[3]`},
		{"$.l[-1:1]", false, `[null,1]`},
		{"$.o.*", false, `[1,null,3]`},
		{"$.l[?(@ > 1)]", false, `[2,3]`},
		{"$..a", false, `[1]`},
		{"$.nothing.here[*]", false, `[]`},
	} {
		t.Run(c.path, func(t *testing.T) {
			p := mustParse(t, c.path)
			require.Equal(t, c.definite, p.Definite())
			got, err := p.Get(root)
			require.NoError(t, err)
			require.Equal(t, c.want, value.String(got))
			got, ok := p.Lookup(root)
			require.True(t, ok)
			require.Equal(t, c.want, value.String(got))
		})
	}
}

func TestNames(t *testing.T) {
	for path, want := range map[string][]string{
		"$":                                nil,
		"$.a":                              {"a"},
		"$$.Execution['Input'].x[0].y":     {"Execution", "Input", "x"},
		"$.a['b','c']":                     {"a"},
		"$[0].a":                           nil,
		"$.a[*].b":                         {"a"},
		"$..a":                             nil,
		"$$.Map.Item.Value[?(@.x == 1)]":   {"Map", "Item", "Value"},
		"$$.Map.Item.Value[?(@.x == $.y)]": nil,                      // the filter needs the whole
		"$$.Map.Item.Value[?($.x)]":        {"Map", "Item", "Value"}, // looks at the item after all
	} {
		require.Equal(t, want, mustParse(t, path).Names(), path)
	}
}

func TestGetFromNamesTheWholePath(t *testing.T) {
	inner := parseValue(t, `{"l": [{"x": 1}], "n": null}`)
	whole := value.ObjectOf(value.Member{Key: "a", Value: value.ObjectOf(value.Member{Key: "b", Value: inner})})
	for _, path := range []string{
		"$.a.b", "$.a.b.l[0].x", "$.a.b.l[*].x", "$.a.b.x", "$.a.b.x.y", "$.a.b.n.x", "$.a.b.n[0]", "$.a.b.l[0].y",
		"$.a.b.l[0,0].y", "$.a.b..x", "$.a.b[0]", "$.a.b.*", "$.a.b[?(@.l)].n",
	} {
		p := mustParse(t, path)
		want, wantErr := p.Get(whole)
		got, err := p.GetFrom(inner, 2)
		require.Equal(t, wantErr, err, path)
		require.True(t, value.Identical(want, got), path)
	}
	p := mustParse(t, "$.l")
	for _, skip := range []int{-1, 0} {
		got, err := p.GetFrom(inner, skip)
		require.NoError(t, err)
		require.Equal(t, `[{"x":1}]`, value.String(got))
	}
	got, err := p.GetFrom(inner, 99)
	require.NoError(t, err)
	require.Equal(t, inner, got, "no more than all names can be skipped")
}

func TestDefinitePathAllocatesNothing(t *testing.T) {
	root := parseValue(t, `{"a": {"l": [{"b": "x"}, 2]}}`)
	for _, text := range []string{"$", "$.a.l[0].b", "$['a'].l[(@.length-1)]", "$.a.l[9]", "$.a.missing", "$.a.l.x"} {
		p := mustParse(t, text)
		require.Zero(t, testing.AllocsPerRun(100, func() { p.Lookup(root) }), text)
	}
	p := mustParse(t, "$.a.l[0].b")
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if _, err := p.Get(root); err != nil {
			t.Fatal(err)
		}
	}))
}

func TestPathIsSafeForConcurrentUse(t *testing.T) {
	root := parseValue(t, `{"l": [{"n": 1}, {"n": 2}]}`)
	p := mustParse(t, "$.l[?(@.n > 1)]..n")
	done := make(chan string)
	for range 8 {
		go func() {
			got, _ := p.Get(root)
			done <- value.String(got)
		}()
	}
	for range 8 {
		require.Equal(t, "[2]", <-done)
	}
}

func TestEvaluationIsBounded(t *testing.T) {
	var deep any = int64(1)
	for range 2 * value.MaxDepth {
		deep = []any{deep}
	}
	wide := make([]any, 3000)
	for i := range wide {
		wide[i] = value.ObjectOf(value.Member{Key: "a", Value: wide[:i%7]})
	}
	nested := any(int64(1))
	for range 200 {
		nested = []any{nested, nested == nil}
	}
	for _, c := range []struct {
		name, path string
		root       any
		message    string
	}{
		{"depth", "$..a", deep, "The value nests too deep in path $[0][0]"},
		{"places", "$..*..*..*..*", nested, "The path looks at too many places in path $[0]"},
		{"nulls before a list", "$[-2147483648:1]", wide, "The slice starts too far before the list in path $"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := mustParse(t, c.path).Get(c.root)
			require.ErrorContains(t, err, c.message)
			var e *Error
			require.True(t, errors.As(err, &e))
			require.Equal(t, Invalid, e.Kind)
		})
	}
}

func TestParsingIsBounded(t *testing.T) {
	const n = 200_000
	for name, text := range map[string]string{
		"steps":              "$" + strings.Repeat(".a", n),
		"reference steps":    "$" + strings.Repeat("[0]", n),
		"open brackets":      "$" + strings.Repeat("[", n),
		"open filters":       "$" + strings.Repeat("[?(@", n),
		"nested filters":     "$" + strings.Repeat("[?(@", n) + strings.Repeat(")]", n),
		"quotes":             "$['" + strings.Repeat("','", n),
		"comparisons":        "$[?(@.a" + strings.Repeat("&&", n),
		"indexes":            "$[" + strings.Repeat("1,", n),
		"colons":             "$[" + strings.Repeat("1:", n),
		"space":              "$" + strings.Repeat(" ", n) + "x",
		"regular expression": "$[?(@ =~ /" + strings.Repeat("(", n) + "/)]",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(text)
			require.Error(t, err)
			_, err = ParseReference(text)
			require.Error(t, err)
		})
	}
	_, err := Parse("$" + strings.Repeat(".a", maxSteps))
	require.NoError(t, err)
}

// Property names the first property that is missing, wherever that is.
func TestPropertyThatIsMissing(t *testing.T) {
	for _, c := range []struct{ root, path, want string }{
		{`{}`, "$.a", "a"},
		{`{"a":{}}`, "$.a.b.c", "b"},
		{`{"a":"s"}`, "$['a']['b c']", "b c"},
		{`{"a":null}`, "$.a[0]", ""},
		{`{"a":1}`, "$.a[0]", ""},
	} {
		p, err := Parse(c.path)
		require.NoError(t, err)
		root, err := value.ParseString(c.root)
		require.NoError(t, err)
		_, err = p.Get(root)
		var e *Error
		require.ErrorAs(t, err, &e, c.path)
		require.Equal(t, c.want, e.Property(), c.path)
	}
}
