package conformance

import (
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// mapRuns are the Map Runs of an execution: its child executions, and a host for
// their items and results. They survive a crash of the host, as on disk.
type mapRuns struct {
	arns     []string // in the order in which they began
	children map[string]*child
	order    []*child // that run or have run
	results  map[string]*results
	ended    []*machine.MapRun
	mail     []machine.Event // to the execution; lost in a crash
}

// child is a child execution.
type child struct {
	*run
	task    machine.TaskID
	arn     string // of the Map Run
	source  *machine.Child
	started time.Time
	told    bool // ChildEnded was sent since the latest crash
}

// results are what was written for a Map Run.
type results struct {
	ended   map[int64]*child
	pending map[int64]machine.Child
}

func (m *mapRuns) resultsOf(arn string) *results {
	if m.results == nil {
		m.results = make(map[string]*results)
	}
	if m.results[arn] == nil {
		m.results[arn] = &results{make(map[int64]*child), make(map[int64]machine.Child)}
	}
	return m.results[arn]
}

// carryOutMapRun carries out a command of a Map Run.
func (r *run) carryOutMapRun(c machine.Command) error {
	m := &r.maps
	if !slices.Contains(m.arns, c.MapRun.Arn) {
		m.arns = append(m.arns, c.MapRun.Arn)
	}
	switch c.Kind {
	case machine.OpenResults:
		m.mail = append(m.mail, machine.Event{Kind: machine.ResultsOpened, Task: c.Task})
	case machine.ReadItems:
		ev, err := r.readItems(c)
		if err != nil {
			return err
		}
		m.mail = append(m.mail, ev)
	case machine.StartChild:
		return r.startChild(c)
	case machine.StopChild:
		return r.stopChild(c)
	case machine.WritePending:
		for _, p := range c.MapRun.Pending {
			m.resultsOf(c.MapRun.Arn).pending[p.Index] = p
		}
		m.mail = append(m.mail, machine.Event{Kind: machine.PendingWritten, Task: c.Task})
	case machine.WriteResults:
		return r.writeResults(c)
	case machine.EndMapRun:
		m.ended = append(m.ended, c.MapRun.Run)
		for _, k := range m.order {
			if k.arn == c.MapRun.Arn {
				k.told = true
				if err := r.abortChild(k, c.Cause); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (r *run) startChild(c machine.Command) error {
	m := &r.maps
	if known := m.children[c.Child.ID]; known != nil {
		if !value.Identical(known.source.Input, c.Child.Input) || known.source.Items != c.Child.Items {
			return fmt.Errorf("child %d is commanded again with another input", c.Child.Index)
		}
		r.tellChild(known)
		return nil
	}
	number := slices.Index(m.arns, c.MapRun.Arn)
	other := r.other.Child(c.State)
	if c.MapRun.Program.Digest() != other.Digest() {
		return fmt.Errorf("the children of %s have another digest", c.State)
	}
	k := &child{
		run: &run{
			program: c.MapRun.Program,
			other:   other,
			world:   r.world,
			after:   r.after,
			script:  newScript(r.script.scenario.ofChild(c.State, number, c.Child.Index)),
		},
		task: c.Task, arn: c.MapRun.Arn, source: c.Child, started: r.world.now,
	}
	hash := fnv.New64()
	hash.Write([]byte(c.Child.ID))
	k.x = k.program.New(machine.Start{ID: c.Child.ID, Input: c.Child.Input, Seed: [2]uint64{hash.Sum64(), 2}, TokenKey: [16]byte{3}})
	k.r.History = true
	if m.children == nil {
		m.children = make(map[string]*child)
	}
	m.children[c.Child.ID] = k
	m.order = append(m.order, k)
	if err := k.takeStep(machine.Event{Kind: machine.Started}); err != nil {
		return err
	}
	r.tellChild(k)
	return nil
}

// ofChild returns the scenario of a child execution: the answers of its tasks.
func (s *scenario) ofChild(state string, run int, index int64) *scenario {
	sub := &scenario{machine: s.machine, childTasks: s.childTasks}
	for _, t := range s.childTasks {
		if t.state == "" || t.mapState != state {
			continue
		}
		a := &answer{state: t.state, starts: true, result: &machine.Event{Kind: machine.TaskSucceeded, Output: value.NewObject(0)}}
		if run < len(t.results) && int(index) < len(t.results[run]) {
			a.result.Output = dataOf(t.results[run][index])
		}
		sub.tasks = append(sub.tasks, a)
	}
	return sub
}

// childTask holds the results of a Task state in the children of a Map state, by Map
// Run and item.
type childTask struct {
	mapState, state string
	results         [][]any
}

func readChildTasks(list []any) []childTask {
	var all []childTask
	for _, v := range list {
		o, _ := v.(*value.Object)
		t := childTask{mapState: textOf(o, "map"), state: textOf(o, "state")}
		for _, outputs := range listOf(o, "results") {
			items, _ := outputs.([]any)
			t.results = append(t.results, items)
		}
		all = append(all, t)
	}
	return all
}

func (r *run) stopChild(c machine.Command) error {
	k := r.maps.children[c.Child.ID]
	if k == nil { // lost before it began
		r.maps.mail = append(r.maps.mail, machine.Event{Kind: machine.ChildEnded, Task: c.Task, Cause: &c.Cause,
			MapRun: &machine.MapRunEvent{Index: c.Child.Index, Status: machine.Aborted, StartedAt: r.world.now, StoppedAt: r.world.now}})
		return nil
	}
	if err := r.abortChild(k, c.Cause); err != nil {
		return err
	}
	r.tellChild(k)
	return nil
}

func (r *run) abortChild(k *child, cause string) error {
	if k.x.Status != machine.Running {
		return nil
	}
	return k.takeStep(machine.Event{Kind: machine.Stopped, Cause: &cause})
}

// tellChild sends ChildEnded if a child has ended.
func (r *run) tellChild(k *child) {
	if k.x.Status == machine.Running || k.told {
		return
	}
	k.told = true
	o := k.x.Outcome
	ev := machine.Event{Kind: machine.ChildEnded, Task: k.task, Output: o.Output, Error: o.Error, Cause: o.Cause,
		MapRun: &machine.MapRunEvent{Index: k.source.Index, Status: k.x.Status, StartedAt: k.started, StoppedAt: k.x.Time()}}
	r.maps.resultsOf(k.arn).ended[k.source.Index] = k
	r.maps.mail = append(r.maps.mail, ev)
}

// advanceChildren takes a step of a child that can go on, and reports whether there was
// one.
func (r *run) advanceChildren() (bool, error) {
	for _, k := range r.maps.order {
		if k.x.Status != machine.Running {
			continue
		}
		ev, ok, err := k.readyEvent()
		if err != nil {
			return false, err
		}
		if !ok {
			continue
		}
		if err := k.takeStep(ev); err != nil {
			return false, err
		}
		r.tellChild(k)
		return true, nil
	}
	return false, nil
}

// tellChildren sends ChildEnded for all children that have ended, at any depth.
func (r *run) tellChildren() {
	for _, k := range r.maps.order {
		k.tellChildren()
		r.tellChild(k)
	}
}

// nextWake returns the execution with the earliest deadline: r or one below it.
func (r *run) nextWake() (at time.Time, who *run) {
	if r.x.Status != machine.Running {
		return time.Time{}, nil
	}
	if d, ok := r.program.Wake(r.x); ok {
		at, who = d, r
	}
	for _, k := range r.maps.order {
		if d, w := k.nextWake(); w != nil && (who == nil || !d.After(at)) {
			at, who = d, w
		}
	}
	return at, who
}

// loseMail is the part of a crash that concerns Map Runs.
func (m *mapRuns) loseMail() {
	m.mail = nil
	for _, k := range m.order {
		k.told = false
	}
}

func (r *run) readItems(c machine.Command) (machine.Event, error) {
	return machine.Event{}, errors.New("there is no item reader")
}

func (r *run) writeResults(c machine.Command) error {
	return errors.New("there is no result writer")
}
