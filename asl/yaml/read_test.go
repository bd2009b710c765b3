package yaml_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/asl/yaml"
)

// The values of YAML that JSON has otherwise.
func TestValues(t *testing.T) {
	for text, want := range map[string]string{
		"End: true":                          `{"End":true}`,
		"[True, FALSE, yes, no, on, Off, y]": `[true,false,"yes","no","on","Off","y"]`,
		"on: 1":                              `{"on":1}`,
		"1: a\ntrue: b\n1.50: c":             `{"1":"a","true":"b","1.50":"c"}`,
		"[null, ~, Null, '']":                `[null,null,null,""]`,
		"a:":                                 `{"a":null}`,
		"[12345678901234567890123, 1.10, -0, +7, .5, 5., -.5e3, 1.E+2, 1e3]":   `[12345678901234567890123,1.10,-0,7,0.5,5,-0.5e3,1E+2,1e3]`,
		"[0x1F, 0o17, 0123, -01, 1_000, 1:30, .inf, .NaN, 0xG]":                `[31,15,"0123","-01","1_000","1:30",".inf",".NaN","0xG"]`,
		`["12", '12', !!str 12, ! 12, !!int "12"]`:                             `["12","12","12","12",12]`,
		"[2020-01-01, 2020-01-01T00:00:00Z, 12:30:45]":                         `["2020-01-01","2020-01-01T00:00:00Z","12:30:45"]`,
		"a: |\n  {% $x\n    + 1 %}\nb: >-\n  {% $x\n  + 1 %}\n":                `{"a":"{% $x\n  + 1 %}\n","b":"{% $x + 1 %}"}`,
		"a: \"\\u00e4\\t\\\"\\\n  x\"":                                         `{"a":"ä\t\"x"}`,
		"a: &x {b: 1}\nc: *x\nd: [*x]":                                         `{"a":{"b":1},"c":{"b":1},"d":[{"b":1}]}`,
		"a: &x {b: 1, c: 2}\nd:\n  c: 3\n  <<: *x\n  e: 4":                     `{"a":{"b":1,"c":2},"d":{"c":3,"e":4,"b":1}}`,
		"a: {<<: [{b: 1}, {b: 2, c: 3}], c: 4}":                                `{"a":{"c":4,"b":1}}`,
		"'<<': 1":                                                              `{"<<":1}`,
		"!Sub '${A}-x'":                                                        `{"Fn::Sub":"${A}-x"}`,
		"!Ref 12":                                                              `{"Ref":"12"}`,
		"!Condition c":                                                         `{"Condition":"c"}`,
		"[!GetAtt a.b.c, !GetAtt a, !GetAtt [a, b]]":                           `[{"Fn::GetAtt":["a","b.c"]},{"Fn::GetAtt":["a"]},{"Fn::GetAtt":["a","b"]}]`,
		"!Join [':', [a, !Ref b]]":                                             `{"Fn::Join":[":",["a",{"Ref":"b"}]]}`,
		"!If [c, {a: 1}, !Ref AWS::NoValue]":                                   `{"Fn::If":["c",{"a":1},{"Ref":"AWS::NoValue"}]}`,
		"\ufeffa: b # comment\n# another\n":                                    `{"a":"b"}`,
		"a: 1\r\nb: 2\r\n":                                                     `{"a":1,"b":2}`,
		"a: 1\n---\n":                                                          `{"a":1}`,
		"a: 1\n---\n# c\n---\n---\n":                                           `{"a":1}`,
		"%YAML 1.2\n---\na: 1":                                                 `{"a":1}`,
		"# c\r\n\r\n%YAML 1.2 # d\r\n---\r\na: 1":                              `{"a":1}`,
		"%YAML 1.1\n---\na: 1":                                                 `{"a":1}`,
		"!!map {a: !!seq [!!float 1, !!null '', !!bool \"true\", !!int 0x1F]}": `{"a":[1,null,true,31]}`,
		"--- # c\na: 1\n...\n":                                                 `{"a":1}`,
		"":                                                                     `null`,
		"# nothing":                                                            `null`,
		"{\n\t\"a\":\t[1]\n}":                                                  `{"a":[1]}`,
	} {
		d, err := yaml.Read([]byte(text))
		require.NoError(t, err, text)
		require.Equal(t, want, string(d.JSON), text)
		require.True(t, json.Valid(d.JSON), text)
	}
}

