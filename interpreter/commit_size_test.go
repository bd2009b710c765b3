package interpreter_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
)

// A Commit has at most 4,096 changes and 8 MiB. A change that is larger is alone.
func TestCommitsAreLimited(t *testing.T) {
	const mib = 1 << 20
	for name, c := range map[string]struct {
		sizes []int // of changes that wait
		want  []int // changes in each Commit
	}{
		"few":         {[]int{1, 2, 3}, []int{3}},
		"just fits":   {[]int{4 * mib, 4 * mib, 1}, []int{2, 1}},
		"bytes":       {[]int{3 * mib, 3 * mib, 3 * mib, 1}, []int{2, 2}},
		"a large one": {[]int{1, 9 * mib, 1}, []int{1, 1, 1}},
		"first large": {[]int{20 * mib, 1, 1}, []int{1, 2}},
		"changes":     {slices.Repeat([]int{1}, 4100), []int{4096, 4}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, interpreter.CommitSizes(c.sizes))
		})
	}
}
