package command

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// writeFiles writes files into a new folder, which becomes the working directory.
func writeFiles(t *testing.T, texts map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range texts {
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o700))
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
	}
}

// tree has definitions by name and by content, and files that are none.
var tree = map[string]string{
	"a.asl.json":             good,
	"b/named.asl":            good,
	"b/c/plain.json":         good,
	"b/c/broken.asl.json":    "{",
	"b/c/package.json":       `{"name": "x"}`,
	"b/c/list.json":          "[1]",
	"b/c/broken.json":        `{"StartAt": "A", "States": `,
	"b/readme.md":            good,
	".git/x.asl.json":        good,
	"node_modules/m/x.json":  good,
	"empty/none.txt":         "",
	"globs[1]/one.asl.json":  good,
	"globs[1]/two.asl.json":  good,
	"globs[1]/x/y.asl.json":  good,
	"a[b].json":              good,
	"b/c/.hidden/h.asl.json": good,
}

func TestFindDefinitions(t *testing.T) {
	writeFiles(t, tree)
	require.NoError(t, os.Symlink("a.asl.json", "b/link.asl.json"))
	inB := []string{"b/c/broken.asl.json", "b/c/plain.json", "b/named.asl"}
	inGlobs := []string{"globs[1]/one.asl.json", "globs[1]/two.asl.json", "globs[1]/x/y.asl.json"}
	all := append(append([]string{"a.asl.json", "a[b].json"}, inB...), inGlobs...)
	for name, c := range map[string]struct {
		arguments, want []string
		err             string
	}{
		"a folder":                  {[]string{"b"}, inB, ""},
		"below a folder":            {[]string{"b/..."}, inB, ""},
		"everything":                {[]string{"./..."}, all, ""},
		"everything, short":         {[]string{"..."}, all, ""},
		"each once":                 {[]string{"b/named.asl", "./b", "b/..."}, []string{"b/named.asl", "b/c/broken.asl.json", "b/c/plain.json"}, ""},
		"a file of any name":        {[]string{"b/readme.md", "nowhere"}, []string{"b/readme.md", "nowhere"}, ""},
		"a glob":                    {[]string{"b/c/*.asl.json"}, inB[:1], ""},
		"a glob with a folder":      {[]string{"b/[c]"}, inB[:2], ""},
		"a file with a glob's name": {[]string{"a[b].json"}, []string{"a[b].json"}, ""},
		"a folder with such a name": {[]string{"globs[1]"}, inGlobs, ""},
		"standard input":            {[]string{"-", "b", "-"}, append(append([]string{"-"}, inB...), "-"), ""},
		"a folder without any":      {[]string{"empty", "b/named.asl"}, []string{"b/named.asl"}, "empty: no definitions are there"},
		"a glob without any":        {[]string{"*.yaml"}, nil, "*.yaml: no file has such a name"},
		"a bad glob":                {[]string{"[x"}, nil, "[x: syntax error in pattern"},
		"two stars":                 {[]string{"b/**/*.json"}, nil, "** is not known"},
		"no folder":                 {[]string{"nowhere/..."}, nil, "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			names, err := findDefinitions(c.arguments, isSource)
			require.Equal(t, c.want, names)
			if c.err == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, c.err)
			}
		})
	}
}

// To read a pipe or a device could take forever.
func TestGlobsSkipDevices(t *testing.T) {
	writeFiles(t, map[string]string{
		"a.yaml": good, "b.asl.json": good, "folder.yaml/c.asl.json": good,
		"template.json": `{"Resources": {"M": {"Type": "AWS::Serverless::StateMachine", "Properties": {"DefinitionUri": "null.yaml"}}}}`,
	})
	require.NoError(t, os.Symlink(os.DevNull, "null.yaml"))
	require.NoError(t, os.Symlink("a.yaml", "link.yaml"))
	require.NoError(t, os.Symlink("nowhere", "broken.yaml"))
	names, err := findDefinitions([]string{"*.yaml"}, isSource)
	require.NoError(t, err)
	require.Equal(t, []string{"a.yaml", "broken.yaml", "folder.yaml/c.asl.json", "link.yaml"}, names)
	names, err = findDefinitions([]string{"n*.yaml"}, isSource)
	require.EqualError(t, err, "n*.yaml: no file has such a name")
	require.Empty(t, names)
	names, err = findDefinitions([]string{"null.yaml"}, isSource) // the user says so
	require.NoError(t, err)
	require.Equal(t, []string{"null.yaml"}, names)
	code, _, errs := invokeHere("", "validate", "template.json")
	require.Equal(t, exitUsage, code)
	require.Equal(t, "asl validate: template.json#M: null.yaml is not a regular file\n", errs)
}

func TestValidateFolders(t *testing.T) {
	writeFiles(t, tree)
	code, out, err := invokeHere(good, "validate", "./...", "-")
	require.Equal(t, exitFailed, code)
	require.Contains(t, out, "b/c/broken.asl.json:1:2: error: INVALID_JSON_DESCRIPTION")
	require.Contains(t, out, "\n9 files: 1 error in 1 file, no warnings\n")
	require.Empty(t, err)

	code, out, err = invokeHere("", "validate", "empty", "a.asl.json")
	require.Equal(t, exitUsage, code)
	require.Equal(t, "1 file: no errors, no warnings\n", out)
	require.Equal(t, "asl validate: empty: no definitions are there\n", err)
}

