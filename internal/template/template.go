// Package template finds state machines in files: in plain definitions, and in templates of
// SAM, CloudFormation (also those that CDK synthesizes) and the Serverless Framework.
package template

import (
	"cmp"
	"errors"
	"maps"
	"path"
	"regexp"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/internal/origin"
	"github.com/gostates/gostates/value"
)

// Document is a file as JSON.
type Document struct {
	JSON         []byte
	Offset       func(int) int // in the file, of an offset in JSON; nil: the same
	Tagged       bool          // a plain definition has functions, as short forms of YAML
	Placeholders []int         // sorted offsets in JSON of strings that may stand for a number
}

// Machine is a state machine of a file. Its definition is Definition, or in the file URI, or
// out of reach, which Err says.
type Machine struct {
	Name       string          // in the template; "" for a plain definition
	Type       asl.MachineType // "" if the file does not say it
	Definition []byte
	URI        string // relative to the template's folder, with slashes
	Err        error

	// Substitutions has the values of placeholders that are known, never nil.
	Substitutions map[string]string

	// Untyped has the offsets in Definition of strings that stand for a value of any
	// type, with the name of the placeholder. Its value is not known.
	Untyped map[int]string

	used   map[string]bool
	offset func(int) int // nil: the same
}

// Offset returns the offset in the file of an offset in Definition.
func (m *Machine) Offset(offset int) int {
	if m.offset == nil {
		return offset
	}
	return m.offset(offset)
}

// Uses reports whether the definition has a placeholder.
func (m *Machine) Uses(name string) bool {
	return m.used[name] || strings.Contains(string(m.Definition), "${"+name+"}")
}

// Find returns the state machines of a document. Values are those of placeholders, which
// override what a template says.
//
// A document that is not a template is taken for a definition, so that its errors are
// reported as those of one.
func Find(d Document, values map[string]string) []Machine {
	plain := []Machine{{Definition: d.JSON, Substitutions: values, offset: d.Offset}}
	root, err := value.ReadNode(d.JSON, value.ReadOptions{})
	if err != nil {
		return plain
	}
	f := &finder{Document: d, given: values}
	top := object{&root}
	switch formatOf(top) {
	case SAM, CloudFormation, CDK:
		f.readParameters(top.memberNode("Parameters"))
		return f.findResources(top.memberNode("Resources"))
	case Serverless:
		f.serverless = true
		return f.findFunctions(object{top.memberNode("stepFunctions")}.memberNode("stateMachines"))
	}
	if d.Tagged || len(d.Placeholders) > 0 {
		var m Machine
		f.define(&m, &root, object{}, nil)
		return []Machine{m}
	}
	return plain
}

// finder reads a template.
type finder struct {
	Document
	given      map[string]string // override others
	parameters map[string]parameter
	serverless bool
	work       int // done for all machines, see mostWork
}

type parameter struct {
	value  string
	known  bool
	number bool
	text   bool // not a number or a list
}

// mostWork limits what functions expand to: the bytes that are read and written for all
// machines, and the nodes, of which a function may visit one many times. It does not count
// what a template without such functions needs.
const mostWork = 4 << 20

var errTooMuch = errors.New("the functions of the template expand to too much")

// spend counts work, and reports whether there may be more.
func (f *finder) spend(work int) bool {
	f.work += work
	return f.work <= mostWork+4*len(f.JSON)
}

// checkWork sets the error of a machine for which not all work was done.
func (f *finder) checkWork(m *Machine) {
	if !f.spend(0) {
		m.Err = errTooMuch
	}
}

// object is a node that may be an object.
type object struct{ node *value.Node }

// memberNode returns the node of a member, or nil.
func (o object) memberNode(name string) *value.Node {
	if o.node == nil {
		return nil
	}
	members, ok := o.node.Value.(*value.Object)
	if !ok || members.Index(name) < 0 {
		return nil
	}
	return &o.node.Children[members.Index(name)]
}

