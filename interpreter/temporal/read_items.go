package temporal

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

const (
	// mostReadItems and mostReadBytes are what an activity reads at a time, unless one item has
	// more bytes. Items that wait for a child are part of the snapshot.
	mostReadItems = 200
	mostReadBytes = 256 << 10
	// mostHeldBytes is what the inputs of children may hold while more items are read.
	mostHeldBytes = 1 << 20
)

// readArguments is the first argument of the activity that reads items. The Parameters
// of the ItemReader follow it.
type readArguments struct {
	Resource string
	Config   machine.ReaderConfig
	First    int64
	Cursor   []byte `json:",omitempty"`
	MaxItems int
	MaxBytes int
	Beat     time.Duration `json:",omitempty"` // how often the activity says that its worker lives
}

// readItems reads the next items, when the children that run hold no more than
// mostHeldBytes. One child may hold more.
func (m *mapRun) readItems(c *machine.Command) {
	r := m.run
	if m.open > 0 && m.openBytes > mostHeldBytes {
		r.held = append(r.held, heldCommand{r.hosted, *c}) // is tried again at the next event
		return
	}
	a := readArguments{
		Resource: c.MapRun.Source.Resource, Config: c.MapRun.Source.Config, First: c.MapRun.First, Cursor: c.MapRun.Cursor,
		MaxItems: max(c.MapRun.MaxItems, mostReadItems), MaxBytes: min(c.MapRun.MaxBytes, mostReadBytes), Beat: r.beat(),
	}
	if most := a.Config.MaxItems; most > 0 {
		a.MaxItems = int(min(int64(a.MaxItems), most-a.First))
	}
	m.call(ReadItemsType, c.State, func(f workflow.Future) { m.itemsRead(c.Task, f) }, a, rawValue(c.MapRun.Source.Parameters))
}

// beat returns how often activities say that their worker lives.
func (r *run) beat() time.Duration { return max(0, r.engine.Liveness/3) }

// call runs an activity of the Map Run.
func (m *mapRun) call(activityType, state string, f func(workflow.Future), args ...any) {
	r := m.run
	m.calls++
	ctx := workflow.WithActivityOptions(r.ctx, workflow.ActivityOptions{
		Summary: state, StartToCloseTimeout: forever, HeartbeatTimeout: max(0, r.engine.Liveness),
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: 30 * time.Second},
	})
	m.watch(workflow.ExecuteActivity(ctx, activityType, args...), func(future workflow.Future) {
		m.calls--
		f(future)
	})
}

// itemsRead tells the Map Run what an activity has read.
func (m *mapRun) itemsRead(id machine.TaskID, f workflow.Future) {
	var result converter.RawValue
	err := f.Get(m.run.ctx, &result)
	ev := machine.Event{Kind: machine.ItemsRead, Task: id}
	if err == nil {
		ev.MapRun, err = chunkOf(result)
	}
	if err != nil {
		ev = failedCall(machine.ItemsFailed, err)
		ev.Task = id
	}
	m.run.hosted.post(ev)
}

// failedCall returns the event of an activity of the Map Run that failed.
func failedCall(kind machine.EventKind, err error) machine.Event {
	cause := err.Error()
	d := taskFailure{Cause: &cause}
	var failed *temporal.ApplicationError
	if errors.As(err, &failed) && failed.HasDetails() {
		d = taskFailure{}
		if failed.Details(&d) != nil {
			d = taskFailure{Cause: &cause}
		}
	}
	return machine.Event{Kind: kind, Error: d.Error, Cause: d.Cause}
}

// readItems is the activity.
func (e *engine) readItems(ctx context.Context, a readArguments, parameters converter.RawValue) (converter.RawValue, error) {
	p, err := parsePayload(parameters.Payload())
	if err != nil {
		return converter.RawValue{}, err
	}
	stop := new(told).beat(ctx, a.Beat)
	ev, ok := interpreter.ReadItems(ctx, e.ItemReader, &machine.MapRunCommand{
		Source: &machine.ItemSource{Resource: a.Resource, Parameters: p, Config: a.Config},
		First:  a.First, Cursor: a.Cursor, MaxItems: a.MaxItems, MaxBytes: a.MaxBytes,
	})
	stop()
	switch {
	case !ok:
		return converter.RawValue{}, temporal.NewApplicationError("the worker gave the reading up", "Interrupted")
	case ev.Kind == machine.ItemsFailed:
		return converter.RawValue{}, new(told).failure(&ev)
	}
	result := rawValue(chunkValue(ev.MapRun))
	if n := len(result.Payload().GetData()); n > mostPayload {
		name, cause := asl.StatesItemReaderFailed, fmt.Sprintf("An item has %d bytes, and on Temporal it may have %d.", n, mostPayload)
		return converter.RawValue{}, new(told).failure(&machine.Event{Error: &name, Cause: &cause})
	}
	activity.GetLogger(ctx).Debug("temporal: items read", "first", a.First, "items", len(ev.MapRun.Items))
	return result, nil
}

// chunkValue is what the activity returns.
func chunkValue(m *machine.MapRunEvent) *value.Object {
	o := value.ObjectOf(
		value.Member{Key: "First", Value: m.Index},
		value.Member{Key: "Items", Value: append([]any{}, m.Items...)},
		value.Member{Key: "Source", Value: m.Source},
		value.Member{Key: "Cursor", Value: base64.StdEncoding.EncodeToString(m.Cursor)},
		value.Member{Key: "End", Value: m.End},
	)
	if m.Keys != nil {
		keys := make([]any, len(m.Keys))
		for i, k := range m.Keys {
			keys[i] = k
		}
		o.Set("Keys", keys)
	}
	return o
}

var errChunk = errors.New("the result of the activity is not of items")

// chunkOf reads what the activity has returned.
func chunkOf(result converter.RawValue) (*machine.MapRunEvent, error) {
	v, err := parsePayload(result.Payload())
	if err != nil {
		return nil, err
	}
	o, _ := v.(*value.Object)
	m := &machine.MapRunEvent{}
	var cursor string
	var keys []any
	ok := member(o, "First", &m.Index) && member(o, "Items", &m.Items) && member(o, "Source", &m.Source) &&
		member(o, "Cursor", &cursor) && member(o, "End", &m.End)
	if ok && member(o, "Keys", &keys) {
		m.Keys = make([]string, len(keys))
		for i := range keys {
			if m.Keys[i], ok = keys[i].(string); !ok {
				break
			}
		}
	}
	if ok {
		m.Cursor, err = base64.StdEncoding.DecodeString(cursor)
	}
	if !ok || err != nil || m.Keys != nil && len(m.Keys) != len(m.Items) || len(m.Cursor) > machine.MaxCursor {
		return nil, errChunk
	}
	return m, nil
}

// member stores a member of an object, and reports whether it has the type.
func member[T any](o *value.Object, name string, dst *T) bool {
	v, _ := o.Get(name)
	t, ok := v.(T)
	if ok {
		*dst = t
	}
	return ok
}
