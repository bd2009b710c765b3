package command

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
)

const (
	// The template names a.asl.json, and has a machine of its own.
	samTemplate = `{"Parameters": {"Wait": {"Type": "Number", "Default": 5}},
"Resources": {
  "Topic": {"Type": "AWS::SNS::Topic"},
  "Filed": {"Type": "AWS::Serverless::StateMachine", "Properties": {
    "DefinitionUri": "machines/filed.asl.json", "Type": "EXPRESS", "DefinitionSubstitutions": {"Wait": 1, "Function": {"Fn::GetAtt": ["F", "Arn"]}}}},
  "Own": {"Type": "AWS::Serverless::StateMachine", "Properties": {"Definition": {
    "StartAt": "Rest",
    "States": {
      "Rest": {"Type": "Wait", "Seconds": {"Ref": "Wait"}, "Next": "Call"},
      "Call": {"Type": "Task", "Resource": {"Fn::GetAtt": ["F", "Arn"]}, "TimeoutSeconds": {"Ref": "Unknown"}, "Next": "Gone"}}}}}}}`
	filed = `{"StartAt": "Rest", "States": {
  "Rest": {"Type": "Wait", "Seconds": ${Wait}, "Next": "Call"},
  "Call": {"Type": "Task", "Resource": "${Function}", "TimeoutSeconds": "x", "End": true}}}`
	cdkTemplate = `{"Resources": {"Machine1": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {
  "DefinitionString": {"Fn::Join": ["", ["{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Task\",\"Resource\":\"",
    {"Fn::GetAtt": ["F", "Arn"]},
    "\",\"Next\":\"B\"}}}"]]}}}}}`
)

var templateFiles = map[string]string{
	"template.json":            samTemplate,
	"machines/filed.asl.json":  filed,
	"cdk.out/x.template.json":  cdkTemplate,
	"cdk.out/tree.json":        `{"tree": {"type": "AWS::StepFunctions::StateMachine"}}`,
	"network.json":             `{"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}`,
	"yaml/template.yaml":       "Resources:\n  A:\n    Type: AWS::Serverless::StateMachine\n",
	"yaml/named#hash.asl.json": good,
}

// The machines of templates are found, and what is wrong with them is at its place there. A
// file that a template names is read once, with the values that the template gives.
func TestValidateTemplates(t *testing.T) {
	writeFiles(t, templateFiles)
	code, out, err := invokeHere("", "validate", "machines", "template.json", "cdk.out")
	require.Empty(t, err)
	require.Equal(t, strings.Join([]string{
		`machines/filed.asl.json:3:73: error: /States/Call/TimeoutSeconds: SCHEMA_VALIDATION_FAILED: Expected value of type Integer`,
		`template.json:8:15: error: MISSING_END_STATE: Workflow has no terminal state`,
		`template.json:10:120: error: /States/Call/Next: MISSING_TRANSITION_TARGET: Missing 'Next' target: Gone`,
		`cdk.out/x.template.json:2:73: error: MISSING_END_STATE: Workflow has no terminal state`,
		`cdk.out/x.template.json:4:18: error: /States/A/Next: MISSING_TRANSITION_TARGET: Missing 'Next' target: B`,
		"3 files: 5 errors in 3 files, no warnings\n"}, "\n"), out)
	require.Equal(t, exitFailed, code)

	_, out, _ = invokeHere("", "validate", "-type", "EXPRESS", "template.json#Own")
	require.Contains(t, out, "1 file: 2 errors")
	code, _, err = invokeHere("", "graph", "template.json#Filed")
	require.Equal(t, exitFailed, code)
	require.Contains(t, err, "machines/filed.asl.json:3:73: error: ")
}