// each calls f for each member.
func (o object) each(f func(name string, n *value.Node)) {
	if o.node == nil {
		return
	}
	if members, ok := o.node.Value.(*value.Object); ok {
		for i := range members.Len() {
			f(members.At(i).Key, &o.node.Children[i])
		}
	}
}

// readParameters reads the parameters of a template. A default is the value of a parameter,
// unless it is empty, or the name of what has the value.
func (f *finder) readParameters(n *value.Node) {
	f.parameters = make(map[string]parameter)
	object{n}.each(func(name string, n *value.Node) {
		kind := "String"
		if t := (object{n}).memberNode("Type"); t != nil {
			kind, _ = t.Value.(string)
		}
		number := kind == "Number"
		p := parameter{number: number, text: !number && !strings.Contains(kind, "List")}
		if d := (object{n}).memberNode("Default"); d != nil && !strings.HasPrefix(kind, "AWS::SSM::") {
			p.value = f.literal(d)
			p.known = p.value != ""
		}
		f.parameters[name] = p
	})
}

// repeatedKeys returns the keys that an object has several times, with the offsets of all but
// the first. It returns nil for most objects.
func (f *finder) repeatedKeys(n *value.Node) map[string][]int {
	var repeated map[string][]int
	for _, offset := range n.Duplicates() {
		if repeated == nil {
			repeated = make(map[string][]int)
		}
		name, _ := value.Parse(f.raw(&value.Node{Offset: offset}))
		key, _ := name.(string)
		repeated[key] = append(repeated[key], offset)
	}
	return repeated
}

// literal returns the value of a scalar as a string, and "" for others.
func (f *finder) literal(n *value.Node) string {
	switch v := n.Value.(type) {
	case string:
		return v
	case *value.Object, []any, nil:
		return ""
	}
	return string(f.raw(n))
}

// raw returns the JSON of a scalar.
func (f *finder) raw(n *value.Node) []byte {
	text := f.JSON[n.Offset:]
	if text[0] != '"' {
		for i, c := range text {
			if strings.IndexByte(",]} \t\r\n", c) >= 0 {
				return text[:i]
			}
		}
		return text
	}
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return text[:i+1]
		}
	}
	return text
}

// valueOf returns the value of a placeholder: the one that was given, or else that of the
// machine, or else that of the template's parameter.
func (f *finder) valueOf(name string, substitutions map[string]string) (string, bool) {
	if v, ok := f.given[name]; ok {
		return v, true
	}
	if v, ok := substitutions[name]; ok {
		return v, true
	}
	p := f.parameters[name]
	return p.value, p.known
}

// findResources returns the state machines of SAM and of CloudFormation.
func (f *finder) findResources(resources *value.Node) (found []Machine) {
	object{resources}.each(func(name string, n *value.Node) {
		kind := object{n}.memberNode("Type")
		if kind == nil || kind.Value != "AWS::Serverless::StateMachine" && kind.Value != "AWS::StepFunctions::StateMachine" {
			return
		}
		properties := object{object{n}.memberNode("Properties")}
		m := Machine{Name: name}
		for _, property := range []string{"Type", "StateMachineType"} {
			if t := properties.memberNode(property); t != nil {
				m.setType(f.textOf(t))
			}
		}
		substitutions := make(map[string]string)
		object{properties.memberNode("DefinitionSubstitutions")}.each(func(name string, n *value.Node) {
			if text := f.textOf(n); !strings.Contains(text, "${") {
				substitutions[name] = text
			}
		})
		f.readMachine(&m, properties, substitutions)
		f.checkWork(&m)
		if _, repeated := f.repeatedKeys(resources)[name]; repeated {
			m.Err = errors.New("the template has several resources of this name")
		}
		found = append(found, m)
	})
	return found
}

func (m *Machine) setType(name string) {
	if t := asl.MachineType(name); t == asl.Standard || t == asl.Express {
		m.Type = t
	}
}

