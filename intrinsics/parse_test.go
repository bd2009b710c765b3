package intrinsics_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/intrinsics"
	"github.com/gostates/gostates/value"
)

func nested(depth int) string {
	return strings.Repeat("States.Array(", depth) + strings.Repeat(")", depth)
}

// The place of each error is marked by ¦ in the text.
func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`¦`, `end of the call where a call such as States.Format('{}', $.x) should be`},
		{`¦$.x`, `'$' where a call such as States.Format('{}', $.x) should be`},
		{`¦States.Foo()`, `unknown function States.Foo`},
		{`¦states.format('x')`, `unknown function states.format: it is written States.Format`},
		{`States.UUID¦`, `end of the call where '(' should follow States.UUID`},
		{`States.UUID¦ ()`, `' ' where '(' should follow States.UUID`},
		{`States.UUID()¦)`, `unexpected ')' after the call`},
		{`States.Array($.a) ¦trailing`, `unexpected 't' after the call`},
		{`States.Array(¦`, `the call ends where an argument of States.Array should be`},
		{`States.Array(1¦`, `end of the call where ',' or ')' should follow an argument of States.Array`},
		{`States.Array(1 ¦2)`, `'2' where ',' or ')' should follow an argument of States.Array`},
		{`States.Array(1, ¦)`, `')' where an argument of States.Array should be`},
		{`States.Array(¦, 1)`, `',' where an argument of States.Array should be`},
		{`States.Array(¦é)`, `'é' where an argument of States.Array should be`},
		{`States.Array(¦"x")`, `a string must be in single quotes`},
		{`States.Array(¦[1])`, `an array or object cannot be written as an argument: use a path, States.Array or States.StringToJson`},
		{`States.Array(¦hello)`, `hello is not an argument: a string must be in single quotes, and a path begins with $`},
		{`States.Array(¦None)`, `None is not an argument: a string must be in single quotes, and a path begins with $`},
		{`States.Array(¦order.id)`, `order.id is not a function: a path begins with $`},
		{`¦order.id`, `order.id is not a function: a path begins with $`},
		{`¦total(1)`, `unknown function total`},
		{`¦States.UUID1`, `unknown function States.UUID1, similar to States.UUID`},
		{`¦States.Fromat('x')`, `unknown function States.Fromat, similar to States.Format`},
		{`States.Array(1.¦)`, `1. is not a number: the JSON ends where a digit should be`},
		{`States.Array(¦.5)`, `'.' where an argument of States.Array should be`},
		{`States.Array(1, ¦01)`, `01 is not a number: a number must not start with 0`},
		{`States.Array(¦1e400)`, `1e400 is not a number: the number 1e400 is out of range`},
		{`States.Array(1, ¦'abc)`, `the string that begins here has no closing quote`},
		{`States.Array(¦'abc\')`, `the string that begins here has no closing quote`},
		{`States.Array('a¦\nb')`, `a backslash in a string must precede ', {, } or \, not 'n'`},
		{`States.StringToJson('{"text":"An ¦\"escaped double quote\" here"}')`, `a backslash in a string must precede ', {, } or \, not '"'`},
		{`States.Array(1, $.a[¦"b"])`, ``},
		{strings.Repeat("States.Array(", 10) + "¦" + nested(1) + strings.Repeat(")", 10), `calls nest deeper than 10`},
		{`States.Array(0` + strings.Repeat(",0", 999) + `,¦0)`, `a call must not have more than 1000 arguments in all`},
	} {
		offset := strings.Index(c.text, "¦")
		text := strings.Replace(c.text, "¦", "", 1)
		_, err := intrinsics.Parse(text)
		var failed *intrinsics.ParseError
		require.ErrorAs(t, err, &failed, text)
		require.Equal(t, text, failed.Text)
		if c.want == "" { // the path's own message and place
			require.Contains(t, failed.Msg, "the path ", text)
			require.Greater(t, failed.Offset, offset-10, text)
			continue
		}
		require.Equal(t, c.want, failed.Msg, text)
		require.Equal(t, offset, failed.Offset, text)
	}
}

func TestParseErrorTellsItAll(t *testing.T) {
	_, err := intrinsics.Parse(`States.Array(1 2)`)
	require.EqualError(t, err, `intrinsics: '2' where ',' or ')' should follow an argument of States.Array (at offset 15 of "States.Array(1 2)")`)
}

func TestNestingUpToTen(t *testing.T) {
	v, err := eval(t, nested(10), `{}`)
	require.NoError(t, err)
	require.Equal(t, strings.Repeat("[", 10)+strings.Repeat("]", 10), value.String(v))
}

// Where a path ends, between other arguments.
func TestPathArguments(t *testing.T) {
	for _, path := range []string{
		`$`, `$$`, `$name`, `$.a`, `$$.Execution.Input`, `$x.y[0]`,
		`$['a,b']`, `$['a)']`, `$['it'].x`, `$['a\']`, `$.a[0,1]`, `$.a[1:3]`, `$.a-b`, `$.a[*].b`, `$..a`,
		`$.a[(@.length-1)]`, `$.length()`,
		`$.a[?(@.b == 'x, y')]`, `$.a[?(@.b == ')')]`, `$.a[?(@.b == 'it\'s)')]`,
		`$.a[?(@.b[0] == 1 && @.c)]`, `$.a[?(@.b =~ /x,y/)]`,
	} {
		for _, text := range []string{
			`States.Array(` + path + `)`,
			`States.Array('a', ` + path + ` , ` + path + `,')')`,
			`States.Array(States.Array(` + path + ` ))`,
		} {
			c, err := intrinsics.Parse(text)
			require.NoError(t, err, text)
			for p := range c.Paths() {
				require.Equal(t, path, p.String(), text)
			}
		}
	}
}

func TestPathsInTheOrderOfTheText(t *testing.T) {
	c, err := intrinsics.Parse(`States.Array($.a, States.Format('{}', $$.b), $c, 1, '$.no')`)
	require.NoError(t, err)
	var got []string
	for p := range c.Paths() {
		got = append(got, p.String())
	}
	require.Equal(t, []string{"$.a", "$$.b", "$c"}, got)
	for range c.Paths() {
		break // stops at once
	}
}

func TestReturnsString(t *testing.T) {
	var got []string
	for _, call := range []string{
		`States.Array()`, `States.ArrayContains($, 1)`, `States.ArrayGetItem($, 0)`, `States.ArrayLength($)`,
		`States.ArrayPartition($, 1)`, `States.ArrayRange(0, 1, 1)`, `States.ArrayUnique($)`, `States.Base64Decode('')`,
		`States.Base64Encode('')`, `States.Format('')`, `States.Hash('', 'MD5')`, `States.JsonMerge($, $, false)`,
		`States.JsonToString($)`, `States.MathAdd(1, 1)`, `States.MathRandom(0, 1)`, `States.StringSplit('', '')`,
		`States.StringToJson('')`, `States.UUID()`,
	} {
		c, err := intrinsics.Parse(call)
		require.NoError(t, err)
		require.Equal(t, call, c.String())
		require.True(t, strings.HasPrefix(call, c.Function()+"("))
		if c.ReturnsString() {
			got = append(got, strings.TrimPrefix(c.Function(), "States."))
		}
	}
	slices.Sort(got)
	require.Equal(t, []string{"ArrayGetItem", "Base64Decode", "Base64Encode", "Format", "Hash", "JsonToString", "UUID"}, got)
}
