package conformance

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value"
)

func parse(t *testing.T, text string) any {
	t.Helper()
	v, err := value.ParseString(text)
	require.NoError(t, err)
	return v
}

func event(t *testing.T, text string) *value.Object {
	t.Helper()
	return parse(t, text).(*value.Object)
}

func TestStrings(t *testing.T) {
	tests := []struct {
		name, want string
		got        any
		ok         bool
	}{
		{"equal", "a", "a", true},
		{"unequal", "a", "b", false},
		{"text and number", "1", int64(1), false},
		{"a wild text is any value", "anything", value.ObjectOf(), true},
		{"a date", "at date.", "at 2024-01-02T03:04:05.678Z.", true},
		{"a date with an offset", "date", "2024-01-02T03:04:05+01:00", true},
		{"a date without an offset stays", "date", "2024-01-02T03:04:05", false},
		{"a date that the recorder left", "2024-01-02T25:04:05Z", "2024-01-02T25:04:05Z", true},
		{"a placeholder", "id <a>!", "id 7!", true},
		{"a placeholder for nothing", "id <a>!", "id !", true},
		{"text behind a placeholder", "id <a>!", "id 7?", false},
		{"text before a placeholder", "id <a>!", "ids 7!", false},
		{"two placeholders", "<a>-<b>", "1-2-3", true},
		{"one placeholder twice", "<a>-<a>", "1-1", true},
		{"one placeholder twice, found late", "<a>-<a>", "1-2-1-2", true},
		{"one placeholder twice, for two texts", "<a>-<a>", "1-2", false},
		{"no placeholder", "a < b", "a > b", false},
		{"white space in JSON text", `{"a": [1, 2]}`, `{"a":[1,2]}`, true},
		{"key order in JSON text", `{"a": 1, "b": 2}`, `{"b":2,"a":1}`, false},
		{"a number in JSON text", `[1]`, `[1.0]`, false},
		{"a placeholder in JSON text", `{"a": "<a>", "b": "<a>"}`, `{"a":"x","b":"x"}`, true},
		{"a scalar's JSON text is a text", `1.0`, `1.00`, false},
		{"no JSON text", `{a}`, `{ a }`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newMatcher(&Case{wild: map[string]bool{"anything": true}})
			m.matchJSON("at", tt.want, tt.got)
			require.Equal(t, tt.ok, len(m.diffs) == 0, "%v", m.diffs)
		})
	}
}

func TestPlaceholderKeepsItsText(t *testing.T) {
	m := newMatcher(&Case{})
	m.matchJSON("first", "<a>", "1")
	m.matchJSON("literal", "<a>", "<a>") // a mock that passed through binds nothing
	m.matchJSON("again", "<a>", "1")
	require.Empty(t, m.takeDifferences())
	m.matchJSON("other", "<a>", "2")
	require.Equal(t, []string{`other: expected "<a>", got "2"`}, m.takeDifferences())
	require.False(t, m.matchTentatively(func(m *matcher) {
		m.matchJSON("tried", "<b>", "3")
		m.matchJSON("failed", "x", "y")
	}))
	m.matchJSON("free", "<b>", "4")
	require.Empty(t, m.takeDifferences(), "a failed try binds nothing")
}

func TestData(t *testing.T) {
	tests := []struct {
		name, want, got string // both JSON; what AWS sent was a string
		ok              bool
	}{
		{"object for its text", `{"a": 1}`, `"{\"a\":1}"`, true},
		{"object for another text", `{"a": 1}`, `"{\"a\":2}"`, false},
		{"an object that is no text", `{"a": 1}`, `{"a": 1}`, false},
		{"object for no JSON", `{"a": 1}`, `"a"`, false},
		{"white space", `"[1, 2]"`, `"[1,2]"`, true},
		{"escapes", `"\"\\u00e9\""`, `"\"é\""`, true},
		{"number", `"1.50"`, `"1.5"`, true},
		{"integer and float", `"1"`, `"1.0"`, false},
		{"text that is no JSON", `"no JSON"`, `"no JSON"`, true},
		{"another text", `"no JSON"`, `"no json"`, false},
		{"JSON for no JSON", `"<a>"`, `"1"`, true},
		{"null is not absent", `"null"`, `""`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newMatcher(&Case{})
			m.matchData("at", parse(t, tt.want), parse(t, tt.got))
			require.Equal(t, tt.ok, len(m.diffs) == 0, "%v", m.diffs)
		})
	}
}

