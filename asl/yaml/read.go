package yaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/internal/origin"
	"github.com/gostates/gostates/value"
)

// Limits of what aliases and merge keys may expand to.
const (
	maxJSON    = 2 << 20 // bytes
	maxDepth   = value.MaxDepth
	maxMembers = 1 << 18 // of all mappings, and merged mappings, counted again for each merge and alias
)

// Document is a YAML document as JSON. It is safe for concurrent use, as long as nobody
// changes it.
type Document struct {
	JSON []byte

	// Tagged reports whether the document has tags of CloudFormation, such as !Sub.
	Tagged bool

	// Placeholders are the offsets in JSON of the strings that are a single placeholder
	// ${Name} without quotes in the YAML text, where a number or a boolean may be meant.
	// They are sorted.
	Placeholders []int

	offset func(int) int
}

// Offset returns the offset in the YAML text of an offset in the JSON. Both are in bytes.
func (d *Document) Offset(offset int) int { return d.offset(offset) }

// Read reads a YAML document. A byte order mark at its start is read over. The error is an
// [asl.ErrorList] with the places in text.
func Read(text []byte) (d *Document, err error) {
	r := newReader(text)
	defer func() {
		if problem := recover(); problem != nil {
			d, err = nil, r.errorAt(0, "the YAML reader failed: %v", problem)
		}
	}()
	if !utf8.Valid(r.text) {
		at := 0
		for c, n := utf8.DecodeRune(r.text); c != utf8.RuneError || n > 1; c, n = utf8.DecodeRune(r.text[at:]) {
			at += n
		}
		return nil, r.errorAt(at, "YAML must be UTF-8")
	}
	root, err := r.load()
	if err != nil {
		return nil, err
	}
	if root == nil {
		r.writeJSON("null", 0)
	} else if err := r.writeNode(root, 0); err != nil {
		return nil, err
	}
	return &Document{r.json.Bytes, r.tagged, r.placeholders, r.json.Origin}, nil
}

// reader turns a document into JSON.
type reader struct {
	json         origin.Text
	tagged       bool
	placeholders []int

	text    []byte // without a byte order mark
	base    int    // length of the byte order mark
	lines   []int  // indexes of the first characters of lines, as YAML counts them
	places  []int  // offsets in text of characters, of each stride-th
	members int    // see maxMembers
}

// stride makes places small. Without them a long line would be read for each of its values.
const stride = 64

func newReader(text []byte) *reader {
	r := &reader{lines: []int{0}}
	r.text = bytes.TrimPrefix(text, []byte("\ufeff"))
	r.base = len(text) - len(r.text)
	if m := version.FindSubmatchIndex(r.text); m != nil {
		r.text = bytes.Clone(r.text)
		r.text[m[2]] = '#' // a comment, since the YAML reader refuses YAML 1.2
	}
	for i, n := 0, 0; i < len(r.text); n++ {
		if n%stride == 0 {
			r.places = append(r.places, i)
		}
		if end := endsLine(r.text[i:]); end == 1 || end > 1 && r.text[i] != '\r' { // \r\n ends at \n
			r.lines = append(r.lines, n+1)
		}
		_, size := utf8.DecodeRune(r.text[i:])
		i += size
	}
	return r
}

// version matches what comes before a document with the directive of another version than
// YAML 1.1. The group is where the directive begins.
var version = regexp.MustCompile(`\A(?:[ \t]*(?:#[^\r\n]*)?\r?\n|%TAG[^\r\n]*\r?\n)*(%)YAML[ \t]+1\.[02-9][ \t\r\n]`)

// endsLine returns the length of the line break at the start of text, and 0 if there is none.
// The YAML reader still counts the line breaks of YAML 1.1.
func endsLine(text []byte) int {
	switch c, size := utf8.DecodeRune(text); {
	case c == '\r' && len(text) > 1 && text[1] == '\n':
		return 2
	case c == '\n', c == '\r', c == '\u0085', c == '\u2028', c == '\u2029':
		return size
	}
	return 0
}

// offsetOf returns the offset in text of a line and a column, which counts characters.
func (r *reader) offsetOf(line, column int) int {
	if line < 1 || line > len(r.lines) || column < 1 {
		return len(r.text)
	}
	n := r.lines[line-1] + column - 1
	if n/stride >= len(r.places) {
		return len(r.text)
	}
	at := r.places[n/stride]
	for range n % stride {
		_, size := utf8.DecodeRune(r.text[at:])
		at += size
	}
	return at
}

func (r *reader) startOf(n *yaml.Node) int { return r.offsetOf(n.Line, n.Column) }

