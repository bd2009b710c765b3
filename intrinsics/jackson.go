package intrinsics

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/gostates/gostates/value"
)

// jackson is the state of Jackson, AWS's JSON parser, at the point where a
// string stops being JSON.
type jackson struct {
	text string
	at   int   // offset of the error
	open []int // offsets of the open arrays and objects
	last byte  // the last token: a bracket, comma, colon, jacksonKey or jacksonValue; 0 if none
}

const (
	jacksonKey    = 'k'
	jacksonValue  = 'v'
	jacksonValues = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
	jacksonToken  = 256 // the longest word in a message
)

// JSONProblem returns the message of Jackson, AWS's JSON parser, for a text that is not
// JSON, with the place in a second line. It is "" for JSON, and if the message is not
// known.
func JSONProblem(text string) string {
	_, err := value.ParseString(text)
	if e, ok := err.(*value.SyntaxError); ok { //nolint:errorlint // the reader gives no other
		return jacksonError(text, e.Offset)
	}
	return ""
}

// jacksonError returns Jackson's message for a string that stops being JSON at
// an offset. It is "" if the message is not known, as for most numbers and for
// \u. The messages for an unexpected character, an unknown word and an
// unexpected end are recorded; the others come from Jackson's source.
func jacksonError(text string, at int) string {
	r := jackson{text: text, at: at}
	if inText, escaped := r.scanValid(); inText {
		return r.stringProblem(escaped)
	}
	kind, closing, start := "", "", ""
	if n := len(r.open); n > 0 {
		kind, closing, start = "Array", "]", r.writePlace(r.open[n-1])
		if r.inObject() {
			kind, closing = "Object", "}"
		}
	}
	word := text[strings.LastIndexAny(text[:at], " \t\r\n,:\"[]{}")+1 : at]
	c, _ := utf8.DecodeRuneInString(text[at:])
	switch {
	case word != "" && !unicode.IsLetter(rune(word[0])) && strings.ContainsAny(word[len(word)-1:], "-+.eE"):
		return "" // within a number
	case word != "" && unicode.IsLetter(rune(word[0])) && isIdentifier(c):
		return r.wordProblem(at - len(word))
	case kind == "" && (r.last == jacksonValue || at == len(text)):
		return ""
	case at == len(text) && strings.IndexByte(",:k", r.last) >= 0:
		return r.endProblem(" within/between " + kind + " entries")
	case at == len(text):
		return r.endProblem(": expected close marker for " + kind + " (start marker at " + start + ")")
	case (c == ']' || c == '}') && strings.IndexByte("[{v", r.last) >= 0:
		return r.problemAt(at, "Unexpected close marker '%c': expected '%s' (for %s starting at %s)", c, closing, kind, start)
	case r.last == jacksonKey:
		return r.unexpectedProblem("was expecting a colon to separate field name and value")
	case r.atKey():
		return r.unexpectedProblem("was expecting double-quote to start field name")
	case r.last == jacksonValue:
		return r.unexpectedProblem("was expecting comma to separate " + kind + " entries")
	case c == '0' && at+1 < len(text) && unicode.IsDigit(rune(text[at+1])):
		return r.problemAt(at+1, "Invalid numeric value: Leading zeroes not allowed")
	case strings.ContainsRune("-0123456789[{", c):
		return ""
	case c == '}' && r.last == ',':
		return r.unexpectedProblem("expected a value")
	case isIdentifier(c):
		return r.wordProblem(at)
	}
	return r.unexpectedProblem("expected a valid value " + jacksonValues)
}

// scanValid reads the valid part. It reports whether that ends within a string,
// and whether after a backslash there.
func (r *jackson) scanValid() (inText, escaped bool) {
	for i := 0; i < r.at; i++ {
		switch c := r.text[i]; c {
		case ' ', '\t', '\r', '\n':
		case '[', '{':
			r.open = append(r.open, i)
			r.last = c
		case ']', '}':
			r.open = r.open[:len(r.open)-1]
			r.last = jacksonValue
		case ',', ':':
			r.last = c
		case '"':
			if r.atKey() {
				r.last = jacksonKey
			} else {
				r.last = jacksonValue
			}
			for i++; i < r.at && r.text[i] != '"'; i++ {
				if r.text[i] == '\\' {
					i++
				}
			}
			if i >= r.at {
				return true, i > r.at
			}
		default:
			r.last = jacksonValue
		}
	}
	return false, false
}

func (r *jackson) inObject() bool {
	return len(r.open) > 0 && r.text[r.open[len(r.open)-1]] == '{'
}

// atKey reports whether a key must come next.
func (r *jackson) atKey() bool {
	return r.inObject() && (r.last == '{' || r.last == ',')
}

// stringProblem returns the message for an error within a string.
func (r *jackson) stringProblem(escaped bool) string {
	what, end := "string value", ": was expecting closing quote for a string value"
	if r.last == jacksonKey {
		what, end = "name", " in field name"
	}
	switch rest := r.text[r.at:]; {
	case escaped:
		return r.endProblem(" in character escape sequence")
	case rest == "":
		return r.endProblem(end)
	case rest[0] < ' ':
		return r.problemAt(r.at, "Illegal unquoted character (%s): has to be escaped using backslash to be included in %s", jacksonCharacter(rest), what)
	case rest[0] == '\\' && len(rest) > 1 && rest[1] != 'u':
		return r.problemAt(r.at+1, "Unrecognized character escape %s", jacksonCharacter(rest[1:]))
	}
	return ""
}

// wordProblem returns the message for an unknown word.
func (r *jackson) wordProblem(start int) string {
	var letters []rune
	for _, c := range r.text[start:] {
		if !isIdentifier(c) || len(letters) == jacksonToken {
			break
		}
		letters = append(letters, c)
	}
	word := string(letters)
	end := start + len(word)
	if word == "NaN" || word == "Infinity" {
		return r.problemAt(end, "Non-standard token '%s': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow", word)
	}
	if len(letters) == jacksonToken {
		word += "..."
	}
	return r.problemAt(end, "Unrecognized token '%s': was expecting %s", word, jacksonValues)
}

// isIdentifier reports whether a character may be part of a name in Java.
func isIdentifier(c rune) bool {
	return c == '$' || c == '_' || unicode.IsLetter(c) || unicode.IsDigit(c)
}

func (r *jackson) unexpectedProblem(what string) string {
	return r.problemAt(r.at, "Unexpected character (%s): %s", jacksonCharacter(r.text[r.at:]), what)
}

func (r *jackson) endProblem(what string) string {
	return r.problemAt(len(r.text), "Unexpected end-of-input%s", what)
}

func (r *jackson) problemAt(i int, format string, args ...any) string {
	return fmt.Sprintf(format, args...) + "\n at " + r.writePlace(i)
}

// writePlace spells an offset as Jackson does.
func (r *jackson) writePlace(i int) string {
	before := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(r.text[:i])
	line := utf16.Encode([]rune(before[strings.LastIndexByte(before, '\n')+1:]))
	return fmt.Sprintf("[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: %d, column: %d]",
		strings.Count(before, "\n")+1, len(line)+1)
}

// jacksonCharacter spells the first character of text as Jackson does.
func jacksonCharacter(text string) string {
	c, _ := utf8.DecodeRuneInString(text)
	c = rune(utf16.Encode([]rune{c})[0])
	switch {
	case unicode.IsControl(c):
		return fmt.Sprintf("(CTRL-CHAR, code %d)", c)
	case c > 255:
		return fmt.Sprintf("'%c' (code %[1]d / 0x%[1]x)", c)
	}
	return fmt.Sprintf("'%c' (code %[1]d)", c)
}
