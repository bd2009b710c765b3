package jsonata

import (
	"math"
	"strconv"
	"strings"

	"github.com/gostates/gostates/jsonata/internal/jsregexp"
	"github.com/gostates/gostates/value"
)

var regexpFunctions = []builtin{
	{"match", "<s-f<s:o>n?:a<o>>", 3, fnMatch},
	{"contains", "<s-(sf):b>", 2, fnContains},
	{"replace", "<s-(sf)(sf)n?:s>", 4, fnReplace},
	{"split", "<s-(sf)n?:a<s>>", 3, fnSplit},
}

// A matches iterates over the matches of a string. The matcher is a regular
// expression, or any function with the same protocol: it returns an object with
// match, start, end, groups and next for the first match, and next returns one
// for each further match.
type matches struct {
	c    *call
	text subject

	re    *Lambda // a regular expression
	meter *jsregexp.Meter
	loc   []int // its current match
	at    int   // offset at which the search for the next match starts

	object *value.Object // the current match of any other function
	next   any
	null   bool // the function returned null, which has no members
	found  bool
}

// A subject is the string to match. Offsets are in code units.
type subject struct {
	*jsregexp.Text
	wide bool // its slices are copies
}

func (st *state) newSubject(s string) subject {
	st.step(len(s) / 16)
	wide := !isASCII(s)
	if wide {
		st.keepBytes(2 * len(s))
	}
	return subject{jsregexp.NewText(s), wide}
}

func (st *state) sliceText(text subject, from, to int) string {
	if text.wide {
		st.step((to - from) / 16)
		st.keepBytes(3 * (to - from))
	}
	return text.Slice(from, to)
}

// startMatching finds the first match.
func (c *call) startMatching(s string, matcher any) *matches {
	m := &matches{c: c, text: c.newSubject(s), next: matcher}
	if f, ok := matcher.(*Lambda); ok && f.regexp != nil {
		m.re, m.meter = f, c.regexpMeter()
		m.setMatch(f.regexp.Match(m.text.Text, 0, m.meter))
		return m
	}
	m.askMatcher(s)
	return m
}

// setMatch makes loc the current match.
func (m *matches) setMatch(loc []int) {
	m.loc, m.found = loc, loc != nil
	if m.found {
		m.at = loc[1]
	}
}

// advanceMatch finds the next match. An empty match of a regular expression is
// an error: it would match forever.
func (m *matches) advanceMatch() {
	m.c.step(1)
	if m.re == nil {
		m.next = m.matchField("next")
		m.askMatcher(Undefined)
		return
	}
	m.setMatch(nextMatch(m.re, m.text, m.at, m.meter))
}

func nextMatch(re *Lambda, text subject, at int, meter *jsregexp.Meter) []int {
	if at >= text.Len() {
		return nil
	}
	loc := re.regexp.Match(text.Text, at, meter)
	if loc != nil && loc[0] == loc[1] {
		panic(failValue("D1004", re.regexp.String()))
	}
	return loc
}

// askMatcher calls the matcher function.
func (m *matches) askMatcher(arg any) {
	f, ok := m.next.(*Lambda)
	switch {
	case m.next == Undefined:
		throwException("Cannot read properties of undefined (reading 'apply')")
	case m.next == nil:
		throwException("Cannot read properties of null (reading 'apply')")
	case !ok:
		throwException("matcher.apply is not a function")
	}
	m.object = nil
	result := m.c.callFunction(f, m.c.context, arg)
	m.found, m.null = result != Undefined, result == nil
	if !m.found || isFalsy(result) {
		return
	}
	m.object, _ = result.(*value.Object)
	_, list := items(m.matchField("groups"))
	if !isNumber(m.matchField("start")) && !list && !isFunction(m.matchField("next")) {
		panic(failWith("T1010"))
	}
}

// isFalsy reports whether JavaScript converts v to false.
func isFalsy(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case bool:
		return !v
	case string:
		return v == ""
	case int64:
		return v == 0
	case float64:
		return v == 0 || math.IsNaN(v)
	}
	return v == Undefined
}

// matchField returns a member of the object of the current match.
func (m *matches) matchField(name string) any {
	if m.null {
		throwException("Cannot read properties of null (reading '" + name + "')")
	}
	if v, ok := m.object.Get(name); ok {
		return v
	}
	return Undefined
}

