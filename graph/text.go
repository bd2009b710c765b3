package graph

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// replaceInvisible replaces characters that cannot be shown: control characters
// by their pictures (␊), other characters that XML forbids by U+FFFD.
func replaceInvisible(s string) string {
	const pictures, deletePicture = 0x2400, 0x2421
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ':
			return pictures + r
		case r == 0x7f:
			return deletePicture
		case r < 0xa0 && r > 0x7f, r == 0xfffe, r == 0xffff, r == 0x2028, r == 0x2029:
			return utf8.RuneError
		}
		return r
	}, s)
}

// Widths of Helvetica's characters from the space on, in thousandths of the
// font size.
var widths = [...]int{
	278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
	556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
	1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
	667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
	333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
	556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
}

// textWidth returns the width of a string in pixels, with reserve for wider
// fonts.
func textWidth(s string, size int) int {
	const (
		wide, other, thousand = 1000, 650, 1000
		room                  = 20 // per cent
	)
	w := 0
	for _, r := range s {
		switch {
		case r >= ' ' && int(r-' ') < len(widths):
			w += widths[r-' ']
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		case r >= 0x1100:
			w += wide
		default:
			w += other
		}
	}
	return (w*size*(100+room)/100 + thousand - 1) / thousand
}

// wrapText breaks a string into lines of at most width pixels, after a space or
// a sign if possible, otherwise within a word. It cuts off the rest after the
// last line.
func wrapText(s string, size, width, lines int) []string {
	var out []string
	runes := []rune(replaceInvisible(s))
	for len(runes) > 0 {
		n := fittingRunes(runes, size, width)
		if n < len(runes) && len(out) == lines-1 {
			for n--; n > 1 && textWidth(string(runes[:n])+"…", size) > width; n-- {
			}
			return append(out, strings.TrimSpace(string(runes[:max(1, n)]))+"…")
		}
		n = leaveLine(runes, n)
		if line := strings.TrimSpace(string(runes[:n])); line != "" || len(out) == 0 {
			out = append(out, line)
		}
		runes = runes[n:]
	}
	return out
}

// fittingRunes returns how many runes fit into a line, at least 1.
func fittingRunes(runes []rune, size, width int) int {
	const ranks = 3
	n, w := 0, 0
	var at [ranks]int // the last place to break after: a space, a sign, in a word
	for n < len(runes) {
		w += textWidth(string(runes[n]), size)
		if w > width && n > 0 && runes[n] != ' ' {
			break
		}
		n++
		if rank := breaksAfter(runes, n); rank < ranks {
			at[rank] = n
		}
	}
	if n == len(runes) {
		return n
	}
	const share = 3 // a better place may be this part of the line before
	for rank, place := range at {
		if place > n/share && (rank < ranks-1 || place > n/2) {
			return place
		}
	}
	return n
}

// breaksAfter returns how badly a line may end before rune i: after a space, a sign or
// within a word of several, from 0 to 2, or 3 if at none of these.
func breaksAfter(runes []rune, i int) int {
	if i >= len(runes) {
		return 0
	}
	last, next := runes[i-1], runes[i]
	switch {
	case next == ' ':
	case last == ' ':
		return 0
	case strings.ContainsRune("-_/.:,|", last):
		return 1
	case unicode.IsLower(last) && unicode.IsUpper(next):
		return 2
	}
	return 3
}

// leaveLine returns where to break before the end of runes, so that its last line has
// at least a few of them.
func leaveLine(runes []rune, n int) int {
	const fewest = 3
	if rest := len(runes) - n; rest == 0 || rest >= fewest || n <= fewest {
		return n
	}
	last := len(runes) - fewest
	for rank := range fewest {
		for i := last; i > last/2; i-- {
			if breaksAfter(runes, i) == rank {
				return i
			}
		}
	}
	return last
}

