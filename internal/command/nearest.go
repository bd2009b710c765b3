package command

import "strings"

// nearest returns the name that a misspelt one may stand for, or "": the one with the
// fewest letters to add, remove, replace or swap with the next one, at most a third of
// its letters. In a name of two or three letters it may be one, and of one letter none.
// Case is ignored.
func nearest(misspelt string, names []string) string {
	best, fewest := "", 0
	for _, name := range names {
		n := editDistance([]rune(strings.ToLower(misspelt)), []rune(strings.ToLower(name)))
		if n <= mostEdits(name) && (best == "" || n < fewest) {
			best, fewest = name, n
		}
	}
	return best
}

func mostEdits(name string) int {
	letters := len([]rune(name))
	return max(min(1, letters-1), letters/3)
}

// editDistance returns how many edits make one word of the other.
func editDistance(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		before, last, row = last, row, before
		row[0] = i + 1
		for j := range b {
			n := last[j]
			if a[i] != b[j] {
				n++
			}
			row[j+1] = min(n, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
