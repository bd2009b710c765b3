package asltest

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// thresholds are the least percentages of coverage.
type thresholds struct {
	usual float64
	of    map[string]float64 // by the names of machines
}

// parseThresholds reads "90", "Order=100" or "90,Order=100,Legacy=50".
func parseThresholds(text string) (thresholds, error) {
	t := thresholds{of: make(map[string]float64)}
	if text == "" {
		return t, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		name, number, named := strings.Cut(strings.TrimSpace(part), "=")
		if !named {
			number = name
		}
		percent, err := strconv.ParseFloat(number, 64)
		if err != nil || !(0 <= percent && percent <= 100) {
			return thresholds{}, fmt.Errorf("%q is not of the form 90 or NAME=90, with at most 100", part)
		}
		if named {
			t.of[name] = percent
		} else {
			t.usual = percent
		}
	}
	return t, nil
}

// least returns the threshold of a machine.
func (t thresholds) least(machine string) float64 {
	if percent, ok := t.of[machine]; ok {
		return percent
	}
	return t.usual
}

// unknownNames returns the names with a threshold that no machine has.
func (t thresholds) unknownNames(all []*coverage) []string {
	return slices.DeleteFunc(sortedKeys(t.of), func(name string) bool {
		return slices.ContainsFunc(all, func(c *coverage) bool { return c.name == name })
	})
}

// reportBelow prints the machines below their thresholds, or all. It is false if there are some.
func (t thresholds) reportBelow(w io.Writer, all []*coverage, verbose bool) bool {
	ok := true
	for _, c := range all {
		below := c.hitPercent() < t.least(c.name)
		if below || verbose {
			fmt.Fprintln(w, c.summaryLine())
			for _, m := range c.uncoveredPoints() {
				fmt.Fprintf(w, "\tnot covered: %s\n", m)
			}
		}
		if below {
			fmt.Fprintf(w, "FAIL: the coverage of %s is below %g%%\n", c.name, t.least(c.name))
			ok = false
		}
	}
	return ok
}
