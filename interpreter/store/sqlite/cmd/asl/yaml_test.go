package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// invoke runs the command in a folder.
func invoke(t *testing.T, dir, stdin string, args ...string) (code int, out, err string) {
	t.Helper()
	c := newProcess(args...)
	var stdout, stderr bytes.Buffer
	c.Dir, c.Stdin, c.Stdout, c.Stderr = dir, bytes.NewReader([]byte(stdin)), &stdout, &stderr
	_ = c.Run() // the exit code says it
	return c.ProcessState.ExitCode(), stdout.String(), stderr.String()
}

func writeFiles(t *testing.T, texts map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range texts {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	return dir
}

const packing = `# how orders are packed
StartAt: Pack
States:
  Pack:
    Type: Pass
    Parameters:
      said.$: >-
        States.Format('{}',
        $.name)
    End: true
`

// Findings are at the lines of the YAML text.
func TestValidateYAML(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"good.asl.yaml":   packing,
		"bad.asl.yml":     "\ufeff" + "StartAt: Pack\nStates:\n  Pack: # é\n    Type: Pass\n    Next: Ship\n  é: {Type: Succeed, Next: &x Pack}\n",
		"broken/x.yaml":   "StartAt: A\nStates:\n  A: {Type: Pass\nB: 1\n",
		"other/x.yaml":    "services: {}\n",
		".hidden/x.yaml":  packing,
		"other/deep.yaml": "x:\n  StartAt: A\n",
	})
	code, out, err := invoke(t, dir, "", "validate", "./...")
	require.Empty(t, err)
	require.Equal(t, "bad.asl.yml:5:11: error: /States/Pack/Next: MISSING_TRANSITION_TARGET: Missing 'Next' target: Ship\n"+
		"bad.asl.yml:6:7: error: /States/é: MISSING_TRANSITION_TARGET: State \"é\" is not reachable.\n"+
		"bad.asl.yml:6:23: error: /States/é: SCHEMA_VALIDATION_FAILED: Field 'Next' is not supported\n"+
		"broken/x.yaml:4:2: error: INVALID_JSON_DESCRIPTION: not valid YAML: mapping values are not allowed in this context\n"+
		"3 files: 4 errors in 2 files, no warnings\n", out)
	require.Equal(t, 1, code)

	code, out, err = invoke(t, dir, packing, "validate", "-")
	require.Equal(t, []any{0, "1 file: no errors, no warnings\n", ""}, []any{code, out, err})
	code, _, err = invoke(t, dir, "", "fmt", "good.asl.yaml")
	require.Equal(t, []any{2, "asl fmt: good.asl.yaml is YAML: only JSON is formatted\n"}, []any{code, err})
	code, out, err = invoke(t, dir, "", "run", "-input", `{"name": "Jo"}`, "good.asl.yaml")
	require.Equal(t, []any{0, `{"said":"Jo"}` + "\n", ""}, []any{code, out, err})
	code, _, err = invoke(t, dir, "", "run", "bad.asl.yml")
	require.Equal(t, 1, code)
	require.Contains(t, err, "bad.asl.yml:5:11: error: ")
}

