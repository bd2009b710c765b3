package temporal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/mapresult"
	"github.com/gostates/gostates/value"
)

// The operations of the activity that writes results.
const (
	openResults   = "open"
	putResults    = "put"
	closeResults  = "close"
	removeResults = "remove"
)

// mostPutBytes is what an activity is given to write at a time, unless one record has
// more bytes.
const mostPutBytes = 1 << 20

// writeArguments is the first argument of the activity that writes results. The
// Parameters of the ResultWriter and the records follow it.
type writeArguments struct {
	Do       string
	Arn      string
	Resource string
	Config   machine.WriterConfig
	Receipt  []byte        `json:",omitempty"`
	Status   string        `json:",omitempty"` // of the Map Run
	Beat     time.Duration `json:",omitempty"` // how often the activity says that its worker lives
}

// written is what the activity returns, before the result of the state.
type written struct {
	Receipt []byte `json:",omitempty"`
}

// ending is a child that has ended, and whose result is to be written.
type ending struct {
	event  machine.Event
	record *value.Object
	bytes  int
}

// write runs the activity. f gets the event with which it failed, or nil.
func (m *mapRun) write(do string, status machine.Status, records []any, f func(output any, failed *machine.Event)) {
	r, d := m.run, m.command.Destination
	m.writing = true
	a := writeArguments{Do: do, Arn: m.command.Arn, Resource: d.Resource, Config: d.Config, Receipt: m.receipt, Status: status.String(), Beat: r.beat()}
	list := rawValue(records)
	r.sendBytes(len(list.Payload().GetData()))
	m.call(WriteResultsType, m.state, func(future workflow.Future) {
		m.writing = false
		var result converter.RawValue
		err := future.Get(r.ctx, &result)
		var output any
		if err == nil {
			output, err = m.readWritten(result)
		}
		if err != nil {
			ev := failedCall(machine.ResultsFailed, err)
			f(nil, &ev)
			return
		}
		f(output, nil)
	}, a, rawValue(d.Parameters), list)
}

// readWritten takes the receipt, and returns the result of the state.
func (m *mapRun) readWritten(result converter.RawValue) (any, error) {
	p := result.Payload()
	var w written
	if err := json.Unmarshal(p.GetMetadata()[receiptKey], &w); err != nil {
		return nil, fmt.Errorf("temporal: the result of the activity has no receipt: %w", err)
	}
	if w.Receipt != nil {
		m.receipt = w.Receipt
	}
	return parsePayload(p)
}

// openResults opens the destination of the results.
func (m *mapRun) openResults(c *machine.Command) {
	m.write(openResults, machine.Running, nil, func(_ any, failed *machine.Event) {
		m.postOutcome(c.Task, failed, machine.Event{Kind: machine.ResultsOpened})
	})
}

// writePending writes the items that were never started.
func (m *mapRun) writePending(c *machine.Command) {
	var parts [][]any
	bytes := mostPutBytes
	for i := range c.MapRun.Pending {
		k := &c.MapRun.Pending[i]
		v := recordValue(&mapresult.Record{Index: k.Index, Status: mapresult.Pending, Input: k.Input})
		size, _ := value.MeasureWithin(v, mostPayload)
		if size > mostPayload {
			m.tellTooLarge(c.Task)
			return
		}
		if bytes += size; bytes > mostPutBytes {
			parts, bytes = append(parts, nil), size
		}
		last := len(parts) - 1
		parts[last] = append(parts[last], v)
	}
	var next func()
	next = func() {
		m.write(putResults, machine.Running, parts[0], func(_ any, failed *machine.Event) {
			if parts = parts[1:]; failed == nil && len(parts) > 0 {
				next()
				return
			}
			m.postOutcome(c.Task, failed, machine.Event{Kind: machine.PendingWritten, MapRun: &machine.MapRunEvent{Receipt: m.receipt}})
		})
	}
	next()
}

// writeResults completes the results.
func (m *mapRun) writeResults(c *machine.Command) {
	m.write(closeResults, c.MapRun.Run.Status, nil, func(output any, failed *machine.Event) {
		m.postOutcome(c.Task, failed, machine.Event{Kind: machine.ResultsWritten, Output: output})
	})
}

// postOutcome posts an event, or that with which an activity failed.
func (m *mapRun) postOutcome(id machine.TaskID, failed *machine.Event, ev machine.Event) {
	if failed != nil {
		ev, m.broken = *failed, true
	}
	ev.Task = id
	m.run.hosted.post(ev)
}

// flush writes the results of children that have ended, unless an activity does already.
func (m *mapRun) flush() {
	if m.writing || len(m.ends) == 0 {
		return
	}
	var records []any
	bytes, n := 0, 0
	for ; n < len(m.ends); n++ {
		if bytes += m.ends[n].bytes; bytes > mostPutBytes && n > 0 {
			break
		}
		records = append(records, m.ends[n].record)
	}
	ends := m.ends[:n:n]
	m.ends = m.ends[n:]
	m.write(putResults, machine.Running, records, func(_ any, failed *machine.Event) {
		if failed != nil {
			m.postOutcome(ends[0].event.Task, failed, machine.Event{})
		}
		for i := range ends {
			ends[i].event.MapRun.Receipt = m.receipt
			m.run.hosted.post(ends[i].event)
		}
		if m.broken {
			m.release()
		}
	})
}

