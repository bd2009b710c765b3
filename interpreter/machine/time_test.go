package machine_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

var (
	lastTime = time.Date(2262, 4, 11, 23, 47, 15, 999_999_999, time.UTC)
	epoch    = time.Unix(0, 0).UTC()
)

// Times that nanoseconds since 1970 cannot count are refused, at any event, and
// change nothing.
func TestTimeOutOfRange(t *testing.T) {
	p := compile(t, `{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 10, "End": true}}}`, machine.Options{})
	far := []time.Time{{}, time.Date(1677, 1, 1, 0, 0, 0, 0, time.UTC), lastTime.Add(1), time.Date(2300, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC), time.Unix(math.MaxInt64, 0), time.Unix(math.MinInt64, 0)}
	for _, at := range far {
		x := p.New(machine.Start{ID: "x", Input: value.NewObject(0)})
		var r machine.Result
		require.ErrorIs(t, p.Step(x, machine.Event{Kind: machine.Started}, at, &r), machine.ErrTime, "%s", at)
		require.Zero(t, x.Seq)
		require.NoError(t, p.Step(x, machine.Event{Kind: machine.Started}, began, &r))
		before, err := p.Marshal(x)
		require.NoError(t, err)
		for _, kind := range []machine.EventKind{machine.Tick, machine.Stopped, machine.TaskSucceeded} {
			require.ErrorIs(t, p.Step(x, machine.Event{Kind: kind}, at, &r), machine.ErrTime)
			require.Empty(t, r.Commands)
		}
		after, err := p.Marshal(x)
		require.NoError(t, err)
		require.Equal(t, before, after)
		wake, ok := p.Wake(x)
		require.True(t, ok)
		require.Equal(t, began.Add(10*time.Second), wake)
	}
}

// Executions of any year that nanoseconds can count take as long as they say:
// also before 1970, where a deadline may be at 0, and across it.
func TestWaitsOfAnyYear(t *testing.T) {
	waits := compile(t, `{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 10, "Next": "V"}, "V": {"Type": "Wait", "SecondsPath": "$.s", "Next": "P"},
		"P": {"Type": "Pass", "Parameters": {"at.$": "$$.State.EnteredTime"}, "End": true}}}`, machine.Options{})
	retries := compile(t, `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "TimeoutSeconds": 10,
		"Retry": [{"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 10, "MaxAttempts": 1}], "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "P"}], "End": true},
		"P": {"Type": "Pass", "Parameters": {"at.$": "$$.State.EnteredTime"}, "End": true}}}`, machine.Options{})
	silent := compile(t, `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "HeartbeatSeconds": 10,
		"Retry": [{"ErrorEquals": ["States.HeartbeatTimeout"], "IntervalSeconds": 10, "MaxAttempts": 1}], "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "P"}], "End": true},
		"P": {"Type": "Pass", "Parameters": {"at.$": "$$.State.EnteredTime"}, "End": true}}}`, machine.Options{})
	for _, at := range []time.Time{time.Date(1678, 1, 1, 0, 0, 0, 0, time.UTC), epoch.Add(-10 * time.Second), epoch.Add(-20 * time.Second),
		epoch.Add(-30 * time.Second), epoch.Add(-15 * time.Second), epoch.Add(-1), epoch, began, time.Date(2261, 12, 31, 0, 0, 0, 0, time.UTC)} {
		for _, after := range []func(*host){nil, restored, crashed} {
			for _, c := range []struct {
				p     *machine.Program
				input string
				takes time.Duration
			}{{waits, `{"s": 10}`, 20 * time.Second}, {retries, `{}`, 30 * time.Second}, {silent, `{}`, 30 * time.Second}} {
				h := newHost(t, c.p, parse(t, c.input))
				h.now, h.afterStep = at, after
				h.answer = func(machine.Command) []machine.Event { return []machine.Event{{Kind: machine.TaskStarted}} }
				require.NotNil(t, h.run(), "from %s", at)
				require.Equal(t, at.Add(c.takes), h.now, "from %s", at)
				require.Equal(t, machine.Succeeded, h.x.Status)
				got, _ := h.x.Outcome.Output.(*value.Object).Get("at")
				require.Equal(t, h.now.Format("2006-01-02T15:04:05.000Z"), got)
			}
		}
	}
}