// errorAt returns an error at an offset in text.
func (r *reader) errorAt(offset int, format string, args ...any) error {
	line, column := value.Position(r.text, offset)
	return asl.ErrorList{{
		Severity: asl.SeverityError, Code: asl.CodeInvalidJSON, Message: "not valid YAML: " + fmt.Sprintf(format, args...),
		Pos: asl.Pos{Offset: offset + r.base, Line: line, Column: column},
	}}
}

// load returns the root of the only document, or nil if there is none.
func (r *reader) load() (*yaml.Node, error) {
	loader, err := yaml.NewLoader(bytes.NewReader(r.text))
	if err != nil {
		return nil, err
	}
	var root *yaml.Node
	for i := 0; ; i++ {
		var document yaml.Node
		if err := loader.Load(&document); errors.Is(err, io.EOF) {
			return root, nil
		} else if err != nil {
			return nil, r.syntaxError(err)
		}
		if len(document.Content) == 0 {
			continue
		}
		switch n := document.Content[0]; {
		case i == 0:
			root = n
		case isNull(n): // an end of the first one, or of nothing
		case root == nil || isNull(root):
			return nil, r.errorAt(r.startOf(n), "a second document begins here, after an empty one: a file has one")
		default:
			return nil, r.errorAt(r.startOf(n), "a second document begins here: a file has one")
		}
	}
}

func (r *reader) syntaxError(err error) error {
	var bad *yaml.LoadError
	if !errors.As(err, &bad) {
		return r.errorAt(0, "%v", err)
	}
	message := bad.Message
	if bad.ContextMsg != "" {
		message = bad.ContextMsg + ": " + message
		if line := bad.ContextMark.Line; line > 0 && line < bad.Mark.Line {
			message += fmt.Sprintf(" (from line %d on)", line)
		}
	}
	return r.errorAt(min(r.offsetOf(bad.Mark.Line, bad.Mark.Column), len(r.text)), "%s", message)
}

// writeJSON writes JSON that is from an offset in text.
func (r *reader) writeJSON(json string, at int) { r.json.Append(json, at+r.base, false) }

// writeNode writes a value, with its tag as a function of CloudFormation.
func (r *reader) writeNode(n *yaml.Node, depth int) error {
	at := r.startOf(n)
	switch {
	case depth > maxDepth:
		return r.errorAt(at, "nested deeper than %d", maxDepth)
	case len(r.json.Bytes) > maxJSON:
		return r.errorAt(at, "aliases expand to more than %d MiB", maxJSON>>20)
	}
	n = target(n)
	function := functionOf(n.Tag)
	switch {
	case function == "":
		return r.writeUntagged(n, at, depth)
	case n.Kind == yaml.ScalarNode && function == "Fn::GetAtt":
		r.writeJSON(`{"Fn::GetAtt":[`, at)
		name, attribute, found := strings.Cut(n.Value, ".")
		r.writeJSON(quote(name), at)
		if found {
			r.writeJSON(","+quote(attribute), at)
		}
		r.writeJSON("]}", at)
	default:
		r.writeJSON("{"+quote(function)+":", at)
		if err := r.writeUntagged(n, at, depth+1); err != nil {
			return err
		}
		r.writeJSON("}", at)
	}
	r.tagged = true
	return nil
}