// tellTooLarge says that a result does not fit into a payload.
func (m *mapRun) tellTooLarge(id machine.TaskID) {
	cause := fmt.Sprintf("The input and the output of a child have more than %d bytes, which is the limit on Temporal.", mostPayload)
	m.postOutcome(id, &machine.Event{Kind: machine.ResultsFailed, Cause: &cause}, machine.Event{})
}

// release tells of the children whose results cannot be written.
func (m *mapRun) release() {
	for i := range m.ends {
		m.run.hosted.post(m.ends[i].event)
	}
	m.ends = nil
}

// writeResults is the activity.
func (e *engine) writeResults(ctx context.Context, a writeArguments, parameters, records converter.RawValue) (converter.RawValue, error) {
	p, err := parsePayload(parameters.Payload())
	if err != nil {
		return converter.RawValue{}, err
	}
	list, err := recordsOf(records)
	if err != nil {
		return converter.RawValue{}, err
	}
	w := interpreter.MapRunResults{
		Writer: e.ResultWriter, Arn: a.Arn, Receipt: a.Receipt,
		Destination: &machine.ResultDestination{Resource: a.Resource, Parameters: p, Config: a.Config},
	}
	stop := new(told).beat(ctx, a.Beat)
	var result written
	var output any
	switch a.Do {
	case openResults:
		err = w.Open(ctx)
	case putResults:
		result.Receipt, err = w.Put(ctx, list)
	case closeResults:
		output, err = w.Close(ctx, statusNamed(a.Status))
	case removeResults:
		err = w.Remove(ctx)
	default:
		err = fmt.Errorf("temporal: this worker does not know how to %s results", a.Do)
	}
	stop()
	switch {
	case ctx.Err() != nil:
		return converter.RawValue{}, temporal.NewApplicationError("the worker gave the writing up", "Interrupted")
	case err != nil:
		ev := interpreter.ResultsFailed(err)
		return converter.RawValue{}, new(told).failure(&ev)
	}
	payload := payloadOf(output)
	if payload.Metadata[receiptKey], err = json.Marshal(result); err != nil {
		return converter.RawValue{}, err
	}
	return converter.NewRawValue(payload), nil
}

// statusNamed returns the status of a name, Failed for one that is none.
func statusNamed(name string) machine.Status {
	for s := machine.Running; s <= machine.Aborted; s++ {
		if s.String() == name {
			return s
		}
	}
	return machine.Failed
}

// recordValue is a record in the argument of the activity.
func recordValue(r *mapresult.Record) *value.Object {
	o := value.NewObject(12)
	o.Set("Index", r.Index)
	o.Set("Status", string(r.Status))
	o.Set("Input", r.Input)
	if r.Status == mapresult.Pending {
		return o
	}
	if r.Status == mapresult.Succeeded {
		o.Set("Output", r.Output)
	}
	if r.Error != nil {
		o.Set("Error", *r.Error)
	}
	if r.Cause != nil {
		o.Set("Cause", *r.Cause)
	}
	o.Set("Arn", r.ExecutionArn)
	o.Set("Machine", r.StateMachineArn)
	o.Set("Start", r.Start.UnixNano())
	o.Set("Stop", r.Stop.UnixNano())
	return o
}

var errRecords = errors.New("temporal: the argument of the activity is not of records")

// recordsOf reads the records in the argument of the activity.
func recordsOf(v converter.RawValue) ([]mapresult.Record, error) {
	all, err := parsePayload(v.Payload())
	if err != nil {
		return nil, err
	}
	list, _ := all.([]any)
	records := make([]mapresult.Record, len(list))
	for i, v := range list {
		o, _ := v.(*value.Object)
		r := &records[i]
		var status, text string
		var start, stop int64
		if !member(o, "Index", &r.Index) || !member(o, "Status", &status) {
			return nil, errRecords
		}
		r.Status = mapresult.Status(status)
		r.Input, _ = o.Get("Input")
		r.Output, _ = o.Get("Output")
		if member(o, "Error", &text) {
			r.Error = ptr(text)
		}
		if member(o, "Cause", &text) {
			r.Cause = ptr(text)
		}
		member(o, "Arn", &r.ExecutionArn)
		member(o, "Machine", &r.StateMachineArn)
		r.Name = machine.ExecutionName(r.ExecutionArn)
		member(o, "Start", &start)
		member(o, "Stop", &stop)
		r.Start, r.Stop = time.Unix(0, start).UTC(), time.Unix(0, stop).UTC()
	}
	return records, nil
}
