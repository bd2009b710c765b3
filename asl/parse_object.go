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

const maxLocation = 2048 // bytes: see abbreviate

// object is an object of the definition, under its location.
type object struct {
	*parser
	node     *value.Node
	location string // "" for the whole
	members  *value.Object

	statesMember string          // what $states has in its Output and Assign besides input and context, if anything
	foreign      map[string]bool // see setForeign
}

func (p *parser) newObject(n *value.Node, location string) *object {
	return &object{parser: p, node: n, location: abbreviate(location), members: n.Value.(*value.Object)}
}

// abbreviate leaves out the start of a location that is longer than any of a
// definition that people write: every node holds its own, and a hostile text
// could make them larger than itself by far.
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

// locationOf is the location of a field, or of the object itself.
func (o *object) locationOf(field string) string {
	if field == "" && o.location != "" {
		return o.location
	}
	return o.location + "/" + field
}

// reportField notes an error of a field, or of the object as a whole where field is
// empty. It stands at the offset.
func (o *object) reportField(code string, offset int, field, format string, args ...any) {
	o.addDiagnostic(SeverityError, code, o.positionOf(offset), o.locationOf(field), format, args...)
}

// reportSchema is report with the code of nearly all that can be wrong.
func (o *object) reportSchema(offset int, field, format string, args ...any) {
	o.reportField(CodeSchemaValidationFailed, offset, field, format, args...)
}

// warnField notes a warning about a field.
func (o *object) warnField(code string, offset int, field, format string, args ...any) {
	if o.isForeign(field) {
		return
	}
	o.addDiagnostic(SeverityWarning, code, o.positionOf(offset), o.locationOf(field), format, args...)
}

// addParseDetail adds to the last error what the parser of a path or a call says.
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

// reportObject reports a problem of the object as a whole.
func (o *object) reportObject(format string, args ...any) {
	o.reportSchema(o.node.Offset, "", format, args...)
}

func (o *object) hasField(name string) bool { return o.members.Has(name) }

// fieldNode is a field's value in the text, or nil where it is absent.
func (o *object) fieldNode(name string) *value.Node {
	if i := o.members.Index(name); i >= 0 {
		return &o.node.Children[i]
	}
	return nil
}

// fieldValue is the value of a field as it stands in the text, or nil.
func (o *object) fieldValue(name string) any {
	v, _ := o.members.Get(name)
	return v
}

// requireFields reports which of the fields are missing.
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

// requireField reports where a field is missing that says which others there are.
func (o *object) requireField(name string) {
	if !o.hasField(name) {
		o.reportObject("The field '%s' is required", name)
	}
}

// requireAtMostOne reports where more than one of an exclusive group is there.
func (o *object) requireAtMostOne(names ...string) {
	if o.countFields(names) > 1 {
		o.reportSeveral(names...)
	}
}

// requireExactlyOne reports where none or more than one of a group is there: AWS has
// different words for the two (measured).
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

// checkFields reports the fields that are not in the table, or not for the language.
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
			o.reportSchema(o.node.Keys[i], "",
				"The QueryLanguage is set to '%s', but field '%s' is only supported for the '%s' QueryLanguage",
				language, name, language.otherLanguage())
		}
	}
}

// setForeign notes a field that is not for the language, which is reported: of
// what stands in it nobody is warned besides.
func (o *object) setForeign(name string) {
	if o.foreign == nil {
		o.foreign = make(map[string]bool)
	}
	o.foreign[name] = true
}

// isForeign reports whether a place is in a field that is not for the language.
func (o *object) isForeign(field string) bool {
	if end := strings.IndexAny(field, "/["); end >= 0 {
		field = field[:end]
	}
	return o.foreign[field]
}

// missingFields are the fields of a table that the object does not have, sorted.
func (o *object) missingFields(table fields) iter.Seq[string] {
	names := slices.Sorted(maps.Keys(table))
	return slices.Values(slices.DeleteFunc(names, o.hasField))
}

// reportUnsupported reports member i as one that the object cannot have.
func (o *object) reportUnsupported(i int) {
	o.reportSchema(o.node.Keys[i], "", "Field '%s' is not supported", o.members.At(i).Key)
}

func (o *object) reportUnsupportedFields(names ...string) {
	for _, name := range names {
		if i := o.members.Index(name); i >= 0 {
			o.reportUnsupported(i)
		}
	}
}
