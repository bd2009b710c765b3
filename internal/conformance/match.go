package conformance

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gostates/gostates/value"
)

// matcher compares recorded values with actual ones. It binds placeholders and
// collects differences.
type matcher struct {
	wild     map[string]bool   // placeholders that match any value
	recorded time.Time         // how AWS wrote values at that time
	bound    map[string]string // placeholder -> the string that it was bound to
	diffs    []string

	anyKeyOrder bool // also in JSON objects
}

func newMatcher(c *Case) *matcher {
	return &matcher{
		wild: c.wild, recorded: c.recorded, bound: make(map[string]string),
		anyKeyOrder: strings.Contains(c.Name, "item_reader_base_list_objects_v2"), // the test itself made its items
	}
}

// matchTentatively runs a comparison, and undoes it if anything differs.
func (m *matcher) matchTentatively(compare func(*matcher)) bool {
	c := &matcher{wild: m.wild, recorded: m.recorded, bound: maps.Clone(m.bound), anyKeyOrder: m.anyKeyOrder}
	compare(c)
	if len(c.diffs) > 0 {
		return false
	}
	m.bound = c.bound
	return true
}

// takeDifferences returns the differences since the last call.
func (m *matcher) takeDifferences() []string {
	d := m.diffs
	m.diffs = nil
	return d
}

func (m *matcher) noteDifference(at, format string, args ...any) {
	m.diffs = append(m.diffs, at+": "+fmt.Sprintf(format, args...))
}

func (m *matcher) noteUnlike(at string, want, got any) {
	m.noteDifference(at, "expected %s, got %s", shortJSON(want), shortJSON(got))
}

// maxShown is the number of bytes of a value that a problem shows.
const maxShown = 2000

// shortJSON prints a value, cut if it is very long.
func shortJSON(v any) string {
	s := value.String(v)
	if len(s) <= maxShown {
		return s
	}
	return fmt.Sprintf("%s... (%d bytes)", s[:maxShown], len(s))
}

// dataFields are the members of details that hold JSON. The recorder parsed
// those that hold an object.
var dataFields = map[string]bool{"input": true, "output": true, "parameters": true, "cause": true}

// matchMembers compares two objects member by member, in any order.
func (m *matcher) matchMembers(at string, want, got *value.Object, compare func(at string, want, got any)) {
	for key, w := range want.All() {
		if g, ok := got.Get(key); ok {
			compare(at+"."+key, w, g)
		} else {
			m.noteDifference(at+"."+key, "expected %s, got nothing", shortJSON(w))
		}
	}
	for key, g := range got.All() {
		if !want.Has(key) {
			m.noteDifference(at+"."+key, "expected nothing, got %s", shortJSON(g))
		}
	}
}

// matchDetails compares an object of the API, whose keys are not ordered.
func (m *matcher) matchDetails(at string, want, got *value.Object) {
	m.matchMembers(at, want, got, m.matchDetailMember)
}

func (m *matcher) matchDetailMember(at string, want, got any) {
	key := at[strings.LastIndexByte(at, '.')+1:]
	w, wok := want.(*value.Object)
	g, gok := got.(*value.Object)
	switch {
	case dataFields[key]:
		m.matchData(at, want, got)
	case key == "assignedVariables" && wok && gok:
		m.matchMembers(at, w, g, m.matchData) // its members hold JSON
	case wok && gok:
		m.matchDetails(at, w, g)
	default:
		m.matchJSON(at, want, got)
	}
}

// matchData compares members that hold JSON in the API, as values. Strings that
// are not JSON are compared as strings. The recorder parsed objects, so only
// the actual one must be a string.
func (m *matcher) matchData(at string, want, got any) {
	g, ok := got.(string)
	if !ok {
		m.noteDifference(at, "expected a string, got %s", shortJSON(got))
		return
	}
	w, ok := want.(string)
	if ok && m.wild[w] {
		return
	}
	actual, err := value.ParseString(g)
	if err != nil {
		m.matchJSON(at, want, got)
		return
	}
	if !ok {
		m.matchJSON(at, want, actual)
		return
	}
	if recorded, err := value.ParseString(w); err == nil {
		m.matchJSON(at, recorded, actual)
		return
	}
	m.matchString(at, w, got)
}

