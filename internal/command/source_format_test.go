package command

import (
	"flag"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const serverlessFile = `{"service": "x", "stepFunctions": {"stateMachines": {"M": {"definition": {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}}}}}`

// A file that does not fit -from is wrong use, and the error says what the file looks like.
func TestFromThatDoesNotFit(t *testing.T) {
	files := map[string]string{
		"good.json": good, "order.txt": "# steps\nStartAt: A\nStates: {}\n", "sam.json": samTemplate, "cdk.json": cdkTemplate,
		"sls.json": serverlessFile, "other.json": `{"a": 1}`,
	}
	writeFiles(t, files)
	const asDefinition, asSAM = "a definition in JSON (-from json)", "a template of SAM (-from sam)"
	for _, c := range []struct{ from, file, want string }{
		{"json", "order.txt", "order.txt looks like YAML, not like " + asDefinition},
		{"json", "sam.json", "sam.json looks like " + asSAM + ", not like " + asDefinition},
		{"json", "cdk.json", "cdk.json looks like a template of CloudFormation (-from cfn), not like " + asDefinition},
		{"sam", "good.json", "good.json looks like " + asDefinition + ", not like " + asSAM},
		{"sam", "cdk.json", "cdk.json looks like a template of CloudFormation (-from cfn), not like " + asSAM},
		{"cfn", "sls.json", "sls.json looks like a file of the Serverless Framework (-from serverless), not like a template of CloudFormation (-from cfn)"},
		{"cdk", "sam.json", "sam.json looks like " + asSAM + ", not like a template that CDK synthesized (-from cdk)"},
		{"serverless", "other.json", "other.json is not a file of the Serverless Framework (-from serverless): it has no StartAt, Resources or stepFunctions"},
	} {
		code, out, err := invokeHere("", "validate", "-from", c.from, c.file)
		require.Equal(t, []any{exitUsage, "", "asl validate: " + c.want + "\n"}, []any{code, out, err})
		_, _, err = invokeHere(files[c.file], "validate", "-from", c.from, "-")
		require.Equal(t, "asl validate: standard input"+strings.TrimPrefix(c.want, c.file)+"\n", err)
	}
	code, out, _ := invokeHere(`{"StartAt" 1}`, "validate", "-from", "sam", "-")
	require.Equal(t, exitFailed, code)
	require.Contains(t, out, "-:1:12: error: INVALID_JSON_DESCRIPTION")
}

func TestFromThatFits(t *testing.T) {
	writeFiles(t, map[string]string{"named.yaml": good, "sls.json": serverlessFile})
	for _, c := range []struct{ from, in, file string }{
		{"json", "", "named.yaml"}, {"json", good, "-"}, {"sam", samTemplate, "-"}, {"cfn", samTemplate, "-"},
		{"cfn", cdkTemplate, "-"}, {"cdk", cdkTemplate, "-"}, {"serverless", "", "sls.json"}, {"auto", serverlessFile, "-"},
	} {
		_, out, err := invokeHere(c.in, "validate", "-from", c.from, c.file)
		require.NotContains(t, err, "-from", c)
		require.Contains(t, out, "1 file: ", c)
	}
}

// In a folder, -from selects files.
func TestFromSelectsFilesOfFolders(t *testing.T) {
	writeFiles(t, map[string]string{"a.asl.json": good, "sam.json": samTemplate, "sls.json": serverlessFile, "b.asl.json": "{"})
	_, out, err := invokeHere("", "validate", "-from", "serverless", ".")
	require.Empty(t, err)
	require.Equal(t, "b.asl.json:1:2: error: INVALID_JSON_DESCRIPTION: the JSON ends where a key should be\n2 files: 1 error in 1 file, no warnings\n", out)
}

// Each command that reads definitions has -from. asl fmt reads JSON alone.
func TestCommandsHaveFrom(t *testing.T) {
	var with []string
	for _, c := range commands {
		if f := flagsOf(c.name); f.Lookup("from") != nil {
			with = append(with, c.name)
		}
	}
	require.ElementsMatch(t, []string{"validate", "diff", "mock", "run", "graph", "teststate", "serve"}, with)
	writeFiles(t, map[string]string{"good.json": good})
	for _, name := range with {
		args := []string{name, "-from", "sam", "good.json"}
		if name == "diff" {
			args = append(args, "good.json")
		}
		code, _, err := invokeHere("", args...)
		require.Equal(t, exitUsage, code, name)
		require.Contains(t, err, "good.json looks like a definition in JSON (-from json), not like a template of SAM (-from sam)\n", name)
	}
	var choices []string
	flagsOf("run").VisitAll(func(f *flag.Flag) {
		if f.Name == "from" {
			choices = optionValues(f, nil)
		}
	})
	require.True(t, slices.Contains(choices, "serverless"))
}
