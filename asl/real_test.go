package asl_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/asl/awsmodel"
	"github.com/gostates/gostates/value"
)

// shared is where collections of definitions stand, beside the repository.
var shared = filepath.Join("..", "..", "shared")

// eachLine calls f for each object of a file of JSON lines.
func eachLine(t *testing.T, name string, f func(o *value.Object)) {
	file, err := os.Open(filepath.Join(shared, name))
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("%s is not beside the repository", name)
	}
	require.NoError(t, err)
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		v, err := value.Parse(lines.Bytes())
		require.NoError(t, err)
		f(v.(*value.Object))
	}
	require.NoError(t, lines.Err())
}

func text(o *value.Object, key string) string {
	v, _ := o.Get(key)
	s, _ := v.(string)
	return s
}

// Definitions as people write them: those that two validators take parse
// without an error and come back from Marshal; every error names a place and a
// rule.
func TestRealDefinitions(t *testing.T) {
	valid, refused, others := 0, 0, 0
	eachLine(t, filepath.Join("real", "definitions.ndjson"), func(o *value.Object) {
		definition := []byte(text(o, "text"))
		m, err := asl.Parse(definition)
		if text(o, "verdict") == "valid" {
			valid++
			require.NoError(t, err, text(o, "id"))
			requireRoundTrip(t, definition, m)
			return
		}
		others++
		if err != nil {
			refused++
			requireReasons(t, err, text(o, "id"))
		}
	})
	require.Positive(t, valid)
	t.Logf("%d valid definitions parse; of %d others %d are refused", valid, others, refused)
}

// Definitions that people run are not refused for the parameters of their Tasks.
func TestRealParametersFitTheModels(t *testing.T) {
	tasks := 0
	eachLine(t, filepath.Join("real", "definitions.ndjson"), func(o *value.Object) {
		m, err := asl.Parse([]byte(text(o, "text")))
		if err != nil || text(o, "verdict") != "valid" {
			return
		}
		for st := range m.All() {
			if st, ok := st.(*asl.TaskState); ok && strings.HasPrefix(st.Resource.Value, "arn:aws:states:::") {
				tasks++
			}
		}
		for _, d := range asl.CheckRequests(m, awsmodel.Models{}) {
			require.Contains(t, d.Message, "field is required for resource ARN", "%s: %v", text(o, "id"), d) // no parameters at all
		}
	})
	require.Positive(t, tasks)
	t.Logf("the parameters of %d Tasks are accepted", tasks)
}

// requireReasons checks that each error says what is wrong, and where.
func requireReasons(t *testing.T, err error, id string) {
	t.Helper()
	var list asl.ErrorList
	require.ErrorAs(t, err, &list)
	for _, d := range list {
		require.NotEmpty(t, d.Code, id)
		require.NotEmpty(t, d.Message, id)
		require.Positive(t, d.Pos.Line, id)
		require.Positive(t, d.Pos.Column, id)
		if d.Code != asl.CodeInvalidJSON && d.Message != "Definition must be a valid JSON object" {
			require.NotEmpty(t, d.Location, id)
		}
	}
}

// requireRoundTrip checks that Marshal gives a definition that says the same.
func requireRoundTrip(t *testing.T, definition []byte, m *asl.StateMachine) {
	t.Helper()
	out, err := asl.Marshal(m)
	require.NoError(t, err)
	want, err := value.Parse(definition)
	require.NoError(t, err)
	got, err := value.Parse(out)
	require.NoError(t, err)
	require.True(t, value.Equal(want, got), "Marshal gives\n%s\nfor\n%s", out, value.String(want))
}

