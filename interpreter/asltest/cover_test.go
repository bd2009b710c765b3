package asltest

import (
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/machine"
)

const covering = `{"StartAt": "Which", "States": {
	"Which": {"Type": "Choice", "Choices": [
		{"Variable": "$", "NumericEquals": 1, "Next": "Each"},
		{"Variable": "$", "NumericEquals": 2, "Next": "Each"}], "Default": "No"},
	"Each": {"Type": "Map", "ItemsPath": "$$.Execution.Input", "End": true, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "No"}],
		"ItemProcessor": {"StartAt": "Work <it>", "States": {"Work <it>": {"Type": "Task", "Resource": "work", "End": true,
			"Retry": [{"ErrorEquals": ["Never"], "MaxAttempts": 0}, {"ErrorEquals": ["Busy"]}]}}}},
	"No": {"Type": "Fail", "Error": "No"}}}`

// Two rules with the same target are counted separately. A Retrier with MaxAttempts 0 is
// covered when it matches.
func TestCoverage(t *testing.T) {
	forget(t.Name())
	p := Compile(t, covering, machine.Options{StateMachineName: t.Name()})
	mine := func() *coverage {
		for _, c := range coveredMachines() {
			if c.name == t.Name() {
				return c
			}
		}
		return nil
	}
	Run(t, p, 3).WantFailed("No")
	require.Equal(t, "asl coverage: TestCoverage 33.3% (states 2/4, transitions 1/2, rules 1/3, Retriers 0/2, Catchers 0/1) in 1 run",
		mine().summaryLine())
	Run(t, p, 2).WantFailed("States.Runtime") // the input is not a list
	c := mine()
	require.Equal(t, 2, c.runs)
	require.Contains(t, strings.Join(c.uncoveredPoints(), "\n"), "3:3: rule Which: Choices[0] → Each")
	require.NotContains(t, strings.Join(c.uncoveredPoints(), "\n"), "Choices[1]")

	html := pageOf(t)
	require.Contains(t, html, "Work &lt;it&gt;")
	require.Contains(t, html, `<span class="hit">✓ 1× Choices[1] → Each</span>`)
	require.NotContains(t, html, "</span> Which → Each", "the rules say that")
}

// The terminal and all parts of the page count the same points.
func TestCoverageHasOneCount(t *testing.T) {
	forget(t.Name())
	p := Compile(t, covering, machine.Options{StateMachineName: t.Name()})
	Run(t, p, 3).WantFailed("No")
	var c *coverage
	for _, other := range coveredMachines() {
		if other.name == t.Name() {
			c = other
		}
	}
	hit, all := c.countAll()
	shown := c.shownMachine()
	require.Len(t, c.uncoveredPoints(), all-hit)
	require.Equal(t, all-hit, shown.Gaps)
	require.Equal(t, []int{hit, all}, []int{shown.Hit, shown.All})
	sumHit, sumAll := 1, 1 // from the start
	for st := range c.machine.All() {
		_, h, a := c.tallyState(st.Base().Name)
		sumHit, sumAll = sumHit+h, sumAll+a
	}
	require.Equal(t, []int{hit, all}, []int{sumHit, sumAll})
}

// A transition by Next is not covered by a Catcher that leads to the same state.
func TestCoverageTellsNextFromCatchers(t *testing.T) {
	forget(t.Name())
	p := Compile(t, `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "a", "Next": "B", "Catch": [{"ErrorEquals": ["E"], "Next": "B"}]}, "B": {"Type": "Succeed"}}}`,
		machine.Options{StateMachineName: t.Name()})
	Run(t, p, 1, On("A").Throw("E", "")).WantSucceeded()
	for _, c := range coveredMachines() {
		if c.name == t.Name() {
			require.Equal(t, []string{"1:34: transition A → B"}, c.uncoveredPoints())
		}
	}
}

// A line is green if all that begins in it was covered, red if nothing was, and else amber.
func TestCoverageColoursLines(t *testing.T) {
	forget(t.Name())
	const text = `{"StartAt": "Which", "States": {
	"Which": {"Type": "Choice", "Choices": [{"Variable": "$", "NumericEquals": 1, "Next": "One"},
		{"Variable": "$", "NumericEquals": 2, "Next": "One"}], "Default": "No"},
	"One": {"Type": "Pass", "End": true},
	"No": {"Type": "Fail"}}}`
	p := Compile(t, text, machine.Options{StateMachineName: t.Name()})
	Run(t, p, 3).WantFailed("")
	for _, c := range coveredMachines() {
		if c.name != t.Name() {
			continue
		}
		c.findSource()
		var marks []string
		for _, l := range c.sourceLines() {
			marks = append(marks, l.Class+" "+l.Count)
		}
		require.Equal(t, []string{" ", "some ! 3 of 4", "gap ✗", "gap ✗", "hits 1×"}, marks)
	}
}

