package mock

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/gostates/gostates/value"
)

// File is a mock configuration file of Step Functions Local. It is immutable.
type File struct {
	machines  *value.Object // StateMachines
	responses map[string][]Response
}

// ParseFile reads a mock configuration file: StateMachines.<machine>.TestCases.
// <case>.<state> names one of MockedResponses, which says by the numbers of
// invocations ("0", "1-2") what to Return or to Throw. The error says what is
// wrong and where.
func ParseFile(text []byte) (*File, error) {
	v, err := value.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("mock: %w", err)
	}
	root := place{v, ""}
	machines, err := root.object("StateMachines")
	if err != nil {
		return nil, err
	}
	mocked, err := root.object("MockedResponses")
	if err != nil {
		return nil, err
	}
	f := &File{machines: machines.v.(*value.Object), responses: make(map[string][]Response)}
	for _, name := range mocked.keys() {
		if f.responses[name], err = parseResponses(mocked.at(name)); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// Case returns the Tasks of one test case. If there is no such machine or case,
// the error lists those that there are.
func (f *File) Case(machine, name string) (*Tasks, error) {
	m, ok := f.machines.Get(machine)
	if !ok {
		return nil, fmt.Errorf("mock: no state machine %q in the file, there are: %s", machine, list(f.machines))
	}
	cases, err := place{m, "StateMachines." + machine}.object("TestCases")
	if err != nil {
		return nil, err
	}
	if _, ok := cases.v.(*value.Object).Get(name); !ok {
		return nil, fmt.Errorf("mock: no test case %q of the state machine %q, there are: %s",
			name, machine, list(cases.v.(*value.Object)))
	}
	states, err := cases.object(name)
	if err != nil {
		return nil, err
	}
	t := &Tasks{states: make(map[string]*state)}
	for _, s := range states.keys() {
		responses, err := f.named(states.at(s))
		if err != nil {
			return nil, err
		}
		t.states[s] = &state{responses: responses}
	}
	return t, nil
}

func (f *File) named(p place) ([]Response, error) {
	name, ok := p.v.(string)
	if !ok {
		return nil, p.errorf("is no string")
	}
	responses, ok := f.responses[name]
	if !ok {
		return nil, p.errorf("there is no %q in MockedResponses", name)
	}
	return responses, nil
}

func parseResponses(p place) ([]Response, error) {
	o, ok := p.v.(*value.Object)
	if !ok {
		return nil, p.errorf("is no object")
	}
	var all []Response
	for _, numbers := range o.Keys() {
		r, err := parseResponse(p.at(numbers))
		if err != nil {
			return nil, err
		}
		if r.first, r.last, ok = interval(numbers); !ok {
			return nil, p.errorf(`%q is no number of an invocation, such as "0", and no range, such as "1-2"`, numbers)
		}
		all = append(all, r)
	}
	return all, nil
}

func interval(text string) (first, last int, ok bool) {
	from, to, isRange := strings.Cut(text, "-")
	if !isRange {
		to = from
	}
	first, err := strconv.Atoi(from)
	if err != nil {
		return 0, 0, false
	}
	last, err = strconv.Atoi(to)
	return first, last, err == nil && 0 <= first && first <= last
}

func parseResponse(p place) (Response, error) {
	o, ok := p.v.(*value.Object)
	if !ok || o.Len() != 1 {
		return Response{}, p.errorf("has to be an object with Return or Throw")
	}
	if output, ok := o.Get("Return"); ok {
		return Return(output), nil
	}
	thrown, err := p.object("Throw")
	if err != nil {
		return Response{}, err
	}
	var texts [2]string
	for i, key := range [...]string{"Error", "Cause"} {
		v := thrown.at(key).v
		if texts[i], ok = v.(string); !ok && v != nil {
			return Response{}, thrown.errorf("%s is no string", key)
		}
	}
	return Throw(texts[0], texts[1]), nil
}

// place is a value of the file and where it stands.
type place struct {
	v    any
	path string
}

func (p place) at(key string) place {
	o, _ := p.v.(*value.Object)
	v, _ := o.Get(key)
	return place{v, strings.TrimPrefix(p.path+"."+key, ".")}
}

func (p place) object(key string) (place, error) {
	q := p.at(key)
	if _, ok := q.v.(*value.Object); !ok {
		return q, q.errorf("is missing, or no object")
	}
	return q, nil
}

func (p place) keys() []string { return p.v.(*value.Object).Keys() }

func (p place) errorf(format string, args ...any) error {
	return fmt.Errorf("mock: %s: %s", p.path, fmt.Sprintf(format, args...))
}

func list(o *value.Object) string { return cmp.Or(strings.Join(o.Keys(), ", "), "none") }
