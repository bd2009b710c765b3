package snippets

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestGo builds the Go code of pages that needs a module, which is a folder below
// root, and no module above it. It runs programs and tests. The program of a page has
// a folder of its own, with the blocks of the page that have a file name.
func TestGo(t *testing.T, root, module string, pages ...string) {
	blocks, err := Blocks(root, pages...)
	require.NoError(t, err)
	var sources []*source
	var program *source // the one whose output comes next
	for _, b := range blocks {
		switch b.Lang {
		case "go":
			s, err := newSource(b, fmt.Sprintf("p%d", len(sources)))
			require.NoError(t, err, "%s:%d", b.Page, b.Line)
			for _, path := range s.imports {
				require.NotContains(t, path, core+"/internal/", "%s:%d", b.Page, b.Line)
			}
			program = nil
			if s.module() == module {
				sources = append(sources, s)
			}
			if s.program {
				program = s
			}
		case "output":
			require.NotNil(t, program, "%s:%d: the output of no program", b.Page, b.Line)
			program.runs = append(program.runs, b)
		}
	}
	binary := build(t, filepath.Join(root, filepath.FromSlash(module)), sources)
	for _, s := range sources {
		if !s.program && len(s.tests) == 0 {
			continue
		}
		t.Run(fmt.Sprintf("%s:%d", s.Page, s.Line), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			require.NoError(t, WriteFiles(dir, blocks, s.Page))
			if s.program {
				require.NotEmpty(t, s.runs, "a program without a block of the language output")
			}
			for _, want := range s.runs {
				runProgram(t, binary, dir, s.name, want)
			}
			if len(s.tests) > 0 {
				cmd := exec.Command(binary, "-test.run", "^TestSnippets$/^"+s.name+"$", "-test.v")
				cmd.Dir = dir
				out, err := cmd.CombinedOutput()
				require.NoError(t, err, "%s", out)
				require.Contains(t, string(out), "--- PASS: TestSnippets/"+s.name+"/"+s.tests[0])
			}
		})
	}
}

// runProgram runs a program and compares what it prints.
func runProgram(t *testing.T, binary, dir, name string, want *Block) {
	cmd := exec.Command(binary)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "SNIPPET="+name)
	out, err := cmd.CombinedOutput()
	code := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code, err = exit.ExitCode(), nil
	}
	require.NoError(t, err)
	require.Equal(t, want.Text, string(out), "%s:%d", want.Page, want.Line)
	wantCode := "0"
	if c, ok := strings.CutPrefix(want.Info, "exit="); ok {
		wantCode = c
	}
	require.Equal(t, wantCode, fmt.Sprint(code), "%s:%d: exit code", want.Page, want.Line)
}

// WriteFiles writes the blocks of a page that have a file name, such as the one of
// "json order.asl.json", into a folder.
func WriteFiles(dir string, blocks []*Block, page string) error {
	for _, b := range blocks {
		if b.Page != page || b.Lang != "json" || b.Info == "" {
			continue
		}
		path := filepath.Join(dir, filepath.FromSlash(b.Info))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(b.Text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// build builds one test binary of all sources, in packages that only an overlay of
// the module has. The binary is a program if the variable SNIPPET names one.
func build(t *testing.T, module string, sources []*source) string {
	t.Helper()
	dir := t.TempDir()
	module, err := filepath.Abs(module)
	require.NoError(t, err)
	overlay := map[string]string{}
	write := func(name, text string) {
		file := filepath.Join(dir, strings.ReplaceAll(name, "/", "_"))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		overlay[filepath.Join(module, "pages", filepath.FromSlash(name))] = file
	}
	path, err := goCommand(module, "list", "-m")
	require.NoError(t, err)
	var head, programs, tests strings.Builder
	for _, s := range sources {
		write(s.name+"/snippet.go", s.text)
		use := "_"
		if s.program {
			fmt.Fprintf(&programs, "\tcase %q:\n\t\t%[1]s.Main()\n", s.name)
			use = s.name
		}
		if len(s.tests) > 0 {
			fmt.Fprintf(&tests, "\tt.Run(%q, func(t *testing.T) {\n", s.name)
			for _, name := range s.tests {
				fmt.Fprintf(&tests, "\t\tt.Run(%q, %s.%[1]s)\n", name, s.name)
			}
			tests.WriteString("\t})\n")
			use = s.name
		}
		fmt.Fprintf(&head, "import %s %q\n", use, strings.TrimSpace(path)+"/pages/"+s.name)
	}
	write("pages_test.go", "package pages\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\n"+head.String()+
		"\nfunc TestMain(m *testing.M) {\n\tswitch os.Getenv(\"SNIPPET\") {\n\tcase \"\":\n\t\tos.Exit(m.Run())\n"+programs.String()+
		"\t}\n}\n\nfunc TestSnippets(t *testing.T) {\n"+tests.String()+"}\n")
	replaced, err := json.Marshal(map[string]any{"Replace": overlay})
	require.NoError(t, err)
	list := filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(list, replaced, 0o600))
	binary := filepath.Join(dir, "pages.exe")
	out, err := goCommand(module, "test", "-c", "-vet=off", "-overlay", list, "-o", binary, "./pages")
	require.NoError(t, err, "%s", out)
	return binary
}

func goCommand(dir string, args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}
