// Package origin keeps with a text from where its parts came: the text of a definition in
// YAML or in a template is made of pieces of that file.
package origin

import "sort"

// Text is a text that is made of pieces of another one. The zero value is an empty text.
type Text struct {
	Bytes []byte
	marks []mark
}

// mark is the start of a piece.
type mark struct {
	at, origin int  // offsets in the text and in the other one
	verbatim   bool // the bytes up to the next mark are the same in both
}

// Append appends a piece that came from an offset in the other text. If it is verbatim, its
// bytes are there one by one. Otherwise all of it came from that offset.
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

// Origin returns the offset in the other text of an offset in this one.
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
