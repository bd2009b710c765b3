package command

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
)

// An output never overwrites a file that the command reads, under whatever name.
func TestNoOutputOverwritesAnInput(t *testing.T) {
	_, _, _ = invoke(t, "") // goes to a folder of its own, and writes the files
	require.NoError(t, os.WriteFile("own.json", []byte(`{}`), 0o600))
	require.NoError(t, os.Symlink("pass.json", "symlink.json"))
	require.NoError(t, os.Link("pass.json", "hardlink.json"))
	require.NoError(t, os.Mkdir("inside", 0o700))
	absolute, err := filepath.Abs("pass.json")
	require.NoError(t, err)
	mocked := []string{"-mock", "mocks.json", "-case", "M/Happy", "-clock", "virtual", "good.json"}
	for name, c := range map[string]struct {
		output string
		args   []string
	}{
		"the definition":            {"pass.json", []string{"pass.json"}},
		"the same by another path":  {"inside/../pass.json", []string{"pass.json"}},
		"the same by its full path": {absolute, []string{"pass.json"}},
		"a symbolic link to it":     {"symlink.json", []string{"pass.json"}},
		"what a symbolic link is":   {"pass.json", []string{"symlink.json"}},
		"a hard link":               {"hardlink.json", []string{"pass.json"}},
		"the input":                 {"input.json", []string{"-input", "@input.json", "pass.json"}},
		"the mocks":                 {"mocks.json", mocked},
		"the context":               {"context.json", []string{"-context", "context.json", "names.json"}},
	} {
		t.Run(name, func(t *testing.T) {
			before, err := os.ReadFile(c.output)
			require.NoError(t, err)
			var out, errs bytes.Buffer
			code := runCommand(append([]string{"run", "-history", c.output}, c.args...), streams{out: &out, err: &errs})
			require.Equal(t, exitUsage, code)
			require.Contains(t, errs.String(), "-history: "+c.output+" is a file that this command reads, and would be overwritten")
			after, err := os.ReadFile(c.output)
			require.NoError(t, err)
			require.Equal(t, string(before), string(after))
		})
	}
	stdin, err := os.Open("input.json")
	require.NoError(t, err)
	defer stdin.Close()
	var out bytes.Buffer
	require.Equal(t, exitUsage, runCommand([]string{"run", "-input", "-", "-history", "input.json", "pass.json"}, streams{in: stdin, out: &out, err: &out}))
	require.Contains(t, out.String(), "overwritten")
	for _, other := range []string{"new.ndjson", "own.json", os.DevNull} {
		out.Reset()
		require.Zero(t, runCommand([]string{"run", "-history", other, "pass.json"}, streams{out: &out, err: &out}), out.String())
	}
}

// endless is a file without an end, as /dev/zero is.
type endless struct {
	fill byte
	read int
}

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = e.fill
	}
	e.read += len(p)
	return len(p), nil
}

// A file without an end is read up to the limit, which the error names.
func TestReadingIsBounded(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		most int
		code int
		want string
	}{
		"validate":         {[]string{"validate", "-"}, 2 << 20, exitFailed, "the JSON has more than 1048576 bytes, the limit"},
		"run":              {[]string{"run", "-"}, 2 << 20, exitFailed, "the JSON has more than 1048576 bytes, the limit"},
		"graph":            {[]string{"graph", "-"}, 2 << 20, exitFailed, "the JSON has more than 1048576 bytes, the limit"},
		"teststate":        {[]string{"teststate", "-"}, 2 << 20, exitFailed, "Definition"},
		"an input":         {[]string{"run", "-input", "-", "pass.json"}, 17 << 20, exitUsage, "-input: standard input has more than 16 MiB, the limit"},
		"a context":        {[]string{"run", "-context", "-", "pass.json"}, 17 << 20, exitUsage, "-context: standard input has more than 16 MiB, the limit"},
		"mocks":            {[]string{"run", "-mock", "-", "-case", "M/Happy", "pass.json"}, 17 << 20, exitUsage, "-mock: standard input has more than 16 MiB, the limit"},
		"a state's input":  {[]string{"teststate", "-input", "-", "pass.json"}, 17 << 20, exitUsage, "-input: standard input has more than 16 MiB, the limit"},
		"a state's result": {[]string{"teststate", "-result", "-", "pass.json"}, 17 << 20, exitUsage, "-result: standard input has more than 16 MiB, the limit"},
		"a request":        {[]string{"teststate", "-request", "-"}, 17 << 20, exitUsage, "-request: standard input has more than 16 MiB, the limit"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, _ = invoke(t, "")
			var out bytes.Buffer
			in := &endless{}
			require.Equal(t, c.code, runCommand(c.args, streams{in: in, out: &out, err: &out}), out.String())
			require.Contains(t, out.String(), c.want)
			require.Less(t, in.read, c.most)
		})
	}
}

func TestLimitedReadersFailPastTheLimit(t *testing.T) {
	text, err := io.ReadAll(limitReader(strings.NewReader("12345678"), "f.json", 8))
	require.NoError(t, err)
	require.Equal(t, "12345678", string(text))
	_, err = io.ReadAll(limitReader(&endless{fill: '{'}, "f.json", 1<<20))
	require.EqualError(t, err, "f.json has more than 1 MiB, the limit")
	_, _, err = readEvents(limitReader(&endless{fill: ' '}, "-", 1<<20), "", nil, func(*history.Event) {})
	require.ErrorContains(t, err, "standard input has more than 1 MiB, the limit")
}

func TestStandardInputIsReadOnce(t *testing.T) {
	code, _, err := invoke(t, "{}", "run", "-input", "-", "-")
	require.Equal(t, exitUsage, code)
	require.Contains(t, err, "standard input is read twice")
}