// What cannot be read is refused with the place.
func TestErrors(t *testing.T) {
	laughs := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	merges := "a0: &a0 {x: 1}\n"
	for i := range 9 {
		laughs += fmt.Sprintf("a%d: &a%[1]d [%s]\n", i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 10), ", "))
		merges += fmt.Sprintf("a%d: &a%[1]d {<<: [%s]}\n", i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 10), ", "))
	}
	// Empty mappings that are merged many times, and members that are merged at many levels.
	empty := "a0: &a0 {}\n"
	for i, n := range []int{300, 300, 300} {
		empty += fmt.Sprintf("a%d: &a%[1]d {<<: [%s]}\n", i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), n), ", "))
	}
	var wide strings.Builder
	for i := range 5_000 {
		fmt.Fprintf(&wide, "k%d: 1, ", i)
	}
	deep := strings.Repeat("{<<: ", 900) + "{" + wide.String() + "}" + strings.Repeat("}", 900)
	for text, want := range map[string]string{
		empty:                        `aliases and merge keys expand to more than 262144 members`,
		deep:                         `aliases and merge keys expand to more than 262144 members`,
		"a: 1\n---\n---\nb: 2":       `4:1: INVALID_JSON_DESCRIPTION: not valid YAML: a second document begins here: a file has one`,
		"a: 1\n---\n---\nb: [":       `not valid YAML: `,
		"---\n---\nb: 2":             `3:1: INVALID_JSON_DESCRIPTION: not valid YAML: a second document begins here, after an empty one: a file has one`,
		"# c\n---\n# d\n---\n- b":    `5:1: INVALID_JSON_DESCRIPTION: not valid YAML: a second document begins here, after an empty one: a file has one`,
		"a: !!int abc":               `1:4: INVALID_JSON_DESCRIPTION: not valid YAML: "abc" is not a value of the tag !!int`,
		"a: !!int 1.5":               `"1.5" is not a value of the tag !!int`,
		"a:\n- !!bool \"yes\"":       `2:3: INVALID_JSON_DESCRIPTION: not valid YAML: "yes" is not a value of the tag !!bool`,
		"a: !!float true":            `"true" is not a value of the tag !!float`,
		"a: !!null x":                `"x" is not a value of the tag !!null`,
		"a: !!binary aGk=":           `1:4: INVALID_JSON_DESCRIPTION: not valid YAML: the tag !!binary is not supported here`,
		"a: !!set {b, c}":            `the tag !!set is not supported here`,
		"a: !!str [b]":               `the tag !!str is not supported here`,
		"a: !x-y b":                  `the tag !x-y is not supported here`,
		"a: 1\nb: 2\na: 3":           `3:1: INVALID_JSON_DESCRIPTION: not valid YAML: the key "a" is in this mapping already, in line 1`,
		"x:\n  - 'a': 1\n    a: 2":   `3:5: INVALID_JSON_DESCRIPTION: not valid YAML: the key "a" is in this mapping already, in line 2`,
		"a: 1\n---\nb: 2":            `3:1: INVALID_JSON_DESCRIPTION: not valid YAML: a second document begins here: a file has one`,
		"a:\n\tb: 1":                 `2:1: INVALID_JSON_DESCRIPTION: not valid YAML: while scanning for the next token: found character that cannot start any token`,
		"é: é: c":                    `1:7: INVALID_JSON_DESCRIPTION: not valid YAML: mapping values are not allowed in this context`,
		"a: 'x":                      `1:6: INVALID_JSON_DESCRIPTION: not valid YAML: while scanning a quoted scalar: found unexpected end of stream`,
		"a: [1,\nb: [2":              `did not find expected`,
		"a: *b":                      `1:4: INVALID_JSON_DESCRIPTION: not valid YAML: unknown anchor 'b' referenced`,
		"a: &a [*a]":                 `nested deeper than 1000`,
		"a: &a\n  <<: *a":            `1:4: INVALID_JSON_DESCRIPTION: not valid YAML: merge keys are nested deeper than 1000`,
		"a:\n  <<: 1":                `2:7: INVALID_JSON_DESCRIPTION: not valid YAML: << must have a mapping, or a list of mappings`,
		"? [a]\n: 1":                 `1:3: INVALID_JSON_DESCRIPTION: not valid YAML: a key must be a string`,
		"~: 1":                       `1:1: INVALID_JSON_DESCRIPTION: not valid YAML: a key must be a string, not null`,
		"a: \xff":                    `1:4: INVALID_JSON_DESCRIPTION: not valid YAML: YAML must be UTF-8`,
		"\xff\xfea\x00":              `1:1: INVALID_JSON_DESCRIPTION: not valid YAML: YAML must be UTF-8`,
		"%YAML 3.0\n---\na: 1":       `found incompatible YAML document`,
		strings.Repeat("[", 100_000): `exceeded max depth`,
		laughs:                       `aliases expand to more than 2 MiB`,
		merges:                       `aliases and merge keys expand to more than 262144 members`,
	} {
		_, err := yaml.Read([]byte(text))
		var list asl.ErrorList
		require.ErrorAs(t, err, &list, "%.100s", text)
		require.Len(t, list, 1)
		require.Contains(t, list.Error(), want)
		require.LessOrEqual(t, list[0].Pos.Offset, len(text))
	}
}

