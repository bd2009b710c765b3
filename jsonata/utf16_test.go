package jsonata

import (
	"math/rand"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"
)

// fromUnits is the string of UTF-16 code units.
func fromUnits(units []uint16) string {
	var text []byte
	for i := 0; i < len(units); i++ {
		r := rune(units[i])
		if i+1 < len(units) {
			if pair := utf16.DecodeRune(r, rune(units[i+1])); pair != 0xFFFD {
				r = pair
				i++
			}
		}
		text = appendRune(text, r)
	}
	return string(text)
}

// randomUnits are likely to bring halves of pairs together.
func randomUnits(r *rand.Rand) []uint16 {
	letters := []uint16{'a', 'b', 0xE9, 0x3A3, 0x20AC, 0xD7FF, 0xD83D, 0xD83E, 0xDE00, 0xDE01, 0xE000, 0xFFFF}
	units := make([]uint16, r.Intn(7))
	for i := range units {
		units[i] = letters[r.Intn(len(letters))]
	}
	return units
}

// TestUTF16 compares each helper with its definition on code units.
func TestUTF16(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for range 20_000 {
		a, b := randomUnits(r), randomUnits(r)
		s, u := fromUnits(a), fromUnits(b)
		require.Equal(t, slices.Compare(a, b), compareStrings(s, u), "%x %x", a, b)
		require.Equal(t, fromUnits(slices.Concat(a, b)), concatText(s, u), "%x %x", a, b)
		require.Equal(t, s == u, splitPairs(s) == splitPairs(u))
		require.Equal(t, s, joinPairs(splitPairs(s)), "%x", a)
		require.Equal(t, len(a), codeUnits(s), "%x", a)
		require.Equal(t, len(a), codePoints(splitPairs(s)), "%x", a)
		points := 0
		for i := 0; i < len(s); points++ {
			require.Equal(t, i, skipCharacters(s, points), "%x", a)
			_, n := decodeRune(s[i:])
			i += n
		}
		require.Equal(t, points, codePoints(s), "%x", a)
		require.Equal(t, len(s), skipCharacters(s, points+1))
		if !cutsPairs(u) {
			require.Equal(t, strings.Contains(splitPairs(s), splitPairs(u)), strings.Contains(s, u), "%x %x", a, b)
		}
	}
}

func TestCompareStringsByCodeUnits(t *testing.T) {
	ordered := []string{"", "a", "a\xed\xa0\xbd", "a\xed\xa0\xbdz", "a😀", "a😀z", "a\xed\xa0\xbd\ue000", "a\xed\xb8\x80", "a\ue000", "a\uffff", "b"}
	for i, a := range ordered {
		for j, b := range ordered {
			want := 0
			switch {
			case i < j:
				want = -1
			case i > j:
				want = 1
			}
			require.Equal(t, want, compareStrings(a, b), "%q %q", a, b)
		}
	}
}