// forget removes a machine's coverage, so that a test can run twice.
func forget(name string) {
	covered.Lock()
	defer covered.Unlock()
	maps.DeleteFunc(covered.machines, func(_ string, c *coverage) bool { return c.name == name })
}

func TestReport(t *testing.T) {
	p := Compile(t, covering, machine.Options{StateMachineName: t.Name()})
	Run(t, p, 3).WantFailed("No")
	file := filepath.Join(t.TempDir(), "out.html")
	*coverFlag, *thresholdFlag = file, "50"
	defer func() { *coverFlag, *thresholdFlag = "", "" }()
	var out strings.Builder
	limits, err := parseThresholds(*thresholdFlag)
	require.NoError(t, err)
	require.Equal(t, 1, reportCoverage(0, limits, &out, io.Discard), "below the threshold")
	require.Contains(t, out.String(), "FAIL: the coverage of TestReport is below 50%")
	require.FileExists(t, file)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(text), "TestReport")
	require.Equal(t, 2, reportCoverage(2, limits, &out, io.Discard), "a failed test binary stays failed")
}

// The graph marks the edges that the runs took and no others, even if two edges have the
// same target.
func TestCoveragePictureColoursTheWaysThatWereTaken(t *testing.T) {
	forget(t.Name())
	p := Compile(t, `{"StartAt": "Which", "States": {
		"Which": {"Type": "Choice", "Choices": [
			{"Variable": "$", "NumericEquals": 1, "Next": "Work"},
			{"Variable": "$", "NumericEquals": 2, "Next": "Work"},
			{"Variable": "$", "NumericEquals": 3, "Next": "Both"}], "Default": "No"},
		"Work": {"Type": "Task", "Resource": "work", "Next": "Done",
			"Catch": [{"ErrorEquals": ["A"], "Next": "Done"}, {"ErrorEquals": ["B"], "Next": "Done"}]},
		"Both": {"Type": "Parallel", "End": true, "Branches": [
			{"StartAt": "In", "States": {"In": {"Type": "Succeed"}}}]},
		"Done": {"Type": "Succeed"},
		"No": {"Type": "Fail", "Error": "No"}}}`, machine.Options{StateMachineName: t.Name()})
	taken := func() map[string]int {
		all := make(map[string]int)
		for _, c := range coveredMachines() {
			if c.name != t.Name() {
				continue
			}
			for i, e := range c.coverageGraph().Edges {
				all[fmt.Sprintf("%d %s%s>%s%s", i, e.From.ID, e.From.Name, e.To.ID, e.To.Name)] = e.Taken
			}
		}
		return all
	}
	edges := func(counts ...int) map[string]int {
		names := []string{"0 start>s1Which", "1 s1Which>s2Work", "2 s1Which>s2Work", "3 s1Which>s3Both", "4 s1Which>s6No",
			"5 s2Work>s5Done", "6 s2Work>s5Done", "7 s2Work>s5Done", "8 s3Both>finish", "9 s5Done>finish", "10 s6No>finish"}
		require.Len(t, counts, len(names))
		all := make(map[string]int)
		for i, name := range names {
			all[name] = counts[i]
		}
		return all
	}
	Run(t, p, 1, On("Work").Return(1)).WantSucceeded()
	require.Equal(t, edges(1, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0), taken())
	Run(t, p, 2, On("Work").Throw("B", "")).WantSucceeded()
	require.Equal(t, edges(2, 1, 1, 0, 0, 1, 0, 1, 0, 2, 0), taken())
	Run(t, p, 3).WantSucceeded()
	Run(t, p, 4).WantFailed("No")
	require.Equal(t, edges(4, 1, 1, 1, 1, 1, 0, 1, 1, 2, 1), taken())
}

