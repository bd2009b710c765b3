package asl_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
)

// The specification's table: P is a field of JSONPath states only, A of JSONata
// states only, B of both.
const fieldTable = `
                               Task Parallel Map Pass Wait Choice Succeed Fail
Comment                        B    B        B   B    B    B      B       B
InputPath                      P    P        P   P    P    P      P       -
OutputPath                     P    P        P   P    P    P      P       -
Parameters                     P    P        P   P    -    -      -       -
ResultSelector                 P    P        P   -    -    -      -       -
ResultPath                     P    P        P   P    -    -      -       -
Result                         -    -        -   P    -    -      -       -
Arguments                      A    A        -   -    -    -      -       -
Output                         A    A        A   A    A    A      A       -
Assign                         B    B        B   B    B    B      -       -
Next                           B    B        B   B    B    -      -       -
End                            B    B        B   B    B    -      -       -
Retry                          B    B        B   -    -    -      -       -
Catch                          B    B        B   -    -    -      -       -
Resource                       B    -        -   -    -    -      -       -
Credentials                    B    -        -   -    -    -      -       -
TimeoutSeconds                 B    -        -   -    -    -      -       -
HeartbeatSeconds               B    -        -   -    -    -      -       -
TimeoutSecondsPath             P    -        -   -    -    -      -       -
HeartbeatSecondsPath           P    -        -   -    -    -      -       -
Branches                       -    B        -   -    -    -      -       -
ItemProcessor                  -    -        B   -    -    -      -       -
Iterator                       -    -        B   -    -    -      -       -
ItemsPath                      -    -        P   -    -    -      -       -
Items                          -    -        A   -    -    -      -       -
ItemSelector                   -    -        B   -    -    -      -       -
ItemReader                     -    -        B   -    -    -      -       -
ItemBatcher                    -    -        B   -    -    -      -       -
ResultWriter                   -    -        B   -    -    -      -       -
Label                          -    -        B   -    -    -      -       -
MaxConcurrency                 -    -        B   -    -    -      -       -
MaxConcurrencyPath             -    -        P   -    -    -      -       -
ToleratedFailureCount          -    -        B   -    -    -      -       -
ToleratedFailureCountPath      -    -        P   -    -    -      -       -
ToleratedFailurePercentage     -    -        B   -    -    -      -       -
ToleratedFailurePercentagePath -    -        P   -    -    -      -       -
Seconds                        -    -        -   -    B    -      -       -
Timestamp                      -    -        -   -    B    -      -       -
SecondsPath                    -    -        -   -    P    -      -       -
TimestampPath                  -    -        -   -    P    -      -       -
Choices                        -    -        -   -    -    B      -       -
Default                        -    -        -   -    -    B      -       -
Error                          -    -        -   -    -    -      -       B
Cause                          -    -        -   -    -    -      -       B
ErrorPath                      -    -        -   -    -    -      -       P
CausePath                      -    -        -   -    -    -      -       P
Condition                      -    -        -   -    -    -      -       -
StartAt                        -    -        -   -    -    -      -       -
`

func TestFieldsOfStates(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(fieldTable), "\n")
	types := strings.Fields(lines[0])
	require.Len(t, types, len(stateTypes))
	for _, line := range lines[1:] {
		columns := strings.Fields(line)
		require.Len(t, columns, len(types)+1, line)
		for i, typ := range types {
			for _, q := range []asl.QueryLanguage{asl.JSONPath, asl.JSONata} {
				field := columns[0]
				require.Equal(t, verdict(columns[i+1], field, q), aboutField(typ, field, q), "%s of a %s state in %s", field, typ, q)
			}
		}
	}
}

// docs/language.md shows the table.
func TestLanguageReferenceHasTheFields(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "docs", "language.md"))
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(fieldTable), "\n")
	rows := 0
	for _, line := range lines[1:] {
		columns := strings.Fields(line)
		if !strings.ContainsAny(line[len(columns[0]):], "PAB") {
			continue
		}
		row := "| `" + columns[0] + "` | " + strings.ReplaceAll(strings.Join(columns[1:], " | "), "-", "") + " |\n"
		require.Contains(t, strings.ReplaceAll(string(page), "|  |", "| |"), strings.ReplaceAll(row, "|  |", "| |"))
		rows++
	}
	require.Contains(t, string(page), "| field | "+strings.Join(strings.Fields(lines[0]), " | ")+" |\n")
	require.Equal(t, 46, rows)
}

// verdict is the error that the table gives, or empty.
func verdict(cell, field string, q asl.QueryLanguage) string {
	only := func(l asl.QueryLanguage) string {
		if l == q {
			return ""
		}
		return fmt.Sprintf("The QueryLanguage is set to '%s', but field '%s' is only supported for the '%s' QueryLanguage", q, field, l)
	}
	switch cell {
	case "P":
		return only(asl.JSONPath)
	case "A":
		return only(asl.JSONata)
	case "B":
		return ""
	}
	return fmt.Sprintf("Field '%s' is not supported", field)
}

// aboutField is what Parse says about a field's being there, whatever it says
// about the field's value.
func aboutField(typ, field string, q asl.QueryLanguage) string {
	definition := fmt.Sprintf(`{"StartAt": "A", "States": {"A": {"Type": %q, "QueryLanguage": %q, %q: {}}}}`, typ, q, field)
	_, err := asl.Parse([]byte(definition))
	var list asl.ErrorList
	if !errors.As(err, &list) {
		return ""
	}
	for _, d := range list {
		if d.Location == "/States/A" && strings.Contains(d.Message, "'"+field+"'") {
			return d.Message
		}
	}
	return ""
}
