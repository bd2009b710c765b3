package jsonpath

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseReference(t *testing.T) {
	for _, c := range []struct {
		text, steps string
		root        Root
	}{
		{"$", "", Input},
		{"$$", "", Context},
		{"$name", "", Variable},
		{"$name.list[0]", "['list'][0]", Variable},
		{"$$.Execution.Input", "['Execution']['Input']", Context},
		{"$.store.book", "['store']['book']", Input},
		{`$.store\.book`, "['store.book']", Input},
		{`$.\stor\e.boo\k`, "['store']['book']", Input},
		{"$.store.book.title", "['store']['book']['title']", Input},
		{`$.foo.\.bar`, "['foo']['.bar']", Input},
		{`$.foo\@bar.baz\[\[.\?pretty`, "['foo@bar']['baz[[']['?pretty']", Input},
		{"$.&Ж中.𐍆", "['&Ж中']['𐍆']", Input},
		{"$.ledgers.branch[0].pending.count", "['ledgers']['branch'][0]['pending']['count']", Input},
		{"$.ledgers[0][22][315].foo", "['ledgers'][0][22][315]['foo']", Input},
		{"$['store']['book']", "['store']['book']", Input},
		{"$['store'][0]['book']", "['store'][0]['book']", Input},
		{"$.['a'].b", "['a']['b']", Input},
		{"$['a, b*?@:']", "['a, b*?@:']", Input},
		{`$['a\b']`, `['a\b']`, Input},
	} {
		t.Run(c.text, func(t *testing.T) {
			p, err := ParseReference(c.text)
			require.NoError(t, err)
			require.Equal(t, c.text, p.String())
			require.Equal(t, c.root, p.Root())
			require.True(t, p.Definite())
			require.Equal(t, c.steps, writeFragments(p.steps))
		})
	}
}

func TestParseReferenceRefuses(t *testing.T) {
	for _, c := range []struct {
		text   string
		offset int
		msg    string
	}{
		{"", 0, "Reference path didn't start with '$'"},
		{"a", 0, "Reference path didn't start with '$'"},
		{" $.a", 0, "Reference path didn't start with '$'"},
		{"$.a[*]", 3, "a Reference Path has one name or one index in brackets: ['name'] or [0]"},
		{"$.a[0,1]", 3, "a Reference Path has one name or one index in brackets: ['name'] or [0]"},
		{"$.a[1:]", 3, "a Reference Path has one name or one index in brackets: ['name'] or [0]"},
		{"$.a[-1]", 3, "a Reference Path has one name or one index in brackets: ['name'] or [0]"},
		{"$.a[?(@.b)]", 3, "a Reference Path has one name or one index in brackets: ['name'] or [0]"},
		{"$.a[]", 3, "a Reference Path has one name or one index in brackets: ['name'] or [0]"},
		{"$.a[99999999999]", 4, `For input string: "99999999999"`},
		{"$['a','b']", 1, "a Reference Path names one place, and a quoted name has no single quote in it"},
		{"$['a'", 1, "[' is not closed"},
		{"$['", 1, "[' is not closed"},
		{"$..a", 2, "a name must follow '.'"},
		{"$.", 2, "a name must follow '.'"},
		{"$.*", 2, `a Reference Path must not have '*' in a name, unless behind '\' or in ['...']`},
		{"$.a b", 3, `a Reference Path must not have ' ' in a name, unless behind '\' or in ['...']`},
		{"$v.a?", 4, `a Reference Path must not have '?' in a name, unless behind '\' or in ['...']`},
		{`$.a\`, 4, `a character must follow '\'`},
		{"$['a']b", 6, "a Reference Path goes on with '.' or '['"},
		{"$_x", 1, "a Reference Path goes on with '.' or '['"},
	} {
		t.Run(c.text, func(t *testing.T) {
			_, err := ParseReference(c.text)
			require.Equal(t, &ParseError{Text: c.text, Offset: c.offset, Msg: c.msg}, err)
		})
	}
}
