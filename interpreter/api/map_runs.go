package api

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

// labeledMachine returns the ARN of the machine of a Map Run's children.
func labeledMachine(mapRunArn string) string {
	arn := strings.Replace(mapRunArn, ":"+kindMapRun+":", ":"+kindMachine+":", 1)
	return arn[:strings.LastIndexByte(arn, ':')]
}

func (s *Server) listMapRuns(ctx context.Context, in object) (object, error) {
	e, err := s.openExecution(ctx, in.text("executionArn"))
	if err != nil {
		return nil, err
	}
	runs, err := e.MapRuns(ctx)
	if err != nil {
		return nil, err
	}
	var all []placed
	for i, r := range runs {
		all = append(all, placed{r, i})
	}
	return listPage(s, "ListMapRuns", in, "mapRuns", all,
		func(p placed) int { return p.index },
		func(p placed) object {
			out := object{
				"executionArn": e.Arn(), "mapRunArn": p.run.Arn, "stateMachineArn": labeledMachine(p.run.Arn), "startDate": date(p.run.StartedAt),
			}
			out.setDate("stopDate", p.run.StoppedAt)
			return out
		})
}

type placed struct {
	run   interpreter.MapRun
	index int
}

// openExecution finds an execution by its ARN and loads it.
func (s *Server) openExecution(ctx context.Context, arn string) (*interpreter.Execution, error) {
	id, err := s.findExecution(ctx, arn)
	if err != nil {
		return nil, err
	}
	e, err := s.in.Execution(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, noExecution(arn)
	}
	return e, err
}

// findMapRun finds a Map Run by its ARN, which does not name the execution: if this
// process has not seen its start, it looks at all executions of the machine, the latest
// first.
func (s *Server) findMapRun(ctx context.Context, arn string) (*interpreter.Execution, *interpreter.MapRun, error) {
	r, err := parseArn(arn, kindMapRun)
	if err != nil {
		return nil, nil, err
	}
	missing := newError("ResourceNotFound", "Resource not found: '%s'", arn)
	m, _, labeled := strings.Cut(r.machineArn(), "/")
	if !labeled {
		return nil, nil, missing
	}
	if parent := s.follower.parentOf(arn); parent != "" {
		st, err := s.loadExecution(ctx, parent)
		if err == nil {
			if e, run, err := s.mapRunOf(ctx, st.ID, arn); run != nil || err != nil {
				return e, run, err
			}
		}
	}
	var failed error // of another execution, perhaps one that cannot be loaded
	for l, err := range s.in.ListAll(ctx, store.Query{Machine: m}) {
		if err != nil {
			return nil, nil, err
		}
		e, run, err := s.mapRunOf(ctx, l.ID, arn)
		switch {
		case run != nil || ctx.Err() != nil:
			return e, run, err
		case err != nil:
			failed = err
		}
	}
	if failed != nil {
		return nil, nil, failed
	}
	return nil, nil, missing
}

// mapRunOf returns the Map Run of an execution, or nil if it has no such one.
func (s *Server) mapRunOf(ctx context.Context, id store.ID, arn string) (*interpreter.Execution, *interpreter.MapRun, error) {
	e, err := s.in.Execution(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil, nil
	} else if err != nil {
		return nil, nil, err
	}
	runs, err := e.MapRuns(ctx)
	i := slices.IndexFunc(runs, func(r interpreter.MapRun) bool { return r.Arn == arn })
	if err != nil || i < 0 {
		return nil, nil, err
	}
	return e, &runs[i], nil
}

func (s *Server) describeMapRun(ctx context.Context, in object) (object, error) {
	e, r, err := s.findMapRun(ctx, in.text("mapRunArn"))
	if err != nil {
		return nil, err
	}
	out := object{
		"mapRunArn": r.Arn, "executionArn": e.Arn(), "status": r.Status.String(), "startDate": date(r.StartedAt),
		"maxConcurrency": r.MaxConcurrency, "toleratedFailureCount": r.ToleratedFailureCount,
		"toleratedFailurePercentage": r.ToleratedFailurePercentage,
		"itemCounts":                 writeCounts(&r.Items), "executionCounts": writeCounts(&r.Executions),
		"redriveCount": r.Redrives,
	}
	out.setDate("stopDate", r.StoppedAt)
	out.setDate("redriveDate", r.RedrivenAt)
	return out, nil
}

func writeCounts(c *machine.MapRunCounts) object {
	out := object{
		"pending": c.Pending, "running": c.Running, "succeeded": c.Succeeded, "failed": c.Failed,
		"timedOut": c.TimedOut, "aborted": c.Aborted, "total": c.Total, "resultsWritten": c.ResultsWritten,
	}
	if c.FailuresNotRedrivable > 0 {
		out["failuresNotRedrivable"] = c.FailuresNotRedrivable
	}
	if c.PendingRedrive > 0 {
		out["pendingRedrive"] = c.PendingRedrive
	}
	return out
}

func (s *Server) updateMapRun(ctx context.Context, in object) (object, error) {
	arn := in.text("mapRunArn")
	u := interpreter.MapRunUpdate{
		MaxConcurrency: in.integerPointer("maxConcurrency"), ToleratedFailureCount: in.integerPointer("toleratedFailureCount"),
		ToleratedFailurePercentage: in.floatPointer("toleratedFailurePercentage"),
	}
	if u == (interpreter.MapRunUpdate{}) {
		return nil, &Error{Type: "ValidationException", Message: "One of maxConcurrency, toleratedFailureCount and toleratedFailurePercentage must be specified", Reason: "MISSING_REQUIRED_PARAMETER"}
	}
	e, _, err := s.findMapRun(ctx, arn)
	if err != nil {
		return nil, err
	}
	err = e.UpdateMapRun(ctx, arn, u)
	if errors.Is(err, interpreter.ErrNoMapRun) {
		return nil, &Error{Type: "ValidationException", Message: "A Map Run that has ended cannot be updated", Reason: "CANNOT_UPDATE_COMPLETED_MAP_RUN"}
	}
	return object{}, err
}
