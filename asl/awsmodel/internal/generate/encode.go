package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/gostates/gostates/asl/awsmodel/internal/names"
)

// encode writes a model in the format that package awsmodel reads, see
// read.go there. It depends on the model alone.
func encode(s *service) (string, error) {
	e := &encoder{service: s, lines: map[string]int{}}
	operations := slices.SortedFunc(maps.Keys(s.operations), func(a, b string) int {
		return strings.Compare(names.Action(a), names.Action(b))
	})
	for _, name := range operations {
		e.reach(s.operations[name].input)
		e.reach(s.operations[name].output)
	}
	slices.SortFunc(e.structures, func(a, b string) int { // the order by which a package's own are found too
		return strings.Compare(a, b)
	})
	slices.Sort(e.enums)
	e.enums = slices.Compact(e.enums)
	for i, name := range e.structures {
		e.lines[name] = 1 + len(operations) + i
	}
	for i, values := range e.enums {
		e.lines["\t"+values] = 1 + len(operations) + len(e.structures) + i
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s\n", len(operations), names.ErrorPrefix(s.id))
	for _, name := range operations {
		o := s.operations[name]
		fmt.Fprintf(&b, "%s %d %d\n", names.Action(name), e.lines[o.input], e.lines[o.output])
	}
	for _, name := range e.structures {
		b.WriteString(strings.TrimPrefix(name, "."))
		st := s.structures[name]
		for _, key := range slices.Concat(st.required, slices.Sorted(maps.Keys(optional(st)))) {
			m := st.members[key]
			b.WriteString(" " + key + string(separator(m, slices.Contains(st.required, key))))
			e.writeShape(&b, m.of)
		}
		b.WriteByte('\n')
	}
	for _, values := range e.enums {
		b.WriteString(values + "\n")
	}
	return b.String(), e.err
}

type encoder struct {
	service    *service
	structures []string
	enums      []string
	lines      map[string]int
	err        error
}

// optional returns the members of a structure that are not required.
func optional(st *structure) map[string]*member {
	rest := maps.Clone(st.members)
	for _, key := range st.required {
		delete(rest, key)
	}
	return rest
}

// separator returns the byte between the name and the type of a member.
func separator(m *member, required bool) byte {
	switch {
	case m.body && required:
		return '#'
	case m.body:
		return '*'
	case m.token && required:
		return '~'
	case required:
		return '!'
	}
	return ':'
}

// reach notes a structure and all that its members reach.
func (e *encoder) reach(name string) {
	if _, known := e.lines[name]; known || name == "" {
		return
	}
	st := e.service.structures[name]
	if st == nil {
		e.err = fmt.Errorf("%s: no structure %s", e.service.id, name)
		return
	}
	e.lines[name] = 0
	e.structures = append(e.structures, name)
	for key, m := range st.members {
		if strings.ContainsAny(key, " \n:!~*#") {
			e.err = fmt.Errorf("%s: member %q of %s", e.service.id, key, name)
		}
		e.reachShape(m.of)
	}
}

func (e *encoder) reachShape(s *shape) {
	switch s.kind {
	case object:
		e.reach(s.name)
	case list, mapping:
		e.reachShape(s.of)
	case enum:
		values := enumLine(s)
		if strings.Contains(values, "\n") {
			e.err = fmt.Errorf("%s: enum %q", e.service.id, values)
		}
		e.enums = append(e.enums, values)
	}
}

func enumLine(s *shape) string {
	return "\t" + strings.Join(slices.Compact(slices.Sorted(slices.Values(s.values))), "\t")
}

func (e *encoder) writeShape(b *strings.Builder, s *shape) {
	b.WriteByte(byte(s.kind))
	switch s.kind {
	case list, mapping:
		e.writeShape(b, s.of)
	case object:
		b.WriteString(strconv.Itoa(e.lines[s.name]))
	case enum:
		b.WriteString(strconv.Itoa(e.lines["\t"+enumLine(s)]))
	case str, blob:
		if s.min != "0" {
			b.WriteString(s.min)
		}
	case integer, long, float:
		if s.min != "" || s.max != "" {
			b.WriteString(s.min + "," + s.max)
		}
	}
}
