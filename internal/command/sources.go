package command

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/internal/spelling"
	"github.com/gostates/gostates/internal/template"
	"github.com/gostates/gostates/value"
)

// ReadYAML reads a YAML file. A program that can sets it before it calls [Main]. nil: YAML
// files are refused. Its error is an [asl.ErrorList] with the places in text.
var ReadYAML func(text []byte) (template.Document, error)

// definition is a definition with the file that has it: a plain one, or a template.
type definition struct {
	template.Machine
	file     string
	source   []byte // text of the file
	places   *lineIndex
	template string // FILE#MACHINE that names the file; "" if none does
	shared   bool   // others that are read are in the same file
}

// fullName returns the name of the file, and of the machine in it.
func (d *definition) fullName() string {
	if d.Name == "" {
		return d.file
	}
	return d.file + "#" + d.Name
}

// findings returns findings that are about the file.
func (d *definition) findings(found asl.ErrorList) *sourceError {
	e := &sourceError{file: d.file, source: d.source, list: found}
	if d.shared {
		e.machine = cmp.Or(d.Name, d.template)
	}
	return e
}

// findingsIn returns what was found in the definition as findings about the file. A finding
// about the type of a placeholder without a value says that it has none, if values are needed.
// Otherwise it is left out.
func (d *definition) findingsIn(found asl.ErrorList, needsValues bool) asl.ErrorList {
	var kept asl.ErrorList
	for _, f := range found {
		if name := d.Untyped[f.Pos.Offset]; name != "" && strings.HasPrefix(f.Message, "Expected value of type") {
			if !needsValues {
				continue
			}
			f.Code, f.Message, f.Detail = asl.CodePlaceholderWithoutValue, "no value for ${"+name+"}", ""
		}
		kept = append(kept, f)
	}
	end := len(kept)
	if kept.Truncated() {
		end-- // the last one stays where it is
	}
	for i := range kept {
		kept[i].Pos = d.places.positionOf(min(max(d.Offset(kept[i].Pos.Offset), 0), len(d.source)))
	}
	slices.SortStableFunc(kept[:end], func(a, b asl.Diagnostic) int { return cmp.Compare(a.Pos.Offset, b.Pos.Offset) })
	return kept
}

// lineIndex has the offsets of the lines of a file. A file may have thousands of definitions
// with findings: asl's Relocate would read all of it for each.
type lineIndex []int

