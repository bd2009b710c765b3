package jsonata

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/race"
	"github.com/gostates/gostates/value"
)

// wanted is an expression and the result of jsonata-js 2.0.6: JSON, NaN,
// undefined, or the code and message of an error. An exception of JavaScript
// itself has no code: error.
type wanted struct{ expr, want string }

func (w wanted) check(t *testing.T) {
	t.Helper()
	e, err := Compile(w.expr, Options{})
	require.NoError(t, err, w.expr)
	got, err := e.Eval(Undefined, nil, nil)
	if err != nil {
		require.ErrorAs(t, err, new(*Error), w.expr)
		e := err.(*Error)
		code := e.Code
		if code == "" {
			code = "error"
		}
		require.Equal(t, w.want, code+": "+ascii(e.Message), w.expr)
		return
	}
	switch w.want {
	case "undefined":
		require.Equal(t, Undefined, got, w.expr)
	case "NaN":
		f, ok := got.(float64)
		require.True(t, ok && math.IsNaN(f), "%s: %v", w.expr, got)
	default:
		want, err := value.ParseString(w.want)
		require.NoError(t, err, w.expr)
		text := stringifyJSON(got)
		parsed, err := value.ParseString(text)
		require.NoError(t, err, w.expr)
		require.True(t, value.Equal(want, parsed), "%s: want %s, got %s", w.expr, w.want, text)
	}
}

// ascii escapes what is not ASCII.
func ascii(s string) string {
	var text []byte
	for s = splitPairs(s); s != ""; {
		r, n := decodeRune(s)
		if r < 0x7F {
			text = append(text, s[:n]...)
		} else {
			text = fmt.Appendf(text, `\u%04x`, r)
		}
		s = s[n:]
	}
	return string(text)
}

