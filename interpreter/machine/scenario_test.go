package machine_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

var update = flag.Bool("update", false, "write what the scenarios give into their files")

// TestScenarios runs testdata/*.txt: a definition, an input, a script of task
// answers, and the wanted history. Each is run straight, with a snapshot after
// every Step, with a crash after every Step, and with one transition a Step.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.txt"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			s := parseScenario(string(text))
			got := runScenario(t, s, nil, 0)
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(s.withHistory(got)), 0o644))
				return
			}
			require.Equal(t, s.section("history"), got)
			require.Equal(t, got, runScenario(t, s, restored, 0), "with a snapshot after every Step")
			require.Equal(t, got, runScenario(t, s, crashed, 0), "with a crash after every Step")
			require.Equal(t, got, runScenario(t, s, nil, 1), "with one transition a Step")
			require.Equal(t, got, runScenario(t, s, crashed, 1), "with one transition a Step, and a crash after each")
		})
	}
}

// scenario is a file of sections, each under a line "-- name --"; what stands
// before the first is a comment.
type scenario struct {
	comment string
	names   []string
	texts   map[string]string
}

func parseScenario(text string) scenario {
	s := scenario{texts: make(map[string]string)}
	name := ""
	for _, line := range strings.SplitAfter(text, "\n") {
		if n, ok := strings.CutPrefix(line, "-- "); ok {
			name = strings.TrimSuffix(strings.TrimSpace(n), " --")
			s.names = append(s.names, name)
			continue
		}
		if name == "" {
			s.comment += line
			continue
		}
		s.texts[name] += line
	}
	return s
}

func (s scenario) section(name string) string { return s.texts[name] }

func (s scenario) withHistory(history string) string {
	text := s.comment
	for _, name := range s.names {
		if name != "history" {
			text += "-- " + name + " --\n" + s.texts[name]
		}
	}
	return text + "-- history --\n" + history
}

// script answers the tasks of each state in turn. A line is a state's name, a
// tab, and one of: "succeed JSON", "fail ERROR CAUSE", "fail", "hang",
// "submit JSON", "refuse ERROR CAUSE", or several joined by " | ".
type script map[string][]string

func parseScript(text string) script {
	s := script{}
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if state, answer, ok := strings.Cut(line, ": "); ok {
			s[state] = append(s[state], answer)
		}
	}
	return s
}

func (s script) answer(t testing.TB, c machine.Command) []machine.Event {
	require.NotEmpty(t, s[c.State], "the script has no answer for a task of state %s", c.State)
	answer := s[c.State][0]
	s[c.State] = s[c.State][1:]
	if strings.HasPrefix(answer, "refuse ") {
		return []machine.Event{taskEvent(t, answer)}
	}
	events := []machine.Event{{Kind: machine.TaskStarted}}
	for _, part := range strings.Split(answer, " | ") {
		if part != "hang" {
			events = append(events, taskEvent(t, part))
		}
	}
	return events
}

func taskEvent(t testing.TB, text string) machine.Event {
	verb, rest, _ := strings.Cut(text, " ")
	ev := machine.Event{}
	switch verb {
	case "succeed":
		ev.Kind, ev.Output = machine.TaskSucceeded, parse(t, rest)
	case "submit":
		ev.Kind, ev.Output = machine.TaskSubmitted, parse(t, rest)
	case "fail", "refuse":
		ev.Kind = machine.TaskFailed
		if verb == "refuse" {
			ev.Kind = machine.TaskRefused
		}
		if name, cause, ok := strings.Cut(rest, " "); ok {
			ev.Error, ev.Cause = &name, &cause
		}
	default:
		t.Fatalf("unknown answer %q", text)
	}
	return ev
}

func runScenario(t *testing.T, s scenario, afterStep func(*host), budget int) string {
	p := compile(t, s.section("definition"), machine.Options{
		StateMachineName: "Test",
		Limits:           machine.Limits{ExpressionSteps: 1_000_000},
	})
	h := newHost(t, p, parse(t, s.section("input")))
	h.afterStep = afterStep
	h.r.MaxTransitions = budget
	answers := parseScript(s.section("script"))
	h.answer = func(c machine.Command) []machine.Event { return answers.answer(t, c) }
	if o := h.run(); o != nil && o.Output != nil {
		require.Positive(t, value.Size(o.Output))
	}
	return lines(h.history)
}
