package jsonata

import (
	"errors"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/race"
)

// pictureClock is the time at which testdata/pictures.txt was written.
var pictureClock = Env{Clock: func() time.Time { return time.UnixMilli(1700000000123) }}

// evalPicture returns the outcome of an expression as testdata/pictures.txt
// has it.
func evalPicture(t *testing.T, expr string, env Bindings) string {
	t.Helper()
	e, err := Compile(expr, Options{})
	require.NoError(t, err, expr)
	v, err := e.Eval(Undefined, env, nil)
	var failed *Error
	switch f, isFloat := v.(float64); {
	case errors.As(err, &failed):
		if failed.Code == "" {
			return "!" + failed.Message
		}
		return "!" + failed.Code
	case v == Undefined:
		return "undefined"
	case isFloat && math.IsNaN(f):
		return "NaN"
	}
	return stringifyJSON(v)
}

func TestPictures(t *testing.T) {
	text, err := os.ReadFile("testdata/pictures.txt")
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		expr, want, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if ok {
			require.Equal(t, want, evalPicture(t, expr, pictureClock), expr)
		}
	}
}

// TestPicturesUnlikeJavaScript has pictures on which jsonata-js crashes or
// hangs, and large integers that it rounds.
func TestPicturesUnlikeJavaScript(t *testing.T) {
	for expr, want := range map[string]string{
		`$formatNumber(0, "0e0")`:                         `"0e0"`,
		`$formatNumber(0, "#.00e00")`:                     `"0.00e00"`,
		`$formatNumber(-1234, "0.0e0")`:                   `"-1.2e3"`,
		`$formatNumber(1/0, "0e0")`:                       `!D1001`,
		`$formatNumber(1, "")`:                            `!D3086`,
		`$formatNumber(1, "no digits")`:                   `!D3086`,
		`$formatNumber(1, "0;")`:                          `!D3086`,
		`$formatNumber(9007199254740993, "#,##0.0")`:      `"9,007,199,254,740,993.0"`,
		`$formatNumber(-90071992547409931, "0%")`:         `"-9007199254740993100%"`,
		`$formatInteger(9007199254740993, "0")`:           `"9007199254740993"`,
		`$formatInteger(9007199254740993, "w")`:           `"nine thousand and seven trillion, one hundred and ninety-nine billion, two hundred and fifty-four million, seven hundred and forty thousand, nine hundred and ninety-three"`,
		`$parseInteger("9,007,199,254,740,993", "#,##0")`: `9007199254740993`,
		`$formatInteger(0/0, "w")`:                        `!D1001`,
		`$formatInteger(1/0, "a")`:                        `!D1001`,
	} {
		require.Equal(t, want, evalPicture(t, expr, nil), expr)
	}
}

func TestPictureArguments(t *testing.T) {
	for expr, want := range map[string]string{
		`$formatNumber($nothing, "0")`:            `undefined`,
		`$formatInteger($nothing, "0")`:           `undefined`,
		`$parseInteger($nothing, "0")`:            `undefined`,
		`$fromMillis($nothing)`:                   `undefined`,
		`$toMillis($nothing, "[Y]")`:              `undefined`,
		`$formatNumber(1, $nothing)`:              `!Cannot read properties of undefined (reading 'split')`,
		`$formatInteger(1, $nothing)`:             `!Cannot read properties of undefined (reading 'lastIndexOf')`,
		`$formatNumber(1, "0", {"zero-digit":1})`: `!properties.zero-digit.charCodeAt is not a function`,
		`$parseInteger("1", "٠")`:                 `!Invalid code point -1535`,
		`$map([0, 1], $fromMillis)`:               `!T0410`,
		`["7", "x"].$parseInteger("0")`:           `[7,null]`,
		`[1, 2].$formatInteger("w;o")`:            `["first","second"]`,
	} {
		require.Equal(t, want, evalPicture(t, expr, nil), expr)
	}
}

func TestNowNeedsClock(t *testing.T) {
	require.Equal(t, `"2023-11-14T22:13:20.123Z"`, evalPicture(t, `$now()`, pictureClock))
	require.Equal(t, `true`, evalPicture(t, `$toMillis($now()) = $millis()`, pictureClock))
	for _, expr := range []string{`$now()`, `$millis()`, `$toMillis("12:30", "[H]:[m]")`} {
		require.Contains(t, evalPicture(t, expr, nil), "!", expr)
	}
	require.Equal(t, `1521801216617`, evalPicture(t, `$toMillis("2018-03-23T10:33:36.617", "[Y]-[M]-[D]T[H]:[m]:[s].[f]")`, nil))
}