// The states of children count, each execution of a run once, also after a redrive.
// Where children start and end is not where the machine does.
func TestCoverageOfMapRuns(t *testing.T) {
	forget(t.Name())
	p := Compile(t, `{"StartAt": "Each", "States": {
		"Each": {"Type": "Map", "Next": "After", "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
			"StartAt": "Which", "States": {
				"Which": {"Type": "Choice", "Choices": [{"Variable": "$", "NumericEquals": 1, "Next": "One"}], "Default": "Other"},
				"One": {"Type": "Succeed"},
				"Other": {"Type": "Pass", "End": true}}}},
		"After": {"Type": "Task", "Resource": "after", "End": true}}}`, machine.Options{StateMachineName: t.Name()})
	x := Run(t, p, []int{1, 1, 1}, On("After").Throw("No", ""))
	x.WantFailed("No")
	mine := func() *coverage {
		all := coveredMachines()
		return all[slices.IndexFunc(all, func(c *coverage) bool { return c.name == t.Name() })]
	}
	require.Equal(t, "asl coverage: TestCoverageOfMapRuns 70.0% (states 4/5, transitions 2/3, rules 1/2) in 1 run", mine().summaryLine())
	x.Redrive(On("After").Return(1))
	c := mine()
	require.Equal(t, 3, c.byPlace[place{kind: pointState, state: "One"}].count)
	require.Equal(t, 3, c.byPlace[place{kind: pointRule, state: "Which", index: 0}].count)
	require.Equal(t, 1, c.byPlace[place{kind: pointTransition, to: "Each"}].count)
	require.Equal(t, 1, c.byPlace[place{kind: pointTransition, state: "After"}].count)
}

// partOf returns the part of a package whose only machine has a name, and five points, of
// which some were hit.
func partOf(name, machine string, hit int) pagePart {
	m := machinePart{Name: machine, Digest: machine, Runs: 1, Counts: make(map[string]int), Written: true,
		Definition: `{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Succeed"}}}`}
	for _, key := range []string{"states A", "states B", "transitions start → A", "transitions A → B", "transitions B → end"}[:hit] {
		m.Counts[key]++
	}
	return pagePart{Package: name, Machines: []machinePart{m}}
}

// Packages that are tested at the same time write into one page.
func TestCoverageOfSeveralPackages(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a[b*c]", "multi.html")
	require.NoError(t, os.Mkdir(filepath.Dir(file), 0o777))
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			assert.NoError(t, writePage(file, partOf(fmt.Sprintf("pkg%d", i), fmt.Sprintf("Machine%02d", i), i%5)))
		})
	}
	all.Wait()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	for i := range 20 {
		require.Contains(t, string(text), fmt.Sprintf(">Machine%02d</a> <span class=\"mut\">pkg%d</span>", i, i))
	}
	require.NoError(t, writePage(file, partOf("pkg3", "Renamed", 4)))
	text, err = os.ReadFile(file)
	require.NoError(t, err)
	require.NotContains(t, string(text), "Machine03", "a package replaces what it had")
	require.Contains(t, string(text), "Renamed")
	require.Less(t, strings.Index(string(text), ">Machine00<"), strings.Index(string(text), ">Machine01<"), "worst first")
	require.Less(t, strings.Index(string(text), ">Machine05<"), strings.Index(string(text), ">Machine01<"), "worst first")
	left, err := filepath.Glob(filepath.Join(filepath.Dir(file), "*"))
	require.NoError(t, err)
	require.LessOrEqual(t, len(left), 2, "no temporary files")

	require.NoError(t, os.WriteFile(filepath.Join(file+".d", "torn.json"), []byte(`{"pack`), 0o600))
	require.ErrorContains(t, writePage(file, partOf("pkg3", "Renamed", 4)), "torn.json")
}

func TestPackagePath(t *testing.T) {
	require.Equal(t, "github.com/gostates/gostates/interpreter/asltest", packagePath())
}

// Where all was covered, nothing is faint or said to be missing: neither states nor the
// lines from the start and to the end.
func TestPageOfFullCoverage(t *testing.T) {
	forget(t.Name())
	p := Compile(t, `{"StartAt": "Which", "States": {
		"Which": {"Type": "Choice", "Choices": [{"Variable": "$", "NumericEquals": 1, "Next": "Work"}], "Default": "No"},
		"Work": {"Type": "Task", "Resource": "work", "End": true, "Catch": [{"ErrorEquals": ["A"], "Next": "No"}]},
		"No": {"Type": "Fail", "Error": "No"}}}`, machine.Options{StateMachineName: t.Name()})
	Run(t, p, 1, On("Work").Return(1)).WantSucceeded()
	Run(t, p, 1, On("Work").Throw("A", "")).WantFailed("No")
	Run(t, p, 2).WantFailed("No")
	html := pageOf(t)
	require.Contains(t, html, `class="line taken" data-edge="start-s1-entry"`)
	require.Contains(t, html, `class="line taken" data-edge="s2-finish-exit"`)
	for _, faint := range []string{`class="line" `, `class="arrow" `, `data-outcome="not reached"`, `class="part none"`, `class="part some"`, `class="gaps"`, ` class="gap"`} {
		require.NotContains(t, html, faint)
	}
	require.Contains(t, html, `<section id="m1" class="full">`)
}