// matchJSON compares two JSON values. The order of keys matters, and 1 differs
// from 1.0.
func (m *matcher) matchJSON(at string, want, got any) {
	switch w := want.(type) {
	case string:
		m.matchString(at, w, got)
	case []any:
		if g, ok := got.([]any); ok {
			m.matchArray(at, w, g)
			return
		}
		m.noteUnlike(at, want, got)
	case *value.Object:
		if g, ok := got.(*value.Object); ok {
			m.matchObject(at, w, g)
			return
		}
		m.noteUnlike(at, want, got)
	default:
		if !value.Identical(want, got) {
			m.noteUnlike(at, want, got)
		}
	}
}

func (m *matcher) matchArray(at string, want, got []any) {
	if len(want) != len(got) {
		m.noteDifference(at, "expected %d elements, got %d: %s and %s", len(want), len(got), shortJSON(want), shortJSON(got))
		return
	}
	for i := range want {
		m.matchJSON(fmt.Sprintf("%s[%d]", at, i), want[i], got[i])
	}
}

func (m *matcher) matchObject(at string, want, got *value.Object) {
	before := len(m.diffs)
	got = m.withoutRedrive(at, want, got)
	m.matchMembers(at, want, got, m.matchJSON)
	if len(m.diffs) == before && !m.anyKeyOrder && !slices.Equal(want.Keys(), got.Keys()) {
		m.noteDifference(at, "expected the keys in the order %q, got %q", want.Keys(), got.Keys())
	}
}

// matchString compares a recorded string with an actual value.
func (m *matcher) matchString(at, want string, got any) {
	if m.wild[want] {
		return
	}
	g, ok := got.(string)
	if !ok {
		if !m.anyKeyOrder || !isNumber(got) || placeholder.FindString(want) != want {
			m.noteUnlike(at, want, got)
		}
		return
	}
	if want == g {
		return // equal strings bind no placeholder
	}
	if g = dates.ReplaceAllString(g, "date"); want == g {
		return
	}
	if w, ok := containerIn(want); ok {
		if v, ok := containerIn(g); ok {
			m.matchJSON(at, w, v)
			return
		}
	}
	if !m.matchPattern(want, g) {
		m.noteUnlike(at, want, g)
	}
}

// isNumber reports whether a value is a number. The recorder replaced some by a
// placeholder.
func isNumber(v any) bool { return value.Kind(v) == "number" }

// dates matches strings that the recorder replaced by the word date.
var dates = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?(\d\d)?)`)

// containerIn returns the array or object whose JSON is s.
func containerIn(s string) (any, bool) {
	if t := strings.TrimSpace(s); t == "" || t[0] != '{' && t[0] != '[' {
		return nil, false
	}
	v, err := value.ParseString(s)
	return v, err == nil
}

var placeholder = regexp.MustCompile(`<[^<>]+>`)

// matchPattern matches a string against a recorded one with placeholders, and
// binds the placeholders.
func (m *matcher) matchPattern(want, got string) bool {
	var parts []string // literal, placeholder, literal, ..., literal
	end := 0
	for _, at := range placeholder.FindAllStringIndex(want, -1) {
		parts = append(parts, want[end:at[0]], want[at[0]:at[1]])
		end = at[1]
	}
	if len(parts) == 0 {
		return false
	}
	bound := maps.Clone(m.bound)
	if !fitPattern(append(parts, want[end:]), got, bound) {
		return false
	}
	m.bound = bound
	return true
}

// fitPattern finds the shortest strings for the placeholders, from the left.
func fitPattern(parts []string, got string, bound map[string]string) bool {
	rest, ok := strings.CutPrefix(got, parts[0])
	if !ok || len(parts) == 1 {
		return ok && rest == ""
	}
	name := parts[1]
	if known, ok := bound[name]; ok {
		rest, ok = strings.CutPrefix(rest, known)
		return ok && fitPattern(parts[2:], rest, bound)
	}
	for n := range len(rest) + 1 {
		bound[name] = rest[:n]
		if fitPattern(parts[2:], rest[n:], bound) {
			return true
		}
		delete(bound, name)
	}
	return false
}
