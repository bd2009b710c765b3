package interpreter

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gostates/gostates/interpreter/internal/trusted"
)

// Mux is a [Resolver] by name. A key is the Resource as the definition spells
// it, or a pattern in which * stands for any text, also none:
//
//	interpreter.Mux{
//		"charge": interpreter.Func(charge),
//		"arn:aws:lambda:*:*:function:charge": interpreter.Func(charge),
//		"arn:aws:states:::http:invoke":       fetch,
//		"*":                                  fallback,
//	}
//
// The exact name wins, then the pattern with the most characters besides its
// stars, then the one that sorts first. It must not be changed once an
// interpreter has it.
type Mux map[string]Handler

// Resolve returns the handler of the key that fits best.
func (m Mux) Resolve(_, resource string) (Handler, bool) {
	if h, ok := m[resource]; ok {
		return h, true
	}
	return newPatterns(m).resolve(resource)
}

// table is a Mux whose patterns are in order already.
type table struct {
	exact    Mux
	patterns patterns
}

func (t *table) Resolve(_, resource string) (Handler, bool) {
	if h, ok := t.exact[resource]; ok {
		return h, true
	}
	return t.patterns.resolve(resource)
}

// prepared returns what resolves as r does, faster.
func prepared(r Resolver) Resolver {
	switch r := r.(type) {
	case Mux:
		return &table{r, newPatterns(r)}
	case Resolvers:
		all := make(Resolvers, len(r))
		for i := range r {
			all[i] = prepared(r[i])
		}
		return all
	}
	return r
}

// isOurs reports whether a resolver calls no code of the host.
func isOurs(r Resolver) bool {
	switch r := r.(type) {
	case nil, *table, Services, *StartExecution:
		return true
	case Resolvers:
		return !slices.ContainsFunc(r, func(one Resolver) bool { return !isOurs(one) })
	}
	return trusted.IsMarked(r)
}

// patterns are sorted, the more specific before the less.
type patterns []pattern

type pattern struct {
	text    string
	literal int // characters besides the stars
	handler Handler
}

func newPatterns(m Mux) patterns {
	var all patterns
	for text, h := range m { // in any order: sorted below
		if stars := strings.Count(text, "*"); stars > 0 {
			all = append(all, pattern{text, len(text) - stars, h})
		}
	}
	slices.SortFunc(all, func(a, b pattern) int {
		return cmp.Or(b.literal-a.literal, strings.Compare(a.text, b.text))
	})
	return all
}

func (all patterns) resolve(resource string) (Handler, bool) {
	for i := range all {
		if matches(all[i].text, resource) {
			return all[i].handler, true
		}
	}
	return nil, false
}

// matches reports whether a text fits a pattern: what stands between the stars
// comes in that order, the first part at the start and the last at the end.
func matches(pattern, text string) bool {
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
