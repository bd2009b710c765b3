package asl

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"
)

// fieldShape says how the fields of an object in a definition are ordered. Objects
// without a shape are data, whose members stay in their order.
type fieldShape struct {
	order   []string // the others come last, in their order
	members map[string]*fieldShape
	each    *fieldShape // of all members, or of the elements of an array
}

// newMachineShape makes the shape of a definition. The order is that of [Marshal]. Most
// programs never need it.
func newMachineShape() *fieldShape {
	shape := func(order string, members map[string]*fieldShape) *fieldShape {
		return &fieldShape{order: strings.Fields(order), members: members}
	}
	each := func(s *fieldShape) *fieldShape { return &fieldShape{each: s} }
	nested := func(order string, names ...string) *fieldShape {
		s := shape(order, make(map[string]*fieldShape))
		for _, name := range names {
			s.members[name] = shape("Mode ExecutionType InputType Transformation OutputType ManifestType CSVDelimiter CSVHeaderLocation CSVHeaders "+
				"ItemsPointer MaxItems MaxItemsPath", nil)
		}
		return s
	}
	// Operators of a Choice Rule come before And: they are not listed.
	rule := shape("Condition Variable * And Or Not Output Assign Next Comment", make(map[string]*fieldShape))
	rule.members["And"], rule.members["Or"], rule.members["Not"] = each(rule), each(rule), rule
	state := shape("Type Comment QueryLanguage Resource InputPath OutputPath Output Parameters Arguments Result ResultSelector ResultPath "+
		"Retry Catch Seconds SecondsPath Timestamp TimestampPath Choices Default Error ErrorPath Cause CausePath Assign Credentials "+
		"TimeoutSeconds TimeoutSecondsPath HeartbeatSeconds HeartbeatSecondsPath Branches ItemsPath Items ItemSelector "+
		"MaxConcurrency MaxConcurrencyPath ToleratedFailureCount ToleratedFailureCountPath "+
		"ToleratedFailurePercentage ToleratedFailurePercentagePath Label ItemReader ItemBatcher ResultWriter ItemProcessor Iterator * Next End",
		map[string]*fieldShape{
			"Retry":        each(shape("ErrorEquals IntervalSeconds MaxAttempts BackoffRate MaxDelaySeconds JitterStrategy * Comment", nil)),
			"Catch":        each(shape("ErrorEquals ResultPath Output Assign Next * Comment", nil)),
			"Choices":      each(rule),
			"ItemReader":   nested("Resource Parameters Arguments ReaderConfig", "ReaderConfig"),
			"ItemBatcher":  nested("BatchInput MaxItemsPerBatch MaxItemsPerBatchPath MaxInputBytesPerBatch MaxInputBytesPerBatchPath"),
			"ResultWriter": nested("Resource Parameters Arguments WriterConfig", "WriterConfig"),
		})
	machine := nested("ProcessorConfig Comment QueryLanguage Version TimeoutSeconds StartAt * States", "ProcessorConfig")
	machine.members["States"] = each(state)
	state.members["Branches"] = each(machine)
	state.members["ItemProcessor"], state.members["Iterator"] = machine, machine
	return machine
}

// rank returns where a field comes.
func (s *fieldShape) rank(name string) int {
	if i := slices.Index(s.order, name); i >= 0 && name != "*" {
		return i
	}
	if i := slices.Index(s.order, "*"); i >= 0 {
		return i
	}
	return len(s.order)
}

// member returns the shape of a member, nil if it is data.
func (s *fieldShape) member(name string) *fieldShape {
	switch {
	case s == nil:
		return nil
	case s.each != nil:
		return s.each
	}
	return s.members[name]
}

// Format writes a definition in the canonical form, as the command asl fmt does: fields
// in the order of the specification, states and data in their own, a member a line,
// indented by two spaces. Numbers, strings and placeholders stay as they are written.
// The error is an [ErrorList] if text is not a JSON object within the limits; other
// errors in a definition do not matter.
func Format(text []byte) ([]byte, error) {
	m, err := Parse(text, Options{Substitutions: map[string]string{}})
	if m == nil {
		return nil, err
	}
	r := tokenReader{text: text}
	root, err := r.readItem()
	if err != nil {
		return nil, err
	}
	w := layout{out: make([]byte, 0, 2*len(text))}
	w.writeItem(&root, newMachineShape(), 0)
	return append(w.out, '\n'), nil
}

// item is a value in the text of a definition.
type item struct {
	scalar  string // as written; empty for an object or array
	keys    []string
	names   []string // keys without quotes and escapes
	object  bool
	members []item
}

