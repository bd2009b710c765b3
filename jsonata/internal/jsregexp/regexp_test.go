package jsregexp

import (
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/race"
)

func mustCompile(t testing.TB, pattern, flags string) *Regexp {
	t.Helper()
	re, err := Compile(pattern, flags)
	require.NoError(t, err, pattern)
	return re
}

// never is a number of steps after which no match remembers failures.
const never = math.MaxInt

func TestMatch(t *testing.T) {
	for _, c := range matchCases {
		re := mustCompile(t, c.pattern, c.flags)
		text := NewText(c.text)
		require.Equal(t, c.want, re.Match(text, c.start, nil), "/%s/%s on %q", c.pattern, c.flags, c.text)
		for _, memoAfter := range []int{0, never} {
			got := re.matchAt(text, c.start, nil, memoAfter)
			require.Equal(t, c.want, got, "/%s/%s on %q, memo after %d", c.pattern, c.flags, c.text, memoAfter)
		}
		if c.want != nil {
			require.Len(t, c.want, 2*(re.Groups()+1), c.pattern)
		}
	}
}

// The offsets are the same whether a string is kept as ASCII or not.
func TestMatchWide(t *testing.T) {
	for _, c := range matchCases {
		re := mustCompile(t, c.pattern, c.flags)
		wide := &Text{wide: codeUnits(c.text)}
		require.Equal(t, c.want, re.Match(wide, c.start, nil), "/%s/%s on %q", c.pattern, c.flags, c.text)
	}
}

func TestSyntaxErrors(t *testing.T) {
	for _, c := range syntaxErrors {
		_, err := Compile(c.pattern, c.flags)
		require.EqualError(t, err, c.want)
	}
}

func TestMatchOutsideText(t *testing.T) {
	re := mustCompile(t, "", "")
	require.Nil(t, re.Match(NewText("ab"), 3, nil))
	require.Nil(t, re.Match(NewText("ab"), -1, nil))
}

func TestText(t *testing.T) {
	for _, c := range []struct {
		s        string
		length   int
		from, to int
		want     string
	}{
		{"", 0, 0, 0, ""},
		{"abc", 3, 1, 3, "bc"},
		{"aé€😀z", 6, 1, 5, "é€😀"},
		{"😀", 2, 0, 1, "\xed\xa0\xbd"},
		{"😀", 2, 1, 2, "\xed\xb8\x80"},
		{"a\xed\xa0\xbdb", 3, 0, 3, "a\xed\xa0\xbdb"},
		{"\xed\xa0\xbd\xed\xb8\x80", 2, 0, 2, "😀"},
		{"a\xff\xedb", 4, 0, 4, "a\ufffd\ufffdb"},
	} {
		text := NewText(c.s)
		require.Equal(t, c.length, text.Len(), "%q", c.s)
		require.Equal(t, c.want, text.Slice(c.from, c.to), "%q", c.s)
	}
}

func TestCompileIsBounded(t *testing.T) {
	nested := func(open string, n int) string {
		return strings.Repeat(open, n) + "a" + strings.Repeat(")", n)
	}
	for _, pattern := range []string{
		nested("(", maxNesting+1),
		nested("(?:", 100_000),
		nested("(?=", 100_000),
		strings.Repeat("a", maxPattern+1),
	} {
		_, err := Compile(pattern, "")
		require.ErrorContains(t, err, ": "+errTooLarge)
	}
	for _, pattern := range []string{
		nested("(", maxNesting),
		strings.Repeat("(?:", maxNesting) + "a" + strings.Repeat("){1,1000}", maxNesting),
		strings.Repeat("(?:", maxNesting) + "a*" + strings.Repeat(")*", maxNesting),
		strings.Repeat("(?:", maxNesting-1) + strings.Repeat("(?:a*)*", 5_000) + strings.Repeat(")*", maxNesting-1),
		strings.Repeat("(?:", maxNesting) + strings.Repeat("|a|b)", maxNesting),
		strings.Repeat("[a-é]", 5_000),
		strings.Repeat(`[^\W\d]|`, 5_000),
	} {
		re, err := Compile(pattern, "i")
		require.NoError(t, err)
		re.Match(NewText("aab"), 0, nil)
		require.LessOrEqual(t, len(re.code), 4*len(pattern))
	}
}

