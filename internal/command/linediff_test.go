package command

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUnifiedDiff(t *testing.T) {
	lines := func(from, to int) string {
		var b strings.Builder
		for i := from; i <= to; i++ {
			fmt.Fprintln(&b, i)
		}
		return b.String()
	}
	require.Empty(t, unifiedDiff("f", "a\n", "a\n"))
	require.Equal(t, "--- f\n+++ f (formatted)\n@@ -1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n", unifiedDiff("f", "a", "a\nb\n"))
	require.Equal(t, "--- f\n+++ f (formatted)\n@@ -0,0 +1 @@\n+a\n", unifiedDiff("f", "", "a\n"))
	require.Equal(t, `--- f
+++ f (formatted)
@@ -3,7 +3,6 @@
 3
 4
 5
-6
 7
 8
 9
@@ -18,3 +17,4 @@
 18
 19
 20
+x
`, unifiedDiff("f", lines(1, 20), lines(1, 5)+lines(7, 20)+"x\n"))
}

// A diff has all lines of both files, and its hunks start at the right lines.
func TestDiffsApply(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	text := func() (lines []string) {
		for range random.IntN(40) {
			lines = append(lines, fmt.Sprintln(random.IntN(30)))
		}
		return lines
	}
	for range 2000 {
		a := text()
		b := slices.Clone(a)
		if random.IntN(4) == 0 {
			b = text()
		}
		for range random.IntN(6) {
			at := random.IntN(len(b) + 1)
			if random.IntN(2) == 0 {
				b = slices.Insert(b, at, fmt.Sprintln(random.IntN(30)))
			} else {
				b = slices.Delete(b, at, min(len(b), at+random.IntN(3)))
			}
		}
		var before, after []string
		for _, c := range diffLines(a, b) {
			if c.sign != '+' {
				before = append(before, c.text)
			}
			if c.sign != '-' {
				after = append(after, c.text)
			}
		}
		require.Equal(t, strings.Join(a, ""), strings.Join(before, ""))
		require.Equal(t, strings.Join(b, ""), strings.Join(after, ""))
		require.Equal(t, strings.Join(b, ""), applyDiff(t, a, unifiedDiff("f", strings.Join(a, ""), strings.Join(b, ""))))
	}
}

// applyDiff applies a unified diff.
func applyDiff(t *testing.T, a []string, diff string) string {
	var made strings.Builder
	at := 0
	for i, hunk := range strings.Split(diff, "\n@@ -") {
		if i == 0 {
			continue // the names of the files
		}
		header, body, _ := strings.Cut(hunk, "\n")
		before, _, _ := strings.Cut(header, " ")
		first, n := 0, 1
		if start, count, several := strings.Cut(before, ","); several {
			_, err := fmt.Sscan(start+" "+count, &first, &n)
			require.NoError(t, err)
		} else {
			_, err := fmt.Sscan(before, &first)
			require.NoError(t, err)
		}
		if n > 0 {
			first--
		}
		for ; at < first; at++ {
			made.WriteString(a[at])
		}
		for line := range strings.Lines(body) {
			if !strings.HasSuffix(line, "\n") {
				line += "\n"
			}
			if line[0] != '+' {
				require.Equal(t, a[at], line[1:])
				at++
			}
			if line[0] != '-' {
				made.WriteString(line[1:])
			}
		}
	}
	return made.String() + strings.Join(a[at:], "")
}
