package api_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/conversation"
)

var root = filepath.Join("..", "..")

func TestConversations(t *testing.T) {
	require.Positive(t, conversation.PlayAll(t, conversation.Own(root), conversation.Options{}))
}

// With a restart between any two calls the answers are the same.
func TestConversationsWithRestarts(t *testing.T) {
	o := conversation.Options{How: "with restarts", Restarts: true}
	require.Positive(t, conversation.PlayAll(t, conversation.Own(root), o))
	for _, dir := range conversation.Corpora(root) {
		conversation.PlayAll(t, dir, o)
	}
}

func TestRecordedConversations(t *testing.T) {
	found := false
	for _, dir := range conversation.Corpora(root) {
		if _, err := os.Stat(dir); os.IsNotExist(err) {
			continue
		}
		found = true
		conversation.PlayAll(t, dir, conversation.Options{})
	}
	if !found {
		t.Skip("the recorded conversations are not there: ASL_CORPUS lists the folders of the corpus")
	}
}
