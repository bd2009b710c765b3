// Package spelling finds the name that a misspelt one may stand for.
package spelling

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Similar returns the known name of which name is most likely a misspelling: the one with
// the fewest letters to add, remove, replace or swap with the next one, and the first of
// several. Case is ignored. It reports false if no known name is similar.
//
// One edit is allowed for each four letters behind the last '.', ':' or '/' of the known name,
// so that a common prefix does not make names similar: at least one, at most three, and none
// in a name of one or two letters. A known name equal to name is not a misspelling.
func Similar(name string, known iter.Seq[string]) (similar string, ok bool) {
	fewest := most + 1
	letters := lowerCase(name)
	for k := range known {
		if k == name || len(k)-len(name) > most*utf8.UTFMax {
			continue
		}
		lower := lowerCase(k)
		allowed := min(maxEdits(k), fewest-1)
		if n := countEdits(letters, lower, allowed); n <= allowed {
			similar, fewest = k, n
		}
		if fewest == 0 {
			break
		}
	}
	return similar, fewest <= most
}

// most is the greatest number of edits in a misspelling.
const most = 3

func lowerCase(name string) []rune {
	letters := []rune(name)
	for i, r := range letters {
		letters[i] = unicode.ToLower(r)
	}
	return letters
}

// maxEdits returns how many edits may make a misspelling of a known name.
func maxEdits(known string) int {
	letters := utf8.RuneCountInString(known[strings.LastIndexAny(known, ".:/")+1:])
	if letters <= 2 {
		return 0
	}
	return max(1, min(letters/4, most))
}

// countEdits returns how many edits make one word of the other. It stops counting above
// limit, and takes linear time.
func countEdits(a, b []rune, limit int) int {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	longer := max(len(a), len(b))
	shorter := min(len(a), len(b))
	switch {
	case shorter == 0, longer-shorter > limit:
		return longer
	case limit == 0:
		return 1
	}
	n := min(countEdits(a[1:], b, limit-1), countEdits(a, b[1:], limit-1), countEdits(a[1:], b[1:], limit-1))
	if shorter > 1 && a[0] == b[1] && a[1] == b[0] {
		n = min(n, countEdits(a[2:], b[2:], limit-1))
	}
	return n + 1
}
