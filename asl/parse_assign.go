package asl

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gostates/gostates/value"
)

// parseAssign parses an Assign field and checks the names of its variables.
func (o *object) parseAssign(q QueryLanguage) Opt[Template] {
	n := o.fieldNode("Assign")
	if n == nil {
		return Opt[Template]{}
	}
	if v, ok := n.Value.(*value.Object); ok {
		for i := range v.Len() {
			key := v.At(i).Key
			name := assignedVariable(key, q)
			o.noteAssigned(name, key, n.Children[i].Key, o.checkVariableName(name, n.Children[i].Key))
		}
	}
	return o.parseTemplateObject("Assign", q)
}

// assignedVariable returns the variable that a key of Assign names.
func assignedVariable(key string, q QueryLanguage) string {
	if q == JSONPath {
		return strings.TrimSuffix(key, ".$")
	}
	return key
}

const maxVariableName = 80 // characters

// checkVariableName reports an invalid name and returns false.
func (o *object) checkVariableName(name string, offset int) (ok bool) {
	switch {
	case name == "states":
		o.reportField(CodeReservedVariableName, offset, "Assign", "Cannot assign to reserved variable '$states'.")
	case utf8.RuneCountInString(name) > maxVariableName:
		o.reportField(CodeInvalidVariableName, offset, "Assign",
			"Invalid variable name '%s': the variable name exceeds the 80-character limit.", name)
	case !isIdentifier(name):
		o.reportField(CodeInvalidVariableName, offset, "Assign",
			"Invalid variable name '%s': the variable name contains invalid characters.", name)
	default:
		return true
	}
	return false
}

// isIdentifier reports whether a name consists of ID_Start and ID_Continue
// characters (UAX #31).
func isIdentifier(name string) bool {
	for i, r := range name {
		start := unicode.IsLetter(r) || unicode.Is(unicode.Nl, r) || unicode.Is(unicode.Other_ID_Start, r)
		more := start || unicode.In(r, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc, unicode.Other_ID_Continue)
		if i == 0 && !start || !more {
			return false
		}
	}
	return name != ""
}

// noteAssigned notes a variable that Assign sets. A variable with an invalid
// name can be read; nothing else is reported for it.
func (o *object) noteAssigned(name, key string, offset int, good bool) {
	if !o.thorough {
		return
	}
	if o.scope.assigned == nil {
		o.scope.assigned = make(map[string]bool)
	}
	o.scope.assigned[name] = true
	if good {
		location := func() string { return o.locationOf("Assign/" + key) }
		o.scope.writes = append(o.scope.writes, access{variable: name, location: location, offset: offset})
	}
}
