package main

import (
	"fmt"
	"slices"
	"strings"
)

// correct applies the lines of corrections.txt.
func correct(services map[string]*service, lines string) error {
	for line := range strings.Lines(lines) {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if len(fields) != 3 {
			return fmt.Errorf("corrections: %q", line)
		}
		s := services[fields[0]]
		if s == nil {
			continue // only some services are generated
		}
		if err := s.correct(fields[1], fields[2]); err != nil {
			return fmt.Errorf("corrections: %w: %q", err, line)
		}
	}
	return nil
}

func (s *service) correct(place, change string) error {
	name, key, _ := strings.Cut(place, ".")
	st := s.structures[name]
	if st == nil {
		st = s.structures["."+name]
	}
	if st == nil || st.members[key] == nil {
		return fmt.Errorf("no member")
	}
	m := st.members[key]
	what, given, _ := strings.Cut(change, "=")
	switch what {
	case "optional":
		st.required = slices.DeleteFunc(st.required, func(k string) bool { return k == key })
	case "min":
		m.of.min = given
	case "max":
		m.of.max = given
	case "values":
		m.of.values = append(m.of.values, strings.Split(given, ",")...)
	default:
		return fmt.Errorf("unknown change")
	}
	return nil
}
