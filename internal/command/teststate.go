package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/asl/awsmodel"
	"github.com/gostates/gostates/interpreter/teststate"
	"github.com/gostates/gostates/value"
)

// testOptions are the options of asl teststate, as given.
type testOptions struct {
	request                   string
	pretty                    bool
	state, input, level, role string
	variables, context        string
	result, err, cause, mode  string
	retries, failures         int
	causedBy, items           string
	given                     map[string]bool
	placeholders              *substitutions
	files
	unset *sourceError // placeholders without a value; nil: none
}

// testState runs asl teststate, which tests one state and prints the response
// of TestState.
func testState(args []string, s streams) int {
	f := newFlagSet("teststate", "FILE")
	o := testOptions{given: make(map[string]bool), files: files{in: s.in}}
	f.StringVar(&o.state, "state", "", "the `name` of the state, if FILE is a machine; none lists the states")
	f.StringVar(&o.input, "input", "{}", "the input: `JSON`, @FILE, or - for standard input")
	f.StringVar(&o.level, "level", string(teststate.Debug), "the inspection `level`: INFO, DEBUG or TRACE")
	f.StringVar(&o.result, "result", "", "mock the state's work: its result, `JSON` or @FILE")
	f.StringVar(&o.err, "error", "", "mock the state's work: the `name` of its error")
	f.StringVar(&o.cause, "cause", "", "the cause of that error")
	f.StringVar(&o.mode, "mode", "", "the `mode` of comparing the mocked result with the model of its service:\n"+
		"STRICT (default) wants all required members, PRESENT checks those that are\n"+
		"there, NONE checks nothing. Results of .sync and .waitForTaskToken are not\n"+
		"compared, except those of startExecution.sync")
	f.StringVar(&o.variables, "variables", "", "the workflow variables: a `JSON` object or @FILE")
	f.StringVar(&o.context, "context", "", "the context object of a mocked state: a `JSON` object or @FILE")
	f.IntVar(&o.retries, "retries", 0, "how often the Retrier of the mocked error has already retried")
	f.IntVar(&o.failures, "failures", 0, "how many iterations of a mocked Map failed")
	f.StringVar(&o.causedBy, "caused-by", "", "the `state` in a mocked Map or Parallel that failed")
	f.StringVar(&o.items, "items", "", "the `text` of the object that the ItemReader of a mocked Map reads, or @FILE")
	f.StringVar(&o.role, "role", "", "the `ARN` of the execution role, for the context object")
	f.StringVar(&o.request, "request", "", "a `file` with a request of the API as JSON, instead of FILE and all options but -pretty and -models")
	o.placeholders = substitutionFlags(f)
	fromFlag(f, &o.from)
	models := modelsFlag(f, "check Parameters and Arguments")
	f.BoolVar(&o.pretty, "pretty", false, "print strings that contain JSON as JSON")
	if code, ok := parseArguments(f, args, s); !ok {
		return code
	}
	f.Visit(func(set *flag.Flag) { o.given[set.Name] = true })
	switch {
	case o.request == "" && !checkFiles(f, 1, s):
		return exitUsage
	case o.request != "" && f.NArg() > 0:
		printMisuse(f, fmt.Sprintf("-request has the definition: no FILE goes with it, such as %q", f.Arg(0)), s)
		return exitUsage
	}
	r, err := o.newRequest(f.Arg(0))
	if err == nil && o.request == "" && o.state == "" && printStateHint(s.err, r.Definition, "") {
		return exitUsage
	}
	var answer *teststate.Response
	if err == nil {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		defer stop()
		var options teststate.Options
		if *models {
			options.Models = awsmodel.Models{}
		}
		answer, err = teststate.Run(ctx, r, options)
	}
	if err == nil {
		err = printAnswer(answer, o.pretty, s)
	}
	if err == nil && s.errTerminal {
		fmt.Fprintln(s.err, headline(answer))
	}
	var refused *teststate.Error
	var bad *sourceError
	switch {
	case errors.As(err, &refused):
		fmt.Fprintln(s.err, refused)
		if strings.HasPrefix(refused.Message, "RoleArn ") {
			fmt.Fprintln(s.err, "asl teststate: the command calls no services; mock the state's work with -result or -error")
		}
		if r != nil { // nil: the request of -request could not be parsed
			printStateHint(s.err, r.Definition, r.StateName)
		}
		if refused.Code == teststate.CodeInvalidDefinition && o.unset != nil {
			o.unset.printUnset("teststate", s)
		}
		return exitFailed
	case errors.As(err, &bad):
		bad.printUnset("teststate", s)
		return exitFailed
	case err != nil:
		fmt.Fprintf(s.err, "asl teststate: %v\n", err)
		if errors.Is(err, errUsage) {
			return exitUsage
		}
		return exitFailed
	case answer.Status == teststate.Succeeded, answer.Status == teststate.CaughtError:
		return exitOK
	}
	return exitFailed
}

