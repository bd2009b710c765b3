package jsonpath

import (
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value"
)

// FuzzParseGet feeds any text to both parsers, and what they accept to every
// method, on a few documents: nothing panics, and the methods agree.
func FuzzParseGet(f *testing.F) {
	for _, seed := range []string{
		"$", "$$.State.Name", "$name.a[0]", "$.a['b'].c", "$.list[*].n", "$..n", "$.list[?(@.n > 1 && @.s =~ /a.*/i)].s",
		"$.list[-1:]", "$.list[(@.length-1)]", "$['a','n']", `$.a\.b`, "$..[0].x", "$.list[0,1]", "$.list[1:2:3]", "$[?", "$['a",
		"$.list[?(@.n==$.n || !@.s)]", "@.x", ".", "$.l[?(@ == 'a\\'b')]", "$[?(1e5 < 2)]", "$.list[-2147483648:1]",
	} {
		f.Add(seed)
	}
	var documents []any
	for _, text := range []string{
		`{"a":{"b":{"c":42},"x":null},"list":[{"n":1,"s":"a'b"},{"n":2.5},{"s":null},3,[4],null,"t"],"n":12345678901234567890,"s":"1e5"}`,
		`[[1,[2]],{"a":"x"},null,true]`, `"text"`, `null`, `{}`,
	} {
		v, err := value.ParseString(text)
		require.NoError(f, err)
		documents = append(documents, v)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse(text)
		checkParse(t, Parse, text, p, err)
		r, refErr := ParseReference(text)
		checkParse(t, ParseReference, text, r, refErr)
		for _, document := range documents {
			before := value.String(document)
			checkEval(t, p, document)
			checkEval(t, r, document)
			require.Equal(t, before, value.String(document), "the document changed")
		}
	})
}

func checkParse(t *testing.T, parse func(string) (*Path, error), text string, p *Path, err error) {
	if err != nil {
		var e *ParseError
		require.ErrorAs(t, err, &e)
		require.Equal(t, text, e.Text)
		require.True(t, 0 <= e.Offset && e.Offset <= len(text), "%d is not in %q", e.Offset, text)
		require.NotEmpty(t, e.Error())
		return
	}
	require.Equal(t, text, p.String())
	again, err := parse(p.String())
	require.NoError(t, err)
	require.Equal(t, p.Root(), again.Root())
	require.Equal(t, p.Variable(), again.Variable())
	require.Equal(t, p.Definite(), again.Definite())
	require.Equal(t, writeFragments(p.steps), writeFragments(again.steps))
	require.Equal(t, p.Root() == Variable, p.Variable() != "")
}

func checkEval(t *testing.T, p *Path, document any) {
	if p == nil {
		return
	}
	got, err := p.Get(document)
	looked, ok := p.Lookup(document)
	require.Equal(t, err == nil, ok)
	if err != nil {
		require.Nil(t, got)
		require.NotEmpty(t, err.Error())
	} else {
		require.True(t, value.Identical(got, looked))
		_, isList := got.([]any)
		require.True(t, p.Definite() || isList)
	}
	checkSkip(t, p, document, got, err)
	checkSet(t, p, document)
}

// checkSkip follows the leading names by hand.
func checkSkip(t *testing.T, p *Path, document, want any, wantErr error) {
	v := document
	for i, name := range p.Names() {
		o, _ := v.(*value.Object)
		if !o.Has(name) {
			return
		}
		v, _ = o.Get(name)
		got, err := p.GetFrom(v, i+1)
		require.Equal(t, wantErr == nil, err == nil)
		if err == nil {
			require.True(t, value.Identical(want, got))
		} else {
			require.Equal(t, wantErr.Error(), err.Error())
		}
	}
}

func checkSet(t *testing.T, p *Path, document any) {
	set, err := p.Set(document, "new")
	if err != nil {
		var e *Error
		require.True(t, errors.As(err, &e))
		require.Equal(t, Invalid, e.Kind)
		if utf8.ValidString(p.String()) {
			require.Contains(t, err.Error(), p.String())
		}
		return
	}
	got, err := p.Get(set)
	require.NoError(t, err)
	require.Equal(t, "new", got)
}
