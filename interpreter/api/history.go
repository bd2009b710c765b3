package api

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/store"
)

// defaultPage is the size of a page if maxResults is absent or 0.
const defaultPage = 100

func pageSize(in object) int {
	if n := in.integer("maxResults"); n > 0 {
		return int(n)
	}
	return defaultPage
}

func (s *Server) getExecutionHistory(ctx context.Context, in object) (object, error) {
	arn := in.text("executionArn")
	id, err := s.findExecution(ctx, arn)
	if err != nil {
		return nil, err
	}
	var after uint32
	if err := s.pageAfter("GetExecutionHistory", in, &after); err != nil {
		return nil, err
	}
	o := interpreter.HistoryOptions{
		After: after, Reverse: in.isTrue("reverseOrder"),
		WithoutData: in.has("includeExecutionData") && !in.isTrue("includeExecutionData"),
	}
	events := []json.RawMessage{}
	out := object{}
	for e, err := range s.in.History(ctx, id, o) {
		if errors.Is(err, store.ErrNotFound) {
			return nil, noExecution(arn)
		} else if err != nil {
			return nil, err
		}
		if len(events) == pageSize(in) {
			out["nextToken"] = s.nextPage("GetExecutionHistory", in, after)
			break
		}
		events = append(events, e.AppendJSON(nil))
		after = e.ID
	}
	out["events"] = events
	return out, nil
}
