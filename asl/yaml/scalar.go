package yaml

import (
	"bytes"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/gostates/gostates/value"
)

// The core schema of YAML 1.2, but for leading zeros.
var (
	nullWord = []string{"", "~", "null", "Null", "NULL"}
	trueWord = []string{"true", "True", "TRUE"}
	noWord   = []string{"false", "False", "FALSE"}
	decimal  = regexp.MustCompile(`^[-+]?(?:0|[1-9][0-9]*|\.[0-9]|(?:0|[1-9][0-9]*)\.)[0-9]*(?:[eE][-+]?[0-9]+)?$`)
	based    = regexp.MustCompile(`^0(?:o[0-7]{1,64}|x[0-9a-fA-F]{1,64})$`)
	zeros    = regexp.MustCompile(`^[-+]?0[0-9]`)
)

func isNull(n *yaml.Node) bool {
	json, ok := plainJSON(n)
	return n.Kind == yaml.ScalarNode && ok && json == "null"
}

// plainJSON returns the JSON of a scalar that is not a string.
func plainJSON(n *yaml.Node) (json string, ok bool) {
	tag := n.Tag
	switch {
	case functionOf(tag) != "", tag == "!":
		return "", false
	case n.Style&yaml.TaggedStyle != 0 && slices.Contains([]string{"!!null", "!!bool", "!!int", "!!float"}, tag):
		// also in quotes
	case n.Style != 0:
		return "", false
	}
	switch v := n.Value; {
	case slices.Contains(nullWord, v):
		return "null", true
	case slices.Contains(trueWord, v):
		return "true", true
	case slices.Contains(noWord, v):
		return "false", true
	case based.MatchString(v):
		i, _ := new(big.Int).SetString(v, 0)
		return i.String(), true
	case decimal.MatchString(v) && !zeros.MatchString(v):
		return jsonNumber(v), true
	}
	return "", false
}

// jsonNumber returns a number of YAML, which may be +1, .5 and 1., as JSON has it.
func jsonNumber(v string) string {
	v = strings.TrimPrefix(v, "+")
	whole, fraction, point := strings.Cut(v, ".")
	if !point {
		return v
	}
	if whole == "" || whole == "-" {
		whole += "0"
	}
	if fraction == "" || fraction[0] == 'e' || fraction[0] == 'E' {
		return whole + fraction
	}
	return whole + "." + fraction
}

func quote(s string) string { return string(value.AppendString(nil, s)) }

// writeString writes a scalar as a string, with a mark for each piece of the text.
func (r *reader) writeString(n *yaml.Node, at int) {
	s := scanner{text: r.text, at: r.startOf(n), style: n.Style &^ yaml.TaggedStyle}
	s.skipProperties()
	r.writeJSON(`"`, at)
	for v := n.Value; v != ""; {
		c, size := utf8.DecodeRuneInString(v)
		from := s.next(c)
		json := quote(v[:size])
		v = v[size:]
		json = json[1 : len(json)-1]
		r.json.Append(json, from+r.base, bytes.HasPrefix(r.text[from:], []byte(json)))
	}
	r.writeJSON(`"`, at)
}

// scanner follows the characters of a scalar in the text. It does not check the text, which
// was read before.
type scanner struct {
	text    []byte
	at      int
	style   yaml.Style
	pending []int // offsets of the next characters of a value that is not in a block
	lost    bool  // the text is not as expected: at stays where it is
}

// skipProperties skips an anchor and a tag, and goes to the first character.
func (s *scanner) skipProperties() {
	for s.at < len(s.text) && (s.text[s.at] == '!' || s.text[s.at] == '&') {
		for s.at < len(s.text) && !isSpace(s.text[s.at]) && endsLine(s.text[s.at:]) == 0 {
			s.at++
		}
		s.skipSpace()
		for s.at < len(s.text) && s.text[s.at] == '#' {
			s.skipLine()
			s.skipSpace()
		}
	}
	switch {
	case s.style == yaml.DoubleQuotedStyle, s.style == yaml.SingleQuotedStyle:
		s.at++
	case s.inBlock():
		s.skipLine() // the indicators, and a comment
	}
}

