package jsonpath

import "strings"

// Limits of paths. Jayway is limited by its stack.
const (
	maxSteps   = 1000 // the depth limit of values
	maxNesting = 8    // filters in paths in filters
)

// source is a part of a path that knows its offset in the whole.
type source struct {
	whole string
	text  string
	at    int // offset of text in whole
	depth int // filters around it
}

// errorAt returns the error for offset i of the source.
func (s source) errorAt(i int, msg string) *ParseError {
	return &ParseError{Text: s.whole, Offset: min(max(s.at+i, 0), len(s.whole)), Msg: msg}
}

// asWritten returns the source. If it is a whole path, that includes the root.
func (s source) asWritten() string {
	if s.depth > 0 {
		return s.text
	}
	return strings.TrimSpace(s.whole)
}

// dropFirst returns the source without its first n bytes.
func (s source) dropFirst(n int) source { return s.cutOut(n, len(s.text)) }

// cutOut returns the bytes i to j of the source.
func (s source) cutOut(i, j int) source {
	s.text, s.at = s.text[i:j], s.at+i
	return s
}

// withText returns the source with another text, which differs only in its
// first bytes.
func (s source) withText(text string) source {
	s.at += len(s.text) - len(text)
	s.text = text
	return s
}

// trimSpace trims white space and control characters, as Java's String.trim
// does.
func trimSpace(s source) source {
	start, end := 0, len(s.text)
	for start < end && s.text[start] <= ' ' {
		start++
	}
	for start < end && s.text[end-1] <= ' ' {
		end--
	}
	return s.cutOut(start, end)
}

// indexFrom is strings.Index from offset i on.
func indexFrom(s, substr string, i int) int {
	if n := strings.Index(s[i:], substr); n >= 0 {
		return i + n
	}
	return -1
}
