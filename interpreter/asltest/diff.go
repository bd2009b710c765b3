package asltest

import (
	"fmt"
	"strings"
)

// maxDiff is the largest number of lines that are compared one by one: the time
// grows with its square.
const maxDiff = 2000

// A diff with more lines than longDiff leaves out those that are equal, except for
// nearLines around what differs.
const longDiff, nearLines = 40, 2

// diffLines returns a line diff. Lines that start with "-" are in want only, with
// "+" in got only.
func diffLines(want, got []string) string {
	before := 0
	for before < min(len(want), len(got)) && want[before] == got[before] {
		before++
	}
	after := 0
	for after < min(len(want), len(got))-before && want[len(want)-1-after] == got[len(got)-1-after] {
		after++
	}
	var lines []string
	for _, line := range want[:before] {
		lines = append(lines, "  "+line)
	}
	lines = append(lines, diffMiddle(want[before:len(want)-after], got[before:len(got)-after])...)
	for _, line := range want[len(want)-after:] {
		lines = append(lines, "  "+line)
	}
	return strings.Join(shorten(lines), "\n") + "\n"
}

// diffMiddle is the diff of what is left without equal lines at the start and the end.
func diffMiddle(want, got []string) []string {
	if len(want) > maxDiff || len(got) > maxDiff {
		return []string{"- " + firstLine(want), "+ " + firstLine(got)}
	}
	// common[i][j] is the length of the longest common subsequence of want[i:] and
	// got[j:].
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
	var lines []string
	i, j := 0, 0
	for i < len(want) || j < len(got) {
		switch {
		case i < len(want) && j < len(got) && want[i] == got[j]:
			lines = append(lines, "  "+want[i])
			i, j = i+1, j+1
		case j == len(got) || i < len(want) && common[i+1][j] >= common[i][j+1]:
			lines = append(lines, "- "+want[i])
			i++
		default:
			lines = append(lines, "+ "+got[j])
			j++
		}
	}
	return lines
}

func firstLine(lines []string) string {
	if len(lines) == 0 {
		return "(nothing)"
	}
	return fmt.Sprintf("%s (and %s more)", lines[0], pluralize(len(lines)-1, "line"))
}

// shorten leaves out most equal lines of a long diff, and the middle of many that differ.
func shorten(lines []string) []string {
	if len(lines) <= longDiff {
		return lines
	}
	var short []string
	for i := 0; i < len(lines); {
		end := i
		for end < len(lines) && lines[end][0] == lines[i][0] {
			end++
		}
		run, before, after := lines[i:end], longDiff/4, longDiff/4
		if run[0][0] == ' ' {
			before, after = nearLines, nearLines
			if i == 0 {
				before = 0
			}
			if end == len(lines) {
				after = 0
			}
		}
		i = end
		dropped := len(run) - before - after
		if dropped < 2 {
			short = append(short, run...)
			continue
		}
		short = append(short, run[:before]...)
		short = append(short, fmt.Sprintf("%c ... %s", run[0][0], pluralize(dropped, "more line")))
		short = append(short, run[len(run)-after:]...)
	}
	return short
}
