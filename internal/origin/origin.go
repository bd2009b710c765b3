// Package origin records where the pieces of a string came from: a definition in YAML or in a
// template is made of pieces of that file.
package origin

import "sort"

// Text is a string that is built from pieces of a source. The zero value is empty.
type Text struct {
	Bytes []byte
	marks []mark
}

// mark is the start of a piece.
type mark struct {
	at, origin int  // offsets in the string and in the source
	verbatim   bool // the bytes up to the next mark are the same in both
}

// Append appends a piece that came from an offset in the source. If it is verbatim, the
// source has the same bytes there. Otherwise all of it came from that offset.
func (t *Text) Append(piece string, origin int, verbatim bool) {
	if piece == "" {
		return
	}
	defer func() { t.Bytes = append(t.Bytes, piece...) }()
	if n := len(t.marks); n > 0 {
		last := t.marks[n-1]
		follows := origin == last.origin
		if verbatim {
			follows = origin-last.origin == len(t.Bytes)-last.at
		}
		if last.verbatim == verbatim && follows {
			return
		}
	}
	t.marks = append(t.marks, mark{len(t.Bytes), origin, verbatim})
}

// Origin returns the offset in the source of an offset in the string. Both are in bytes.
func (t *Text) Origin(offset int) int {
	i := sort.Search(len(t.marks), func(i int) bool { return t.marks[i].at > offset }) - 1
	if i < 0 {
		return 0
	}
	if m := t.marks[i]; m.verbatim {
		return m.origin + offset - m.at
	}
	return t.marks[i].origin
}
