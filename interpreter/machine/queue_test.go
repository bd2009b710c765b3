package machine_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/machine"
)

// enteredStates returns the names of the states in the order in which they were
// entered.
func enteredStates(h *host) string {
	var names []string
	for _, ev := range h.history {
		if strings.HasSuffix(ev.Type.String(), "StateEntered") {
			names = append(names, ev.Name)
		}
	}
	return strings.Join(names, " ")
}

// Scopes that do not wait take turns of one state each.
func TestConcurrentScopesTakeTurns(t *testing.T) {
	pass := func(name, next string) string {
		if next == "" {
			return `"` + name + `": {"Type": "Pass", "End": true}`
		}
		return `"` + name + `": {"Type": "Pass", "Next": "` + next + `"}`
	}
	branch := func(states ...string) string {
		start := states[0][1 : strings.Index(states[0][1:], `"`)+1]
		return `{"StartAt": "` + start + `", "States": {` + strings.Join(states, ", ") + `}}`
	}
	parallel := func(name, next string, branches ...string) string {
		then := `"End": true`
		if next != "" {
			then = `"Next": "` + next + `"`
		}
		return `"` + name + `": {"Type": "Parallel", "Branches": [` + strings.Join(branches, ", ") + `], ` + then + `}`
	}
	for _, c := range []struct{ name, machine, want string }{
		{"branches of several lengths",
			branch(parallel("P", "Z",
				branch(pass("A1", "A2"), pass("A2", "A3"), pass("A3", "")),
				branch(pass("B1", "")),
				branch(pass("C1", "C2"), pass("C2", ""))), pass("Z", "")),
			"P A1 B1 C1 A2 C2 A3 Z"},
		{"a Parallel within a Parallel",
			branch(parallel("P", "",
				branch(pass("A1", "A2"), parallel("A2", "A4", branch(pass("N1", "N2"), pass("N2", "")), branch(pass("O1", ""))), pass("A4", "")),
				branch(pass("B1", "B2"), pass("B2", "B3"), pass("B3", "B4"), pass("B4", "")))),
			"P A1 B1 A2 B2 N1 O1 B3 N2 B4 A4"},
		{"a loop beside a line",
			branch(parallel("P", "",
				branch(`"A1": {"Type": "Choice", "Choices": [{"Variable": "$.n", "IsPresent": true, "Next": "A3"}], "Default": "A2"}`,
					`"A2": {"Type": "Pass", "Result": {"n": 1}, "Next": "A1"}`, `"A3": {"Type": "Succeed"}`),
				branch(`"B1": {"Type": "Wait", "Seconds": 0, "Next": "B2"}`, pass("B2", "")))),
			"P A1 B1 A2 B2 A1 A3"},
		{"iterations, two at a time",
			`{"StartAt": "M", "States": {"M": {"Type": "Map", "ItemsPath": "$.list", "MaxConcurrency": 2, "End": true,
				"ItemProcessor": ` + branch(pass("I", "J"), pass("J", "")) + `}}}`,
			"M I I J J I J"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, budget := range []int{0, 1, 2} {
				p := compile(t, c.machine, machine.Options{})
				h := newHost(t, p, parse(t, `{"list": [1, 2, 3]}`))
				h.r.MaxTransitions = budget
				h.run()
				require.Equal(t, machine.Succeeded, h.x.Status)
				require.Equal(t, c.want, enteredStates(h), "budget %d", budget)
			}
		})
	}
}
