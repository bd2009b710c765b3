package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/value"
)

// A machine of a Parallel with a Task, a Map and a Wait, and a Task after it. Each task
// has the input or item that names it.
const redriveMachine = `{"StartAt": "Both", "TimeoutSeconds": 1000, "States": {
	"Both": {"Type": "Parallel", "Next": "Last", "Branches": [
		{"StartAt": "First", "States": {"First": {"Type": "Task", "Resource": "f", "Parameters": {"n": 0}, "End": true}}},
		{"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 2, "End": true,
			"ItemSelector": {"n.$": "$$.Map.Item.Value"},
			"ItemProcessor": {"StartAt": "Work", "States": {
				"Work": {"Type": "Task", "Resource": "f", "ResultPath": null, "Next": "Check"},
				"Check": {"Type": "Task", "Resource": "f", "End": true}}}}}},
		{"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": 30, "Next": "Act"},
			"Act": {"Type": "Task", "Resource": "f", "Parameters": {"n": 0}, "End": true}}}]},
	"Last": {"Type": "Task", "Resource": "f", "Parameters": {"n": 0}, "End": true}}}`

// CheckRedrives fails, stops and times out an execution at each of its tasks in turn,
// three times each, and redrives it, over a store. After every Commit with history the
// process crashes and another one continues. In the end the execution must have the
// output of one that nothing happened to, and have entered and left each state once. It
// returns the number of crashes.
func CheckRedrives(open OpenStore) (crashes int, err error) {
	run := func(at, ending string) (*redriveRun, error) {
		kept, discard, err := open()
		if err != nil {
			return nil, err
		}
		defer discard()
		r := &redriveRun{kept: kept, at: at, ending: ending, clock: interpreter.NewVirtualClock(time.Unix(1e9, 0))}
		err = r.runToSuccess()
		crashes += r.crashes
		return r, err
	}
	straight, err := run("", "")
	if err != nil {
		return crashes, fmt.Errorf("without redrives: %w", err)
	}
	for _, at := range straight.tasks {
		for _, ending := range []string{"failed", "stopped", "timed out"} {
			r, err := run(at, ending)
			switch {
			case err != nil:
			case r.output != straight.output:
				err = fmt.Errorf("output %s, want %s", r.output, straight.output)
			case r.redriven != mostRedrives:
				err = fmt.Errorf("%d redrives", r.redriven)
			}
			if err != nil {
				return crashes, fmt.Errorf("%s at %s: %w", ending, at, err)
			}
		}
	}
	return crashes, nil
}

// mostRedrives is how often something happens at a task.
const mostRedrives = 3

// redriveRun is an execution of redriveMachine, through all processes.
type redriveRun struct {
	kept    store.Store
	clock   *interpreter.VirtualClock
	at      string // the task at which something happens
	ending  string
	crashes int

	output string
	id     store.ID // zero: not known yet

	mu       sync.Mutex
	in       *interpreter.Interpreter
	tasks    []string // those that were called
	redriven int      // how often it was redriven
}

func (r *redriveRun) runToSuccess() error {
	p, err := interpreter.Compile([]byte(redriveMachine), interpreter.Options{})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		over, err := r.runProcess(ctx, p)
		if err != nil || over {
			return err
		}
		r.crashes++
	}
}

