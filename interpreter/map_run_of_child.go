package interpreter

import (
	"context"
	"strings"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
)

// noteMapRun notes the Map Run of a child in memory that it has not started itself: the
// child was restored.
func (e *Execution) noteMapRun(arn string) {
	o := e.originOf()
	if o.mapRun != "" {
		return
	}
	o.mapRun = arn
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ensureExtras().origin.Store(&o)
}

// mostMapRunChildren is up to which index the children of several Map Runs of one state
// are told apart.
const mostMapRunChildren = 1 << 20

// findMapRunOf returns the ARN of the Map Run that has started a stored execution; empty
// if there is none, or it is not known any longer. The error is that of the store or of
// ctx.
func (s *durable) findMapRunOf(ctx context.Context, d *Description) (string, error) {
	if d.Parent == (store.ID{}) || !isMapRunChild(d.Machine) {
		return "", nil
	}
	prefix := strings.Replace(d.Machine, ":stateMachine:", ":mapRun:", 1) + ":"
	var runs []string
	for ev, err := range s.in.History(ctx, d.Parent, HistoryOptions{WithoutData: true}) {
		switch {
		case ctx.Err() != nil || isStoreFailure(err):
			return "", err
		case err != nil:
			return "", nil // it is deleted or damaged
		case ev.Type == history.MapRunStarted && strings.HasPrefix(ev.Name, prefix):
			runs = append(runs, ev.Name)
		}
	}
	switch len(runs) {
	case 0:
		return "", nil
	case 1:
		return runs[0], nil
	}
	for index := range int64(mostMapRunChildren) {
		for _, run := range runs {
			if machine.IsMapRunChild(run, d.Name, index) {
				return run, nil
			}
		}
	}
	return "", nil
}
