package jsonpath

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value"
)

func TestFilter(t *testing.T) {
	root := parseValue(t, `{
		"l": [{"n": 1, "s": "one"}, {"n": 2.0, "s": "it's", "t": true}, {"n": null, "s": "null"}, {"s": "10", "t": "TRUE"}],
		"num": 2, "o": {"n": 3}, "big": [12345678901234567890], "dec": [0.1, 1e3, 9007199254740993]}`)
	for _, c := range []struct{ rule, path, want string }{
		{"an equal number", "$.l[?(@.n == 2)].s", `["it's"]`},
		{"a number in quotes equals a number", "$.l[?(@.n == '2')].s", `["it's"]`},
		{"a bare number equals a text", "$.l[?(@.s == 10)].s", `["10"]`},
		{"numbers are compared as decimals", "$.dec[?(@ == 0.10)]", `[0.1]`},
		{"whatever their exponent", "$.dec[?(@ == 1E+3)]", `[1000.0]`},
		{"exactly", "$.dec[?(@ > 9007199254740992)]", `[9007199254740993]`},
		{"a number past 64 bits cannot be compared", "$.big[?(@ > 1)]", `[]`},
		{"missing is not unequal", "$.l[?(@.n != 1)].s", `["it's","null"]`},
		{"null equals null", "$.l[?(@.n == null)].s", `["null"]`},
		{"so does the text null", "$.l[?(@.s == null)].s", `["null"]`},
		{"a boolean in quotes", "$.l[?(@.t == 'TRUE')].s", `["it's","10"]`},
		{"a bare word is a text", "$.l[?(@.s == one)].n", `[1]`},
		{"double quotes never match", `$.l[?(@.s == "one")].n`, `[]`},
		{"a quote in a text", `$.l[?(@.s == 'it\'s')].n`, `[2.0]`},
		{"texts are ordered", "$.l[?(@.s > 'o')].n", `[1]`},
		{"the right side may be a path", "$.l[?(@.n == $.num)].s", `["it's"]`},
		{"a literal on the left is no number", "$.l[?(2 == @.n)].s", `[]`},
		{"existence", "$.l[?(@.n)].s", `["one","it's"]`},
		{"no existence", "$.l[?(!@.n)].s", `["null","10"]`},
		{"and binds tighter than or", "$.l[?(@.n==1 || @.n==2 && @.t==true)].s", `["one","it's"]`},
		{"on both sides", "$.l[?(@.n==2 && @.t==true || @.n==1)].s", `["one","it's"]`},
		{"parentheses are ignored", "$.l[?((@.n==1 || @.n==2) && @.t==true)].s", `["one","it's"]`},
		{"a negated parenthesis matches nothing", "$.l[?(!(@.n==1))].s", `[]`},
		{"a pattern matches the whole text", "$.l[?(@.s =~ /ON/i)].s", `[]`},
		{"without regard to case", "$.l[?(@.s =~ /ON./i)].s", `["one"]`},
		{"and a number's text", "$.l[?(@.n =~ /2.0/)].s", `["it's"]`},
		{"an object is tested itself", "$.o[?(@.n == 3)]", `[{"n":3}]`},
		{"not its members", "$[?(@.n == 3)]", `[]`},
		{"chains", "$.l[?(@.n)][?(@.t)].n", `[2.0]`},
		{"lists equal nothing", "$[?(@.l == [])].num", `[]`},
		{"not even themselves", "$[?(@.l == @.l)].num", `[]`},
		{"unless from the root", "$[?($.l == $.l)].num", `[2]`},
	} {
		t.Run(c.rule, func(t *testing.T) {
			got, err := mustParse(t, c.path).Get(root)
			require.NoError(t, err)
			require.Equal(t, c.want, value.String(got))
		})
	}
}

// What is on the right is evaluated first: only where that does not decide, the
// comparison that fails is reached.
func TestFilterIsEvaluatedFromRightToLeft(t *testing.T) {
	root := parseValue(t, `{"l": [{"n": 1, "s": "one"}]}`)
	for path, fails := range map[string]bool{
		"$.l[?(@.n == one && @.s == two)]": false,
		"$.l[?(@.s == two && @.n == one)]": true,
		"$.l[?(@.n == one || @.s == one)]": false,
		"$.l[?(@.s == one || @.n == one)]": true,
	} {
		_, err := mustParse(t, path).Get(root)
		require.Equal(t, fails, err != nil, path)
	}
}

