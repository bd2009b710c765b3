package asl

import (
	"bytes"
	"iter"
	"sort"
	"unicode/utf8"

	"github.com/gostates/gostates/value"
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
// function calls. Expressions in JSONata are compiled, but their errors are not
// reported: [Validate] and [ParseValid] do that.
//
// Of the options, the last one counts, and of that only its Substitutions.
func Parse(text []byte, options ...Options) (*StateMachine, error) {
	p := &parser{source: text, needsValues: true}
	for _, o := range options {
		p.substitutions = o.Substitutions
	}
	m := p.parse()
	return m, p.findings(SeverityError).Err()
}

// parse reads the definition.
func (p *parser) parse() *StateMachine {
	p.names, p.labels = make(map[string]bool), make(map[string]bool)
	p.indexLines()
	p.expand()
	root, err := value.ReadNode(p.text, value.ReadOptions{MaxBytes: MaxDefinitionBytes, MaxDepth: MaxDefinitionDepth})
	if err != nil {
		p.syntax(err)
		return nil
	}
	if _, ok := root.Value.(*value.Object); !ok {
		p.noDefinition(root.Offset)
		return nil
	}
	o := p.object(&root, "")
	if p.thorough {
		o.repeated(&root, &trail{nil, "", -1})
	}
	return o.machine()
}

// parser reads one definition, and collects what is found.
type parser struct {
	source []byte // as it was given
	lines  []int  // offsets in source at which lines start
	text   []byte // with values instead of placeholders

	substitutions map[string]string // nil: no placeholders
	needsValues   bool              // a placeholder without a value is an error where the value matters
	expansion     *expansion        // nil: no placeholders

	found     ErrorList
	earlier   int   // how many were found before the check that is running
	collected tally // of found
	left      tally // of what is not kept besides

	language QueryLanguage   // of the machine
	names    map[string]bool // of the states so far, however they are nested
	labels   map[string]bool // of the Map states so far

	overlooked bool // the last finding was none

	thorough  bool     // look into JSONata, and warn
	checkOnly bool     // nobody gets the machine: compile no expression
	scope     *scope   // of the States object that is being read
	scopes    []*scope // all, each after those around it
}

// syntax says why the text is no JSON.
func (p *parser) syntax(err error) {
	e := err.(*value.SyntaxError) //nolint:errorlint // the reader gives no other
	switch {
	case len(bytes.TrimSpace(p.text)) == 0:
		p.noDefinition(0)
	case e.TooDeep:
		p.whole(CodeTooDeeplyNested, e.Msg, e.Offset)
	default:
		p.whole(CodeInvalidJSON, e.Msg, e.Offset)
	}
}

// noDefinition is the error of a text without anything in it, and of JSON that is
// no object (recorded).
func (p *parser) noDefinition(offset int) {
	p.whole(CodeSchemaValidationFailed, "Definition must be a valid JSON object", offset)
}

// whole reports an error of the definition as a whole, without a location.
func (p *parser) whole(code, message string, offset int) {
	p.collect(SeverityError, code, p.pos(offset), "", "%s", message)
}

func (p *parser) indexLines() {
	p.lines = append(p.lines, 0)
	for i, c := range p.source {
		if c == '\n' {
			p.lines = append(p.lines, i+1)
		}
	}
}

// pos is the place that an offset in the text comes from.
func (p *parser) pos(offset int) Pos {
	if p.expansion != nil {
		offset = p.expansion.origin(offset)
	}
	return p.sourcePos(offset)
}

func (p *parser) sourcePos(offset int) Pos {
	line := sort.SearchInts(p.lines, offset+1)
	return Pos{Offset: offset, Line: line, Column: offset - p.lines[line-1] + 1}
}

// machine reads the whole definition.
func (o *object) machine() *StateMachine {
	m := &StateMachine{Node: o.place()}
	o.known(machineFields, JSONPath)
	o.required("States", "StartAt")
	m.Comment = o.string("Comment")
	m.QueryLanguage = o.enum("QueryLanguage", "JSONPath", "JSONata")
	m.Language = o.queryLanguage(JSONPath)
	o.language = m.Language
	m.Version = o.enum("Version", "1.0")
	m.TimeoutSeconds = o.integer("TimeoutSeconds", 0, maxSeconds)
	m.StartAt = o.string("StartAt")
	m.States = o.states()
	o.target("StartAt", m.StartAt, m.States)
	return m
}

// queryLanguage resolves an object's QueryLanguage: anything but the word
// JSONPath counts as JSONata, besides being reported (measured).
func (o *object) queryLanguage(inherited QueryLanguage) QueryLanguage {
	switch {
	case !o.has("QueryLanguage"), o.isUnknown(o.member("QueryLanguage")):
		return inherited
	case o.valueOf("QueryLanguage") == "JSONPath":
		return JSONPath
	}
	return JSONata
}

// states reads the States object of a machine, branch or processor.
func (o *object) states() *States {
	list := o.child("States")
	if list == nil {
		return &States{Node: o.place()}
	}
	n := list.members.Len()
	s := &States{Node: list.place(), index: make(map[string]int, n), broken: make(map[string]bool)}
	start, _ := o.valueOf("StartAt").(string)
	defer o.enter(s, start, o.isDistributed())()
	if n == 0 {
		list.wrong("Value cannot be empty")
	}
	for i := range n {
		name := list.members.At(i).Key
		list.stateName(name, list.node.Keys[i])
		o.scope.current = len(s.List)
		child := list.objectAt(&list.node.Children[i], name)
		o.scope.ends = o.scope.ends || child.mayEnd()
		var st State
		if child != nil {
			st = child.state(name)
		}
		if st == nil {
			s.broken[name] = true
			continue
		}
		if next, ok := child.valueOf("Next").(string); ok && transitionOf(st) == nil {
			o.scope.misplaced[next] = true
		}
		s.index[name] = len(s.List)
		s.List = append(s.List, st)
	}
	for _, st := range s.List {
		checkTargets(st, s, &object{parser: o.parser, location: st.Base().Location})
	}
	return s
}

// mayEnd reports whether a state is an end, as far as it can be read. One
// without a Type is none, whatever its End says (recorded).
func (o *object) mayEnd() bool {
	if o == nil {
		return true
	}
	switch typ, _ := o.valueOf("Type").(string); {
	case !o.has("Type"):
		return false
	case typ == "Succeed", typ == "Fail", stateFields[typ] == nil:
		return true
	}
	return o.has("End") && o.valueOf("End") != false
}

func (o *object) stateName(name string, offset int) {
	if utf8.RuneCountInString(name) > maxStateName {
		o.report(CodeInvalidStateName, offset, name,
			"Invalid State name: State '%s' exceeds the 80-character limit allowed by the service", name)
	}
	if o.names[name] {
		o.report(CodeDuplicateStateName, offset, name, "Duplicate State name: %s", name)
	}
	o.names[name] = true
}

// target reports a transition to a state that its States object does not have,
// unless that is why it could not be read. AWS says Next of every field (recorded).
func (o *object) target(field string, to Opt[string], states *States) {
	if states.index == nil || states.broken[to.Value] {
		return
	}
	if to.IsSet() && states.Get(to.Value) == nil {
		o.collect(SeverityError, CodeMissingTransitionTarget, to.Pos, o.at(field), "Missing 'Next' target: %s", to.Value)
		o.suggest(to.Value, states.names())
	}
}

// names are those of all states, in the order of the text.
func (s *States) names() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, st := range s.List {
			if !yield(st.Base().Name) {
				return
			}
		}
	}
}

// checkTargets checks where a state goes, once all states are known.
func checkTargets(st State, states *States, o *object) {
	p := partsOf(st)
	if p.Transition != nil {
		o.target("Next", p.Next, states)
	}
	if c, ok := st.(*ChoiceState); ok {
		o.target("Default", c.Default, states)
		for i := range c.Choices {
			rule := &object{parser: o.parser, location: c.Choices[i].Location}
			rule.target("Next", c.Choices[i].Next, states)
		}
	}
	if p.Work != nil {
		o.catchTargets(p.Catch, states)
	}
}

func (o *object) catchTargets(catch []Catcher, states *States) {
	for i := range catch {
		c := &object{parser: o.parser, location: catch[i].Location}
		c.target("Next", catch[i].Next, states)
	}
}
