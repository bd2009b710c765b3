package asl

import (
	"slices"
	"strings"

	"github.com/gostates/gostates/value"
)

// neverOccurs are the predefined errors that no state fails with, and why
// (docs/evidence.md#never-occurs).
var neverOccurs = map[string]string{
	StatesBranchFailed:           "a Parallel fails with the error of its branch",
	StatesResultPathMatchFailure: "a ResultPath that cannot be applied fails with States.ReferencePathConflict",
}

// errorNames warns of names that are nearly those of predefined errors, and of
// those that no state fails with.
func (o *object) errorNames(n *value.Node) {
	for i, v := range n.Value.([]any) {
		name, _ := v.(string)
		if why := neverOccurs[name]; why != "" {
			o.warn(CodeErrorNeverOccurs, n.Children[i].Offset, element("ErrorEquals", i), "No state fails with %s: %s", name, why)
			continue
		}
		if meant := guess(name, slices.Values(predefined)); meant != "" && !slices.Contains(predefined, name) {
			o.warn(CodeErrorNameUnknown, n.Children[i].Offset, element("ErrorEquals", i), "No error has the name '%s'", name)
			o.advise(meant)
		}
	}
}

// matched are the errors that earlier retriers or catchers take.
type matched map[string]bool

// takes reports whether an error does not get past them.
func (m matched) takes(name string) bool {
	return m[name] || name == StatesHeartbeatTimeout && m[StatesTimeout] || !strings.HasPrefix(name, "States.") && m[StatesTaskFailed]
}

// neverMatches says why a retrier or catcher is there for nothing, or returns "".
// States.Runtime is never retried and never caught (recorded).
func (m matched) neverMatches(names []string, what string) string {
	past := 0
	for _, name := range names {
		switch {
		case name == StatesRuntime:
		case !m.takes(name):
			return ""
		default:
			past++
		}
	}
	switch {
	case len(names) == 0: // which is reported
		return ""
	case past == 0:
		return "No " + what + " takes States.Runtime"
	}
	return "Earlier " + what + "s take all errors of this one"
}

// add notes the errors of a retrier or catcher, but not States.ALL: what comes
// after it is reported already.
func (m matched) add(names []string) {
	for _, name := range names {
		m[name] = name != StatesAll
	}
}
