package command

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/snippets"
)

const (
	formattedGood = `{
  "StartAt": "A",
  "States": {
    "A": {
      "Type": "Pass",
      "End": true
    }
  }
}
`
	formattedBad = `{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}`
)

// ciBlocks returns the blocks of the page about CI in a language.
func ciBlocks(t *testing.T, language string) (texts []string) {
	blocks, err := snippets.Blocks(filepath.Join("..", ".."), "docs/ci.md")
	require.NoError(t, err)
	for _, b := range blocks {
		if b.Lang == language {
			texts = append(texts, b.Text)
		}
	}
	require.NotEmpty(t, texts)
	return texts
}

// The hook of the page refuses a commit by what is staged, whatever the working tree has.
func TestDocumentedHook(t *testing.T) {
	for _, program := range []string{"git", "sh", "xargs"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("there is no %s here", program)
		}
	}
	program, err := os.Executable()
	require.NoError(t, err)
	hook := ciBlocks(t, "sh")[0]
	require.True(t, strings.HasPrefix(hook, "#!/bin/sh\n"), hook)
	bin := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(bin, "asl"), []byte("#!/bin/sh\n"+runAsCommand+"=1 exec '"+program+"' \"$@\"\n"), 0o700)) //nolint:gosec // it is run
	writeFiles(t, map[string]string{"readme": "x"})
	git := func(args ...string) (string, error) {
		command := exec.Command("git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "core.hooksPath=.git/hooks", "-c", "commit.gpgsign=false"}, args...)...)
		command.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1")
		out, err := command.CombinedOutput()
		return string(out), err
	}
	must := func(args ...string) {
		out, err := git(args...)
		require.NoError(t, err, out)
	}
	write := func(name, text string) { require.NoError(t, os.WriteFile(name, []byte(text), 0o600)) }
	must("init", "-q")
	require.NoError(t, os.MkdirAll(".git/hooks", 0o700))
	require.NoError(t, os.WriteFile(".git/hooks/pre-commit", []byte(hook), 0o700)) //nolint:gosec // it is run
	must("add", "readme")
	must("commit", "-m", "no definition")
	require.NoError(t, os.Mkdir("a b", 0o700))
	const odd = "a b/-x.asl.json"
	write(odd, formattedBad)
	must("add", "--", odd)
	out, err := git("commit", "-m", "a bad one")
	require.Error(t, err)
	require.Contains(t, out, odd+":1:59: error: /States/A/Next: MISSING_TRANSITION_TARGET")
	write(odd, formattedGood)
	out, err = git("commit", "-m", "a bad one is staged")
	require.Error(t, err)
	require.Contains(t, out, "MISSING_TRANSITION_TARGET")
	must("add", "--", odd)
	write(odd, formattedBad)
	must("commit", "-m", "a good one is staged")
	out, err = git("commit", "-a", "-m", "the bad one")
	require.Error(t, err, out)
	must("rm", "-q", "-f", odd)
	must("commit", "-m", "it is gone")
}

// The steps of the workflow that run asl succeed where all is well, and fail where it is not.
func TestDocumentedWorkflow(t *testing.T) {
	var steps []string
	for _, block := range ciBlocks(t, "yaml") {
		for line := range strings.Lines(block) {
			if step, ok := strings.CutPrefix(strings.TrimSpace(line), "- run: asl "); ok {
				step, _, _ = strings.Cut(step, " >")
				steps = append(steps, step)
			}
		}
	}
	require.Equal(t, []string{"validate -strict -format github ./...", "fmt -d ./...", "validate -strict -format sarif ./..."}, steps)
	for text, want := range map[string]int{formattedGood: exitOK, formattedBad: exitFailed} {
		writeFiles(t, map[string]string{"x/a.asl.json": text})
		for _, step := range steps {
			code, _, err := invokeHere("", strings.Fields(step)...)
			require.Equal(t, want, code, "%s: %s", step, err)
		}
	}
}
