package command

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const before = `{"StartAt": "Pay", "Comment": "v1", "TimeoutSeconds": 60, "States": {
  "Pay": {"Type": "Task", "Resource": "pay", "Parameters": {"id.$": "$.id", "kind": "card"}, "Next": "Pack",
    "Retry": [{"ErrorEquals": ["Busy"], "MaxAttempts": 3}, {"ErrorEquals": ["Slow"]}], "Catch": [{"ErrorEquals": ["Declined"], "Next": "Old"}]},
  "Old": {"Type": "Pass", "End": true},
  "Pack": {"Type": "Parallel", "Branches": [
    {"StartAt": "Box", "States": {"Box": {"Type": "Wait", "Seconds": 1, "End": true}}},
    {"StartAt": "Label", "States": {"Label": {"Type": "Task", "Resource": "label", "End": true}}}], "Next": "Ship"},
  "Ship": {"Type": "Map", "ItemProcessor": {"StartAt": "One", "States": {"One": {"Type": "Task", "Resource": "ship", "End": true}}}, "End": true}}}`

// change replaces parts of the definition.
func change(t *testing.T, pairs ...string) string {
	text := before
	for i := 0; i < len(pairs); i += 2 {
		require.Contains(t, text, pairs[i])
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	return text
}

func TestDiff(t *testing.T) {
	const goOn = "\nRunning executions can continue under B.\n"
	for name, c := range map[string]struct {
		change []string
		want   string
		codes  [2]int // without and with -moves
	}{
		"comments and white space": {[]string{"v1", "v2", "  ", " "}, "nothing changed but white space, comments and the order of fields and states\n", [2]int{0, 0}},
		"a state that no execution stands in": {[]string{`"Old"`, `"Refused"`}, `~ state Pay
    Catch[0].Next: "Old" -> "Refused"
- state Old (Pass)
+ state Refused (Pass)
` + goOn + `Those in these states continue, but behave differently:
  state Pay, Catch: differs in the other definition
`, [2]int{1, 0}},
		"fields": {[]string{`60`, `70`, `"pay"`, `"charge"`, `, "kind": "card"`, `, "how": {"a": 1}`, `"MaxAttempts": 3}`, `"MaxAttempts": 4}, {"ErrorEquals": ["New"]}`},
			`TimeoutSeconds: 60 -> 70
~ state Pay
    Resource: "pay" -> "charge"
    Parameters.kind: "card" is gone
    Parameters.how: {"a":1} is new
    Retry[0].MaxAttempts: 3 -> 4
    Retry[1]: {"ErrorEquals":["New"]} is new
` + goOn + `Those in these states continue, but behave differently:
  TimeoutSeconds: 60, and 70 in the other definition, counted from the start
  state Pay, Resource: differs in the other definition
  state Pay, Parameters: differs in the other definition
  state Pay, Retry: differs in the other definition
`, [2]int{1, 0}},
		"states inside of others": {[]string{`"Seconds": 1`, `"Seconds": 2`, `"One"`, `"Two"`, `"label"`, `"arn:aws:states:::sqs:sendMessage.waitForTaskToken"`},
			`~ Pack/Branches[0]/state Box
    Seconds: 1 -> 2
~ Pack/Branches[1]/state Label
    Resource: "label" -> "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
Ship/StartAt: "One" -> "Two"
- Ship/state One (Task)
+ Ship/state Two (Task)

Not all running executions can continue under B.
Those in these states cannot continue:
  state Label, Resource: a task of "label" is outstanding, which is not one of "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
  state One: the execution is in it, and the other definition does not have it there
Those in these states continue, but behave differently:
  state Box, Seconds: differs in the other definition
`, [2]int{1, 1}},
		"a branch more": {[]string{`"Branches": [`, `"Branches": [{"StartAt": "X", "States": {"X": {"Type": "Succeed"}}},`},
			`Pack/Branches[0]/StartAt: "Box" -> "X"
- Pack/Branches[0]/state Box (Wait)
+ Pack/Branches[0]/state X (Succeed)
Pack/Branches[1]/StartAt: "Label" -> "Box"
- Pack/Branches[1]/state Label (Task)
+ Pack/Branches[1]/state Box (Wait)
+ Pack/Branches[2]

Not all running executions can continue under B.
Those in these states cannot continue:
  state Pack, Branches: 2 branches have begun, and the other definition has 3
  state Box: the execution is in it, and the other definition does not have it there
  state Label: the execution is in it, and the other definition does not have it there
`, [2]int{1, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			writeFiles(t, map[string]string{"a.json": before, "b.json": change(t, c.change...)})
			code, out, err := invokeHere("", "diff", "a.json", "b.json")
			require.Empty(t, err)
			require.Equal(t, c.want, out)
			require.Equal(t, c.codes[0], code)
			code, out, _ = invokeHere(before, "diff", "-moves", "-", "b.json")
			require.Equal(t, c.want, out)
			require.Equal(t, c.codes[1], code)
		})
	}
}

func TestDiffReportsErrors(t *testing.T) {
	writeFiles(t, map[string]string{"a.json": before, "bad.json": bad, "p.json": strings.Replace(before, `"Seconds": 1`, `"Seconds": ${S}`, 1)})
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"one file":     {[]string{"a.json"}, "asl diff: two files are wanted, A and B"},
		"three files":  {[]string{"a.json", "a.json", "a.json"}, "3 files are given, not 2"},
		"no file":      {[]string{"a.json", "nowhere.json"}, "nowhere.json"},
		"errors":       {[]string{"a.json", "bad.json"}, "bad.json:3:44: error: /States/A/Next: MISSING_TRANSITION_TARGET"},
		"stdin twice":  {[]string{"-", "-"}, "standard input is read twice"},
		"placeholders": {[]string{"a.json", "p.json"}, "p.json:6:70: "},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, err := invokeHere(before, append([]string{"diff"}, c.args...)...)
			require.Equal(t, exitUsage, code)
			require.Empty(t, out)
			require.Contains(t, err, c.want)
		})
	}
	code, out, err := invokeHere("", "diff", "-D", "S=1", "a.json", "p.json")
	require.Zero(t, code, err)
	require.Contains(t, out, "nothing changed")
}
