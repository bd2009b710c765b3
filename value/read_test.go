package value_test

import (
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value"
)

func parse(t testing.TB, text string) any {
	t.Helper()
	v, err := value.ParseString(text)
	require.NoError(t, err)
	return v
}

func bigInt(t testing.TB, text string) *big.Int {
	n, ok := new(big.Int).SetString(text, 10)
	require.True(t, ok)
	return n
}

func TestParse(t *testing.T) {
	obj := func(members ...value.Member) *value.Object { return value.ObjectOf(members...) }
	tests := []struct {
		name, text string
		want       any
	}{
		{"null", "null", nil},
		{"true", " true\r\n\t", true},
		{"false", "false", false},
		{"integer", "-12", int64(-12)},
		{"minus zero is zero", "-0", int64(0)},
		{"float zero", "0.0", 0.0},
		{"float stays one", "1.0", 1.0},
		{"exponent makes a float", "1e3", 1000.0},
		{"exponent with sign", "25E-1", 2.5},
		{"largest int64", "9223372036854775807", int64(9223372036854775807)},
		{"smallest int64", "-9223372036854775808", int64(-9223372036854775808)},
		{"past int64", "9223372036854775808", bigInt(t, "9223372036854775808")},
		{"big and negative", "-123456789012345678901234567890", bigInt(t, "-123456789012345678901234567890")},
		{"too small a float is zero", "1e-400", 0.0},
		{"text", `"aé€😀"`, "aé€😀"},
		{"escapes", `"\"\\\/\b\f\n\r\t\u0041\u00e9"`, "\"\\/\b\f\n\r\tAé"},
		{"surrogate pair", `"\ud83c\udd97"`, "🆗"},
		{"lone surrogate", `"\ud800"`, "\xed\xa0\x80"},
		{"low surrogate first", `"\udd97\ud83c"`, "\xed\xb6\x97\xed\xa0\xbc"},
		{"surrogate before another escape", `"\ud83cA"`, "\xed\xa0\xbcA"},
		{"two high ones before a low one", `"\ud83c\ud83c\udd97"`, "\xed\xa0\xbc🆗"},
		{"empty array", "[ ]", []any{}},
		{"array", "[1,[2],{}]", []any{int64(1), []any{int64(2)}, obj()}},
		{"order of keys", `{"z":1,"a":2}`, obj(value.Member{Key: "z", Value: int64(1)}, value.Member{Key: "a", Value: int64(2)})},
		{"repeated key: last value, first place", `{"a":1,"b":2,"a":3}`, obj(value.Member{Key: "a", Value: int64(3)}, value.Member{Key: "b", Value: int64(2)})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := value.Parse([]byte(tt.text))
			require.NoError(t, err)
			require.Truef(t, value.Identical(tt.want, v), "got %s", value.String(v))
		})
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"nothing", "", "offset 0: the JSON ends where a value should be"},
		{"two values", "1 2", "offset 2: unexpected '2' where the end of the JSON should be"},
		{"a word", "nul", "offset 0: unexpected 'n' where a value should be"},
		{"NaN", "NaN", "offset 0: unexpected 'N' where a value should be"},
		{"single quotes", "'a'", `offset 0: unexpected '\'' where a value should be`},
		{"byte order mark", "\ufeff1", `offset 0: unexpected '\ufeff' where a value should be`},
		{"form feed is no space", "\f1", `offset 0: unexpected '\f' where a value should be`},
		{"leading zero", "[01]", "offset 1: a number must not start with 0"},
		{"leading zero after minus", "-012", "offset 0: a number must not start with 0"},
		{"plus", "+1", "offset 0: unexpected '+' where a value should be"},
		{"minus alone", "-", "offset 1: the JSON ends where a digit should be"},
		{"no digit after point", "1.", "offset 2: the JSON ends where a digit should be"},
		{"no digit before point", ".5", "offset 0: unexpected '.' where a value should be"},
		{"no exponent", "1e+x", "offset 3: unexpected 'x' where a digit should be"},
		{"float out of range", "[1e400]", "offset 1: the number 1e400 is out of range"},
		{"integer out of range", "1" + strings.Repeat("0", 309), "offset 0: the number 1000000000000000000000000000000000000000 is out of range"},
		{"no closing quote", `"abc`, "offset 4: the JSON ends where the closing quote of a string should be"},
		{"no closing quote after escape", `"a\n`, "offset 4: the JSON ends where the closing quote of a string should be"},
		{"control character", "\"a\nb\"", "offset 2: a control character in a string must be escaped"},
		{"control character after escape", "\"\\ta\x00\"", "offset 4: a control character in a string must be escaped"},
		{"unknown escape", `"\x"`, `offset 1: unknown escape \x`},
		{"escape at the end", `"\`, "offset 2: the JSON ends where an escape should be"},
		{"short \\u", `"\u12"`, `offset 1: \u must be followed by four hexadecimal digits`},
		{"invalid UTF-8", "\"\xff\"", "offset 1: invalid UTF-8 in a string"},
		{"UTF-8 of a surrogate", "\"\xed\xa0\x80\"", "offset 1: invalid UTF-8 in a string"},
		{"invalid UTF-8 after escape", "\"\\t\xc3\"", "offset 3: invalid UTF-8 in a string"},
		{"invalid UTF-8 outside", "\xff", "offset 0: invalid UTF-8 where a value should be"},
		{"open array", "[1", "offset 2: the JSON ends where ',' or ']' should be"},
		{"comma at the end", "[1,]", "offset 3: unexpected ']' where a value should be"},
		{"no comma", "[1 2]", "offset 3: unexpected '2' where ',' or ']' should be"},
		{"missing value", `[{"a":}]`, "offset 6: unexpected '}' where a value should be"},
		{"missing colon", `{"a" 1}`, "offset 5: unexpected '1' where ':' should be"},
		{"key is no string", `{1:2}`, "offset 1: unexpected '1' where a key should be"},
		{"comma at the end of an object", `{"a":1,}`, "offset 7: unexpected '}' where a key should be"},
		{"open object", `{"a":1`, "offset 6: the JSON ends where ',' or '}' should be"},
		{"object closed by the wrong bracket", `{"a":1]`, "offset 6: unexpected ']' where ',' or '}' should be"},
		{"comment", "1 // one", "offset 2: unexpected '/' where the end of the JSON should be"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := value.Parse([]byte(tt.text))
			require.EqualError(t, err, "value: "+tt.want)
			var syntax *value.SyntaxError
			require.ErrorAs(t, err, &syntax)
			require.LessOrEqual(t, syntax.Offset, len(tt.text))
		})
	}
}

func nested(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

func TestReadLimits(t *testing.T) {
	_, err := value.ParseString(nested(value.MaxDepth))
	require.NoError(t, err)
	_, err = value.ParseString(nested(value.MaxDepth + 1))
	require.EqualError(t, err, "value: offset 1000: values nest deeper than the limit of 1000")
	_, err = value.ParseString(strings.Repeat(`{"a":`, value.MaxDepth+1))
	require.EqualError(t, err, "value: offset 5000: values nest deeper than the limit of 1000")

	_, err = value.Read([]byte(`[[1],{"a":2}]`), value.ReadOptions{MaxDepth: 2})
	require.NoError(t, err)
	_, err = value.Read([]byte(`[[[1]]]`), value.ReadOptions{MaxDepth: 2})
	require.EqualError(t, err, "value: offset 2: values nest deeper than the limit of 2")

	_, err = value.Read([]byte(`[1]`), value.ReadOptions{MaxBytes: 3})
	require.NoError(t, err)
	_, err = value.Read([]byte(`[1] `), value.ReadOptions{MaxBytes: 3})
	require.EqualError(t, err, "value: offset 0: the JSON has more than 3 bytes, the limit")
	_, err = value.ReadNode([]byte(`[1] `), value.ReadOptions{MaxBytes: 3})
	require.Error(t, err)
}

func TestLongTextsReadTheSame(t *testing.T) {
	// Above 4 KB strings are copied and keys are remembered.
	element := `{"id":1,"":[2,"x\ty"],"name":"Zoë","n\u0061me2":{"id":3}}`
	list := parse(t, "["+strings.Repeat(element+",", 299)+element+"]").([]any)
	require.Len(t, list, 300)
	want := parse(t, element)
	for _, v := range list {
		require.True(t, value.Identical(want, v))
	}
}

func TestParseDoesNotKeepTheCallersBytes(t *testing.T) {
	text := []byte(`{"key":"value"}`)
	v, err := value.Parse(text)
	require.NoError(t, err)
	copy(text, `{"xxx":"yyyyy"}`)
	require.Equal(t, `{"key":"value"}`, value.String(v))
}

func TestPosition(t *testing.T) {
	text := []byte("ab\nc\n\nd")
	tests := []struct{ offset, line, column int }{
		{0, 1, 1}, {2, 1, 3}, {3, 2, 1}, {4, 2, 2}, {5, 3, 1}, {6, 4, 1}, {7, 4, 2},
	}
	for _, tt := range tests {
		line, column := value.Position(text, tt.offset)
		require.Equal(t, []int{tt.line, tt.column}, []int{line, column}, tt.offset)
	}
}

func TestReadNodeSaysWhereValuesStand(t *testing.T) {
	text := ` {"a": [1, {"b": null}, []], "c": "x", "d":{}}`
	n, err := value.ReadNode([]byte(text), value.ReadOptions{})
	require.NoError(t, err)
	require.True(t, value.Identical(parse(t, text), n.Value))
	require.Equal(t, 1, n.Offset)
	require.Equal(t, []int{2, 29, 39}, keyOffsets(n))
	require.Len(t, n.Children, 3)
	require.Empty(t, n.Duplicates())
	checkNode(t, text, n)
}

// keyOffsets returns the offsets of the keys of an object.
func keyOffsets(n value.Node) (keys []int) {
	for _, member := range n.Children {
		keys = append(keys, member.Key)
	}
	return keys
}

// checkNode compares every node with what stands at its offset.
func checkNode(t *testing.T, text string, n value.Node) {
	t.Helper()
	var parts []any
	switch v := n.Value.(type) {
	case []any:
		parts = v
	case *value.Object:
		for key, e := range v.All() {
			i := len(parts)
			require.True(t, strings.HasPrefix(text[n.Children[i].Key:], value.String(key)), "key %q", key)
			parts = append(parts, e)
		}
	default:
		require.True(t, strings.HasPrefix(text[n.Offset:], value.String(v)))
	}
	require.Len(t, n.Children, len(parts))
	for i, part := range parts {
		require.True(t, value.Identical(part, n.Children[i].Value))
		checkNode(t, text, n.Children[i])
	}
}

func TestReadNodeNotesRepeatedKeys(t *testing.T) {
	text := `{"a":1,"b":{"x":0,"x":1,"x":2},"a":[7],"c":3,"b":4}`
	n, err := value.ReadNode([]byte(text), value.ReadOptions{})
	require.NoError(t, err)
	require.Equal(t, `{"a":[7],"b":4,"c":3}`, value.String(n.Value))
	require.Equal(t, []int{31, 45}, n.Duplicates())
	require.Equal(t, []int{31, 45, 39}, keyOffsets(n))
	checkNode(t, text, n)

	n, err = value.ReadNode([]byte(`[{"x":0,"x":1,"x":2}]`), value.ReadOptions{})
	require.NoError(t, err)
	require.Empty(t, n.Duplicates())
	require.Equal(t, []int{8, 14}, n.Children[0].Duplicates())
	require.Equal(t, []int{14}, keyOffsets(n.Children[0]))
	require.Equal(t, 18, n.Children[0].Children[0].Offset)
}