func (s *scanner) inBlock() bool { return s.style == yaml.LiteralStyle || s.style == yaml.FoldedStyle }

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func (s *scanner) skipLine() {
	for s.at < len(s.text) && endsLine(s.text[s.at:]) == 0 {
		s.at++
	}
}

// skipSpace skips white space and the line breaks that are not characters of a value.
func (s *scanner) skipSpace() {
	for s.at < len(s.text) {
		c, size := utf8.DecodeRune(s.text[s.at:])
		if c != '\u0085' && !isSpace(s.text[s.at]) {
			return
		}
		s.at += size
	}
}

// next returns the offset of a character of the value, and goes behind it.
func (s *scanner) next(c rune) int {
	switch {
	case s.inBlock():
		return s.nextInBlock(c)
	case len(s.pending) == 0:
		s.fill()
	}
	if len(s.pending) == 0 {
		return min(s.at, len(s.text))
	}
	from := s.pending[0]
	s.pending = s.pending[1:]
	return from
}

// nextInBlock is next in a block. White space is not followed exactly: lines are folded, and
// their indentation is left out.
func (s *scanner) nextInBlock(c rune) int {
	if s.lost || s.at >= len(s.text) {
		return min(s.at, len(s.text))
	}
	from := s.at
	if c < utf8.RuneSelf && isSpace(byte(c)) {
		switch size := endsLine(s.text[s.at:]); {
		case c == '\n' && size > 0:
			s.at += size
		case s.text[s.at] == byte(c):
			s.at++
		}
		return from
	}
	s.skipSpace()
	from = s.at
	got, size := utf8.DecodeRune(s.text[s.at:])
	if s.lost = got != c; !s.lost {
		s.at += size
	}
	return from
}

// fill sets pending to the offsets of some characters of a value in quotes or a plain one.
func (s *scanner) fill() {
	for len(s.pending) == 0 && s.at < len(s.text) {
		from := s.at
		c, size := utf8.DecodeRune(s.text[s.at:])
		switch {
		case c == ' ' || c == '\t' || endsLine(s.text[s.at:]) > 0:
			s.fold(false)
		case c == '\\' && s.style == yaml.DoubleQuotedStyle:
			if s.at++; endsLine(s.text[s.at:]) > 0 {
				s.at += endsLine(s.text[s.at:])
				s.fold(true)
				break
			}
			s.at = min(from+s.escapeLen(), len(s.text))
			s.pending = append(s.pending, from)
		default:
			s.at += size
			if c == '\'' && s.style == yaml.SingleQuotedStyle {
				s.at = min(s.at+1, len(s.text))
			}
			s.pending = append(s.pending, from)
		}
	}
}

// fold reads white space and line breaks: in one line the white space is of the value. A
// single line break is a space, unless an escaped one is before it. Others after the first
// are characters. \u2028 and \u2029 are characters also as the first.
func (s *scanner) fold(escaped bool) {
	var breaks []int
	start, blank, first := s.at, s.at, rune('\n')
	for s.at < len(s.text) {
		if size := endsLine(s.text[s.at:]); size > 0 {
			if len(breaks) == 0 {
				first, _ = utf8.DecodeRune(s.text[s.at:])
			}
			breaks = append(breaks, s.at)
			s.at += size
		} else if s.text[s.at] == ' ' || s.text[s.at] == '\t' {
			s.at++
			if len(breaks) == 0 {
				blank = s.at
			}
		} else {
			break
		}
	}
	switch {
	case escaped, len(breaks) > 0 && first >= '\u2028':
		s.pending = breaks
	case len(breaks) > 1:
		s.pending = breaks[1:]
	case len(breaks) == 1:
		s.pending = []int{start}
	default:
		for at := start; at < blank; at++ {
			s.pending = append(s.pending, at)
		}
	}
}

// escapeLen returns the length of an escape sequence in double quotes, behind whose first
// character it is.
func (s *scanner) escapeLen() int {
	if s.at >= len(s.text) {
		return 1
	}
	switch s.text[s.at] {
	case 'x':
		return 4
	case 'u':
		return 6
	case 'U':
		return 10
	}
	return 2
}
