package temporal

import (
	"context"
	"strings"
	"sync"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// told is what a task tells before its outcome. It goes with the result, since an
// activity cannot tell a workflow anything while it runs.
type told struct {
	mu        sync.Mutex
	worker    string
	submitted []byte
}

func (t *told) tell(ctx context.Context, ev machine.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch ev.Kind {
	case machine.TaskStarted:
		if t.worker = ev.Worker; t.worker != "" {
			t.heartbeat(ctx) // also shows the worker of a task that times out
		}
	case machine.TaskSubmitted:
		t.submitted = value.Append(nil, ev.Output)
	case machine.TaskHeartbeat:
		t.heartbeat(ctx)
	}
}

// heartbeat says that the worker lives. The caller holds the lock.
func (t *told) heartbeat(ctx context.Context) {
	if !activity.GetInfo(ctx).IsLocalActivity {
		activity.RecordHeartbeat(ctx, t.worker)
	}
}

func (t *told) result(output any, kind string) converter.RawValue {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := payloadOf(output)
	set := func(key, v string) {
		if v != "" {
			p.Metadata[key] = []byte(v)
		}
	}
	set(kindKey, kind)
	set(workerKey, t.worker)
	set(submittedKey, string(t.submitted))
	return converter.NewRawValue(p)
}

// Temporal refuses a result or an error of 2 MB, and a message of 4 MB, after which the
// task would be done again and again.
const (
	mostResultBytes  = 1_900_000
	mostMessageBytes = 10_000 // of an error, whose details have all of its cause
	mostCauseBytes   = 500_000
)

// resultWithin is result, unless that is too large for Temporal. The limit of AWS is
// smaller, but the definition may have another one.
func (t *told) resultWithin(a *taskArguments, output any, kind string) (converter.RawValue, error) {
	r := t.result(output, kind)
	if r.Payload().Size() <= mostResultBytes {
		return r, nil
	}
	return converter.RawValue{}, t.failure(&machine.Event{Kind: machine.TaskFailed, Error: ptr(asl.StatesDataLimitExceeded),
		Cause: ptr("The state/task '" + a.State + "' returned a result with a size exceeding the maximum number of bytes service limit.")})
}

// failure is never retried by Temporal: the definition's Retry decides.
func (t *told) failure(ev *machine.Event) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	d := taskFailure{Error: ev.Error, Cause: ev.Cause, Refused: ev.Kind == machine.TaskRefused, Worker: t.worker}
	if len(t.submitted) <= mostCauseBytes {
		d.Submitted = t.submitted
	}
	if len(orEmpty(d.Error)) > mostMessageBytes {
		d.Error = ptr(firstBytes(*d.Error, mostMessageBytes))
	}
	if len(orEmpty(d.Cause)) > mostCauseBytes {
		d.Cause = ptr(firstBytes(*d.Cause, mostCauseBytes))
	}
	return applicationError(firstBytes(orEmpty(ev.Cause), mostMessageBytes), orEmpty(d.Error), d)
}

// applicationError returns an error that Temporal does not retry. Its message and its
// type come from users.
func applicationError(message, name string, details ...any) error {
	return temporal.NewNonRetryableApplicationError(validText(message), validText(name), nil, details...)
}

// validText returns what a message to Temporal can have: a string that is not UTF-8,
// as of a lone surrogate in JSON, cannot be sent, and Temporal would have the task done
// again and again.
func validText(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }

// firstBytes returns the start of a string, in whole characters.
func firstBytes(text string, n int) string {
	if len(text) > n {
		return strings.ToValidUTF8(text[:n], "")
	}
	return text
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