func TestMachinesOfTemplatesAreNamed(t *testing.T) {
	writeFiles(t, templateFiles)
	const full = "github.com/gostates/gostates/interpreter/store/sqlite/cmd/asl@latest"
	for _, c := range []struct {
		args []string
		err  string
	}{
		{[]string{"run", "template.json"}, "asl run: wrong use: template.json has several state machines: name one of template.json#Filed, template.json#Own\n"},
		{[]string{"graph", "template.json#Owm"}, "asl graph: template.json: no state machine Owm is in this template (did you mean Own?); it has Filed, Own\n"},
		{[]string{"validate", "machines/filed.asl.json#X"}, "asl validate: machines/filed.asl.json is a definition, and not a template with the machine X\n"},
		{[]string{"validate", "network.json"}, "asl validate: network.json: no state machine is in this template\n"},
		{[]string{"validate", "yaml"}, "asl validate: yaml/template.yaml: this asl does not read YAML; install one that does, with go install " + full + "\n"},
		{[]string{"run", "yaml/template.yaml"}, "asl run: wrong use: yaml/template.yaml: this asl does not read YAML; install one that does, with go install " + full + "\n"},
		{[]string{"fmt", "yaml/template.yaml"}, "asl fmt: yaml/template.yaml is YAML: only JSON is formatted\n"},
	} {
		code, _, err := invokeHere("", c.args...)
		require.Equal(t, exitUsage, code, c.args)
		require.Equal(t, c.err, err, c.args)
	}
	code, _, err := invokeHere("", "validate", "yaml/named#hash.asl.json")
	require.Equal(t, exitOK, code, err)
	_, help, _ := invokeHere("", "validate", "-h")
	require.Contains(t, help, "YAML is read only by the asl of\n")
}

// A machine of a template runs as a definition does, with values for its placeholders.
func TestRunMachineOfTemplate(t *testing.T) {
	writeFiles(t, map[string]string{"t.json": `{"Resources": {"M": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"StateMachineType": "EXPRESS",
  "Definition": {"StartAt": "A", "States": {
    "A": {"Type": "Wait", "Seconds": {"Ref": "Long"}, "Next": "B"},
    "B": {"Type": "Pass", "Result": {"Fn::Sub": "${Name}!"}, "End": true}}}}}}}`})
	code, _, err := invokeHere("", "run", "-clock", "virtual", "t.json")
	require.Equal(t, exitFailed, code)
	require.Equal(t, "t.json:3:38: error: /States/A/Seconds: PLACEHOLDER_WITHOUT_VALUE: no value for ${Long}\n"+
		"asl run: give placeholders their values with -D Name=value or -substitutions FILE\n", err)
	code, out, err := invokeHere("", "run", "-clock", "virtual", "-D", "Long=7", "-D", "Name=x", "t.json")
	require.Equal(t, exitOK, code, err)
	require.Equal(t, `"x!"`+"\n", out)
	code, _, err = invokeHere("", "run", "-clock", "virtual", "-D", "Long=301", "t.json")
	require.Equal(t, exitFailed, code)
	require.Contains(t, err, "no EXPRESS execution may take longer")
	code, _, err = invokeHere("", "graph", "t.json#M")
	require.Equal(t, exitOK, code, err)
}

// The server and the test of a state get the values that a template gives.
func TestServeAndTestStatesOfTemplates(t *testing.T) {
	writeFiles(t, map[string]string{"t.json": `{"Parameters": {"Word": {"Default": "hello"}},
  "Resources": {"M": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"DefinitionSubstitutions": {"Other": {"Ref": "Word"}},
  "Definition": {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": ["${Other}", {"Ref": "Word"}, "${Gone}"], "End": true}}}}}}}`})
	code, out, err := invokeHere("", "teststate", "-state", "A", "t.json")
	require.Equal(t, exitOK, code, err)
	require.Contains(t, out, `[\"hello\",\"hello\",\"${Gone}\"]`)

	s := serve(t, "-resources", "ANY", "t.json#M")
	require.Contains(t, s.started, arns+"stateMachine:M\n")
	described := s.call("DescribeStateMachine", map[string]any{"stateMachineArn": arns + "stateMachine:M"})
	require.Contains(t, described["definition"], `"hello"`)
}

func TestNamesOfMachines(t *testing.T) {
	for given, want := range map[string]string{
		"a/order.asl.json": "order", "order.asl.yaml": "order", "order.yml": "order", "order": "order", "template.yaml#Order": "Order", "X=template.yaml#Order": "X", "-": "-",
	} {
		name, _ := splitName(given)
		require.Equal(t, want, name, given)
	}
}

// Machines and files may have a # in their names.
func TestSplitMachine(t *testing.T) {
	writeFiles(t, map[string]string{"a.json": good, "b#c.json": good, "d#e/f.json": good})
	for name, want := range map[string][2]string{
		"a.json":         {"a.json", ""},
		"a.json#M":       {"a.json", "M"},
		"a.json#M#N":     {"a.json", "M#N"},
		"a.json##":       {"a.json", "#"},
		"a.json#":        {"a.json#", ""},
		"b#c.json":       {"b#c.json", ""},
		"b#c.json#M#N":   {"b#c.json", "M#N"},
		"d#e":            {"d#e", ""},
		"d#e/f.json#M#N": {"d#e/f.json", "M#N"},
		"-#M#N":          {"-", "M#N"},
		"none.json#M":    {"none.json", "M"},
		"none#n.json#M":  {"none#n.json", "M"},
	} {
		file, machine := splitMachine(name)
		require.Equal(t, want, [2]string{file, machine}, name)
	}
}

