package conformance

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/asl/awsmodel"
	"github.com/gostates/gostates/value"
)

// validation is a definition and AWS's diagnostics.
type validation struct {
	text    string // "" if none was given
	options asl.Options
	reply   *value.Object // of ValidateStateMachineDefinition, or nil
	refusal string        // the message of an InvalidDefinition, or ""
}

const invalidDefinition = "Invalid State Machine Definition: "

func readValidation(c *Case, o *value.Object) error {
	request := objectOf(o, "request")
	if request == nil {
		return errors.New("request is not an object")
	}
	v := &validation{
		// The recorder wrote this name instead of the ARN of an activity.
		text: strings.ReplaceAll(textOf(request, "definitionRaw"), `"activity_arn"`,
			`"arn:aws:states:us-east-1:111111111111:activity:a"`),
		options: asl.Options{Type: asl.MachineType(textOf(request, "type")), Resources: asl.AWSResources, Models: awsmodel.Models{}},
	}
	if expected := objectOf(o, "expected"); expected != nil {
		if expected.Has("diagnostics") {
			v.reply = expected
		}
		for _, message := range []string{textOf(expected, "message"), textOf(expected, "exception_value")} {
			if _, after, found := strings.Cut(message, invalidDefinition); found {
				v.refusal = after
			}
		}
	}
	c.validation = v
	return nil
}

// checkValidation compares the diagnostics of Validate. The definition of a
// request that AWS refused for another reason has no errors.
func checkValidation(c *Case) []string {
	v := c.validation
	if v.text == "" {
		if v.reply != nil || v.refusal != "" {
			return []string{"no definition was given, but one was judged"}
		}
		return nil
	}
	var found asl.ErrorList
	for _, d := range asl.Validate([]byte(v.text), v.options) {
		if d.Severity == asl.SeverityError {
			found = append(found, d)
		}
	}
	if v.reply != nil {
		return compareReply(v.text, v.reply, found)
	}
	refusal := ""
	if len(found) > 0 {
		refusal = strings.TrimPrefix(found.InvalidDefinition(), invalidDefinition)
	}
	if refusal != v.refusal {
		return []string{fmt.Sprintf("refusal\n\twant %s\n\tgot  %s", v.refusal, refusal)}
	}
	return nil
}

func compareReply(definition string, reply *value.Object, found asl.ErrorList) []string {
	var problems []string
	result := "OK"
	if len(found) > 0 {
		result = "FAIL"
	}
	if want := textOf(reply, "result"); want != result {
		problems = append(problems, fmt.Sprintf("result: want %s, got %s", want, result))
	}
	var want, got []string
	for _, w := range listOf(reply, "diagnostics") {
		o, _ := w.(*value.Object)
		want = append(want, describeRecorded(o))
	}
	for _, d := range found {
		got = append(got, describeFound(definition, d))
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		problems = append(problems, fmt.Sprintf("diagnostics\n\twant %q\n\tgot  %q", want, got))
	}
	return problems
}

var sourcePosition = regexp.MustCompile(`line: (\d+), column: (\d+)\]$`)

// describeRecorded writes a recorded diagnostic. For a definition that is not
// JSON, it keeps the code and the position, which is after the word in
// question. The sentence comes from another parser.
func describeRecorded(o *value.Object) string {
	code, place := textOf(o, "code"), textOf(o, "location")
	if m := sourcePosition.FindStringSubmatch(place); m != nil && code == asl.CodeInvalidJSON {
		return code + " at " + m[1] + ":" + m[2]
	}
	return describeDiagnostic(textOf(o, "severity"), code, textOf(o, "message"), place)
}

func describeFound(definition string, d asl.Diagnostic) string {
	if d.Code == asl.CodeInvalidJSON && d.Location == "" {
		rest := definition[d.Pos.Offset:]
		word := len(rest) - len(strings.TrimLeftFunc(rest, unicode.IsLetter))
		return fmt.Sprintf("%s at %d:%d", d.Code, d.Pos.Line, d.Pos.Column+word)
	}
	return describeDiagnostic(string(d.Severity), d.Code, d.Message, d.Location)
}

func describeDiagnostic(severity, code, message, location string) string {
	return severity + " " + code + ": " + message + " at " + location
}
