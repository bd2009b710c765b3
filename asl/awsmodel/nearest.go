package awsmodel

import "strings"

// leastSimilarity is the similarity above which AWS suggests a name. It is a
// guess (docs/evidence.md#model-suggestion).
const leastSimilarity = 0.6

// nearest returns the member whose name AWS suggests for a misspelt one, or "": the most
// similar one, without regard to case. The body of a request is never suggested. AWS measures
// differently from package spelling.
func nearest(name string, st *structure) (best string) {
	most := leastSimilarity
	for _, m := range st.members {
		if m.role == body || m.role == requiredBody {
			continue
		}
		if s := similarity(strings.ToLower(name), strings.ToLower(m.sdk)); s > most {
			most, best = s, m.sdk
		}
	}
	return best
}

// similarity is the one of Jaro and Winkler: 1 for equal words, 0 for words that
// have no letter in common.
func similarity(a, b string) float64 {
	if len(a) > maxSuggested || len(b) > maxSuggested {
		return 0
	}
	window := max(0, max(len(a), len(b))/2-1)
	var inA, inB []byte // the letters that both have near the same place
	used := make([]bool, len(b))
	for i := range len(a) {
		for j := max(0, i-window); j < min(len(b), i+window+1); j++ {
			if !used[j] && a[i] == b[j] {
				used[j] = true
				inA = append(inA, a[i])
				break
			}
		}
	}
	if len(inA) == 0 {
		return 0
	}
	for j := range used {
		if used[j] {
			inB = append(inB, b[j])
		}
	}
	moved := 0
	for i := range inA {
		if inA[i] != inB[i] {
			moved++
		}
	}
	common := float64(len(inA))
	jaro := (common/float64(len(a)) + common/float64(len(b)) + (common-float64(moved)/2)/common) / 3
	prefix := 0
	for prefix < min(4, len(a), len(b)) && a[prefix] == b[prefix] {
		prefix++
	}
	return jaro + float64(prefix)*0.1*(1-jaro)
}

// maxSuggested is the length of a name above which there is no suggestion.
const maxSuggested = 256
