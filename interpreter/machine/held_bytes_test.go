package machine_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/internal/race"
	"github.com/gostates/gostates/interpreter/machine"
)

// holding are machines of JSONata that hold 40 times what LARGE makes, or what
// a task gives.
var holding = map[string]string{
	"results of iterations": `"S": {"Type": "Map", "Items": "{% [1..40] %}", "ItemProcessor": ` + one(`{"Type": "Pass", "Output": "{% LARGE %}", "End": true}`) + `, "Output": "{% $count($states.result) %}", "End": true}`,
	"results of tasks":      `"S": {"Type": "Map", "Items": "{% [1..40] %}", "ItemProcessor": ` + one(`{"Type": "Task", "Resource": "gives", "End": true}`) + `, "Output": "{% $count($states.result) %}", "End": true}`,
	"branches that wait":    `"S": {"Type": "Map", "Items": "{% [1..40] %}", "ItemProcessor": ` + two(`{"Type": "Pass", "Output": "{% LARGE %}", "Next": "NEXT"}`, `{"Type": "Wait", "Seconds": 9, "Output": 1, "End": true}`) + `, "End": true}`,
	"branches of branches":  `"S": {"Type": "Map", "Items": "{% [1..8] %}", "ItemProcessor": ` + one(`{"Type": "Map", "Items": "{% [1..5] %}", "ItemProcessor": `+one(`{"Type": "Pass", "Output": "{% LARGE %}", "End": true}`)+`, "End": true}`) + `, "Output": 1, "End": true}`,
	"arguments of tasks":    `"S": {"Type": "Map", "Items": "{% [1..40] %}", "ItemProcessor": ` + one(`{"Type": "Task", "Resource": "later", "Arguments": "{% LARGE %}", "TimeoutSeconds": 5, "Output": 1, "End": true}`) + `, "End": true}`,
	"arguments of branches": `"S": {"Type": "Map", "Items": "{% [1..40] %}", "ItemProcessor": ` + one(`{"Type": "Parallel", "Arguments": "{% LARGE %}", "Branches": [`+one(`{"Type": "Wait", "Seconds": 9, "Output": 1, "End": true}`)+`], "End": true}`) + `, "End": true}`,
	"items":                 `"S": {"Type": "Map", "Items": "{% [1..40] %}", "ItemProcessor": ` + one(`{"Type": "Map", "Items": "{% [LARGE, 1] %}", "ItemProcessor": `+one(`{"Type": "Wait", "Seconds": 9, "Output": 1, "End": true}`)+`, "End": true}`) + `, "End": true}`,
	"items selected":        `"S": {"Type": "Map", "Items": "{% [1..40] %}", "ItemSelector": ["{% LARGE %}"], "ItemProcessor": ` + one(`{"Type": "Wait", "Seconds": 9, "Output": 1, "End": true}`) + `, "End": true}`,
	"copies by ResultPath":  `"S": {"Type": "Map", "Items": "{% [1..40] %}", "ItemSelector": "{% $merge([1..300].{'k' & $string($): 1}) %}", "ItemProcessor": ` + two(`{"QueryLanguage": "JSONPath", "Type": "Pass", "Result": 1, "ResultPath": "$.x", "Next": "NEXT"}`, `{"Type": "Wait", "Seconds": 9, "Output": 1, "End": true}`) + `, "End": true}`,
	"templates":             `"S": {"Type": "Map", "Items": "{% [1..40] %}", "ItemProcessor": ` + one(`{"QueryLanguage": "JSONPath", "Type": "Pass", "Parameters": [`+strings.Repeat(`{"a.$": "$"},`, 200)+`1], "End": true}`) + `, "Output": 1, "End": true}`,
}