// pageOf renders the page of the machine that has the test's name.
func pageOf(t *testing.T) string {
	t.Helper()
	all := coveredMachines()
	i := slices.IndexFunc(all, func(c *coverage) bool { return c.name == t.Name() })
	part, err := newPart(all[i : i+1])
	require.NoError(t, err)
	page, err := renderPage([]pagePart{part})
	require.NoError(t, err)
	return string(page)
}

// The page has the definition, each line with what was covered, and links into it. It
// fits a phone and a dark theme.
func TestPageShowsTheDefinition(t *testing.T) {
	forget(t.Name())
	p := Compile(t, "{\"StartAt\": \"A<b>\", \"States\": {\r\n\t\"A<b>\": {\"Type\": \"Task\", \"Resource\": \"a\", \"End\": true, \"Catch\": [\n"+
		"\t\t{\"ErrorEquals\": [\"States.ALL\"], \"Next\": \"B\"}]},\n\t\"B\": {\"Type\": \"Succeed\"}\n}}", machine.Options{StateMachineName: t.Name()})
	Run(t, p, 1, On("A<b>").Return(1)).WantSucceeded()
	html := pageOf(t)
	require.Contains(t, html, `<div id="m1-L2" class="hits"><span class="n">2</span><span class="n count">1×</span>	&#34;A&lt;b&gt;&#34;: {`)
	require.Contains(t, html, `<div id="m1-L3" class="gap"><span class="n">3</span><span class="n count">✗</span>`)
	require.Contains(t, html, `<div id="m1-L5"><span class="n">5</span><span class="n count"></span>}}</div>`)
	require.Contains(t, html, `<a href="#m1-L4"><b>B</b></a>`)
	require.Contains(t, html, `<a href="#m1-L3">3:3</a>`)
	require.Contains(t, html, `data-state="A&lt;b&gt;"`, "by its name the script finds the link")
	require.Contains(t, html, `<b>A&lt;b&gt;</b></a>`)
	require.NotContains(t, html, "#<machine>")
	require.Contains(t, html, `<meta name="viewport" content="width=device-width,initial-scale=1">`)
	require.Contains(t, html, "prefers-color-scheme: dark")
	_, print, _ := strings.Cut(html, "@media print")
	require.Regexp(t, `details::details-content \{ content-visibility: visible`, print)
	require.Contains(t, print, "white-space: pre-wrap", "long lines are not cut off on paper")
	require.Contains(t, print, "summary { list-style: none }", "paper opens what is closed, so no triangle says so")
	require.Contains(t, print, ".part:not(:has(.group))", "a Parallel may be longer than a sheet")

	Compile(t, "{\"StartAt\": \"A<b>\", \"States\": {\n\n\t\"A<b>\": {\"Type\": \"Task\", \"Resource\": \"a\", \"End\": true, \"Catch\": ["+
		"{\"ErrorEquals\": [\"States.ALL\"], \"Next\": \"B\"}]}, \"B\": {\"Type\": \"Succeed\"}}}", machine.Options{StateMachineName: t.Name()})
	require.NotContains(t, pageOf(t), `class="source"`, "its lines are of another text")
}

