package jsregexp

import (
	"slices"
	"sync"
	"unicode"
)

// newerCase holds pairs that Unicode gained after the version of Go's unicode
// package.
var newerCase = map[uint16]uint16{
	0x019B: 0xA7DC, 0x0264: 0xA7CB, 0x1C8A: 0x1C89, 0xA7CD: 0xA7CC,
	0xA7CF: 0xA7CE, 0xA7D3: 0xA7D2, 0xA7D5: 0xA7D4, 0xA7DB: 0xA7DA,
}

// upperCase is Canonicalize of ECMA-262 without the u flag for a code unit
// outside of ASCII: its upper case, if that is one code unit outside of ASCII.
func upperCase(c uint16) uint16 {
	if to, ok := newerCase[c]; ok {
		return to
	}
	// The full upper case of these Greek letters with iota has two letters.
	if c >= 0x1F80 && c <= 0x1FAF || c == 0x1FB3 || c == 0x1FC3 || c == 0x1FF3 {
		return c
	}
	to := unicode.ToUpper(rune(c))
	if to < 0x80 || to > 0xFFFF {
		return c
	}
	return uint16(to)
}

// caseTable holds the code units outside of ASCII that differ only in case.
type caseTable struct {
	canonical map[uint16]uint16
	// members are the code units that share their canonical code unit, sorted.
	// mates lists for each those with the same canonical code unit.
	members []uint16
	mates   [][]uint16
}

var caseTables = sync.OnceValue(func() *caseTable {
	t := &caseTable{canonical: map[uint16]uint16{}}
	classes := map[uint16][]uint16{}
	for c := 0x80; c <= 0xFFFF; c++ {
		if to := upperCase(uint16(c)); to != uint16(c) {
			t.canonical[uint16(c)] = to
			classes[to] = append(classes[to], uint16(c))
		}
	}
	for to, class := range classes {
		classes[to] = append(class, to)
		t.members = append(t.members, classes[to]...)
	}
	slices.Sort(t.members)
	t.mates = make([][]uint16, len(t.members))
	for i, c := range t.members {
		if to, ok := t.canonical[c]; ok {
			c = to
		}
		t.mates[i] = classes[c]
	}
	return t
})

// canonicalUnit returns the code unit that represents c if case is ignored.
func canonicalUnit(c uint16) uint16 {
	if c < 0x80 {
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		return c
	}
	if to, ok := caseTables().canonical[c]; ok {
		return to
	}
	return c
}