var stringTests = []wanted{
	{`$string(/l/("hello"))`, `"{\"match\":\"l\",\"start\":2,\"end\":3,\"groups\":[],\"next\":\"\"}"`},
	{`["a","b"] ~> $map($uppercase)`, `["A","B"]`},
	{`$map(["abc","de"], $length)`, `[3,2]`},
	{`$map([1,2], $string)`, `["1","2"]`},
	{`$map(["abc"], $substring)`, `T0410: Argument 3 of function "map" does not match function signature`},
	{`$map(["a"], $pad)`, `T0410: Argument 3 of function "map" does not match function signature`},
	{`$uppercase ? 1 : 2`, `1`},
	{`[$uppercase] ? 1 : 2`, `1`},
	{`$string($uppercase)`, `""`},
	{`$string([$uppercase])`, `"[\"\"]"`},
	{`$string({"a":$uppercase,"b":/x/})`, `"{\"a\":\"\",\"b\":\"\"}"`},
	{`$string({"a":$nothing})`, `"{}"`},
	{`$string([1/0])`, `D1001: Number out of range: null`},
	{`$string({"a":{"b":1/0}})`, `D1001: Number out of range: null`},
	{`$string($number("0x1z"))`, `D3001: Attempting to invoke string function on Infinity or NaN`},
	{`$string([$number("0x1z")])`, `"[null]"`},
	{`$pad("x", 5.5)`, `error: Invalid array length`},
	{`$pad("x", 10000000000)`, `U1001: Expression evaluation memory limit exceeded: Check for excessive memory usage`},
	{`$pad("x", -3, "\u00e9\ud83d\ude00")`, `"\u00e9\ud83d\ude00x"`},
	{`$join("a")`, `"a"`},
	{`$join(["a",1])`, `T0412: Argument 1 of function "join" must be an array of "strings"`},
	{`$join(["a","b"],1)`, `T0410: Argument 2 of function "join" does not match function signature`},
	{`$join(["a","b"],",") & "c"`, `"a,bc"`},
	{`$substring("hello", $nothing)`, `"hello"`},
	{`$substring("hello", $nothing, 2)`, `""`},
	{`$substring("hello", 1, $nothing)`, `"ello"`},
	{`$substring($nothing, 1)`, `undefined`},
	{`$length(5)`, `T0410: Argument 1 of function "length" does not match function signature`},
	{`$length("")`, `0`},
	{`$uppercase(5)`, `T0410: Argument 1 of function "uppercase" does not match function signature`},
	{`$trim($nothing)`, `undefined`},
	{`"  a " ~> $trim()`, `"a"`},
	{`"abc".$uppercase()`, `undefined`},
	{`"abc".$substring(1)`, `undefined`},
	{`"abc".$contains("b")`, `undefined`},
	{`"a,b".$split(",")`, `undefined`},
	{`[["a","b"]].$join("-")`, `"-"`},
	{`$count($split("", ""))`, `0`},
	{`[$match("x", /y/)]`, `[]`},
	{`$count($match("x", /y/))`, `0`},
	{`$length("\ud83d" & "\ude00")`, `1`},
	{`$join(["\ud83d","\ude00"])`, `"\ud83d\ude00"`},
	{`$length($join(["\ud83d","\ude00"]))`, `1`},
	{`$pad("\ud83d", 2, "\ude00")`, `"\ud83d\ude00"`},
	{`$uppercase("stra\u00dfe \u0149 \ufb01 \u0390 \u1fb3")`, `"STRASSE \u02bcN FI \u0399\u0308\u0301 \u0391\u0399"`},
	{`$lowercase("\u0130 \u0391\u03a3 \u0391\u03a3\u0391 \u0391\u03a3. \u03a3 \u0391\u03a3'\u0391")`, `"i\u0307 \u03b1\u03c2 \u03b1\u03c3\u03b1 \u03b1\u03c2. \u03c3 \u03b1\u03c3'\u03b1"`},
	{`$string({"a":[1,2,{"b":null}],"c":[],"d":{}}, true)`, `"{\n  \"a\": [\n    1,\n    2,\n    {\n      \"b\": null\n    }\n  ],\n  \"c\": [],\n  \"d\": {}\n}"`},
	{`$string("x", true)`, `"x"`},
	{`$string(0.1+0.2)`, `"0.3"`},
	{`$string(1e21)`, `"1e+21"`},
	{`$string(1e-7)`, `"1e-7"`},
	{`$string(null)`, `"null"`},
	{`$string(true)`, `"true"`},
	{`$map([1], function($x){ $replace("hello", /l/, function($m){ $length($m.match) }) })`, `D3012: Attempted to replace a matched string with a non-string value`},
	{`$length("123")`, `3`},
	{`$length("Hello World")`, `11`},
	{`$length("Zm9v")`, `4`},
	{`$length("\u00c0\u00c9\u00df")`, `3`},
	{`$length("\u00e9")`, `1`},
	{`$length("\u1fb3")`, `1`},
	{`$length("\u65e5\u672c\u8a9e\u30c6\u30ad\u30b9\u30c8")`, `7`},
	{`$length("\ud83c\uddec\ud83c\udde7 flag")`, `7`},
	{`$length("\ude00b")`, `2`},
	{`$length("null")`, `4`},
	{`$lowercase("")`, `""`},
	{`$lowercase("%")`, `"%"`},
	{`$lowercase("%41")`, `"%41"`},
	{`$lowercase("Zm9v")`, `"zm9v"`},
	{`$lowercase("\u01c5")`, `"\u01c6"`},
	{`$lowercase("\u0391\u03a3")`, `"\u03b1\u03c2"`},
	{`$lowercase("\ude00")`, `"\ude00"`},
	{`$lowercase("\ue000")`, `"\ue000"`},
	{`$lowercase("\ufb01x")`, `"\ufb01x"`},
	{`$lowercase("a,b,c")`, `"a,b,c"`},
	{`$lowercase("ab\u2028c")`, `"ab\u2028c"`},
	{`$lowercase("x\ud83d\ude00\ud83dy")`, `"x\ud83d\ude00\ud83dy"`},
	{`$uppercase("  a  b\t\n c\r ")`, `"  A  B\t\n C\r "`},
	{`$uppercase("")`, `""`},
	{`$uppercase("%")`, `"%"`},
	{`$uppercase("\u0000\u001f\u007f")`, `"\u0000\u001f\u007f"`},
	{`$uppercase("\u0130I")`, `"\u0130I"`},
	{`$uppercase("\u01c5")`, `"\u01c4"`},
	{`$uppercase("\u0391\u0301\u03a3.")`, `"\u0391\u0301\u03a3."`},
	{`$uppercase("\u0391\u03a3 \u0391\u03a3\u0391")`, `"\u0391\u03a3 \u0391\u03a3\u0391"`},
	{`$uppercase("\ud83c\uddec\ud83c\udde7 flag")`, `"\ud83c\uddec\ud83c\udde7 FLAG"`},
	{`$uppercase("\ud83d\ude00")`, `"\ud83d\ude00"`},
	{`$uppercase("\ude00")`, `"\ude00"`},
	{`$uppercase("\ufb01x")`, `"FIX"`},
	{`$trim("")`, `""`},
	{`$trim("123")`, `"123"`},
	{`$trim("\u0391\u03a3")`, `"\u0391\u03a3"`},
	{`$trim("\u0391\u03a3'")`, `"\u0391\u03a3'"`},
	{`$trim("\ud83d")`, `"\ud83d"`},
	{`$trim("\ude00")`, `"\ude00"`},
	{`$trim("abc")`, `"abc"`},
	{`$string(1.5)`, `"1.5"`},
	{`$string(106006860733032.22)`, `"106006860733032"`},
	{`$string(11695528030.395508)`, `"11695528030.3955"`},
	{`$string(119596123.695374)`, `"119596123.695374"`},
	{`$string(14.285714285714286)`, `"14.2857142857143"`},
	{`$string(16997337341308.594)`, `"16997337341308.6"`},
	{`$string(3.210524320602417e-13)`, `"3.21052432060242e-13"`},
	{`$string(3.245517611503601e-13)`, `"3.2455176115036e-13"`},
	{`$string(3.659750483930111e-14)`, `"3.65975048393011e-14"`},
	{`$string(4.483456611633301e-17)`, `"4.4834566116333e-17"`},
	{`$string(4950824379.920959)`, `"4950824379.92096"`},
	{`$string(5.005283653736115e-10)`, `"5.00528365373612e-10"`},
	{`$string(5.763343572616578e-10)`, `"5.76334357261658e-10"`},
	{`$string(6.870773136615753e-10)`, `"6.87077313661575e-10"`},
	{`$string(6.955207847058773e-10)`, `"6.95520784705877e-10"`},
	{`$string(64000.27275100047)`, `"64000.2727510005"`},
	{`$string(7.72111415863037e-12)`, `"7.72111415863037e-12"`},
	{`$string(70231.19926452637)`, `"70231.1992645264"`},
	{`$string(8.216114044189453e-12)`, `"8.21611404418945e-12"`},
	{`$string(8.99497151374817e-10)`, `"8.99497151374817e-10"`},
	{`$string(8463120460510.254)`, `"8463120460510.25"`},
	{`$string(9.250885248184204e-17)`, `"9.2508852481842e-17"`},
	{`$string(9.479544162750244e-10)`, `"9.47954416275024e-10"`},
	{`$string(93985238671.3028)`, `"93985238671.3028"`},
	{`$string({"9": 2, "10": 1, "x": 3}, false)`, `"{\"9\":2,\"10\":1,\"x\":3}"`},
	{`$join("solo", "")`, `"solo"`},
	{`$join("solo", ",")`, `"solo"`},
	{`$join("solo", "\ud83d")`, `"solo"`},
	{`$join(["", "", ""], "\ude00")`, `"\ude00\ude00"`},
	{`$join(["\ud83d\ude00", "x"], "--")`, `"\ud83d\ude00--x"`},
	{`$join(["\ud83d\ude00", "x"], "\ude00")`, `"\ud83d\ude00\ude00x"`},
	{`$join(["a", "b"], "")`, `"ab"`},
	{`$join(["a", "b"], "--")`, `"a--b"`},
	{`$join(["a"], $nothing)`, `"a"`},
	{`$join(["a\ud83d", "\ude00b"], "--")`, `"a\ud83d--\ude00b"`},
	{`$join(["a\ud83d", "\ude00b"], $nothing)`, `"a\ud83d\ude00b"`},
	{`$join([], "")`, `""`},
	{`$join([], "--")`, `""`},
	{`$join([], "\ud83d")`, `""`},
	{`$substring("", 2)`, `""`},
	{`$substring("%41", -2.5)`, `"41"`},
	{`$substring("%41", 3, -1)`, `""`},
	{`$substring(",", -0.5, -1)`, `""`},
	{`$substring(",,", 1.5, 1.5)`, `","`},
	{`$substring("Hello World", -2.5, $nothing)`, `"ld"`},
	{`$substring("Stra\u00dfe", -2, 1)`, `"\u00df"`},
	{`$substring("Stra\u00dfe", 0.5, 1.5)`, `"St"`},
	{`$substring("\u0000\u001f\u007f", 0, 1)`, `"\u0000"`},
	{`$substring("\u00ff\u0100\uffff", 100, 100)`, `""`},
	{`$substring("\u0130I", 1, 0)`, `""`},
	{`$substring("\u0391\u0301\u03a3.", 2, 100)`, `"\u03a3."`},
	{`$substring("\u0391\u03a3 \u0391\u03a3\u0391", -1.5, 2)`, `"\u0391"`},
	{`$substring("\u0391\u03a3 \u0391\u03a3\u0391", -100, 0)`, `""`},
	{`$substring("\u03a3", -3, 0)`, `""`},
	{`$substring("\ud83c\uddec\ud83c\udde7 flag", 1, 3)`, `"\ud83c\udde7 f"`},
	{`$substring("\ud83c\uddec\ud83c\udde7 flag", 3)`, `"flag"`},
	{`$substring("\ud83d", -1.5, 0)`, `""`},
	{`$substring("\ude00", -1)`, `"\ude00"`},
	{`$substring("\ude00", 1)`, `""`},
	{`$substring("\ufeffx", 1)`, `"x"`},
	{`$substring("\uffff", $nothing)`, `"\uffff"`},
	{`$substring("a,b,c", -3)`, `"b,c"`},
	{`$substring("a\ud83d", 2)`, `""`},
	{`$substring("a\ud83d\ude00b", -0.5, 0)`, `""`},
	{`$substring("ab\u2028c", -1.5)`, `"c"`},
	{`$substring("abc", -1.5)`, `"c"`},
	{`$substring("null", -100, 1.5)`, `"n"`},
	{`$substring("true", 1, 2.7)`, `"ru"`},
	{`$substring("undefined is", -2)`, `"is"`},
	{`$substringBefore("Hello World", "")`, `""`},
	{`$substringBefore("\u00a0x\u00a0", " ")`, `"\u00a0x\u00a0"`},
	{`$substringBefore("\u00a0x\u00a0", "\ude00\ud83d")`, `"\u00a0x\u00a0"`},
	{`$substringBefore("\u00c0\u00c9\u00df", "a")`, `"\u00c0\u00c9\u00df"`},
	{`$substringBefore("\u01c5", "ab")`, `"\u01c5"`},
	{`$substringBefore("\u0391\u0301\u03a3.", " ")`, `"\u0391\u0301\u03a3."`},
	{`$substringBefore("\u0391\u0301\u03a3.", "l")`, `"\u0391\u0301\u03a3."`},
	{`$substringBefore("\ufb01x", "")`, `""`},
	{`$substringBefore("a b+c/d?e=f&g#h", "undefined")`, `"a b+c/d?e=f&g#h"`},
	{`$substringBefore("true", "l")`, `"true"`},
	{`$substringAfter("%", "\ud83d")`, `"%"`},
	{`$substringAfter(",,", " ")`, `",,"`},
	{`$substringAfter("Zm9v", "ab")`, `"Zm9v"`},
	{`$substringAfter("\u0391\u03a3", "a")`, `"\u0391\u03a3"`},
	{`$substringAfter("\u65e5\u672c\u8a9e\u30c6\u30ad\u30b9\u30c8", "\ud83d\ude00")`, `"\u65e5\u672c\u8a9e\u30c6\u30ad\u30b9\u30c8"`},
	{`$substringAfter("\ude00", "b")`, `"\ude00"`},
	{`$substringAfter("a b+c/d?e=f&g#h", "l")`, `"a b+c/d?e=f&g#h"`},
	{`$substringAfter("a", "a")`, `""`},
	{`$substringAfter("a\ud83d", "\ud83d")`, `""`},
	{`$substringAfter("x\ud83d\ude00\ud83dy", "\u00e9")`, `"x\ud83d\ude00\ud83dy"`},
	{`$pad("  a  b\t\n c\r ", 1, $nothing)`, `"  a  b\t\n c\r "`},
	{`$pad("%", 5, $nothing)`, `"%    "`},
	{`$pad("%41", 5, "x")`, `"%41xx"`},
	{`$pad(",", 10000000000, "\ude00a")`, `U1001: Expression evaluation memory limit exceeded: Check for excessive memory usage`},
	{`$pad("Stra\u00dfe", 2.5, "\ud83d\ude00")`, `"Stra\u00dfe"`},
	{`$pad("\u00a0x\u00a0", -5, "x")`, `"xx\u00a0x\u00a0"`},
	{`$pad("\u0130I", $nothing, "")`, `"\u0130I"`},
	{`$pad("\u0130I", 30, "\u00e9-")`, `"\u0130I\u00e9-\u00e9-\u00e9-\u00e9-\u00e9-\u00e9-\u00e9-\u00e9-\u00e9-\u00e9-\u00e9-\u00e9-\u00e9-\u00e9-"`},
	{`$pad("\u0149", 1, "ab")`, `"\u0149"`},
	{`$pad("\u0391\u03a3", 1, "\ude00\ud83d")`, `"\u0391\u03a3"`},
	{`$pad("\u0391\u03a3'", -8, "")`, `"     \u0391\u03a3'"`},
	{`$pad("\u0391\u03a3'", 10000000000, "\ud83d\ude00")`, `U1001: Expression evaluation memory limit exceeded: Check for excessive memory usage`},
	{`$pad("\u03a3", 8, "\u00e9-")`, `"\u03a3\u00e9-\u00e9-\u00e9-\u00e9"`},
	{`$pad("\u1fb3", 8, "x")`, `"\u1fb3xxxxxxx"`},
	{`$pad("\ud83d\ude00", $nothing, "\ude00a")`, `"\ud83d\ude00"`},
	{`$pad("\ud83d\ude00", 1, "")`, `"\ud83d\ude00"`},
	{`$pad("\ude00b", 30, "\ude00a")`, `"\ude00b\ude00a\ude00a\ude00a\ude00a\ude00a\ude00a\ude00a\ude00a\ude00a\ude00a\ude00a\ude00a\ude00a\ude00a"`},
	{`$pad("\ufeffx", 30, $nothing)`, `"\ufeffx                            "`},
	{`$pad("a,b,c", 0, $nothing)`, `"a,b,c"`},
	{`$pad("a,b,c", 10000000000, "\u00e9-")`, `U1001: Expression evaluation memory limit exceeded: Check for excessive memory usage`},
}

