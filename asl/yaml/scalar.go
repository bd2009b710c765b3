package yaml

import (
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
		r.json.Append(json, from+r.base, len(json) == s.at-from)
	}
	r.writeJSON(`"`, at)
}

// scanner follows the characters of a scalar in the text. It does not check the text, which
// was read before.
type scanner struct {
	text  []byte
	at    int
	style yaml.Style
	lost  bool // the text is not as expected: at stays where it is
}

// skipProperties skips an anchor and a tag, and goes to the first character.
func (s *scanner) skipProperties() {
	for s.at < len(s.text) && (s.text[s.at] == '!' || s.text[s.at] == '&') {
		for s.at < len(s.text) && !isSpace(s.text[s.at]) {
			s.at++
		}
		s.skipSpace()
	}
	switch {
	case s.style == yaml.DoubleQuotedStyle, s.style == yaml.SingleQuotedStyle:
		s.at++
	case s.style == yaml.LiteralStyle, s.style == yaml.FoldedStyle:
		for s.at < len(s.text) && s.text[s.at] != '\n' && s.text[s.at] != '\r' {
			s.at++ // the indicators, and a comment
		}
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func (s *scanner) skipSpace() {
	for s.at < len(s.text) && isSpace(s.text[s.at]) {
		s.at++
	}
}

// next returns the offset of a character of the value, and goes behind it. White space is
// not followed exactly: lines are folded, and their indentation is left out.
func (s *scanner) next(c rune) int {
	if s.lost || s.at >= len(s.text) {
		return s.at
	}
	if c < utf8.RuneSelf && isSpace(byte(c)) {
		from := s.at
		if s.text[s.at] == byte(c) {
			s.at++
		} else if s.style == yaml.DoubleQuotedStyle && s.text[s.at] == '\\' {
			s.at += s.escapeLen()
		}
		return from
	}
	for {
		s.skipSpace()
		if s.style != yaml.DoubleQuotedStyle || s.at+1 >= len(s.text) || s.text[s.at] != '\\' || s.text[s.at+1] != '\n' && s.text[s.at+1] != '\r' {
			break
		}
		s.at++ // an escaped line break
	}
	from := s.at
	if s.style == yaml.DoubleQuotedStyle && s.at < len(s.text) && s.text[s.at] == '\\' {
		s.at = min(s.at+s.escapeLen(), len(s.text))
		return from
	}
	got, size := utf8.DecodeRune(s.text[s.at:])
	if s.lost = got != c; s.lost {
		return from
	}
	s.at += size
	if s.style == yaml.SingleQuotedStyle && c == '\'' {
		s.at = min(s.at+1, len(s.text))
	}
	return from
}

// escapeLen returns the length of an escape sequence in double quotes.
func (s *scanner) escapeLen() int {
	if s.at+1 >= len(s.text) {
		return 1
	}
	switch s.text[s.at+1] {
	case 'x':
		return 4
	case 'u':
		return 6
	case 'U':
		return 10
	}
	return 2
}