// matchStart returns the offset of the match, or none if the matcher did not
// give it.
func (m *matches) matchStart(none int) int {
	if m.re != nil {
		return m.loc[0]
	}
	if v := m.matchField("start"); v != Undefined {
		return clampIndex(toFloat(v))
	}
	return none
}

// matchEnd returns the offset after the match, 0 if the matcher did not give
// it.
func (m *matches) matchEnd() int {
	if m.re != nil {
		return m.loc[1]
	}
	return clampIndex(toFloat(m.matchField("end")))
}

// resumeOffset returns the offset from which the rest of the string is copied.
func (m *matches) resumeOffset() int {
	if m.re != nil {
		return m.loc[1]
	}
	switch s := m.matchField("match").(type) {
	case string:
		return m.matchStart(0) + codeUnits(s)
	case nil:
		throwException("Cannot read properties of null (reading 'length')")
	case undefinedType:
		throwException("Cannot read properties of undefined (reading 'length')")
	}
	return 0
}

// sliceSubject returns a part of the string as String.prototype.substring does.
func (m *matches) sliceSubject(from, to int) string {
	n := m.text.Len()
	from, to = min(from, n), min(to, n)
	return m.c.sliceText(m.text, min(from, to), max(from, to))
}

// matchedText returns the matched string, or any value that a matcher function
// gives.
func (m *matches) matchedText() any {
	if m.re != nil {
		return m.c.sliceText(m.text, m.loc[0], m.loc[1])
	}
	return m.matchField("match")
}

// matchGroup returns the string of group i, counted from 0, or Undefined.
func (m *matches) matchGroup(i int) any {
	if m.re != nil {
		return m.c.groupText(m.text, m.loc, i)
	}
	list, _ := items(m.matchField("groups"))
	if i < 0 || i >= len(list) {
		return Undefined
	}
	return list[i]
}

func (m *matches) countGroups() int {
	if m.re != nil {
		return m.re.regexp.Groups()
	}
	groups := m.matchField("groups")
	if groups == Undefined {
		throwException("Cannot read properties of undefined (reading 'length')")
	}
	list, _ := items(groups)
	return len(list)
}

func (st *state) groupText(text subject, loc []int, i int) any {
	i = 2*i + 2
	if i < 0 || i+1 >= len(loc) || loc[i] < 0 {
		return Undefined
	}
	return st.sliceText(text, loc[i], loc[i+1])
}

func (st *state) groupTexts(text subject, loc []int) []any {
	list := st.makeList(len(loc)/2 - 1)
	for i := range len(loc)/2 - 1 {
		group := st.groupText(text, loc, i)
		st.noteMixed(group)
		list = append(list, group)
	}
	return list
}

// matchObject returns the object of a match of a regular expression. Its next
// function searches at offset *at, and advances it.
func (st *state) matchObject(re *Lambda, text subject, loc []int, at *int) *value.Object {
	st.keepBytes(smallObject + 5*memberBytes + 128)
	st.mixed = true // the function, and groups without a match
	next := func(c *call, _ []any) any {
		loc := nextMatch(re, text, *at, c.regexpMeter())
		if loc == nil {
			*at = text.Len()
			return Undefined
		}
		*at = loc[1]
		return c.matchObject(re, text, loc, at)
	}
	return value.ObjectOf(
		value.Member{Key: "match", Value: st.sliceText(text, loc[0], loc[1])},
		value.Member{Key: "start", Value: int64(loc[0])},
		value.Member{Key: "end", Value: int64(loc[1])},
		value.Member{Key: "groups", Value: st.groupTexts(text, loc)},
		value.Member{Key: "next", Value: &Lambda{native: next}},
	)
}

// matchOnce applies a regular expression to a string, from an offset.
func (st *state) matchOnce(re *Lambda, args []any) any {
	s, from := "undefined", 0
	if len(args) > 0 {
		s = textOf(args[0])
	}
	if len(args) > 1 {
		from = clampIndex(toFloat(args[1]))
	}
	text := st.newSubject(s)
	if from > text.Len() {
		return Undefined
	}
	loc := re.regexp.Match(text.Text, from, st.regexpMeter())
	if loc == nil {
		return Undefined
	}
	at := loc[1]
	return st.matchObject(re, text, loc, &at)
}

