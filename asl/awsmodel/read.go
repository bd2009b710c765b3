package awsmodel

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/binary"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/gostates/gostates/asl/awsmodel/internal/names"
	"github.com/gostates/gostates/value"
)

// data has a file for each service, data/sqs.gz. Its text has lines:
//
//	2 Sqs                                the number of operations, the prefix of errors
//	receiveMessage 3 4                   an operation, its request and response:
//	sendMessage 5 6                      numbers of lines, sorted by name
//	SendMessageInput QueueUrl!s Attributes:{@7 ...
//	\tAll\tPolicy                        the values of an enum, sorted
//
// A structure has its name and its members: the required ones in the order of
// the model, then the others. Between the name of a member and its type is one
// byte: see member. A type is
//
//	s4       string with a minimum length, which may be missing
//	x        blob, also with a minimum length
//	i1,9     integer with a minimum and a maximum, which may be missing
//	l, f     long and float, in the same way
//	b, t, d  boolean, timestamp, any JSON
//	e12      an enum in line 12
//	@12      a structure or union in line 12
//	[s, {s   list of elements, map of values
//
//go:embed data/*.gz
var data embed.FS

// service is the model of a service. Whatever is wrong in it counts as not there.
type service struct {
	name       string
	prefix     string // of errors
	lines      []string
	operations []string // a part of lines
	structures sync.Map // of *structure, by the numbers of their lines
	enums      sync.Map // of []string, in the same way
}

var (
	services     = map[string]func() *service{} // by name
	servicesLock sync.Mutex
)

// findService returns the model of a service, or nil. The name comes from a
// definition, so it may be anything.
func findService(name string) *service {
	servicesLock.Lock()
	read := services[name]
	if read == nil && isFileName(name) {
		if packed, err := data.ReadFile("data/" + name + ".gz"); err == nil {
			read = sync.OnceValue(func() *service { return readService(name, unpack(packed)) })
			services[name] = read
		}
	}
	servicesLock.Unlock()
	if read == nil {
		return nil
	}
	return read()
}

// isFileName reports whether a name can be that of a file of data.
func isFileName(name string) bool {
	return name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}

// unpack returns the contents of a gzip file, or "".
func unpack(packed []byte) string {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return ""
	}
	var text strings.Builder
	text.Grow(int(binary.LittleEndian.Uint32(packed[len(packed)-4:]))) // the size, which ends the file
	if _, err := io.Copy(&text, r); err != nil {
		return ""
	}
	return text.String()
}

func readService(name, text string) *service {
	s := &service{name: name, lines: strings.Split(text, "\n")}
	count, prefix, _ := strings.Cut(s.lines[0], " ")
	s.prefix = prefix
	n, err := strconv.Atoi(count)
	if err != nil || n < 0 || n >= len(s.lines) {
		return nil
	}
	s.operations = s.lines[1 : n+1]
	return s
}

// findOperation returns the request and the response of an action.
func (s *service) findOperation(action string) (request, response *structure) {
	if s == nil {
		return nil, nil
	}
	i, found := slices.BinarySearchFunc(s.operations, action, func(line, action string) int {
		name, _, _ := strings.Cut(line, " ")
		return strings.Compare(name, action)
	})
	if !found {
		return nil, nil
	}
	fields := strings.Split(s.operations[i], " ")
	if len(fields) != 3 {
		return nil, nil
	}
	return s.structure(fields[1]), s.structure(fields[2])
}

// structure is a structure or a union.
type structure struct {
	name    string
	members []member
}

// member is a member of a structure.
type member struct {
	name string // as the service spells it, with a capital
	sdk  string // as aws-sdk spells it
	role role
	of   shape
}

// role is what a request does with a member.
type role byte

const (
	optional     role = ':'
	required     role = '!'
	token        role = '~' // required, but the SDK fills it in
	body         role = '*' // the body of the request, which the model does not require
	requiredBody role = '#'
)

// structure returns the structure of a line, or nil. It is read when it is first
// asked for.
func (s *service) structure(line string) *structure {
	text := s.line(line)
	if text == "" || text[0] == '\t' {
		return nil
	}
	if st, known := s.structures.Load(line); known {
		return st.(*structure)
	}
	fields := strings.Split(text, " ")
	st := &structure{name: fields[0], members: make([]member, 0, len(fields)-1)}
	for _, f := range fields[1:] {
		if i := strings.IndexAny(f, ":!~*#"); i > 0 && i+1 < len(f) {
			st.members = append(st.members, member{name: f[:i], sdk: names.Member(f[:i]), role: role(f[i]), of: shape(f[i+1:])})
		}
	}
	s.structures.Store(line, st)
	return st
}

// enum reports whether an enum has a value. If there is no such enum, it may be
// any.
func (s *service) enum(line, v string) bool {
	values, known := s.enums.Load(line)
	if !known {
		text := s.line(line)
		if text == "" || text[0] != '\t' {
			return true
		}
		values, _ = s.enums.LoadOrStore(line, strings.Split(text[1:], "\t"))
	}
	_, found := slices.BinarySearch(values.([]string), v)
	return found
}

func (s *service) line(number string) string {
	n, err := strconv.Atoi(number)
	if err != nil || n <= len(s.operations) || n >= len(s.lines) {
		return ""
	}
	return s.lines[n]
}

// isCalled reports whether a name is that of the member, as aws-sdk or else the
// service itself spells it.
func (m *member) isCalled(name string, sdk bool) bool {
	if !sdk {
		return m.name == name
	}
	return m.sdk == name || names.IsAlias(m.name, name)
}

// isIn reports whether an object has the member.
func (m *member) isIn(o *value.Object, sdk bool) bool {
	if o.Has(m.spelled(sdk)) {
		return true
	}
	for name := range o.All() {
		if m.isCalled(name, sdk) {
			return true
		}
	}
	return false
}

// spelled returns the name of the member.
func (m *member) spelled(sdk bool) string {
	if sdk {
		return m.sdk
	}
	return m.name
}

// find returns the member of a name, or nil.
func (st *structure) find(name string, sdk bool) *member {
	for i := range st.members {
		if m := &st.members[i]; m.isCalled(name, sdk) {
			return m
		}
	}
	return nil
}

// shape is a type, as data has it.
type shape string

// The kinds of types.
const (
	aString    = 's'
	anEnum     = 'e'
	aBlob      = 'x'
	anInteger  = 'i'
	aLong      = 'l'
	aFloat     = 'f'
	aBoolean   = 'b'
	aTimestamp = 't'
	aList      = '['
	aMap       = '{'
	aStructure = '@'
)

// kind returns the kind of a type, or 0.
func (s shape) kind() byte {
	if s == "" {
		return 0
	}
	return s[0]
}

// rest is what follows the kind: the type of elements, the number of a line, or
// bounds.
func (s shape) rest() string { return string(s[1:]) }

// elements is the type of the elements of a list or of the values of a map.
func (s shape) elements() shape { return s[1:] }
