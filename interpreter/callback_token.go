package interpreter

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/gostates/gostates/interpreter/machine"
)

// SendTaskSuccess ends the task that waits under a token with a result: any value
// that value.From converts, or JSON as []byte or json.RawMessage.
//
// It returns nil after the result is applied and its events are recorded: every
// later snapshot has it. It waits for a state that computes and for a hook that is
// being called. The error is, in this order, [ErrInvalidToken]; [ErrInvalidOutput];
// [ErrClosed], also if the interpreter is closed meanwhile; that of ctx;
// [ErrTaskTimedOut] if the task or its execution ends first; or that of a hook that
// failed, as of [Execution.Wait]. After ErrClosed the result may or may not be in a
// snapshot: send it again after the execution is restored. With Config.Store it may also
// be why the execution is parked or cannot be loaded; nothing is applied then.
//
// ctx limits the wait. If it has ended before the call, nothing is sent. If it ends
// during the call, the result is not withdrawn: it may or may not be applied, and
// the token is used up. A state that computes on the calling goroutine delays the
// return.
//
// Inside a hook it does not wait: after nil the result is applied when the hook has
// returned, unless the task ends or the interpreter is closed before.
func (in *Interpreter) SendTaskSuccess(ctx context.Context, token string, output any) error {
	if err := checkToken(token); err != nil {
		return err
	}
	v, err := externalValue(output)
	if err != nil {
		return invalidOutputError(output, err)
	}
	return in.sendTaskEvent(ctx, token, machine.Event{Kind: machine.TaskSucceeded, Output: v})
}

// SendTaskFailure fails the task that waits under a token. An empty name or cause
// is absent. It waits, and its errors are as of [Interpreter.SendTaskSuccess].
func (in *Interpreter) SendTaskFailure(ctx context.Context, token, name, cause string) error {
	return in.sendTaskEvent(ctx, token, machine.Event{Kind: machine.TaskFailed, Error: nilIfEmpty(name), Cause: nilIfEmpty(cause)})
}

func checkToken(token string) error {
	if _, ok := machine.TokenExecution(token); ok {
		return nil
	}
	return fmt.Errorf("%w: %q", ErrInvalidToken, clipToken(token))
}

// invalidOutputError quotes output that is JSON text as AWS does. For other values
// it wraps err, which says why they cannot be converted.
func invalidOutputError(output any, err error) error {
	var text []byte
	switch output := output.(type) {
	case []byte:
		text = output
	case json.RawMessage:
		text = output
	default:
		return fmt.Errorf("%w: %w", ErrInvalidOutput, err)
	}
	const most = 256
	return fmt.Errorf("%w: %s", ErrInvalidOutput, fmt.Sprintf("Invalid Output: '%.*s' is not valid JSON.", most, text))
}

func (in *Interpreter) sendTaskEvent(ctx context.Context, token string, ev machine.Event) error {
	if err := checkToken(token); err != nil {
		return err
	}
	if in.phase.Load() != phaseOpen {
		return ErrClosed
	}
	if ctx.Err() != nil {
		return fmt.Errorf("interpreter: nothing was sent to the task: %w", contextError(ctx))
	}
	if in.durable != nil {
		return in.durable.sendTaskEvent(ctx, token, ev)
	}
	in.mu.Lock()
	t := in.tokens[token]
	if t != nil && ev.Kind != machine.TaskHeartbeat {
		delete(in.tokens, token) // only the first answer counts
	}
	in.mu.Unlock()
	if t == nil {
		return ErrTaskTimedOut
	}
	return t.requestEvent(ctx, ev)
}

// clipToken cuts what is not a token for an error message.
func clipToken(s string) string { return s[:min(len(s), 64)] }

// registerToken makes a task known by its token, unless it has ended.
func (in *Interpreter) registerToken(t *Task) string {
	m := t.ensureExtras()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.token != "" {
		return m.token
	}
	token := t.execution.x.Token(t.id)
	if t.over.Load() != 0 {
		return token
	}
	m.token = token
	in.mu.Lock()
	in.tokens[token] = t
	in.mu.Unlock()
	m.hasToken.Store(true)
	if t.over.Load() != 0 { // meanwhile
		in.unregisterToken(t)
	}
	return token
}

// unregisterToken removes the token of a task whose context has ended.
func (in *Interpreter) unregisterToken(t *Task) {
	m := t.extras.Load()
	if m == nil || !m.hasToken.Load() {
		return
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.tokens[m.token] == t {
		delete(in.tokens, m.token)
	}
}
