package command

import (
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/mock"
)

var update = flag.Bool("update", false, "write what the documentation of the command has of its help")

// The documentation of the command has the options and exit codes of each subcommand.
func TestDocumentationHasTheHelp(t *testing.T) {
	const columns = 96 // of the page
	file := filepath.Join("..", "..", "cmd", "asl", "doc.go")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	written, _, found := strings.Cut(string(text), "//\n// # asl ")
	if !found {
		written, _, _ = strings.Cut(string(text), "package main")
	}
	var b strings.Builder
	b.WriteString(written)
	for _, c := range commands {
		var help strings.Builder
		require.Zero(t, runCommand([]string{c.name, "-h"}, streams{in: strings.NewReader(""), out: &help, err: io.Discard, terminal: true, width: columns}))
		b.WriteString("//\n// # asl " + c.name + "\n//\n")
		for line := range strings.Lines(help.String()) {
			b.WriteString(strings.TrimRight("//\t"+strings.TrimRight(line, "\n"), " \t") + "\n")
		}
	}
	b.WriteString("package main\n")
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(b.String()), 0o600))
		return
	}
	require.Equal(t, b.String(), string(text), "go test -update writes it")
}

// The mock file of the documentation is one.
func TestDocumentedMockFile(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "cmd", "asl", "doc.go"))
	require.NoError(t, err)
	_, shown, found := strings.Cut(string(text), "//\t{\n")
	require.True(t, found)
	shown, _, _ = strings.Cut(shown, "//\t}\n")
	parsed, err := mock.ParseFile([]byte("{" + strings.ReplaceAll(shown, "//\t", "") + "}"))
	require.NoError(t, err)
	_, err = parsed.Case("Order", "Paid")
	require.NoError(t, err)
}
