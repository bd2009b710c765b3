package purity

import (
	"encoding/json"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/gostates/gostates"

// pkg is what go list says of a package.
type pkg struct {
	ImportPath  string
	Dir         string
	GoFiles     []string
	Imports     []string
	TestImports []string
	Deps        []string
	Export      string // the file that was built
}

func list(t *testing.T, patterns ...string) []pkg {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Dir,GoFiles,Imports,Deps,Export"}, patterns...)...)
	cmd.Dir = filepath.Join("..", "..")
	out, err := cmd.Output()
	require.NoError(t, err)
	var pkgs []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); err == io.EOF {
			return pkgs
		}
		require.NoError(t, err)
		pkgs = append(pkgs, p)
	}
}

// rooms lists the packages from the bottom to the top, and what each one may
// import from this module. What is not in the list may import nothing of it.
var rooms = []struct {
	name    string
	imports []string
}{
	{"value/internal/structfields", nil},
	{"internal/spelling", nil},
	{"value", []string{"internal/spelling", "value/internal/structfields"}},
	{"jsonpath", []string{"value"}},
	{"jsonata/internal/jsregexp", nil},
	{"jsonata", []string{"value", "jsonata/internal/jsregexp"}},
	{"intrinsics", []string{"internal/spelling", "value", "jsonata", "jsonpath"}},
	{"internal/command/internal/query", []string{"value"}},
	{"history/internal/recent", nil},
	{"asl", []string{"internal/spelling", "value", "jsonata", "jsonpath", "intrinsics"}},
	{"asl/build", []string{"asl", "value"}},
	{"asl/awsmodel/internal/names", nil},
	{"asl/awsmodel", []string{"value", "asl/awsmodel/internal/names"}},
	{"asl/awsmodel/internal/generate", []string{"asl/awsmodel/internal/names"}},
	{"retry", []string{"asl"}},
	{"history", []string{"value", "history/internal/recent"}},
	{"graph", []string{"asl", "value", "history"}},
	{"interpreter/internal/timestamp", nil},
	{"interpreter/internal/probe", []string{"value"}},
	{"interpreter/mapresult", []string{"interpreter/internal/timestamp", "value"}},
	{"interpreter/machine", []string{"interpreter/internal/timestamp", "asl", "value", "jsonata", "jsonpath", "intrinsics", "retry", "history", "interpreter/internal/probe", "interpreter/mapresult"}},
	{"interpreter/internal/hosterr", []string{"asl"}},
	{"interpreter/internal/trusted", nil},
	{"interpreter/objects", nil},
	{"interpreter/objects/objectstest", []string{"interpreter/objects"}},
	{"interpreter/itemreader", []string{"asl", "value", "interpreter/objects"}},
	{"interpreter/store", []string{"interpreter/machine"}},
	{"interpreter/store/internal/rows", []string{"interpreter/store"}},
	{"interpreter/store/memory", []string{"interpreter/machine", "interpreter/store"}},
	{"interpreter/store/offload", []string{"interpreter/store"}},
	{"interpreter/store/storetest", []string{"interpreter/machine", "interpreter/store", "interpreter/store/memory"}},
	{"interpreter/resultwriter", []string{"asl", "value", "interpreter/mapresult", "interpreter/objects"}},
	{"interpreter", []string{"asl", "internal/spelling", "value", "intrinsics", "history", "interpreter/machine", "interpreter/store", "interpreter/internal/hosterr", "interpreter/internal/trusted", "interpreter/mapresult", "interpreter/objects", "interpreter/itemreader", "interpreter/resultwriter"}},
	{"interpreter/store/internal/survive", []string{"asl", "value", "history", "interpreter", "interpreter/machine", "interpreter/store"}},
	{"interpreter/httptask", []string{"asl", "value", "interpreter", "interpreter/machine"}},
	{"interpreter/lambdatask", []string{"asl", "value", "interpreter", "interpreter/internal/hosterr", "interpreter/internal/trusted", "interpreter/machine"}},
	{"interpreter/mock", []string{"asl", "value", "interpreter", "interpreter/machine"}},
	{"interpreter/asltest", []string{"asl", "graph", "internal/spelling", "value", "history", "interpreter", "interpreter/itemreader", "interpreter/machine", "interpreter/mapresult", "interpreter/mock", "interpreter/objects", "interpreter/resultwriter"}},
	{"interpreter/teststate", []string{"interpreter/itemreader", "interpreter/objects", "interpreter/internal/timestamp", "asl", "value", "interpreter", "interpreter/internal/probe", "interpreter/machine"}},
	{"interpreter/registry", nil},
	{"interpreter/registry/registrytest", []string{"interpreter/registry"}},
	{"interpreter/api", []string{"asl", "value", "intrinsics", "history", "interpreter", "interpreter/machine", "interpreter/mock", "interpreter/registry", "interpreter/store", "interpreter/store/memory", "interpreter/teststate"}},
	{"interpreter/api/page", []string{"asl", "graph", "value", "history", "interpreter", "interpreter/api", "interpreter/machine", "interpreter/registry", "interpreter/store"}},
	{"internal/origin", nil},
	{"internal/template", []string{"asl", "internal/origin", "value"}},
	{"internal/command", []string{"asl", "asl/awsmodel", "graph", "value", "history", "interpreter", "interpreter/api", "interpreter/api/page", "interpreter/asltest", "interpreter/lambdatask", "interpreter/machine", "interpreter/mock", "interpreter/objects", "interpreter/registry", "interpreter/store", "internal/command/internal/query", "internal/spelling", "internal/template", "interpreter/teststate"}},
	{"cmd/asl", []string{"internal/command"}},
	{"examples/order", []string{"asl", "interpreter"}},
	{"examples/shop", []string{"asl", "interpreter"}},
	{"examples/approve", []string{"interpreter"}},
	{"examples/game", []string{"asl", "interpreter"}},
	{"examples/saga", []string{"asl", "interpreter"}},
	{"examples/report", []string{"interpreter", "interpreter/objects"}},
	{"examples/durable", []string{"asl", "value", "interpreter/machine"}},
	{"internal/jsonatadiff", []string{"value", "jsonata"}},
	{"internal/conformance", []string{"asl", "asl/awsmodel", "value", "jsonpath", "history", "interpreter", "interpreter/httptask", "interpreter/itemreader", "interpreter/lambdatask", "interpreter/machine", "interpreter/mapresult", "interpreter/mock", "interpreter/objects", "interpreter/resultwriter", "interpreter/store", "interpreter/teststate"}},
	{"internal/conversation", []string{"asl", "value", "interpreter", "interpreter/api", "interpreter/mock", "interpreter/objects", "interpreter/registry", "interpreter/store", "interpreter/store/memory"}},
	{"internal/bench", []string{"asl", "value", "jsonata", "history", "interpreter", "interpreter/machine"}},
	{"internal/bench/maprun", []string{"value", "interpreter", "interpreter/itemreader", "interpreter/machine", "interpreter/mapresult", "interpreter/objects", "interpreter/resultwriter"}},
	{"internal/purity", nil},
	{"internal/race", nil},
	{"internal/snippets", nil},
	{"docs", nil},
	{"internal/soundness", nil},
	{"internal/adversary", nil},
}

