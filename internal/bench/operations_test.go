package bench

import (
	"bufio"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// cost is what some work took: a number that is the same on every machine.
type cost struct {
	statements float64 // executed in the packages of interpreter
	allocs     float64
	bytes      float64 // allocated
}

var costs = flag.Bool("costs", false, "also run TestCostOfAScopeIsLogarithmic")

// The cost of a scope grows with the logarithm of the number of scopes that live at
// the same time, at most. It is counted: the time of a scope grows more, because the
// scopes do not fit into the processor's caches.
func TestCostOfAScopeIsLogarithmic(t *testing.T) {
	if !*costs {
		t.Skip("builds the interpreter once more, to count statements: run with -costs")
	}
	counting := filepath.Join(t.TempDir(), "counting")
	build := exec.CommandContext(t.Context(), "go", "test", "-c", "-o", counting,
		"-covermode=atomic", "-coverpkg=github.com/gostates/gostates/interpreter/...", ".")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	for _, c := range curves {
		t.Run(c.name, func(t *testing.T) {
			if c.byHand {
				t.Skip("not ours")
			}
			sizes := c.sizes()
			few, many := sizes[0], sizes[len(sizes)-1]
			fixed := countCost(t, counting, c.name, 1)
			perScope := func(n int) cost {
				k := countCost(t, counting, c.name, n)
				scopes := float64(n - 1)
				return cost{(k.statements - fixed.statements) / scopes, (k.allocs - fixed.allocs) / scopes, (k.bytes - fixed.bytes) / scopes}
			}
			a, b := perScope(few), perScope(many)
			t.Logf("%d scopes: %.0f; %d scopes: %.0f", few, a, many, b)
			logarithmic := math.Log(float64(many)) / math.Log(float64(few))
			require.LessOrEqual(t, b.statements, a.statements*logarithmic, "statements")
			require.LessOrEqual(t, b.allocs, a.allocs*1.1+0.1, "allocations")
			require.LessOrEqual(t, b.bytes, a.bytes*1.5, "bytes") // slices grow by half at most
		})
	}
}

// countCost returns the cost of a curve's work for n scopes.
func countCost(t *testing.T, counting, curve string, n int) (c cost) {
	profile := filepath.Join(t.TempDir(), "profile")
	cmd := exec.CommandContext(t.Context(), counting, "-test.run", "^TestOneCurve$", "-test.benchtime", "1x", "-test.coverprofile", profile)
	cmd.Env = append(os.Environ(), "CURVE="+curve, "SCOPES="+strconv.Itoa(n))
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	_, err = fmt.Sscanf(string(out), "%g %g", &c.allocs, &c.bytes)
	require.NoError(t, err, "%s", out)
	f, err := os.Open(profile)
	require.NoError(t, err)
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var statements, count float64
		if _, numbers, ok := strings.Cut(lines.Text(), " "); ok && !strings.HasPrefix(lines.Text(), "mode:") {
			_, err := fmt.Sscan(numbers, &statements, &count)
			require.NoError(t, err)
			c.statements += statements * count
		}
	}
	require.NotZero(t, c.statements)
	return c
}

// TestOneCurve is the process that countCost starts. It prints what it allocated.
func TestOneCurve(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("SCOPES"))
	if err != nil {
		t.Skip("only for TestCostOfAScopeIsLogarithmic")
	}
	for _, c := range curves {
		if c.name != os.Getenv("CURVE") {
			continue
		}
		testing.Benchmark(func(b *testing.B) {
			work := c.prepare(b, n)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			work()
			runtime.ReadMemStats(&after)
			fmt.Println(after.Mallocs-before.Mallocs, after.TotalAlloc-before.TotalAlloc)
		})
	}
}
