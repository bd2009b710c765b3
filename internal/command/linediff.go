package command

import (
	"fmt"
	"slices"
	"strings"
)

// lineChange is a line of a diff: kept (' '), removed ('-') or added ('+').
type lineChange struct {
	sign byte
	text string // with its line feed, if it has one
}

// diffLines returns a shortest way, or a short one, from a to b. Lines that occur once in
// both are its anchors, so that it takes time in proportion to n log n.
func diffLines(a, b []string) (changes []lineChange) {
	emit := func(sign byte, lines []string) {
		for _, line := range lines {
			changes = append(changes, lineChange{sign, line})
		}
	}
	i, j := 0, 0
	for _, anchor := range append(anchors(a, b), [2]int{len(a), len(b)}) {
		x, y := anchor[0], anchor[1]
		if x < i || y < j {
			continue // the lines before have taken it
		}
		for i < x && j < y && a[i] == b[j] {
			emit(' ', a[i:i+1])
			i, j = i+1, j+1
		}
		k := 0
		for x-k > i && y-k > j && a[x-k-1] == b[y-k-1] {
			k++
		}
		emit('-', a[i:x-k])
		emit('+', b[j:y-k])
		emit(' ', a[x-k:x])
		i, j = x, y
		for i < len(a) && j < len(b) && a[i] == b[j] {
			emit(' ', a[i:i+1])
			i, j = i+1, j+1
		}
	}
	return changes
}

// anchors returns the indexes of lines that occur once in a and once in b, as many as
// there are in the same order in both.
func anchors(a, b []string) (found [][2]int) {
	const several = -1
	index := func(lines []string) map[string]int {
		at := make(map[string]int, len(lines))
		for i, line := range lines {
			if _, has := at[line]; has {
				at[line] = several
			} else {
				at[line] = i
			}
		}
		return at
	}
	inA, inB := index(a), index(b)
	// The longest increasing sequence of indexes in b: last[n] is the pair that ends the
	// best one of n+1 pairs, and before leads back.
	var pairs [][2]int
	var before, last []int
	for i, line := range a {
		j, has := inB[line]
		if !has || j == several || inA[line] == several {
			continue
		}
		n, _ := slices.BinarySearchFunc(last, j, func(k, j int) int { return pairs[k][1] - j })
		pairs, before = append(pairs, [2]int{i, j}), append(before, -1)
		k := len(pairs) - 1
		if n > 0 {
			before[k] = last[n-1]
		}
		if n == len(last) {
			last = append(last, k)
		} else {
			last[n] = k
		}
	}
	if len(last) == 0 {
		return nil
	}
	for k := last[len(last)-1]; k >= 0; k = before[k] {
		found = append(found, pairs[k])
	}
	slices.Reverse(found)
	return found
}

// contextLines is how many lines a diff shows around changes.
const contextLines = 3

// unifiedDiff returns the changes from before to after as diff -u prints them, or "" if
// there are none.
func unifiedDiff(name, before, after string) string {
	if before == after {
		return ""
	}
	all := diffLines(slices.Collect(strings.Lines(before)), slices.Collect(strings.Lines(after)))
	var out strings.Builder
	fmt.Fprintf(&out, "--- %s\n+++ %s (formatted)\n", name, name)
	lineA, lineB := 1, 1 // of all[i]
	for i := 0; i < len(all); {
		first := slices.IndexFunc(all[i:], func(c lineChange) bool { return c.sign != ' ' })
		if first < 0 {
			break
		}
		start := i + max(0, first-contextLines)
		lineA, lineB = lineA+start-i, lineB+start-i
		end, kept := start, 0 // the hunk ends where many lines are kept
		for end < len(all) && kept <= 2*contextLines {
			if kept++; all[end].sign != ' ' || end < i+first {
				kept = 0
			}
			end++
		}
		end -= max(0, kept-contextLines)
		linesA, linesB := 0, 0
		var body strings.Builder
		for _, c := range all[start:end] {
			if c.sign != '+' {
				linesA++
			}
			if c.sign != '-' {
				linesB++
			}
			body.WriteByte(c.sign)
			body.WriteString(strings.TrimSuffix(c.text, "\n") + "\n")
			if !strings.HasSuffix(c.text, "\n") {
				body.WriteString("\\ No newline at end of file\n")
			}
		}
		fmt.Fprintf(&out, "@@ -%s +%s @@\n%s", lineRange(lineA, linesA), lineRange(lineB, linesB), body.String())
		lineA, lineB, i = lineA+linesA, lineB+linesB, end
	}
	return out.String()
}

func lineRange(first, n int) string {
	switch n {
	case 0:
		return fmt.Sprintf("%d,0", first-1)
	case 1:
		return fmt.Sprint(first)
	}
	return fmt.Sprintf("%d,%d", first, n)
}
