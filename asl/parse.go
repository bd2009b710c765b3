package asl

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/gostates/gostates/asl/value"
)

// Bounds on the text of a definition.
const (
	MaxDefinitionBytes = 1 << 20 // AWS's limit on definitions
	MaxDefinitionDepth = 200     // how deep its JSON may nest
)

const maxStateName = 80 // characters

// Parse reads a definition. It returns what it could build, and an [ErrorList]
// of everything that is wrong with its structure, sorted by place. The machine
// is nil only if the text is no JSON object.
//
// It checks what running the machine relies on: fields, their types, bounds and
// languages, transitions, names, paths, payload templates and intrinsic
// function calls. Texts in JSONata are kept and not looked into.
func Parse(text []byte) (*StateMachine, error) {
	p := &parser{text: text, names: make(map[string]bool), labels: make(map[string]bool)}
	root, err := value.ReadNode(text, value.ReadOptions{MaxBytes: MaxDefinitionBytes, MaxDepth: MaxDefinitionDepth})
	if err != nil {
		return nil, p.syntax(err)
	}
	p.indexLines()
	if _, ok := root.Value.(*value.Object); !ok {
		return nil, ErrorList{{SeverityError, CodeInvalidJSON, "Definition must be a valid JSON object", "", p.pos(root.Offset)}}
	}
	m := p.machine(p.object(&root, ""))
	return m, p.errors.sorted().Err()
}

// parser collects the errors of one definition.
type parser struct {
	text   []byte
	lines  []int // offsets at which lines start
	errors ErrorList

	language QueryLanguage // of the machine
	names    map[string]bool
	labels   map[string]bool
}

func (p *parser) syntax(err error) error {
	e := err.(*value.SyntaxError) //nolint:errorlint // the reader gives no other
	code := CodeInvalidJSON
	if strings.Contains(e.Msg, "nest deeper") {
		code = CodeTooDeeplyNested
	}
	line, column := value.Position(p.text, e.Offset)
	return ErrorList{{SeverityError, code, e.Msg, "", Pos{e.Offset, line, column}}}
}

func (p *parser) indexLines() {
	p.lines = append(p.lines, 0)
	for i, c := range p.text {
		if c == '\n' {
			p.lines = append(p.lines, i+1)
		}
	}
}

func (p *parser) pos(offset int) Pos {
	line := sort.SearchInts(p.lines, offset+1)
	return Pos{Offset: offset, Line: line, Column: offset - p.lines[line-1] + 1}
}

func (p *parser) report(code string, offset int, location, format string, args ...any) {
	if location == "" {
		location = "/"
	}
	p.errors = append(p.errors, Diagnostic{SeverityError, code, fmt.Sprintf(format, args...), location, p.pos(offset)})
}

func (p *parser) schema(offset int, location, format string, args ...any) {
	p.report(CodeSchemaValidationFailed, offset, location, format, args...)
}

// object is an object of the definition, under its location.
type object struct {
	*parser
	node     *value.Node
	location string // "" for the whole
	members  *value.Object
}

func (p *parser) object(n *value.Node, location string) *object {
	return &object{parser: p, node: n, location: location, members: n.Value.(*value.Object)}
}

func (o *object) place() Node {
	location := o.location
	if location == "" {
		location = "/"
	}
	return Node{Pos: o.pos(o.node.Offset), Location: location}
}

func (o *object) has(name string) bool { return o.members.Has(name) }

func (o *object) at(name string) string { return o.location + "/" + name }

// wrong reports a problem of the object as a whole.
func (o *object) wrong(format string, args ...any) {
	o.schema(o.node.Offset, o.location, format, args...)
}

// member is a field's value in the text, or nil where it is absent.
func (o *object) member(name string) *value.Node {
	if i := o.members.Index(name); i >= 0 {
		return &o.node.Children[i]
	}
	return nil
}

// keyOffset is where the name of a field that is there stands.
func (o *object) keyOffset(name string) int { return o.node.Keys[o.members.Index(name)] }

