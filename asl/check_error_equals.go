package asl

import (
	"slices"
	"strings"

	"github.com/gostates/gostates/value"
)

// errorsThatNeverOccur has the predefined errors that no state fails with, and the
// reason (docs/evidence.md#never-occurs).
var errorsThatNeverOccur = map[string]string{
	StatesBranchFailed:           "a Parallel fails with the error of its branch",
	StatesResultPathMatchFailure: "a ResultPath that cannot be applied fails with States.ReferencePathConflict",
}

// warnErrorNames warns of misspelt predefined errors and of errors that no
// state fails with.
func (o *object) warnErrorNames(n *value.Node) {
	for i, v := range n.Value.([]any) {
		name, _ := v.(string)
		if why := errorsThatNeverOccur[name]; why != "" {
			o.warnField(CodeErrorNeverOccurs, n.Children[i].Offset, elementName("ErrorEquals", i), "No state fails with %s: %s", name, why)
			continue
		}
		if meant := didYouMean(name, slices.Values(predefined)); meant != "" && !slices.Contains(predefined, name) {
			o.warnField(CodeErrorNameUnknown, n.Children[i].Offset, elementName("ErrorEquals", i), "Unknown error name '%s'", name)
			o.addAdvice(meant)
		}
	}
}

// handledErrors are the errors that earlier Retriers or Catchers match.
type handledErrors map[string]bool

// handles reports whether an earlier Retrier or Catcher matches the error.
func (m handledErrors) handles(name string) bool {
	return m[name] || name == StatesHeartbeatTimeout && m[StatesTimeout] || !strings.HasPrefix(name, "States.") && m[StatesTaskFailed]
}

// whyNeverMatches returns why a Retrier or Catcher never matches, or "".
// States.Runtime is never retried and never caught.
func (m handledErrors) whyNeverMatches(names []string, what string) string {
	past := 0
	for _, name := range names {
		switch {
		case name == StatesRuntime:
		case !m.handles(name):
			return ""
		default:
			past++
		}
	}
	switch {
	case len(names) == 0: // reported elsewhere
		return ""
	case past == 0:
		return "No " + what + " matches States.Runtime"
	}
	return "Earlier " + what + "s match all its errors"
}

// addHandled adds the errors of a Retrier or Catcher except States.ALL:
// anything after States.ALL is reported elsewhere.
func (m handledErrors) addHandled(names []string) {
	for _, name := range names {
		m[name] = name != StatesAll
	}
}