// The short forms of CloudFormation's functions are placeholders, with the values that the
// template and the command line give.
func TestFunctionsInYAML(t *testing.T) {
	dir := writeFiles(t, map[string]string{"template.yml": `
Parameters:
  Stage: {Type: String, Default: beta}
  Wait: {Type: Number}
Resources:
  Orders:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: orders.asl.yaml
      DefinitionSubstitutions:
        Function: !GetAtt Charge.Arn
        Stage: !Ref Stage
        Seconds: 3
  Inline:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition:
        StartAt: Wait
        States:
          Wait: {Type: Wait, Seconds: !Ref Wait, Next: Say}
          Say:
            Type: Pass
            Result: [!Sub '${Stage}-${Name}', !Join ['/', [a, !Ref Stage]], !If [c, 1, 2]]
            End: true
`, "orders.asl.yaml": `
StartAt: Charge
States:
  Charge: {Type: Task, Resource: "${Function}", Next: Rest}
  Rest:
    Type: Wait
    Seconds: ${Seconds}
    Next: Say
  Say: {Type: Pass, Result: "${Stage} ${Other}", End: true}
`})
	code, out, err := invoke(t, dir, "", "validate", "-strict", "-resources", "AWS", "./...")
	require.Equal(t, []any{0, "2 files: no errors, no warnings\n", ""}, []any{code, out, err})
	code, out, err = invoke(t, dir, "", "run", "-clock", "virtual", "-D", "Wait=2", "-D", "Name=x", "template.yml#Inline")
	require.Equal(t, []any{0, `["beta-x","a/beta",1]` + "\n", ""}, []any{code, out, err})
	code, out, err = invoke(t, dir, "", "run", "-clock", "virtual", "-mock", "auto", "-D", "Other=y", "template.yml#Orders")
	require.Equal(t, []any{0, `"beta y"` + "\n", ""}, []any{code, out, err})
	code, _, err = invoke(t, dir, "", "run", "-clock", "virtual", "orders.asl.yaml")
	require.Equal(t, 1, code)
	require.Contains(t, err, "orders.asl.yaml:7:14: error: /States/Rest/Seconds: PLACEHOLDER_WITHOUT_VALUE: no value for ${Seconds}\n")
	code, out, _ = invoke(t, dir, "", "diff", "template.yml#Orders", "orders.asl.yaml")
	require.Equal(t, 2, code, out)
}

// A definition with tags of CloudFormation in a file of its own.
func TestTagsInADefinition(t *testing.T) {
	dir := writeFiles(t, map[string]string{"m.asl.yaml": "StartAt: A\nStates:\n  A: {Type: Task, Resource: !GetAtt F.Arn, TimeoutSeconds: !Ref T, Next: B}\n"})
	code, out, _ := invoke(t, dir, "", "validate", "m.asl.yaml")
	require.Equal(t, 1, code)
	require.Contains(t, out, "m.asl.yaml:3:74: error: /States/A/Next: MISSING_TRANSITION_TARGET: Missing 'Next' target: B\n")
	require.Contains(t, out, "1 file: 2 errors, no warnings\n")
	_, out, _ = invoke(t, dir, "", "validate", "-D", "T=0", "m.asl.yaml")
	require.Contains(t, out, "m.asl.yaml:3:60: error: /States/A/TimeoutSeconds: SCHEMA_VALIDATION_FAILED: Minimum value is 1\n")
}

// With -from, standard input and files of any name are YAML.
func TestFromYAML(t *testing.T) {
	const flow = "{StartAt: A, States: {A: {Type: Pass, End: true}}}\n"
	const sam = "Resources:\n  M:\n    Type: AWS::Serverless::StateMachine\n    Properties:\n      Definition:\n        StartAt: A\n        States: {A: {Type: Pass, Next: B}}\n"
	dir := writeFiles(t, map[string]string{"a.json": flow, "b.asl.yaml": packing, "c.asl.json": `{"StartAt": "A", "States": {}}`})
	for _, c := range []struct {
		in   string
		args []string
		code int
		text string
	}{
		{flow, []string{"validate", "-from", "yaml", "-"}, 0, "1 file: no errors, no warnings\n"},
		{flow, []string{"run", "-from", "yaml", "-"}, 0, "{}\n"},
		{"", []string{"run", "-from", "yaml", "a.json"}, 0, "{}\n"},
		{`{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}`, []string{"run", "-from", "yaml", "-"}, 0, "{}\n"},
		{"", []string{"validate", "-from", "yaml", "."}, 0, "1 file: no errors, no warnings\n"},
		{sam, []string{"validate", "-from", "sam", "-"}, 1, "7:"},
		{sam, []string{"graph", "-from", "serverless", "-"}, 2, "standard input looks like a template of SAM (-from sam), not like a file of the Serverless Framework (-from serverless)\n"},
		{packing, []string{"graph", "-from", "sam", "-"}, 2, "standard input looks like a definition in YAML (-from yaml), not like a template of SAM (-from sam)\n"},
		{"", []string{"run", "-from", "json", "b.asl.yaml"}, 2, "b.asl.yaml looks like YAML, not like a definition in JSON (-from json)\n"},
	} {
		code, out, err := invoke(t, dir, c.in, c.args...)
		require.Equal(t, c.code, code, "%v: %s%s", c.args, out, err)
		require.Contains(t, out+err, c.text)
	}
}