func TestFilterFailsOnWhatItCannotCompare(t *testing.T) {
	root := parseValue(t, `{"n": 1, "s": "t", "z": null, "a": [], "b": true, "f": 0.5, "big": 12345678901234567890, "long": 12345678901}`)
	const notNumber = ` is neither a decimal digit number, decimal point, nor "e" notation exponential mark.`
	for _, c := range []struct{ filter, message string }{
		{"@.n == 'x'", "Character x" + notNumber},
		{"@.n == '1é'", "Character é" + notNumber},
		{"@.n == ''", "null"},
		{"@.n == '-'", "No digits found."},
		{"@.n == '1.2.3'", "Character array contains more than one decimal point."},
		{"@.n == '1e'", "null"},
		{"@.n == '1e5.5'", "Not a digit."},
		{"@.n == '1e9999999999'", "Exponent overflow."},
		{"@.n == '1234567890123456789x'", `Character array is missing "e" notation exponential mark.`},
		{"@.n == $.s", "Character t" + notNumber},
		{"@.s[0] == 1", "Filter: [0] can only be applied to arrays. Current context is: t"},
		{"@.s[0]", "Filter: [0] can only be applied to arrays. Current context is: t"},
		{"@.s =~ 't'", "class java.lang.String cannot be cast to class java.util.regex.Pattern"},
		{"@.s =~ $.n", "class java.lang.Integer cannot be cast to class java.util.regex.Pattern"},
		{"@.s =~ $.b", "class java.lang.Boolean cannot be cast to class java.util.regex.Pattern"},
		{"@.s =~ $.f", "class java.lang.Double cannot be cast to class java.util.regex.Pattern"},
		{"@.s =~ $.long", "class java.lang.Long cannot be cast to class java.util.regex.Pattern"},
		{"@.s =~ $.big", "class com.fasterxml.jackson.databind.node.BigIntegerNode cannot be cast to class java.util.regex.Pattern"},
		{"@.s =~ $.a", "class com.fasterxml.jackson.databind.node.ArrayNode cannot be cast to class java.util.regex.Pattern"},
		{"@.s =~ $", "class com.fasterxml.jackson.databind.node.ObjectNode cannot be cast to class java.util.regex.Pattern"},
		{"@.s =~ $.z", "=~ needs a regular expression, not null"},
	} {
		t.Run(c.filter, func(t *testing.T) {
			_, err := mustParse(t, "$[?("+c.filter+")]").Get(root)
			require.EqualError(t, err, c.message)
			require.Equal(t, Invalid, err.(*Error).Kind)
		})
	}
}

func TestDecimalsCompareByValue(t *testing.T) {
	ascending := []string{"-1e3", "-12.5", "-12.05", "-0.001", "0", "0.001", "0.01", "1", "1.0001", "9.99", "10", "12.05", "12.5", "1e3", "1e2147483647"}
	for i, a := range ascending {
		for j, b := range ascending {
			x, problem := parseDecimal(a)
			require.Empty(t, problem)
			y, _ := parseDecimal(b)
			c := x.compareDecimal(y)
			require.Equal(t, i < j, c < 0, "%s and %s", a, b)
			require.Equal(t, i == j, c == 0, "%s and %s", a, b)
		}
	}
	for _, same := range [][]string{
		{"0", "-0", "0.0", ".0", "0e9", "+0", "-0.000"},
		{"10", "1e1", "010", "10.", "10.00", "100e-1", ".1e2", "+10"},
		{"0.05", ".05", "5e-2", "00.050"},
	} {
		for _, text := range same {
			a, _ := parseDecimal(same[0])
			b, problem := parseDecimal(text)
			require.Empty(t, problem)
			require.Zero(t, a.compareDecimal(b), text)
		}
	}
}

func TestTextsCompareByUTF16Units(t *testing.T) {
	ascending := []string{"", "a", "a\U0001F600", "a\uffee", "b", "\U0001F600", "\U0001F601", "\uffee"}
	for i, a := range ascending {
		for j, b := range ascending {
			c := compareUTF16(a, b)
			require.Equal(t, i < j, c < 0, "%q and %q", a, b)
			require.Equal(t, i == j, c == 0, "%q and %q", a, b)
		}
	}
}