// TestOlderCause shows that what AWS changed is accepted by the recording's date
// only.
func TestOlderCause(t *testing.T) {
	evaluation := []string{
		`{"id": 1, "previousEventId": 0, "type": "ExecutionStarted"}`,
		`{"id": 2, "previousEventId": 0, "type": "PassStateEntered"}`,
		`{"id": 3, "previousEventId": 2, "type": "EvaluationFailed"}`,
	}
	mapRun := []string{
		`{"id": 1, "previousEventId": 0, "type": "MapRunStarted"}`,
		`{"id": 2, "previousEventId": 1, "type": "MapRunSucceeded"}`,
		`{"id": 3, "previousEventId": 1, "type": "MapStateExited"}`,
	}
	inline := []string{
		`{"id": 1, "previousEventId": 0, "type": "MapIterationStarted"}`,
		`{"id": 2, "previousEventId": 1, "type": "MapIterationSucceeded"}`,
		`{"id": 3, "previousEventId": 1, "type": "MapStateExited"}`,
	}
	tests := []struct {
		name     string
		events   []string
		recorded time.Time
		previous int64
		ok       bool
	}{
		{"evaluation", evaluation, dateOf(2025, 1), 2, true},
		{"evaluation, the older cause", evaluation, dateOf(2024, 11), 0, true},
		{"evaluation, another cause", evaluation, dateOf(2024, 11), 1, false},
		{"evaluation, after the change", evaluation, dateOf(2024, 12), 0, false},
		{"evaluation, at a time unknown", evaluation, time.Time{}, 0, false},
		{"map run", mapRun, dateOf(2024, 12), 1, true},
		{"map run, the older cause", mapRun, dateOf(2024, 10), 2, true},
		{"map run, after the change", mapRun, dateOf(2024, 11), 2, false},
		{"inline map", inline, dateOf(2024, 10), 2, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := comparison{matcher: newMatcher(&Case{recorded: tt.recorded})}
			for _, e := range tt.events {
				h.got = append(h.got, event(t, e))
			}
			got := h.got[len(h.got)-1]
			h.ids(h.matcher, got.With("previousEventId", tt.previous), got)
			require.Equal(t, tt.ok, len(h.diffs) == 0, "%v", h.diffs)
		})
	}
}

func TestEventsOfUnlikeRuns(t *testing.T) {
	a := &trace{lines: [][]byte{[]byte("1"), []byte("2")}}
	require.Empty(t, describeDifference(a, &trace{lines: [][]byte{[]byte("1"), []byte("2")}}))
	require.Contains(t, describeDifference(a, &trace{lines: [][]byte{[]byte("1"), []byte("3")}}), "event 2")
	require.Contains(t, describeDifference(a, &trace{lines: [][]byte{[]byte("1")}}), "event 2")
	require.Contains(t, describeDifference(a, &trace{lines: a.lines, status: 1}), "outcome")
}

// TestWaysDiffer shows that a run which goes another way is noticed: here a
// host that loses commands and does not ask again.
func TestWaysDiffer(t *testing.T) {
	c, err := Load("testdata/corpus", "history", "timeout_retry.json")
	require.NoError(t, err)
	s := c.scenarios[0]
	straight, problems := s.runAll()
	require.Empty(t, problems)
	lost, err := s.runScenario(func(*run) error { return nil }, 0)
	require.NoError(t, err)
	require.Contains(t, describeDifference(straight, lost), "event 4")
}

// TestTaskWithoutIDs: where the recorder destroyed the ids, a task is answered
// with the ends of tasks in their order.
func TestTaskWithoutIDs(t *testing.T) {
	events := []*value.Object{
		event(t, `{"id": [0], "type": "TaskScheduled"}`),
		event(t, `{"id": [0], "type": "TaskFailed", "taskFailedEventDetails": {"error": "E", "cause": {"a": 1}}}`),
		event(t, `{"id": [0], "type": "TaskSucceeded", "taskSucceededEventDetails": {"output": "[1]"}}`),
	}
	none := parse(t, `{"state": null, "scheduledType": "TaskScheduled", "scheduledEventId": [0], "result": {"kind": "none"}}`)
	tasks, err := (&scenario{events: events}).readTasks([]any{none, none, none})
	require.NoError(t, err)
	require.Equal(t, "E", *tasks[0].result.Error)
	require.Equal(t, `{"a":1}`, *tasks[0].result.Cause)
	require.Equal(t, []any{int64(1)}, tasks[1].result.Output)
	require.Nil(t, tasks[2].result)
	s := newScript(&scenario{tasks: tasks})
	require.Same(t, tasks[0], s.nextUnused("any"))
	require.Same(t, tasks[1], s.nextUnused("other"))
}