// target returns the node that an alias stands for.
func target(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// functionTag matches the tags of CloudFormation. ! alone is a string in YAML.
var functionTag = regexp.MustCompile(`^![A-Za-z][A-Za-z0-9:]*$`)

// tags are those of YAML that are read, with what may have them.
var tags = map[string]yaml.Kind{
	"!": yaml.ScalarNode, "!!str": yaml.ScalarNode, "!!null": yaml.ScalarNode, "!!bool": yaml.ScalarNode, "!!int": yaml.ScalarNode,
	"!!float": yaml.ScalarNode, "!!timestamp": yaml.ScalarNode, "!!seq": yaml.SequenceNode, "!!map": yaml.MappingNode,
}

// valuesOfTags match the JSON that a value with a tag must have.
var valuesOfTags = map[string]*regexp.Regexp{
	"!!null": regexp.MustCompile(`^null$`), "!!bool": regexp.MustCompile(`^(?:true|false)$`),
	"!!int": regexp.MustCompile(`^-?[0-9]+$`), "!!float": regexp.MustCompile(`^-?[0-9]`),
}

func functionOf(tag string) string {
	switch {
	case !functionTag.MatchString(tag):
		return ""
	case tag == "!Ref", tag == "!Condition":
		return tag[1:]
	}
	return "Fn::" + tag[1:]
}

func (r *reader) writeUntagged(n *yaml.Node, at, depth int) error {
	if n.Style&yaml.TaggedStyle != 0 && functionOf(n.Tag) == "" && tags[n.Tag] != n.Kind {
		return r.errorAt(at, "the tag %s is not supported here", n.Tag)
	}
	switch n.Kind {
	case yaml.MappingNode:
		return r.writeMapping(n, at, depth)
	case yaml.SequenceNode:
		r.writeJSON("[", at)
		for i, item := range n.Content {
			if i > 0 {
				r.writeJSON(",", r.startOf(item))
			}
			if err := r.writeNode(item, depth+1); err != nil {
				return err
			}
		}
		r.writeJSON("]", at)
		return nil
	}
	json, ok := plainJSON(n)
	if kinds, known := valuesOfTags[n.Tag]; n.Style&yaml.TaggedStyle != 0 && known && !(ok && kinds.MatchString(json)) {
		return r.errorAt(at, "%q is not a value of the tag %s", n.Value, n.Tag)
	}
	if ok {
		r.writeJSON(json, at)
		return nil
	}
	if n.Style&^yaml.TaggedStyle == 0 && strings.HasPrefix(n.Value, "${") && strings.IndexByte(n.Value, '}') == len(n.Value)-1 {
		r.placeholders = append(r.placeholders, len(r.json.Bytes))
	}
	r.writeString(n, at)
	return nil
}

func (r *reader) writeMapping(n *yaml.Node, at, depth int) error {
	members, err := r.membersOf(n, 0)
	if err != nil {
		return err
	}
	r.writeJSON("{", at)
	for i, m := range members {
		if i > 0 {
			r.writeJSON(",", r.startOf(m.key))
		}
		r.writeString(target(m.key), r.startOf(m.key))
		r.writeJSON(":", r.startOf(m.key))
		if err := r.writeNode(m.value, depth+1); err != nil {
			return err
		}
	}
	r.writeJSON("}", at)
	return nil
}

// member is a member of a mapping.
type member struct{ key, value *yaml.Node }

// membersOf returns the members of a mapping in order, those of merge keys last.
func (r *reader) membersOf(n *yaml.Node, depth int) ([]member, error) {
	if depth > maxDepth {
		return nil, r.errorAt(r.startOf(n), "merge keys are nested deeper than %d", maxDepth)
	}
	var members, merged []member
	places := make(map[string]*yaml.Node)
	for i := 0; i+1 < len(n.Content); i += 2 {
		if err := r.countMembers(1, n); err != nil {
			return nil, err
		}
		key, v := n.Content[i], n.Content[i+1]
		name := target(key)
		switch {
		case name.Kind != yaml.ScalarNode:
			return nil, r.errorAt(r.startOf(key), "a key must be a string")
		case name.Value == "<<" && name.Style == 0:
			more, err := r.mergedBy(v, depth)
			if err != nil {
				return nil, err
			}
			merged = append(merged, more...)
			continue
		case isNull(name):
			return nil, r.errorAt(r.startOf(key), "a key must be a string, not null")
		}
		if first := places[name.Value]; first != nil {
			line, _ := value.Position(r.text, r.startOf(first))
			return nil, r.errorAt(r.startOf(key), "the key %q is in this mapping already, in line %d", name.Value, line)
		}
		places[name.Value] = key
		members = append(members, member{key, v})
	}
	for _, m := range merged {
		if name := target(m.key).Value; places[name] == nil {
			places[name] = m.key
			members = append(members, m)
		}
	}
	return members, nil
}

// countMembers counts members of a mapping, see maxMembers.
func (r *reader) countMembers(more int, n *yaml.Node) error {
	if r.members += more; r.members > maxMembers {
		return r.errorAt(r.startOf(n), "aliases and merge keys expand to more than %d members", maxMembers)
	}
	return nil
}

// mergedBy returns the members that the value of a merge key has: a mapping, or a list of
// mappings, of which the first one wins.
func (r *reader) mergedBy(v *yaml.Node, depth int) ([]member, error) {
	list := []*yaml.Node{v}
	if n := target(v); n.Kind == yaml.SequenceNode {
		list = n.Content
	}
	var all []member
	for _, item := range list {
		n := target(item)
		if n.Kind != yaml.MappingNode {
			return nil, r.errorAt(r.startOf(item), "<< must have a mapping, or a list of mappings")
		}
		members, err := r.membersOf(n, depth+1)
		if err != nil {
			return nil, err
		}
		if err := r.countMembers(1+len(members), n); err != nil {
			return nil, err
		}
		all = append(all, members...)
	}
	return all, nil
}
