package machine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/race"
	"github.com/gostates/gostates/interpreter/machine"
)

// working is a machine of n states, one after the other. In the text of a state,
// # is its number and @ the name of the next.
func working(n int, state string) string {
	var b strings.Builder
	for i := range n {
		text := strings.NewReplacer("#", fmt.Sprint(i), "@", fmt.Sprintf("S%d", i+1), "WORK", "$sum([1..2000])").Replace(state)
		fmt.Fprintf(&b, `"S%d": {%s}, `, i, text)
	}
	return fmt.Sprintf(`{"QueryLanguage": "JSONata", "StartAt": "S0", "States": {%s"S%d": {"Type": "Succeed"}}}`, b.String(), n)
}

// The work of expressions ends a Step, wherever they stand, and nothing else in the
// history depends on it.
func TestStepYieldsAfterItsWork(t *testing.T) {
	race.OneGoroutine(t)
	const processor = `{"StartAt": "P#", "States": {"P#": {"Type": "Pass", "End": true}}}`
	for name, state := range map[string]string{
		"Output":       `"Type": "Pass", "Output": "{% WORK %}", "Next": "@"`,
		"Assign":       `"Type": "Pass", "Assign": {"x": "{% WORK %}"}, "Next": "@"`,
		"Task Output":  `"Type": "Task", "Resource": "f", "Output": "{% WORK %}", "Next": "@"`,
		"Condition":    `"Type": "Choice", "Choices": [{"Condition": "{% WORK < 0 %}", "Next": "S0"}], "Default": "@"`,
		"Wait":         `"Type": "Wait", "Seconds": "{% WORK * 0 %}", "Next": "@"`,
		"Items":        `"Type": "Map", "Items": "{% [WORK] %}", "ItemProcessor": ` + processor + `, "Next": "@"`,
		"ItemSelector": `"Type": "Map", "Items": [1], "ItemSelector": "{% WORK %}", "ItemProcessor": ` + processor + `, "Next": "@"`,
		"in a branch":  `"Type": "Parallel", "Branches": [{"StartAt": "P#", "States": {"P#": {"Type": "Pass", "Output": "{% WORK %}", "End": true}}}], "Next": "@"`,
		"in a Catcher": `"Type": "Task", "Resource": "fails", "Catch": [{"ErrorEquals": ["States.ALL"], "Output": "{% WORK %}", "Next": "@"}], "Next": "@"`,
	} {
		t.Run(name, func(t *testing.T) {
			definition := working(20, state)
			run := func(steps int) (text string, count, most int) {
				h := newHost(t, compile(t, definition, machine.Options{Limits: machine.Limits{StepExpressions: steps}}), nil)
				h.answer = func(c machine.Command) []machine.Event {
					if c.Resource.Name == "fails" {
						return failWith("E", "")
					}
					return succeed(nil)
				}
				h.afterStep = func(h *host) {
					count++
					most = max(most, h.r.Work)
				}
				require.NotNil(t, h.run())
				require.Equal(t, machine.Succeeded, h.x.Status)
				return lines(h.history), count, most
			}
			want, straight, all := run(-1)
			one := all / 20 // of a state that does not wait
			if straight > 20 {
				one = all
			}
			got, most, work := run(1)
			require.Equal(t, want, got)
			require.Greater(t, most, straight)
			require.Less(t, work, 2*one)
			got, some, _ := run(3*one + 1)
			require.Equal(t, want, got)
			require.Less(t, some, most)
			got, none, _ := run(0) // the default is far away
			require.Equal(t, want, got)
			require.Equal(t, straight, none)
		})
	}
}

// Measuring large values is work too.
func TestStepYieldsAfterLargeValues(t *testing.T) {
	race.OneGoroutine(t)
	definition := `{"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": 1, "ResultPath": "$.n", "Next": "B"}, "B": {"Type": "Pass", "Result": 2, "ResultPath": "$.n", "Next": "A"}}}`
	large := parse(t, `{"list": [`+strings.Repeat(`"123456789",`, 20_000)+`1]}`)
	h := newHost(t, compile(t, definition, machine.Options{}), large)
	h.step(h.queue[0])
	require.Equal(t, machine.Yield, h.r.Commands[len(h.r.Commands)-1].Kind)
	require.Less(t, int(h.x.Seq), 10_000)
	require.InDelta(t, 500_000, h.r.Work, 1000)
}

// A deadline that passes while an execution computes is a timeout: the host looks
// at its clock between two Steps.
func TestTimeoutWhileComputing(t *testing.T) {
	body := working(40, `"Type": "Pass", "Output": "{% WORK %}", "Next": "@"`)
	for _, tt := range []struct {
		name, definition string
		status           machine.Status
	}{
		{"of the machine", strings.Replace(body, "{", `{"TimeoutSeconds": 3, `, 1), machine.TimedOut},
		{"none", body, machine.Succeeded},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHost(t, compile(t, tt.definition, machine.Options{Limits: machine.Limits{StepExpressions: 7000}}), nil)
			h.afterStep = func(h *host) { h.now = h.now.Add(time.Second) }
			require.NotNil(t, h.run())
			require.Equal(t, tt.status, h.x.Status)
		})
	}
}
