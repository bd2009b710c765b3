package jsonpath

import "strings"

// Bounds of what is parsed. Jayway's own bound is its stack.
const (
	maxSteps   = 1000 // as deep as values nest
	maxNesting = 8    // filters within paths within filters
)

// source is a part of a path's text that knows where it stands in the whole.
type source struct {
	whole string
	text  string
	at    int // offset of text in whole
	depth int // how many filters are around it
}

// errorAt makes the error for offset i of the source's text.
func (s source) errorAt(i int, msg string) *ParseError {
	return &ParseError{Text: s.whole, Offset: min(max(s.at+i, 0), len(s.whole)), Msg: msg}
}

// asWritten returns the text, with the root of the path if it is a whole one.
func (s source) asWritten() string {
	if s.depth > 0 {
		return s.text
	}
	return strings.TrimSpace(s.whole)
}

// from returns the source without its first n bytes.
func (s source) dropFirst(n int) source { return s.cutOut(n, len(s.text)) }

// cut returns the bytes i to j of the source.
func (s source) cutOut(i, j int) source {
	s.text, s.at = s.text[i:j], s.at+i
	return s
}

// replaced returns the source with a text that differs in its first bytes only.
func (s source) withText(text string) source {
	s.at += len(s.text) - len(text)
	s.text = text
	return s
}

// trim cuts off white space and control characters, as Java's String.trim does.
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

// index is strings.Index that counts from i.
func indexFrom(s, substr string, i int) int {
	if n := strings.Index(s[i:], substr); n >= 0 {
		return i + n
	}
	return -1
}