// Imports go down, so that each room can be understood without those above it.
func TestImportsGoDown(t *testing.T) {
	height := map[string]int{}
	for i, r := range rooms {
		for _, imported := range r.imports {
			_, below := height[imported]
			require.True(t, below, "%s imports %s, which does not lie below it", r.name, imported)
		}
		height[r.name] = i
	}
	for _, p := range list(t, "./...") {
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		i, known := height[name]
		require.True(t, known, "package %s has no line in the table of rooms", name)
		for _, imported := range p.Imports {
			if rest, ours := strings.CutPrefix(imported, module+"/"); ours {
				require.Contains(t, rooms[i].imports, rest, "%s imports %s", name, rest)
			}
		}
	}
}

// pure are the packages that neither read a clock nor start anything; the core
// itself also takes no lock and ranges over no map.
var pure = []string{"value", "jsonpath", "intrinsics", "jsonata/internal/jsregexp", "jsonata", "asl", "asl/awsmodel", "asl/awsmodel/internal/names", "graph", "retry", "history", "interpreter/internal/probe", "interpreter/mapresult", "interpreter/machine"}

const core = module + "/interpreter/machine"

// No pure package imports these; the core alone none of the second list too.
var (
	impureImports = []string{"os", "net", "math/rand", "math/rand/v2", "crypto/rand", "syscall", "log", "log/slog"}
	coreImports   = []string{"sync", "sync/atomic", "context", "runtime"}
	impureCalls   = map[string]bool{"Now": true, "Since": true, "Until": true, "Sleep": true, "After": true,
		"AfterFunc": true, "NewTimer": true, "NewTicker": true, "Tick": true}
)

