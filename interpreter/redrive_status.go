package interpreter

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gostates/gostates/interpreter/machine"
)

// RedriveStatus says whether an execution can be redriven, in AWS's words.
type RedriveStatus string

// The values of RedriveStatus.
const (
	Redrivable         RedriveStatus = "REDRIVABLE"
	NotRedrivable      RedriveStatus = "NOT_REDRIVABLE"
	RedrivableByMapRun RedriveStatus = "REDRIVABLE_BY_MAP_RUN" // a child of a Map Run
)

// Redrives is what DescribeExecution shows of the redrives of an execution.
type Redrives struct {
	RedriveCount  int           // how often it was redriven
	RedriveTime   time.Time     // of the latest redrive, in UTC; zero: none
	RedriveStatus RedriveStatus // now: see Config.RedriveWindow
	// RedriveStatusReason is why it is NOT_REDRIVABLE, in AWS's words: see
	// [machine.NotRedrivableError]. It is empty otherwise, and for an EXPRESS execution,
	// which AWS does not describe.
	RedriveStatusReason string
}

// Redrives returns how often the execution was redriven, and whether it can be now. That
// of a stored execution is what is stored, as [Interpreter.Describe] shows it. The error
// is that of ctx, of the clock or of the store, [ErrClosed], [ErrReentry] in a hook that
// is called during a Step, or why the execution cannot be loaded.
func (e *Execution) Redrives(ctx context.Context) (r Redrives, err error) {
	doing := "interpreter: the redrives of execution " + e.Name()
	now, err := e.in.currentTime()
	if err != nil {
		return r, fmt.Errorf("%s: %w", doing, err)
	}
	if s := e.in.durable; s != nil {
		_, p, x, err := s.copyStored(ctx, e.stored.id)
		if err != nil {
			return r, fmt.Errorf("%s: %w", doing, err)
		}
		return e.in.redrivesOf(p, x, now), nil
	}
	err = e.visitLoaded(ctx, func(x *machine.Execution) { r = e.in.redrivesOf(e.program.Load(), x, now) })
	if err != nil {
		return Redrives{}, fmt.Errorf("%s: %w", doing, err)
	}
	return r, nil
}

// redrivesOf returns what is known of an execution that could be restored.
func (in *Interpreter) redrivesOf(p *Program, x *machine.Execution, now time.Time) (r Redrives) {
	r.RedriveCount, r.RedriveTime = x.Redrives()
	ofMapRun := isMapRunChild(p.Options().StateMachineArn)
	err := in.checkRedrive(p, x, now)
	var refused *machine.NotRedrivableError
	switch {
	case err == nil && !ofMapRun:
		r.RedriveStatus = Redrivable
	case ofMapRun && (err == nil || p.Options().Express && x.Status != Running && x.Status != Succeeded):
		r.RedriveStatus = RedrivableByMapRun
	default:
		r.RedriveStatus = NotRedrivable
		if errors.As(err, &refused) {
			r.RedriveStatusReason = refused.Reason
		}
	}
	return r
}

// isMapRunChild reports whether executions of a state machine are children of a Map Run,
// whose ARN ends with a label.
func isMapRunChild(machineArn string) bool {
	return strings.Contains(machineArn[strings.LastIndexByte(machineArn, ':')+1:], "/")
}
