package asltest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"slices"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/itemreader"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/mapresult"
	"github.com/gostates/gostates/interpreter/objects"
	"github.com/gostates/gostates/interpreter/resultwriter"
)

// hostedRun is the host's part of a Map Run: its children, its reader and its results.
type hostedRun struct {
	of       *runner
	task     machine.TaskID
	state    string
	arn      string
	program  *Program // of the children
	exports  bool     // there is a destination for the results
	children []*runner
	latest   *machine.MapRun // nil: it has not ended

	items   itemreader.Items // nil: not open
	next    int64            // the index of the item that items is at
	results resultwriter.Results
	broken  bool // nothing can be written any longer
	aborted bool // its execution does not wait for it any longer
	cause   string
}

// carryOutMapRun carries out a command of a Map Run.
func (r *runner) carryOutMapRun(c *machine.Command) {
	m := r.findMapRun(c)
	if m.exports && m.results == nil && !m.broken && c.Kind != machine.EndMapRun {
		m.openResults(c.MapRun)
	}
	switch c.Kind {
	case machine.OpenResults:
		if m.results != nil {
			m.tell(machine.Event{Kind: machine.ResultsOpened})
		}
	case machine.ReadItems:
		m.readItems(c.MapRun)
	case machine.StartChild:
		m.startChild(c.Child)
	case machine.StopChild:
		m.cause = c.Cause
		if k := m.findChild(c.Child.ID); k != nil {
			m.stopChild(k)
		} else { // lost before it began
			m.tellOutcome(c.Child, &machine.Outcome{Cause: &c.Cause}, machine.Aborted, time.Time{}, time.Time{})
		}
	case machine.WritePending:
		m.writePending(c.MapRun)
	case machine.WriteResults:
		if !m.broken {
			m.closeResults(c.MapRun.Run)
		}
	case machine.EndMapRun:
		m.end(c)
	}
}

func (r *runner) findMapRun(c *machine.Command) *hostedRun {
	for _, m := range r.maps {
		if m.arn == c.MapRun.Arn {
			m.task = c.Task // another one after a redrive
			return m
		}
	}
	m := &hostedRun{of: r, task: c.Task, state: c.State, arn: c.MapRun.Arn, program: c.MapRun.Program, exports: c.MapRun.Destination != nil}
	r.maps = append(r.maps, m)
	return m
}

// tell posts an event to the execution.
func (m *hostedRun) tell(ev machine.Event) {
	ev.Task = m.task
	m.of.post(ev)
}

// fail posts the event of a kind for an error of the reader or the writer.
func (m *hostedRun) fail(kind machine.EventKind, err error) {
	ev, cause := machine.Event{Kind: kind}, err.Error()
	var unread *itemreader.Error
	var named *asl.Error
	switch {
	case errors.As(err, &unread):
		ev.Error, cause = nilIfEmpty(unread.Name), unread.Cause
	case errors.As(err, &named):
		ev.Error, cause = &named.Name, named.Cause
	}
	ev.Cause = nilIfEmpty(cause)
	m.tell(ev)
}

func nilIfEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// needsFiles reports whether there are no files, which is a mistake in the test.
func (m *hostedRun) needsFiles(field string) bool {
	w := m.of.world
	if w.store != nil {
		return false
	}
	w.problem = fmt.Sprintf("the %s of state %q needs files: add asltest.Files(map[string]string{\"BUCKET/KEY\": \"...\"})", field, m.state)
	return true
}

func (m *hostedRun) readItems(c *machine.MapRunCommand) {
	if m.needsFiles("ItemReader") {
		return
	}
	if len(m.of.formats) > 0 { // code of the host, which may panic
		if ev, ok := interpreter.ReadItems(context.Background(), m.reader(), c); ok {
			m.tell(ev)
		}
		return
	}
	chunk, err := m.nextChunk(c)
	if err != nil {
		m.fail(machine.ItemsFailed, err)
		return
	}
	m.next += int64(len(chunk.Items))
	m.tell(machine.Event{Kind: machine.ItemsRead, MapRun: &machine.MapRunEvent{
		Index: c.First, Items: chunk.Items, Keys: chunk.Keys, Source: chunk.Source, Cursor: chunk.Cursor, End: chunk.End,
	}})
}

