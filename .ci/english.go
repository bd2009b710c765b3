//go:build ignore

// English counts turns of phrase that native readers stumble over, in the
// comments of all Go files but tests, and unexported functions that share a name
// of one word. It fails above the limits.
//
//	go run .ci/english.go
package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// phrases are counted per 10,000 words of comment. The limits are the figures of
// well-written Go code bases.
var phrases = []struct {
	name    string
	pattern *regexp.Regexp
	limit   float64
}{
	{`"What" as a subject`, regexp.MustCompile(`(?:^|[.;:!?] )What\b`), 0.2},
	{`"a text" for a string`, regexp.MustCompile(`\b(?:a text|texts|the text of)\b`), 1},
	{`"is no", "are no"`, regexp.MustCompile(`\b(?:is|are|was|were) no\b(?: longer| more| way)?`), 6},
	{`"of the ...'s"`, regexp.MustCompile(`\bof (?:the )?(?:host|caller|user|pool|scope|one|task|machine|engine|state|language|list|object|AWS|Go)'s(?:$|[.,;:)]| (?:own|and|or|as|that|is|are)\b)`), 0.5},
	{`"besides"`, regexp.MustCompile(`\b[Bb]esides\b`), 0.5},
	{`"in the place of"`, regexp.MustCompile(`\bin (?:the )?place of\b`), 0.5},
	{"an evidence tag that is not a link", regexp.MustCompile(`\((?:recorded|measured|spec|reported)\b`), 0},
}

// maxSameName is how many unexported functions may share a name of one word.
const maxSameName = 3

func main() {
	files := token.NewFileSet()
	var parsed []*ast.File
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(files, path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err == nil && !ast.IsGenerated(f) {
			parsed = append(parsed, f)
		}
		return err
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	commentsPass := checkComments(files, parsed)
	namesPass := checkNames(files, parsed)
	if !commentsPass || !namesPass {
		os.Exit(1)
	}
}

// checkComments prints how often each phrase occurs, and where if too often.
func checkComments(files *token.FileSet, parsed []*ast.File) bool {
	words := 0
	found := make([][]string, len(phrases))
	for _, f := range parsed {
		for _, group := range f.Comments {
			for _, c := range group.List {
				text := strings.TrimSpace(strings.TrimPrefix(c.Text, "//"))
				words += len(strings.Fields(text))
				for i, p := range phrases {
					for _, hit := range p.pattern.FindAllString(text, -1) {
						if strings.HasSuffix(hit, " longer") || strings.HasSuffix(hit, " more") || strings.HasSuffix(hit, " way") {
							continue
						}
						found[i] = append(found[i], fmt.Sprintf("%s: %s", files.Position(c.Pos()), text))
					}
				}
			}
		}
	}
	pass := true
	fmt.Printf("%d words of comment; per 10,000 of them:\n", words)
	for i, p := range phrases {
		rate := 1e4 * float64(len(found[i])) / float64(words)
		fmt.Printf("\t%-36s %5.1f, at most %g\n", p.name, rate, p.limit)
		if rate > p.limit {
			pass = false
			for _, place := range found[i][:min(len(found[i]), 20)] {
				fmt.Printf("\t\t%s\n", place)
			}
		}
	}
	return pass
}

var oneWord = regexp.MustCompile(`^[a-z][a-z0-9]*$`)

// checkNames prints the one-word names that too many unexported functions share.
// Methods that satisfy an interface have the name that the interface gives.
func checkNames(files *token.FileSet, parsed []*ast.File) bool {
	given := map[string]bool{"main": true, "init": true}
	for _, f := range parsed {
		ast.Inspect(f, func(n ast.Node) bool {
			if face, ok := n.(*ast.InterfaceType); ok {
				for _, method := range face.Methods.List {
					for _, name := range method.Names {
						given[name.Name] = true
					}
				}
			}
			return true
		})
	}
	defined := make(map[string][]string)
	for _, f := range parsed {
		for _, decl := range f.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && oneWord.MatchString(fn.Name.Name) && !given[fn.Name.Name] {
				defined[fn.Name.Name] = append(defined[fn.Name.Name], files.Position(fn.Pos()).String())
			}
		}
	}
	var names []string
	for name, places := range defined {
		if len(places) > maxSameName {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return len(defined[b]) - len(defined[a]) })
	fmt.Printf("%d one-word names of unexported functions are defined more than %d times\n", len(names), maxSameName)
	for _, name := range names {
		fmt.Printf("\t%s: %d times: %s\n", name, len(defined[name]), strings.Join(defined[name], ", "))
	}
	return len(names) == 0
}
