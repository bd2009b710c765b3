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
