package interpreter

import (
	"cmp"
	"slices"
	"strings"
)

// Mux is a [Resolver] by name. A key is a Resource as the definition spells it, or
// a pattern in which * matches any string, including the empty one:
//
//	interpreter.Mux{
//		"charge": interpreter.Func(charge),
//		"arn:aws:lambda:*:*:function:charge": interpreter.Func(charge),
//		"arn:aws:states:::http:invoke":       fetch,
//		"*":                                  fallback,
//	}
//
// The exact name wins, then the pattern with the most characters other than *, then
// the one that sorts first. A Mux must not be changed after an interpreter was made
// with it.
type Mux map[string]Handler

// Resolve returns the handler of the best match.
func (m Mux) Resolve(_, resource string) (Handler, bool) {
	if h, ok := m[resource]; ok {
		return h, true
	}
	return newPatterns(m).resolvePattern(resource)
}

// preparedMux is a Mux with sorted patterns.
type preparedMux struct {
	exact    Mux
	patterns patterns
}

func (t *preparedMux) Resolve(_, resource string) (Handler, bool) {
	if h, ok := t.exact[resource]; ok {
		return h, true
	}
	return t.patterns.resolvePattern(resource)
}

// patterns are sorted, the most specific first.
type patterns []pattern

type pattern struct {
	text    string
	literal int // number of characters other than *
	handler Handler
}

func newPatterns(m Mux) patterns {
	var all patterns
	for text, h := range m { // sorted below
		if stars := strings.Count(text, "*"); stars > 0 {
			all = append(all, pattern{text, len(text) - stars, h})
		}
	}
	slices.SortFunc(all, func(a, b pattern) int {
		return cmp.Or(b.literal-a.literal, strings.Compare(a.text, b.text))
	})
	return all
}

func (all patterns) resolvePattern(resource string) (Handler, bool) {
	for i := range all {
		if matchPattern(all[i].text, resource) {
			return all[i].handler, true
		}
	}
	return nil, false
}

// matchPattern reports whether text matches a pattern: the parts between the stars
// occur in this order, the first at the start and the last at the end.
func matchPattern(pattern, text string) bool {
	first, rest, stars := strings.Cut(pattern, "*")
	if !stars {
		return pattern == text
	}
	text, ok := strings.CutPrefix(text, first)
	for ok {
		var part string
		if part, rest, stars = strings.Cut(rest, "*"); !stars {
			return strings.HasSuffix(text, part)
		}
		_, text, ok = strings.Cut(text, part)
	}
	return false
}
