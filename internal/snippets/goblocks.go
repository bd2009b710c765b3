package snippets

import (
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strings"
)

const core = "github.com/gostates/gostates"

// imports has the import path of each package that parts of programs use, by the name
// that they use.
var imports = index(
	"bytes", "context", "database/sql", "encoding/json", "errors", "fmt", "io", "log", "log/slog", "maps", "math/rand/v2",
	"net/http", "os", "slices", "strings", "sync", "sync/atomic", "testing", "time",
	core+"/asl", core+"/asl/build", core+"/graph", core+"/history", core+"/value",
	core+"/interpreter", core+"/interpreter/api", core+"/interpreter/api/page", core+"/interpreter/asltest",
	core+"/interpreter/httptask", core+"/interpreter/lambdatask", core+"/interpreter/machine", core+"/interpreter/mock",
	core+"/interpreter/objects", core+"/interpreter/registry", core+"/interpreter/resultwriter", core+"/interpreter/store",
	core+"/interpreter/store/memory", core+"/interpreter/store/offload", core+"/interpreter/store/storetest",
	core+"/history/otel", core+"/interpreter/lambda", core+"/interpreter/store/postgres", core+"/interpreter/store/sqlite",
	"github.com/aws/aws-sdk-go-v2/aws", "github.com/aws/aws-sdk-go-v2/service/lambda as awslambda",
	"github.com/jackc/pgx/v5/pgxpool", "go.opentelemetry.io/otel/metric", "go.opentelemetry.io/otel/trace",
)

// known has declarations of names that many parts of programs do not declare.
var known = map[string]string{
	"ctx":      "var ctx = context.Background()",
	"id":       "var id store.ID",
	"in":       "var in *interpreter.Interpreter",
	"input":    "var input any",
	"program":  "var program *interpreter.Program",
	"resolver": "var resolver interpreter.Resolver",
	"t":        "var t testing.TB",
}

// nested has the folders of modules whose packages the pages use.
var nested = []string{"history/otel", "interpreter/lambda", "interpreter/store/postgres", "interpreter/store/sqlite"}

// index returns the paths by their last element, or by another name after " as ".
func index(paths ...string) map[string]string {
	m := map[string]string{}
	for _, path := range paths {
		path, name, renamed := strings.Cut(path, " as ")
		if !renamed {
			parts := strings.Split(strings.TrimSuffix(path, "/v2"), "/")
			name = parts[len(parts)-1]
		}
		m[name] = path
	}
	return m
}

// source is the Go code made of a block.
type source struct {
	*Block
	name    string   // of its package
	text    string   // a whole file
	imports []string // paths
	program bool     // it has the function Main
	tests   []string // the names of its tests
	runs    []*Block // the outputs of a program, one for each run
}

// module returns the folder of the module that can build the code: "." is the core.
func (s *source) module() string {
	for _, folder := range nested {
		if slices.ContainsFunc(s.imports, func(path string) bool {
			return path == core+"/"+folder || strings.HasPrefix(path, core+"/"+folder+"/")
		}) {
			return folder
		}
	}
	return "."
}

// newSource makes a file of a block.
func newSource(b *Block, name string) (*source, error) {
	s := &source{Block: b, name: name}
	line := fmt.Sprintf("//line %s:%d\n", b.Page, b.Line)
	if strings.HasPrefix(b.Text, "package ") || strings.Contains(b.Text, "\npackage ") {
		return s, s.parseFile(line + b.Text)
	}
	if field.MatchString(b.Text) {
		return s, s.parsePart("var _ = interpreter.Config{\n" + line + strings.TrimSuffix(strings.TrimSpace(b.Text), ",") + ",\n}\n")
	}
	if _, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+b.Text, 0); err == nil {
		return s, s.parsePart(line + b.Text)
	}
	return s, s.parsePart("func _() error {\n" + line + b.Text + "return nil\n}\n")
}

