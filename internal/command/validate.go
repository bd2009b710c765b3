package command

import (
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/asl/awsmodel"
)

// modelsFlag defines the flag that turns models of AWS's services off. checked
// says what they check.
func modelsFlag(f *flag.FlagSet, checked string) *bool {
	return f.Bool("models", true, checked+" against models of AWS's\n"+
		"services of "+awsmodel.Date+": the names, types and required members of\n"+
		"aws-sdk calls, and what optimized integrations require. Ranges and enums are\n"+
		"not checked, nor are services and actions that the models do not have.\n"+
		"-models=false takes a parameter that is newer than the models")
}

// validateFiles runs asl validate, which prints the findings of each file.
func validateFiles(args []string, s streams) int {
	f := newFlagSet("validate", "FILE... (definitions and templates: files, FILE#MACHINE, folders, ./..., 'globs/*.json', - for standard input)",
		"asl validate -strict ./...",
		"asl validate -format sarif ./... >asl.sarif",
		"asl validate template.yaml#Orders    one machine of a template"+whoReadsYAML())
	var format findingFormat
	enumFlag(f, &format, "format", "the `format` of the findings: text (default), json, an object for each definition\n"+
		"as ValidateStateMachineDefinition returns it, sarif, or github, which annotates\n"+
		"pull requests", textFormat, jsonFormat, sarifFormat, githubFormat)
	f.BoolFunc("json", "the same as -format json", func(string) error { format = jsonFormat; return nil })
	strict := f.Bool("strict", false, "warnings fail, as errors do")
	var o asl.Options
	enumFlag(f, &o.Type, "type", machineTypes, asl.Standard, asl.Express)
	enumFlag(f, &o.Resources, "resources", "the `resources` that Tasks may name: AWS, or empty for any", asl.AnyResources, asl.AWSResources)
	enumFlag(f, &o.Severity, "severity", "the lowest `severity` to print: WARNING (default) or ERROR", asl.SeverityWarning, asl.SeverityError)
	models := modelsFlag(f, "with -resources AWS, check Parameters and Arguments")
	placeholders := substitutionFlags(f)
	in := &files{in: s.in}
	fromFlag(f, &in.from)
	if code, ok := parseArguments(f, args, s); !ok {
		return code
	}
	if !checkFiles(f, maxFiles, s) {
		return exitUsage
	}
	if *strict && o.Severity == asl.SeverityError {
		printMisuse(f, "-strict fails for warnings, which -severity ERROR leaves out", s)
		return exitUsage
	}
	if *models {
		o.Models = awsmodel.Models{}
	}
	code := exitOK
	sum := summary{strict: *strict, files: make(map[string]bool)}
	var err error
	if o.Substitutions, err = placeholders.readValues(in); err != nil {
		fmt.Fprintf(s.err, "asl validate: %v\n", err)
		return exitUsage
	}
	names, err := findDefinitions(f.Args(), in.from.selectSources())
	if err != nil {
		fmt.Fprintf(s.err, "asl validate: %v\n", err)
		code = exitUsage
	}
	report := newReporter(format, s)
	for _, d := range in.readChecked(names, o.Substitutions) {
		bad := new(sourceError)
		switch {
		case errors.As(d.Err, &bad):
		case d.Err != nil:
			fmt.Fprintf(s.err, "asl validate: %v\n", d.Err)
			code = exitUsage
			continue
		default:
			placeholders.noteUsed(d)
			o := o
			o.Type, o.Substitutions = d.typeOf(f, o.Type), d.Substitutions
			bad = d.findings(d.findingsIn(asl.Validate(d.Definition, o), false))
		}
		report.addFile(bad)
		sum.addFile(bad.file, bad.list)
	}
	report.end(sum)
	if sum.unset {
		fmt.Fprintln(s.err, "asl validate: "+unsetPlaceholders)
	}
	if sum.failed() {
		code = max(code, exitFailed)
	}
	if err := placeholders.checkUsed(); err != nil {
		fmt.Fprintf(s.err, "asl validate: %v\n", err)
		code = exitUsage
	}
	return code
}

// machineTypes is the usage of -type.
const machineTypes = "the `type` of the machines: STANDARD or EXPRESS (default: the one that the template\nsays, or STANDARD)"

// enumFlag defines a flag whose value must be one of some words. The default is
// the first.
func enumFlag[T ~string](f *flag.FlagSet, value *T, name, usage string, allowed ...T) {
	*value = allowed[0]
	f.Var(&enumValue[T]{value, allowed}, name, usage)
}

// enumValue is the value of an enumFlag.
type enumValue[T ~string] struct {
	value   *T
	allowed []T
}

// String returns nothing: the usage names the default.
func (e *enumValue[T]) String() string { return "" }

// Set implements [flag.Value].
func (e *enumValue[T]) Set(text string) error {
	if !slices.Contains(e.allowed, T(text)) {
		words := e.choices()
		if len(words) < len(e.allowed) {
			words = append(words, "empty")
		}
		return mustBe(words...)
	}
	*e.value = T(text)
	return nil
}

// mustBe returns an error that lists words.
func mustBe(words ...string) error { return errors.New("must be " + listChoices(words)) }

// listChoices returns words as in "a, b or c".
func listChoices(words []string) string {
	last := max(len(words)-1, 0)
	if last == 0 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// choices returns the words, without an empty one.
func (e *enumValue[T]) choices() (words []string) {
	for _, word := range e.allowed {
		if word != "" {
			words = append(words, string(word))
		}
	}
	return words
}

// summary counts files and findings.
type summary struct {
	files            map[string]bool // whether they have errors
	errors, warnings int
	strict           bool // warnings fail
	unset            bool // a placeholder has no value
}

// addFile adds the findings in a file, or in a definition of it.
func (s *summary) addFile(name string, found asl.ErrorList) {
	errors, warnings := found.Count()
	s.files[filepath.Clean(name)] = s.files[filepath.Clean(name)] || errors > 0
	s.errors += errors
	s.warnings += warnings
	s.unset = s.unset || hasUnsetPlaceholder(found)
}

func (s *summary) failed() bool { return s.errors > 0 || s.strict && s.warnings > 0 }

// String returns the summary line.
func (s summary) String() string {
	text := countNoun(len(s.files), "file") + ": " + countNoun(s.errors, "error")
	if s.errors > 0 && len(s.files) > 1 {
		withErrors := 0
		for _, has := range s.files {
			if has {
				withErrors++
			}
		}
		text += " in " + countNoun(withErrors, "file")
	}
	return text + ", " + countNoun(s.warnings, "warning")
}

func countNoun(n int, what string) string {
	switch n {
	case 0:
		return "no " + what + "s"
	case 1:
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}