// readMachine reads the definition of a resource, from the property that has it.
func (f *finder) readMachine(m *Machine, properties object, substitutions map[string]string) {
	inline := cmp.Or(properties.memberNode("Definition"), properties.memberNode("DefinitionString"))
	elsewhere := cmp.Or(properties.memberNode("DefinitionUri"), properties.memberNode("DefinitionS3Location"))
	switch {
	case inline != nil:
		f.define(m, inline, object{properties.memberNode("DefinitionSubstitutions")}, substitutions)
		return
	case elsewhere == nil:
		m.Err = errors.New("it has no definition")
		return
	}
	m.Substitutions = f.override(substitutions)
	location, local := elsewhere.Value.(string)
	switch key := (object{elsewhere}).memberNode("Key"); {
	case local && location == "":
		m.Err = errors.New("the name of its definition's file is empty")
	case local && !strings.Contains(location, "://"):
		m.URI = location
	case key != nil && assetKey.MatchString(f.literal(key)):
		m.URI = "asset." + path.Base(f.literal(key))
	default:
		m.Err = errors.New("its definition is not in a local file")
	}
}

// assetKey matches the key in S3 of a JSON asset of CDK, with the hash of its text.
var assetKey = regexp.MustCompile(`^(?:.*/)?[0-9a-f]{64}\.json$`)

// override returns substitutions with those that were given.
func (f *finder) override(substitutions map[string]string) map[string]string {
	all := make(map[string]string)
	maps.Copy(all, substitutions)
	maps.Copy(all, f.given)
	return all
}

// findFunctions returns the state machines of the Serverless Framework's plugin.
func (f *finder) findFunctions(machines *value.Node) (found []Machine) {
	object{machines}.each(func(name string, n *value.Node) {
		m := Machine{Name: name, Substitutions: f.override(nil)}
		if t := (object{n}).memberNode("type"); t != nil {
			m.setType(f.literal(t))
		}
		switch definition := (object{n}).memberNode("definition"); {
		case definition == nil:
			m.Err = errors.New("it has no definition")
		default:
			text, _ := definition.Value.(string)
			file, ok := strings.CutPrefix(text, "${file(")
			if file, end := strings.CutSuffix(file, ")}"); ok && end && file != "" && !strings.ContainsAny(file, "${}()") {
				m.URI = file
			} else {
				f.define(&m, definition, object{}, nil)
			}
		}
		found = append(found, m)
	})
	return found
}

// define sets the definition of a machine: an object, or a string with JSON. Declared is its
// DefinitionSubstitutions, of which substitutions has those that are known.
func (f *finder) define(m *Machine, n *value.Node, declared object, substitutions map[string]string) {
	w := &writer{finder: f, declared: declared, substitutions: substitutions, untyped: make(map[int]string), used: make(map[string]bool)}
	n = f.choose(n)
	_, isObject := n.Value.(*value.Object)
	if name, _ := functionOf(n); isObject && name == "" {
		w.writeValue(n)
	} else {
		w.appendText(&w.Text, n)
	}
	m.Substitutions = f.override(substitutions)
	for _, found := range variable.FindAll(w.Bytes, -1) {
		name := string(found[2 : len(found)-1])
		if v, known := w.valueOf(name, substitutions); known {
			m.Substitutions[name] = v
		}
	}
	m.Definition, m.Untyped, m.used = w.Bytes, w.untyped, w.used
	if m.Definition == nil {
		m.Err = errors.New("its definition is empty")
	}
	f.checkWork(m)
	m.offset = func(offset int) int {
		at := w.Origin(offset)
		if f.Offset != nil {
			at = f.Offset(at)
		}
		return at
	}
}

// textOf returns the value of a node as a string, with placeholders for what is unknown.
func (f *finder) textOf(n *value.Node) string {
	var text origin.Text
	(&writer{finder: f}).appendText(&text, n)
	return variable.ReplaceAllStringFunc(string(text.Bytes), func(placeholder string) string {
		if v, ok := f.valueOf(placeholder[2:len(placeholder)-1], nil); ok && f.spend(len(v)) {
			return v
		}
		return placeholder
	})
}
