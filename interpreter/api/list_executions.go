package api

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/registry"
	"github.com/gostates/gostates/interpreter/store"
)

// statuses are those that executions can have here. Nothing is PENDING_REDRIVE: such
// children of Map Runs are not kept.
var statuses = map[string]interpreter.Status{
	"RUNNING": interpreter.Running, "SUCCEEDED": interpreter.Succeeded, "FAILED": interpreter.Failed,
	"TIMED_OUT": interpreter.TimedOut, "ABORTED": interpreter.Aborted,
}

// listKey is the last execution of a page.
type listKey struct {
	Nanos int64    `json:"n"`
	ID    store.ID `json:"i"`
}

func (s *Server) listExecutions(ctx context.Context, in object) (object, error) {
	q, mapRun, err := s.executionQuery(ctx, in)
	if err != nil {
		return nil, err
	}
	const operation = "ListExecutions"
	if in.has("nextToken") {
		var after listKey
		if err := s.pageAfter(operation, in, &after); err != nil {
			return nil, err
		}
		q.After = &store.Listed{ID: after.ID, Head: store.Head{Started: time.Unix(0, after.Nanos)}}
	}
	items := []object{}
	out := object{}
	status, filtered := statuses[in.text("statusFilter")]
	if in.has("statusFilter") && !filtered {
		out["executions"] = items
		return out, nil
	}
	if filtered {
		q.Status = []interpreter.Status{status}
	}
	q.Limit = pageSize(in)
	var last *store.Listed
	for l, err := range s.in.ListAll(ctx, q) {
		if err != nil {
			return nil, err
		}
		if len(items) == pageSize(in) {
			out["nextToken"] = s.nextPage(operation, in, listKey{last.Started.UnixNano(), last.ID})
			break
		}
		last = &l
		item, err := s.listedExecution(ctx, &l, in.text("redriveFilter"))
		if err != nil {
			return nil, err
		}
		if item != nil && (mapRun == "" || item["mapRunArn"] == mapRun) {
			items = append(items, item)
		}
	}
	out["executions"] = items
	return out, nil
}

// executionQuery returns what selects the executions of a machine, a version, an alias
// or a Map Run.
func (s *Server) executionQuery(ctx context.Context, in object) (q store.Query, mapRun string, err error) {
	if in.has("stateMachineArn") == in.has("mapRunArn") {
		return q, "", newValidationError("Exactly one of stateMachineArn and mapRunArn must be specified")
	}
	if in.has("mapRunArn") {
		arn := in.text("mapRunArn")
		e, run, err := s.findMapRun(ctx, arn)
		if err != nil {
			return q, "", err
		}
		return store.Query{Machine: labeledMachine(run.Arn), Parent: e.ID()}, arn, nil
	}
	arn := in.text("stateMachineArn")
	r, err := parseArn(arn, kindMachine)
	if err != nil {
		return q, "", err
	}
	m, err := s.records.Machine(r.machineArn())
	switch {
	case err != nil:
		return q, "", recordError(err, arn)
	case m.Type == registry.Express:
		return q, "", errTypeNotSupported
	case in.has("redriveFilter"):
		return q, "", newValidationError("redriveFilter is only supported with a mapRunArn")
	}
	q.Machine = m.Arn
	if _, isVersion := r.versionOf(); isVersion {
		q.Tags = map[string]string{tagVersion: arn}
	} else if r.qualifier() != "" {
		if _, known := m.Alias(r.qualifier()); !known {
			return q, "", noMachine(arn)
		}
		q.Tags = map[string]string{tagAlias: arn}
	}
	return q, "", nil
}

// listedExecution writes an execution of a list, or returns nil if the filter leaves it
// out or it was deleted meanwhile. Of one whose bytes are damaged there is what the list
// has.
func (s *Server) listedExecution(ctx context.Context, l *store.Listed, filter string) (object, error) {
	d, err := s.in.Describe(ctx, l.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	} else if errors.Is(err, store.ErrCorrupt) {
		arn := strings.Replace(l.Machine, ":"+kindMachine+":", ":"+kindExecution+":", 1) + ":" + l.Name
		d = &interpreter.Description{Listed: *l, Arn: arn}
	} else if err != nil {
		return nil, err
	}
	if redriven := d.RedriveCount > 0; filter == "REDRIVEN" && !redriven || filter == "NOT_REDRIVEN" && redriven {
		return nil, nil
	}
	item := object{
		"executionArn": d.Arn, "stateMachineArn": d.Machine, "name": d.Name, "status": d.Status.String(),
		"startDate": date(d.Started), "redriveCount": d.RedriveCount,
	}
	item.setDate("stopDate", d.Ended)
	item.setDate("redriveDate", d.RedriveTime)
	item.setText("mapRunArn", d.MapRunArn)
	item.setText("stateMachineVersionArn", d.Tags[tagVersion])
	item.setText("stateMachineAliasArn", d.Tags[tagAlias])
	return item, nil
}
