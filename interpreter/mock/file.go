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
	machines  *value.Object // the member StateMachines
	responses map[string][]Response
}

// ParseFile reads a mock configuration file.
// StateMachines.<machine>.TestCases.<case> maps each state to a name in
// MockedResponses. The responses under that name have the numbers of invocations as
// keys, such as "0" or "1-2", and are either a Return or a Throw. Errors name the
// member that is not valid.
func ParseFile(data []byte) (*File, error) {
	v, err := value.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("mock: %w", err)
	}
	root := place{v, ""}
	machines, err := root.requireObject("StateMachines")
	if err != nil {
		return nil, err
	}
	mocked, err := root.requireObject("MockedResponses")
	if err != nil {
		return nil, err
	}
	f := &File{machines: machines.v.(*value.Object), responses: make(map[string][]Response)}
	for _, name := range mocked.memberNames() {
		if f.responses[name], err = parseResponses(mocked.memberOf(name)); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// Case returns new Tasks for one test case: the Resolver of an interpreter, or of one
// execution ([interpreter.StartOptions].Resolver). If there is no such machine or case,
// the error lists the known ones.
func (f *File) Case(machine, name string) (*Tasks, error) {
	m, ok := f.machines.Get(machine)
	if !ok {
		return nil, fmt.Errorf("mock: no state machine %q in the file; its state machines are: %s", machine, joinNames(f.machines))
	}
	cases, err := place{m, "StateMachines." + machine}.requireObject("TestCases")
	if err != nil {
		return nil, err
	}
	if _, ok := cases.v.(*value.Object).Get(name); !ok {
		return nil, fmt.Errorf("mock: no test case %q of state machine %q; its test cases are: %s",
			name, machine, joinNames(cases.v.(*value.Object)))
	}
	states, err := cases.requireObject(name)
	if err != nil {
		return nil, err
	}
	t := &Tasks{states: make(map[string]*state)}
	for _, s := range states.memberNames() {
		responses, err := f.namedResponses(states.memberOf(s))
		if err != nil {
			return nil, err
		}
		t.states[s] = &state{responses: responses}
	}
	return t, nil
}

// Cases returns the names of the test cases of a state machine, in the order of the file.
func (f *File) Cases(machine string) []string {
	m, _ := f.machines.Get(machine)
	o, _ := m.(*value.Object)
	cases, _ := o.Get("TestCases")
	named, _ := cases.(*value.Object)
	return named.Keys()
}

func (f *File) namedResponses(p place) ([]Response, error) {
	name, ok := p.v.(string)
	if !ok {
		return nil, p.errorAt("must be a string")
	}
	responses, ok := f.responses[name]
	if !ok {
		return nil, p.errorAt("MockedResponses has no member %q", name)
	}
	return responses, nil
}

func parseResponses(p place) ([]Response, error) {
	o, ok := p.v.(*value.Object)
	if !ok {
		return nil, p.errorAt("must be an object")
	}
	var all []Response
	for _, numbers := range o.Keys() {
		r, err := parseResponse(p.memberOf(numbers))
		if err != nil {
			return nil, err
		}
		if r.first, r.last, ok = parseInterval(numbers); !ok {
			return nil, p.errorAt(`%q must be the number of an invocation, such as "0", or a range, such as "1-2"`, numbers)
		}
		all = append(all, r)
	}
	return all, nil
}

func parseInterval(numbers string) (first, last int, ok bool) {
	from, to, isRange := strings.Cut(numbers, "-")
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
		return Response{}, p.errorAt("must be an object with either Return or Throw")
	}
	if output, ok := o.Get("Return"); ok {
		return Return(output), nil
	}
	thrown, err := p.requireObject("Throw")
	if err != nil {
		return Response{}, err
	}
	var nameAndCause [2]string
	for i, key := range [...]string{"Error", "Cause"} {
		v := thrown.memberOf(key).v
		if nameAndCause[i], ok = v.(string); !ok && v != nil {
			return Response{}, thrown.errorAt("%s must be a string", key)
		}
	}
	return Throw(nameAndCause[0], nameAndCause[1]), nil
}

// place is a value of the file with its path, for error messages.
type place struct {
	v    any
	path string
}

func (p place) memberOf(key string) place {
	o, _ := p.v.(*value.Object)
	v, _ := o.Get(key)
	return place{v, strings.TrimPrefix(p.path+"."+key, ".")}
}

func (p place) requireObject(key string) (place, error) {
	q := p.memberOf(key)
	if _, ok := q.v.(*value.Object); !ok {
		return q, q.errorAt("must be an object")
	}
	return q, nil
}

func (p place) memberNames() []string { return p.v.(*value.Object).Keys() }

func (p place) errorAt(format string, args ...any) error {
	return fmt.Errorf("mock: %s: %s", p.path, fmt.Sprintf(format, args...))
}

func joinNames(o *value.Object) string { return cmp.Or(strings.Join(o.Keys(), ", "), "none") }
