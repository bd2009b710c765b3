package asl_test

import (
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
)

// Whatever the package can say stands in a case: a rule without one, and without
// its neighbour, is not tested.
func TestEveryRuleHasACase(t *testing.T) {
	var said []string
	for _, file := range ruleFiles(t) {
		for _, c := range readRules(t, file) {
			said = append(said, c.want...)
		}
	}
	all := strings.Join(said, "\n")
	s := readSource(t)
	for _, r := range s.reports(t) {
		pattern := `(?m)^[0-9:]+: (.*: )?` + r.code + `: ` + r.message + `( \(.*\))?$`
		if !regexp.MustCompile(pattern).MatchString(all) {
			t.Errorf("%s: no case of testdata says %s: %s", r.place, r.code, strings.ReplaceAll(r.message, `\`, ""))
		}
	}
	for code, place := range s.codes() {
		if !strings.Contains(all, ": "+code+": ") {
			t.Errorf("%s: no case of testdata has the code %s", place, code)
		}
	}
}

// reporters are the functions that note findings: which of their arguments is
// the code, if one is, and which the format.
var reporters = map[string]struct{ code, format int }{
	"reportField":      {0, 3},
	"reportSchema":     {-1, 2},
	"reportObject":     {-1, 0},
	"addError":         {0, 3},
	"addDiagnostic":    {1, 4},
	"addWarning":       {0, 3},
	"warnField":        {0, 3},
	"addWarningOnce":   {0, 2},
	"reportDefinition": {0, 1},
}

// report is what the package says somewhere; code and message are patterns.
type report struct {
	place         token.Position
	code, message string
}

// source is that of the package: its functions, and all expressions that a
// variable, a field or the result of a function may have for a value.
type source struct {
	places    *token.FileSet
	functions []*ast.FuncDecl
	info      *types.Info
	values    map[types.Object][]ast.Expr
}

func readSource(t *testing.T) *source {
	names, err := filepath.Glob("*.go")
	require.NoError(t, err)
	s := &source{
		places: token.NewFileSet(),
		info:   &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}},
		values: map[types.Object][]ast.Expr{},
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(s.places, name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		files = append(files, file)
	}
	unresolved := types.Config{Error: func(error) {}} // imports, which nothing here depends on
	_, _ = unresolved.Check("asl", s.places, files, s.info)
	for _, file := range files {
		ast.Inspect(file, s.collect)
	}
	require.NotEmpty(t, s.functions)
	return s
}

// collect notes what gives something a value.
func (s *source) collect(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.FuncDecl:
		s.functions = append(s.functions, n)
		ast.Inspect(n, func(inner ast.Node) bool {
			if r, ok := inner.(*ast.ReturnStmt); ok && len(r.Results) == 1 {
				s.note(n.Name, r.Results[0])
			}
			return true
		})
	case *ast.AssignStmt:
		for i, to := range n.Lhs {
			if name, ok := to.(*ast.Ident); ok && len(n.Lhs) == len(n.Rhs) {
				s.note(name, n.Rhs[i])
			}
		}
	case *ast.CompositeLit:
		typ := s.info.Types[n].Type
		if typ == nil {
			break
		}
		fields, ok := typ.Underlying().(*types.Struct)
		for i, element := range n.Elts {
			if _, named := element.(*ast.KeyValueExpr); ok && !named {
				s.values[fields.Field(i)] = append(s.values[fields.Field(i)], element)
			}
		}
	}
	return true
}

func (s *source) note(name *ast.Ident, value ast.Expr) {
	if o := s.info.ObjectOf(name); o != nil {
		s.values[o] = append(s.values[o], value)
	}
}

// reports are all places that note a finding, with each message that it may
// have.
func (s *source) reports(t *testing.T) []report {
	var list []report
	for _, f := range s.functions {
		add := func(at ast.Node, code, message ast.Expr, quote func(string) string) {
			if name, ok := message.(*ast.Ident); ok && s.isParameter(name) {
				return // its caller says it
			}
			codes := s.texts(code, regexp.QuoteMeta)
			require.Len(t, codes, 1, "codes at %s", s.places.Position(at.Pos()))
			messages := s.texts(message, quote)
			if messages == nil {
				messages = []string{".+"}
			}
			for _, m := range messages {
				list = append(list, report{s.places.Position(at.Pos()), codes[0], m})
			}
		}
		if takesFormat(f.Type) && f.Name.Name != "Errorf" {
			require.Contains(t, reporters, f.Name.Name, "what takes a format")
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				if inner, ok := n.Rhs[0].(*ast.FuncLit); ok && takesFormat(inner.Type) {
					require.Contains(t, reporters, n.Lhs[0].(*ast.Ident).Name, "what takes a format")
				}
			case *ast.CallExpr:
				name := calledBy(n)
				if name == nil {
					break
				}
				r, ok := reporters[name.Name]
				if !ok {
					break
				}
				code := ast.Expr(schemaCode)
				if r.code >= 0 {
					code = n.Args[r.code]
				}
				if format, ok := n.Args[r.format].(*ast.BasicLit); ok && format.Value == `"%s"` {
					add(n, code, n.Args[r.format+1], regexp.QuoteMeta)
				} else {
					add(n, code, n.Args[r.format], quoteFormat)
				}
			case *ast.CompositeLit:
				parts := keyed(n)
				if parts["Code"] == nil || parts["Message"] == nil {
					break
				}
				if call, ok := parts["Message"].(*ast.CallExpr); ok { // of fmt.Sprintf
					add(n, parts["Code"], call.Args[0], quoteFormat)
				} else {
					add(n, parts["Code"], parts["Message"], regexp.QuoteMeta)
				}
			}
			return true
		})
	}
	return list
}

// schemaCode is the code of the reporters that take none.
var schemaCode = &ast.BasicLit{Kind: token.STRING, Value: strconv.Quote(asl.CodeSchemaValidationFailed)}

func takesFormat(f *ast.FuncType) bool {
	return slices.ContainsFunc(f.Params.List, func(p *ast.Field) bool {
		return slices.ContainsFunc(p.Names, func(name *ast.Ident) bool { return name.Name == "format" })
	})
}

// isParameter reports whether a name is that of a parameter.
func (s *source) isParameter(name *ast.Ident) bool {
	v, ok := s.info.ObjectOf(name).(*types.Var)
	return ok && v.Kind() == types.ParamVar
}

// calledBy is the name of the function or method that a call calls.
func calledBy(call *ast.CallExpr) *ast.Ident {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f
	case *ast.SelectorExpr:
		return f.Sel
	}
	return nil
}

func keyed(literal *ast.CompositeLit) map[string]ast.Expr {
	parts := map[string]ast.Expr{}
	for _, element := range literal.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			if name, ok := pair.Key.(*ast.Ident); ok {
				parts[name.Name] = pair.Value
			}
		}
	}
	return parts
}

var verb = regexp.MustCompile(`%%|%[^%a-zA-Z]*[a-zA-Z]`)

// quoteFormat is the pattern of what a format gives.
func quoteFormat(format string) string {
	return verb.ReplaceAllStringFunc(regexp.QuoteMeta(format), func(v string) string {
		if v == "%%" {
			return "%"
		}
		return ".*"
	})
}

// texts are the quoted texts that an expression may have; none where only
// running it tells. What stands beside a text that is known is anything.
func (s *source) texts(e ast.Expr, quote func(string) string) []string {
	if literal, ok := e.(*ast.BasicLit); ok && literal == schemaCode {
		return []string{quote(asl.CodeSchemaValidationFailed)}
	}
	if v := s.info.Types[e].Value; v != nil {
		if v.Kind() != constant.String || constant.StringVal(v) == "" {
			return nil
		}
		return []string{quote(constant.StringVal(v))}
	}
	var name *ast.Ident
	switch e := e.(type) {
	case *ast.Ident:
		name = e
	case *ast.SelectorExpr:
		name = e.Sel
	case *ast.CallExpr:
		name = calledBy(e)
	case *ast.BinaryExpr:
		left, right := s.texts(e.X, quote), s.texts(e.Y, quote)
		if e.Op != token.ADD || left == nil && right == nil {
			return nil
		}
		var list []string
		for _, l := range orAny(left) {
			for _, r := range orAny(right) {
				list = append(list, l+r)
			}
		}
		return list
	}
	if name == nil {
		return nil
	}
	var list []string
	for _, value := range s.values[s.info.ObjectOf(name)] {
		list = append(list, s.texts(value, quote)...)
	}
	return list
}

func orAny(patterns []string) []string {
	if patterns == nil {
		return []string{".*"}
	}
	return patterns
}

// codes are the codes that functions of the package use, each with a place.
func (s *source) codes() map[string]token.Position {
	codes := map[string]token.Position{}
	for _, f := range s.functions {
		ast.Inspect(f, func(n ast.Node) bool {
			if name, ok := n.(*ast.Ident); ok && strings.HasPrefix(name.Name, "Code") {
				if c, ok := s.info.Uses[name].(*types.Const); ok {
					codes[constant.StringVal(c.Val())] = s.places.Position(name.Pos())
				}
			}
			return true
		})
	}
	return codes
}
