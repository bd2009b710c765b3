package asl

import (
	"bytes"
	"regexp"
	"sort"
	"strings"

	"github.com/gostates/gostates/value"
)

// placeholder matches ${Name} at the start of a string: a CloudFormation
// parameter, a resource's attribute (${Function.Arn}), a pseudo parameter
// (${AWS::Region}), or a simple Terraform expression
// (${aws_sns_topic.alarm[0].arn}). It is never valid JSONata.
var placeholder = regexp.MustCompile(`^\$\{(!?)([A-Za-z_][\w-]*(?:(?:::|\.)[\w-]+|\[\d+\])*)\}`)

// IsPlaceholder reports whether ${name} is a placeholder, see [Options].
func IsPlaceholder(name string) bool {
	text := "${" + name + "}"
	m := placeholder.FindString(text)
	return m == text && name[0] != '!'
}

// expansion is a definition with its placeholders replaced by values.
type expansion struct {
	text     []byte
	segments []segment
	unknown  []unknownString // in order
	findings []expansionError
}

// segment begins a piece of the expanded text: a piece of the original, or the
// replacement of a placeholder.
type segment struct {
	at, origin int // offsets in the expanded text and in the original
	stands     bool
}

// unknownString is a string with a placeholder that has no value, or a
// placeholder outside of strings without one. Offsets are those of the
// original.
type unknownString struct {
	start, end int
	name       string // of the first placeholder
	at         int    // of the first placeholder
	bare       bool
	told       bool
}

// expansionError is a placeholder without a value, or with a faulty one.
type expansionError struct {
	offset  int // in the original
	message string
}

// expandPlaceholders replaces placeholders by their values. In a string, a
// value is text. Elsewhere it is JSON, and a placeholder without a value
// becomes a string, so that the rest can be checked.
//
// AWS sees a definition with its values, so the size of the result is limited and not
// that of text. Expansion ends a byte above the limit.
func expandPlaceholders(text []byte, values map[string]string) *expansion {
	const longest = MaxDefinitionBytes + 1
	x := &expansion{text: make([]byte, 0, min(len(text), longest))}
	x.segments = append(x.segments, segment{})
	inString := -1 // offset of the current string, or -1
	var open unknownString
	copied := 0
	isJSON := make(map[string]bool) // whether the value of a name is
	appendText := func(s []byte) { x.text = append(x.text, s[:min(len(s), longest-len(x.text))]...) }
	replace := func(from, to int, with []byte) {
		appendText(text[copied:from])
		x.segments = append(x.segments, segment{len(x.text), from, true})
		appendText(with)
		x.segments = append(x.segments, segment{len(x.text), to, false})
		copied = to
	}
	for i := 0; i < len(text) && len(x.text)+i-copied < longest; i++ {
		switch c := text[i]; {
		case c == '\\' && inString >= 0:
			i++
		case c == '"' && inString < 0:
			inString, open = i, unknownString{start: i}
		case c == '"':
			if open.end = i + 1; open.name != "" {
				x.unknown = append(x.unknown, open)
			}
			inString = -1
		case c == '$' && i+1 < len(text) && text[i+1] == '{':
			m := placeholder.FindSubmatch(text[i:min(len(text), i+maxPlaceholder)])
			if m == nil {
				continue
			}
			name, end := string(m[2]), i+len(m[0])
			v, known := values[name]
			v = v[:min(len(v), longest)]
			switch escaped := len(m[1]) > 0; {
			case escaped && inString >= 0:
				replace(i, end, []byte("${"+name+"}"))
			case escaped:
			case known && inString >= 0:
				quoted := value.AppendString(nil, v)
				replace(i, end, quoted[1:len(quoted)-1])
			case inString >= 0:
				if open.name == "" {
					open.name, open.at = name, i
				}
			default:
				if _, ok := isJSON[name]; known && !ok {
					_, err := value.Parse([]byte(v))
					isJSON[name] = err == nil || len(v) == longest
				}
				if isJSON[name] {
					replace(i, end, []byte(v))
					break
				}
				message := "no value for ${" + name + "}"
				if known {
					message = "the value of ${" + name + "} is not JSON, as it must be outside of a string"
				}
				x.findings = append(x.findings, expansionError{i, message})
				x.unknown = append(x.unknown, unknownString{start: i, end: end, name: name, at: i, bare: true, told: true})
				replace(i, end, []byte(`"`+"${"+name+"}"+`"`))
			}
			i = end - 1
		}
	}
	appendText(text[copied:])
	return x
}

// expandSource sets text.
func (p *parser) expandSource() {
	p.text = p.source
	if p.substitutions == nil || !bytes.Contains(p.source, []byte("${")) {
		return
	}
	p.expansion = expandPlaceholders(p.source, p.substitutions)
	p.text = p.expansion.text
	for _, f := range p.expansion.findings {
		p.reportNoValue(f.offset, f.message)
	}
}

// maxPlaceholder is the longest placeholder in bytes.
const maxPlaceholder = 512

// sourceOffset returns the offset in the original of an offset in the expanded
// text.
func (x *expansion) sourceOffset(offset int) int {
	s := x.segments[sort.Search(len(x.segments), func(i int) bool { return x.segments[i].at > offset })-1]
	if s.stands {
		return s.origin
	}
	return s.origin + offset - s.at
}

// unknownStringAt returns the unknown string at an offset in the original, or
// nil.
func (x *expansion) unknownStringAt(offset int) *unknownString {
	if x == nil {
		return nil
	}
	i := sort.Search(len(x.unknown), func(i int) bool { return x.unknown[i].end > offset })
	if i == len(x.unknown) || x.unknown[i].start > offset {
		return nil
	}
	return &x.unknown[i]
}

// isUnknown reports whether a string has a placeholder without a value.
func (p *parser) isUnknown(n *value.Node) bool {
	return p.expansion != nil && p.expansion.unknownStringAt(p.positionOf(n.Offset).Offset) != nil
}

// ignoresFinding reports whether to ignore a finding because it is about an
// unknown string. If values are needed, it reports the placeholder instead.
// Findings about a type are kept, because an unknown string is a string.
func (p *parser) ignoresFinding(pos Pos, words string) bool {
	u := p.expansion.unknownStringAt(pos.Offset)
	if u == nil || !u.bare && strings.HasPrefix(words, "Expected value of type") {
		return false
	}
	if p.needsValues && !u.told {
		u.told = true
		p.reportNoValue(u.at, "no value for ${"+u.name+"}")
	}
	return true
}

// reportNoValue reports a placeholder without a value, or with a faulty one.
func (p *parser) reportNoValue(offset int, message string) {
	d := Diagnostic{Severity: SeverityError, Code: CodePlaceholderWithoutValue, Message: message, Pos: p.sourcePosition(offset)}
	if p.collected.errors >= maxCollected {
		p.left.addFinding(d)
		return
	}
	p.collected.addFinding(d)
	p.found = append(p.found, d)
}
