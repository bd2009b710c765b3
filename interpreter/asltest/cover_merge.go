package asltest

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gostates/gostates/asl"
)

// pagePart is what one package has covered, as its data file has it.
type pagePart struct {
	Package  string        `json:"package"`
	Machines []machinePart `json:"machines"`
}

// machinePart is what a package has covered of a machine.
type machinePart struct {
	Name       string         `json:"name"`
	Digest     string         `json:"digest"`
	Runs       int            `json:"runs"`
	Definition string         `json:"definition"`
	Written    bool           `json:"written"` // Definition is the text of the file
	Counts     map[string]int `json:"counts"`  // of the points, by their keys
}

// key identifies a point among those of its machine.
func (p *point) key() string { return pointKinds[p.kind] + " " + p.label }

// newPart returns what this package has covered.
func newPart(all []*coverage) (pagePart, error) {
	part := pagePart{Package: packagePath()}
	for _, c := range all {
		c.findSource()
		m := machinePart{Name: c.name, Digest: c.digest, Runs: c.runs, Definition: c.source, Written: c.source != "", Counts: make(map[string]int)}
		if !m.Written {
			text, err := asl.Marshal(c.machine)
			if err != nil {
				return part, fmt.Errorf("the definition of %s: %w", c.name, err)
			}
			m.Definition = string(text)
		}
		for _, p := range c.points {
			m.Counts[p.key()] = p.count
		}
		part.Machines = append(part.Machines, m)
	}
	return part, nil
}

// mergeParts adds up what packages have covered of the same machines.
func mergeParts(parts []pagePart) ([]*coverage, error) {
	var all []*coverage
	for _, part := range parts {
		for _, m := range part.Machines {
			i := slices.IndexFunc(all, func(c *coverage) bool { return c.name == m.Name && c.digest == m.Digest })
			if i < 0 {
				definition, _ := asl.Parse([]byte(m.Definition))
				if definition == nil || definition.States == nil {
					return nil, fmt.Errorf("what %s has covered of %s has no definition, and is perhaps of another version: test it again", part.Package, m.Name)
				}
				i = len(all)
				all = append(all, newCoverage(m.Name, m.Digest, definition))
				if m.Written {
					all[i].source = m.Definition
				}
			}
			c := all[i]
			c.runs += m.Runs
			c.packages = append(c.packages, part.Package)
			for _, p := range c.points {
				p.count += m.Counts[p.key()]
			}
		}
	}
	slices.SortStableFunc(all, func(a, b *coverage) int { return cmp.Compare(a.name, b.name) })
	return all, nil
}

// Coverage is what the tests of several packages have covered of their machines together.
type Coverage struct {
	parts    []pagePart
	machines []*coverage
}

// MergeCoverage reads what packages have covered from folders FILE.d, which the flag
// -asl.cover=FILE leaves beside a page (see [Main]). Of a package that is in several of
// them, all counts: run it in one process, or in some that share the work. If no machine
// was run, it is an error, so that no threshold is met without a test.
func MergeCoverage(folders ...string) (*Coverage, error) {
	c := new(Coverage)
	for _, folder := range folders {
		parts, err := readParts(folder)
		if err != nil {
			return nil, err
		}
		if len(parts) == 0 {
			return nil, fmt.Errorf("%s has no files of -asl.cover", folder)
		}
		c.parts = append(c.parts, parts...)
	}
	var err error
	if c.machines, err = mergeParts(c.parts); err == nil && len(c.machines) == 0 {
		err = errors.New("no package ran a machine")
	}
	return c, err
}

// Page returns an HTML page.
func (c *Coverage) Page() ([]byte, error) { return renderPage(c.parts) }

// Percent returns the part that was covered of all machines together.
func (c *Coverage) Percent() float64 {
	hit, all := 0, 0
	for _, m := range c.machines {
		h, a := m.countAll()
		hit, all = hit+h, all+a
	}
	return 100 * float64(hit) / float64(max(1, all))
}

// Badge returns a line of Markdown with a badge of [Coverage.Percent].
func (c *Coverage) Badge() string {
	percent := int(c.Percent()) // 99.9 is not 100
	colour := "red"
	for _, step := range []struct {
		from int
		name string
	}{{60, "orange"}, {75, "yellow"}, {90, "green"}, {100, "brightgreen"}} {
		if percent >= step.from {
			colour = step.name
		}
	}
	return fmt.Sprintf("![state machines: %d%%](https://img.shields.io/badge/state%%20machines-%d%%25-%s)", percent, percent, colour)
}

// Report prints the machines that are below a threshold, as of the flag -asl.threshold: "",
// "90" or "90,NAME=75", and what they miss; with verbose all machines. It is false if some
// are below.
func (c *Coverage) Report(w io.Writer, threshold string, verbose bool) (bool, error) {
	limits, err := parseThresholds(threshold)
	if err != nil {
		return false, err
	}
	if unknown := limits.unknownNames(c.machines); len(unknown) > 0 {
		return false, fmt.Errorf("no package ran a machine %s", strings.Join(unknown, ", nor "))
	}
	return limits.reportBelow(w, c.machines, verbose), nil
}