// field is the beginning of a field of a composite literal.
var field = regexp.MustCompile(`^\w+: `)

var mainFunction = regexp.MustCompile(`(?m)^func main\(\) \{`)

// parseFile takes a whole file. Its main becomes a function that others can call.
func (s *source) parseFile(text string) error {
	file, err := parser.ParseFile(token.NewFileSet(), "", text, 0)
	if err != nil {
		return err
	}
	if formatted, err := format.Source([]byte(s.Text)); err != nil || string(formatted) != s.Text {
		return errors.New("not as gofmt writes it")
	}
	for _, spec := range file.Imports {
		s.imports = append(s.imports, strings.Trim(spec.Path.Value, `"`))
	}
	s.program = mainFunction.MatchString(text)
	text = mainFunction.ReplaceAllString(text, "func Main() {")
	s.text = strings.Replace(text, "package "+file.Name.Name, "package "+s.name, 1)
	s.findTests(file)
	return nil
}

// parsePart takes a part of a program, which needs imports and uses of what it declares.
func (s *source) parsePart(text string) error {
	head := "package " + s.name + "\n"
	behind := s.Given
	var files *token.FileSet
	var file *ast.File
	for range 2 { // the second time with declarations of known names
		var err error
		files = token.NewFileSet()
		if file, err = parser.ParseFile(files, "", head+text+"\n"+behind, 0); err != nil {
			return err
		}
		if behind != s.Given {
			break
		}
		declared := map[string]bool{}
		for _, id := range file.Unresolved {
			if d, ok := known[id.Name]; ok && !declared[d] {
				declared[d] = true
				behind += "\n" + d
			}
		}
	}
	var used []string
	for _, id := range file.Unresolved {
		if _, ok := imports[id.Name]; ok && !slices.Contains(used, id.Name) {
			used = append(used, id.Name)
		}
	}
	all := head
	for _, name := range used {
		s.imports = append(s.imports, imports[name])
		all += fmt.Sprintf("import %s %q\n", name, imports[name])
	}
	s.text = all + useVariables(files, file, head+text)[len(head):] + fmt.Sprintf("\n//line %s:%d\n", s.Page, s.Line) + behind
	s.findTests(file)
	return nil
}

// useVariables adds a use behind each statement that declares variables.
func useVariables(files *token.FileSet, file *ast.File, text string) string {
	type insertion struct {
		at   int
		text string
	}
	var all []insertion
	use := func(s ast.Stmt) {
		var names []*ast.Ident
		switch s := s.(type) {
		case *ast.AssignStmt:
			if s.Tok != token.DEFINE {
				return
			}
			for _, l := range s.Lhs {
				names = append(names, l.(*ast.Ident))
			}
		case *ast.DeclStmt:
			for _, spec := range s.Decl.(*ast.GenDecl).Specs {
				if v, ok := spec.(*ast.ValueSpec); ok && s.Decl.(*ast.GenDecl).Tok == token.VAR {
					names = append(names, v.Names...)
				}
			}
		}
		added := ""
		for _, n := range names {
			if n.Name != "_" {
				added += "; _ = " + n.Name
			}
		}
		if at := files.Position(s.End()).Offset; at <= len(text) {
			all = append(all, insertion{at, added})
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		var list []ast.Stmt
		switch n := n.(type) {
		case *ast.BlockStmt:
			list = n.List
		case *ast.CaseClause:
			list = n.Body
		case *ast.CommClause:
			list = n.Body
		}
		for _, s := range list {
			use(s)
		}
		return true
	})
	slices.SortFunc(all, func(a, b insertion) int { return b.at - a.at })
	for _, i := range all {
		text = text[:i.at] + i.text + text[i.at:]
	}
	return text
}

func (s *source) findTests(file *ast.File) {
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if ok && f.Recv == nil && f.Name.Name != "TestMain" && strings.HasPrefix(f.Name.Name, "Test") {
			s.tests = append(s.tests, f.Name.Name)
		}
	}
}
