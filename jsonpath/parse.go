package jsonpath

import "strings"

// compileProgram compiles a path that starts at "$" or "@", or that omits "$.".
//
// Jayway splits a path into components before it parses the brackets. This
// decides the meaning of many odd paths.
func (s source) compileProgram() (program, error) {
	p := program{}
	s = trimSpace(s)
	if s.text == "" {
		return p, s.errorAt(0, "a path must not be empty")
	}
	if strings.HasSuffix(s.text, "..") {
		return p, s.errorAt(len(s.text)-2, "A path can not end with a scan.")
	}
	switch s.text[0] {
	case '$':
	case '@':
		s = s.withText("$" + s.text[1:])
	default:
		s = s.withText("$." + s.text)
	}
	if len(s.text) > 1 && s.text[1] != '.' && s.text[1] != '[' {
		return p, s.errorAt(1, "Invalid path "+s.asWritten())
	}
	if n := strings.Count(s.text, ".") + strings.Count(s.text, "["); n > 0 {
		p.steps = make([]step, 0, min(n, maxSteps))
	}
	for i := 1; i < len(s.text); {
		if name := s.plainName(i); name != "" && len(p.steps) < maxSteps { // most components
			p.steps = append(p.steps, step{kind: nameStep, name: name})
			i += len(".") + len(name)
			continue
		}
		st, n, err := s.compileComponent(i)
		if err != nil {
			return p, err
		}
		i += n
		if st == nil {
			continue
		}
		if len(p.steps) == maxSteps {
			return p, s.errorAt(i-n, "a path must not have more than 1000 steps")
		}
		p.steps = append(p.steps, *st)
	}
	p.linkSteps()
	return p, nil
}

// plainName returns the name of the component at i if that is ".name" and means what
// it says, or "".
func (s source) plainName(i int) string {
	if s.text[i] != '.' {
		return ""
	}
	name := s.text[i+1:]
	name = name[:nameLength(name)]
	if name == "*" || strings.ContainsAny(name, "']") {
		return ""
	}
	return name
}

// compileComponent compiles the component at i and returns its length. The dot
// of ".['a']" is a component without a step.
func (s source) compileComponent(i int) (*step, int, error) {
	switch s.text[i] {
	case ' ':
		return nil, 0, s.errorAt(i, "Space not allowed in path")
	case '$':
		return &step{kind: rootStep}, 1, nil
	case '*':
		return &step{kind: wildcardStep}, 1, nil
	case '[':
		n := bracketLength(s.text[i:])
		st, err := s.cutOut(i, i+n).compileBracket()
		return st, n, err
	case '.':
		return s.compileDot(i)
	}
	n := nameLength(s.text[i:])
	st, err := s.cutOut(i, i+n).compileName()
	return st, n, err
}

// compileDot compiles a component that starts with a dot.
func (s source) compileDot(i int) (*step, int, error) {
	if i+1 == len(s.text) {
		return nil, 0, s.errorAt(i+1, "a path must not end with '.'")
	}
	if s.text[i+1] == '.' {
		return &step{kind: scanStep}, 2, nil
	}
	n := nameLength(s.text[i+1:])
	switch {
	case n == 0:
		return nil, 1, nil
	case n == 1 && s.text[i+1] == '*':
		return &step{kind: wildcardStep}, 2, nil
	}
	st, err := s.cutOut(i+1, i+1+n).compileName()
	return st, n + 1, err
}

// nameLength returns the length of the unquoted name at the start of s.
func nameLength(s string) int {
	if n := strings.IndexAny(s, ".[ "); n >= 0 {
		return n
	}
	return len(s)
}

// bracketLength returns the length of the bracket at the start of s. It also
// counts brackets in quotes.
func bracketLength(s string) int {
	open := 0
	for i := range len(s) {
		switch s[i] {
		case '[':
			open++
		case ']':
			if open--; open == 0 {
				return i + 1
			}
		}
	}
	return len(s)
}

// compileName compiles an unquoted name. Like Jayway, it puts the name into
// "['...']", so that quotes and brackets in it have the effect that they have
// there.
func (s source) compileName() (*step, error) {
	if !strings.ContainsAny(s.text, "']") {
		return &step{kind: nameStep, name: s.text}, nil
	}
	quoted := s
	quoted.text, quoted.at = "['"+s.text+"']", s.at-2
	return quoted.compileQuotedNames(1)
}

// compileBracket compiles a component in brackets.
func (s source) compileBracket() (*step, error) {
	if s.text == "[*]" {
		return &step{kind: wildcardStep}, nil
	}
	if isPlaceholder(s.text) {
		return &step{kind: filterStep, filter: &filter{}}, nil
	}
	for i := range len(s.text) {
		switch c := s.text[i]; {
		case c == '?':
			return s.compileFilterStep(i)
		case c == '\'':
			return s.compileQuotedNames(i)
		case c == '@':
			return s.compileLengthIndex(i)
		case isDigit(c) || c == ':' || c == '-':
			return s.compileIndexes(i)
		}
	}
	return nil, s.errorAt(0, "Could not analyze path component: "+s.text)
}

// isPlaceholder reports whether s is "[?]" or "[?,?]", which Jayway replaces by
// predicates of the program.
func isPlaceholder(s string) bool {
	const space = " \t\n\v\f\r"
	if !strings.HasSuffix(s, "]") {
		return false
	}
	s = strings.TrimLeft(s[1:len(s)-1], space)
	return strings.HasPrefix(s, "?") && strings.Trim(s, space+"?*,") == ""
}

// compileQuotedNames compiles the names of "['a','b']" from the first quote on.
// It ignores anything between the quoted names and after the first ']'.
func (s source) compileQuotedNames(i int) (*step, error) {
	end := indexFrom(s.text, "]", i)
	if end < 0 {
		return nil, s.errorAt(len(s.text), "'[' is not closed")
	}
	parts := strings.Split(s.text[i:end], "'")
	names := []string{}
	for n := 1; n+1 < len(parts); n += 2 {
		names = append(names, parts[n])
	}
	if len(names) == 1 {
		return &step{kind: nameStep, name: names[0]}, nil
	}
	return &step{kind: namesStep, names: names}, nil
}
