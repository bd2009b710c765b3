package asltest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/asltest"
)

// record writes histories of the shipping machine, as the AWS command line prints them.
func record(t testing.TB, folder string, runs map[string][]asltest.Option) {
	p := asltest.Compile(t, shipping)
	for name, options := range runs {
		x := asltest.Run(t, p, `{"id": "o-1"}`, append(options, asltest.Name(name), asltest.AllowUnused())...)
		x.WantStatus(x.Status())
		require.NoError(t, os.WriteFile(filepath.Join(folder, name+".json"), x.HistoryJSON(), 0o600))
	}
}

var month = map[string][]asltest.Option{
	"paid":     {asltest.On("Charge").Return(`{"ok": true}`), asltest.On("Ship").Return(`"shipped"`)},
	"slow":     {asltest.On("Charge").Throw("Timeout", "").Times(2).Then().Return(`{"ok": true}`), asltest.On("Ship").Return(`"shipped"`)},
	"declined": {asltest.On("Charge").Throw("CardDeclined", "limit")},
	"lost":     {asltest.On("Charge").Return(1), asltest.On("Ship").Throw("Lost", "")},
}

// Last month's executions against today's definition, and which changes matter.
func ExampleReplayFolder() {
	folder, _ := os.MkdirTemp("", "march")
	defer os.RemoveAll(folder)
	fmt.Println(strings.ReplaceAll(asltest.Try(func(t testing.TB) {
		record(t, folder, month) // instead of aws stepfunctions get-execution-history
		before := asltest.Compile(t, shipping)
		today := strings.NewReplacer(`"MaxAttempts": 3`, `"MaxAttempts": 1`, `"Error": "Refused"`, `"Error": "Declined"`).Replace(shipping)
		asltest.ReplayFolder(t, asltest.Compile(t, today), folder, asltest.Before(before))
	}), folder, "march"))
	// Output:
	// asltest: 2 of 4 recorded executions differ from this definition
	// because of States.Refuse.Error: "Refused" -> "Declined": 1 execution
	//   march/declined.json: event 10, ExecutionFailed: $.executionFailedEventDetails.error: want "Refused", got "Declined"
	// because of States.Charge.Retry[0].MaxAttempts: 3 -> 1: 1 execution
	//   march/slow.json: event 11, LambdaFunctionScheduled, is ExecutionFailed
}

// Each execution is put down to the changes that make it differ, alone or together.
func TestReplayFolderExplains(t *testing.T) {
	folder := t.TempDir()
	record(t, folder, month)
	before := asltest.Compile(t, shipping)
	replay := func(definition string, options ...asltest.Option) string {
		return strings.ReplaceAll(messages(t, func(t testing.TB) {
			asltest.ReplayFolder(t, asltest.Compile(t, definition), folder, options...)
		}), folder+"/", "")
	}
	change := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(shipping) }
	require.Equal(t, "\n", replay(shipping))
	require.Equal(t, "\n", replay(shipping, asltest.Before(before)))
	require.Equal(t, "\n", replay(change(`"MaxAttempts": 3`, `"MaxAttempts": 2`)), "a change that no execution meets")
	for want, report := range map[string]string{
		"asltest: 1 of 4 recorded executions differ from this definition\nbecause of States.Charge.Retry[0].MaxAttempts: 3 -> 1: 1 execution\n  slow.json: event ": replay(
			change(`"MaxAttempts": 3`, `"MaxAttempts": 1`, `"CausePath": "$.error.Cause"`, `"Cause": "limit"`), asltest.Before(before)),
		"because of States.Refuse.Error: \"Refused\" -> \"No\": 1 execution\n  declined.json: event 10, ExecutionFailed: $.executionFailedEventDetails.error: want \"Refused\", got \"No\"": replay(
			change(`"Error": "Refused"`, `"Error": "No"`), asltest.Before(before)),
		"because of StartAt: \"Validate\" -> \"Check\"; and States.Validate: {\"Type\":\"Pass\",\"Next\":\"Charge\"} is gone": replay(change(`"Validate"`, `"Check"`), asltest.Before(before)),
		"for reasons that are not known: add asltest.Before: 3 executions\n":                                                  replay(change(`"$.paid"`, `"$.receipt"`)),
		"also from the definition before: 4 executions\n":                                                                     replay(change(`"Validate"`, `"Check"`), asltest.Before(asltest.Compile(t, change(`"Validate"`, `"X"`)))),
	} {
		require.Contains(t, report, want)
	}
}

// What cannot be replayed is said, and does not hide the rest. Histories in reverse order
// are turned round.
func TestReplayFolderOfOddFiles(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "a[b*c?]")
	require.NoError(t, os.Mkdir(folder, 0o700))
	p := asltest.Compile(t, `{"StartAt": "S", "States": {"S": {"Type": "Succeed"}}}`)
	events := []string{
		`{"timestamp": "2026-03-01T10:00:00.123000+01:00", "type": "ExecutionStarted", "id": 1, "previousEventId": 0, "executionStartedEventDetails": {"input": "{}", "inputDetails": {"truncated": false}, "roleArn": "r"}}`,
		`{"timestamp": "2026-03-01T10:00:00.124000+01:00", "type": "SucceedStateEntered", "id": 2, "previousEventId": 0, "stateEnteredEventDetails": {"name": "S", "input": "{}", "inputDetails": {"truncated": false}}}`,
		`{"timestamp": "2026-03-01T10:00:00.124000+01:00", "type": "SucceedStateExited", "id": 3, "previousEventId": 2, "stateExitedEventDetails": {"name": "S", "output": "{}", "outputDetails": {"truncated": false}}}`,
		`{"timestamp": "2026-03-01T10:00:00.125000+01:00", "type": "ExecutionSucceeded", "id": 4, "previousEventId": 3, "executionSucceededEventDetails": {"output": "{}", "outputDetails": {"truncated": false}}}`,
	}
	write := func(name string, events ...string) {
		text := `{"events": [` + strings.Join(events, ",\n") + `]}`
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	write("good.json", events...)
	write("reverse.json", events[3], events[2], events[1], events[0])
	require.Empty(t, strings.TrimSpace(messages(t, func(t testing.TB) { asltest.ReplayFolder(t, p, folder) })))
	write("page.json", events[0], events[1])
	write("hole.json", events[0], events[3])
	require.NoError(t, os.WriteFile(filepath.Join(folder, "torn.json"), []byte(`{"events": [{"id`), 0o600))
	report := messages(t, func(t testing.TB) { asltest.ReplayFolder(t, p, folder) })
	for _, want := range []string{
		"asltest: 3 of 5 recorded executions differ from this definition\nnot replayed: 3 executions\n",
		"page.json does not have the end of the execution: its last event is 2, SucceedStateEntered",
		"hole.json is incomplete or not in order: event 2 has id 4", "torn.json cannot be read: ",
	} {
		require.Contains(t, report, want)
	}
	for want, test := range map[string]func(t testing.TB){
		"there are no files *.json in the folder nowhere": func(t testing.TB) { asltest.ReplayFolder(t, p, "nowhere") },
		"the program is nil":                              func(t testing.TB) { asltest.ReplayFolder(t, nil, folder) },
		"Before(nil): the program":                        func(t testing.TB) { asltest.ReplayFolder(t, p, folder, asltest.Before(nil)) },
	} {
		require.Contains(t, messages(t, test), want)
	}
}