// required reports which of the fields are missing.
func (o *object) required(names ...string) {
	var missing []string
	for _, name := range names {
		if !o.has(name) {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		o.wrong("These fields are required: [%s]", strings.Join(missing, ", "))
	}
}

// atMostOne reports where more than one of an exclusive group is there.
func (o *object) atMostOne(names ...string) {
	if o.count(names) > 1 {
		o.wrong("There should only be one of the following fields: [%s]", strings.Join(names, ", "))
	}
}

// exactlyOne reports where not one of a group is there.
func (o *object) exactlyOne(names ...string) {
	if o.count(names) != 1 {
		o.wrong("This object should have only one of the following fields: [%s]", strings.Join(names, ", "))
	}
}

// oneOf is exactlyOne in the words that AWS has for a Wait state.
func (o *object) oneOf(names ...string) {
	if o.count(names) != 1 {
		o.wrong("There should only be one of the following fields: [%s]", strings.Join(names, ", "))
	}
}

func (o *object) count(names []string) int {
	n := 0
	for _, name := range names {
		if o.has(name) {
			n++
		}
	}
	return n
}

// known reports the fields that are not in the table, or not for the language.
func (o *object) known(table fields, language QueryLanguage) {
	for i := range o.members.Len() {
		name := o.members.At(i).Key
		languages, ok := table[name]
		switch {
		case !ok:
			o.schema(o.node.Keys[i], o.location, "Field '%s' is not supported", name)
		case !languages.has(language):
			o.schema(o.node.Keys[i], o.location,
				"The QueryLanguage is set to '%s', but field '%s' is only supported for the '%s' QueryLanguage",
				language, name, language.other())
		}
	}
}

func (p *parser) machine(o *object) *StateMachine {
	m := &StateMachine{Node: o.place()}
	o.known(machineFields, JSONPath)
	o.required("States", "StartAt")
	m.Comment = o.string("Comment")
	m.QueryLanguage = o.enum("QueryLanguage", "JSONPath", "JSONata")
	m.Language = o.queryLanguage(JSONPath)
	p.language = m.Language
	m.Version = o.enum("Version", "1.0")
	m.TimeoutSeconds = o.integer("TimeoutSeconds", 0, maxSeconds)
	m.StartAt = o.string("StartAt")
	m.States = p.states(o)
	o.target("StartAt", m.StartAt, m.States)
	return m
}

// queryLanguage resolves an object's QueryLanguage: anything but the word
// JSONPath counts as JSONata, besides being reported (measured).
func (o *object) queryLanguage(inherited QueryLanguage) QueryLanguage {
	n := o.member("QueryLanguage")
	switch {
	case n == nil:
		return inherited
	case n.Value == "JSONPath":
		return JSONPath
	}
	return JSONata
}

func (p *parser) states(container *object) *States {
	n := container.member("States")
	if n == nil {
		return &States{Node: container.place()}
	}
	o := container.child("States")
	if o == nil {
		return &States{Node: container.place()}
	}
	s := &States{Node: o.place(), index: make(map[string]int, o.members.Len())}
	if o.members.Len() == 0 {
		o.wrong("Value cannot be empty")
	}
	for i := range o.members.Len() {
		name := o.members.At(i).Key
		p.stateName(name, o.node.Keys[i], o.at(name))
		state := o.child(name)
		var st State
		if state != nil {
			st = p.state(state, name)
		}
		if st == nil {
			s.broken = append(s.broken, name)
			continue
		}
		s.index[name] = len(s.List)
		s.List = append(s.List, st)
	}
	for _, st := range s.List {
		checkTargets(st, s, &object{parser: p, location: st.Base().Location})
	}
	return s
}

func (p *parser) stateName(name string, offset int, location string) {
	if utf8.RuneCountInString(name) > maxStateName {
		p.report(CodeInvalidStateName, offset, location,
			"State name '%s' exceeds the 80-character limit allowed by the service", name)
	}
	if p.names[name] {
		p.report(CodeDuplicateStateName, offset, location, "Duplicate State name: %s", name)
	}
	p.names[name] = true
}

// target reports a transition to a state that its States object does not have.
func (o *object) target(field string, to Opt[string], states *States) {
	if to.Set() && states.Get(to.Value) == nil && !slices.Contains(states.broken, to.Value) {
		o.report(CodeMissingTransitionTarget, to.Pos.Offset, o.at(field), "Missing '%s' target: %s", field, to.Value)
	}
}

// checkTargets checks where a state goes, once all states are known.
func checkTargets(st State, states *States, o *object) {
	switch st := st.(type) {
	case *TaskState:
		o.target("Next", st.Next, states)
		o.catchTargets(st.Catch, states)
	case *PassState:
		o.target("Next", st.Next, states)
	case *WaitState:
		o.target("Next", st.Next, states)
	case *ParallelState:
		o.target("Next", st.Next, states)
		o.catchTargets(st.Catch, states)
	case *MapState:
		o.target("Next", st.Next, states)
		o.catchTargets(st.Catch, states)
	case *ChoiceState:
		o.target("Default", st.Default, states)
		for i := range st.Choices {
			rule := &object{parser: o.parser, location: st.Choices[i].Location}
			rule.target("Next", st.Choices[i].Next, states)
		}
	case *SucceedState, *FailState:
	default:
		panic("asl: a state of no type") // a test over all state types guards it
	}
}

func (o *object) catchTargets(catch []Catcher, states *States) {
	for i := range catch {
		c := &object{parser: o.parser, location: catch[i].Location}
		c.target("Next", catch[i].Next, states)
	}
}
