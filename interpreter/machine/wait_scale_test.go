package machine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/machine"
)

// WaitScale changes Wait states and the intervals of Retriers, and nothing else.
func TestWaitScale(t *testing.T) {
	wait := func(fields string) string {
		return `{"StartAt": "W", "States": {"W": {"Type": "Wait", ` + fields + `, "End": true}}}`
	}
	task := func(fields string) string {
		return `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", ` + fields + `, "End": true}}}`
	}
	const input = `{"n": 100, "at": "2024-01-02T03:05:45Z"}` // after 100 seconds
	for name, c := range map[string]struct {
		definition string
		scaled     bool
	}{
		"Seconds":               {wait(`"Seconds": 100`), true},
		"SecondsPath":           {wait(`"SecondsPath": "$.n"`), true},
		"Timestamp":             {wait(`"Timestamp": "2024-01-02T03:05:45Z"`), true},
		"TimestampPath":         {wait(`"TimestampPath": "$.at"`), true},
		"Seconds, JSONata":      {wait(`"QueryLanguage": "JSONata", "Seconds": "{% $states.input.n %}"`), true},
		"Timestamp, JSONata":    {wait(`"QueryLanguage": "JSONata", "Timestamp": "{% $states.input.at %}"`), true},
		"Retry":                 {task(`"Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 100, "MaxAttempts": 1}]`), true},
		"TimeoutSeconds":        {task(`"TimeoutSeconds": 100`), false},
		"TimeoutSecondsPath":    {task(`"TimeoutSecondsPath": "$.n"`), false},
		"HeartbeatSeconds":      {task(`"HeartbeatSeconds": 100`), false},
		"TimeoutSeconds of all": {`{"TimeoutSeconds": 100, "StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "End": true}}}`, false},
	} {
		for scale, factor := range map[float64]float64{0: 1, 1: 1, 0.01: 0.01, 3: 3, -1: 0, -7: 0} {
			want := 100 * time.Second
			if c.scaled {
				want = time.Duration(factor * float64(want))
			}
			p := compile(t, c.definition, machine.Options{WaitScale: scale})
			h := newHost(t, p, parse(t, input))
			failed := false
			h.afterStep = restored
			h.answer = func(machine.Command) []machine.Event {
				switch {
				case name == "Retry" && failed:
					return succeed(nil)
				case name == "Retry":
					failed = true
					return failWith("Busy", "")
				}
				return []machine.Event{{Kind: machine.TaskStarted}}
			}
			h.run()
			require.NotEqual(t, machine.Running, h.x.Status)
			require.Equal(t, want, h.now.Sub(began), "%s, scale %v", name, scale)
		}
	}
}