// shortStatus is statusLine in the few words that have room in a box: "✓ 6 s · ↻ 2" after two
// retries, "! OutOfStock". Without timed it has no duration.
func (r *Run) shortStatus(timed bool) string {
	if r.Text != "" {
		return r.Text
	}
	var parts []string
	if r.Error != "" && (r.Outcome == Caught || r.Outcome == Failed) {
		parts = append(parts, r.Error)
	}
	parts = append(parts, r.Items.describe()...)
	switch alike, all := r.countAlike(); {
	case alike < all:
		parts = append(parts, strconv.Itoa(alike)+"/"+strconv.Itoa(all))
	case r.Entered > 1:
		parts = append(parts, strconv.Itoa(r.Entered)+"×")
	}
	switch {
	case !timed || r.Longest < time.Millisecond:
	case r.Shortest == r.Longest:
		parts = append(parts, describeDuration(r.Longest))
	default:
		parts = append(parts, "≤ "+describeDuration(r.Longest))
	}
	if r.Attempts > 1 && r.Attempts > r.Entered {
		parts = append(parts, "↻ "+strconv.Itoa(r.Attempts-r.Entered))
	}
	if len(parts) == 0 || r.Outcome == Running && r.Items == (MapRunCounts{}) || r.Outcome == Aborted {
		parts = slices.Insert(parts, 0, r.Outcome.String())
	}
	text := strings.Join(parts, " · ")
	if int(r.Outcome) < len(styles) {
		text = styles[r.Outcome].sign + " " + text
	}
	return text
}

// countAlike returns how many of the entries that count have the outcome.
func (r *Run) countAlike() (alike, all int) {
	if r.counted == 0 { // nothing was counted
		return 0, 0
	}
	return r.counts[min(r.Outcome, Running)], r.counted
}

// statusLine summarizes the progress of an execution in a state.
func (r *Run) statusLine() string {
	if r.Text != "" {
		return r.Text
	}
	var parts []string
	alike, all := r.countAlike()
	if r.Outcome != NotReached || r.Items == (MapRunCounts{}) {
		parts = append(parts, r.Outcome.String())
		if alike < all {
			parts[0] = strconv.Itoa(alike) + " of " + strconv.Itoa(all) + " " + parts[0]
		}
		if failed := r.counts[Failed]; failed > 0 && r.Outcome == Running {
			parts[0] += ", " + strconv.Itoa(failed) + " failed"
		}
		if r.Error != "" && r.Outcome != Succeeded {
			parts[0] += ": " + r.Error
		}
	}
	parts = append(parts, r.Items.describe()...)
	if r.Entered > 1 && alike == all {
		parts = append(parts, "entered "+pluralOf(r.Entered, "time"))
	}
	if r.Attempts > 1 && r.Attempts > r.Entered {
		parts = append(parts, pluralOf(r.Attempts, "attempt"))
	}
	switch {
	case r.Ended.IsZero() || r.Longest < time.Millisecond:
	case r.Shortest == r.Longest:
		parts = append(parts, describeDuration(r.Longest))
	case r.Shortest < time.Millisecond:
		parts = append(parts, "up to "+describeDuration(r.Longest))
	default:
		parts = append(parts, describeDuration(r.Shortest)+" to "+describeDuration(r.Longest))
	}
	return strings.Join(parts, ", ")
}

// countStates tells the states by their outcomes.
func (g *Graph) countStates() string {
	var count [len(styles) + 1]int // the last one is of unknown outcomes
	states := 0
	var add func(in *Group)
	add = func(in *Group) {
		for _, n := range in.Nodes {
			if n.Kind == State {
				states++
				count[min(int(n.outcome()), len(styles))]++
			}
			for _, inner := range n.Groups {
				add(inner)
			}
		}
	}
	add(&g.Group)
	text := pluralOf(states, "state")
	if !g.Traced {
		return text
	}
	between := ": "
	for o, n := range count[:len(styles)] {
		if n > 0 {
			text += between + strconv.Itoa(n) + " " + Outcome(o).String()
			between = ", "
		}
	}
	return text
}