func TestStringFunctions(t *testing.T) {
	for _, w := range stringTests {
		w.check(t)
	}
}

// TestFunctionsTakeAnyArguments checks that arguments of any type make a
// function throw only an *Error.
func TestFunctionsTakeAnyArguments(t *testing.T) {
	values := []any{
		Undefined, nil, true, false, int64(0), int64(-3), int64(math.MinInt64), 2.5, math.NaN(), math.Inf(1), math.Inf(-1),
		"", "abc", "\xff\xed\xa0", "\xed\xb0\x80x\xed\xa0\xbd", []any{}, []any{"a", nil, Undefined}, []any{int64(1), 0.5},
		newSequence(), &value.Object{}, value.ObjectOf(value.Member{Key: "a", Value: int64(1)}), &Lambda{native: func(*call, []any) any { return nil }},
	}
	for _, table := range [][]builtin{stringFunctions, encodingFunctions, regexpFunctions, numberFunctions, aggregateFunctions, booleanFunctions} {
		for _, b := range table {
			for _, v := range values {
				for _, w := range values {
					require.NotPanics(t, func() { callLoosely(b, v, w, w, Undefined) }, "$%s(%v, %v)", b.name, v, w)
				}
			}
		}
	}
}

func callLoosely(b builtin, args ...any) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(*Error); !ok {
				panic(r)
			}
		}
	}()
	b.call(&call{state: &state{limits: &DefaultLimits, fuel: 1 << 30}}, args)
}

// TestSizes checks that a string that would be too long is refused before it is
// built.
func TestSizes(t *testing.T) {
	race.OneGoroutine(t)
	for _, expr := range []string{
		`$pad("", 1e9)`,
		`$pad("", -1e9, "abc")`,
		`$join([1..100000].$pad("", 1000))`,
		`$join([1..800000].$string($), $pad("", 1000))`,
		`$replace($pad("", 1000000, "a"), "a", $pad("", 100000))`,
		`$replace($pad("", 1000000, "a"), /a/, $pad("", 100000))`,
		`$replace($pad("", 1000000, "a"), /(a)/, "$1$1$1$1$1$1$1$1$1$1$1$1")`,
		`$string([1..100000].[1..100])`,
		`($x := $pad("", 1000000); $string([$x, $x, $x, $x, $x, $x, $x, $x]))`,
		`$encodeUrl($pad("", 3000000))`,
		`$split($pad("", 1000000), "")`,
	} {
		e, err := Compile(expr, Options{})
		require.NoError(t, err)
		_, err = e.Eval(Undefined, nil, nil)
		require.ErrorContains(t, err, "U1001: Expression evaluation memory limit exceeded", expr)
	}
}