// letting are machines that make as much, and do not hold it.
var letting = map[string]string{
	"one scope":         `"S": {"Type": "Map", "Items": "{% [1..40] %}", "MaxConcurrency": 1, "ItemProcessor": ` + two(`{"Type": "Pass", "Output": "{% LARGE %}", "Next": "NEXT"}`, `{"Type": "Pass", "Output": 1, "End": true}`) + `, "End": true}`,
	"shared":            `"S": {"Type": "Pass", "Output": "{% LARGE %}", "Next": "T"}, "T": {"Type": "Map", "Items": "{% [1..40] %}", "ItemSelector": "{% $states.input %}", "ItemProcessor": ` + one(`{"Type": "Pass", "End": true}`) + `, "Output": 1, "End": true}`,
	"one after another": `"S": {"Type": "Map", "Items": "{% [1..8] %}", "ItemProcessor": ` + one(`{"Type": "Pass", "Output": "{% LARGE %}", "End": true}`) + `, "Output": 1, "Next": "T"}, "T": {"Type": "Map", "Items": "{% [1..8] %}", "ItemProcessor": ` + one(`{"Type": "Pass", "Output": "{% LARGE %}", "End": true}`) + `, "Output": 1, "End": true}`,
	"retries":           `"S": {"Type": "Map", "Items": "{% [1..4] %}", "ItemProcessor": ` + two(`{"Type": "Task", "Resource": "fails", "Arguments": "{% LARGE %}", "Retry": [{"ErrorEquals": ["Boom"], "MaxAttempts": 20, "IntervalSeconds": 1, "MaxDelaySeconds": 2}], "Catch": [{"ErrorEquals": ["Boom"], "Next": "NEXT", "Output": 1}], "End": true}`, `{"Type": "Pass", "End": true}`) + `, "Output": 1, "End": true}`,
	"failed maps":       `"S": {"Type": "Map", "Items": "{% [1..8] %}", "MaxConcurrency": 1, "ItemProcessor": ` + two(`{"Type": "Parallel", "Branches": [`+one(`{"Type": "Pass", "Output": "{% LARGE %}", "End": true}`)+`, `+two(`{"Type": "Pass", "Output": "{% LARGE %}", "Next": "NEXT"}`, `{"Type": "Fail", "Error": "Boom"}`)+`], "Catch": [{"ErrorEquals": ["Boom"], "Output": 1, "Next": "NEXT"}], "End": true}`, `{"Type": "Pass", "End": true}`) + `, "End": true}`,
	"small parts":       `"S": {"Type": "Map", "Items": "{% [1..40] %}", "ItemProcessor": ` + one(`{"Type": "Pass", "Output": "{% $substring(LARGE, 0, 10) %}", "End": true}`) + `, "End": true}`,
	"parts of results":  `"S": {"Type": "Map", "Items": "{% [1..40] %}", "ItemProcessor": ` + one(`{"QueryLanguage": "JSONPath", "Type": "Task", "Resource": "gives", "ResultSelector": {"x.$": "$[0]"}, "ResultPath": "$.r", "OutputPath": "$.r.x", "End": true}`) + `, "ItemSelector": {"a": 1}, "End": true}`,
}

var names int

// one is a machine of one state, whose name is its own.
func one(state string) string {
	names++
	return fmt.Sprintf(`{"StartAt": "P%[1]d", "States": {"P%[1]d": %[2]s}}`, names, state)
}

// two is a machine of two states, the first of which goes on to NEXT.
func two(first, second string) string {
	names++
	return fmt.Sprintf(`{"StartAt": "P%[1]d", "States": {"P%[1]d": %[2]s, "Q%[1]d": %[3]s}}`,
		names, strings.ReplaceAll(first, `"NEXT"`, fmt.Sprintf(`"Q%d"`, names)), second)
}

func holder(t *testing.T, states, large string, limits machine.Limits) *host {
	t.Helper()
	states = strings.ReplaceAll(states, `{"Type":`, `{"QueryLanguage": "JSONata", "Type":`)
	definition := `{"StartAt": "S", "States": {` + strings.ReplaceAll(states, "LARGE", large) + `}}`
	m, err := asl.Parse([]byte(definition))
	require.NoError(t, err)
	p, err := machine.Compile(m, machine.Options{Limits: limits})
	require.NoError(t, err)
	h := newHost(t, p, nil)
	h.answer = func(c machine.Command) []machine.Event {
		switch c.Resource.Name {
		case "fails":
			return failWith("Boom", "")
		case "later":
			return nil
		}
		return succeed([]any{"small", strings.Repeat("x", 2000)})
	}
	return h
}

const largeText = `$pad('', 2000)`

