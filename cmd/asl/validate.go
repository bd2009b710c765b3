package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/value"
)

// validateFiles runs asl validate, which prints a line for each finding.
func validateFiles(args []string, s streams) int {
	f := newFlagSet("validate", "FILE... (- is standard input)")
	asJSON := f.Bool("json", false, "print an object for each file, as ValidateStateMachineDefinition returns it")
	var o asl.Options
	enumFlag(f, &o.Type, "type", "the `type` of the machines: STANDARD (default) or EXPRESS", asl.Standard, asl.Express)
	enumFlag(f, &o.Resources, "resources", "the `resources` that Tasks may name: AWS, or empty for any", asl.AnyResources, asl.AWSResources)
	enumFlag(f, &o.Severity, "severity", "the lowest `severity` to print: WARNING (default) or ERROR", asl.SeverityWarning, asl.SeverityError)
	placeholders := substitutionFlags(f)
	if code, ok := parseArguments(f, args, s); !ok {
		return code
	}
	if !checkFiles(f, math.MaxInt, s) {
		return exitUsage
	}
	code := exitOK
	var sum summary
	in := &files{in: s.in}
	var err error
	if o.Substitutions, err = placeholders.readValues(in); err != nil {
		fmt.Fprintf(s.err, "asl validate: %v\n", err)
		return exitUsage
	}
	for _, name := range f.Args() {
		text, err := in.readDefinition(name)
		if err != nil {
			fmt.Fprintf(s.err, "asl validate: %v\n", err)
			code = exitUsage
			continue
		}
		placeholders.noteUsed(text)
		found := asl.Validate(text, o)
		if *asJSON {
			printFindingsJSON(s, name, found)
		} else {
			printLines(s, name, found)
		}
		sum.addFile(found)
	}
	if !*asJSON && sum.files > 0 {
		fmt.Fprintln(s.out, sum)
	}
	if sum.unset {
		fmt.Fprintln(s.err, "asl validate: "+unsetPlaceholders)
	}
	if sum.broken > 0 {
		code = max(code, exitFailed)
	}
	if err := placeholders.checkUsed(); err != nil {
		fmt.Fprintf(s.err, "asl validate: %v\n", err)
		code = exitUsage
	}
	return code
}

// enumFlag defines a flag whose value must be one of some words. The default is
// the first.
func enumFlag[T ~string](f *flag.FlagSet, value *T, name, usage string, allowed ...T) {
	*value = allowed[0]
	f.Func(name, usage, func(text string) error {
		if !slices.Contains(allowed, T(text)) {
			return fmt.Errorf("must be one of %q", allowed)
		}
		*value = T(text)
		return nil
	})
}

// printLines prints a line for each finding, as a compiler does.
func printLines(s streams, file string, found asl.ErrorList) {
	for _, d := range found {
		place, text, _ := strings.Cut(d.String(), " ")
		colour := red
		if d.Severity == asl.SeverityWarning {
			text = "warning: " + text
			colour = yellow
		}
		line := value.Printable(file + ":" + place + " " + text)
		if s.hasColors() {
			fmt.Fprintln(s.raw, colour+line+noColor)
		} else {
			fmt.Fprintln(s.out, line)
		}
	}
}

// summary counts files and findings.
type summary struct {
	files, broken, errors, warnings int
	unset                           bool // a placeholder has no value
}

func (s *summary) addFile(found asl.ErrorList) {
	errors, warnings := found.Count()
	s.files++
	s.errors += errors
	s.warnings += warnings
	s.unset = s.unset || hasUnsetPlaceholder(found)
	if errors > 0 {
		s.broken++
	}
}

// String returns the summary line.
func (s summary) String() string {
	text := countNoun(s.files, "file") + ": " + countNoun(s.errors, "error")
	if s.errors > 0 && s.files > 1 {
		text += " in " + countNoun(s.broken, "file")
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

// finding is a diagnostic in JSON: AWS's fields, and those that only this
// library has.
type finding struct {
	Severity asl.Severity `json:"severity"`
	Code     string       `json:"code"`
	Message  string       `json:"message"`
	Location string       `json:"location,omitempty"`
	Detail   string       `json:"detail,omitempty"`
	Line     int          `json:"line"`
	Column   int          `json:"column"`
}

func printFindingsJSON(s streams, file string, found asl.ErrorList) {
	answer := struct {
		File        string    `json:"file"`
		Result      string    `json:"result"`
		Truncated   bool      `json:"truncated"`
		Diagnostics []finding `json:"diagnostics"`
	}{file, "OK", found.Truncated(), []finding{}}
	if errors, _ := found.Count(); errors > 0 {
		answer.Result = "FAIL"
	}
	if answer.Truncated {
		found = found[:len(found)-1] // it is not a finding
	}
	for _, d := range found {
		answer.Diagnostics = append(answer.Diagnostics, finding{d.Severity, d.Code, d.Message, d.Location, d.Detail, d.Pos.Line, d.Pos.Column})
	}
	enc := json.NewEncoder(s.out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(answer) // the reader may close the pipe
}
