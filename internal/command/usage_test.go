package command

import (
	"bytes"
	"cmp"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/snippets"
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
		"serve: after the file":         {[]string{"serve", "Order=good.json", "-mock", "mocks.json"}, "asl serve: the option -mock comes after FILE"},
		"fmt: after the file":           {[]string{"fmt", "good.json", "-w"}, "asl fmt: the option -w comes after FILE"},
		"diff: between files":           {[]string{"diff", "good.json", "-moves", "good.json"}, "asl diff: the option -moves comes after FILE"},
		"mock: after the file":          {[]string{"mock", "good.json", "-o", "m"}, "asl mock: the option -o comes after FILE"},
		"misspelt option":               {[]string{"run", "-imput", "{}", "good.json"}, "asl run: flag provided but not defined: -imput: did you mean -input?\n"},
		"unknown option":                {[]string{"run", "-nope", "good.json"}, "asl run: flag provided but not defined: -nope\n"},
		"unknown letter":                {[]string{"run", "-x", "good.json"}, "asl run: flag provided but not defined: -x\n"},
		"option in the wrong case":      {[]string{"run", "-d", "A=1", "good.json"}, "asl run: flag provided but not defined: -d: did you mean -D?\n"},
		"option with a bad value":       {[]string{"validate", "-type", "x", "good.json"}, `asl validate: invalid value "x" for flag -type: must be STANDARD or EXPRESS` + "\n"},
		"option that may be empty":      {[]string{"validate", "-resources", "x", "good.json"}, `asl validate: invalid value "x" for flag -resources: must be AWS or empty` + "\n"},
		"option that is not boolean":    {[]string{"run", "-trace=x", "good.json"}, `asl run: invalid value "x" for -trace: must be auto, on, off or all` + "\n"},
		"boolean option":                {[]string{"run", "-quiet=x", "good.json"}, `asl run: invalid boolean value "x" for -quiet: parse error` + "\n"},
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

// Behind -- a file may have any name.
func TestFilesBehindDashes(t *testing.T) {
	writeFiles(t, map[string]string{"-good.json": good})
	code, out, err := invokeHere("", "validate", "--", "-good.json")
	require.Zero(t, code, err)
	require.Equal(t, "1 file: no errors, no warnings\n", out)
}

func TestMisspeltCommand(t *testing.T) {
	code, _, err := invokeHere("", "valdiate", "x")
	require.Equal(t, exitUsage, code)
	require.True(t, strings.HasPrefix(err, "asl: unknown command \"valdiate\": did you mean asl validate?\nusage: "), err)
	_, _, err = invokeHere("", "dance")
	require.True(t, strings.HasPrefix(err, "asl: unknown command \"dance\"\nusage: "), err)
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
		require.Contains(t, help, cmp.Or(ownExitCodes[c.name], exitCodes), c.name)
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

// A machine in place of a state leads to the option that names one, and a state that it
// does not have to those that it has.
func TestTestStateNamesTheStates(t *testing.T) {
	const nested = `{"StartAt": "Pack", "States": {
		"Pack": {"Type": "Parallel", "Branches": [{"StartAt": "Überweisung", "States": {"Überweisung": {"Type": "Pass", "End": true}}}], "Next": "Each"},
		"Each": {"Type": "Map", "ItemProcessor": {"StartAt": "One", "States": {"One": {"Type": "Pass", "End": true}}}, "End": true}}}`
	const list = `  Pack           Parallel
    Überweisung  Pass
  Each           Map
    One          Pass
`
	writeFiles(t, map[string]string{
		"m.json": nested, "state.json": `{"Type": "Pass", "End": true}`, "bad.json": bad, "empty.json": `{"StartAt": "A", "States": {}}`,
		"request.json": `{"definition": ` + nested + `, "stateName": "Packk", "input": "{}"}`,
	})
	for name, c := range map[string]struct {
		args []string
		code int
		err  string
	}{
		"none":                  {[]string{"m.json"}, exitUsage, "asl teststate: FILE is a machine: name one of its states with -state\n" + list},
		"misspelt":              {[]string{"-state", "each", "m.json"}, exitFailed, "ValidationException: State not found in definition\nasl teststate: did you mean \"Each\"?\n"},
		"misspelt, nested":      {[]string{"-state", "Uberweisung", "m.json"}, exitFailed, "ValidationException: State not found in definition\nasl teststate: did you mean \"Überweisung\"?\n"},
		"another":               {[]string{"-state", "Nowhere", "m.json"}, exitFailed, "ValidationException: State not found in definition\nasl teststate: the machine has these states:\n" + list},
		"in a request":          {[]string{"-request", "request.json"}, exitFailed, "ValidationException: State not found in definition\nasl teststate: did you mean \"Pack\"?\n"},
		"a state alone":         {[]string{"state.json"}, exitOK, ""},
		"one of them":           {[]string{"-state", "One", "m.json"}, exitOK, ""},
		"a broken definition":   {[]string{"bad.json"}, exitUsage, "asl teststate: FILE is a machine: name one of its states with -state\n  A  Pass\n"},
		"a machine without any": {[]string{"empty.json"}, exitFailed, "InvalidDefinition: "},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, err := invokeHere("", append([]string{"teststate"}, c.args...)...)
			require.Equal(t, c.code, code, err)
			if c.code == exitOK {
				require.NotEmpty(t, out)
			}
			if name == "a machine without any" {
				require.Contains(t, err, c.err)
				return
			}
			require.Equal(t, c.err, err)
		})
	}
}

