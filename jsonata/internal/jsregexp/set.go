package jsregexp

import (
	"math/bits"
	"slices"
)

// span is a range of code units with both ends.
type span struct{ from, to uint16 }

// set is a set of code units.
type set struct {
	ascii [2]uint64
	high  []span // code units outside of ASCII; sorted and disjoint
	// all and none report that the set has all or no code units outside of
	// ASCII.
	all, none bool
}

func (s *set) hasUnit(c uint16) bool {
	if c < 0x80 {
		return s.ascii[c>>6]>>(c&63)&1 != 0
	}
	if s.all || s.none {
		return s.all
	}
	lo, hi := 0, len(s.high)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if s.high[mid].to < c {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo < len(s.high) && s.high[lo].from <= c
}

// newSet returns the set of spans in any order.
func newSet(spans []span, ignoreCase, negate bool) *set {
	spans = mergeSpans(spans)
	if ignoreCase {
		spans = mergeSpans(foldCase(spans))
	}
	if negate {
		spans = complementSpans(spans)
	}
	s := &set{}
	for _, r := range spans {
		for c := int(r.from); c <= int(r.to) && c < 0x80; c++ {
			s.ascii[c>>6] |= 1 << (c & 63)
		}
		if r.to >= 0x80 {
			s.high = append(s.high, span{max(r.from, 0x80), r.to})
		}
	}
	s.none = len(s.high) == 0
	s.all = len(s.high) == 1 && s.high[0] == span{0x80, 0xFFFF}
	return s
}

// mergeSpans sorts spans and joins those that touch.
func mergeSpans(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int { return int(a.from) - int(b.from) })
	out := spans[:0]
	for _, r := range spans {
		if n := len(out); n > 0 && int(r.from) <= int(out[n-1].to)+1 {
			out[n-1].to = max(out[n-1].to, r.to)
		} else {
			out = append(out, r)
		}
	}
	return out
}

// complementSpans returns all code units outside of merged spans.
func complementSpans(spans []span) []span {
	out := make([]span, 0, len(spans)+1)
	next := 0
	for _, r := range spans {
		if next < int(r.from) {
			out = append(out, span{uint16(next), r.from - 1})
		}
		next = int(r.to) + 1
	}
	if next <= 0xFFFF {
		out = append(out, span{uint16(next), 0xFFFF})
	}
	return out
}

// foldCase adds the code units that differ from a member of merged spans only
// in case.
func foldCase(spans []span) []span {
	out := slices.Clone(spans)
	for _, r := range spans {
		if from, to := max(r.from, 'a'), min(r.to, 'z'); from <= to {
			out = append(out, span{from - 32, to - 32})
		}
		if from, to := max(r.from, 'A'), min(r.to, 'Z'); from <= to {
			out = append(out, span{from + 32, to + 32})
		}
		if r.to < 0x80 {
			continue
		}
		table := caseTables()
		i, _ := slices.BinarySearch(table.members, r.from)
		for ; i < len(table.members) && table.members[i] <= r.to; i++ {
			for _, c := range table.mates[i] {
				if c < r.from || c > r.to {
					out = append(out, span{c, c})
				}
			}
		}
	}
	return out
}

// The classes of the syntax, as merged spans.
var (
	digitSpans = []span{{'0', '9'}}
	wordSpans  = []span{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}
	spaceSpans = []span{
		{'\t', '\r'}, {' ', ' '}, {0xA0, 0xA0}, {0x1680, 0x1680}, {0x2000, 0x200A},
		{0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}, {0xFEFF, 0xFEFF},
	}
	lineEndSpans = []span{{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}}

	anySet = newSet(slices.Clone(lineEndSpans), false, true)
)

// escapeSpans returns the members of \d, \D, \w, \W, \s and \S.
func escapeSpans(letter uint16) ([]span, bool) {
	switch letter {
	case 'd':
		return digitSpans, true
	case 'D':
		return complementSpans(digitSpans), true
	case 'w':
		return wordSpans, true
	case 'W':
		return complementSpans(wordSpans), true
	case 's':
		return spaceSpans, true
	case 'S':
		return complementSpans(spaceSpans), true
	}
	return nil, false
}

func isWord(c uint16) bool {
	return c < 0x80 && (c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_')
}

func isLineEnd(c uint16) bool {
	return c == '\n' || c == '\r' || c == 0x2028 || c == 0x2029
}

// countUnits returns the number of members.
func (s *set) countUnits() int {
	n := bits.OnesCount64(s.ascii[0]) + bits.OnesCount64(s.ascii[1])
	for _, r := range s.high {
		n += int(r.to-r.from) + 1
	}
	return n
}