// A state that was never entered is one thing that is missing: what it has cannot have
// been reached.
func TestPageListsAStateThatWasNotEnteredOnce(t *testing.T) {
	forget(t.Name())
	p := Compile(t, `{"StartAt": "Which", "States": {
		"Which": {"Type": "Choice", "Choices": [{"Variable": "$", "NumericEquals": 1, "Next": "Work"}], "Default": "No"},
		"Work": {"Type": "Task", "Resource": "work", "Next": "Fork", "Retry": [{"ErrorEquals": ["A"]}], "Catch": [{"ErrorEquals": ["A"], "Next": "No"}]},
		"Fork": {"Type": "Parallel", "End": true, "Branches": [{"StartAt": "In", "States": {"In": {"Type": "Succeed"}}}]},
		"No": {"Type": "Fail", "Error": "No"}}}`, machine.Options{StateMachineName: t.Name()})
	Run(t, p, 2).WantFailed("No")
	html := pageOf(t)
	_, html, _ = strings.Cut(html, `<section id="m1"`)
	gaps, rest, found := strings.Cut(html, "</ul>")
	require.True(t, found)
	require.Equal(t, 4, strings.Count(gaps, "<li>"), gaps) // the rule, and three states
	require.Contains(t, gaps, `✗ state</span> Work <span class="mut">and 3 more in it</span>`)
	require.Contains(t, gaps, `✗ state</span> Fork <span class="mut">and 1 more in it</span>`)
	require.Contains(t, gaps, `✗ rule</span> Which: Choices[0] → Work `)
	require.Contains(t, pageOf(t), `<td class="n">8</td></tr>`, "all that is missing")
	require.Contains(t, rest, `<span class="label">branch 0</span>`, "as in the graph")
}

// Each text of the page can be read in both themes, on whatever it stands.
func TestContrastOfThePage(t *testing.T) {
	page, err := renderPage(nil)
	require.NoError(t, err)
	style, rest, _ := strings.Cut(string(page), "prefers-color-scheme: dark")
	dark, _, _ := strings.Cut(rest, "* {")
	variable := regexp.MustCompile(`--([\w-]+): #(\w+)`)
	for theme, text := range map[string]string{"light": style, "dark": dark} {
		colours := make(map[string]float64)
		for _, m := range variable.FindAllStringSubmatch(text, -1) {
			if len(m[2]) == 3 {
				m[2] = string([]byte{m[2][0], m[2][0], m[2][1], m[2][1], m[2][2], m[2][2]})
			}
			colours[m[1]] = luminance(t, m[2])
		}
		require.Len(t, colours, 12, theme)
		for ink, papers := range map[string][]string{
			"ink":  {"page", "card", "ok-bg", "warn-bg", "bad-bg"},
			"ink2": {"page", "card", "ok-bg", "warn-bg", "bad-bg"},
			"link": {"card", "ok-bg", "warn-bg", "bad-bg"},
			"ok":   {"page", "card", "ok-bg", "warn-bg"},
			"bad":  {"page", "card", "warn-bg", "bad-bg"},
		} {
			for _, paper := range papers {
				high, low := max(colours[ink], colours[paper]), min(colours[ink], colours[paper])
				require.GreaterOrEqual(t, (high+0.05)/(low+0.05), 4.5, "%s: %s on %s", theme, ink, paper)
			}
		}
	}
}

// luminance is the relative luminance of WCAG 2.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(hex, 16, 24)
	require.NoError(t, err)
	sum := 0.0
	for i, weight := range []float64{0.0722, 0.7152, 0.2126} {
		v := float64(n>>(8*i)&255) / 255
		if v <= 0.04045 {
			sum += weight * v / 12.92
		} else {
			sum += weight * math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return sum
}

// What packages have covered of the same machine adds up, also over folders.
func TestMergedCoverage(t *testing.T) {
	one, two := filepath.Join(t.TempDir(), "one.html"), filepath.Join(t.TempDir(), "two.html")
	require.NoError(t, writePage(one, partOf("pkg1", "Order", 3)))
	require.NoError(t, writePage(one, partOf("pkg2", "Refund", 5)))
	other := partOf("pkg3", "Order", 0)
	other.Machines[0].Counts = map[string]int{"states A": 2, "transitions A → B": 1}
	require.NoError(t, writePage(two, other))
	c, err := MergeCoverage(one+".d", two+".d")
	require.NoError(t, err)
	require.InDelta(t, 90.0, c.Percent(), 0.001, "9 of 10 points")
	require.Equal(t, "![state machines: 90%](https://img.shields.io/badge/state%20machines-90%25-green)", c.Badge())

	report := func(threshold string) (string, bool) {
		var b strings.Builder
		ok, err := c.Report(&b, threshold, true)
		require.NoError(t, err)
		return b.String(), ok
	}
	text, ok := report("75,Refund=100")
	require.True(t, ok, text)
	require.Equal(t, "asl coverage: Order 80.0% (states 2/2, transitions 2/3) in 2 runs\n\tnot covered: 1:70: transition B → end\n"+
		"asl coverage: Refund 100.0% (states 2/2, transitions 3/3) in 1 run\n", text)
	text, ok = report("Order=81")
	require.False(t, ok)
	require.Contains(t, text, "FAIL: the coverage of Order is below 81%\n")
	for _, bad := range []string{"x", "101", "-1", "90,", "A=", "NaN", "Ordr=5"} {
		_, err := c.Report(io.Discard, bad, false)
		require.Error(t, err, bad)
	}
	page, err := c.Page()
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(page), ">Order</a>"), "one section for all packages")
	require.Contains(t, string(page), `<span class="mut">pkg1, pkg3</span>`)

	_, err = MergeCoverage(t.TempDir())
	require.ErrorContains(t, err, "has no files of -asl.cover")
	_, err = MergeCoverage("nowhere")
	require.Error(t, err)
	old := partOf("pkg4", "Old", 0)
	old.Machines[0].Definition = ""
	require.ErrorContains(t, writePage(two, old), "what pkg4 has covered of Old has no definition")
}