// currentMatch returns the object of the current match.
func (m *matches) currentMatch() any {
	switch {
	case m.re != nil:
		return m.c.matchObject(m.re, m.text, m.loc, &m.at)
	case m.object != nil:
		return m.object
	}
	return Undefined
}

// limitOf returns the maximum number of matches that an argument gives.
func limitOf(v any, code string, arg int) (limit float64) {
	if v == Undefined {
		return math.Inf(1)
	}
	limit = toFloat(v)
	if limit < 0 {
		e := failValue(code, v)
		e.index = arg
		panic(e)
	}
	return limit
}

func fnContains(c *call, args []any) any {
	s, ok := args[0].(string)
	if !ok {
		return Undefined
	}
	token, ok := args[1].(string)
	if !ok {
		return c.startMatching(s, args[1]).found
	}
	_, _, found := cutText(c, s, token)
	return found
}

func fnMatch(c *call, args []any) any {
	s, ok := args[0].(string)
	if !ok {
		return Undefined
	}
	limit := limitOf(args[2], "D3040", 3)
	list := []any(nil)
	if limit > 0 {
		for m := c.startMatching(s, args[1]); m.found && float64(len(list)) < limit; m.advanceMatch() {
			list = c.appendItem(list, m.matchResult())
		}
	}
	return newSequence(list...)
}

// matchResult returns the current match as $match reports it.
func (m *matches) matchResult() any {
	if m.re != nil {
		m.c.keepBytes(smallObject + 3*memberBytes)
		return value.ObjectOf(
			value.Member{Key: "match", Value: m.matchedText()},
			value.Member{Key: "index", Value: int64(m.loc[0])},
			value.Member{Key: "groups", Value: m.c.groupTexts(m.text, m.loc)},
		)
	}
	o := value.NewObject(3)
	for _, names := range [][2]string{{"match", "match"}, {"index", "start"}, {"groups", "groups"}} {
		if v := m.matchField(names[1]); v != Undefined {
			o.Set(names[0], v)
		}
	}
	return o
}

func fnSplit(c *call, args []any) any {
	s, ok := args[0].(string)
	if !ok {
		return Undefined
	}
	limit := limitOf(args[2], "D3020", 3)
	separator, ok := args[1].(string)
	if ok {
		if args[2] != Undefined {
			limit = toUint32(limit)
		}
		return splitText(c, s, separator, limit)
	}
	list := []any{}
	if !(limit > 0) {
		return list
	}
	start := 0
	m := c.startMatching(s, args[1])
	if !m.found {
		return append(list, s)
	}
	for ; m.found && float64(len(list)) < limit; m.advanceMatch() {
		c.keepBytes(16)
		list = c.appendItem(list, m.sliceSubject(start, m.matchStart(m.text.Len())))
		start = m.matchEnd()
	}
	if float64(len(list)) < limit {
		list = c.appendItem(list, m.sliceSubject(start, m.text.Len()))
	}
	return list
}

// toUint32 is JavaScript's ToUint32 for a number that is not negative.
func toUint32(f float64) float64 {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return 0
	}
	return math.Mod(math.Trunc(f), 1<<32)
}

func splitText(c *call, s, separator string, limit float64) any {
	c.step(len(s) / 16)
	halved := separator == "" || cutsPairs(separator)
	if halved {
		c.keepBytes(2 * len(s))
		s = splitPairs(s)
	}
	count := strings.Count(s, separator) + 1
	if separator == "" {
		count = codePoints(s)
	}
	if float64(count) > limit {
		count = int(limit)
	}
	c.keepBytes(sizeTimes(16, count)) // of the strings, which are there, the headers
	list := c.makeList(count)
	for len(list) < count {
		c.step(1)
		var part string
		if separator == "" {
			n := skipCharacters(s, 1)
			part, s = s[:n], s[n:]
		} else {
			part, s, _ = strings.Cut(s, separator)
			if halved {
				part = joinPairs(part)
			}
		}
		list = append(list, part)
	}
	return list
}

