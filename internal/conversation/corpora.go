package conversation

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gostates/gostates/interpreter/registry"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// Corpora are the folders of recorded conversations, some of which may not be there.
// root is the folder of the repository.
func Corpora(root string) []string {
	if list := os.Getenv("ASL_CORPUS"); list != "" {
		var all []string
		for _, dir := range filepath.SplitList(list) {
			all = append(all, filepath.Join(dir, "api"))
		}
		return all
	}
	return []string{filepath.Join(root, "..", "shared", "conformance", "api")}
}

// Own is the folder of the project's own conversations.
func Own(root string) string {
	return filepath.Join(root, "interpreter", "api", "testdata", "conversations")
}

// Stores are what a server keeps its state in.
type Stores struct {
	Executions store.Store
	Records    registry.Store
	Close      func() error // nil: nothing is to be closed
}

// Options say how conversations are played.
type Options struct {
	// How is written behind the name of the suite, such as "with restarts".
	How string
	// Restarts has the server end and begin between any two calls.
	Restarts bool
	// NewStores is called for each conversation. Its result opens the stores when
	// the server begins. nil: they are in memory.
	NewStores func(t *testing.T) (open func() (Stores, error))
}

func inMemory(*testing.T) (open func() (Stores, error)) {
	s := Stores{Executions: memory.New(), Records: registry.NewMemory()}
	return func() (Stores, error) { return s, nil }
}

// PlayAll plays all conversations of a folder, each in a subtest whose time is virtual,
// prints how many passed, and returns their number.
func PlayAll(t *testing.T, dir string, o Options) (passed int) {
	if o.NewStores == nil {
		o.NewStores = inMemory
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	failed := 0
	reasons := map[string]int{}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		if name == "INDEX" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			c, err := read(file)
			if err != nil {
				t.Fatal(err)
			}
			if reason := cmp.Or(c.skip(), skipped[name]); reason != "" {
				reasons[reason]++
				t.Skip(reason)
			}
			open := o.NewStores(t)
			synctest.Test(t, func(t *testing.T) {
				errs := c.playWith(t.Context(), open, o.Restarts)
				if len(errs) == 0 {
					passed++
					return
				}
				failed++
				for _, e := range errs {
					t.Error(e)
				}
			})
		})
	}
	var texts []string
	n := 0
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		n += reasons[reason]
		texts = append(texts, fmt.Sprintf("%d: %s", reasons[reason], reason))
	}
	if passed+failed+n > 0 {
		how := ""
		if o.How != "" {
			how = ", " + o.How
		}
		fmt.Printf("api%s: %d passed, %d failed, %d skipped (%s)\n", how, passed, failed, n, strings.Join(texts, "; "))
	}
	return passed
}