// The lines from the start and to the end count, those of inner states do not: these are
// where their container starts and ends.
func TestCoverageOfStartsAndEnds(t *testing.T) {
	forget(t.Name())
	p := Compile(t, `{"StartAt": "A", "States": {
		"A": {"Type": "Task", "Resource": "a", "End": true, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "F"}]},
		"F": {"Type": "Fail", "Error": "E"}}}`, machine.Options{StateMachineName: t.Name()})
	Run(t, p, nil, On("A").Throw("X", "")).WantFailed("E")
	all := coveredMachines()
	c := all[slices.IndexFunc(all, func(c *coverage) bool { return c.name == t.Name() })]
	require.Equal(t, "asl coverage: TestCoverageOfStartsAndEnds 80.0% (states 2/2, transitions 1/2, Catchers 1/1) in 1 run", c.summaryLine())
	require.Equal(t, []string{"2:8: transition A → end"}, c.uncoveredPoints())
	require.Contains(t, pageOf(t), "✗ transition</span> A → end")
}

// A threshold that cannot be read fails the tests instead of being none.
func TestThresholdsOfMachines(t *testing.T) {
	forget(t.Name())
	p := Compile(t, covering, machine.Options{StateMachineName: t.Name()})
	Run(t, p, 3).WantFailed("No")
	report := func(threshold string, code int) (warnings string) {
		limits, err := parseThresholds(threshold)
		require.NoError(t, err)
		var out, errs strings.Builder
		require.Equal(t, code, reportCoverage(0, limits, &out, &errs), "%s: %s", threshold, out.String())
		return errs.String()
	}
	for threshold, code := range map[string]int{"": 0, "0": 0, "0," + t.Name() + "=99": 1, "0," + t.Name() + "=1": 0} {
		require.Empty(t, report(threshold, code))
	}
	// Another package may run a machine of that name.
	prefix := "asltest: -asl.threshold: " + packagePath() + " ran no machine "
	require.Equal(t, prefix+"\"Elsewhere\"\n", report("0,Elsewhere=100", 0))
	require.Equal(t, prefix+"\"ThresholdsOfNothing\"\n"+prefix+"\"testThresholdOfMachines\" (did you mean \"TestThresholdsOfMachines\"?)\n",
		report("0,testThresholdOfMachines=1,ThresholdsOfNothing=2", 0))
}

// useMain makes the test binary call Main.
const useMain = "ASLTEST_USE_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(useMain) != "" {
		Main(m)
	}
	os.Exit(m.Run())
}

// A bad threshold is refused before any test runs.
func TestBadThresholds(t *testing.T) {
	for threshold, want := range map[string]string{
		"ninety": `"ninety" is not of the form 90 or NAME=90, with at most 100`, "90,Order": `"Order" is not of the form 90 or NAME=90, with at most 100`, "": "",
	} {
		c := exec.Command(os.Args[0], "-test.v", "-test.run=^TestThresholdsOfMachines$", "-asl.threshold="+threshold)
		c.Env = append(os.Environ(), useMain+"=1")
		out, err := c.CombinedOutput()
		if want == "" {
			require.NoError(t, err, string(out))
			require.Contains(t, string(out), "--- PASS: TestThresholdsOfMachines")
			continue
		}
		require.Error(t, err)
		require.Equal(t, 2, c.ProcessState.ExitCode())
		require.Equal(t, "asltest: -asl.threshold: "+want+"\n", string(out))
	}
}
