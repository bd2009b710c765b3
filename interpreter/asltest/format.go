package asltest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

func pluralize(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func countTimes(n int) string { return pluralize(n, "time") }

func indentLines(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n  ")
}

func numberLines(lines []string) string {
	text := ""
	for i, l := range lines {
		text += fmt.Sprintf("\n  %d. %s", i+1, l)
	}
	return text
}

func joinNames(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func sortNames(names []string) []string {
	slices.Sort(names)
	return names
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
