package asltest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/asltest"
	"github.com/gostates/gostates/interpreter/machine"
)

// Large values that differ in a few places are reported by the paths of these.
func TestDiffOfLargeValues(t *testing.T) {
	p := asltest.Compile(t, `{"StartAt": "S", "States": {"S": {"Type": "Succeed"}}}`)
	items := func(change func(i int, item map[string]any) bool) map[string]any {
		var all []any
		for i := range 500 {
			item := map[string]any{"id": i, "text": strings.Repeat("a", 300) + "é", "a b": nil}
			if change == nil || change(i, item) {
				all = append(all, item)
			}
		}
		return map[string]any{"items": all, "n": 1}
	}
	want := items(nil)
	for name, c := range map[string]struct {
		got   any
		lines []string
	}{
		"members": {items(func(i int, item map[string]any) bool {
			if i == 7 {
				item["id"], item["new"], item["text"] = "x", []int{1}, strings.Repeat("a", 300)+"è"
				delete(item, "a b")
			}
			return true
		}), []string{`$.items[7]["a b"]: missing, want null`, `$.items[7].id: want 7, got "x"`, `$.items[7].new: not wanted, got [1]`,
			`$.items[7].text, from byte 300 on: want "é", got "è"`}},
		"an item less":   {items(func(i int, _ map[string]any) bool { return i != 3 }), []string{`$.items: want 500 items, got 499`, `$.items[3]: missing, want {`}},
		"all":            {items(func(_ int, item map[string]any) bool { item["id"] = 1.5; return true }), []string{`$.items[19].id: want 19, got 1.5`, `and 480 differences more`}},
		"another type":   {map[string]any{"items": 1, "n": 1}, []string{`$.items: want [{"`, `, got 1`}},
		"at the top":     {nil, []string{`$: want {"`, `, got null`}},
		"with more keys": {map[string]any{"items": want["items"], "n": 1, "": 2}, []string{`$[""]: not wanted, got 2`}},
	} {
		report := messages(t, func(t testing.TB) { asltest.Run(t, p, c.got).WantOutput(want) })
		for _, line := range c.lines {
			require.Contains(t, report, line, name)
		}
		require.Less(t, len(report), 4000, name)
	}
}

// A long path or history is shown around what differs.
func TestDiffOfLongPaths(t *testing.T) {
	p := asltest.Compile(t, polling)
	report := messages(t, func(t testing.TB) {
		x := asltest.Run(t, p, `{}`, asltest.On("Submit").Return(7), asltest.On("Poll").Return(`"busy"`).Times(899).Then().Return(`"done"`))
		x.WantPath("Submit", "899×(Wait, Poll, Done?)", "End")
	})
	require.Equal(t, "asltest: the path differs\n  want  Submit, 899×(Wait, Poll, Done?), End\n  got   Submit, 900×(Wait, Poll, Done?), End\n"+
		"    ... 2696 more lines\n    Poll\n    Done?\n  + Wait\n  + Poll\n  + Done?\n    End\n", report)
	report = messages(t, func(t testing.TB) {
		x := asltest.Run(t, p, `{}`, asltest.On("Submit").Return(7), asltest.On("Poll").Return(`"done"`))
		x.WantPath("Submit", "100×(Wait, Poll, Done?)", "End")
	})
	require.Contains(t, report, "- Wait\n  - ... 277 more lines\n  - Done?")
}

// A parenthesis without its counterpart, and other slips of the notation, are said.
func TestMistakesInPaths(t *testing.T) {
	p := asltest.Compile(t, polling)
	scripts := asltest.Options(asltest.On("Submit").Return(7), asltest.On("Poll").Return(`"done"`))
	for path, want := range map[string]string{
		"2x(Wait, Poll":     `the ( in "(Wait, Poll" is not closed: a loop is one string, as in "3×(Wait, Poll)"`,
		"2x(":               `the ( in "(" is not closed`,
		"2x(Wait, 2x(Poll)": `the ( in "(Poll" is not closed`,
		"Wait), Poll":       `the ) after "Wait" closes nothing`,
		"(Wait, Poll)":      `"(Wait, Poll)" has no factor: write 2×(A, B)`,
		"2x()":              `"2x()" repeats nothing`,
		"2x":                `"2x" repeats nothing`,
		"Wait,":             `a step is empty`,
		"2x(Wait,,Poll)":    `a step is empty`,
	} {
		report := messages(t, func(t testing.TB) { asltest.Run(t, p, `{}`, scripts).WantPath(path) })
		require.Contains(t, report, "asltest: WantPath: "+want, path)
	}
	odd := asltest.Compile(t, `{"StartAt": "A (1", "States": {"A (1": {"Type": "Pass", "Next": "B)"}, "B)": {"Type": "Succeed"}}}`)
	asltest.Run(t, odd, nil).WantPath("A (1", "B)")
}

// What looks like an assertion and asserts nothing is reported.
func TestAssertionsOfNothing(t *testing.T) {
	p := asltest.Compile(t, `{"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E"}}}`)
	for want, test := range map[string]func(t testing.TB){
		"the execution did not succeed, and the test does not assert that": func(t testing.TB) {
			if x := asltest.Run(t, p, nil); x.Status() == machine.Succeeded {
				x.WantOutput(1)
			}
		},
		"WantVisited asserts nothing":                                      func(t testing.TB) { asltest.Run(t, p, nil).WantVisited() },
		"WantNotVisited asserts nothing":                                   func(t testing.TB) { asltest.Run(t, p, nil).WantNotVisited() },
		"the test did not pass its schedule to Run":                        func(t testing.TB) { asltest.Explore(t, 9, func(testing.TB, asltest.Option) {}) },
		"the execution is not TIMED_OUT: FAILED with E (in state \"F\")\n": func(t testing.TB) { asltest.Run(t, p, nil).WantStatus(machine.TimedOut) },
	} {
		require.Contains(t, messages(t, test), want)
	}
	asltest.Run(t, p, nil).WantStatus(machine.Failed)
	skipped := messages(t, func(t testing.TB) { asltest.Explore(t, 9, func(t testing.TB, _ asltest.Option) { t.Skip("no") }) })
	require.Equal(t, "\n", skipped, fmt.Sprintf("%q", skipped))
}
