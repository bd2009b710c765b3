package command

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
)

// diagnosticCodes returns the codes that package asl declares.
func diagnosticCodes(t *testing.T) (codes []string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("..", "..", "asl", "*.go"))
	require.NoError(t, err)
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		for _, declared := range file.Decls {
			group, ok := declared.(*ast.GenDecl)
			if !ok || group.Tok != token.CONST {
				continue
			}
			for _, spec := range group.Specs {
				v := spec.(*ast.ValueSpec)
				if !strings.HasPrefix(v.Names[0].Name, "Code") {
					continue
				}
				code, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
				require.NoError(t, err)
				codes = append(codes, code)
			}
		}
	}
	require.Contains(t, codes, asl.CodeFieldRepeated)
	require.Contains(t, codes, asl.CodePlaceholderWithoutValue)
	return codes
}

// Each code of package asl has an explanation, whose wrong example has that finding and
// whose right example has none.
func TestEveryCodeIsExplained(t *testing.T) {
	var explained []string
	for _, e := range explanations() {
		explained = append(explained, e.code)
		t.Run(e.code, func(t *testing.T) {
			require.NotEmpty(t, e.rule)
			found := asl.Validate([]byte(e.wrong), exampleOptions)
			require.NotEmpty(t, found)
			require.True(t, slices.ContainsFunc(found, func(d asl.Diagnostic) bool { return d.Code == e.code }), found)
			require.Empty(t, asl.Validate([]byte(e.right), exampleOptions))
		})
	}
	require.ElementsMatch(t, diagnosticCodes(t), explained)
}

func TestExplain(t *testing.T) {
	code, out, err := invokeHere("", "explain", "no_dollar")
	require.Zero(t, code)
	require.Empty(t, err)
	require.Equal(t, `NO_DOLLAR

A value looks like a path or an intrinsic function call, but is passed on as it stands, since its key does not end in .$

Wrong:

    {"StartAt": "A", "States": {
      "A": {"Type": "Pass", "Parameters": {"id": "$.order.id"}, "End": true}}}

    warning: 2:46: /States/A/Parameters: NO_DOLLAR: The value of 'id' looks like a JSONPath. Instead of 'id', use 'id.$' to evaluate it as a JSONPath at runtime.

Right:

    {"StartAt": "A", "States": {
      "A": {"Type": "Pass", "Parameters": {"id.$": "$.order.id"}, "End": true}}}
`, out)
	code, list, _ := invokeHere("", "explain")
	require.Zero(t, code)
	require.Equal(t, len(explanations()), strings.Count(list, "\n"))
	require.Contains(t, list, "ENDLESS_LOOP                    No path leads from a state to an end.\n")
	code, _, err = invokeHere("", "explain", "NO_DOLAR")
	require.Equal(t, exitUsage, code)
	require.Equal(t, "asl explain: no diagnostic has the code \"NO_DOLAR\": did you mean NO_DOLLAR?\n'asl explain' lists the codes\n'asl explain -h' lists the options\n", err)
	_, _, err = invokeHere("", "explain", "X")
	require.NotContains(t, err, "did you mean")
}