func newLineIndex(text []byte) *lineIndex {
	starts := lineIndex{0}
	for i, c := range text {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	return &starts
}

func (x *lineIndex) positionOf(offset int) asl.Pos {
	line := sort.SearchInts(*x, offset+1)
	return asl.Pos{Offset: offset, Line: line, Column: offset - (*x)[line-1] + 1}
}

// wrapError returns the error of reading the definition with its place in the file.
func (d *definition) wrapError(err error) error {
	var list asl.ErrorList
	if errors.As(err, &list) {
		return d.findings(d.findingsIn(list, true))
	}
	return err
}

// withValues returns the definition with the values that its template gives, if all that
// need one have one. For a plain definition it is as it was written.
func (d *definition) withValues() []byte {
	if len(d.Substitutions) == 0 {
		return d.Definition
	}
	m, err := asl.Parse(d.Definition, asl.Options{Substitutions: d.Substitutions})
	if err != nil {
		return d.Definition
	}
	if text, err := asl.Marshal(m); err == nil {
		return text
	}
	return d.Definition
}

// valuesOfState is withValues for a machine or a state alone. It also returns the errors of
// parsing it, with their places in the file. With any error the text is as it was written.
func (d *definition) valuesOfState() (text []byte, found asl.ErrorList) {
	options := asl.Options{Substitutions: d.Substitutions}
	m, err := asl.Parse(d.Definition, options)
	if m == nil || m.States != nil && len(m.States.List) > 0 {
		text = d.withValues()
		errors.As(err, &found)
	} else {
		text, found = d.wrapState(options)
	}
	return text, d.findingsIn(found, true)
}

// wrapState parses a state alone as one of a machine, which has no other states. It returns
// the state as withValues does, and what was found in it.
func (d *definition) wrapState(options asl.Options) (text []byte, found asl.ErrorList) {
	const before = `{"StartAt": "StateName", "States": {"StateName": ` // AWS's name for it
	m, err := asl.Parse(slices.Concat([]byte(before), d.Definition, []byte("}}")), options)
	errors.As(err, &found)
	found = slices.DeleteFunc(found, func(f asl.Diagnostic) bool { return f.Code == asl.CodeMissingTransitionTarget })
	for i := range found {
		found[i].Pos.Offset = max(0, found[i].Pos.Offset-len(before))
	}
	if len(found) > 0 || len(options.Substitutions) == 0 {
		return d.Definition, found
	}
	text, err = asl.Marshal(m)
	if err != nil {
		return d.Definition, nil
	}
	v, err := value.Parse(text)
	for _, name := range []string{"States", "StateName"} {
		if o, ok := v.(*value.Object); ok {
			v, _ = o.Get(name)
		}
	}
	if err != nil {
		return d.Definition, nil
	}
	return value.Append(nil, v), nil
}

// typeOf returns the type of the machine: the one that was given, or else the one that the
// template says.
func (d *definition) typeOf(f *flag.FlagSet, given asl.MachineType) asl.MachineType {
	f.Visit(func(set *flag.Flag) {
		if set.Name == "type" {
			d.Type = given
		}
	})
	return cmp.Or(d.Type, given)
}

// readDefinitions reads the definitions of a file, or that of FILE#MACHINE. Values are those
// of placeholders. Those that cannot be read have an Err.
func (f *files) readDefinitions(name string, values map[string]string) ([]*definition, error) {
	file, wanted := splitMachine(name)
	source, document, err := f.readDocument(file, f.from)
	if err != nil {
		return nil, err
	}
	var list []*definition
	var names []string
	places := newLineIndex(source)
	for _, m := range template.Find(document, values) {
		names = append(names, m.Name)
		if wanted == "" || m.Name == wanted {
			list = append(list, f.resolve(&definition{Machine: m, file: file, source: source, places: places}))
		}
	}
	switch {
	case len(names) == 0:
		return nil, fmt.Errorf("%s: no state machine is in this template", file)
	case len(list) == 0 && names[0] == "":
		return nil, fmt.Errorf("%s is a definition, and not a template with the machine %s", file, wanted)
	case len(list) == 0:
		return nil, fmt.Errorf("%s: no state machine %s is in this template%s; it has %s", file, wanted, didYouMean(wanted, names), strings.Join(names, ", "))
	}
	return list, nil
}

// readOneDefinition reads the only definition of a file, or that of FILE#MACHINE.
func (f *files) readOneDefinition(name string, values map[string]string) (*definition, error) {
	list, err := f.readDefinitions(name, values)
	switch {
	case err != nil:
		return nil, err
	case len(list) > 1:
		var names []string
		for _, d := range list {
			names = append(names, cmp.Or(d.template, d.fullName()))
		}
		advice := "name one of "
		if strings.HasPrefix(name, "-") { // else the names would be options
			advice = "after --, name one of "
		}
		return nil, fmt.Errorf("%s has several state machines: %s%s", name, advice, strings.Join(names, ", "))
	case list[0].Err != nil:
		return nil, list[0].Err
	}
	return list[0], nil
}

// readChecked reads the definitions of several files, each once: a definition that a
// template names is read as the template says, and not again alone. Those that share a file
// are marked. Err says why a definition could not be read.
func (f *files) readChecked(names []string, values map[string]string) (all []*definition) {
	named := make(map[string]bool)
	for _, name := range names {
		list, err := f.readDefinitions(name, values)
		if err != nil {
			list = []*definition{{Machine: template.Machine{Err: err}, file: name}}
		}
		for _, d := range list {
			if d.template != "" {
				named[filepath.Clean(d.file)] = true
			}
		}
		all = append(all, list...)
	}
	all = slices.DeleteFunc(all, func(d *definition) bool { return d.template == "" && d.Name == "" && named[filepath.Clean(d.file)] })
	inFile := make(map[string]int)
	for _, d := range all {
		inFile[filepath.Clean(d.file)]++
	}
	for _, d := range all {
		d.shared = inFile[filepath.Clean(d.file)] > 1
	}
	return all
}

// splitMachine splits FILE#MACHINE, unless that is the name of a file. Both may have a #: the
// first one that is after the name of a file counts.
func splitMachine(name string) (file, machine string) {
	last := strings.LastIndexByte(name, '#')
	if _, err := os.Lstat(name); last <= 0 || err == nil {
		return name, ""
	}
	for i := 1; i < last; i++ {
		if name[i] == '#' && isFile(name[:i]) {
			return name[:i], name[i+1:]
		}
	}
	if last == len(name)-1 {
		return name, ""
	}
	return name[:last], name[last+1:]
}

// isFile reports whether a name is one of a file, or stands for standard input.
func isFile(name string) bool {
	info, err := os.Stat(name)
	return name == "-" || err == nil && !info.IsDir()
}

func didYouMean(name string, names []string) string {
	if similar, ok := spelling.Similar(name, slices.Values(names)); ok {
		return fmt.Sprintf(" (did you mean %s?)", similar)
	}
	return ""
}

// resolve reads the file that a machine's definition is in, if it is in another one.
func (f *files) resolve(d *definition) *definition {
	switch {
	case d.Err != nil:
		d.Err = fmt.Errorf("%s: %w", d.fullName(), d.Err)
		return d
	case d.URI == "":
		return d
	}
	file := filepath.Join(filepath.Dir(d.file), filepath.FromSlash(d.URI))
	if info, err := os.Stat(file); err == nil && !info.Mode().IsRegular() { // to read a pipe could take forever
		d.Err = fmt.Errorf("%s: %s is not a regular file", d.fullName(), file)
		return d
	}
	source, document, err := f.readDocument(file, autoSource)
	if err != nil {
		d.Err = fmt.Errorf("%s: %w", d.fullName(), err)
		return d
	}
	found := template.Find(document, d.Substitutions)
	if len(found) != 1 || found[0].Name != "" {
		d.Err = fmt.Errorf("%s: %s is not a definition", d.fullName(), file)
		return d
	}
	found[0].Type = d.Type
	return &definition{Machine: found[0], file: file, source: source, places: newLineIndex(source), template: d.fullName()}
}

// sourceError has the errors of a definition with their places in its file.
type sourceError struct {
	file    string
	machine string // "" if the file has one machine
	source  []byte
	list    asl.ErrorList
}

// inMachine returns a message about a definition with the name of its machine, if the file
// has several.
func (e *sourceError) inMachine(message string) string {
	if e.machine == "" {
		return message
	}
	return value.Printable(e.machine) + ": " + message
}

// Error implements error.
func (e *sourceError) Error() string { return e.file + ":" + e.list.Error() }

// Unwrap returns the findings.
func (e *sourceError) Unwrap() error { return e.list }

// print prints the errors on standard error.
func (e *sourceError) print(s streams) { printFindings(s.errorFindings(), e) }

// printUnset is print for a command that takes the values of placeholders. It says how, if
// one has none.
func (e *sourceError) printUnset(command string, s streams) {
	e.print(s)
	if hasUnsetPlaceholder(e.list) {
		fmt.Fprintln(s.err, "asl "+command+": "+unsetPlaceholders)
	}
}

// whoReadsYAML is what the help says of a command that reads no YAML.
func whoReadsYAML() string {
	if ReadYAML != nil {
		return ""
	}
	return "\nYAML is read only by the asl of\n" + fullCommand
}

// readDocument reads a file as JSON or as YAML. Errors in YAML are a *[sourceError]. If the
// file is not of the format, the error is a [formatError].
func (f *files) readDocument(file string, from sourceFormat) (source []byte, d template.Document, err error) {
	if source, err = f.readSource(file); err != nil {
		return nil, d, err
	}
	switch {
	case !from.isYAML(file, source):
		d = template.Document{JSON: source}
		return source, d, from.checkDocument(file, source, d)
	case ReadYAML == nil:
		return nil, d, fmt.Errorf("%s: this asl does not read YAML; install one that does, with go install %s@latest", file, fullCommand)
	case len(source) >= mostDefinition:
		return nil, d, fmt.Errorf("%s: a YAML file must not have more than %d bytes", file, mostDefinition-1)
	}
	d, err = ReadYAML(source)
	var list asl.ErrorList
	if errors.As(err, &list) {
		err = &sourceError{file: file, source: source, list: list}
	}
	if err == nil {
		err = from.checkDocument(file, source, d)
	}
	return source, d, err
}

// yamlKey matches a member that definitions and templates have at their top.
var yamlKey = regexp.MustCompile(`(?m)^["']?(?:StartAt|States|Resources|AWSTemplateFormatVersion|stepFunctions)["']?[ \t]*:`)

// isYAML reports whether a file is YAML: by its name, or if that does not say it, by its
// text.
func isYAML(file string, source []byte) bool {
	switch filepath.Ext(file) {
	case ".yaml", ".yml":
		return true
	case ".json":
		return false
	}
	start := bytes.TrimSpace(source)
	return len(start) > 0 && start[0] != '{' && start[0] != '[' && yamlKey.Match(start)
}
