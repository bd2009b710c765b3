package api

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"strings"
	"time"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/registry"
	"github.com/gostates/gostates/interpreter/store"
)

// Fork starts an execution that goes on from a place in the history of another one: see
// [interpreter.Interpreter.Fork]. AWS has nothing like it. o.Name is a name as of
// StartExecution. The new execution has the version, the alias and the test case of the
// old one; the responses of the case count from the first. Config.Events receives the
// start of the new execution, and Config.Logs what comes after the place.
//
// The error is an [*Error] for a name that is invalid or taken, a machine that is gone,
// and the child of a Map Run; otherwise it is as of Interpreter.Fork.
func (s *Server) Fork(ctx context.Context, id store.ID, at interpreter.Point, o interpreter.ForkOptions) (*interpreter.Execution, error) {
	old, err := s.store.Load(ctx, id)
	if err != nil {
		return nil, err
	}
	arn := old.Head.Machine
	if strings.Contains(arn, "/") {
		return nil, &Error{Type: "ValidationException", Message: "Labeled Execution ARNs are not supported for this API", Reason: "API_DOES_NOT_SUPPORT_LABELED_ARNS"}
	}
	defer s.starting.begin(arn)()
	m, err := s.records.Machine(arn)
	if err == nil && m.Deleting {
		err = registry.ErrDeleting
	}
	if err != nil {
		return nil, recordError(err, arn)
	}
	in := object{"stateMachineArn": arn}
	in.setText("name", o.Name)
	sh := model["StartExecution"]
	if err := checkRequest(&sh, in); err != nil {
		return nil, err
	}
	if err := checkName(o.Name); err != nil {
		return nil, err
	}
	revision, err := s.revisionOf(ctx, m, &interpreter.Description{Listed: store.Listed{ID: id, Head: old.Head}})
	if err != nil {
		return nil, err
	}
	tags := maps.Clone(old.Head.Tags)
	if tags == nil {
		tags = map[string]string{}
	}
	maps.Copy(tags, o.Tags)
	o.Name, o.Tags = s.newExecutionArn(&target{machine: m}, o.Name), tags
	x := &started{revision: revision, tags: tags}
	if err := s.follower.expect(ctx, o.Name, x); err != nil {
		return nil, err
	}
	e, err := s.in.Fork(ctx, id, at, o)
	if err != nil {
		s.follower.forgetUnstarted(o.Name, x)
	}
	var exists *interpreter.ExecutionExistsError
	if errors.As(err, &exists) {
		return nil, newError("ExecutionAlreadyExists", "Execution Already Exists: '%s'", exists.Execution.Arn())
	}
	if err == nil && s.config.Events != nil && announcesStatus(e.Arn()) {
		s.announceFork(ctx, e)
	}
	return e, err
}

// announceFork sends the event of a fork that has started, though its history says when
// the old execution has.
func (s *Server) announceFork(ctx context.Context, e *interpreter.Execution) {
	d, err := s.in.Describe(ctx, e.ID())
	if err != nil { // the fork runs all the same
		s.log(slog.LevelWarn, "api: no event of the start of a fork", "execution", e.Arn(), "error", err)
		return
	}
	started := *d
	started.Status, started.Ended, started.Failure = interpreter.Running, time.Time{}, nil
	started.RedriveStatus, started.RedriveStatusReason = interpreter.NotRedrivable, "Execution is RUNNING and cannot be redriven"
	s.announceDescription(&started)
}