func TestPurePackagesTouchNoClockNoGoroutineAndNoSystem(t *testing.T) {
	patterns := make([]string, len(pure))
	for i, name := range pure {
		patterns[i] = "./" + name
	}
	fset := token.NewFileSet()
	imports := exports(t, fset, core)
	for _, p := range list(t, patterns...) {
		for _, imported := range p.Imports {
			if imported == "log/slog" && p.ImportPath == module+"/value" {
				continue // for LogValue; impurity refuses to log
			}
			for _, bad := range impureImports {
				require.False(t, imported == bad || strings.HasPrefix(imported, bad+"/"), "%s imports %s", p.ImportPath, imported)
			}
			if p.ImportPath == core {
				require.NotContains(t, coreImports, imported, "%s imports %s", p.ImportPath, imported)
			}
		}
		checkBodies(t, fset, imports, p)
	}
}

// exports imports what a package needs as it was built.
func exports(t *testing.T, fset *token.FileSet, path string) types.Importer {
	t.Helper()
	built := map[string]string{}
	for _, p := range list(t, "-export", "-deps", path) {
		built[p.ImportPath] = p.Export
	}
	return importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(built[path]) })
}

func checkBodies(t *testing.T, fset *token.FileSet, imports types.Importer, p pkg) {
	var files []*ast.File
	for _, name := range p.GoFiles {
		file, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, 0)
		require.NoError(t, err)
		files = append(files, file)
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}}
	if p.ImportPath == core {
		config := types.Config{Importer: imports}
		_, err := config.Check(p.ImportPath, fset, files, info)
		require.NoError(t, err)
	}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			if what := impurity(n, info, p.ImportPath == core); what != "" {
				t.Errorf("%s: %s", fset.Position(n.Pos()), what)
			}
			return true
		})
	}
}

func impurity(n ast.Node, info *types.Info, isCore bool) string {
	switch n := n.(type) {
	case *ast.GoStmt:
		return "a goroutine is started"
	case *ast.SelectorExpr:
		if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && impureCalls[n.Sel.Name] {
			return "the clock is read: time." + n.Sel.Name
		} else if ok && x.Name == "slog" && n.Sel.Name != "Value" && n.Sel.Name != "AnyValue" {
			return "a log is written: slog." + n.Sel.Name
		}
	case *ast.SelectStmt, *ast.SendStmt, *ast.ChanType:
		if isCore {
			return "a channel is used"
		}
	case *ast.RangeStmt:
		if !isCore {
			return ""
		}
		if _, ok := info.Types[n.X].Type.Underlying().(*types.Map); ok {
			return "a map is ranged over: its order is random"
		}
	}
	return ""
}
