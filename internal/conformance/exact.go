package conformance

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// ExactTexts returns the number of strings of the case that must be equal byte
// for byte. They are part of its check.
func (c *Case) ExactTexts() int { return len(c.texts) }

// readExactOutput gives the result of a task the JSON that AWS showed.
func (s *scenario) readExactOutput(a *answer, result *value.Object) error {
	if a.result == nil || a.result.Kind != machine.TaskSucceeded {
		return nil
	}
	event := value.String(memberOf(result, "eventId")) + "."
	for place, text := range s.texts { // at most one
		if !strings.HasPrefix(place, event) || !strings.HasSuffix(place, ".output") {
			continue
		}
		v, err := value.ParseVerbatim([]byte(text))
		if err != nil {
			return fmt.Errorf("exactTexts: %s: %w", place, err)
		}
		a.result.Output = v
	}
	return nil
}

// differingTexts compares the exact strings. Their places are "<event
// id>.<details>.<field>" in a history, and a member of the description
// otherwise.
func (c *Case) differingTexts(events []*value.Object, description *value.Object) []string {
	var problems []string
	for place, want := range c.texts {
		got := description
		field := place
		if id, rest, ok := strings.Cut(place, "."); ok {
			details, name, _ := strings.Cut(rest, ".")
			field = name
			got = nil
			for _, e := range events {
				if value.String(memberOf(e, "id")) == id {
					got = objectOf(e, details)
				}
			}
		}
		if textOf(got, field) != want {
			problems = append(problems, fmt.Sprintf("exact text of %s: expected %q, got %q", place, want, textOf(got, field)))
		}
	}
	slices.Sort(problems)
	return problems
}
