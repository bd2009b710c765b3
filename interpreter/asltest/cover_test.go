package asltest

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
	require.Equal(t, "asl coverage: TestCoverage 30.8% (states 2/4, transitions 1/3, rules 1/3, Retriers 0/2, Catchers 0/1) in 1 run",
		mine().summaryLine())
	Run(t, p, 2).WantFailed("States.Runtime") // the input is not a list
	c := mine()
	require.Equal(t, 2, c.runs)
	require.Contains(t, strings.Join(c.uncoveredPoints(), "\n"), "3:3: rule Which: Choices[0] → Each")
	require.NotContains(t, strings.Join(c.uncoveredPoints(), "\n"), "Choices[1]")

	html := string(renderPage([]*coverage{c}))
	require.Contains(t, html, "Work &lt;it&gt;")
	require.Contains(t, html, `<span class="hit">✓ 1× Choices[1] → Each</span>`)
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
	*coverFlag, *thresholdFlag = file, 50
	defer func() { *coverFlag, *thresholdFlag = "", 0 }()
	var out strings.Builder
	require.Equal(t, 1, reportCoverage(0, &out), "below the threshold")
	require.Contains(t, out.String(), "FAIL: the coverage of TestReport is below 50%")
	require.FileExists(t, file)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(text), "TestReport")
	require.Equal(t, 2, reportCoverage(2, &out), "a failed test binary stays failed")
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
			"5 s2Work>s5Done", "6 s2Work>s5Done", "7 s2Work>s5Done", "8 s3Both>finish", "9 s5Done>finish"}
		require.Len(t, counts, len(names))
		all := make(map[string]int)
		for i, name := range names {
			all[name] = counts[i]
		}
		return all
	}
	Run(t, p, 1, On("Work").Return(1)).WantSucceeded()
	require.Equal(t, edges(1, 1, 0, 0, 0, 1, 0, 0, 0, 1), taken())
	Run(t, p, 2, On("Work").Throw("B", "")).WantSucceeded()
	require.Equal(t, edges(2, 1, 1, 0, 0, 1, 0, 1, 0, 2), taken())
	Run(t, p, 3).WantSucceeded()
	Run(t, p, 4).WantFailed("No")
	require.Equal(t, edges(4, 1, 1, 1, 1, 1, 0, 1, 1, 2), taken())
}