func TestTimestampsOfAnyYear(t *testing.T) {
	p := compile(t, `{"StartAt": "W", "States": {"W": {"Type": "Wait", "TimestampPath": "$", "End": true}}}`, machine.Options{Limits: machine.NoLimits})
	for _, tt := range []struct {
		from  time.Time
		until string
		ends  time.Time // zero: it fails
	}{
		{epoch.Add(-time.Hour), "1900-01-01T00:00:00Z", epoch.Add(-time.Hour)},
		{epoch.Add(-time.Hour), "0001-01-01T00:00:00Z", epoch.Add(-time.Hour)},
		{epoch.Add(-time.Hour), "1970-01-01T00:00:00Z", epoch},
		{epoch.Add(-time.Hour), "1969-12-31T23:30:00Z", epoch.Add(-30 * time.Minute)},
		{began, "0001-01-01T00:00:00Z", began},
		{began, "9999-12-31T23:59:59Z", time.Time{}},
		{lastTime.Add(-time.Hour), "2262-12-31T23:59:59Z", lastTime},
		{lastTime.Add(-time.Hour), "9999-12-31T23:59:59Z", time.Time{}},
		{time.Date(1700, 1, 1, 0, 0, 0, 0, time.UTC), "1700-01-01T00:00:01Z", time.Date(1700, 1, 1, 0, 0, 1, 0, time.UTC)},
		{time.Date(1700, 1, 1, 0, 0, 0, 0, time.UTC), "2200-01-01T00:00:01Z", time.Time{}},
	} {
		h := newHost(t, p, tt.until)
		h.now = tt.from
		require.NotNil(t, h.run(), "%s until %s", tt.from, tt.until)
		if tt.ends.IsZero() {
			require.Contains(t, *h.x.Outcome.Cause, "Wait state delay is too long.")
			continue
		}
		require.Equal(t, machine.Succeeded, h.x.Status)
		require.Equal(t, tt.ends, h.now, "%s until %s", tt.from, tt.until)
	}
}

// A delay that ends after the end of time ends there: the execution wakes, at a
// time that Step takes.
func TestEndOfTime(t *testing.T) {
	far := compile(t, `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "End": true,
		"Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 99999999, "BackoffRate": 10, "MaxAttempts": 20}]}}}`, machine.Options{Limits: machine.NoLimits})
	h := newHost(t, far, nil)
	h.answer = func(machine.Command) []machine.Event { return failWith("E", "") }
	require.NotNil(t, h.run())
	require.Equal(t, "E", *h.x.Outcome.Error)
	require.Equal(t, lastTime, h.now)

	for _, definition := range []string{
		`{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 7200, "End": true}}}`,
		`{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "TimeoutSeconds": 7200, "End": true}}}`,
		`{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "HeartbeatSeconds": 7200, "End": true}}}`,
		`{"TimeoutSeconds": 7200, "StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "End": true}}}`,
		`{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "f", "End": true}}}`, // the limit of a year
	} {
		h := newHost(t, compile(t, definition, machine.Options{}), nil)
		h.now = lastTime.Add(-time.Hour)
		h.answer = func(machine.Command) []machine.Event { return []machine.Event{{Kind: machine.TaskStarted}} }
		require.NotNil(t, h.run(), definition)
		require.Equal(t, lastTime, h.now, definition)
	}
}

// The ids of history events do not wrap: an execution that is at the last one
// fails and says why.
func TestIDsEnd(t *testing.T) {
	const lastID = min(math.MaxInt, math.MaxUint32) // an int may have 32 bits
	for _, o := range []machine.Options{{Express: true}, {Limits: machine.NoLimits}} {
		p := compile(t, `{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "A"}}}`, o)
		h := newHost(t, p, nil)
		h.r.MaxTransitions = 3
		h.step(h.queue[0])
		h.x.Seq = lastID - 12
		h.history = nil
		h.queue = []machine.Event{{Kind: machine.Tick}}
		require.NotNil(t, h.run())
		require.Equal(t, machine.Failed, h.x.Status)
		require.Equal(t, "States.Runtime", *h.x.Outcome.Error)
		require.Equal(t, fmt.Sprintf("The execution reached the maximum number of history events (%d).", lastID), *h.x.Outcome.Cause)
		for i := range h.history {
			require.Equal(t, uint32(lastID-11+i), h.history[i].ID)
		}
		last := h.history[len(h.history)-1]
		require.Equal(t, uint32(lastID), last.ID)
		require.Equal(t, history.ExecutionFailed, last.Type)
	}
}