// The history of a process that was killed can be drawn up to its last whole event.
func TestGraphOfATornHistory(t *testing.T) {
	const events = `{"id":1,"previousEventId":0,"timestamp":1.000,"type":"ExecutionStarted"}` + "\n" + `{"id":2,"type":"PassStateEnt`
	code, whole, _ := invoke(t, strings.SplitAfter(events, "\n")[0], "graph", "-history", "-", "pass.json")
	require.Zero(t, code)
	code, out, err := invoke(t, events, "graph", "-history", "-", "pass.json")
	require.Zero(t, code)
	require.Equal(t, whole, out)
	require.Equal(t, "asl graph: warning: -history: - ends within an event, which is left out\n", err)
}

// The commands that the documentation shows run in a checkout.
func TestDocumentedCommandsRun(t *testing.T) {
	source, err := os.ReadFile(filepath.Join("..", "..", "cmd", "asl", "doc.go"))
	require.NoError(t, err)
	shown := regexp.MustCompile(`(?m)^//\t(asl (?:validate|diff|explain|mock|fmt|run|graph|teststate|serve) .*)$`)
	all := shown.FindAllStringSubmatch(strings.ReplaceAll(string(source), "\\\n//\t\t", ""), -1)
	require.GreaterOrEqual(t, len(all), 10)
	dir := t.TempDir()
	copyExamples(t, dir)
	t.Chdir(dir)
	for _, line := range all {
		code, output := runDocumented(t, line[1])
		require.Zero(t, code, "%s\n%s", line[1], output)
		require.NotEmpty(t, output)
	}
}

// The commands of the pages run in a folder with the examples and the files that the
// page shows, and print what the page says.
func TestCommandsOfThePagesRun(t *testing.T) {
	root := filepath.Join("..", "..")
	pages, err := snippets.Pages(root)
	require.NoError(t, err)
	blocks, err := snippets.Blocks(root, pages...)
	require.NoError(t, err)
	ran := 0
	for _, page := range pages {
		t.Run(page, func(t *testing.T) {
			commands, err := snippets.Commands(blocks, page)
			require.NoError(t, err)
			if len(commands) == 0 {
				return
			}
			dir := t.TempDir()
			copyExamples(t, dir)
			require.NoError(t, snippets.WriteFiles(dir, blocks, page))
			t.Chdir(dir)
			for _, c := range commands {
				ran++
				code, output := runDocumented(t, c.Text)
				if c.Shown {
					require.True(t, c.Prints(output), "%s:%d prints\n%s", page, c.Line, output)
				} else {
					require.Zero(t, code, "%s:%d\n%s", page, c.Line, output)
				}
			}
		})
	}
	require.Positive(t, ran)
}

func copyExamples(t *testing.T, dir string) {
	t.Helper()
	require.NoError(t, os.CopyFS(filepath.Join(dir, "examples"), os.DirFS(filepath.Join("..", "..", "examples"))))
}

// runDocumented runs a line that begins with asl, with go run ./cmd/asl, or with echo and
// a pipe. It returns all that it prints. A server ends at once.
func runDocumented(t *testing.T, line string) (code int, output string) {
	t.Helper()
	input := ""
	if echoed, rest, ok := strings.Cut(line, " | "); ok {
		input, line = strings.Trim(strings.TrimPrefix(echoed, "echo "), "'")+"\n", rest
	}
	if rest, ok := strings.CutPrefix(line, "go run ./cmd/"); ok {
		line = rest
	}
	args := regexp.MustCompile(`'[^']*'|[^' ]+`).FindAllString(line, -1)
	require.Equal(t, "asl", args[0], "%s: not a command of ours", line)
	args = args[1:]
	for i := range args {
		args[i] = strings.Trim(args[i], "'")
	}
	var both bytes.Buffer
	s := streams{in: strings.NewReader(input), out: &both, err: &both}
	if args[0] == "serve" {
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		code = serveUntil(ended, append([]string{"-addr", "127.0.0.1:0"}, args[1:]...), s)
	} else {
		code = runCommand(args, s)
	}
	return code, both.String()
}

// A file that is given in the wrong way is named.
func TestUsageErrorsNameTheFile(t *testing.T) {
	for want, args := range map[string][]string{
		"-input: line 1, column 1: unexpected 'i' where a value should be: did you mean @input.json?\n": {"-input", "input.json"},
		"-input: line 1, column 1: unexpected 'n' where a value should be\n":                            {"-input", "nowhere.json"},
		"-mock: mocks.yaml: line 1, column 1: unexpected '#' where a value should be\n":                 {"-mock", "mocks.yaml", "-case", "M/Happy"},
	} {
		code, _, err := invoke(t, "", append(append([]string{"run"}, args...), "good.json")...)
		require.Equal(t, exitUsage, code)
		require.Contains(t, err, want)
	}
}
