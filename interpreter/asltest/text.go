package asltest

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gostates/gostates/value"
)

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func times(n int) string { return plural(n, "time") }

func indent(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n  ")
}

func numbered(lines []string) string {
	text := ""
	for i, l := range lines {
		text += fmt.Sprintf("\n  %d. %s", i+1, l)
	}
	return text
}

func equal(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// maxDiff is how many lines are compared one by one: more would take too long.
const maxDiff = 2000

// diff shows what two lists have in common, and what only one has: "-" is wanted
// and not there, "+" is there and not wanted.
func diff(want, got []string) string {
	var b strings.Builder
	if len(want) > maxDiff || len(got) > maxDiff {
		fmt.Fprintf(&b, "- %s\n+ %s\n", plural(len(want), "line"), plural(len(got), "line"))
		return b.String()
	}
	// common[i][j] is the length of what want[i:] and got[j:] have in common
	common := make([][]int, len(want)+1)
	for i := range common {
		common[i] = make([]int, len(got)+1)
	}
	for i := len(want) - 1; i >= 0; i-- {
		for j := len(got) - 1; j >= 0; j-- {
			if want[i] == got[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(want) || j < len(got) {
		switch {
		case i < len(want) && j < len(got) && want[i] == got[j]:
			fmt.Fprintf(&b, "  %s\n", want[i])
			i, j = i+1, j+1
		case j == len(got) || i < len(want) && common[i+1][j] >= common[i][j+1]:
			fmt.Fprintf(&b, "- %s\n", want[i])
			i++
		default:
			fmt.Fprintf(&b, "+ %s\n", got[j])
			j++
		}
	}
	return b.String()
}

// pretty is a value as JSON text, a line a member. Keys are sorted: their order
// is not compared.
func pretty(v any) []string { return prettyLines(v, "", "", "") }

func prettyLines(v any, in, before, after string) []string {
	switch v := v.(type) {
	case *value.Object:
		if v.Len() == 0 {
			break
		}
		lines := []string{in + before + "{"}
		keys := sorted(v.Keys())
		for i, key := range keys {
			member, _ := v.Get(key)
			lines = append(lines, prettyLines(member, in+"  ", value.String(key)+": ", comma(i, len(keys)))...)
		}
		return append(lines, in+"}"+after)
	case []any:
		if len(v) == 0 {
			break
		}
		lines := []string{in + before + "["}
		for i, item := range v {
			lines = append(lines, prettyLines(item, in+"  ", "", comma(i, len(v)))...)
		}
		return append(lines, in+"]"+after)
	}
	return []string{in + before + value.String(v) + after}
}

func comma(i, n int) string {
	if i < n-1 {
		return ","
	}
	return ""
}

// compact is a path in the notation of [Scope.WantPath]: what repeats is written
// once.
func compact(names []string) string {
	if len(names) == 0 {
		return "(no state)"
	}
	var parts []string
	for i := 0; i < len(names); {
		period, count := loopAt(names[i:])
		loop := strings.Join(names[i:i+period], ", ")
		switch {
		case count == 1:
			parts = append(parts, names[i])
		case period == 1:
			parts = append(parts, fmt.Sprintf("%d×%s", count, loop))
		default:
			parts = append(parts, fmt.Sprintf("%d×(%s)", count, loop))
		}
		i += period * count
	}
	return strings.Join(parts, ", ")
}

// maxPeriod is how long a loop may be that is found.
const maxPeriod = 50

// loopAt returns the loop that a path begins with: the one that makes it
// shortest. A single state has period and count 1.
func loopAt(names []string) (period, count int) {
	period, count = 1, 1
	saved := 0
	for p := 1; p <= min(len(names)/2, maxPeriod); p++ {
		n := 1
		for (n+1)*p <= len(names) && equal(names[:p], names[n*p:(n+1)*p]) {
			n++
		}
		if s := (n - 1) * p; n > 1 && s > saved {
			period, count, saved = p, n, s
		}
	}
	return period, count
}

// expand reads steps in the notation of [Scope.WantPath].
func (x *Execution) expand(steps []string) ([]string, string) {
	names := make([]string, 0, len(steps))
	for _, s := range steps {
		more, problem := x.expandOne(s)
		if problem != "" {
			return nil, problem
		}
		names = append(names, more...)
	}
	return names, ""
}

func (x *Execution) expandOne(text string) ([]string, string) {
	text = strings.TrimSpace(text)
	if stateOf(x.program, text) != nil {
		return []string{text}, ""
	}
	if parts := split(text); len(parts) > 1 {
		return x.expand(parts)
	}
	n, rest, ok := factor(text)
	if !ok {
		return nil, stateProblem(x.program, text, false)
	}
	inner, problem := x.expandOne(rest)
	if problem != "" {
		return nil, problem
	}
	var all []string
	for range n {
		all = append(all, inner...)
	}
	return all, ""
}

const maxLoop = 100_000

// factor takes 3×(A, B) apart.
func factor(text string) (n int, rest string, ok bool) {
	digits := 0
	for digits < len(text) && '0' <= text[digits] && text[digits] <= '9' {
		digits++
	}
	n, err := strconv.Atoi(text[:digits])
	if err != nil || n > maxLoop {
		return 0, "", false
	}
	rest = strings.TrimSpace(text[digits:])
	for _, sign := range []string{"×", "x", "*"} {
		if after, found := strings.CutPrefix(rest, sign); found {
			after = strings.TrimSpace(after)
			if strings.HasPrefix(after, "(") && strings.HasSuffix(after, ")") {
				after = after[1 : len(after)-1]
			}
			return n, after, after != ""
		}
	}
	return 0, "", false
}

// split cuts a text at the commas outside of parentheses.
func split(text string) []string {
	var parts []string
	depth, start := 0, 0
	for i, c := range text {
		switch c {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 0 {
				parts = append(parts, text[start:i])
				start = i + 1
			}
		}
	}
	return append(parts, text[start:])
}

// nearest is the name that is most like another one, if it is like it at all.
func nearest(name string, names []string) string {
	best, at := "", max(2, len(name)/3)+1
	for _, n := range names {
		if d := distance(strings.ToLower(name), strings.ToLower(n)); d < at {
			best, at = n, d
		}
	}
	return best
}

// distance is how many letters have to be changed, added or taken away.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
