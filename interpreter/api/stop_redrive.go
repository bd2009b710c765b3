package api

import (
	"context"
	"errors"
	"time"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/registry"
	"github.com/gostates/gostates/interpreter/store"
)

func (s *Server) stopExecution(ctx context.Context, in object) (object, error) {
	e, err := s.openExecution(ctx, in.text("executionArn"))
	if err != nil {
		return nil, err
	}
	if err := e.Stop(ctx, in.text("error"), in.text("cause")); err != nil && !errors.Is(err, interpreter.ErrEnded) {
		return nil, err
	}
	st, err := s.store.Load(ctx, e.ID())
	if err != nil {
		return nil, err
	}
	return object{"stopDate": date(st.Head.Ended)}, nil
}

func (s *Server) redriveExecution(ctx context.Context, in object) (object, error) {
	arn := in.text("executionArn")
	r, err := parseArn(arn, kindExecution)
	if err != nil {
		return nil, err
	}
	if r.isLabeled() {
		return nil, &Error{Type: "ValidationException", Message: "Labeled Execution ARNs are not supported for this API", Reason: "API_DOES_NOT_SUPPORT_LABELED_ARNS"}
	}
	id, err := s.findExecution(ctx, arn)
	if err != nil {
		return nil, err
	}
	at, err := s.Redrive(ctx, id, interpreter.RedriveOptions{ClientToken: in.text("clientToken")})
	var refused *machine.NotRedrivableError
	if errors.As(err, &refused) {
		return nil, newError(refused.Code, "%s", refused.Message)
	} else if err != nil {
		return nil, err
	}
	return object{"redriveDate": date(at)}, nil
}

// Redrive redrives an execution as RedriveExecution does. The error is an [*Error] if its
// state machine is being deleted, and otherwise as of [interpreter.Execution.Redrive].
func (s *Server) Redrive(ctx context.Context, id store.ID, o interpreter.RedriveOptions) (time.Time, error) {
	e, err := s.in.Execution(ctx, id)
	if err != nil {
		return time.Time{}, err
	}
	if r, err := parseArn(e.Arn(), kindExecution); err == nil {
		arn := r.machineArn()
		defer s.starting.begin(arn)()
		if m, err := s.records.Machine(arn); err == nil && m.Deleting {
			return time.Time{}, recordError(registry.ErrDeleting, arn)
		}
	}
	return e.Redrive(ctx, o)
}
