package conformance_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/conformance"
)

// TestConformance runs every case of the corpus.
func TestConformance(t *testing.T) {
	found := false
	for _, kind := range conformance.Kinds() {
		var all tally
		for _, dir := range conformance.Folders() {
			files, err := conformance.Files(dir, kind)
			require.NoError(t, err)
			if len(files) == 0 {
				continue
			}
			found = true
			t.Run(kind, func(t *testing.T) {
				for _, name := range files {
					t.Run(name, func(t *testing.T) { all.run(t, dir, kind, name) })
				}
			})
		}
		all.print(kind)
	}
	if !found {
		t.Skipf("no cases of kind %s in %s: ASL_CORPUS lists the folders of the corpus",
			strings.Join(conformance.Kinds(), ", "), strings.Join(conformance.Folders(), ", "))
	}
}

// tally counts the cases of one kind.
type tally struct {
	passed, failed int
	texts          int            // that were compared byte for byte
	skipped        map[string]int // by reason
}

func (a *tally) run(t *testing.T, dir, kind, name string) {
	c, err := conformance.Load(dir, kind, name)
	if err != nil {
		a.failed++
		t.Fatal(err)
	}
	if reason := c.Skip(); reason != "" {
		if a.skipped == nil {
			a.skipped = make(map[string]int)
		}
		a.skipped[reason]++
		t.Skip(reason)
	}
	a.texts += c.ExactTexts()
	problems := c.Check()
	if len(problems) == 0 {
		a.passed++
		return
	}
	a.failed++
	for _, p := range problems {
		t.Error(p)
	}
}

func (a *tally) print(kind string) {
	skipped := 0
	reasons := make([]string, 0, len(a.skipped))
	for reason, n := range a.skipped {
		skipped += n
		reasons = append(reasons, reason)
	}
	if a.passed+a.failed+skipped == 0 {
		return // -run names cases of another kind
	}
	slices.Sort(reasons)
	fmt.Printf("%s: %d passed, %d failed, %d skipped\n", kind, a.passed, a.failed, skipped)
	if a.texts > 0 {
		fmt.Printf("\t%d exact texts\n", a.texts)
	}
	for _, reason := range reasons {
		fmt.Printf("\t%d skipped: %s\n", a.skipped[reason], reason)
	}
}