func (m *hostedRun) nextChunk(c *machine.MapRunCommand) (*itemreader.Chunk, error) {
	if m.items == nil || m.next != c.First {
		m.closeItems()
		items, err := m.reader().Open(context.Background(), &itemreader.Request{
			Resource: c.Source.Resource, Arguments: c.Source.Parameters, Config: itemreader.Config(c.Source.Config), Cursor: c.Cursor,
		})
		if err != nil {
			return nil, err
		}
		m.items, m.next = items, c.First
	}
	return m.items.Next(c.MaxItems, c.MaxBytes)
}

func (m *hostedRun) reader() itemreader.Reader {
	return &itemreader.ObjectReader{Objects: m.of.store, Formats: m.of.formats}
}

func (m *hostedRun) closeItems() {
	if m.items != nil {
		_ = m.items.Close() // it only reads from memory
		m.items = nil
	}
}

// openResults opens the destination of the results, or continues after a crash.
func (m *hostedRun) openResults(c *machine.MapRunCommand) {
	if m.needsFiles("ResultWriter") {
		return
	}
	w := m.of.world
	writer := &resultwriter.Files{Objects: w.store}
	if w.faults.crashEvery || len(w.faults.crashAt) > 0 {
		var err error
		if writer.Folder, err = w.resultFolder(); err != nil {
			w.problem = err.Error()
			return
		}
	}
	results, err := writer.Open(context.Background(), &resultwriter.Request{
		MapRunArn: m.arn, Resource: c.Destination.Resource, Parameters: c.Destination.Parameters, Receipt: c.Receipt,
		Format: mapresult.Format{
			Transformation: mapresult.Transformation(c.Destination.Config.Transformation),
			OutputType:     mapresult.OutputType(c.Destination.Config.OutputType),
		},
	})
	if errors.Is(err, objects.ErrNoSuchBucket) {
		w.hint = fmt.Sprintf("the bucket of the results of state %q does not exist: asltest.Files needs an entry \"BUCKET/\": \"\"", m.state)
	}
	if err != nil {
		m.broken = true
		m.fail(machine.ResultsFailed, err)
		return
	}
	m.results = results
}

// resultFolder returns a folder in which results survive a crash.
func (w *world) resultFolder() (string, error) {
	if w.folder != "" {
		return w.folder, nil
	}
	folder, err := os.MkdirTemp("", "asltest")
	if err == nil {
		w.folder = folder
		w.t.Cleanup(func() { _ = os.RemoveAll(folder) })
	}
	return folder, err
}

// put writes records. It is false if that fails, or has failed before.
func (m *hostedRun) put(records ...mapresult.Record) (receipt []byte, ok bool) {
	if m.broken || m.results == nil {
		return nil, false
	}
	receipt, err := m.results.Put(context.Background(), records)
	if err != nil {
		m.broken = true
		m.fail(machine.ResultsFailed, err)
	}
	return receipt, err == nil
}

func (m *hostedRun) writePending(c *machine.MapRunCommand) {
	records := make([]mapresult.Record, len(c.Pending))
	for i, k := range c.Pending {
		records[i] = mapresult.Record{Index: k.Index, Status: mapresult.Pending, Input: k.Input}
	}
	if receipt, ok := m.put(records...); ok {
		m.tell(machine.Event{Kind: machine.PendingWritten, MapRun: &machine.MapRunEvent{Receipt: receipt}})
	}
}

func (m *hostedRun) closeResults(run *machine.MapRun) {
	if m.results == nil {
		return
	}
	output, err := m.results.Close(context.Background(), resultwriter.Summary{Status: mapresult.Status(run.Status.String())})
	if err != nil {
		m.broken = true
		m.fail(machine.ResultsFailed, err)
		return
	}
	m.tell(machine.Event{Kind: machine.ResultsWritten, Output: output})
}

