package asl

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/gostates/gostates/intrinsics"
	"github.com/gostates/gostates/jsonpath"
	"github.com/gostates/gostates/value"
)

const maxLocation = 2048 // bytes

// object is an object of the definition, with its location.
type object struct {
	*parser
	node     *value.Node
	location string // "" for the whole definition
	members  *value.Object

	statesMember string          // the member that $states has in Output and Assign, other than input and context; or ""
	foreign      map[string]bool // fields of the other language, see setForeign
}

func (p *parser) newObject(n *value.Node, location string) *object {
	if len(p.objects) == 0 {
		p.objects = make([]object, 16)
	}
	o := &p.objects[0]
	p.objects = p.objects[1:]
	*o = object{parser: p, node: n, location: abbreviate(location), members: n.Value.(*value.Object)}
	return o
}

// joinLocation returns outer + "/" + field. It cuts short locations out of a
// larger string, since every part of the tree has one.
func (p *parser) joinLocation(outer, field string) string {
	const room = 1024
	need := len(outer) + len("/") + len(field)
	if need > room/4 {
		return outer + "/" + field
	}
	b := &p.locations
	if b.Cap()-b.Len() < need {
		*b = strings.Builder{}
		b.Grow(room)
	}
	start := b.Len()
	b.WriteString(outer)
	b.WriteByte('/')
	b.WriteString(field)
	return b.String()[start:]
}

// abbreviate cuts the start off a location that is longer than any in a real
// definition. Each node holds its location, and a hostile definition could make
// them far larger than itself.
func abbreviate(location string) string {
	if len(location) <= maxLocation {
		return location
	}
	tail := location[len(location)-maxLocation:]
	_, tail, found := strings.Cut(tail, "/")
	if !found {
		return "..."
	}
	return ".../" + tail
}

func (o *object) nodeOf() Node {
	return Node{Pos: o.positionOf(o.node.Offset), Location: o.locationOf("")}
}

// locationOf returns the location of a field, or of the object if field is
// empty.
func (o *object) locationOf(field string) string {
	if field == "" && o.location != "" {
		return o.location
	}
	return o.location + "/" + field
}

// reportField reports an error of a field, or of the object if field is empty.
func (o *object) reportField(code string, offset int, field, format string, args ...any) {
	o.addDiagnostic(SeverityError, code, o.positionOf(offset), o.locationOf(field), format, args...)
}

// reportSchema is reportField with the code of most errors.
func (o *object) reportSchema(offset int, field, format string, args ...any) {
	o.reportField(CodeSchemaValidationFailed, offset, field, format, args...)
}

// warnField adds a warning about a field.
func (o *object) warnField(code string, offset int, field, format string, args ...any) {
	if o.isForeign(field) {
		return
	}
	o.addDiagnostic(SeverityWarning, code, o.positionOf(offset), o.locationOf(field), format, args...)
}

// addParseDetail adds the error of a path or call to the last finding.
func (o *object) addParseDetail(err error) {
	text := err.Error()
	switch err := err.(type) { //nolint:errorlint // the parsers give no others
	case *jsonpath.ParseError:
		text = fmt.Sprintf("%s, at offset %d", err.Msg, err.Offset)
	case *intrinsics.ParseError:
		text = fmt.Sprintf("%s, at offset %d", err.Msg, err.Offset)
	}
	o.addAdvice(text)
}

// reportObject reports an error of the object as a whole.
func (o *object) reportObject(format string, args ...any) {
	o.reportSchema(o.node.Offset, "", format, args...)
}

func (o *object) hasField(name string) bool { return o.members.Has(name) }

// fieldNode returns the node of a field, or nil if it is absent.
func (o *object) fieldNode(name string) *value.Node {
	if i := o.members.Index(name); i >= 0 {
		return &o.node.Children[i]
	}
	return nil
}

// fieldValue returns the value of a field as written, or nil if it is absent.
func (o *object) fieldValue(name string) any {
	v, _ := o.members.Get(name)
	return v
}

// requireFields reports the fields that are missing.
func (o *object) requireFields(names ...string) {
	var missing []string
	for _, name := range names {
		if !o.hasField(name) {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		o.reportObject("These fields are required: [%s]", strings.Join(missing, ", "))
	}
}

// requireField reports a missing field that decides which other fields there
// are.
func (o *object) requireField(name string) {
	if !o.hasField(name) {
		o.reportObject("The field '%s' is required", name)
	}
}

// requireAtMostOne reports more than one of several exclusive fields.
func (o *object) requireAtMostOne(names ...string) {
	if o.countFields(names) > 1 {
		o.reportSeveral(names...)
	}
}

// requireExactlyOne reports none or more than one of several fields. AWS has a
// message for each.
func (o *object) requireExactlyOne(names ...string) {
	o.requireAtMostOne(names...)
	if o.countFields(names) == 0 {
		o.reportNone(names...)
	}
}

func (o *object) reportSeveral(names ...string) {
	o.reportObject("There should only be one of the following fields: [%s]", strings.Join(names, ", "))
}

func (o *object) reportNone(names ...string) {
	o.reportObject("This object should have only one of the following fields: [%s]", strings.Join(names, ", "))
}

func (o *object) countFields(names []string) int {
	n := 0
	for _, name := range names {
		if o.hasField(name) {
			n++
		}
	}
	return n
}

// checkFields reports the fields that are not in the table, or not in the
// language.
func (o *object) checkFields(table fields, language QueryLanguage) {
	for i := range o.members.Len() {
		name := o.members.At(i).Key
		languages, ok := table[name]
		switch {
		case !ok:
			o.reportUnsupported(i)
			o.suggestName(name, o.missingFields(table))
		case !languages.includes(language):
			o.setForeign(name)
			o.reportSchema(o.node.Children[i].Key, "",
				"The QueryLanguage is set to '%s', but field '%s' is only supported for the '%s' QueryLanguage",
				language, name, language.otherLanguage())
		}
	}
}

// setForeign notes a field of the other language, which is reported. There are
// no warnings about its value.
func (o *object) setForeign(name string) {
	if o.foreign == nil {
		o.foreign = make(map[string]bool)
	}
	o.foreign[name] = true
}

// isForeign reports whether a location is in a field of the other language.
func (o *object) isForeign(field string) bool {
	if end := strings.IndexAny(field, "/["); end >= 0 {
		field = field[:end]
	}
	return o.foreign[field]
}

// missingFields returns the fields of a table that the object does not have,
// sorted.
func (o *object) missingFields(table fields) iter.Seq[string] {
	names := slices.Sorted(maps.Keys(table))
	return slices.Values(slices.DeleteFunc(names, o.hasField))
}

// reportUnsupported reports that the object must not have its member i.
func (o *object) reportUnsupported(i int) {
	o.reportSchema(o.node.Children[i].Key, "", "Field '%s' is not supported", o.members.At(i).Key)
}

func (o *object) reportUnsupportedFields(names ...string) {
	for _, name := range names {
		if i := o.members.Index(name); i >= 0 {
			o.reportUnsupported(i)
		}
	}
}
