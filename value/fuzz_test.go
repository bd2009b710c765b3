package value_test

import (
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value"
)

func seeds(f *testing.F) {
	for _, text := range []string{
		document, `null`, `[1,-0,1.0,1e3,1E-7,0.1,12345678901234567890,-9223372036854775808]`, `"\ud83c\udd97\ud800\u0041\"\\\/"`,
		`{"a":1,"b":{"c":[]},"a":{"d":null}}`, ` [ true , false ] `, `{"":""}`, "\"\xff\"", `[1e400]`, `{"a" 1}`, nested(50), "\ufeff1",
		`[4.9e-324,1.7976931348623157e308,2.2250738585072014e-308,1e-400]`,
	} {
		f.Add([]byte(text))
	}
}

// escapedSurrogate finds escapes of surrogates: encoding/json replaces lone ones.
var escapedSurrogate = regexp.MustCompile(`(?i)\\ud[89a-f]`)

// FuzzRead compares the reader with encoding/json, and what the writer writes
// with what was read.
func FuzzRead(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := value.Parse(text)
		if err != nil {
			checkRefused(t, text, err)
			return
		}
		require.True(t, json.Valid(text), "accepted")
		checkWritten(t, v)

		node, err := value.ReadNode(text, value.ReadOptions{})
		require.NoError(t, err)
		require.True(t, value.Identical(v, node.Value))

		if escapedSurrogate.Match(text) {
			return
		}
		var want, got any
		require.NoError(t, json.Unmarshal(text, &want))
		require.NoError(t, value.Decode(v, &got))
		require.Equal(t, want, got)
	})
}

// checkRefused allows the reasons that encoding/json does not share.
func checkRefused(t *testing.T, text []byte, err error) {
	require.IsType(t, &value.SyntaxError{}, err)
	switch msg := err.Error(); {
	case !json.Valid(text):
	case !utf8.Valid(text):
		require.Contains(t, msg, "invalid UTF-8")
	default:
		require.Regexp(t, "out of range|values nest deeper", msg)
	}
}

func checkWritten(t *testing.T, v any) {
	written := value.Append(nil, v)
	require.True(t, json.Valid(written))
	require.True(t, utf8.Valid(written))
	again, err := value.Parse(written)
	require.NoError(t, err)
	require.Truef(t, value.Identical(v, again), "%s", written)
	require.Equal(t, len(written), value.Size(v))
	same, err := value.From(v)
	require.NoError(t, err)
	require.True(t, value.Identical(v, same))
}

// FuzzString writes any bytes at all.
func FuzzString(f *testing.F) {
	for _, s := range []string{"", "a\"\\\n\x00", "é😀\u2028", "\xed\xa0\x80", "\xed\xa0", "\xff\xc3", "\xed\xa0\xbc\xed\xb6\x97"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text := value.AppendString(nil, s)
		require.True(t, json.Valid(text))
		require.True(t, utf8.Valid(text))
		require.Equal(t, len(text), value.Size(s))
		v, err := value.From(s)
		require.NoError(t, err)
		require.Equal(t, string(text), value.String(v))
		if utf8.ValidString(s) {
			require.Equal(t, s, v)
			var back string
			require.NoError(t, json.Unmarshal(text, &back))
			require.Equal(t, s, back)
		}
	})
}

// FuzzBind compares Decode and From with encoding/json on a struct that has
// something of everything.
func FuzzBind(f *testing.F) {
	full, err := json.Marshal(fullZoo())
	require.NoError(f, err)
	f.Add(full)
	for _, text := range []string{
		`{"intText":"5","floatText":"1e21","boolText":"true","stringText":"\"a\"","intTextPtr":"3"}`,
		`{"INT":1,"any":[{}],"bytes":"AA==","array":["a"],"matrix":[[1],null]}`,
		`{"intMap":{"5":"x"},"uMap":{"255":true},"keyed":{"A":1},"number":"1.5","raw":{"a":[ 1 ]},"big":123456789012345678901}`,
		`{"time":"2024-05-01T08:00:00.5+02:00","upper":"X","celsius":{"celsius":1},"color":[1,2,3],"inner":{"A":1,"B":{}}}`,
		`{"FromPointed":[1],"named":{"N":1},"FromUnnamed":"u","level":"x","x":1,"selves":[{"self":null},null]}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := value.Parse(text)
		if err != nil || escapedSurrogate.Match(text) || repeats(v) || hasRepeats(text) {
			return
		}
		var want, got zoo
		errJSON, errBind := json.Unmarshal(text, &want), value.Decode(v, &got)
		if errJSON != nil {
			if errBind == nil && !hasWholeFloat(v) {
				t.Fatalf("encoding/json refuses it: %v", errJSON)
			}
			return
		}
		if errBind != nil && strings.Contains(errBind.Error(), "want a string that holds the JSON text") {
			return // documented: encoding/json also takes texts such as 00
		}
		require.NoError(t, errBind)
		require.Equal(t, plainly(t, &want), plainly(t, &got))
		sameAsJSON(t, &want)
	})
}

// hasWholeFloat reports whether there is a float that may go into an integer.
func hasWholeFloat(v any) bool {
	switch v := v.(type) {
	case float64:
		return v == math.Trunc(v)
	case []any:
		return slices.ContainsFunc(v, hasWholeFloat)
	case *value.Object:
		for _, e := range v.All() {
			if hasWholeFloat(e) {
				return true
			}
		}
	}
	return false
}

// hasRepeats reports whether a key stands twice in an object: encoding/json
// fills the destination twice then.
func hasRepeats(text []byte) bool {
	n, err := value.ReadNode(text, value.ReadOptions{})
	return err == nil && nodeRepeats(n)
}

func nodeRepeats(n value.Node) bool {
	for _, c := range n.Children {
		if nodeRepeats(c) {
			return true
		}
	}
	return len(n.Duplicates()) > 0
}

// repeats reports whether two keys of an object differ in case only.
func repeats(v any) bool {
	switch v := v.(type) {
	case []any:
		return slices.ContainsFunc(v, repeats)
	case *value.Object:
		seen := map[string]bool{}
		for key, e := range v.All() {
			folded := strings.ToLower(strings.ToUpper(key))
			if seen[folded] || repeats(e) {
				return true
			}
			seen[folded] = true
		}
	}
	return false
}
