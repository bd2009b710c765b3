package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// marker is a comment on a line with an error: ! for one that was planted, + for what
// follows from it. With a number the error is so many lines below.
var marker = regexp.MustCompile(` (?:#|//)([!+])(?:\+(\d+))? (.*)$`)

// planted is an error at a line of a definition.
type planted struct {
	line    int
	message string // a part of it
}

// readPlanted reads a definition and the errors in it.
func readPlanted(t *testing.T, name string) (text string, want []planted) {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("testdata", "planted", name))
	require.NoError(t, err)
	lines := strings.Split(string(source), "\n")
	errors := 0
	for i, line := range lines {
		m := marker.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		below, _ := strconv.Atoi(m[2]) // 0 without a number
		want = append(want, planted{i + 1 + below, m[3]})
		if m[1] == "!" {
			errors++
		}
		lines[i] = strings.TrimSuffix(line, m[0])
	}
	require.Equal(t, 10, errors, name)
	return strings.Join(lines, "\n"), want
}

// indent moves all lines to the right.
func indent(text, by string) string {
	return by + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n"+by)
}

// Ten planted errors in each of three definitions are found at their lines, in JSON, in YAML
// and in templates. Nothing else is found.
func TestPlantedErrors(t *testing.T) {
	const (
		samHead = "Transform: AWS::Serverless-2016-10-31\nResources:\n  Machine:\n    Type: AWS::Serverless::StateMachine\n    Properties:\n"
		cfnHead = "Resources:\n  Machine:\n    Type: AWS::StepFunctions::StateMachine\n    Properties:\n"
	)
	for _, name := range []string{"orders", "media", "approval"} {
		inJSON, wantJSON := readPlanted(t, name+".asl.json")
		inYAML, wantYAML := readPlanted(t, name+".asl.yaml")
		for form, c := range map[string]struct {
			file, text string
			want       []planted
			lines      int // before the definition
		}{
			"JSON":             {"m.asl.json", inJSON, wantJSON, 0},
			"YAML":             {"m.asl.yaml", inYAML, wantYAML, 0},
			"JSON as YAML":     {"m.yml", inJSON, wantJSON, 0},
			"SAM in YAML":      {"template.yaml", samHead + "      Definition:\n" + indent(inYAML, "        "), wantYAML, 6},
			"SAM with JSON":    {"template.yaml", samHead + "      Definition:\n" + indent(inJSON, "        "), wantJSON, 6},
			"SAM in JSON":      {"template.json", `{"Resources": {"Machine": {"Type": "AWS::Serverless::StateMachine", "Properties": {"Definition":` + "\n" + inJSON + "}}}}", wantJSON, 1},
			"a string":         {"template.yaml", cfnHead + "      DefinitionString: |\n" + indent(inJSON, "        "), wantJSON, 5},
			"a string of Sub":  {"template.yaml", cfnHead + "      DefinitionString: !Sub |-\n" + indent(inJSON, "          "), wantJSON, 5},
			"Sub with a value": {"template.yaml", cfnHead + "      DefinitionString:\n        Fn::Sub:\n          - |\n" + indent(inJSON, "            ") + "\n          - X: y\n", wantJSON, 7},
			"Serverless":       {"serverless.yml", "service: x\nstepFunctions:\n  stateMachines:\n    m:\n      definition:\n" + indent(inYAML, "          "), wantYAML, 5},
		} {
			t.Run(name+", "+form, func(t *testing.T) {
				dir := writeFiles(t, map[string]string{c.file: c.text})
				code, out, err := invoke(t, dir, "", "validate", "-severity", "ERROR", c.file)
				require.Empty(t, err)
				require.Equal(t, 1, code)
				found := strings.Split(strings.TrimSpace(out), "\n")
				require.Equal(t, fmt.Sprintf("1 file: %d errors, no warnings", len(c.want)), found[len(found)-1], out)
				for i, w := range c.want {
					require.True(t, strings.HasPrefix(found[i], fmt.Sprintf("%s:%d:", c.file, w.line+c.lines)), "%s\nnot %s in line %d", found[i], w.message, w.line+c.lines)
					require.Contains(t, found[i], w.message)
				}
			})
		}

		// A file that a template names has the lines of the file.
		dir := writeFiles(t, map[string]string{"a/m.asl.yaml": inYAML, "a/template.yaml": samHead + "      DefinitionUri: m.asl.yaml\n"})
		code, out, err := invoke(t, dir, "", "validate", "-severity", "ERROR", "./...")
		require.Empty(t, err)
		require.Equal(t, 1, code)
		require.Equal(t, len(wantYAML), strings.Count(out, filepath.Join("a", "m.asl.yaml")+":"), out)
	}
}
