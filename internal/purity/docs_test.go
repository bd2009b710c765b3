package purity

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// pages returns the Markdown files of the repository with their contents.
func pages(t *testing.T) map[string]string {
	t.Helper()
	root := filepath.Join("..", "..")
	found := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != root {
			return fs.SkipDir
		}
		if filepath.Ext(path) == ".md" {
			text, err := os.ReadFile(path)
			found[path] = string(text)
			return err
		}
		return nil
	})
	require.NoError(t, err)
	return found
}

var (
	link        = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	code        = regexp.MustCompile("(?s)```.*?```")
	heading     = regexp.MustCompile(`(?m)^#+ (.*)$`)
	punctuation = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)

	anchor = regexp.MustCompile(`<a id="([^"]+)"></a>`)
)

// Links of the pages, and links of comments to docs/evidence.md, lead somewhere.
func TestLinksLeadSomewhere(t *testing.T) {
	all := pages(t)
	for path, text := range all {
		text = code.ReplaceAllString(text, "")
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			target, fragment, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			file := path
			if target != "" {
				file = filepath.Join(filepath.Dir(path), target)
				_, err := os.Stat(file)
				require.NoError(t, err, "%s links to %s", path, m[1])
			}
			if fragment != "" && filepath.Ext(file) == ".md" {
				require.Contains(t, fragments(all[file]), fragment, "%s links to %s", path, m[1])
			}
		}
	}
	evidence, err := os.ReadFile(filepath.Join("..", "..", "docs", "evidence.md"))
	require.NoError(t, err)
	anchors := map[string]bool{}
	for _, m := range anchor.FindAllStringSubmatch(string(evidence), -1) {
		anchors[m[1]] = true
	}
	toEvidence := regexp.MustCompile(`docs/evidence\.md#([a-z0-9-]+)`)
	for path, text := range sources(t) {
		for _, m := range toEvidence.FindAllStringSubmatch(text, -1) {
			require.True(t, anchors[m[1]], "%s links to docs/evidence.md#%s", path, m[1])
		}
	}
}

// fragments returns what links to a page may end in: its anchors, and its headings as
// GitHub spells them.
func fragments(text string) []string {
	var all []string
	for _, m := range anchor.FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	for _, m := range heading.FindAllStringSubmatch(code.ReplaceAllString(text, ""), -1) {
		all = append(all, strings.ReplaceAll(punctuation.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-"))
	}
	return all
}

// sources returns all Go files of the repository.
func sources(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(filepath.Join("..", ".."), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && filepath.Ext(path) == ".go" {
			var text []byte
			text, err = os.ReadFile(path)
			found[path] = string(text)
		}
		return err
	})
	require.NoError(t, err)
	return found
}

var madeFrom = regexp.MustCompile(`<meta name="source" content="([^ ]+) sha256:([0-9a-f]{64})"/>`)

// The HTML of the documentation is as new as the Markdown. The module docs/site
// compares all of it.
func TestHTMLIsAsNewAsTheMarkdown(t *testing.T) {
	root := filepath.Join("..", "..")
	made := map[string]bool{}
	err := filepath.WalkDir(filepath.Join(root, "docs", "site"), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".html" {
			return err
		}
		html, err := os.ReadFile(path)
		require.NoError(t, err)
		m := madeFrom.FindSubmatch(html)
		require.NotNil(t, m, path)
		source := filepath.Join(root, filepath.FromSlash(string(m[1])))
		made[source] = true
		text, err := os.ReadFile(source)
		require.NoError(t, err, "%s: run go generate ./docs", path)
		hash := sha256.Sum256(bytes.ReplaceAll(text, []byte("\r"), nil))
		require.Equal(t, string(m[2]), hex.EncodeToString(hash[:]), "%s has changed: run go generate ./docs", m[1])
		return nil
	})
	require.NoError(t, err)
	for path := range pages(t) {
		if strings.HasPrefix(path, filepath.Join(root, "docs")) {
			require.True(t, made[path], "%s has no HTML: run go generate ./docs", path)
		}
	}
}

// Each guarantee has a test, and all tests that the documentation names are there.
func TestGuaranteesHaveTests(t *testing.T) {
	defined := map[string]bool{}
	function := regexp.MustCompile(`(?m)^func (Test\w+)`)
	for _, source := range sources(t) {
		for _, m := range function.FindAllStringSubmatch(source, -1) {
			defined[m[1]] = true
		}
	}
	name := regexp.MustCompile("`(Test\\w+)`")
	for _, doc := range []string{"guarantees.md", "durable.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "docs", doc))
		require.NoError(t, err)
		for _, m := range name.FindAllStringSubmatch(string(text), -1) {
			require.True(t, defined[m[1]], "docs/%s names %s, which is not there", doc, m[1])
		}
		for _, line := range strings.Split(string(text), "\n") {
			if doc == "guarantees.md" && strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "| guarantee |") {
				require.True(t, name.MatchString(line) || strings.Contains(line, "(evidence.md)"), "no test: %s", line)
			}
		}
	}
}

// The table of docs/design.md says where each rule of the language lives.
func TestRulesLiveWhereTheDesignSays(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "design.md"))
	require.NoError(t, err)
	row := regexp.MustCompile("(?m)^\\| .+ \\| \\[([^\\]]+\\.go)\\]\\(\\.\\./([^)]+)\\) \\| `(\\w+)` \\|$")
	rows := row.FindAllStringSubmatch(string(text), -1)
	require.Greater(t, len(rows), 35)
	for _, m := range rows {
		require.Equal(t, m[1], m[2])
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "..", m[1]), nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		require.True(t, defines(file, m[3]), "%s does not define %s", m[1], m[3])
	}
}

// defines reports whether a file defines a function, method, type or variable.
func defines(file *ast.File, name string) bool {
	found := false
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			found = found || d.Name.Name == name
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					found = found || s.Name.Name == name
				case *ast.ValueSpec:
					for _, id := range s.Names {
						found = found || id.Name == name
					}
				}
			}
		}
	}
	return found
}