const warned = `{"StartAt": "P", "States": {"P": {"Type": "Pass", "Parameters": {"ä": "$.a"}, "End": true}}}`

func TestValidateStrict(t *testing.T) {
	writeFiles(t, map[string]string{"w.json": warned})
	code, _, _ := invokeHere("", "validate", "w.json")
	require.Zero(t, code)
	code, out, _ := invokeHere("", "validate", "-strict", "w.json")
	require.Equal(t, exitFailed, code)
	require.Contains(t, out, "1 file: no errors, 1 warning\n")
	code, _, err := invokeHere("", "validate", "-strict", "-severity", "ERROR", "w.json")
	require.Equal(t, exitUsage, code)
	require.Contains(t, err, "-strict fails for warnings, which -severity ERROR leaves out")
}

func TestValidateFormats(t *testing.T) {
	writeFiles(t, map[string]string{"dir, 1%/w.json": warned, "bad.json": bad, "good.json": good})
	run := func(format string) string {
		code, out, err := invokeHere("", "validate", "-format", format, "bad.json", "dir, 1%/w.json", "good.json")
		require.Equal(t, exitFailed, code)
		require.Empty(t, err)
		return out
	}
	const hint = "/States/P/Parameters: The value of 'ä' looks like a JSONPath. Instead of 'ä', use 'ä.$' to evaluate it as a JSONPath at runtime."
	require.Equal(t, `::error file=bad.json,line=3,col=13,title=MISSING_END_STATE::Workflow has no terminal state
::error file=bad.json,line=3,col=44,title=MISSING_TRANSITION_TARGET::/States/A/Next: Missing 'Next' target: B
::warning file=dir%2C 1%25/w.json,line=1,col=71,title=NO_DOLLAR::`+hint+`
3 files: 2 errors in 1 file, 1 warning
`, run("github"))

	var log struct {
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct {
					Rules []struct {
						ID               string
						ShortDescription struct{ Text string }
					}
				}
			}
			ColumnKind string
			Results    []struct {
				RuleID, Level string
				Message       struct{ Text string }
				Locations     []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine, StartColumn int }
					}
					LogicalLocations []struct{ FullyQualifiedName string }
				}
			}
			Invocations []struct {
				ToolExecutionNotifications []struct{ Message struct{ Text string } }
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(run("sarif")), &log))
	require.Equal(t, "2.1.0", log.Version)
	require.Len(t, log.Runs, 1)
	require.Equal(t, "utf16CodeUnits", log.Runs[0].ColumnKind)
	require.Len(t, log.Runs[0].Tool.Driver.Rules, 3)
	require.Equal(t, "No state ends the machine: none has \"End\": true, and none is a Succeed or Fail.", log.Runs[0].Tool.Driver.Rules[0].ShortDescription.Text)
	require.Len(t, log.Runs[0].Results, 3)
	last := log.Runs[0].Results[2]
	require.Equal(t, "NO_DOLLAR", last.RuleID)
	require.Equal(t, "warning", last.Level)
	require.Equal(t, hint, last.Message.Text)
	place := last.Locations[0].PhysicalLocation
	require.Equal(t, "dir,%201%25/w.json", place.ArtifactLocation.URI)
	require.Equal(t, [2]int{1, 71}, [2]int{place.Region.StartLine, place.Region.StartColumn}) // characters, not bytes
	require.Equal(t, "/States/P/Parameters", last.Locations[0].LogicalLocations[0].FullyQualifiedName)
	require.Empty(t, log.Runs[0].Invocations)

	_, clean, _ := invokeHere("", "validate", "-format", "sarif", "good.json")
	require.Contains(t, clean, `"results": []`)
	require.Contains(t, clean, `"rules": []`)
	code, same, _ := invokeHere("", "validate", "-json", "bad.json")
	require.Equal(t, exitFailed, code)
	_, again, _ := invokeHere("", "validate", "-format", "json", "bad.json")
	require.Equal(t, same, again)
	code, _, err := invokeHere("", "validate", "-format", "xml", "bad.json")
	require.Equal(t, exitUsage, code)
	require.Contains(t, err, "must be text, json, sarif or github\n")
}

// Editors on Windows write a byte order mark, which is not a part of the text.
func TestByteOrderMark(t *testing.T) {
	writeFiles(t, map[string]string{
		"good.json": byteOrderMark + good, "bad.json": byteOrderMark + bad, "mocks.json": byteOrderMark + mocks,
		"input.json": byteOrderMark + `{"from": "file"}`, "short.json": byteOrderMark, "one.json": "1",
	})
	_, out, _ := invokeHere("", "validate", "bad.json")
	require.Contains(t, out, "bad.json:3:44: ")
	code, out, err := invokeHere("", "run", "-mock", "mocks.json", "-case", "M/Happy", "-clock", "virtual", "-input", "@input.json", "-history", "h", "good.json")
	require.Zero(t, code, err)
	require.Equal(t, `{"from":"file","answer":{"n":1.0}}`+"\n", out)
	code, out, err = invokeHere(byteOrderMark+good, "graph", "-")
	require.Zero(t, code, err)
	require.Contains(t, out, "Rest")
	history, readErr := os.ReadFile("h")
	require.NoError(t, readErr)
	code, _, err = invokeHere(byteOrderMark+string(history), "graph", "-history", "-", "good.json")
	require.Zero(t, code, err)
	for _, name := range []string{"short.json", "one.json"} {
		code, _, _ = invokeHere("", "validate", name)
		require.Equal(t, exitFailed, code)
	}
}
