package intrinsics

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value"
)

// The first three are recorded. A place is written line:column here.
func TestJacksonErrors(t *testing.T) {
	place := regexp.MustCompile("\\[Source: REDACTED \\(`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled\\); line: (\\d+), column: (\\d+)\\]")
	const anyValue = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
	for text, want := range map[string]string{
		`{no: 1}`:       "Unexpected character ('n' (code 110)): was expecting double-quote to start field name at 1:2",
		`[1, {"b": [2]`: "Unexpected end-of-input: expected close marker for Object (start marker at 1:5) at 1:14",
		`nothing`:       "Unrecognized token 'nothing': was expecting " + anyValue + " at 1:8",

		"[1,\n tru]":     "Unrecognized token 'tru': was expecting " + anyValue + " at 2:5",
		`[NaN]`:          "Non-standard token 'NaN': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow at 1:5",
		`'x'`:            "Unexpected character (''' (code 39)): expected a valid value " + anyValue + " at 1:1",
		`“x”`:            "Unexpected character ('“' (code 8220 / 0x201c)): expected a valid value " + anyValue + " at 1:1",
		`[1 2]`:          "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries at 1:4",
		`[1}`:            "Unexpected close marker '}': expected ']' (for Array starting at 1:1) at 1:3",
		`[1,`:            "Unexpected end-of-input within/between Array entries at 1:4",
		`[1,}`:           "Unexpected character ('}' (code 125)): expected a value at 1:4",
		`{"a" 1}`:        "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value at 1:6",
		`{"a":`:          "Unexpected end-of-input within/between Object entries at 1:6",
		`{"a`:            "Unexpected end-of-input in field name at 1:4",
		`{"a": "b`:       "Unexpected end-of-input: was expecting closing quote for a string value at 1:9",
		"\"a\tb\"":       "Illegal unquoted character ((CTRL-CHAR, code 9)): has to be escaped using backslash to be included in string value at 1:3",
		`"\x"`:           "Unrecognized character escape 'x' (code 120) at 1:3",
		`012`:            "Invalid numeric value: Leading zeroes not allowed at 1:2",
		`{"a": [{}, {}]`: "Unexpected end-of-input: expected close marker for Object (start marker at 1:1) at 1:15",
		"[\r1,\r\n😀":     "Unexpected character ('\uFFFD' (code 55357 / 0xd83d)): expected a valid value " + anyValue + " at 3:1",
		`[1-2]`:          "Unexpected character ('-' (code 45)): was expecting comma to separate Array entries at 1:3",
		`[truely]`:       "Unrecognized token 'truely': was expecting " + anyValue + " at 1:8",
		`"\`:             "Unexpected end-of-input in character escape sequence at 1:3",
		`[12e, no]`:      "",
		`[1e999]`:        "",
		`"\u00g0"`:       "",
		`1 2`:            "",
		``:               "",
	} {
		got := strings.ReplaceAll(problemOf(t, text), "\n", "")
		require.Equal(t, want, place.ReplaceAllString(got, "$1:$2"), text)
	}
}

func problemOf(t *testing.T, text string) string {
	_, err := value.ParseString(text)
	var syntax *value.SyntaxError
	require.ErrorAs(t, err, &syntax)
	return jacksonError(text, syntax.Offset)
}

// Whatever a text is, and wherever it stops being JSON, nothing panics.
func FuzzJackson(f *testing.F) {
	for _, text := range []string{`{"a": [1, -2.5e3, "\u00e9\n", null], "b": {}}`, `[true,false]`, `{bad}`, `"\`, ` 0`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := value.ParseString(text); err != nil {
			problemOf(t, text)
		}
	})
}