// Definitions as they are kept in repositories: with placeholders, which nobody
// has given a value yet, and with numbers that are some too.
func TestRealDefinitionsWithPlaceholders(t *testing.T) {
	with, bare := 0, 0
	number := regexp.MustCompile(`("(?:TimeoutSeconds|HeartbeatSeconds|Seconds|MaxAttempts|IntervalSeconds|MaxConcurrency)"\s*:\s*)(\d+)`)
	eachLine(t, filepath.Join("real", "definitions.ndjson"), func(o *value.Object) {
		definition, id := text(o, "text"), text(o, "id")
		as := func(text string, values map[string]string) asl.ErrorList {
			return asl.Validate([]byte(text), asl.Options{Substitutions: values})
		}
		plain := as(definition, nil)
		if strings.Contains(definition, "${") {
			with++
			found := as(definition, map[string]string{})
			require.Subset(t, plain, found, id)
			errors, _ := found.Count()
			require.True(t, text(o, "verdict") != "valid" || errors == 0, "%s: %v", id, found)
		}
		values := map[string]string{}
		kept := number.ReplaceAllStringFunc(definition, func(field string) string {
			m := number.FindStringSubmatch(field)
			name := fmt.Sprintf("Number%d", len(values))
			values[name] = m[2]
			return m[1] + "${" + name + "}"
		})
		if kept == definition {
			return
		}
		bare++
		noValue := 0
		for _, d := range as(kept, map[string]string{}) {
			if d.Code == asl.CodePlaceholderWithoutValue {
				noValue++
				require.True(t, strings.HasPrefix(kept[d.Pos.Offset:], d.Message[len("no value for "):]), "%s: %v", id, d)
			}
		}
		require.Equal(t, min(len(values), 100), noValue, id)
		var want, got []string
		for _, d := range as(definition, map[string]string{}) {
			want = append(want, fmt.Sprint(d.Pos.Line, d.Code, d.Message, d.Location, d.Detail))
		}
		for _, d := range as(kept, values) {
			got = append(got, fmt.Sprint(d.Pos.Line, d.Code, d.Message, d.Location, d.Detail))
		}
		require.ElementsMatch(t, want, got, id)
	})
	require.Positive(t, with)
	require.Positive(t, bare)
	t.Logf("%d definitions have placeholders in strings; %d were given bare ones", with, bare)
}

// What AWS took, Parse takes.
func TestDefinitionsThatAWSTook(t *testing.T) {
	taken, refused, kept := 0, 0, 0
	eachLine(t, filepath.Join("validator", "cases.ndjson"), func(o *value.Object) {
		// AWS saw this recording with the value of the test's parameter.
		definition := strings.Replace(text(o, "text"), "%CONTEXT_OBJECT_LITERAL_PLACEHOLDER%", "$$", 1)
		_, err := asl.Parse([]byte(definition))
		switch {
		case text(o, "expected") != "valid" && err != nil:
			refused++
			requireReasons(t, err, text(o, "id"))
		case text(o, "expected") != "valid":
			kept++
		case text(o, "truth") == "aws":
			taken++
			require.NoError(t, err, text(o, "id"))
		case err != nil:
			t.Logf("%s, which validators take but AWS is not known to: %v", text(o, "id"), err)
		}
	})
	require.Positive(t, taken)
	t.Logf("AWS's %d valid definitions parse; of the invalid ones %d are refused, %d wait for full validation", taken, refused, kept)
}

// What was recorded running on AWS, Parse takes.
func TestRecordedDefinitions(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(shared, "conformance", "*", "*.json"))
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skip("no recordings beside the repository")
	}
	parsed := 0
	for _, file := range files {
		if kind := filepath.Base(filepath.Dir(file)); kind != "history" && kind != "outputs" && kind != "express" {
			continue
		}
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		recording, err := value.Parse(data)
		require.NoError(t, err)
		for _, definition := range recordedDefinitions(recording.(*value.Object)) {
			text := value.Append(nil, definition)
			m, err := asl.Parse(text)
			require.NoError(t, err, file)
			requireRoundTrip(t, text, m)
			parsed++
		}
	}
	require.Positive(t, parsed)
	t.Logf("%d recorded definitions parse", parsed)
}

// recordedDefinitions are the definition of a recording, or those of its cases.
func recordedDefinitions(recording *value.Object) []any {
	if definition, ok := recording.Get("definition"); ok && definition != nil {
		return []any{definition}
	}
	var list []any
	cases, _ := recording.Get("cases")
	for _, c := range cases.([]any) {
		definition, _ := c.(*value.Object).Get("definition")
		list = append(list, definition)
	}
	return list
}
