package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Wrong use is answered with what is wrong, not only with how it is right.
func TestUsageErrorsSayWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"option after the file":         {[]string{"run", "good.json", "-clock", "virtual"}, "asl run: the option -clock comes after FILE: options come first (./-clock is a file of that name)\n'asl run -h' lists the options\n"},
		"no file":                       {[]string{"run"}, "asl run: no FILE is given\n"},
		"two files":                     {[]string{"run", "good.json", "bad.json"}, `asl run: 2 files are given, not one: ["good.json" "bad.json"]` + "\n"},
		"graph: option after the file":  {[]string{"graph", "good.json", "-format=svg"}, "asl graph: the option -format=svg comes after FILE"},
		"graph: no file":                {[]string{"graph"}, "asl graph: no FILE is given\n"},
		"validate: option after a file": {[]string{"validate", "good.json", "-json"}, "asl validate: the option -json comes after FILE"},
		"validate: no file":             {[]string{"validate"}, "asl validate: no FILE is given\n"},
		"teststate: after the file":     {[]string{"teststate", "good.json", "-state", "Ask"}, "asl teststate: the option -state comes after FILE"},
		"teststate: no file":            {[]string{"teststate"}, "asl teststate: no FILE is given\n"},
		"unknown option":                {[]string{"run", "-nope", "good.json"}, "asl run: flag provided but not defined: -nope\n"},
		"option with a bad value":       {[]string{"validate", "-type", "x", "good.json"}, `asl validate: invalid value "x" for flag -type: must be one of ["STANDARD" "EXPRESS"]` + "\n"},
		"teststate: request and a file": {[]string{"teststate", "-request", "input.json", "good.json"}, `asl teststate: -request has the definition: no FILE goes with it, such as "good.json"` + "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, err := invoke(t, "", c.args...)
			require.Equal(t, exitUsage, code)
			require.Empty(t, out)
			require.True(t, strings.HasPrefix(err, c.want), err)
			require.True(t, strings.HasSuffix(err, "\n'asl "+c.args[0]+" -h' lists the options\n"), err)
			require.Equal(t, 2, strings.Count(err, "\n"), err)
		})
	}
}

// Standard input is a file too.
func TestFileMayBeStandardInput(t *testing.T) {
	code, out, err := invoke(t, good, "validate", "good.json", "-")
	require.Zero(t, code, err)
	require.Contains(t, out, "2 files: no errors")
}

// A query that selects nothing is an error: a script must not go on with nothing.
func TestQueryThatSelectsNothing(t *testing.T) {
	code, out, err := invoke(t, "", "run", "-input", `{"a": null}`, "-query", "$.zz", "pass.json")
	require.Equal(t, exitFailed, code)
	require.Empty(t, out)
	require.Equal(t, "asl run: -query: $.zz selects nothing from the output\n", err)
	code, out, _ = invoke(t, "", "run", "-input", `{"a": null}`, "-query", "$.a", "pass.json")
	require.Zero(t, code)
	require.Equal(t, "null\n", out)
}

// The exit codes are where people look for them.
func TestHelpNamesTheExitCodes(t *testing.T) {
	_, help, _ := invoke(t, "", "-h")
	require.Contains(t, help, exitCodes)
	for _, same := range [][]string{{"help"}, {"help", "help"}} {
		_, again, _ := invoke(t, "", same...)
		require.Equal(t, help, again)
	}
	code, _, err := invoke(t, "", "help", "nope")
	require.Equal(t, exitUsage, code)
	require.Contains(t, err, `asl: unknown command "nope"`)
	for _, c := range commands {
		code, help, err := invoke(t, "", c.name, "-h")
		require.Zero(t, code)
		require.Empty(t, err)
		require.Contains(t, help, exitCodes, c.name)
		code, same, err := invoke(t, "", "help", c.name)
		require.Zero(t, code)
		require.Empty(t, err)
		require.Equal(t, help, same)
	}
}

// A file that cannot be read is not counted among those without errors.
func TestSummaryCountsFilesThatWereRead(t *testing.T) {
	code, out, err := invoke(t, "", "validate", "nowhere.json")
	require.Equal(t, exitUsage, code)
	require.Empty(t, out)
	require.Contains(t, err, "nowhere.json")
}

// A machine in place of a state leads to the option that names one.
func TestMachineWithoutStateMentionsTheOption(t *testing.T) {
	const hint = "name one of its states with -state"
	code, _, err := invoke(t, "", "teststate", "pass.json")
	require.Equal(t, exitFailed, code)
	require.Contains(t, err, hint)
	_, _, err = invoke(t, "", "teststate", "-state", "Nowhere", "pass.json")
	require.NotContains(t, err, hint)
}

// The history of a process that was killed can be drawn up to its last whole event.
func TestGraphOfATornHistory(t *testing.T) {
	const events = `{"id":1,"previousEventId":0,"timestamp":1.000,"type":"ExecutionStarted"}` + "\n" + `{"id":2,"type":"PassStateEnt`
	code, whole, _ := invoke(t, strings.SplitAfter(events, "\n")[0], "graph", "-history", "-", "pass.json")
	require.Zero(t, code)
	code, out, err := invoke(t, events, "graph", "-history", "-", "pass.json")
	require.Zero(t, code)
	require.Equal(t, whole, out)
	require.Equal(t, "asl graph: -history: - ends within an event, which is left out\n", err)
}

// The commands that the documentation shows run in a checkout.
func TestDocumentedCommandsRun(t *testing.T) {
	source, err := os.ReadFile("main.go")
	require.NoError(t, err)
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	require.NoError(t, err)
	shown := regexp.MustCompile(`(?m)^(?://\t|    |\$ )?asl ((?:validate|run|graph|teststate) .*)$`)
	argument := regexp.MustCompile(`'[^']*'|[^' ]+`)
	all := shown.FindAllStringSubmatch(string(source)+"\n"+string(readme), -1)
	require.GreaterOrEqual(t, len(all), 4)
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(filepath.Join(dir, "examples"), os.DirFS(filepath.Join("..", "..", "examples"))))
	t.Chdir(dir)
	for _, line := range all {
		args := argument.FindAllString(line[1], -1)
		for i := range args {
			args[i] = strings.Trim(args[i], "'")
		}
		var stdout, stderr bytes.Buffer
		code := runCommand(args, streams{in: strings.NewReader(""), out: &stdout, err: &stderr})
		require.Zero(t, code, "asl %s\n%s", line[1], stderr.String())
		require.NotEmpty(t, stdout.String())
	}
}
