package postgres_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/snippets"
)

// The code of the README and of the documentation that needs this module compiles.
func TestGoOfThePagesRuns(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	pages, err := snippets.Pages(root)
	require.NoError(t, err)
	snippets.TestGo(t, root, "interpreter/store/postgres", append(pages, "interpreter/store/postgres/README.md")...)
}
