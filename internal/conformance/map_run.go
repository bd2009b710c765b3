package conformance

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"github.com/gostates/gostates/interpreter/itemreader"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/mapresult"
	"github.com/gostates/gostates/interpreter/resultwriter"
	"github.com/gostates/gostates/value"
)

// mapRuns are the Map Runs of an execution: its child executions, and a host for
// their items and results. They survive a crash of the host, as on disk.
type mapRuns struct {
	arns     []string // in the order in which they began
	children map[string]*child
	order    []*child                        // that run or have run
	pending  []machine.Child                 // that were written and never started
	results  map[string]resultwriter.Results // by ARN
	readers  map[string]*openReader          // by ARN
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

// carryOutMapRun carries out a command of a Map Run.
func (r *run) carryOutMapRun(c machine.Command) error {
	m := &r.maps
	if !slices.Contains(m.arns, c.MapRun.Arn) {
		m.arns = append(m.arns, c.MapRun.Arn)
	}
	if c.MapRun.Destination != nil && m.results[c.MapRun.Arn] == nil && c.Kind != machine.EndMapRun {
		if opened, err := r.openResults(c); !opened || err != nil {
			return err
		}
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
	case machine.RedriveChild:
		return r.redriveChild(c)
	case machine.StopChild:
		return r.stopChild(c)
	case machine.WritePending:
		return r.writePending(c)
	case machine.WriteResults:
		return r.writeResults(c)
	case machine.EndMapRun:
		m.ended = append(m.ended, c.MapRun.Run)
		if results := m.results[c.MapRun.Arn]; results != nil {
			results.Abandon(context.Background())
			delete(m.results, c.MapRun.Arn)
		}
		if o := m.readers[c.MapRun.Arn]; o != nil {
			o.Close()
			delete(m.readers, c.MapRun.Arn)
		}
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
		return r.tellChild(known)
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
	return r.tellChild(k)
}

// redriveChild redrives a child that did not succeed, unless it has done so.
func (r *run) redriveChild(c machine.Command) error {
	k := r.maps.children[c.Child.ID]
	if k == nil {
		return fmt.Errorf("child %d was never started and is to be redriven", c.Child.Index)
	}
	k.task = c.Task
	token := fmt.Sprint("redrive-", c.MapRun.Redrives)
	if _, known := k.x.RedrivenBy(token); !known && k.x.Status != machine.Succeeded {
		k.told = false
		if err := k.takeStep(machine.Event{Kind: machine.Redriven, ClientToken: token}); err != nil {
			return err
		}
	}
	return r.tellChild(k)
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
		if err := r.startChild(c); err != nil {
			return err
		}
		k = r.maps.children[c.Child.ID]
	}
	if err := r.abortChild(k, c.Cause); err != nil {
		return err
	}
	return r.tellChild(k)
}

func (r *run) abortChild(k *child, cause string) error {
	if k.x.Status != machine.Running {
		return nil
	}
	return k.takeStep(machine.Event{Kind: machine.Stopped, Cause: &cause})
}

// tellChild sends ChildEnded if a child has ended, after its result is written.
func (r *run) tellChild(k *child) error {
	if k.x.Status == machine.Running || k.told {
		return nil
	}
	k.told = true
	o := k.x.Outcome
	ev := machine.Event{Kind: machine.ChildEnded, Task: k.task, Output: o.Output, Error: o.Error, Cause: o.Cause,
		MapRun: &machine.MapRunEvent{Index: k.source.Index, Status: k.x.Status, StartedAt: k.started, StoppedAt: k.x.Time()}}
	var err error
	ev.MapRun.Receipt, err = r.writeChild(k)
	r.maps.mail = append(r.maps.mail, ev)
	return err
}

// advanceChildren takes a step of a child that can go on, and reports whether there was
// one.
func (r *run) advanceChildren() (bool, error) {
	order := r.maps.order
	if r.world.reverse {
		order = slices.Clone(order)
		slices.Reverse(order)
	}
	for _, k := range order {
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
		return true, r.tellChild(k)
	}
	return false, nil
}

// tellChildren sends ChildEnded for all children that have ended, at any depth.
func (r *run) tellChildren() error {
	for _, k := range r.maps.order {
		if err := errors.Join(k.tellChildren(), r.tellChild(k)); err != nil {
			return err
		}
	}
	return nil
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
	for _, r := range m.results {
		r.Abandon(context.Background())
	}
	m.results, m.readers = nil, nil
	for _, k := range m.order {
		k.told = false
	}
}

// openReader is the reader of a Map Run, at an item.
type openReader struct {
	itemreader.Items
	next int64
}

// readItems reads the next items, at most as many as the chunks of the run have.
func (r *run) readItems(c machine.Command) (machine.Event, error) {
	ctx := context.Background()
	m := &r.maps
	o := m.readers[c.MapRun.Arn]
	if o == nil || o.next != c.MapRun.First {
		source := c.MapRun.Source
		items, err := (&itemreader.ObjectReader{Objects: r.world.objects}).Open(ctx, &itemreader.Request{
			Resource: source.Resource, Arguments: source.Parameters, Config: itemreader.Config(source.Config), Cursor: c.MapRun.Cursor,
		})
		if err != nil {
			return itemsFailed(c.Task, err), nil
		}
		if m.readers == nil {
			m.readers = make(map[string]*openReader)
		}
		o = &openReader{items, c.MapRun.First}
		m.readers[c.MapRun.Arn] = o
	}
	most := c.MapRun.MaxItems
	if r.world.chunk > 0 {
		most = min(most, r.world.chunk)
	}
	chunk, err := o.Next(most, c.MapRun.MaxBytes)
	if err != nil {
		return itemsFailed(c.Task, err), nil
	}
	o.next += int64(len(chunk.Items))
	return machine.Event{Kind: machine.ItemsRead, Task: c.Task, MapRun: &machine.MapRunEvent{
		Index: c.MapRun.First, Items: chunk.Items, Keys: chunk.Keys, Source: chunk.Source, Cursor: chunk.Cursor, End: chunk.End,
	}}, nil
}

func itemsFailed(task machine.TaskID, err error) machine.Event {
	ev := machine.Event{Kind: machine.ItemsFailed, Task: task}
	cause := err.Error()
	var e *itemreader.Error
	if errors.As(err, &e) {
		cause = e.Cause
		if e.Name != "" {
			ev.Error = &e.Name
		}
	}
	ev.Cause = &cause
	return ev
}

// openResults opens or continues the results of a Map Run.
func (r *run) openResults(c machine.Command) (bool, error) {
	d := c.MapRun.Destination
	results, err := r.world.writer().Open(context.Background(), &resultwriter.Request{
		MapRunArn: c.MapRun.Arn, Resource: d.Resource, Parameters: d.Parameters,
		Format:  mapresult.Format{Transformation: mapresult.Transformation(d.Config.Transformation), OutputType: mapresult.OutputType(d.Config.OutputType)},
		Receipt: c.MapRun.Receipt, RedriveCount: int64(c.MapRun.Redrives),
	})
	if err != nil {
		cause := err.Error()
		r.maps.mail = append(r.maps.mail, machine.Event{Kind: machine.ResultsFailed, Task: c.Task, Cause: &cause})
		return false, nil
	}
	if r.maps.results == nil {
		r.maps.results = make(map[string]resultwriter.Results)
	}
	r.maps.results[c.MapRun.Arn] = results
	return true, nil
}

func (w *world) writer() *resultwriter.Files {
	return &resultwriter.Files{Objects: w.objects, Folder: w.folder}
}

func (r *run) writePending(c machine.Command) error {
	var records []mapresult.Record
	for _, p := range c.MapRun.Pending {
		if !slices.ContainsFunc(r.maps.pending, func(k machine.Child) bool { return k.Index == p.Index }) {
			r.maps.pending = append(r.maps.pending, p)
		}
		records = append(records, mapresult.Record{Index: p.Index, Status: mapresult.Pending, Input: p.Input})
	}
	receipt, err := r.maps.results[c.MapRun.Arn].Put(context.Background(), records)
	r.maps.mail = append(r.maps.mail, machine.Event{Kind: machine.PendingWritten, Task: c.Task, MapRun: &machine.MapRunEvent{Receipt: receipt}})
	return err
}

func (r *run) writeResults(c machine.Command) error {
	end := resultwriter.Summary{Status: mapresult.Status(c.MapRun.Run.Status.String())}
	if c.MapRun.Redrives == 0 { // a redrive has no records of children that have succeeded before
		end.Records = c.MapRun.Run.Executions.Total
	}
	output, err := r.maps.results[c.MapRun.Arn].Close(context.Background(), end)
	r.maps.mail = append(r.maps.mail, machine.Event{Kind: machine.ResultsWritten, Task: c.Task, Output: output})
	return err
}

// writeChild writes the record of a child, if the Map Run has a destination, and
// returns the receipt.
func (r *run) writeChild(k *child) ([]byte, error) {
	results := r.maps.results[k.arn]
	if results == nil {
		return nil, nil
	}
	o := k.x.Outcome
	return results.Put(context.Background(), []mapresult.Record{{
		Index: k.source.Index, Status: mapresult.Status(k.x.Status.String()), Input: k.source.Input, Output: o.Output, Error: o.Error, Cause: o.Cause,
		Name: machine.ExecutionName(k.x.ID), ExecutionArn: k.x.ID, StateMachineArn: k.program.Options().StateMachineArn,
		Start: k.started, Stop: k.x.Time(),
	}})
}
