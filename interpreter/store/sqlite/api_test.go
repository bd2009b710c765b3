package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/conversation"
	"github.com/gostates/gostates/interpreter/store/sqlite"
)

// TestConversationsOverAFile plays conversations with a server over a file. Between any two
// calls the server ends and another one begins, from nothing but the file.
func TestConversationsOverAFile(t *testing.T) {
	skipUnderRace(t)
	root := filepath.Join("..", "..", "..")
	o := conversation.Options{
		How: "with restarts over SQLite", Restarts: true,
		NewStores: func(t *testing.T) func() (conversation.Stores, error) {
			path := tempDatabase(t)
			return func() (conversation.Stores, error) {
				s, err := sqlite.Open(path)
				if err != nil {
					return conversation.Stores{}, err
				}
				return conversation.Stores{Executions: s, Records: s.Registry(), Close: s.Close}, nil
			}
		},
	}
	require.Positive(t, conversation.PlayAll(t, conversation.Own(root), o))
	for _, dir := range conversation.Corpora(root) {
		conversation.PlayAll(t, dir, o)
	}
}
