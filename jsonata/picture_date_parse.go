package jsonata

import (
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A matchKind says how a part of a date picture matches.
type matchKind uint8

const (
	matchLiteral matchKind = iota
	matchDigits
	matchLetters
	matchRoman
	matchWords
	matchName
	matchZone
)

// A datePart matches a part of the input by a part of a date picture.
type datePart struct {
	kind    matchKind
	literal string
	least   int // minimum number of digits
	most    int
	mark    marker

	// Where the part starts and ends in the input, and further ends to try:
	// down to lowest, or those of the list ends from the last one on.
	start, end, lowest int
	ends               []int
}

// parseDate parses a date by a picture.
func (st *state) parseDate(text, picture string) any {
	var space [16]datePart
	parts := st.dateParts(space[:0], picture)
	matcher := dateMatcher{st: st, text: text, parts: parts}
	if !matcher.matchAll() {
		return Undefined
	}
	var found components
	for i := range parts {
		if p := &parts[i]; p.kind != matchLiteral {
			st.readComponent(&found, p, text[p.start:p.end])
		}
	}
	if found.given == 0 {
		return Undefined
	}
	return numberOf(st.composeDate(&found))
}

// dateParts parses a picture. Errors in the picture's syntax take precedence
// over components that cannot be read.
func (st *state) dateParts(parts []datePart, picture string) []datePart {
	scanner := dateScanner{st, picture}
	var refused *Error
	for {
		st.step(1)
		var p datePart
		literal, isMarker, ok := scanner.nextPart(&p.mark)
		switch {
		case !ok && refused != nil:
			panic(refused)
		case !ok:
			return parts
		case isMarker:
			if err := p.prepareMatch(); refused == nil {
				refused = err
			}
		default:
			p.literal = literal
		}
		if len(parts) == cap(parts) {
			const size = 256
			st.step(len(parts))
			st.keepBytes(size * (len(parts) + 1))
		}
		parts = append(parts, p)
	}
}

// prepareMatch sets how a marker matches.
func (p *datePart) prepareMatch() *Error {
	m := &p.mark
	if m.component == 'Z' || m.component == 'z' {
		p.kind = matchZone
		return nil
	}
	if m.named || !strings.ContainsRune(integerComponents, m.component) {
		p.kind = matchName
		if !strings.ContainsRune("MxFP", m.component) {
			return failValue("D3133", wtf8(m.component))
		}
		return nil
	}
	switch m.integer.numbering {
	case letterNumbers:
		p.kind = matchLetters
	case romanNumbers:
		p.kind = matchRoman
	case wordNumbers:
		p.kind = matchWords
	case unknownNumbers:
		return m.integer.unsupportedError()
	default:
		p.kind = matchDigits
		p.least, p.most = 1, math.MaxInt
		if m.digits > 0 {
			p.least, p.most = max(0, m.digits-m.integer.optional), m.digits
		}
	}
	return nil
}

// A dateMatcher matches a whole string, the longest match of each part first.
// It does not try a part again at an offset at which it has failed.
type dateMatcher struct {
	st       *state
	text     string
	parts    []datePart
	failures int
	failed   []uint64 // a bit for each part and offset, allocated after many failures
}

func (d *dateMatcher) matchAll() bool {
	at, entering := 0, true
	for i := 0; i >= 0; {
		d.st.step(1)
		if i == len(d.parts) {
			if at == len(d.text) {
				return true
			}
			i, entering = i-1, false
			continue
		}
		p := &d.parts[i]
		found := false
		switch {
		case !entering:
			found = d.nextEnd(p)
		case !d.hasFailed(i, at):
			p.start = at
			found = d.firstMatch(p)
		}
		if found {
			at, entering = p.end, true
			i++
			continue
		}
		d.noteFailure(i, p.start)
		i, entering = i-1, false
	}
	return false
}

func (d *dateMatcher) hasFailed(part, at int) bool {
	if d.failed == nil {
		return false
	}
	bit := part*(len(d.text)+1) + at
	return d.failed[bit/64]&(1<<(bit%64)) != 0
}

// noteFailure notes that a part does not match at an offset. The first failures
// are not stored.
func (d *dateMatcher) noteFailure(part, at int) {
	const free = 256
	if d.failures++; d.failures < free {
		return
	}
	if d.failed == nil {
		words := len(d.parts)*(len(d.text)+1)/64 + 1
		d.st.charge(8 * words)
		d.st.step(words)
		d.failed = make([]uint64, words)
	}
	bit := part*(len(d.text)+1) + at
	d.failed[bit/64] |= 1 << (bit % 64)
}

// firstMatch finds the preferred match of a part at its start.
func (d *dateMatcher) firstMatch(p *datePart) bool {
	rest := d.text[p.start:]
	p.ends = nil
	switch p.kind {
	case matchLiteral:
		n := foldedPrefix(rest, p.literal)
		d.st.step(max(0, n) / 8)
		return p.matchExactly(n)
	case matchDigits:
		return d.matchRun(p, rest, p.least, p.most, func(b byte) bool { return b-'0' <= 9 })
	case matchLetters, matchName:
		return d.matchRun(p, rest, 1, math.MaxInt, func(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' })
	case matchRoman:
		return d.matchRun(p, rest, 1, math.MaxInt, func(b byte) bool { return strings.IndexByte("mdclxvi", b|0x20) >= 0 })
	case matchWords:
		p.ends = d.wordEnds(rest, p.start)
		p.lowest = math.MaxInt
		return d.nextEnd(p)
	}
	return d.matchOffset(p, rest)
}

// matchExactly matches n bytes only, or nothing if n is negative.
func (p *datePart) matchExactly(n int) bool {
	p.end = p.start + n
	p.lowest = p.end
	return n >= 0
}

// matchRun matches the longest run of bytes of a kind.
func (d *dateMatcher) matchRun(p *datePart, rest string, least, most int, is func(byte) bool) bool {
	n := 0
	for n < len(rest) && n < most && is(rest[n]) {
		n++
	}
	d.st.step(n / 8)
	p.lowest = p.start + least
	if p.kind == matchDigits && p.mark.integer.ordinal {
		p.lowest += len("th")
		p.end = p.start + n + len("th") + 1
		return d.nextEnd(p)
	}
	p.end = p.start + n
	return n >= least
}

// nextEnd finds the next match of a part at the same start.
func (d *dateMatcher) nextEnd(p *datePart) bool {
	if last := len(p.ends) - 1; last >= 0 {
		p.end, p.ends = p.ends[last], p.ends[:last]
		return true
	}
	for p.end > p.lowest {
		p.end--
		if p.kind != matchDigits || !p.mark.integer.ordinal || isOrdinalSuffix(d.text, p.end) {
			return true
		}
	}
	return false
}

// isOrdinalSuffix reports whether th, st, nd or rd ends at an offset.
func isOrdinalSuffix(text string, end int) bool {
	if end > len(text) {
		return false
	}
	switch strings.ToLower(text[end-len("th") : end]) {
	case "th", "st", "nd", "rd":
		return true
	}
	return false
}

// matchOffset matches an offset from UTC: a sign and digits, optionally
// followed by a separator and digits.
func (d *dateMatcher) matchOffset(p *datePart, rest string) bool {
	length := 0
	skip := func(n int) bool {
		length, rest = length+max(0, n), rest[max(0, n):]
		return n > 0
	}
	digits := func() int {
		after, _ := cutDigits(rest)
		return len(rest) - len(after)
	}
	if p.mark.component == 'z' && !skip(foldedPrefix(rest, "GMT")) {
		return false
	}
	if rest == "" || rest[0] != '+' && rest[0] != '-' || !skip(1) {
		return false
	}
	first := length + 1
	if !skip(digits()) {
		return false
	}
	if p.mark.integer.interval > 0 {
		if !skip(foldedPrefix(rest, wtf8(p.mark.integer.separators[0].char))) {
			return false
		}
		first = length + 1
		if !skip(digits()) {
			return false
		}
	}
	p.end, p.lowest = p.start+length, p.start+first
	return true
}

// foldedPrefix returns the length of the prefix of s that equals the given one
// except for case, or -1.
func foldedPrefix(s, prefix string) int {
	i, j := 0, 0
	for j < len(prefix) {
		if i == len(s) {
			return -1
		}
		a, b := s[i], prefix[j]
		if a < utf8.RuneSelf && b < utf8.RuneSelf {
			if upperByte(a) != upperByte(b) {
				return -1
			}
			i++
			j++
			continue
		}
		x, n := decodeRune(s[i:])
		y, m := decodeRune(prefix[j:])
		if x != y && (min(x, y) < utf8.RuneSelf || max(x, y) >= 0x10000 || unicode.ToUpper(x) != unicode.ToUpper(y)) {
			return -1
		}
		i += n
		j += m
	}
	return i
}

func upperByte(b byte) byte {
	if b >= 'a' && b <= 'z' {
		return b - 'a' + 'A'
	}
	return b
}

// numberWords are the words of spelled numbers, shorter ones first.
var numberWords = makeNumberWords()

func makeNumberWords() []string {
	words := []string{"and", "-", ",", " "}
	for word := range wordValues {
		words = append(words, word)
	}
	slices.SortFunc(words, func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
	return words
}

// wordEnds returns the possible ends of a sequence of words, the preferred end
// last. Shorter words are preferred.
func (d *dateMatcher) wordEnds(rest string, start int) []int {
	d.st.keepBytes(24 * len(rest))
	type step struct{ at, word int } // an offset, and the next word to try there
	var found []int
	seen := make([]bool, len(rest)+1)
	stack := []step{{0, 0}}
	for len(stack) > 0 {
		d.st.step(1)
		top := &stack[len(stack)-1]
		if top.word == len(numberWords) {
			if top.at > 0 {
				found = append(found, start+top.at)
			}
			stack = stack[:len(stack)-1]
			continue
		}
		word := numberWords[top.word]
		top.word++
		if n := foldedPrefix(rest[top.at:], word); n > 0 && !seen[top.at+n] {
			seen[top.at+n] = true
			stack = append(stack, step{top.at + n, 0})
		}
	}
	slices.Reverse(found)
	return found
}

// dateComponents are the components that can be parsed, the most significant
// first.
const dateComponents = "YXMxWwdDFPHhmsfZz"

// components are the values parsed from a string.
type components struct {
	given  uint32 // a bit for each of dateComponents in the picture, even if its value is unknown
	known  uint32
	values [len(dateComponents)]float64
}

func bitOf(component rune) uint32 { return 1 << strings.IndexRune(dateComponents, component) }

func bitsOf(components string) uint32 {
	set := uint32(0)
	for _, c := range components {
		set |= bitOf(c)
	}
	return set
}

func (c *components) valueOf(component rune) float64 {
	return c.values[strings.IndexRune(dateComponents, component)]
}

func (c *components) setValue(component rune, value float64) {
	c.values[strings.IndexRune(dateComponents, component)] = value
	c.known |= bitOf(component)
	c.given |= bitOf(component)
}

func (c *components) isKnown(component rune) bool { return c.known&bitOf(component) != 0 }

// truthyBits returns the components that are neither 0 nor NaN.
func (c *components) truthyBits() uint32 {
	set := uint32(0)
	for i, v := range c.values {
		if v != 0 && !math.IsNaN(v) {
			set |= 1 << i
		}
	}
	return set & c.known
}

// readComponent sets the component that a part matched.
func (st *state) readComponent(c *components, p *datePart, text string) {
	component := p.mark.component
	switch p.kind {
	case matchZone:
		c.setValue(component, offsetOf(p, text))
	case matchName:
		n := valueOfName(&p.mark, text)
		c.setValue(component, n)
		if n < 0 {
			c.known &^= bitOf(component)
		}
	default:
		c.setValue(component, toFloat(st.parseInteger(&p.mark.integer, text)))
	}
}

// offsetOf parses an offset from UTC into minutes. As in jsonata-js the minutes
// are added whatever the sign.
func offsetOf(p *datePart, text string) float64 {
	if p.mark.component == 'z' {
		text = text[len("GMT"):]
	}
	hours, minutes := text, ""
	switch {
	case p.mark.integer.interval > 0:
		separator := wtf8(p.mark.integer.separators[0].char)
		i := strings.Index(text, separator)
		if i < 0 {
			return math.NaN()
		}
		hours, minutes = text[:i], text[i+len(separator):]
	case len(text) > 3:
		hours, minutes = text[:3], text[3:]
	default:
		return toFloat(parseInt(hours)) * 60
	}
	return toFloat(parseInt(hours))*60 + toFloat(parseInt(minutes))
}

// valueOfName returns the number of a month, weekday or half-day, or -1. If
// truncated names are the same, the last one counts.
func valueOfName(m *marker, text string) float64 {
	names := dayNames[1:]
	switch m.component {
	case 'P':
		return valueOfHalfDay(text)
	case 'M', 'x':
		names = monthNames[1:]
	}
	for i, name := range slices.Backward(names) {
		if m.maxWidth > notANumber && m.maxWidth != 0 && len(name) > m.maxWidth {
			name = name[:max(0, m.maxWidth)]
		}
		if name == text {
			return float64(i + 1)
		}
	}
	return -1
}

func valueOfHalfDay(text string) float64 {
	switch text {
	case "am", "AM":
		return 0
	case "pm", "PM":
		return 1
	}
	return -1
}

// Sets of components that form a date or a time.
var (
	dateBits = bitsOf("YXMxWwdD")
	byMonth  = bitsOf("YMD")
	byDay    = bitsOf("Yd")
	byMonths = bitsOf("Xxw") // weeks of the month
	byWeeks  = bitsOf("XW")

	timeBits = bitsOf("PHhmsf")
	by24     = bitsOf("Hmsf")
	by12     = bitsOf("Phmsf")
)

func isKind(given, kind uint32) bool { return given != 0 && given&^kind == 0 }

// composeDate computes the date from its components.
func (st *state) composeDate(c *components) float64 {
	date, time := c.truthyBits()&dateBits, c.truthyBits()&timeBits
	ordinal := !isKind(date, byMonth) && isKind(date, byDay)
	if isKind(date, byMonths) || isKind(date, byWeeks) {
		panic(failWith("D3136")) // jsonata-js does not support it
	}
	half := !isKind(time, by24) && isKind(time, by12)
	order := "YMD"
	if ordinal {
		order = "YD"
	}
	st.completeDate(c, order, half)

	month := max(0, c.valueOf('M')-1)
	if math.IsNaN(month) {
		month = 0
	}
	day := c.valueOf('D')
	if ordinal {
		m := momentOf(firstOf(c.valueOf('Y'), 0) + (c.valueOf('d')-1)*millisPerDay)
		month, day = m.componentNumber('M')-1, m.componentNumber('D')
	}
	hour := c.valueOf('H')
	if half {
		if hour = c.valueOf('h'); hour == 12 {
			hour = 0
		}
		if c.valueOf('P') == 1 {
			hour += 12
		}
	}
	result := dateOf(c.valueOf('Y'), month, day, hour, c.valueOf('m'), c.valueOf('s'), c.valueOf('f'))
	for _, zone := range "Zz" {
		if offset := c.valueOf(zone); offset != 0 && !math.IsNaN(offset) {
			return result - offset*millisPerMinute
		}
	}
	return result
}

// completeDate sets the missing components. More significant ones than all
// given are taken from the clock, less significant ones are 0 or 1. A gap
// between given components is an error.
func (st *state) completeDate(c *components, order string, half bool) {
	times := "Hmsf"
	if half {
		times = "Phmsf"
	}
	started, ended := false, false
	for _, part := range [2]string{order, times} {
		for _, component := range part {
			switch {
			case c.isKnown(component) && ended:
				panic(failWith("D3136"))
			case c.isKnown(component):
				started = true
			case started:
				ended = true
				first := 0.0
				if component == 'M' || component == 'D' {
					first = 1
				}
				c.setValue(component, first)
			default:
				now := momentOf(float64(st.currentTime().UnixMilli()))
				c.setValue(component, now.componentNumber(component))
			}
		}
	}
}