// TestPictureLimits has pictures and strings that ask for much work or memory.
func TestPictureLimits(t *testing.T) {
	race.OneGoroutine(t)
	const many = 300_000
	for _, c := range []struct{ expr, text string }{
		{`$formatInteger(5, $x)`, strings.Repeat("0,", many)},
		{`$formatInteger(5, $x)`, strings.Repeat(",.", many) + "0"},
		{`$formatInteger(9e15, "I")`, ""},
		{`$formatNumber(5, $x)`, strings.Repeat("00,0,", many) + "0.0"},
		{`$formatNumber(5, "00000000000.0", {"zero-digit": $x})`, strings.Repeat("0", many)},
		{`$fromMillis(0, "[Y,9999999-9999999]")`, ""},
		{`$fromMillis(0, "[Y,99999999999999999999999]")`, ""},
		{`$fromMillis(0, $x)`, strings.Repeat("[Yw]", many)},
		{`$fromMillis(0, $x)`, strings.Repeat("[Y,1000000]", 100)},
		{`$toMillis("1", $x)`, strings.Repeat("[Y]", 2*many)},
		{`$toMillis($x, "[Y][Y][Y][Y][Y][Y][Y][Y]x")`, strings.Repeat("1", many)},
		{`$toMillis($x, "[Yw][Yw][Yw][Yw]x")`, strings.Repeat("one", many/10)},
	} {
		require.Equal(t, "!U1001", evalPicture(t, c.expr, Vars{"x": c.text}), c.expr)
	}
	text := strings.Repeat("0", many)
	require.Equal(t, strconv.Quote(text[1:]+"5"), evalPicture(t, `$formatNumber(5, $x)`, Vars{"x": text}))
	require.Equal(t, strconv.Quote(text[1:]+"5"), evalPicture(t, `$formatInteger(5, $x)`, Vars{"x": text}))
}

// TestMatchIsBounded has parts that share digits in many ways.
func TestMatchIsBounded(t *testing.T) {
	picture := strings.Repeat("[Y]", 12) + "x"
	require.Equal(t, "undefined", evalPicture(t, `$toMillis($t, $p)`, Vars{"t": strings.Repeat("1", 100), "p": picture}))
}

func TestAppendFixed(t *testing.T) {
	for _, c := range []struct {
		f      float64
		places int
		want   string
	}{
		{0, 0, "0"}, {0.5, 0, "1"}, {1.5, 0, "2"}, {2.5, 0, "3"}, {0.125, 2, "0.13"}, {0.375, 2, "0.38"},
		{1.005, 2, "1.00"}, {1.45, 1, "1.4"}, {8.345, 2, "8.35"}, {1125899906842624.25, 1, "1125899906842624.3"},
		{9.5, 0, "10"}, {99.75, 1, "99.8"}, {9.96875, 4, "9.9688"}, {999.5, 0, "1000"}, {1e20, 2, "100000000000000000000.00"}, {1e21, 2, "1e+21"}, {123.456, 0, "123"}, {5e-324, 3, "0.000"},
		{1 << 60, 0, "1152921504606846976"},
	} {
		require.Equal(t, c.want, string(appendFixed(nil, c.f, c.places)), "%v %d", c.f, c.places)
	}
}

func TestParseInt(t *testing.T) {
	for text, want := range map[string]any{
		"12": int64(12), " \t\u00a0+7x": int64(7), "-0": int64(0), "-9223372036854775807": int64(-math.MaxInt64),
		"9223372036854775808": float64(1 << 63), "0x1F": int64(31), "-0Xff": int64(-255), "0007": int64(7),
		"1e5": int64(1), "123456789012345678901234567890": 123456789012345678901234567890.0,
	} {
		require.Equal(t, want, parseInt(text), text)
	}
	for _, text := range []string{"", "-", "x", "0x", "0xg", "+-1", "."} {
		require.True(t, math.IsNaN(toFloat(parseInt(text))), text)
	}
}

func BenchmarkPictures(b *testing.B) {
	for _, expr := range []string{
		`$formatNumber(1234567.891, "#,##0.00")`, `$formatNumber(42, "0")`, `$formatInteger(1234567, "#,##0")`,
		`$formatInteger(1234, "w")`, `$fromMillis(1521801216617)`, `$fromMillis(1521801216617, "[D1o] [MNn] [Y0001] [h]:[m01][P]")`,
		`$toMillis("2018-03-23T10:33:36.617Z")`, `$toMillis("2018-03-23 10:33", "[Y]-[M01]-[D01] [H]:[m]")`, `$parseInteger("1,234", "#,##0")`,
	} {
		b.Run(expr, func(b *testing.B) {
			e, err := Compile(expr, Options{})
			require.NoError(b, err)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.Eval(nil, nil, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
