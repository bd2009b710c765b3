package asltest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gostates/gostates/value"
)

// maxPaths is how many differing paths a diff lists.
const maxPaths = 20

// diffValues describes how two values differ: as a diff of their lines, or if these are
// many by the paths that differ.
func diffValues(want, got any) string {
	w, g := prettyJSON(want), prettyJSON(got)
	if max(len(w), len(g)) <= longDiff && longestLine(w, g) <= maxLine {
		return diffLines(w, g)
	}
	d := &pathDiff{}
	d.compare("$", want, got)
	more := ""
	if d.more > 0 {
		more = fmt.Sprintf("and %s more\n", pluralize(d.more, "difference"))
	}
	return strings.Join(d.lines, "\n") + "\n" + more
}

// maxLine is the length up to which lines are shown as they are.
const maxLine = 200

func longestLine(all ...[]string) int {
	longest := 0
	for _, lines := range all {
		for _, line := range lines {
			longest = max(longest, len(line))
		}
	}
	return longest
}

// pathDiff collects the differing paths of two values.
type pathDiff struct {
	change bool // from want to got, rather than a mistake
	lines  []string
	more   int // that were not listed
}

func (d *pathDiff) addDifference(path, format string, args ...any) {
	if len(d.lines) == maxPaths {
		d.more++
		return
	}
	d.lines = append(d.lines, path+": "+fmt.Sprintf(format, args...))
}

func (d *pathDiff) addBoth(path, want, got string) {
	if d.change {
		d.addDifference(path, "%s -> %s", want, got)
	} else {
		d.addDifference(path, "want %s, got %s", want, got)
	}
}

func (d *pathDiff) addMissing(path string, want any) {
	if d.change {
		d.addDifference(path, "%s is gone", shortJSON(want))
	} else {
		d.addDifference(path, "missing, want %s", shortJSON(want))
	}
}

func (d *pathDiff) addUnwanted(path string, got any) {
	if d.change {
		d.addDifference(path, "%s is new", shortJSON(got))
	} else {
		d.addDifference(path, "not wanted, got %s", shortJSON(got))
	}
}

func (d *pathDiff) compare(path string, want, got any) {
	if value.Equal(want, got) {
		return
	}
	switch w := want.(type) {
	case *value.Object:
		if g, ok := got.(*value.Object); ok {
			d.compareObjects(path, w, g)
			return
		}
	case []any:
		if g, ok := got.([]any); ok {
			d.compareArrays(path, w, g)
			return
		}
	case string:
		if g, ok := got.(string); ok && max(len(w), len(g)) > maxShort {
			d.compareStrings(path, w, g)
			return
		}
	}
	d.addBoth(path, shortJSON(want), shortJSON(got))
}

func (d *pathDiff) compareObjects(path string, want, got *value.Object) {
	names := append(want.Keys(), got.Keys()...)
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		w, wanted := want.Get(name)
		g, there := got.Get(name)
		at := path + "." + name
		if !isPlainName(name) {
			at = path + "[" + value.String(name) + "]"
		}
		switch {
		case !there:
			d.addMissing(at, w)
		case !wanted:
			d.addUnwanted(at, g)
		default:
			d.compare(at, w, g)
		}
	}
}

// compareArrays takes items out of account that are equal at both ends, so that one that
// was added does not make all after it differ.
func (d *pathDiff) compareArrays(path string, want, got []any) {
	before, after := 0, 0
	for before < min(len(want), len(got)) && value.Equal(want[before], got[before]) {
		before++
	}
	if len(want) != len(got) {
		for after < min(len(want), len(got))-before && value.Equal(want[len(want)-1-after], got[len(got)-1-after]) {
			after++
		}
		d.addBoth(path, pluralize(len(want), "item"), strconv.Itoa(len(got)))
	}
	w, g := want[before:len(want)-after], got[before:len(got)-after]
	for i := range max(len(w), len(g)) {
		at := path + "[" + strconv.Itoa(before+i) + "]"
		switch {
		case i >= len(g):
			d.addMissing(at, w[i])
		case i >= len(w):
			d.addUnwanted(at, g[i])
		default:
			d.compare(at, w[i], g[i])
		}
	}
}

// compareStrings shows two long strings from where they differ.
func (d *pathDiff) compareStrings(path, want, got string) {
	at := 0
	for at < min(len(want), len(got)) && want[at] == got[at] {
		at++
	}
	for at > 0 && at < len(want) && !utf8.RuneStart(want[at]) {
		at--
	}
	d.addBoth(fmt.Sprintf("%s, from byte %d on", path, at), shortJSON(want[at:]), shortJSON(got[at:]))
}

// isPlainName reports whether a member's name needs no quotes in a path.
func isPlainName(name string) bool {
	for i, c := range name {
		if c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}
