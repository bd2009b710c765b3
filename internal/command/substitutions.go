package command

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

// substitutions are the values of placeholders, from -D and -substitutions.
type substitutions struct {
	given map[string]string // by -D
	file  string
	used  map[string]bool // names in given that a definition has
}

// substitutionFlags adds the options for placeholders.
func substitutionFlags(f *flag.FlagSet) *substitutions {
	s := &substitutions{given: make(map[string]string), used: make(map[string]bool)}
	f.Func("D", "the value of a placeholder, `Name=value` for ${Name}; may be repeated", func(text string) error {
		name, v, ok := strings.Cut(text, "=")
		if !ok || !asl.IsPlaceholder(name) {
			return fmt.Errorf("must be Name=value, where ${Name} is a placeholder")
		}
		s.given[name] = v
		return nil
	})
	f.StringVar(&s.file, "substitutions", "", "a `file` with the values of placeholders, a JSON object; -D overrides it")
	return s
}

// readValues returns all values, never nil.
func (s *substitutions) readValues(in *files) (map[string]string, error) {
	all := make(map[string]string)
	if s.file != "" {
		text, err := in.readData(s.file)
		if err != nil {
			return nil, usageError("-substitutions: %v", err)
		}
		v, err := value.Parse(text)
		if err != nil {
			return nil, usageError("-substitutions: %v", syntaxError(text, err))
		}
		o, ok := v.(*value.Object)
		if !ok {
			return nil, usageError("-substitutions: %s has %s, not an object of names and values", s.file, value.Kind(v))
		}
		for name, v := range o.All() {
			if text, ok := v.(string); ok {
				all[name] = text
			} else {
				all[name] = value.String(v)
			}
		}
	}
	maps.Copy(all, s.given)
	return all, nil
}

// noteUsed remembers the names of -D for which a definition has a placeholder.
func (s *substitutions) noteUsed(d *definition) {
	for name := range s.given {
		s.used[name] = s.used[name] || d.Uses(name)
	}
}

// unsetPlaceholders is the advice for PLACEHOLDER_WITHOUT_VALUE.
const unsetPlaceholders = "give placeholders their values with -D Name=value or -substitutions FILE"

func hasUnsetPlaceholder(found []asl.Diagnostic) bool {
	return slices.ContainsFunc(found, func(d asl.Diagnostic) bool { return d.Code == asl.CodePlaceholderWithoutValue })
}

// checkUsed returns an error if no definition has a placeholder for a name of -D.
func (s *substitutions) checkUsed() error {
	for _, name := range slices.Sorted(maps.Keys(s.given)) {
		if !s.used[name] {
			return usageError("-D %s: no definition has the placeholder ${%s}", name, name)
		}
	}
	return nil
}
