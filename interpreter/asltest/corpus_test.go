package asltest_test

import (
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/asltest"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// corpus returns a folder of recorded cases beside the repository. It skips the test if
// there is none.
func corpus(t *testing.T, name string) string {
	dir := filepath.Join("..", "..", "..", "shared", name)
	if name == "conformance" {
		dir = cmp.Or(os.Getenv("ASL_CORPUS"), dir)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the recorded cases are not beside the repository")
	}
	return dir
}

// Histories recorded on AWS are replayed. The recorder replaced data that differs in
// each execution by placeholders, so such a history may differ. It must not end the test
// in any other way.
func TestRecordedHistories(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpus(t, "conformance"), "history", "*.json"))
	require.NoError(t, err)
	same, total, skipped := 0, 0, 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		v, err := value.Parse(text)
		require.NoError(t, err)
		c := v.(*value.Object)
		definition, history, o, ok := recordedCase(c)
		if !ok {
			skipped++
			continue
		}
		m, err := asl.Parse(definition)
		require.NoError(t, err)
		p, err := machine.Compile(m, o)
		require.NoError(t, err)
		if len(p.Children()) > 0 {
			skipped++ // a distributed Map
			continue
		}
		total++
		report := messages(t, func(t testing.TB) { asltest.Replay(t, p, history) })
		if strings.Contains(report, "want a string, got object") {
			skipped, total = skipped+1, total-1 // the recorder parsed a cause
			continue
		}
		if report == "\n" {
			same++
			continue
		}
		require.Contains(t, report, "recording", file)
		if testing.Verbose() {
			t.Logf("%s\n%.600s", filepath.Base(file), report)
		}
	}
	require.GreaterOrEqual(t, 100*same/max(1, total), 90, "of %d histories %d are replayed", total, same)
	t.Logf("%d of %d recorded histories are replayed without a difference; %d were not tried", same, total, skipped)
}

// recordedCase restores the JSON of GetExecutionHistory from a case. The recorder removed
// the timestamps.
func recordedCase(c *value.Object) (definition, history []byte, o machine.Options, ok bool) {
	member := func(o *value.Object, keys ...string) any {
		var v any = o
		for _, k := range keys {
			inner, _ := v.(*value.Object)
			v, _ = inner.Get(k)
		}
		return v
	}
	text := func(keys ...string) string { s, _ := member(c, keys...).(string); return s }
	clock, err := time.Parse(time.RFC3339Nano, text("clock"))
	events, _ := member(c, "expected", "events").([]any)
	tasks, _ := member(c, "tasks").([]any)
	if err != nil || c.Has("eventsNormalised") || len(events) == 0 || text("result", "status") == "UNKNOWN" {
		return nil, nil, o, false
	}
	var b strings.Builder
	b.WriteString(`{"events":[`)
	for i, e := range events {
		if i > 0 {
			b.WriteByte(',')
		}
		at := clock.Add(time.Duration(i) * time.Microsecond)
		b.WriteString(value.String(e.(*value.Object).With("timestamp", float64(at.UnixMicro())/1e6)))
	}
	b.WriteString("]}")
	o = machine.Options{
		StateMachineArn: text("context", "stateMachineArn"), StateMachineName: text("context", "stateMachineName"),
		RoleArn: text("context", "roleArn"), Express: text("type") == "EXPRESS",
	}
	for _, v := range tasks {
		if kind, _ := member(v.(*value.Object), "scheduledType").(string); strings.HasPrefix(kind, "Activity") {
			o.Activities = []string{"activity_arn"} // a placeholder
		}
	}
	return value.Append(nil, member(c, "definition")), []byte(b.String()), o, true
}

// otherwise lists the cases that are expected to have another result here, by id, with
// the reason. They come from engines other than AWS.
var otherwise = map[string]string{
	"al0015 fl0304 fl0307 fl0308 fl0309":                                                  "the definition is of a form that only that engine takes, and is refused",
	"al0138 al0139 al0140 al0144 al0146 al0148 al0149 al0150 al0151 al0152 al0153 fl0038": "a Choice rule that compares values of different types is false on AWS, and no error",
	"al0191 al0256 fl0257 fl0267 fl0269":                                                  "the context object has members that AWS's does not have",
	"al0204 al0205":                                                                       "States.ArrayRange rounds its arguments on AWS",
	"al0239":                                                                              "States.ArrayGetItem fails on AWS where the index is out of bounds",
	"al0250 fl0073 fl0074":                                                                "States.Format takes arrays and objects on AWS",
	"fl0141 fl0228":                                                                       "the intrinsic function is strict about types where AWS's is not",
	"fl0297 fl0298 fl0299 fl0320":                                                         "a null task result is null on AWS, and not the input",
	"fl0314 fl0315":                                                                       "an error without a cause: a script has one, which may be empty",
	"fl0319 fl0321":                                                                       "the case waits for real time, which its mocks do not tell",
	"al0020":                                                                              "a TimeoutSeconds of 0, which AWS takes, is none here; what it means there is not known",
}

// Cases from the test suites of other engines.
func TestRunnableCases(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(corpus(t, "runnable"), "cases.ndjson"))
	require.NoError(t, err)
	passed, failed, other := 0, 0, 0
	for _, l := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		var c struct {
			ID, Source, Test string
			Definition       json.RawMessage
			Input            json.RawMessage
			Mocks            []struct {
				State  string
				Output json.RawMessage
				Error  *struct{ Error, Cause string }
			}
			Expected struct {
				Status, Error string
				Output        json.RawMessage
			}
		}
		require.NoError(t, json.Unmarshal([]byte(l), &c))
		var scripts []asltest.Option
		for _, m := range c.Mocks {
			s := asltest.On(m.State)
			if m.Error != nil {
				s.Throw(m.Error.Error, m.Error.Cause).Times(1)
			} else {
				s.Return(m.Output).Times(1)
			}
			scripts = append(scripts, s)
		}
		if len(c.Input) == 0 {
			c.Input = json.RawMessage("{}")
		}
		report := messages(t, func(t testing.TB) {
			x := asltest.Run(t, asltest.Compile(t, string(c.Definition)), c.Input, append(scripts, asltest.OnAny().Hang(), asltest.AllowUnused())...)
			switch {
			case c.Expected.Status == "SUCCEEDED":
				x.WantOutput(c.Expected.Output)
			case x.Status() == machine.Succeeded:
				x.WantFailed(c.Expected.Error)
			default:
				x.WantStatus(x.Status()) // the errors of other engines have other names
			}
		})
		if report == "\n" || c.Expected.Status != "SUCCEEDED" && strings.Contains(report, "the definition is not valid") {
			passed++ // what fails there may be refused here before it runs
			continue
		}
		explained := false
		for ids, reason := range otherwise {
			if strings.Contains(ids, c.ID) {
				explained = true
				if testing.Verbose() {
					t.Logf("%s: %s", c.ID, reason)
				}
			}
		}
		if explained {
			other++
			continue
		}
		failed++
		t.Errorf("%s %s\n%s", c.ID, c.Test, report)
	}
	t.Logf("runnable: %d passed, %d failed, %d come out otherwise for a reason", passed, failed, other)
}
