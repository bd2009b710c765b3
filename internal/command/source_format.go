package command

import (
	"bytes"
	"errors"
	"flag"
	"fmt"

	"github.com/gostates/gostates/internal/template"
)

// sourceFormat is the value of -from: what a file with definitions is. The zero value is
// autoSource.
type sourceFormat string

const (
	autoSource sourceFormat = "auto"
	jsonSource sourceFormat = "json"
	yamlSource sourceFormat = "yaml"
)

// fromFlag defines -from.
func fromFlag(f *flag.FlagSet, from *sourceFormat) {
	enumFlag(f, from, "from", "the `format` of files: json or yaml for definitions, or sam, cfn (CloudFormation), cdk\n"+
		"or serverless for templates in JSON or YAML. auto (default) tells it by name and text",
		autoSource, jsonSource, yamlSource,
		sourceFormat(template.SAM), sourceFormat(template.CloudFormation), sourceFormat(template.CDK), sourceFormat(template.Serverless))
}

func (s sourceFormat) isAuto() bool { return s == autoSource || s == "" }

// withOption returns the format in words, and how it is given.
func (s sourceFormat) withOption() string {
	words := template.Format(s).String()
	switch s {
	case jsonSource:
		words = "a definition in JSON"
	case yamlSource:
		words = "a definition in YAML"
	}
	return words + " (-from " + string(s) + ")"
}

// isYAML reports whether a file of this format is read as YAML.
func (s sourceFormat) isYAML(file string, source []byte) bool {
	switch {
	case s.isAuto():
		return isYAML(file, source)
	case s == jsonSource || s == yamlSource:
		return s == yamlSource
	}
	return isYAML(file, source) || !bytes.HasPrefix(bytes.TrimSpace(source), []byte("{"))
}

// checkDocument returns a [formatError] if a file is not of the format. One that is not JSON
// or YAML is: its findings say what is wrong.
func (s sourceFormat) checkDocument(file string, source []byte, d template.Document) error {
	if s.isAuto() {
		return nil
	}
	wanted := template.Format(s)
	if s == jsonSource || s == yamlSource {
		wanted = template.Definition
	}
	switch looks, ok := d.Format(); {
	case !ok && s == jsonSource && (isYAML(file, source) || isYAML("", source)):
		return formatError{file, "YAML", s}
	case !ok || looks.Fits(wanted):
		return nil
	case looks == template.Unknown:
		return formatError{file, "", s}
	case looks == template.Definition && s.isYAML(file, source):
		return formatError{file, yamlSource.withOption(), s}
	case looks == template.Definition:
		return formatError{file, jsonSource.withOption(), s}
	default:
		return formatError{file, sourceFormat(looks).withOption(), s}
	}
}

// formatError says what a file that does not fit -from looks like.
type formatError struct {
	file  string
	looks string // empty: unknown
	from  sourceFormat
}

// Error implements error.
func (e formatError) Error() string {
	file := e.file
	if file == "-" {
		file = "standard input"
	}
	if e.looks == "" {
		return fmt.Sprintf("%s is not %s: it has no StartAt, Resources or stepFunctions", file, e.from.withOption())
	}
	return fmt.Sprintf("%s looks like %s, not like %s", file, e.looks, e.from.withOption())
}

// selectSources returns a function that reports the definitions and templates of a folder
// that are of the format. Those that cannot be read are, so that it is said.
func (s sourceFormat) selectSources() func(name string) bool {
	if s.isAuto() {
		return isSource
	}
	return func(name string) bool {
		if !isSource(name) || s == yamlSource && isJSONDefinition(name) {
			return false
		}
		_, _, err := new(files).readDocument(name, s)
		return !errors.As(err, new(formatError))
	}
}
