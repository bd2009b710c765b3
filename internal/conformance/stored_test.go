package conformance_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/conformance"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// TestStored runs every recorded history over a store, with crashes.
func TestStored(t *testing.T) {
	open := func() (store.Store, func(), error) { return memory.New(), func() {}, nil }
	n, failed, crashes := 0, 0, 0
	for _, dir := range conformance.Folders() {
		files, err := conformance.Files(dir, "history")
		require.NoError(t, err)
		for _, name := range files {
			t.Run(name, func(t *testing.T) {
				c, err := conformance.Load(dir, "history", name)
				require.NoError(t, err)
				if reason := c.SkipStored(); reason != "" {
					t.Skip(reason)
				}
				crashed, problems := c.CheckStored(open, true)
				crashes += crashed
				n++
				for _, p := range problems {
					t.Error(p)
				}
				if len(problems) > 0 {
					failed++
				}
			})
		}
	}
	if n == 0 {
		t.Skipf("no histories in %s: ASL_CORPUS lists the folders of the corpus", strings.Join(conformance.Folders(), ", "))
	}
	fmt.Printf("stored: %d passed, %d failed, %d crashes\n", n-failed, failed, crashes)
}
