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

// matches goes through the matches of a text with a matcher: a regular
// expression, or any other function that follows the same protocol. It returns
// an object with match, start, end, groups and next for the first match, and
// next does so for each further one, until there is none.
type matches struct {
	c    *call
	text subject

	re    *Lambda // a regular expression
	meter *jsregexp.Meter
	loc   []int // its current match
	at    int   // where it looks for the next one

	object *value.Object // the current match of any other function
	next   any
	null   bool // it returned null, of which nothing can be read
	found  bool
}

// A subject is a text to match, with offsets in code units.
type subject struct {
	*jsregexp.Text
	wide bool // its slices are copies
}

func (st *state) subject(s string) subject {
	st.step(len(s) / 16)
	wide := !isASCII(s)
	if wide {
		st.keep(2 * len(s))
	}
	return subject{jsregexp.NewText(s), wide}
}

func (st *state) slice(text subject, from, to int) string {
	if text.wide {
		st.step((to - from) / 16)
		st.keep(3 * (to - from))
	}
	return text.Slice(from, to)
}

// matches finds the first match.
func (c *call) matches(s string, matcher any) *matches {
	m := &matches{c: c, text: c.subject(s), next: matcher}
	if f, ok := matcher.(*Lambda); ok && f.regexp != nil {
		m.re, m.meter = f, c.regexpMeter()
		m.took(f.regexp.Match(m.text.Text, 0, m.meter))
		return m
	}
	m.ask(s)
	return m
}

// took makes loc the current match.
func (m *matches) took(loc []int) {
	m.loc, m.found = loc, loc != nil
	if m.found {
		m.at = loc[1]
	}
}

// advance goes to the next match. A regular expression that matches nothing at
// all would match it forever.
func (m *matches) advance() {
	m.c.step(1)
	if m.re == nil {
		m.next = m.field("next")
		m.ask(Undefined)
		return
	}
	m.took(nextMatch(m.re, m.text, m.at, m.meter))
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

// ask calls the function for a match.
func (m *matches) ask(arg any) {
	f, ok := m.next.(*Lambda)
	switch {
	case m.next == Undefined:
		crash("Cannot read properties of undefined (reading 'apply')")
	case m.next == nil:
		crash("Cannot read properties of null (reading 'apply')")
	case !ok:
		crash("matcher.apply is not a function")
	}
	m.object = nil
	result := m.c.apply(f, m.c.context, arg)
	m.found, m.null = result != Undefined, result == nil
	if !m.found || falsy(result) {
		return
	}
	m.object, _ = result.(*value.Object)
	_, list := items(m.field("groups"))
	if !isNumber(m.field("start")) && !list && !isFunction(m.field("next")) {
		panic(fail("T1010"))
	}
}

// falsy is JavaScript's notion of a value that counts as false.
func falsy(v any) bool {
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

// field returns a member of the current match's object.
func (m *matches) field(name string) any {
	if m.null {
		crash("Cannot read properties of null (reading '" + name + "')")
	}
	if v, ok := m.object.Get(name); ok {
		return v
	}
	return Undefined
}

// start returns the offset of the match; none where it is not given.
func (m *matches) start(none int) int {
	if m.re != nil {
		return m.loc[0]
	}
	if v := m.field("start"); v != Undefined {
		return index(toFloat(v))
	}
	return none
}

// end returns the offset after the match, 0 where it is not given.
func (m *matches) end() int {
	if m.re != nil {
		return m.loc[1]
	}
	return index(toFloat(m.field("end")))
}

// resume returns the offset from which the text goes on after the match.
func (m *matches) resume() int {
	if m.re != nil {
		return m.loc[1]
	}
	switch s := m.field("match").(type) {
	case string:
		return m.start(0) + codeUnits(s)
	case nil:
		crash("Cannot read properties of null (reading 'length')")
	case undefinedType:
		crash("Cannot read properties of undefined (reading 'length')")
	}
	return 0
}

// slice returns a part of the text as String.prototype.substring does.
func (m *matches) slice(from, to int) string {
	n := m.text.Len()
	from, to = min(from, n), min(to, n)
	return m.c.slice(m.text, min(from, to), max(from, to))
}

// matched returns the matched text, or whatever the function says it is.
func (m *matches) matched() any {
	if m.re != nil {
		return m.c.slice(m.text, m.loc[0], m.loc[1])
	}
	return m.field("match")
}

// group returns the text of group i, from 0, or Undefined.
func (m *matches) group(i int) any {
	if m.re != nil {
		return m.c.group(m.text, m.loc, i)
	}
	list, _ := items(m.field("groups"))
	if i < 0 || i >= len(list) {
		return Undefined
	}
	return list[i]
}

func (m *matches) groups() int {
	if m.re != nil {
		return m.re.regexp.Groups()
	}
	groups := m.field("groups")
	if groups == Undefined {
		crash("Cannot read properties of undefined (reading 'length')")
	}
	list, _ := items(groups)
	return len(list)
}

func (st *state) group(text subject, loc []int, i int) any {
	i = 2*i + 2
	if i < 0 || i+1 >= len(loc) || loc[i] < 0 {
		return Undefined
	}
	return st.slice(text, loc[i], loc[i+1])
}

func (st *state) groups(text subject, loc []int) []any {
	list := st.list(len(loc)/2 - 1)
	for i := range len(loc)/2 - 1 {
		group := st.group(text, loc, i)
		st.mark(group)
		list = append(list, group)
	}
	return list
}

// matchObject is the object that a regular expression returns for a match. at is
// where its next looks, which moves it on.
func (st *state) matchObject(re *Lambda, text subject, loc []int, at *int) *value.Object {
	st.keep(smallObject + 5*memberBytes + 128)
	st.mixed = true // the function, and groups that took no part
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
		value.Member{Key: "match", Value: st.slice(text, loc[0], loc[1])},
		value.Member{Key: "start", Value: int64(loc[0])},
		value.Member{Key: "end", Value: int64(loc[1])},
		value.Member{Key: "groups", Value: st.groups(text, loc)},
		value.Member{Key: "next", Value: &Lambda{native: next}},
	)
}

// matchOnce applies a regular expression to a text, from an offset.
func (st *state) matchOnce(re *Lambda, args []any) any {
	s, from := "undefined", 0
	if len(args) > 0 {
		s = textOf(args[0])
	}
	if len(args) > 1 {
		from = index(toFloat(args[1]))
	}
	text := st.subject(s)
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

// current is the object of the current match.
func (m *matches) current() any {
	switch {
	case m.re != nil:
		return m.c.matchObject(m.re, m.text, m.loc, &m.at)
	case m.object != nil:
		return m.object
	}
	return Undefined
}

// limitOf is how many matches a function may take: what its argument says.
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
		return c.matches(s, args[1]).found
	}
	_, _, found := cut(c, s, token)
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
		for m := c.matches(s, args[1]); m.found && float64(len(list)) < limit; m.advance() {
			list = c.push(list, m.result())
		}
	}
	return newSequence(list...)
}

