package asltest

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/gostates/gostates/internal/spelling"
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

// unknownNames returns the names of thresholds that are not those of machines, quoted, with
// a question if a similar machine was run.
func (t thresholds) unknownNames(all []*coverage) (unknown []string) {
	run := make([]string, len(all))
	for i, c := range all {
		run[i] = c.name
	}
	for _, name := range sortedKeys(t.of) {
		if slices.Contains(run, name) {
			continue
		}
		text := strconv.Quote(name)
		if similar, ok := spelling.Similar(name, slices.Values(run)); ok {
			text += fmt.Sprintf(" (did you mean %q?)", similar)
		}
		unknown = append(unknown, text)
	}
	return unknown
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
