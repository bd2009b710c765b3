package interpreter

import (
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/gostates/gostates/interpreter/machine"
)

// SendTaskSuccess ends the task that waits under a token with a result: any
// value that value.From takes, or JSON as []byte.
//
// It returns nil once the result is applied and its events recorded: no later
// snapshot lacks it. It waits for the state that is at work, and for a hook that is
// being called. The error is, in this order, [ErrInvalidToken]; [ErrInvalidOutput];
// [ErrClosed], also if the interpreter is closed meanwhile; [ErrTaskTimedOut] if the
// task or its execution ends first; or that of a hook that failed, as of
// [Execution.Wait]. After ErrClosed the result may or may not be in a snapshot: send
// it again once the execution is restored.
//
// Inside a hook it does not wait: nil then says that the result comes after the
// hook, unless the task ends or the interpreter is closed before.
func (in *Interpreter) SendTaskSuccess(token string, output any) error {
	if err := checkToken(token); err != nil {
		return err
	}
	v, err := externalValue(output)
	if err != nil {
		return invalidOutputError(output, err)
	}
	return in.sendTaskEvent(token, machine.Event{Kind: machine.TaskSucceeded, Output: v})
}

// SendTaskFailure fails the task that waits under a token. An empty name or
// cause is absent. It waits and returns as [Interpreter.SendTaskSuccess] does.
func (in *Interpreter) SendTaskFailure(token, name, cause string) error {
	return in.sendTaskEvent(token, machine.Event{Kind: machine.TaskFailed, Error: nilIfEmpty(name), Cause: nilIfEmpty(cause)})
}

// SendTaskHeartbeat says that the work of the task that waits under a token goes
// on. It waits and returns as [Interpreter.SendTaskSuccess] does.
func (in *Interpreter) SendTaskHeartbeat(token string) error {
	return in.sendTaskEvent(token, machine.Event{Kind: machine.TaskHeartbeat})
}

// tokenLen is the length of a token: see [machine.Execution.Token].
const tokenLen = 32

func checkToken(token string) error {
	if len(token) == tokenLen {
		var raw [tokenLen]byte
		if _, err := base64.RawURLEncoding.Decode(raw[:], []byte(token)); err == nil {
			return nil
		}
	}
	return fmt.Errorf("%w: %q", ErrInvalidToken, clipToken(token))
}

// invalidOutput says of a text what AWS says, and of a value what it is about it
// that cannot be converted.
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

func (in *Interpreter) sendTaskEvent(token string, ev machine.Event) error {
	if err := checkToken(token); err != nil {
		return err
	}
	if in.phase.Load() != phaseOpen {
		return ErrClosed
	}
	in.mu.Lock()
	t := in.tokens[token]
	if t != nil && ev.Kind != machine.TaskHeartbeat {
		delete(in.tokens, token) // one answer counts
	}
	in.mu.Unlock()
	if t == nil {
		return ErrTaskTimedOut
	}
	return t.requestEvent(ev)
}

func clipToken(s string) string { return s[:min(len(s), 2*tokenLen)] }

// register makes a task known by its token, while it runs.
func (in *Interpreter) registerToken(t *Task) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token != "" {
		return t.token
	}
	token := t.execution.x.Token(t.id)
	if t.ended != nil {
		return token
	}
	t.token = token
	in.mu.Lock()
	defer in.mu.Unlock()
	in.tokens[token] = t
	return token
}

// unregister is for a task that was cancelled: its token changes no more.
func (in *Interpreter) unregisterToken(t *Task) {
	if t.token == "" {
		return
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.tokens[t.token] == t {
		delete(in.tokens, t.token)
	}
}