// The definitions of a file share one index of its lines, which gives the positions that asl
// gives.
func TestPlacesOfManyMachines(t *testing.T) {
	writeFiles(t, templateFiles)
	list, err := new(files).readDefinitions("template.json", nil)
	require.NoError(t, err)
	twice, err := new(files).readDefinitions("cdk.out/x.template.json", nil)
	require.NoError(t, err)
	for _, d := range append(list, twice...) {
		found := asl.Validate(d.Definition, asl.Options{Substitutions: d.Substitutions})
		require.NotEmpty(t, found)
		moved, placed := found.Relocate(d.source, d.Offset), d.findingsIn(found, true)
		require.Len(t, placed, len(moved))
		for i := range moved {
			require.Equal(t, moved[i].Pos, placed[i].Pos)
		}
	}
	writeFiles(t, map[string]string{"two.json": strings.ReplaceAll(samTemplate, `"DefinitionUri": "machines/filed.asl.json"`, `"Definition": {}`)})
	list, err = new(files).readDefinitions("two.json", nil)
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Same(t, list[0].places, list[1].places)
}

// Findings name the machine if several have the same file: that of the template, or one that
// several machines of a template name.
func TestFindingsNameTheMachineOfSeveral(t *testing.T) {
	writeFiles(t, map[string]string{
		"two.json": `{"Resources": {
"One": {"Type": "AWS::Serverless::StateMachine", "Properties": {"Definition": {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "A"}}}}},
"Two": {"Type": "AWS::Serverless::StateMachine", "Properties": {"Definition": {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "C": {"Type": "Succeed"}}}}},
"Own": {"Type": "AWS::Serverless::StateMachine", "Properties": {"DefinitionUri": "own.json"}},
"Left": {"Type": "AWS::Serverless::StateMachine", "Properties": {"DefinitionUri": "wait.json", "DefinitionSubstitutions": {"T": "5"}}},
"Right": {"Type": "AWS::Serverless::StateMachine", "Properties": {"DefinitionUri": "wait.json", "DefinitionSubstitutions": {"T": "x"}}}}}`,
		"own.json":  `{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "A"}}}`,
		"wait.json": `{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": ${T}, "End": true}}}`,
	})
	_, out, _ := invokeHere("", "validate", "two.json")
	require.Equal(t, []string{
		"two.json:2:106: error: One: MISSING_END_STATE: Workflow has no terminal state",
		"two.json:3:137: error: Two: /States/A/Next: MISSING_TRANSITION_TARGET: Missing 'Next' target: B",
		"two.json:3:148: error: Two: /States/C: MISSING_TRANSITION_TARGET: State \"C\" is not reachable.",
		"own.json:1:28: error: MISSING_END_STATE: Workflow has no terminal state",
		"wait.json:1:62: error: two.json#Right: PLACEHOLDER_WITHOUT_VALUE: the value of ${T} is not JSON, as it must be outside of a string",
		"3 files: 5 errors in 3 files, no warnings", ""}, strings.Split(out, "\n"))
	_, out, _ = invokeHere("", "validate", "two.json#One")
	require.Contains(t, out, "two.json:2:106: error: MISSING_END_STATE", "it was named by the caller")
	_, out, _ = invokeHere("", "validate", "-format", "json", "two.json")
	require.Contains(t, out, `{"file":"two.json","machine":"One","result":"FAIL"`)
	require.Contains(t, out, `{"file":"own.json","result":"FAIL"`)
	_, out, _ = invokeHere("", "validate", "-format", "github", "two.json")
	require.Contains(t, out, "::error file=two.json,line=3,col=137,title=MISSING_TRANSITION_TARGET::Two: /States/A/Next: Missing 'Next' target: B\n")
	_, out, _ = invokeHere("", "validate", "-format", "sarif", "two.json")
	require.Contains(t, out, `"text": "Two: /States/A/Next: Missing 'Next' target: B"`)
	require.Contains(t, out, `"fullyQualifiedName": "Two/States/A/Next"`)
	require.Contains(t, out, `"fullyQualifiedName": "One"`)
}