// What states make counts for as long as something holds it.
func TestHeldPayloadsAreBounded(t *testing.T) {
	limits := machine.Limits{HeldBytes: 40_000, PayloadBytes: 100_000}
	for name, states := range holding {
		t.Run(name, func(t *testing.T) {
			o := holder(t, states, largeText, limits).run()
			require.NotNil(t, o.Error)
			require.Equal(t, asl.StatesDataLimitExceeded, *o.Error)
			require.Equal(t, "The execution holds more than the maximum number of bytes (40000) of the payloads that its states made.", *o.Cause)

			o = holder(t, states, largeText, machine.Limits{HeldBytes: 2_000_000, PayloadBytes: 200_000}).run()
			if o.Error != nil {
				require.Equal(t, "States.Timeout", *o.Error, "%v", o.Cause)
			}
		})
	}
	for name, states := range letting {
		t.Run(name, func(t *testing.T) {
			o := holder(t, states, largeText, limits).run()
			require.Nil(t, o.Error)
		})
	}
}

// What is held is the same in an execution that was stored, and nothing of it is
// left when the container that held it is gone.
func TestHeldPayloadsAreStored(t *testing.T) {
	for name, states := range holding {
		t.Run(name, func(t *testing.T) {
			limits := machine.Limits{HeldBytes: 40_000, PayloadBytes: 100_000}
			straight := holder(t, states, largeText, limits)
			straight.run()
			stored := holder(t, states, largeText, limits)
			stored.afterStep = restored
			stored.run()
			require.Equal(t, lines(straight.history), lines(stored.history))
		})
	}
	for name, states := range letting {
		t.Run(name, func(t *testing.T) {
			states := strings.ReplaceAll(states, `"S": `, `"R": `)
			h := holder(t, `"S": {"Type": "Parallel", "Branches": [`+one(`{"Type": "Wait", "Seconds": 99999, "End": true}`)+`, {"StartAt": "R", "States": {`+states+`}}], "End": true}`, largeText, machine.Limits{PayloadBytes: 100_000})
			h.x = h.p.New(machine.Start{ID: "test", Seed: [2]uint64{1, 2}})
			left := -1
			h.afterStep = func(h *host) {
				if h.now.Sub(began) < 9999*time.Second {
					left = machine.HeldBytes(h.x)
				}
			}
			h.run()
			require.GreaterOrEqual(t, left, 0)
			require.LessOrEqual(t, left, 3000) // the last output of the branch
		})
	}
}

// A small part of a large value does not keep the whole in memory.
func TestSmallPartsDoNotHoldTheWhole(t *testing.T) {
	race.OneGoroutine(t)
	for name, states := range map[string]string{
		"a part of a string": `"S": {"Type": "Map", "Items": "{% [1..200] %}", "ItemProcessor": ` + one(`{"Type": "Pass", "Output": "{% $substring($pad('', 250000), 0, 10) %}", "End": true}`) + `, "End": true}`,
		"a part of a list":   `"S": {"Type": "Map", "Items": "{% [1..200] %}", "ItemProcessor": ` + one(`{"Type": "Pass", "Output": "{% $partition([1..30000], 3)[0] %}", "End": true}`) + `, "End": true}`,
		"a part of a text":   `"S": {"Type": "Map", "Items": "{% [1..200] %}", "ItemSelector": {"s": "{% $pad('', 250000) %}"}, "MaxConcurrency": 1, "ItemProcessor": ` + one(`{"QueryLanguage": "JSONPath", "Type": "Pass", "Parameters": {"x.$": "States.ArrayGetItem(States.StringSplit(States.Format('a,{}', $.s), ','), 0)"}, "End": true}`) + `, "End": true}`,
		"a variable":         `"S": {"Type": "Map", "Items": "{% [1..40] %}", "ItemProcessor": ` + two(`{"Type": "Pass", "Assign": {`+numberedVariables(20)+`}, "Output": 1, "Next": "NEXT"}`, `{"Type": "Wait", "Seconds": 9, "End": true}`) + `, "End": true}`,
	} {
		t.Run(name, func(t *testing.T) {
			h := holder(t, states, largeText, machine.Limits{})
			h.r.History = false
			var before, m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			most := uint64(0)
			steps := 0
			h.afterStep = func(h *host) {
				if steps++; steps%8 == 0 {
					runtime.GC()
					runtime.ReadMemStats(&m)
					most = max(most, m.HeapAlloc)
				}
			}
			o := h.run()
			require.Nil(t, o.Error)
			require.Less(t, most, before.HeapAlloc+20<<20)
		})
	}
}

func numberedVariables(n int) string {
	fields := make([]string, n)
	for i := range fields {
		fields[i] = fmt.Sprintf(`"v%d": "{%% $substring($pad('', 100000), 0, 10) %%}"`, i)
	}
	return strings.Join(fields, ", ")
}