// Patterns that are known to take exponential or polynomial time.
func TestMatchIsLinear(t *testing.T) {
	const n = 20_000
	as := strings.Repeat("a", n)
	for _, c := range []struct{ pattern, text string }{
		{"(a+)+$", as + "b"},
		{"(a|a)*b", as},
		{"(.*)*x", as},
		{".*.*.*x", as},
		{".*?.*?.*?x", as},
		{"(?:a?){0,}b", as},
		{"((a*)*)*b", as},
		{"(a*a*a*)*b", as},
		{"(?:a|aa)+$", as + "b"},
		{"a*b", as},
		{"(a+a+)+b", as},
		{"(a*?)*?b", as},
		{"((a|b)*c?)*d", as},
		{"(a?)+?b", as},
		{`\s+$`, strings.Repeat(" ", n) + "b"},
		{"([^,]*,?)*;", strings.Repeat("abc,", n/4)},
		{"(?:a+)+é", as},
		{"(a+)+$", as + "é"},
	} {
		steps := 0
		got := mustCompile(t, c.pattern, "").Match(NewText(c.text), 0, &Meter{Steps: func(n int) { steps += n }})
		require.Nil(t, got, c.pattern)
		require.Less(t, steps, 60*n, c.pattern)
	}
}

// tooFar is what the tests' meter panics with.
type tooFar struct{}

func limit(steps int) *Meter {
	return &Meter{Steps: func(n int) {
		if steps -= n; steps < 0 {
			panic(tooFar{})
		}
	}}
}

func TestMatchAfterPanicOfMeter(t *testing.T) {
	text := NewText(strings.Repeat("a", 1000))
	for _, pattern := range []string{`(?:(a)|a)*\1b`, "(?=(a|a)*b)", "(?:(?:a|a){1,9}){1,900}b", "(?<=b(?:a|a)*)$"} {
		re := mustCompile(t, pattern, "")
		for range 10 {
			require.PanicsWithValue(t, tooFar{}, func() { re.Match(text, 0, limit(50_000)) }, pattern)
		}
		require.Equal(t, []int{0, 2}, mustCompile(t, "aa", "").Match(text, 0, nil))
	}
}

func TestRegexpIsSafeForConcurrentUse(t *testing.T) {
	re := mustCompile(t, `(\w+)@(\w+)\.(?:com|org)`, "i")
	text := NewText("mail to Someone@Example.ORG, please")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				if got := re.Match(text, 0, nil); len(got) != 6 || got[0] != 8 {
					t.Error(got)
				}
			}
		})
	}
	wg.Wait()
}

func TestMatchAllocatesItsResultOnly(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector makes pools forget")
	}
	re := mustCompile(t, `(\w+) (?:is|was) (\d+)`, "")
	text := NewText("the answer is 42")
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() { re.Match(text, 0, nil) }), 1.0)
	require.Zero(t, testing.AllocsPerRun(100, func() { text.Slice(4, 10) }))
}

func TestString(t *testing.T) {
	re := mustCompile(t, "(a)(?<b>b)(?:c)", "gi")
	require.Equal(t, "(a)(?<b>b)(?:c)", re.String())
	require.Equal(t, 2, re.Groups())
}

func FuzzMatch(f *testing.F) {
	for _, c := range matchCases {
		f.Add(c.pattern, c.flags, c.text, c.start)
	}
	for _, c := range syntaxErrors {
		f.Add(c.pattern, c.flags, "", 0)
	}
	f.Fuzz(func(t *testing.T, pattern, flags, s string, start int) {
		re, err := Compile(pattern, flags)
		if err != nil {
			return
		}
		text := NewText(s)
		first, complete := matchUpTo(re, text, start, memoAfter)
		for i := 0; i < len(first); i += 2 {
			from, to := first[i], first[i+1]
			if (from < 0) != (to < 0) || from > to || to > text.Len() {
				t.Fatalf("%q on %q: %v", pattern, s, first)
			}
			if from >= 0 {
				text.Slice(from, to)
			}
		}
		if second, ok := matchUpTo(re, text, start, 0); ok && complete {
			require.Equal(t, first, second)
		}
	})
}

// matchUpTo is a match that is given up after some steps.
func matchUpTo(re *Regexp, text *Text, start, memoAfter int) (got []int, complete bool) {
	defer func() {
		if r := recover(); r != nil && r != (tooFar{}) {
			panic(r)
		}
	}()
	return re.matchAt(text, start, limit(200_000), memoAfter), true
}
