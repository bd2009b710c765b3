package interpreter

import (
	"context"
	"iter"

	"golang.org/x/sync/errgroup"

	"github.com/gostates/gostates/interpreter/store"
)

// redriveGroup is how many executions [Interpreter.RedriveAll] redrives at a time.
const redriveGroup = 16

// RedriveAll redrives the executions of the store that a query selects, the latest start
// first, 16 at a time, and iterates over them. A query without a Status selects those that
// failed, timed out or were stopped. For the rest of the query see [Interpreter.ListAll].
//
// The error beside an execution is nil if it was redriven, and otherwise why not, as of
// [Interpreter.Redrive]; the iteration goes on. An error of the list has an execution
// without an ID, and ends the iteration, as leaving it does: up to 15 executions behind
// the last one may then be redriven already. An execution that fails again meanwhile is
// not redriven twice.
//
// With a ClientToken, which all executions get, a call that was cut short can be repeated
// and redrives those that are left.
//
//	failed := store.Query{Machine: arn, StartedFrom: outage}
//	once := interpreter.RedriveOptions{ClientToken: "outage-7"}
//	for l, err := range in.RedriveAll(ctx, failed, once) {
//		log.Println(l.Name, err)
//	}
func (in *Interpreter) RedriveAll(ctx context.Context, q store.Query, o RedriveOptions) iter.Seq2[store.Listed, error] {
	if len(q.Status) == 0 {
		q.Status = []Status{Failed, TimedOut, Aborted}
	}
	return func(yield func(store.Listed, error) bool) {
		var group []store.Listed
		flush := func() bool {
			for i, err := range in.redriveListed(ctx, group, o) {
				if !yield(group[i], err) {
					return false
				}
			}
			group = group[:0]
			return true
		}
		for l, err := range in.ListAll(ctx, q) {
			if err != nil {
				if flush() {
					yield(store.Listed{}, err)
				}
				return
			}
			if isMapChild(&l.Head) { // redriven with its Map Run
				continue
			}
			if group = append(group, l); len(group) == redriveGroup && !flush() {
				return
			}
		}
		flush()
	}
}

// redriveListed redrives executions at the same time and returns their errors.
func (in *Interpreter) redriveListed(ctx context.Context, all []store.Listed, o RedriveOptions) []error {
	errs := make([]error, len(all))
	var group errgroup.Group
	for i := range all {
		group.Go(func() error {
			_, errs[i] = in.Redrive(ctx, all[i].ID, o)
			return nil
		})
	}
	_ = group.Wait()
	return errs
}
