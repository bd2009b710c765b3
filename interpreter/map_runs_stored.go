package interpreter

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"

	"github.com/gostates/gostates/interpreter/internal/hosterr"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

// The Map Runs that have ended are not part of an execution. They are found in its
// records, whose Steps made the commands that ended them.

// replayMapRuns calls ended with the EndMapRun command of each Map Run that ended in the
// changes of a stored execution up to a version, and completed with the task of each
// aborted one whose results are complete.
func (s *durable) replayMapRuns(ctx context.Context, id store.ID, last uint64, ended func(*machine.Command), completed func(machine.TaskID)) error {
	digest := ""
	var moves []storedMove // may be later than the Steps behind them
	err := s.eachRecord(ctx, id, last, func(version uint64, notes []byte, rec *machine.Record) error {
		if version == 1 && rec.Start == nil {
			return fmt.Errorf("%w: record 1 does not begin the execution", errDamaged)
		} else if version == 1 {
			digest = rec.Digest
		}
		moved, err := movesIn(notes)
		moves = append(moves, moved...)
		return err
	})
	if err != nil {
		return err
	}
	p, moved, err := s.programsUntil(ctx, digest, moves, math.MaxUint32)
	if err != nil {
		return err
	}
	x := new(machine.Execution)
	return s.eachRecord(ctx, id, last, func(version uint64, notes []byte, rec *machine.Record) (err error) {
		if version == 1 {
			p.Init(x, *rec.Start)
		}
		if p, x, moved, err = p.FoldMapRuns(x, moved, ended, rec); err != nil {
			return err
		}
		return eachNote(notes, func(n note, task uint64, _ string) {
			if n == noteCompleted {
				completed(machine.TaskID(task))
			}
		})
	})
}

// earlierRuns returns the Map Runs that had ended when a version of the execution was
// loaded.
func (e *Execution) earlierRuns(ctx context.Context, loaded uint64) ([]MapRun, error) {
	e.mu.Lock()
	known := e.stored.earlier
	e.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	runs := []MapRun{}
	err := e.in.durable.replayMapRuns(ctx, e.stored.id, loaded,
		func(c *machine.Command) { runs = append(runs, *c.MapRun.Run) }, func(machine.TaskID) {})
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stored.loaded == loaded {
		e.stored.earlier = &runs
	}
	return runs, nil
}

// resumeEndedRuns goes on where an earlier process left Map Runs that had ended: it
// removes what the writer had kept of them, and completes those that were aborted.
func (s *durable) resumeEndedRuns(ctx context.Context, e *Execution) error {
	var loaded uint64
	replays := false
	if err := e.visitStored(ctx, func(*machine.Execution) { replays, loaded = e.stored.replays, e.stored.loaded }); err != nil {
		return err
	}
	if !replays || len(e.program.Load().Children()) == 0 {
		return nil
	}
	aborted := make(map[machine.TaskID]*mapCommand)
	var order []machine.TaskID
	var kept []*machine.MapRunCommand
	err := s.replayMapRuns(ctx, e.stored.id, loaded, func(c *machine.Command) {
		switch {
		case c.MapRun.Run.Status == Aborted:
			aborted[c.Task] = &mapCommand{Command: *c, replayed: true}
			order = append(order, c.Task)
		case c.MapRun.Destination != nil && !(c.MapRun.Kept && c.MapRun.Unwritten):
			kept = append(kept, c.MapRun)
		}
	}, func(task machine.TaskID) {
		if c := aborted[task]; c != nil && c.MapRun.Destination != nil {
			kept = append(kept, c.MapRun)
		}
		delete(aborted, task)
	})
	if err != nil {
		var diverged *machine.DivergedError
		if !errors.As(err, &diverged) && !errors.Is(err, store.ErrCorrupt) {
			return err
		}
		s.in.logWarning("interpreter: the results of Map Runs that were aborted may not be complete",
			slog.String("execution", e.stored.id.String()), slog.String("error", hosterr.Message(err)))
	}
	if writer := s.in.resultWriter; writer != nil {
		for _, c := range kept {
			_, err := callMapHook(ctx, func() (struct{}, error) {
				return struct{}{}, writer.Remove(ctx, c.Arn, int64(c.Run.Redrives))
			}, func(struct{}) {})
			if err != nil && ctx.Err() == nil {
				s.in.logWarning("interpreter: removing the work files of a Map Run failed", errorAttrs(c.Arn, err)...)
			}
		}
	}
	order = slices.DeleteFunc(order, func(task machine.TaskID) bool { return aborted[task] == nil })
	return e.visitStored(ctx, func(*machine.Execution) {
		if !e.stored.replays || e.stored.loaded != loaded {
			return
		}
		e.stored.replays = false
		for _, task := range order {
			e.executeMapCommand(aborted[task])
		}
	})
}
