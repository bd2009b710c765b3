package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// coverageOf is what a package has left in a folder.
func coverageOf(name string, counts string) string {
	return `{"package": "` + name + `", "machines": [{"name": "Order", "digest": "d", "runs": 1, "written": true, "counts": {` + counts + `},
		"definition": "{\"StartAt\": \"A\", \"States\": {\"A\": {\"Type\": \"Pass\", \"Next\": \"B\"}, \"B\": {\"Type\": \"Succeed\"}}}"}]}`
}

func TestCoverMerge(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	for file, text := range map[string]string{
		"one.d/a.json":   coverageOf("pkg/a", `"states A": 1, "transitions start → A": 1`),
		"one.d/b.json":   coverageOf("pkg/b", `"states A": 2, "transitions A → B": 1`),
		"two.d/c.json":   coverageOf("pkg/c", `"states B": 2`),
		"empty.d/d.json": `{"package": "pkg/d", "machines": null}`,
		"other/x.json":   `{"StartAt": "A"}`,
	} {
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	}
	code, out, errs := invokeHere("", "cover", "merge", "-o", "page.html", "-threshold", "50,Order=80", "one.d", "two.d")
	require.Zero(t, code, errs)
	require.Equal(t, "asl coverage: Order 80.0% (states 2/2, transitions 2/3) in 3 runs\n\tnot covered: 1:70: transition B → end\n", out)
	page, err := os.ReadFile("page.html")
	require.NoError(t, err)
	require.Contains(t, string(page), "pkg/a, pkg/b, pkg/c")

	code, out, errs = invokeHere("", "cover", "merge", "-badge", "one.d", "two.d")
	require.Zero(t, code, errs)
	require.Equal(t, "![state machines: 80%](https://img.shields.io/badge/state%20machines-80%25-yellow)\n", out)
	require.Empty(t, errs)

	code, out, _ = invokeHere("", "cover", "merge", "-threshold", "Order=81", "one.d", "two.d")
	require.Equal(t, exitFailed, code)
	require.True(t, strings.HasSuffix(out, "FAIL: the coverage of Order is below 81%\n"), out)

	require.NoError(t, os.WriteFile("one", nil, 0o600)) // as the page beside one.d
	for want, args := range map[string][]string{
		"other/x.json: it is not a file of -asl.cover; remove it":                      {"merge", "other"},
		"asl cover merge: no package ran a machine\n":                                  {"merge", "-threshold", "80", "empty.d"},
		": did you mean one.d?\n":                                                      {"merge", "one"},
		"asl cover merge: the word merge is missing before the options\n":              {"one.d"},
		"asl cover merge: no FOLDER is given\n":                                        {"merge"},
		"asl cover merge: open nowhere":                                                {"merge", "nowhere"},
		"asl cover merge: \"x\" is not of the form 90 or NAME=90":                      {"merge", "-threshold", "x", "one.d"},
		"asl cover merge: no package ran a machine \"Ordr\" (did you mean \"Order\"?)": {"merge", "-threshold", "Ordr=9", "one.d"},
		"asl cover merge: the option -badge comes after FILE":                          {"merge", "one.d", "-badge"},
	} {
		code, out, errs := invokeHere("", append([]string{"cover"}, args...)...)
		require.Equal(t, exitUsage, code)
		require.Empty(t, out)
		require.Contains(t, errs, want)
	}
	require.Equal(t, []string{"merge"}, nextWords([]string{"cover", "m"}))
}
