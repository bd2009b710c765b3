package value

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A byte that needs a closer look is found wherever it stands, also behind others.
func TestSkipPlainStopsAtTheFirst(t *testing.T) {
	for c := range 256 {
		for at := range 20 {
			for _, rest := range []string{"", "z", `"`, "\x1f\xff\\", strings.Repeat("~", 9)} {
				s := strings.Repeat("a", at) + string([]byte{byte(c)}) + rest
				for start := range at + 1 {
					want := start
					for want < len(s) && !unplain[s[want]] {
						want++
					}
					if got := skipPlain(s, start); got != want {
						t.Fatalf("skipPlain(%q, %d) = %d, not %d", s, start, got, want)
					}
				}
			}
		}
	}
}

// The size of an integer is that of its decimal digits, on both sides of every
// power of 10 and of 2.
func TestIntSizeIsThatOfItsDigits(t *testing.T) {
	check := func(n int64) { require.Equal(t, len(strconv.FormatInt(n, 10)), intSize(n), n) }
	check(math.MinInt64)
	check(math.MaxInt64)
	for _, base := range []int64{2, 10} {
		for p := int64(1); p > 0 && p <= math.MaxInt64/base; p *= base {
			for d := int64(-1); d <= 1; d++ {
				check(p + d)
				check(-p + d)
			}
		}
	}
}

// A string that is read is remembered only if it is not the one that Append writes.
func TestVerbatimRemembersOnlyOtherSpellings(t *testing.T) {
	for _, tt := range []struct {
		text string
		want bool
	}{
		{`{"a":[1,-20,1.5,0.25,1.0E20,1.0E-5,"b","é"]}`, false},
		{`{"a":"\n\"\\","b\t":1}`, false},
		{`{"a":1.50}`, true},
		{`{"a":1e2}`, true},
		{`{"a":1.5,"b":-0}`, true},
		{`{"a":-0.0}`, false},
		{`{"a":"\/"}`, true},
		{`{"\u0061":1}`, true},
		{`{"a":"\u00e9"}`, true},
		{`{"a":"\ud800"}`, true},
		{`{"a":"\uD800"}`, false},
		{`{"a":1,"a":2}`, true},
		{`{"a": 1}`, true},
	} {
		v, err := ParseVerbatim([]byte(tt.text))
		require.NoError(t, err)
		text, ok := Verbatim(v)
		require.Equal(t, tt.want, ok, tt.text)
		require.Equal(t, tt.want, String(v) != tt.text, tt.text)
		if ok {
			require.Equal(t, tt.text, text)
		}
	}
}

func BenchmarkSkipPlain(b *testing.B) {
	s := strings.Repeat("plain text of a payload ", 40)
	b.Run("fast", func(b *testing.B) {
		for range b.N {
			if skipPlain(s, 0) != len(s) {
				b.Fatal()
			}
		}
	})
	b.Run("general", func(b *testing.B) {
		for range b.N {
			i := 0
			for i < len(s) && !unplain[s[i]] {
				i++
			}
			if i != len(s) {
				b.Fatal()
			}
		}
	})
}