// Each part of the JSON leads to the place in the YAML text, also within strings.
func TestOffsets(t *testing.T) {
	text := "\ufeff# é\n" +
		"plain:   it's ÄQ1 fine\n" +
		"'single''s': 'it''s Q2'\n" +
		"double: \"\\u00e4 \\\"\\\n   Q3\"\n" +
		"literal: |2 # c\n" +
		"    a\n" +
		"  Q4\n" +
		"folded: !!str &x >-\n" +
		"  a\n" +
		"  b\r\n" +
		"\r\n" +
		"  \"Q5\"\n" +
		"list: [1, true, {Q6: *x}, \"\u2028\"]\n" +
		"many: a\n" +
		"  b Q7\n" +
		"tagged: !Sub |\n" +
		"  x ${Q8}\n" +
		"last: Q9\n"
	d, err := yaml.Read([]byte(text))
	require.NoError(t, err)
	for i := 1; i <= 9; i++ {
		name := fmt.Sprintf("Q%d", i)
		at := strings.Index(string(d.JSON), name)
		require.Positive(t, at, name)
		require.Equal(t, strings.Index(text, name), d.Offset(at), name)
		require.Equal(t, strings.Index(text, name)+1, d.Offset(at+1), name)
	}
	for json, yaml := range map[string]string{`"plain"`: "plain", `"single's"`: "'single", `1,true`: "1, true", `true`: "true", `{"Q6"`: "{Q6", `[1,`: "[1", `"it's`: "it's ÄQ1", `{"Fn::Sub"`: "!Sub"} {
		require.Equal(t, strings.Index(text, yaml), d.Offset(strings.Index(string(d.JSON), json)), json)
	}
	alias := strings.Index(string(d.JSON), `"Q6":`) + 5
	require.Equal(t, strings.Index(text, "*x"), d.Offset(alias))
	require.Equal(t, strings.Index(text, "  a\n  b\r")+2, d.Offset(alias+1))
}

// Each character of a value that is not white space leads to the same one in the text, also
// where lines are folded, and where comments come before it.
func TestOffsetsInScalars(t *testing.T) {
	for _, text := range []string{
		"Output: &x # note\n  \"{% QQQ %}\"",
		"a: !!str # it's\n  # and more\n  'QQQ'",
		"a: !!str # it's\n  QQQ",
		"a: !!str &x # \"\n  'QQQ'",
		"a: &x\n  # c\n  # d\n  !!str # e\n  \"QQQ\"",
		"- \"{% 1 +\\ \n\n   \\ QQQ %}\"",
		"- \"a\\\n\n\n   b \\\n  QQQ\"",
		"- \"a\\\r\n\r\n   b \\\r\n  QQQ\"",
		"- \"a  \\t  \n\n \\  b\t\n \n\\nQQQ\"",
		"- \"a \u0085 b \u2028 c\u0085\u0085\u2029\n d\\\u0085 QQQ\"",
		"- 'a''  b\n\n\n c ''\n d \u0085 e\u2028f QQQ'",
		"- a  b\n\n\n  c\n  d \u0085 e\n  QQQ",
		"- |\n  a \u0085  b\n\n  c \u2028  d\n  QQQ",
		"- >\n  a\n  b\n\n   c \u0085  d\u2029  QQQ",
		"- \"\\x41\\u00e4\\U0001F600\\/\\\"QQQ\"",
	} {
		d, err := yaml.Read([]byte(text))
		require.NoError(t, err, "%q", text)
		at := strings.Index(string(d.JSON), "QQQ")
		require.Positive(t, at, "%q", text)
		for i := range 3 {
			require.Equal(t, strings.Index(text, "QQQ")+i, d.Offset(at+i), "%q %s", text, d.JSON)
		}
	}
}

// A placeholder without quotes may stand for a number.
func TestPlaceholders(t *testing.T) {
	d, err := yaml.Read([]byte("a: ${A}\nb: '${B}'\nc: ${C} x\nd: ${D.Arn}\ne: !Sub ${E}\nf: ${F}${G}"))
	require.NoError(t, err)
	var got []string
	for _, at := range d.Placeholders {
		got = append(got, string(d.JSON[at:at+6]))
	}
	require.Equal(t, []string{`"${A}"`, `"${D.A`, `"${E}"`}, got)
	require.True(t, d.Tagged)
}
