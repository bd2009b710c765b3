package api

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// shape is a structure of AWS's service model.
type shape struct {
	name    string // of the Java class in messages; empty for a request
	members []member
}

// member is a member of a structure, or the element of a list.
type member struct {
	name     string
	kind     kind
	required bool
	min, max int64    // of the length of a string or list, or of a number; max 0: none
	pattern  *pattern // nil: none
	enum     []string // in the order of AWS's message; nil: none
	shape    *shape   // of a structure
	element  *member  // of a list
	// sensitive members are not shown in messages.
	sensitive bool
}

type kind uint8

const (
	kindText kind = iota
	kindBoolean
	kindInteger
	kindFloat
	kindList
	kindStructure
)

// pattern is a regular expression of the model. Go has no lookahead, so it is matched by
// hand.
type pattern struct {
	text    string
	matches func(string) bool
}

var (
	aliasPattern = pattern{`^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$`, func(s string) bool {
		const others = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-."
		return strings.ContainsAny(s, others) && strings.Trim(s, others+"0123456789") == ""
	}}
	asciiPattern = pattern{`\p{ASCII}*`, func(s string) bool {
		return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
	}}
	tokenPattern = pattern{`[!-~]+`, func(s string) bool {
		return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < '!' || r > '~' })
	}}
)

// checkRequest compares a request with the model. The error is AWS's for all members
// that violate a constraint, or for the first one that has another type.
func checkRequest(s *shape, in object) error {
	var c requestCheck
	c.checkStructure("", s, in)
	switch {
	case c.mistyped != nil:
		return c.mistyped
	case c.count == 1:
		return newValidationError("1 validation error detected: %s", c.violations[0])
	case c.count > 1:
		return newValidationError("%d validation errors detected: %s", c.count, strings.Join(c.violations, "; "))
	}
	return nil
}

// mostViolations is how many violations a message shows.
const mostViolations = 100

type requestCheck struct {
	count      int
	violations []string // the first ones
	mistyped   error
}

func (c *requestCheck) checkStructure(path string, s *shape, in object) {
	for i := range s.members {
		m := &s.members[i]
		at := m.name
		if path != "" {
			at = path + "." + m.name
		}
		v, given := in[m.name]
		switch {
		case v != nil:
			c.checkMember(at, m, v)
		case m.required && m.sensitive:
			c.violate("Value at '%s' failed to satisfy constraint: Member must not be null", at)
		case m.required || given: // no client sends null for a member that is absent
			c.violate("Value null at '%s' failed to satisfy constraint: Member must not be null", at)
		}
	}
}

func (c *requestCheck) violate(format string, args ...any) {
	if c.count++; c.count <= mostViolations {
		c.violations = append(c.violations, fmt.Sprintf(format, args...))
	}
}

func (c *requestCheck) checkMember(at string, m *member, v any) {
	switch v := v.(type) {
	case string:
		if m.kind == kindText {
			c.checkText(at, m, v)
			return
		}
	case bool:
		if m.kind == kindBoolean {
			return
		}
	case json.Number:
		if c.checkNumber(at, m, v) {
			return
		}
	case []any:
		if m.kind == kindList {
			c.checkList(at, m, v)
			return
		}
	case map[string]any:
		if m.kind == kindStructure {
			c.checkStructure(at, m.shape, v)
			return
		}
	}
	if c.mistyped == nil {
		c.mistyped = newError("SerializationException", "The value at '%s' has another type than %s", at, kindNames[m.kind])
	}
}

var kindNames = [...]string{"string", "boolean", "integer", "number", "list", "structure"}

func (c *requestCheck) checkText(at string, m *member, v string) {
	if !utf8.ValidString(v) && c.mistyped == nil { // JSON cannot have it, but a caller in Go
		c.mistyped = newError("SerializationException", "The value at '%s' is not UTF-8", at)
	}
	c.checkRange(at, m, v, "length", float64(utf8.RuneCountInString(v)))
	if m.pattern != nil && !m.pattern.matches(v) {
		c.violateValue(at, m, v, "satisfy regular expression pattern: "+m.pattern.text)
	}
	if m.enum != nil && !slices.Contains(m.enum, v) {
		c.violateValue(at, m, v, "satisfy enum value set: ["+strings.Join(m.enum, ", ")+"]")
	}
}

// checkNumber returns false if the number has another type.
func (c *requestCheck) checkNumber(at string, m *member, v json.Number) bool {
	switch m.kind {
	case kindInteger:
		n, err := v.Int64()
		if err != nil {
			return false
		}
		c.checkRange(at, m, v.String(), "value", float64(n))
	case kindFloat:
		f, err := v.Float64()
		if err != nil {
			return false
		}
		c.checkRange(at, m, strconv.FormatFloat(f, 'f', -1, 64), "value", f)
	default:
		return false
	}
	return true
}

func (c *requestCheck) checkList(at string, m *member, v []any) {
	c.checkRange(at, m, v, "length", float64(len(v)))
	for i := range v {
		place := at + "." + strconv.Itoa(i+1) + ".member"
		if v[i] == nil {
			c.violate("Value null at '%s' failed to satisfy constraint: Member must not be null", place)
			continue
		}
		c.checkMember(place, m.element, v[i])
	}
}

// checkRange compares a length or value with the bounds of a member.
func (c *requestCheck) checkRange(at string, m *member, shown any, what string, n float64) {
	if n < float64(m.min) {
		c.violateValue(at, m, shown, fmt.Sprintf("have %s greater than or equal to %d", what, m.min))
	}
	if m.max > 0 && n > float64(m.max) {
		c.violateValue(at, m, shown, fmt.Sprintf("have %s less than or equal to %d", what, m.max))
	}
}

func (c *requestCheck) violateValue(at string, m *member, shown any, constraint string) {
	if m.sensitive || c.count >= mostViolations {
		c.violate("Value at '%s' failed to satisfy constraint: Member must %s", at, constraint)
		return
	}
	c.violate("Value '%s' at '%s' failed to satisfy constraint: Member must %s", writeJava(m, shown), at, constraint)
}

// writeJava writes a value as the toString of AWS's Java classes does. The value may have
// another type than the member, or be deeper.
func writeJava(m *member, v any) string {
	switch v := v.(type) {
	case []any:
		if m == nil || m.element == nil {
			return "[]"
		}
		all := make([]string, len(v))
		for i := range v {
			all[i] = writeJava(m.element, v[i])
		}
		return "[" + strings.Join(all, ", ") + "]"
	case map[string]any:
		if m == nil || m.shape == nil {
			return "{}"
		}
		all := make([]string, len(m.shape.members))
		for i := range m.shape.members {
			inner := &m.shape.members[i]
			all[i] = inner.name + "=" + writeJava(inner, v[inner.name])
		}
		return m.shape.name + "(" + strings.Join(all, ", ") + ")"
	case nil:
		return "null"
	}
	return fmt.Sprint(v)
}
