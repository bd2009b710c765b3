package asltest_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/asltest"
)

var update = flag.Bool("update", false, "write the messages into testdata/mistakes")

// spy is a testing.TB that collects messages.
type spy struct {
	testing.TB
	log      []string
	cleanups []func()
}

type done struct{}

func (s *spy) Helper() {}

func (s *spy) Logf(string, ...any) {}

func (s *spy) Failed() bool { return len(s.log) > 0 }

func (s *spy) Cleanup(f func()) { s.cleanups = append(s.cleanups, f) }

func (s *spy) Errorf(format string, args ...any) { s.log = append(s.log, fmt.Sprintf(format, args...)) }

func (s *spy) Fatalf(format string, args ...any) {
	s.Errorf(format, args...)
	panic(done{})
}

func (s *spy) Fatal(args ...any) { s.Fatalf("%s", fmt.Sprint(args...)) }

func messages(t *testing.T, test func(t testing.TB)) string {
	s := &spy{TB: t}
	func() {
		defer func() {
			if p := recover(); p != nil && p != any(done{}) {
				panic(p)
			}
		}()
		test(s)
	}()
	for _, f := range s.cleanups {
		f()
	}
	return strings.Join(s.log, "\n---\n") + "\n"
}

// The message for a typical mistake is enough to correct it.
func TestMistakes(t *testing.T) {
	p := asltest.Compile(t, shipping)
	poll := asltest.Compile(t, polling)
	fan := asltest.Compile(t, fanOut)
	good := asltest.Options(asltest.On("Charge").Return(`{"ok": true}`), asltest.On("Ship").Return(`{"at": "noon", "by": "van"}`))
	polled := asltest.Options(asltest.On("Submit").Return(`7`), asltest.On("Poll").Return(`"busy"`).Times(2).Then().Return(`"done"`))
	forked := asltest.Options(asltest.On("A1").Return(`1`), asltest.On("B1").Return(`2`), asltest.On("Pack").Return(`3`))
	for name, mistake := range map[string]func(t testing.TB){
		"wrong_path": func(t testing.TB) {
			asltest.Run(t, poll, `{}`, polled).WantPath("Submit", "2×(Wait, Poll, Done?)", "End")
		},
		"wrong_path_in_iteration": func(t testing.TB) {
			asltest.Run(t, fan, `{"items": [1]}`, forked).Iteration("Each", 0).WantPath("A1", "Pack")
		},
		"wrong_attempts": func(t testing.TB) {
			asltest.Run(t, p, `{}`, asltest.On("Charge").Throw("Timeout", "slow").Then().Return(`1`),
				asltest.On("Ship").Return(`2`)).WantAttempts("Charge", 3)
		},
		"unscripted_task": func(t testing.TB) { asltest.Run(t, p, `{"id": "o-1"}`, asltest.On("Charge").Return(`1`)) },
		"script_runs_out": func(t testing.TB) {
			asltest.Run(t, p, `{}`, asltest.On("Charge").Throw("Timeout", "").Times(1))
		},
		"script_of_other_attempt": func(t testing.TB) {
			asltest.Run(t, p, `{}`, asltest.On("Charge").Attempt(2).Return(`1`))
		},
		"misspelt_script":       func(t testing.TB) { asltest.Run(t, p, `{}`, asltest.On("Chrage").Return(`1`)) },
		"script_of_a_choice":    func(t testing.TB) { asltest.Run(t, poll, `{}`, asltest.On("Done?").Return(`1`)) },
		"script_without_answer": func(t testing.TB) { asltest.Run(t, p, `{}`, asltest.On("Charge")) },
		"misspelt_state": func(t testing.TB) {
			x := asltest.Run(t, p, `{}`, good)
			x.WantPath("Validate", "Charge", "Shp")
			x.WantVisited("Validat")
			x.WantNotVisited("Notify")
		},
		"unused_script": func(t testing.TB) {
			asltest.Run(t, p, `{}`, good, asltest.On("Charge").Attempt(2).Return(`2`),
				asltest.On("Ship").Throw("Late", "").Times(2))
		},
		"unused_answer": func(t testing.TB) {
			asltest.Run(t, p, `{}`, asltest.On("Charge").Throw("CardDeclined", "no").Times(2).Then().Return(`1`), asltest.AllowUnused()).WantFailed("Refused")
			asltest.Run(t, p, `{}`, asltest.On("Charge").Throw("CardDeclined", "no").Times(2).Then().Return(`1`))
		},
		"wrong_output": func(t testing.TB) { asltest.Run(t, p, `{}`, good).WantOutput(`{"by": "bike", "at": "noon"}`) },
		"wrong_input": func(t testing.TB) {
			asltest.Run(t, p, `{"id": 1}`, good).WantInputOf("Ship", `{"id": 1, "paid": true}`)
		},
		"output_of_a_failure": func(t testing.TB) {
			x := asltest.Run(t, p, `{}`, asltest.On("Charge").Throw("Stolen", "call the police"))
			x.WantOutput(`1`)
			x.WantOutputOf("Charge", `1`)
		},
		"failure_that_did_not_come": func(t testing.TB) { asltest.Run(t, p, `{}`, good).WantFailed("Refused") },
		"wrong_error":               func(t testing.TB) { failing(t, p).WantFailed("CardDeclined") },
		"wrong_cause":               func(t testing.TB) { failing(t, p).WantFailed("Refused", "limit") },
		"errors_without_names": func(t testing.TB) {
			late := asltest.Compile(t, `{"StartAt": "W", "TimeoutSeconds": 5, "States": {"W": {"Type": "Wait", "Seconds": 9, "End": true}}}`)
			asltest.Run(t, late, nil).WantSucceeded()
			asltest.Run(t, late, nil).WantFailed("States.Timeout")
			asltest.Run(t, late, nil).WantFailed("States.Timeout", "late")
			nameless := asltest.Compile(t, `{"StartAt": "F", "States": {"F": {"Type": "Fail", "Cause": "by design"}}}`)
			asltest.Run(t, nameless, nil).WantSucceeded()
			asltest.Run(t, nameless, nil).WantFailed("Broken")
			asltest.Run(t, nameless, nil).WantFailed("", "")
			charged := asltest.Run(t, p, `{}`, asltest.On("Charge").Throw("", ""))
			charged.WantOutputOf("Charge", `1`)
			charged.WantAttempts("Charge", 2)
		},
		"waits_forever": func(t testing.TB) {
			asltest.Run(t, p, `{}`, asltest.On("Charge").Return(`1`), asltest.On("Ship").Hang())
		},
		"several_visits": func(t testing.TB) { asltest.Run(t, poll, `{}`, polled).WantInputOf("Poll", `1`) },
		"no_such_branch": func(t testing.TB) { asltest.Run(t, fan, `{"items": [1]}`, forked).Branch("Fork", 2).WantPath("A1") },
		"no_json":        func(t testing.TB) { asltest.Run(t, p, `{}`, asltest.On("Charge").Return("paid")) },
		"end_without_assertion": func(t testing.TB) {
			failing(t, p).WantPath("Validate", "Charge", "Refuse")
		},
		"timeout_without_assertion": func(t testing.TB) {
			late := asltest.Compile(t, `{"StartAt": "W", "TimeoutSeconds": 5, "States": {"W": {"Type": "Wait", "Seconds": 9, "End": true}}}`)
			asltest.Run(t, late, nil).WantVisited("W")
		},
		"schedule_without_assertion": func(t testing.TB) {
			asltest.Explore(t, 100, func(t testing.TB, schedule asltest.Option) {
				failing(t, p).WantAttempts("Charge", 1)
			})
		},
		"wrong_elapsed":    func(t testing.TB) { asltest.Run(t, poll, `{}`, polled).WantElapsed(time.Minute) },
		"wrong_definition": func(t testing.TB) { asltest.Compile(t, `{"StartAt": "A", "States": {"B": {"Type": "Pass"}}}`) },
		"replay_differs": func(t testing.TB) {
			recorded := asltest.Run(t, p, `{"id": 1}`, good).HistoryJSON()
			changed := strings.Replace(shipping, `"$.paid"`, `"$.receipt"`, 1)
			asltest.Replay(t, asltest.Compile(t, changed), recorded)
		},
		"replay_takes_another_way": func(t testing.TB) {
			recorded := failing(t, p).HistoryJSON()
			changed := strings.Replace(shipping, `"CardDeclined"]`, `"Declined"]`, 1)
			asltest.Replay(t, asltest.Compile(t, changed), recorded)
		},
		"one_schedule_fails": func(t testing.TB) {
			asltest.Explore(t, 100, func(t testing.TB, schedule asltest.Option) {
				last := ""
				note := func(i asltest.Invocation) string { last += i.State; return "" }
				asltest.Run(t, fan, `{"items": []}`, schedule, asltest.AllowUnused(),
					asltest.On("A1").Throw("X", "a was first"), asltest.On("B1").Throw("Y", "b was first"),
					asltest.OnAny().Call(note)).WantFailed("X")
			})
		},
		"fault_that_never_struck": func(t testing.TB) {
			asltest.Run(t, p, `{}`, good, asltest.CrashAt(99), asltest.FailCall(7, "Busy", ""), asltest.DropHeartbeat("Ship", 1))
			asltest.Run(t, p, `{}`, good, asltest.DropHeartbeat("Shp", 1))
		},
		"replay_backwards": func(t testing.TB) {
			asltest.Replay(t, p, []byte(`{"events": [{"id": 9, "type": "ExecutionSucceeded", "timestamp": 1, "previousEventId": 8}]}`))
		},
		"wrong_mocks": func(t testing.TB) {
			asltest.Run(t, p, `{}`, asltest.Mocks(asltest.MockConfig(p, "Happy"), "StateMachine", "Sad"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := line.ReplaceAllString(messages(t, mistake), "mistakes_test.go:N")
			file := filepath.Join("testdata", "mistakes", name+".txt")
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Equal(t, string(want), got)
		})
	}
}

var line = regexp.MustCompile(`mistakes_test\.go:\d+`)

func failing(t testing.TB, p *asltest.Program) *asltest.Execution {
	return asltest.Run(t, p, `{}`, asltest.On("Charge").Throw("CardDeclined", "the limit is 100"))
}
