package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// v2Reader reads the model of a service from the sources of its client.
type v2Reader struct {
	service *service
	types   map[string]ast.Expr // of package types
	values  map[string][]string // of enums
	unions  map[string][]string // names of the structs of each union
}

// readV2 reads a module of aws-sdk-go-v2.
func readV2(dir string) ([]*service, error) {
	r := &v2Reader{
		service: &service{operations: map[string]operation{}, structures: map[string]*structure{}},
		types:   map[string]ast.Expr{}, values: map[string][]string{}, unions: map[string][]string{},
	}
	client, err := parseFile(filepath.Join(dir, "api_client.go"))
	if err != nil {
		return nil, err
	}
	r.service.id = constant(client, "ServiceID")
	if r.service.id == "" {
		return nil, fmt.Errorf("%s: no ServiceID", dir)
	}
	for _, name := range []string{"enums.go", "types.go"} {
		file := filepath.Join(dir, "types", name)
		if found, _ := filepath.Glob(file); found == nil {
			continue // a service without such types
		}
		f, err := parseFile(file)
		if err != nil {
			return nil, err
		}
		r.noteTypes(f)
	}
	files, err := filepath.Glob(filepath.Join(dir, "api_op_*.go"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parseFile(file)
		if err != nil {
			return nil, err
		}
		if err := r.readOperation(f); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	for name, t := range r.types {
		switch t := t.(type) {
		case *ast.StructType:
			r.service.structures[name] = r.structureOf(t, true)
		case *ast.InterfaceType:
			if r.service.structures[name], err = r.unionOf(name); err != nil {
				return nil, err
			}
		}
	}
	return []*service{r.service}, nil
}

func parseFile(name string) (*ast.File, error) {
	return parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
}

// constant returns a constant of a file that is a string.
func constant(f *ast.File, name string) string {
	for _, v := range specs[*ast.ValueSpec](f) {
		if v.Names[0].Name == name && len(v.Values) == 1 {
			return unquote(v.Values[0])
		}
	}
	return ""
}

// specs returns the declarations of types or values in a file.
func specs[T ast.Spec](f *ast.File) (found []T) {
	for _, d := range f.Decls {
		if g, ok := d.(*ast.GenDecl); ok {
			for _, s := range g.Specs {
				if s, ok := s.(T); ok {
					found = append(found, s)
				}
			}
		}
	}
	return found
}

func unquote(e ast.Expr) string {
	l, ok := e.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return ""
	}
	s, _ := strconv.Unquote(l.Value)
	return s
}

// noteTypes notes the types of a file of package types, the values of its
// enums, and the members of its unions.
func (r *v2Reader) noteTypes(f *ast.File) {
	for _, t := range specs[*ast.TypeSpec](f) {
		r.types[t.Name.Name] = t.Type
	}
	for _, v := range specs[*ast.ValueSpec](f) {
		if t, ok := v.Type.(*ast.Ident); ok && len(v.Values) == 1 {
			r.values[t.Name] = append(r.values[t.Name], unquote(v.Values[0]))
		}
	}
	for _, d := range f.Decls {
		// func (*AttributeValueMemberS) isAttributeValue() {}
		m, ok := d.(*ast.FuncDecl)
		if !ok || m.Recv == nil || !strings.HasPrefix(m.Name.Name, "is") {
			continue
		}
		if p, ok := m.Recv.List[0].Type.(*ast.StarExpr); ok {
			union := strings.TrimPrefix(m.Name.Name, "is")
			r.unions[union] = append(r.unions[union], p.X.(*ast.Ident).Name)
		}
	}
}

// readOperation reads the file of an operation. An operation with a stream of
// events is left out, since Step Functions cannot call it.
func (r *v2Reader) readOperation(f *ast.File) error {
	structs := map[string]*ast.StructType{}
	for _, t := range specs[*ast.TypeSpec](f) {
		if s, ok := t.Type.(*ast.StructType); ok {
			structs[t.Name.Name] = s
		}
	}
	for _, d := range f.Decls {
		m, ok := d.(*ast.FuncDecl)
		if !ok || m.Recv == nil || structs[m.Name.Name+"Input"] == nil || structs[m.Name.Name+"Output"] == nil {
			continue
		}
		name := m.Name.Name
		if structs[name+"EventStream"] != nil {
			return nil
		}
		o := operation{"." + name + "Input", "." + name + "Output"}
		r.service.structures[o.input] = r.structureOf(structs[name+"Input"], false)
		r.service.structures[o.output] = r.structureOf(structs[name+"Output"], false)
		r.service.operations[name] = o
		return nil
	}
	return fmt.Errorf("no operation")
}

// structureOf reads a struct. inTypes says that it is of package types.
func (r *v2Reader) structureOf(t *ast.StructType, inTypes bool) *structure {
	s := &structure{members: map[string]*member{}}
	for _, f := range t.Fields.List {
		if len(f.Names) != 1 || !f.Names[0].IsExported() || f.Names[0].Name == "ResultMetadata" {
			continue
		}
		name := strings.TrimSuffix(f.Names[0].Name, "_") // String_ leaves room for the method String
		m := &member{of: r.shapeOf(f.Type, inTypes)}
		if e, ok := f.Type.(*ast.SelectorExpr); ok && e.X.(*ast.Ident).Name == "io" {
			m.body = true
		}
		s.members[name] = m
		if strings.Contains(f.Doc.Text(), "This member is required.") {
			s.required = append(s.required, name)
		}
	}
	return s
}

// unionOf reads a union, which has a struct with a Value for each member.
func (r *v2Reader) unionOf(name string) (*structure, error) {
	s := &structure{members: map[string]*member{}}
	for _, variant := range r.unions[name] {
		if variant == "UnknownUnionMember" {
			continue
		}
		t, ok := r.types[variant].(*ast.StructType)
		key, named := strings.CutPrefix(variant, name+"Member")
		if !ok || !named {
			return nil, fmt.Errorf("%s is no member of the union %s", variant, name)
		}
		s.members[key] = r.structureOf(t, true).members["Value"]
		if s.members[key] == nil {
			return nil, fmt.Errorf("%s has no Value", variant)
		}
	}
	return s, nil
}

var v2Kinds = map[string]kind{"string": str, "bool": boolean, "float32": float, "float64": float,
	"int8": integer, "int16": integer, "int32": integer, "int64": long}

func (r *v2Reader) shapeOf(e ast.Expr, inTypes bool) *shape {
	switch e := e.(type) {
	case *ast.StarExpr:
		return r.shapeOf(e.X, inTypes)
	case *ast.ArrayType:
		if id, ok := e.Elt.(*ast.Ident); ok && id.Name == "byte" {
			return &shape{kind: blob}
		}
		return &shape{kind: list, of: r.shapeOf(e.Elt, inTypes)}
	case *ast.MapType:
		return &shape{kind: mapping, of: r.shapeOf(e.Value, inTypes)}
	case *ast.Ident:
		if k := v2Kinds[e.Name]; k != 0 {
			return &shape{kind: k}
		}
		if inTypes {
			return r.named(e.Name)
		}
	case *ast.SelectorExpr:
		switch e.X.(*ast.Ident).Name + "." + e.Sel.Name {
		case "time.Time":
			return &shape{kind: timestamp}
		case "io.Reader", "io.ReadCloser":
			return &shape{kind: blob}
		}
		if e.X.(*ast.Ident).Name == "types" {
			return r.named(e.Sel.Name)
		}
	}
	return &shape{kind: document}
}

// named returns the type of a name of package types.
func (r *v2Reader) named(name string) *shape {
	switch t := r.types[name].(type) {
	case *ast.StructType, *ast.InterfaceType:
		return &shape{kind: object, name: name}
	case *ast.Ident:
		if values := r.values[name]; t.Name == "string" && len(values) > 0 {
			return &shape{kind: enum, values: slices.Clone(values)}
		}
		if k := v2Kinds[t.Name]; k != 0 {
			return &shape{kind: k}
		}
	}
	return &shape{kind: document}
}