// result is what $match tells of a match.
func (m *matches) result() any {
	if m.re != nil {
		m.c.keep(smallObject + 3*memberBytes)
		return value.ObjectOf(
			value.Member{Key: "match", Value: m.matched()},
			value.Member{Key: "index", Value: int64(m.loc[0])},
			value.Member{Key: "groups", Value: m.c.groups(m.text, m.loc)},
		)
	}
	o := value.NewObject(3)
	for _, names := range [][2]string{{"match", "match"}, {"index", "start"}, {"groups", "groups"}} {
		if v := m.field(names[1]); v != Undefined {
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
	m := c.matches(s, args[1])
	if !m.found {
		return append(list, s)
	}
	for ; m.found && float64(len(list)) < limit; m.advance() {
		list = c.push(list, m.slice(start, m.start(m.text.Len())))
		start = m.end()
	}
	if float64(len(list)) < limit {
		list = c.push(list, m.slice(start, m.text.Len()))
	}
	return list
}

// toUint32 is JavaScript's ToUint32 of a number that is not negative.
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
		c.keep(2 * len(s))
		s = apart(s)
	}
	count := strings.Count(s, separator) + 1
	if separator == "" {
		count = codePoints(s)
	}
	if float64(count) > limit {
		count = int(limit)
	}
	list := c.list(count)
	for len(list) < count {
		c.step(1)
		var part string
		if separator == "" {
			n := skip(s, 1)
			part, s = s[:n], s[n:]
		} else {
			part, s, _ = strings.Cut(s, separator)
			if halved {
				part = together(part)
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
	m := c.matches(s, args[1])
	if !m.found {
		return s
	}
	w := c.writer()
	position := 0
	for count := 0; m.found && float64(count) < limit; count++ {
		w.add(m.slice(position, m.start(m.text.Len())))
		m.substitute(&w, args[2])
		position = m.resume()
		m.advance()
	}
	w.add(m.slice(position, m.text.Len()))
	return w.done()
}

// replaceText replaces a string, in which $ means nothing.
func replaceText(c *call, s, pattern, replacement string, limit float64) any {
	c.step(len(s) / 16)
	if cutsPairs(pattern) {
		c.keep(2 * len(s))
		s = apart(s)
	}
	count := strings.Count(s, pattern)
	if count == 0 {
		return together(s)
	}
	if float64(count) > limit {
		count = int(math.Ceil(limit))
	}
	size := len(s) - count*len(pattern) // what is kept
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
		return together(string(text))
	}
	return string(text)
}

// substitute writes what takes the place of the current match.
func (m *matches) substitute(w *writer, replacement any) {
	switch r := replacement.(type) {
	case string:
		m.expand(w, r)
		return
	case *Lambda:
		v := m.c.apply(r, m.c.context, m.current())
		s, ok := v.(string)
		if !ok {
			panic(failValue("D3012", v))
		}
		w.add(s)
		return
	}
	crash("Cannot read properties of undefined (reading 'apply')")
}

// expand writes a replacement in which $0 is the match, $1 its first group, and
// $$ is $. Only as many digits count as the number of the last group has.
func (m *matches) expand(w *writer, replacement string) {
	for {
		i := strings.IndexByte(replacement, '$')
		if i < 0 {
			w.add(replacement)
			return
		}
		w.add(replacement[:i])
		replacement = replacement[i+1:]
		switch {
		case strings.HasPrefix(replacement, "$"):
			w.add("$")
			replacement = replacement[1:]
		case strings.HasPrefix(replacement, "0"):
			w.add(textOf(m.matched()))
			replacement = replacement[1:]
		default:
			replacement = replacement[m.expandGroup(w, replacement):]
		}
	}
}

// expandGroup writes the group whose number s starts with, and returns the
// length of the number. Where there is none, the $ before it means itself.
func (m *matches) expandGroup(w *writer, s string) int {
	groups := m.groups()
	digits := max(len(strconv.Itoa(groups)), 1)
	n, ok := leadingInt(s, digits)
	if digits > 1 && ok && n > groups {
		n, ok = leadingInt(s, digits-1)
	}
	if !ok {
		w.add("$")
		return 0
	}
	if v := m.group(n - 1); v != Undefined {
		w.add(textOf(v))
	}
	return min(len(strconv.Itoa(n)), len(s))
}

// leadingInt is parseInt of the first n characters.
func leadingInt(s string, n int) (int, bool) {
	s = strings.TrimLeftFunc(s[:skip(s, n)], isSpace)
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
