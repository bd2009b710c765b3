package interpreter

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/gostates/gostates/interpreter/machine"
)

// MapRun describes one attempt of a Map state in DISTRIBUTED mode, as AWS's
// DescribeMapRun does.
type MapRun = machine.MapRun

// MapRuns returns the Map Runs of the execution, in the order of their starts: those
// that run, and those that have ended. Of an execution that was restored from a
// [Execution.Snapshot], those are missing that ended before. A Map Run within a child
// execution is one of the child's.
//
// After a stored execution was loaded, the first call reads its records, and the error is
// a [machine.DivergedError] if this version of the library decides otherwise than they
// say. ctx limits that, and the wait for a state that computes; inside a hook the error
// is [ErrReentry].
func (e *Execution) MapRuns(ctx context.Context) ([]MapRun, error) {
	var runs []MapRun
	loaded := uint64(math.MaxUint64)
	err := e.visitStored(ctx, func(x *machine.Execution) {
		if x == &e.x { // not a copy of what another process may drive
			loaded = 0
			if e.stored != nil {
				loaded = e.stored.loaded
			}
			if m := e.extras.Load(); m != nil {
				runs = slices.Clone(m.endedRuns)
			}
		}
		runs = append(runs, e.program.Load().MapRuns(x)...)
	})
	if err == nil && loaded > 0 && len(e.program.Load().Children()) > 0 {
		var earlier []MapRun
		earlier, err = e.earlierRuns(ctx, loaded)
		runs = slices.DeleteFunc(runs, func(r MapRun) bool { // it has ended meanwhile
			return slices.ContainsFunc(earlier, func(ended MapRun) bool { return ended.Task == r.Task })
		})
		runs = append(slices.Clone(earlier), runs...)
	}
	runs = latestAttempts(runs)
	if err != nil {
		return nil, fmt.Errorf("interpreter: the Map Runs of execution %s: %w", e.Name(), err)
	}
	slices.SortStableFunc(runs, func(a, b MapRun) int { return a.StartedAt.Compare(b.StartedAt) })
	return runs, nil
}

// latestAttempts keeps the last description of each Map Run.
func latestAttempts(runs []MapRun) []MapRun {
	var latest []MapRun
	for _, r := range runs {
		latest = append(withoutRun(latest, r.Arn), r)
	}
	return latest
}

// withoutRun removes what a list says of earlier attempts of a Map Run.
func withoutRun(runs []MapRun, arn string) []MapRun {
	return slices.DeleteFunc(runs, func(r MapRun) bool { return r.Arn == arn })
}

// MapRunUpdate are new limits of a Map Run. nil leaves one as it is.
type MapRunUpdate struct {
	MaxConcurrency             *int64   // at least 0; 0 means 10,000
	ToleratedFailureCount      *int64   // at least 0
	ToleratedFailurePercentage *float64 // 0 to 100
}

// UpdateMapRun changes limits of a Map Run that runs, by its ARN, as AWS's UpdateMapRun
// does. Children that run are not stopped if they are too many. The error is
// [ErrNoMapRun] if the execution has no such Map Run that runs, and otherwise as of
// [Execution.Stop].
func (e *Execution) UpdateMapRun(ctx context.Context, arn string, u MapRunUpdate) error {
	switch {
	case u.MaxConcurrency != nil && *u.MaxConcurrency < 0:
		return fmt.Errorf("interpreter: MaxConcurrency of a Map Run must not be negative: %d", *u.MaxConcurrency)
	case u.ToleratedFailureCount != nil && *u.ToleratedFailureCount < 0:
		return fmt.Errorf("interpreter: ToleratedFailureCount of a Map Run must not be negative: %d", *u.ToleratedFailureCount)
	case u.ToleratedFailurePercentage != nil && !(*u.ToleratedFailurePercentage >= 0 && *u.ToleratedFailurePercentage <= 100):
		return fmt.Errorf("interpreter: ToleratedFailurePercentage of a Map Run must be 0 to 100: %v", *u.ToleratedFailurePercentage)
	}
	runs, err := e.MapRuns(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(runs, func(r MapRun) bool { return r.Arn == arn && r.Status == Running })
	if i < 0 {
		return fmt.Errorf("%w: %s", ErrNoMapRun, arn)
	}
	return e.requestEvent(ctx, mail{event: machine.Event{Kind: machine.MapRunUpdated, Task: runs[i].Task, MapRun: &machine.MapRunEvent{
		MaxConcurrency: u.MaxConcurrency, ToleratedFailureCount: u.ToleratedFailureCount, ToleratedFailurePercentage: u.ToleratedFailurePercentage,
	}}})
}

// Children returns the child executions of the execution's Map Runs that run, in the
// order of their items. Those that have ended are in the results, and with Config.Store
// in [Interpreter.List] until the results are safe.
func (e *Execution) Children() []*Execution {
	e.mu.Lock()
	var runs []*mapRun
	if m := e.extras.Load(); m != nil {
		for _, r := range m.mapRuns {
			runs = append(runs, r)
		}
	}
	e.mu.Unlock()
	slices.SortFunc(runs, func(a, b *mapRun) int { return cmp.Compare(a.task, b.task) })
	var all []*Execution
	for _, r := range runs {
		all = append(all, r.runningChildren()...)
	}
	return all
}

func (r *mapRun) runningChildren() []*Execution {
	r.mu.Lock()
	defer r.mu.Unlock()
	var running []*mapChild
	for _, k := range r.children {
		if k.execution != nil && !k.execution.isOver() {
			running = append(running, k)
		}
	}
	slices.SortFunc(running, func(a, b *mapChild) int { return cmp.Compare(a.child.Index, b.child.Index) })
	all := make([]*Execution, len(running))
	for i, k := range running {
		all[i] = k.execution
	}
	return all
}
