package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/snippets"
	_ "github.com/gostates/gostates/interpreter/api"
	_ "github.com/gostates/gostates/interpreter/asltest"
)

// The code of the documentation that needs this module compiles and runs.
func TestGoOfThePagesRuns(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	pages, err := snippets.Pages(root)
	require.NoError(t, err)
	snippets.TestGo(t, root, "interpreter/store/sqlite", append(pages, "interpreter/store/sqlite/README.md")...)
}