// tokenReader reads JSON with placeholders, of which is known that it is valid.
type tokenReader struct {
	text []byte
	at   int
}

var errNotFormatted = errors.New("a placeholder is where no value can be, so that it cannot be formatted")

// peek returns the next character after white space, 0 at the end.
func (r *tokenReader) peek() byte {
	for ; r.at < len(r.text); r.at++ {
		if c := r.text[r.at]; c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			return c
		}
	}
	return 0
}

func (r *tokenReader) readItem() (item, error) {
	switch r.peek() {
	case '{':
		return r.readMembers('}')
	case '[':
		return r.readMembers(']')
	}
	text, err := r.readScalar()
	return item{scalar: text}, err
}

func (r *tokenReader) readMembers(end byte) (made item, err error) {
	made.object = end == '}'
	for r.at++; r.peek() != end; {
		if made.object {
			key, err := r.readScalar()
			var name string
			if err != nil || json.Unmarshal([]byte(key), &name) != nil || r.peek() != ':' {
				return made, errNotFormatted
			}
			r.at++
			made.keys, made.names = append(made.keys, key), append(made.names, name)
		}
		member, err := r.readItem()
		if err != nil {
			return made, err
		}
		made.members = append(made.members, member)
		switch r.peek() {
		case ',':
			r.at++
		case end:
		default:
			return made, errNotFormatted
		}
	}
	r.at++
	return made, nil
}

// readScalar reads a string, a number, a word or a placeholder.
func (r *tokenReader) readScalar() (string, error) {
	first, start := r.peek(), r.at
	switch {
	case first == '"':
		for r.at++; r.at < len(r.text) && r.text[r.at] != '"'; r.at++ {
			if r.text[r.at] == '\\' {
				r.at++
			}
		}
		r.at++
	case bytes.HasPrefix(r.text[start:], []byte("${")):
		length := bytes.IndexByte(r.text[start:], '}')
		if length < 0 {
			return "", errNotFormatted
		}
		r.at += length + 1
	default:
		for r.at < len(r.text) && !bytes.ContainsRune([]byte(" \t\n\r,:]}[{\"$"), rune(r.text[r.at])) {
			r.at++
		}
	}
	if r.at == start || r.at > len(r.text) {
		return "", errNotFormatted
	}
	return string(r.text[start:r.at]), nil
}

// mostColumns is how long a line with an array may be.
const mostColumns = 80

// layout writes items.
type layout struct{ out []byte }

func (w *layout) writeItem(v *item, shape *fieldShape, depth int) {
	switch {
	case v.scalar != "":
		w.out = append(w.out, v.scalar...)
	case v.object:
		w.writeObject(v, shape, depth)
	case !w.writeShort(v):
		w.out = append(w.out, '[')
		for i := range v.members {
			w.startLine(i, depth+1)
			w.writeItem(&v.members[i], shape.member(""), depth+1)
		}
		w.endLines(']', depth)
	}
}

func (w *layout) writeObject(v *item, shape *fieldShape, depth int) {
	order := make([]int, len(v.members))
	for i := range order {
		order[i] = i
	}
	if shape != nil && shape.order != nil {
		slices.SortStableFunc(order, func(a, b int) int { return shape.rank(v.names[a]) - shape.rank(v.names[b]) })
	}
	w.out = append(w.out, '{')
	for i, k := range order {
		w.startLine(i, depth+1)
		w.out = append(append(w.out, v.keys[k]...), ": "...)
		w.writeItem(&v.members[k], shape.member(v.names[k]), depth+1)
	}
	if len(order) == 0 {
		w.out = append(w.out, '}')
		return
	}
	w.endLines('}', depth)
}

// writeShort writes an array of scalars on one line, if it fits.
func (w *layout) writeShort(v *item) bool {
	texts := make([]string, len(v.members))
	for i := range v.members {
		if texts[i] = v.members[i].scalar; texts[i] == "" {
			return false
		}
	}
	line := "[" + strings.Join(texts, ", ") + "]"
	column := utf8.RuneCount(w.out[bytes.LastIndexByte(w.out, '\n')+1:])
	if len(texts) > 0 && column+utf8.RuneCountInString(line)+len(",") > mostColumns {
		return false
	}
	w.out = append(w.out, line...)
	return true
}

func (w *layout) startLine(index, depth int) {
	if index > 0 {
		w.out = append(w.out, ',')
	}
	w.out = append(w.out, '\n')
	w.out = append(w.out, strings.Repeat("  ", depth)...)
}

func (w *layout) endLines(end byte, depth int) {
	w.out = append(w.out, '\n')
	w.out = append(append(w.out, strings.Repeat("  ", depth)...), end)
}
