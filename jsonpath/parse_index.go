package jsonpath

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// compileLengthIndex compiles "[(@.length-1)]" or "[(@.size()-1)]" from its '@'
// on.
func (s source) compileLengthIndex(i int) (*step, error) {
	minus := indexFrom(s.text, "-", min(i+2, len(s.text)))
	if minus < 0 {
		return nil, s.errorAt(len(s.text), "'-' is missing: an index from the end is written [(@.length-1)]")
	}
	function := strings.NewReplacer(" ", "", "(", "", ")", "").Replace(s.text[i+2 : minus])
	if function != "size" && function != "length" {
		return nil, s.errorAt(i, fmt.Sprintf("Invalid function: @.%s. Supported functions are: [(@.length - n)] and [(@.size() - n)]", function))
	}
	end := indexFrom(s.text, ")", minus)
	if end < 0 {
		return nil, s.errorAt(len(s.text), "')' is missing: an index from the end is written [(@.length-1)]")
	}
	n, err := s.parseNumber(minus, strings.ReplaceAll(s.text[minus:end], " ", ""))
	if err != nil {
		return nil, err
	}
	return &step{kind: lengthStep, numbers: []int{n}}, nil
}

// parseNumber parses a number in brackets: 32 bits, as in Java.
func (s source) parseNumber(i int, text string) (int, error) {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0, s.errorAt(i, fmt.Sprintf("For input string: %q", text))
	}
	return int(n), nil
}

// compileIndexes compiles "[0]", "[0,1]" and slices, from the first digit, '-'
// or ':' on. It stops at the first other character, so that "[1.5]" is "[1]".
func (s source) compileIndexes(i int) (*step, error) {
	r := indexReader{source: s, i: i}
	for r.i < len(s.text) && isIndexByte(s.text[r.i]) {
		if err := r.readNext(); err != nil {
			return nil, err
		}
	}
	if r.i >= len(s.text) {
		return nil, s.errorAt(len(s.text), "'[' is not closed")
	}
	if err := r.endNumber(false); err != nil {
		return nil, err
	}
	kind := r.stepKind()
	return &step{kind: kind, numbers: r.usedNumbers(kind)}, nil
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isIndexByte(c byte) bool { return isDigit(c) || strings.IndexByte(", :-", c) >= 0 }

// indexReader parses the inside of brackets.
type indexReader struct {
	source
	i       int
	digits  []byte // of the current number
	numbers []int
	list    bool // a ',' was found
	slices  stepKind
}

// readNext reads a character, or a ':' and the number after it.
func (r *indexReader) readNext() error {
	switch c := r.text[r.i]; c {
	case ' ':
		r.i++
	case ',':
		r.list = true
		r.i++
		return r.endNumber(true)
	case ':':
		return r.readColon()
	default:
		r.digits = append(r.digits, c)
		r.i++
	}
	return nil
}

// readColon reads a ':' and the number after it. It skips the next character,
// unless that ends the bracket. So a second colon is lost, and the step of a
// slice becomes another number, which is not used.
func (r *indexReader) readColon() error {
	from := len(r.digits) > 0
	if from {
		if err := r.endNumber(true); err != nil {
			return err
		}
	}
	r.i++
	for ; r.i < len(r.text) && (isDigit(r.text[r.i]) || strings.IndexByte(" -", r.text[r.i]) >= 0); r.i++ {
		if r.text[r.i] != ' ' {
			r.digits = append(r.digits, r.text[r.i])
		}
	}
	r.noteSlice(from, len(r.digits) > 0)
	if r.i < len(r.text) && r.text[r.i] != ']' {
		_, n := utf8.DecodeRuneInString(r.text[r.i:])
		r.i += n
	}
	return r.endNumber(!from)
}

// noteSlice records the kind of a slice. Of several, the first in the order
// from, to, between wins.
func (r *indexReader) noteSlice(from, to bool) {
	kind := betweenStep
	switch {
	case !from:
		kind = toStep
	case !to:
		kind = fromStep
	}
	if r.slices == 0 || kind < r.slices {
		r.slices = kind
	}
}

// endNumber ends the current number. It is an error if needed is set and there
// is none.
func (r *indexReader) endNumber(needed bool) error {
	if len(r.digits) == 0 && !needed {
		return nil
	}
	n, err := r.parseNumber(r.i, string(r.digits))
	if err != nil {
		return err
	}
	r.numbers = append(r.numbers, n)
	r.digits = r.digits[:0]
	return nil
}

// usedNumbers returns the numbers that a step of this kind needs.
func (r *indexReader) usedNumbers(kind stepKind) []int {
	switch kind {
	case fromStep, toStep:
		return r.numbers[:1]
	case betweenStep:
		return r.numbers[:2]
	}
	return r.numbers
}

func (r *indexReader) stepKind() stepKind {
	switch {
	case len(r.numbers) == 1 && r.slices != toStep && r.slices != fromStep:
		return indexStep
	case r.list:
		return indexesStep
	}
	return r.slices
}
