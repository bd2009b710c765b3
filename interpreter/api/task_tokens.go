package api

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/gostates/gostates/interpreter"
)

func (s *Server) sendTaskSuccess(ctx context.Context, in object) (object, error) {
	output := in.text("output")
	err := s.in.SendTaskSuccess(ctx, in.text("taskToken"), json.RawMessage(output))
	if errors.Is(err, interpreter.ErrInvalidOutput) {
		return nil, newError("InvalidOutput", "Invalid Output: '%s' is not valid JSON.", output)
	}
	return object{}, tokenError(err)
}

func (s *Server) sendTaskFailure(ctx context.Context, in object) (object, error) {
	return object{}, tokenError(s.in.SendTaskFailure(ctx, in.text("taskToken"), in.text("error"), in.text("cause")))
}

func (s *Server) sendTaskHeartbeat(ctx context.Context, in object) (object, error) {
	return object{}, tokenError(s.in.SendTaskHeartbeat(ctx, in.text("taskToken")))
}

func tokenError(err error) error {
	switch {
	case errors.Is(err, interpreter.ErrInvalidToken):
		return newError("InvalidToken", "Invalid Token: 'Invalid token'")
	case errors.Is(err, interpreter.ErrTaskTimedOut):
		return newError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
	}
	return err
}
