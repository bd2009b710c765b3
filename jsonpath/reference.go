package jsonpath

import "strings"

// ParseReference parses a Reference Path, which names exactly one place. It
// consists of ".name", "['name']" and "[0]". A backslash in a name after a dot
// makes the next character part of the name: "$.store\.book". The error is a
// *[ParseError].
func ParseReference(text string) (*Path, error) {
	if !strings.HasPrefix(text, "$") {
		return nil, source{whole: text, text: text}.errorAt(0, "Reference path didn't start with '$'")
	}
	p, s, err := splitRoot(text)
	if err != nil {
		return nil, err
	}
	if n := strings.Count(s.text, ".") + strings.Count(s.text, "["); n > 0 {
		p.steps = make([]step, 0, min(n, maxSteps))
	}
	for i := 1; i < len(s.text); {
		st, n, err := s.referenceStep(i)
		if err != nil {
			return nil, err
		}
		if len(p.steps) == maxSteps {
			return nil, s.errorAt(i, "a path must not have more than 1000 steps")
		}
		p.steps = append(p.steps, *st)
		i += n
	}
	p.linkSteps()
	p.names = p.leadingNames()
	return p, nil
}

// referenceStep parses the step at i and returns its length.
func (s source) referenceStep(i int) (*step, int, error) {
	switch {
	case strings.HasPrefix(s.text[i:], ".["):
		st, n, err := s.referenceBracket(i + 1)
		return st, n + 1, err
	case s.text[i] == '.':
		return s.referenceName(i)
	case s.text[i] == '[':
		return s.referenceBracket(i)
	}
	return nil, 0, s.errorAt(i, "a Reference Path goes on with '.' or '['")
}

// referenceName parses ".name".
func (s source) referenceName(start int) (*step, int, error) {
	var name strings.Builder // of a name with a backslash
	escaped := false
	i := start + 1
	for ; i < len(s.text) && s.text[i] != '.' && s.text[i] != '['; i++ {
		c := s.text[i]
		if strings.IndexByte("@,:?* ", c) >= 0 {
			return nil, 0, s.errorAt(i, "a Reference Path must not have '"+string(c)+"' in a name, unless behind '\\' or in ['...']")
		}
		if c == '\\' {
			if !escaped {
				escaped = true
				name.WriteString(s.text[start+1 : i])
			}
			if i++; i == len(s.text) {
				return nil, 0, s.errorAt(i, `a character must follow '\'`)
			}
		}
		if escaped {
			name.WriteByte(s.text[i])
		}
	}
	if i == start+1 {
		return nil, 0, s.errorAt(i, "a name must follow '.'")
	}
	if !escaped {
		return &step{kind: nameStep, name: s.text[start+1 : i]}, i - start, nil
	}
	return &step{kind: nameStep, name: name.String()}, i - start, nil
}

// referenceBracket parses "['name']" or "[0]".
func (s source) referenceBracket(start int) (*step, int, error) {
	inner := s.text[start+1:]
	if strings.HasPrefix(inner, "'") {
		end := strings.Index(inner, "']")
		if end < 1 {
			return nil, 0, s.errorAt(start, "[' is not closed")
		}
		name := inner[1:end]
		if strings.Contains(name, "'") {
			return nil, 0, s.errorAt(start, "a Reference Path names one place, and a quoted name has no single quote in it")
		}
		return &step{kind: nameStep, name: name}, end + len("['']") - 1, nil
	}
	end := strings.IndexByte(inner, ']')
	if end < 1 || strings.Trim(inner[:end], digitBytes) != "" {
		return nil, 0, s.errorAt(start, "a Reference Path has one name or one index in brackets: ['name'] or [0]")
	}
	n, err := s.parseNumber(start+1, inner[:end])
	if err != nil {
		return nil, 0, err
	}
	return &step{kind: indexStep, numbers: []int{n}}, end + len("[]"), nil
}
