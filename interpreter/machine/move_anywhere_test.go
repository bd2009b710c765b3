package machine_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/machine"
)

// requireForeseen checks that CheckMoves has the differences of an execution, apart from
// those of its history, of attempts, and of states that it enters next.
func requireForeseen(t *testing.T, h *host, to *machine.Program, found []machine.MoveDifference) {
	t.Helper()
	foreseen := h.p.CheckMoves(to)
	for _, d := range found {
		st := h.p.Machine().States.Get(d.State)
		if d.Field == "Limits.HistoryEvents" || strings.HasPrefix(d.Field, "Retry[") || st != nil && st.Base().Type == "Pass" && d.Refused {
			continue
		}
		require.True(t, slices.ContainsFunc(foreseen, func(f machine.MoveDifference) bool {
			return f.State == d.State && f.Field == d.Field && f.Refused == d.Refused
		}), "%s is not one of %v", d, foreseen)
	}
}

// All states are compared in which an execution can stand, and no others.
func TestCheckMoves(t *testing.T) {
	const (
		branches = `{"QueryLanguage":"JSONata","StartAt":"S","States":{
			"S":{"Type":"Pass","Assign":{"v":1},"Next":"C"},
			"C":{"Type":"Choice","Default":"A","Choices":[{"Condition":"{% $v = 1 %}","Next":"W"}]},
			"A":{"Type":"Task","Resource":"a","Assign":{"w":1},"Next":"W"},
			"W":{"Type":"Wait","Seconds":1,"Next":"P"},
			"P":{"Type":"Parallel","Next":"Z","Branches":[
				{"StartAt":"B1","States":{"B1":{"Type":"Wait","Seconds":1,"Assign":{"u":1},"Next":"B2"},"B2":{"Type":"Task","Resource":"b","End":true}}},
				{"StartAt":"M","States":{"M":{"Type":"Map","End":true,"ItemProcessor":{
					"StartAt":"I","States":{"I":{"Type":"Task","Resource":"i","End":true}}}}}}]},
			"Z":{"Type":"Task","Resource":"z","Arguments":"{% $v %}","End":true}}}`
	)
	for name, c := range map[string]struct {
		before   string
		replace  []string
		expected []string
	}{
		"equal":                          {before: branches},
		"states that cannot be stood in": {before: branches, replace: []string{`"S"`, `"S2"`, `"C"`, `"C2"`, `$v = 1`, `$v = 2`}},
		"a state in a branch":            {before: branches, replace: []string{`"B2"`, `"B3"`}, expected: []string{"!state B2", "state B1, Next"}},
		"a state in an iteration":        {before: branches, replace: []string{`"I"`, `"I2"`, `"i"`, `"j"`}, expected: []string{"!state I"}},
		"a resource in an iteration":     {before: branches, replace: []string{`"i"`, `"arn:aws:states:::sqs:sendMessage"`}, expected: []string{"!state I, Resource"}},
		"several":                        {before: branches, replace: []string{`"a"`, `"x"`, `"Seconds":1,"Next"`, `"Seconds":2,"Next"`}, expected: []string{"state A, Resource", "state W, Seconds"}},
		"a variable that all have":       {before: branches, replace: []string{`"b"`, `"b","Arguments":"{% $v & $u %}"`}, expected: []string{"state B2, Arguments"}},
		"a variable that some have":      {before: branches, replace: []string{`"{% $v %}"`, `"{% $w %}"`}, expected: []string{"state Z, Arguments", "state Z, $w"}},
		"a variable of a branch": {before: branches, replace: []string{`"u":1`, `"t":1`, `"b"`, `"b","Arguments":"{% $t %}"`},
			expected: []string{"state B1, Assign", "state B2, Arguments", "state B2, $t"}},
		"another type": {before: branches, replace: []string{`"Type":"Wait","Seconds":1,"Next":"P"`, `"Type":"Pass","Next":"P"`}, expected: []string{"!state W, Type", "state W, Seconds"}},
		"retriers":     {before: inRetry, replace: []string{`5`, `4`}, expected: []string{"state A, Retry"}},
		"a variable that one way misses already": {
			before: `{"QueryLanguage":"JSONata","StartAt":"C","States":{
				"C":{"Type":"Choice","Default":"A","Choices":[{"Condition":"{% $states.input.x %}","Next":"B"}]},
				"A":{"Type":"Task","Resource":"a","Next":"Z"},
				"B":{"Type":"Task","Resource":"b","Assign":{"v":1},"Next":"Z"},
				"Z":{"Type":"Pass","Output":"{% $v %}","End":true}}}`,
			replace:  []string{`"v":1`, `"w":1`},
			expected: []string{"state B, Assign", "state Z, $v"}},
	} {
		t.Run(name, func(t *testing.T) {
			after := c.before
			for i := 0; i < len(c.replace); i += 2 {
				require.Contains(t, after, c.replace[i])
				after = strings.ReplaceAll(after, c.replace[i], c.replace[i+1])
			}
			var places []string
			for _, d := range compile(t, c.before, machine.Options{}).CheckMoves(compile(t, after, machine.Options{})) {
				place := strings.TrimSuffix(d.String(), ": "+d.Text)
				if d.Refused {
					place = "!" + place
				}
				places = append(places, place)
			}
			require.Equal(t, c.expected, places)
		})
	}
}
