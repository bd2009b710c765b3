package value

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStringHashIsJavas(t *testing.T) {
	for _, c := range []struct {
		text string
		hash int32
	}{
		{"", 0},
		{"a", 97},
		{"Aa", 2112},
		{"BB", 2112},
		{"hello", 99162322},
		{"polygenelubricants", -2147483648},
		{"é", 233},
		{"🚀", 31*0xD83D + 0xDE80},
		{"\xed\xa0\x80", 0xD800}, // a lone surrogate, as the reader keeps it
	} {
		require.Equal(t, c.hash, StringHash(c.text), "%q", c.text)
	}
}

func TestHashMapOrder(t *testing.T) {
	for _, c := range []struct {
		rule       string
		keys, want []string
	}{
		{"nothing", nil, nil},
		{"by bucket", []string{"b", "a", "p"}, []string{"p", "a", "b"}},
		{"insertion order in a bucket", []string{"BB", "Aa"}, []string{"BB", "Aa"}},
		{"12 keys keep 16 buckets", []string{"a", "p", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"},
			[]string{"p", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"}},
		{"13 keys take 32", []string{"a", "p", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"},
			[]string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "p"}},
	} {
		var got []string
		for _, i := range HashMapOrder(c.keys) {
			got = append(got, c.keys[i])
		}
		require.Equal(t, c.want, got, c.rule)
	}
}

func TestHashMapCopyOrder(t *testing.T) {
	for _, c := range []struct {
		rule       string
		copied     int
		keys, want []string
	}{
		{"nothing", 0, nil, nil},
		{"1 of 2 buckets", 1, []string{"b"}, []string{"b"}},
		{"2 keys take 4 buckets", 2, []string{"name", "city"}, []string{"name", "city"}},
		{"which they do in the end", 1, []string{"constant_in_literal", "constant_input_field"},
			[]string{"constant_input_field", "constant_in_literal"}},
		{"3 keys take 8", 3, []string{"e", "h", "a"}, []string{"h", "a", "e"}},
		{"the third after a copy keeps 4", 2, []string{"e", "h", "a"}, []string{"h", "e", "a"}},
	} {
		var got []string
		for _, i := range HashMapCopyOrder(c.keys, c.copied) {
			got = append(got, c.keys[i])
		}
		require.Equal(t, c.want, got, c.rule)
	}
}