// runProcess continues the execution until it has succeeded or the process crashes.
func (r *redriveRun) runProcess(ctx context.Context, p *interpreter.Program) (over bool, err error) {
	if err := r.countRedrives(ctx); err != nil {
		return false, err
	}
	c := &crashAfterCommit{Store: r.kept, made: make(chan struct{})}
	in := interpreter.New(interpreter.Config{Store: c, Clock: r.clock, MaxDeliveries: 1 << 20, Resolver: interpreter.Mux{"f": interpreter.HandlerFunc(r.handle)}})
	c.in = in
	r.mu.Lock()
	r.in = in
	r.mu.Unlock()
	close(c.made)
	defer func() {
		in.Close()
		r.clock.Settle()
	}()
	e, err := in.Start(ctx, p, []byte(`{"items": [1, 2, 3, 4]}`), interpreter.StartOptions{Name: "n"})
	var exists *interpreter.ExecutionExistsError
	if errors.As(err, &exists) {
		e, err = exists.Execution, nil
	}
	for err == nil {
		r.id = e.ID()
		err = e.Wait(ctx)
		var failed *interpreter.ExecutionError
		switch {
		case err == nil:
			output, err := e.Output()
			r.output = value.String(output)
			return true, errors.Join(err, r.checkOnce(ctx))
		case errors.As(err, &failed):
			_, err = e.Redrive(ctx, interpreter.RedriveOptions{ClientToken: fmt.Sprint("after-", r.redriven)})
		}
	}
	return false, ignoreCrash(err)
}

// handle answers a task with its name, unless something is to happen at it.
func (r *redriveRun) handle(ctx context.Context, task *interpreter.Task) (any, error) {
	name := task.State + " " + value.String(task.Input)
	r.mu.Lock()
	if !slices.Contains(r.tasks, name) {
		r.tasks = append(r.tasks, name)
	}
	happens, in := name == r.at && r.redriven < mostRedrives, r.in
	r.mu.Unlock()
	if !happens {
		return name, nil
	}
	switch r.ending {
	case "failed":
		return nil, errors.New("broken")
	case "stopped":
		id, _ := machine.TokenExecution(task.Token())
		if e, err := in.Execution(ctx, store.ID([]byte(id))); err == nil {
			_ = e.Stop(ctx, "Halt", "") // without it the execution times out
		}
	}
	return nil, interpreter.ErrResultPending
}

// countRedrives counts the redrives that are stored, before any handler is called.
func (r *redriveRun) countRedrives(ctx context.Context) error {
	n := 0
	err := r.kept.Records(ctx, r.id, 0, func(_ uint64, record []byte) bool {
		rec, err := readStoredRecord(record)
		if err != nil {
			return true // of a change of the head alone
		}
		for _, step := range rec.Steps {
			if step.Event.Kind == machine.Redriven {
				n++
			}
		}
		return true
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	r.redriven = n
	return err
}

// checkOnce checks that each state was entered and left once, and that there is no gap.
func (r *redriveRun) checkOnce(ctx context.Context) error {
	entered, left := map[string]int{}, map[string]int{}
	last := uint32(0)
	for ev, err := range r.in.History(ctx, r.id, interpreter.HistoryOptions{}) {
		switch {
		case err != nil:
			return err
		case ev.ID != last+1:
			return fmt.Errorf("event %d follows event %d", ev.ID, last)
		case ev.Type.IsStateEntered():
			entered[ev.Name]++
		case ev.Type.IsStateExited():
			left[ev.Name]++
		}
		last = ev.ID
	}
	for name, n := range map[string]int{"Both": 1, "First": 1, "Each": 1, "Work": 4, "Check": 4, "Rest": 1, "Act": 1, "Last": 1} {
		if entered[name] != n || left[name] != n {
			return fmt.Errorf("state %s was entered %d and left %d times, want %d", name, entered[name], left[name], n)
		}
	}
	return nil
}

// crashAfterCommit closes the interpreter after a Commit with history, before it learns
// of it.
type crashAfterCommit struct {
	store.Store
	in   *interpreter.Interpreter
	made chan struct{} // closed when in is set

	mu   sync.Mutex
	dead bool
}

func (s *crashAfterCommit) Commit(ctx context.Context, changes []store.Change) error {
	<-s.made
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dead {
		return errCrash
	}
	if err := s.Store.Commit(ctx, changes); err != nil {
		return err
	}
	for _, c := range changes {
		rec, err := readStoredRecord(c.Record)
		if err == nil && slices.ContainsFunc(rec.Steps, func(st machine.RecordedStep) bool { return len(st.Events) > 0 }) {
			s.dead = true
		}
	}
	if !s.dead {
		return nil
	}
	s.in.Close()
	return errCrash
}