func fnReplace(c *call, args []any) any {
	s, ok := args[0].(string)
	if !ok {
		return Undefined
	}
	if args[1] == "" {
		e := failValue("D3010", "")
		e.index = 2
		panic(e)
	}
	limit := limitOf(args[3], "D3011", 4)
	if !(limit > 0) {
		return s
	}
	if pattern, ok := args[1].(string); ok {
		return replaceText(c, s, pattern, textOf(args[2]), limit)
	}
	m := c.startMatching(s, args[1])
	if !m.found {
		return s
	}
	w := c.newWriter()
	position := 0
	for count := 0; m.found && float64(count) < limit; count++ {
		w.addText(m.sliceSubject(position, m.matchStart(m.text.Len())))
		m.writeReplacement(&w, args[2])
		position = m.resumeOffset()
		m.advanceMatch()
	}
	w.addText(m.sliceSubject(position, m.text.Len()))
	return w.finishText()
}

// replaceText replaces a plain string. $ has no special meaning.
func replaceText(c *call, s, pattern, replacement string, limit float64) any {
	c.step(len(s) / 16)
	if cutsPairs(pattern) {
		c.keepBytes(2 * len(s))
		s = splitPairs(s)
	}
	count := strings.Count(s, pattern)
	if count == 0 {
		return joinPairs(s)
	}
	if float64(count) > limit {
		count = int(math.Ceil(limit))
	}
	size := len(s) - count*len(pattern) // without the replaced parts
	size += min(sizeTimes(count, len(replacement)), math.MaxInt-size)
	c.charge(size)
	c.step(count + size/16)
	if !hasHalves(s) && !hasHalves(replacement) {
		return strings.Replace(s, pattern, replacement, count)
	}
	text := make([]byte, 0, size)
	for range count {
		before, after, _ := strings.Cut(s, pattern)
		text = appendText(appendText(text, before), replacement)
		s = after
	}
	text = appendText(text, s)
	if cutsPairs(pattern) {
		return joinPairs(string(text))
	}
	return string(text)
}

// writeReplacement writes the replacement of the current match.
func (m *matches) writeReplacement(w *writer, replacement any) {
	switch r := replacement.(type) {
	case string:
		m.expandReplacement(w, r)
		return
	case *Lambda:
		v := m.c.callFunction(r, m.c.context, m.currentMatch())
		s, ok := v.(string)
		if !ok {
			panic(failValue("D3012", v))
		}
		w.addText(s)
		return
	}
	throwException("Cannot read properties of undefined (reading 'apply')")
}

// expandReplacement writes a replacement in which $0 is the match, $1 its first
// group, and $$ is $. A group number has at most as many digits as the last
// group's.
func (m *matches) expandReplacement(w *writer, replacement string) {
	for {
		i := strings.IndexByte(replacement, '$')
		if i < 0 {
			w.addText(replacement)
			return
		}
		w.addText(replacement[:i])
		replacement = replacement[i+1:]
		switch {
		case strings.HasPrefix(replacement, "$"):
			w.addText("$")
			replacement = replacement[1:]
		case strings.HasPrefix(replacement, "0"):
			w.addText(textOf(m.matchedText()))
			replacement = replacement[1:]
		default:
			replacement = replacement[m.expandGroup(w, replacement):]
		}
	}
}

// expandGroup writes the group whose number s starts with, and returns the
// length of the number. If there is no such group, it writes $.
func (m *matches) expandGroup(w *writer, s string) int {
	groups := m.countGroups()
	digits := max(len(strconv.Itoa(groups)), 1)
	n, ok := leadingInt(s, digits)
	if digits > 1 && ok && n > groups {
		n, ok = leadingInt(s, digits-1)
	}
	if !ok {
		w.addText("$")
		return 0
	}
	if v := m.matchGroup(n - 1); v != Undefined {
		w.addText(textOf(v))
	}
	return min(len(strconv.Itoa(n)), len(s))
}

// leadingInt is JavaScript's parseInt of the first n characters.
func leadingInt(s string, n int) (int, bool) {
	s = strings.TrimLeftFunc(s[:skipCharacters(s, n)], isSpace)
	sign := 1
	if s != "" && (s[0] == '-' || s[0] == '+') {
		if s[0] == '-' {
			sign = -1
		}
		s = s[1:]
	}
	end := 0
	for end < len(s) && isDigit(s[end], 10) {
		end++
	}
	i, err := strconv.Atoi(s[:end])
	return sign * i, err == nil
}