// headline says in a line how a test ended, below an answer that fills the screen.
func headline(answer *teststate.Response) string {
	line := string(answer.Status)
	if answer.NextState != "" {
		line += " → " + answer.NextState
	}
	if answer.Error != nil {
		line += ": " + *answer.Error
	}
	return line
}

// newRequest makes a request from the options.
func (o *testOptions) newRequest(file string) (*teststate.Request, error) {
	if o.request != "" {
		for name := range o.given {
			if name != "request" && name != "pretty" && name != "models" {
				return nil, usageError("-request goes with no other options but -pretty and -models")
			}
		}
		text, err := o.readData(o.request)
		if err != nil {
			return nil, usageError("-request: %v", err)
		}
		return teststate.ParseRequest(text)
	}
	values, err := o.placeholders.readValues(&o.files)
	if err != nil {
		return nil, err
	}
	d, err := o.readOneDefinition(file, values)
	if bad := new(sourceError); errors.As(err, &bad) {
		return nil, err
	} else if err != nil {
		return nil, usageError("%v", err)
	}
	o.placeholders.noteUsed(d)
	if err := o.placeholders.checkUsed(); err != nil {
		return nil, err
	}
	definition, found := d.valuesOfState()
	if len(found) > 0 && len(values) > 0 {
		return nil, d.findings(found)
	}
	if hasUnsetPlaceholder(found) {
		o.unset = d.findings(slices.DeleteFunc(found, func(f asl.Diagnostic) bool { return f.Code != asl.CodePlaceholderWithoutValue }))
	}
	r := &teststate.Request{
		Definition:      string(definition),
		StateName:       o.state,
		InspectionLevel: teststate.Level(o.level),
		RoleArn:         o.role,
	}
	var result, items string
	for _, text := range []struct {
		name, given string
		to          *string
	}{
		{"input", o.input, &r.Input},
		{"variables", o.variables, &r.Variables},
		{"context", o.context, &r.Context},
		{"result", o.result, &result},
		{"items", o.items, &items},
	} {
		argument, err := o.readArgument(text.given)
		if err != nil {
			return nil, usageError("-%s: %v", text.name, err)
		}
		*text.to = string(argument)
	}
	o.addMock(r, result)
	return r, o.addStateConfiguration(r, items)
}

func (o *testOptions) addMock(r *teststate.Request, result string) {
	fails := o.given["error"] || o.given["cause"]
	if !fails && !o.given["result"] && !o.given["mode"] {
		return
	}
	r.Mock = &teststate.Mock{FieldValidationMode: teststate.ValidationMode(o.mode)}
	if o.given["result"] {
		r.Mock.Result = &result
	}
	if fails {
		r.Mock.ErrorOutput = &teststate.ErrorOutput{Error: o.err, Cause: o.cause}
	}
}

func (o *testOptions) addStateConfiguration(r *teststate.Request, items string) error {
	if !o.given["retries"] && !o.given["failures"] && !o.given["caused-by"] && !o.given["items"] {
		return nil
	}
	const most = 1<<31 - 1
	if o.retries < 0 || o.retries > most || o.failures < 0 || o.failures > most {
		return usageError("-retries and -failures must be from 0 to %d", most)
	}
	r.StateConfiguration = &teststate.StateConfiguration{
		RetrierRetryCount:  int32(o.retries),
		ErrorCausedByState: o.causedBy,
		MapItemReaderData:  items,
	}
	if o.given["failures"] {
		n := int32(o.failures)
		r.StateConfiguration.MapIterationFailureCount = &n
	}
	return nil
}

// printAnswer prints a response as AWS's API returns it.
func printAnswer(answer *teststate.Response, pretty bool, s streams) error {
	text, err := answer.MarshalJSON()
	if err != nil {
		return err
	}
	if pretty {
		v, err := value.Parse(text)
		if err != nil {
			return err
		}
		text = value.Append(nil, unfoldResponse(v))
	}
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		return err
	}
	b.WriteByte('\n')
	_, err = s.out.Write(b.Bytes())
	return err
}

// unfoldResponse replaces the strings in a response that are JSON by their values.
func unfoldResponse(v any) any {
	o, ok := v.(*value.Object)
	if !ok {
		return v
	}
	unfoldMember(o, "output")
	data, _ := o.Get("inspectionData")
	if data, ok := data.(*value.Object); ok {
		for _, key := range data.Keys() {
			unfoldMember(data, key)
		}
	}
	return o
}

func unfoldMember(o *value.Object, key string) {
	v, _ := o.Get(key)
	if text, ok := v.(string); ok {
		if made, err := value.ParseString(text); err == nil {
			o.Set(key, made)
		}
	}
}
