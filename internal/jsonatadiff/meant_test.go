package jsonatadiff

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// meant are the differences to jsonata-js that are there on purpose.
var meant = []struct {
	reason string
	fits   func(c diffCase, got, want outcome) bool
}{
	{
		"jsonata-js itself fails with an exception of JavaScript, which no other implementation can have",
		func(_ diffCase, got, want outcome) bool { return want.kind == "native" && got.kind != "panic" },
	},
	{
		"a string of a number beyond int64 has the shortest digits that read back, as on AWS, which runs a JVM; jsonata-js rounds it to 15 digits, and what is too large then becomes null",
		func(_ diffCase, got, want outcome) bool {
			return got.kind == "result" && want.kind == "result" && got.text() != want.text() && rounded(got.text()) == rounded(want.text())
		},
	},
	{
		"$pad adds at most 262,144 characters, as on AWS",
		func(c diffCase, got, _ outcome) bool {
			return got.code == "U1001" && strings.Contains(c.expr, "$pad(")
		},
	},
	{
		"integers are exact inside int64; JavaScript has doubles, and $string has 15 digits of them",
		func(_ diffCase, got, want outcome) bool {
			return got.kind == want.kind && got.code == want.code && got.position == want.position &&
				longNumber.MatchString(got.text()) && shortened(got.text()) == shortened(want.text())
		},
	},
	{
		"functions are functions; jsonata-js lets through that it keeps them in objects, in closures once they were arguments, and that these have a source and a truth of their own",
		func(c diffCase, got, want outcome) bool {
			seen := want.text()
			return got.kind != "panic" && (strings.Contains(seen, `_jsonata_`) || strings.Contains(seen, `async function`) ||
				slices.Contains(aboutFunctions, c.expr) || functionAsData.MatchString(c.expr))
		},
	},
	{
		"some errors have no place in jsonata-js, such as those of a function without arguments right of ~>",
		func(_ diffCase, got, want outcome) bool {
			return want.kind == "error" && want.code[0] != 'S' && want.position == 0 && want.token == "" &&
				got.code == want.code && got.message == want.message
		},
	},
	{
		"an error in a function's body is where it happens, not at the call of that function",
		func(c diffCase, got, want outcome) bool {
			return got.code == want.code && got.message == want.message && got.token == want.token && calls(c.expr, want.position)
		},
	},
	{
		"a partial application of a standard function checks no types in jsonata-js, and what comes of wrong ones is JavaScript's; $string, which has a default, has none at all",
		func(c diffCase, got, want outcome) bool {
			return partialOfStandard.MatchString(c.expr) && got.kind != "panic"
		},
	},
	{
		"a chain of functions has no functions inside that one could see",
		func(c diffCase, got, want outcome) bool {
			return got.code == want.code && got.message == want.message && (want.token == "f" || want.token == "g") && strings.Contains(c.expr, "~>")
		},
	},
	{
		"jsonata-js puts undefined into empty arrays of the input, where it builds an object over one",
		func(c diffCase, got, want outcome) bool {
			return strings.Contains(c.expr, "{") && got.kind == "result" && want.kind == "result" &&
				strings.ReplaceAll(want.text(), "[null]", "[]") == strings.ReplaceAll(got.text(), "[null]", "[]")
		},
	},
	{
		"integers have no negative zero",
		func(c diffCase, got, want outcome) bool {
			return strings.Contains(c.expr, "-0") && strings.ReplaceAll(want.text(), "-Infinity", "Infinity") == strings.ReplaceAll(got.text(), "-Infinity", "Infinity")
		},
	},
	{
		"objects have no prototype",
		func(c diffCase, got, _ outcome) bool {
			return got.kind != "panic" && strings.Contains(c.expr, "__proto__")
		},
	},
}

// calls reports whether a position is that of a call: after its parenthesis, or
// before it if the call is in a tail position.
func calls(expr string, position int) bool {
	if position <= 0 || position > len(expr) {
		return false
	}
	return expr[position-1] == '(' || position < len(expr) && expr[position] == '('
}

// partialOfStandard finds a standard function that is called with a gap.
var partialOfStandard = regexp.MustCompile(`\$[a-z]\w+\(([^()]*, *)?\?[,)]`)

// functionAsData finds a function as the first argument of a function on data.
var functionAsData = regexp.MustCompile(`^\$(filter|single|map|reduce)\((\$\w+|function.*\}|/\S+/), `)

// aboutFunctions are other expressions that do things with functions that one
// does not do.
var aboutFunctions = []string{
	`{"a": 1} ~> |$|function($x) {$x}|`, `{"a": 1} ~> |$|$uppercase|`, `($uppercase).**`, `(function($x) {$x}).**`,
	`($uppercase).*`, `(function($x) {$x}).*`, `($uppercase)*.a`, `(function($x) {$x})*.a`,
}

// excuse says why a difference is meant; nothing if it is not.
func excuse(c diffCase, got, want outcome) string {
	for _, m := range meant {
		if m.fits(c, got, want) {
			return m.reason
		}
	}
	return ""
}

var anyNumber = regexp.MustCompile(`\d+(\.\d+)?(e\+\d+)?`)

// rounded writes all numbers beyond int64 in a text with 15 digits.
func rounded(s string) string {
	return anyNumber.ReplaceAllStringFunc(s, func(number string) string {
		f, err := strconv.ParseFloat(number, 64)
		if err != nil || f < 1<<63 {
			return number
		}
		short := strconv.FormatFloat(f, 'e', 14, 64)
		if _, err := strconv.ParseFloat(short, 64); err != nil {
			return "null" // infinite
		}
		return short
	})
}

var longNumber = regexp.MustCompile(`\d{16,}`)

// shortened rounds all long numbers in a text to 14 digits.
func shortened(s string) string {
	return longNumber.ReplaceAllStringFunc(s, func(digits string) string {
		f, _ := strconv.ParseFloat(digits, 64)
		return strconv.FormatFloat(f, 'e', 13, 64)
	})
}
