package docs

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/internal/snippets"
	"github.com/gostates/gostates/interpreter"

	// The code of the pages uses these, so the result of the tests depends on them.
	_ "github.com/gostates/gostates/asl/build"
	_ "github.com/gostates/gostates/interpreter/api/page"
	_ "github.com/gostates/gostates/interpreter/asltest"
	_ "github.com/gostates/gostates/interpreter/lambdatask"
	_ "github.com/gostates/gostates/interpreter/store/memory"
	_ "github.com/gostates/gostates/interpreter/store/offload"
)

const root = ".."

// Go code that needs a nested module is tested by that module.
func TestGoOfThePagesRuns(t *testing.T) {
	pages, err := snippets.Pages(root)
	require.NoError(t, err)
	snippets.TestGo(t, root, ".", pages...)
}

// languages are the words that begin the info strings of the pages. Blocks of text,
// mermaid and yaml are not run.
var languages = []string{"console", "go", "json", "mermaid", "output", "sh", "text", "yaml"}

// Definitions are valid, states are valid in a machine of their own, and everything
// else is JSON.
func TestJSONOfThePagesIsValid(t *testing.T) {
	pages, err := snippets.Pages(root)
	require.NoError(t, err)
	blocks, err := snippets.Blocks(root, pages...)
	require.NoError(t, err)
	definitions := 0
	for _, b := range blocks {
		require.Contains(t, languages, b.Lang, "%s:%d", b.Page, b.Line)
		if b.Lang != "json" {
			continue
		}
		text := strings.TrimSpace(b.Text)
		if !strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "[") {
			text = "{" + text + "}"
		}
		var object map[string]json.RawMessage
		if strings.HasPrefix(text, "{") {
			require.NoError(t, json.Unmarshal([]byte(text), &object), "%s:%d", b.Page, b.Line)
		} else {
			require.True(t, json.Valid([]byte(text)), "%s:%d", b.Page, b.Line)
		}
		machines := []string{text}
		if _, ok := object["StartAt"]; !ok {
			machines = machinesOf(object)
		}
		for _, m := range machines {
			definitions++
			_, err := asl.ParseValid([]byte(m), asl.Options{})
			require.NoError(t, err, "%s:%d", b.Page, b.Line)
		}
	}
	require.Greater(t, definitions, 1)
}

var next = regexp.MustCompile(`"(?:Next|Default)":\s*"([^"]+)"`)

// machinesOf returns a machine of each state, whose transitions lead to an end, or
// nothing if a member is not a state.
func machinesOf(states map[string]json.RawMessage) []string {
	var machines []string
	for name, state := range states {
		var is struct{ Type string }
		if json.Unmarshal(state, &is) != nil || is.Type == "" {
			return nil
		}
		all := map[string]json.RawMessage{name: state}
		for _, m := range next.FindAllSubmatch(state, -1) {
			if target := string(m[1]); all[target] == nil {
				all[target] = json.RawMessage(`{"Type": "Succeed"}`)
			}
		}
		language := "JSONPath"
		if strings.Contains(string(state), `"{%`) {
			language = "JSONata"
		}
		text, _ := json.Marshal(map[string]any{"QueryLanguage": language, "StartAt": name, "States": all})
		machines = append(machines, string(text))
	}
	return machines
}

// The calls of the language reference have the results that it shows.
func TestFunctionsOfTheLanguageReference(t *testing.T) {
	page, err := os.ReadFile("language.md")
	require.NoError(t, err)
	in := interpreter.New(interpreter.Config{})
	defer in.Close()
	rows := regexp.MustCompile("(?m)^\\| `((?:States\\.|\\{% ).*)` \\| `(.*)` \\|$").FindAllStringSubmatch(string(page), -1)
	require.Greater(t, len(rows), 20)
	for _, row := range rows {
		state := map[string]any{"Type": "Pass", "End": true, "Parameters": map[string]string{"v.$": row[1]}, "OutputPath": "$.v"}
		if strings.HasPrefix(row[1], "{%") {
			state = map[string]any{"Type": "Pass", "End": true, "QueryLanguage": "JSONata", "Output": row[1]}
		}
		definition, err := json.Marshal(map[string]any{"StartAt": "P", "States": map[string]any{"P": state}})
		require.NoError(t, err)
		program, err := interpreter.Compile(definition, interpreter.Options{})
		require.NoError(t, err, row[1])
		output, err := interpreter.Run[json.RawMessage](t.Context(), in, program, nil)
		require.NoError(t, err, row[1])
		require.Equal(t, row[2], string(output), row[1])
	}
}