func (m *hostedRun) findChild(id string) *runner {
	for _, k := range m.children {
		if k.child.ID == id {
			return k
		}
	}
	return nil
}

// startChild starts a child, unless an earlier command has. After a crash, the
// execution is told again about one that has ended.
func (m *hostedRun) startChild(c *machine.Child) {
	if k := m.findChild(c.ID); k != nil {
		if k.x.Status != machine.Running {
			m.tellEnd(k)
		}
		return
	}
	w := m.of.world
	hash := fnv.New64()
	hash.Write([]byte(c.ID))
	key := [16]byte{3}
	hash.Sum(key[1:1])
	k := w.newExecution(m.program, machine.Start{
		ID: c.ID, Input: c.Input, Seed: [2]uint64{hash.Sum64(), w.seed + 1}, TokenKey: key, Depth: m.of.x.Depth + 1,
	})
	k.of, k.child = m, c
	m.children = append(m.children, k)
	w.running = append(w.running, k)
	k.post(machine.Event{Kind: machine.Started})
}

// forgetUnstarted forgets a child that was lost in a crash before it began.
func (r *runner) forgetUnstarted() bool {
	if r.child == nil || r.x.Seq > 0 {
		return false
	}
	r.of.children = slices.DeleteFunc(r.of.children, func(k *runner) bool { return k == r })
	return true
}

func (m *hostedRun) stopChild(k *runner) {
	if k.x.Status != machine.Running {
		m.tellEnd(k)
		return
	}
	k.post(machine.Event{Kind: machine.Stopped, Cause: &m.cause})
}

// tellEnd tells the execution that a child has ended, after its result is written.
func (m *hostedRun) tellEnd(k *runner) {
	m.tellOutcome(k.child, k.x.Outcome, k.x.Status, time.Unix(0, k.x.StartedAt).UTC(), k.x.Time())
	if m.aborted && !slices.ContainsFunc(m.children, func(k *runner) bool { return k.x.Status == machine.Running }) {
		m.closeAborted()
	}
}

func (m *hostedRun) tellOutcome(c *machine.Child, o *machine.Outcome, status machine.Status, started, stopped time.Time) {
	receipt, _ := m.put(mapresult.Record{
		Index: c.Index, Status: mapresult.Status(status.String()), Input: c.Input, Output: o.Output, Error: o.Error, Cause: o.Cause,
		Name: machine.ExecutionName(c.ID), ExecutionArn: c.ID, StateMachineArn: m.program.Options().StateMachineArn,
		Start: started, Stop: stopped,
	})
	m.tell(machine.Event{Kind: machine.ChildEnded, Output: o.Output, Error: o.Error, Cause: o.Cause, MapRun: &machine.MapRunEvent{
		Index: c.Index, Status: status, StartedAt: started, StoppedAt: stopped, Receipt: receipt,
	}})
}

// end ends a Map Run. The children of an aborted one are stopped.
func (m *hostedRun) end(c *machine.Command) {
	m.latest, m.aborted, m.cause = c.MapRun.Run, c.MapRun.Run.Status == machine.Aborted, c.Cause
	slices.SortFunc(m.children, func(a, b *runner) int { return cmp.Compare(a.child.Index, b.child.Index) })
	running := false
	for _, k := range m.children {
		if k.x.Status == machine.Running {
			running = true
			m.stopChild(k)
		}
	}
	switch {
	case !m.aborted:
		m.release()
	case !running:
		m.closeAborted()
	}
}

// closeAborted completes the results of an aborted Map Run, after its last child has
// ended.
func (m *hostedRun) closeAborted() {
	if !m.broken {
		m.closeResults(m.latest)
	}
	m.release()
}

// release gives up the reader and the results.
func (m *hostedRun) release() {
	m.closeItems()
	if m.results != nil {
		m.results.Abandon(context.Background())
		m.results = nil
	}
}
