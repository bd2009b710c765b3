package asltest

import (
	"fmt"
	"strings"
)

// maxDiff is the largest number of lines that are compared one by one: the time
// grows with its square.
const maxDiff = 2000

// diffLines returns a line diff. Lines that start with "-" are in want only, with
// "+" in got only.
func diffLines(want, got []string) string {
	var b strings.Builder
	if len(want) > maxDiff || len(got) > maxDiff {
		fmt.Fprintf(&b, "- %s\n+ %s\n", pluralize(len(want), "line"), pluralize(len(got), "line"))
		return b.String()
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
