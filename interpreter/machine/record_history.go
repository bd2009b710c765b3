package machine

import (
	"unsafe"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/value"
)

// Flags of a history event. Without any, it follows the event before it, which is
// also its previous one, at the time of the Step, and has a type only.
const (
	historyHasID = 1 << iota
	historyHasPrevious
	historyHasTime
	historyHasIndex
	historyHasName
	historyHasValue
	historyHasDetail
)

// leastEventBytes is the size of the smallest history event: flags and type.
const leastEventBytes = 2

// Tags of an event's data, in addition to those of values.
const (
	tagNoData byte = iota + 0x80
	tagRaw
	tagTruncated // Raw that AWS truncated
)

// The tags of details.
const (
	detailVariables byte = iota
	detailStarted
	detailResource
	detailScheduled
	detailFailure
)

// nameSharedFrom is the size, in bytes, from which names are written once in a
// record. Names repeat often.
const nameSharedFrom = 4

func (w *RecordWriter) writeHistoryEvent(e *history.Event) {
	k := &w.w
	flags := flagIf(e.ID != w.lastID+1, historyHasID) | flagIf(e.Previous != e.ID-1, historyHasPrevious) |
		flagIf(e.Nanos != w.lastAt, historyHasTime) | flagIf(e.Index != 0, historyHasIndex) |
		flagIf(e.Name != "", historyHasName) | flagIf(e.Value != nil, historyHasValue)
	detail, has := detailTag(e.Detail)
	k.buf = append(k.buf, flags|flagIf(has, historyHasDetail), byte(e.Type))
	if flags&historyHasID != 0 {
		k.writeInt(int64(e.ID) - int64(w.lastID))
	}
	w.lastID = e.ID
	if flags&historyHasPrevious != 0 {
		k.writeInt(int64(e.ID) - int64(e.Previous))
	}
	if flags&historyHasTime != 0 {
		k.writeInt(e.Nanos - w.lastAt)
	}
	if e.Index != 0 {
		k.writeInt(int64(e.Index))
	}
	if e.Name != "" {
		k.writeShared(e.Name, nameSharedFrom)
	}
	if e.Value != nil {
		k.writeData(e.Value)
	}
	if has {
		k.writeByte(detail)
		k.writeDetail(e.Detail)
	}
}

// detailTag returns the tag of an event's Detail. ok is false if there is none.
func detailTag(detail any) (tag byte, ok bool) {
	switch d := detail.(type) {
	case *value.Object:
		return detailVariables, d != nil
	case *history.Started:
		return detailStarted, d != nil
	case *history.Resource:
		return detailResource, d != nil
	case *history.Scheduled:
		return detailScheduled, d != nil
	case *history.Failure:
		return detailFailure, d != nil
	}
	return 0, false
}

func (w *writer) writeDetail(detail any) {
	switch d := detail.(type) {
	case *value.Object:
		w.writeValue(d)
	case *history.Started:
		w.writeShared(d.RoleArn, nameSharedFrom)
		w.writeShared(d.StateMachineAliasArn, nameSharedFrom)
		w.writeShared(d.StateMachineVersionArn, nameSharedFrom)
	case *history.Resource:
		w.writeResource(d)
	case *history.Scheduled:
		w.writeResource(d.Resource)
		w.writeInt(d.TimeoutInSeconds)
		w.writeInt(d.HeartbeatInSeconds)
		w.writeString(d.RoleArn)
	case *history.Failure:
		w.writeValue(stringOrNil(d.Error))
		w.writeValue(stringOrNil(d.Cause))
		w.writeResource(d.Resource)
		w.writeString(d.Location)
	}
}

func (r *recordReader) readHistoryEvent(e *history.Event) {
	flags := r.readByte()
	e.Type = history.Type(r.readByte())
	if flags > historyHasDetail<<1-1 || !e.Type.IsKnown() {
		r.failReading("unknown type of history event")
	}
	e.ID = r.lastID + 1
	if flags&historyHasID != 0 {
		e.ID = r.checkID(int64(r.lastID) + r.readInt())
	}
	r.lastID = e.ID
	e.Previous = e.ID - 1
	if flags&historyHasPrevious != 0 {
		e.Previous = r.checkID(int64(e.ID) - r.readInt())
	}
	e.Nanos = r.lastAt
	if flags&historyHasTime != 0 {
		e.Nanos += r.readInt()
	}
	if flags&historyHasIndex != 0 {
		e.Index = r.readIndex()
	}
	if flags&historyHasName != 0 {
		e.Name = r.readShared(nameSharedFrom)
	}
	if flags&historyHasValue != 0 {
		e.Value = r.readData()
	}
	if flags&historyHasDetail != 0 {
		e.Detail = r.readDetail()
	}
}

func (r *reader) readDetail() any {
	switch r.readByte() {
	case detailVariables:
		return r.readObject()
	case detailStarted:
		return &history.Started{
			RoleArn:                r.readShared(nameSharedFrom),
			StateMachineAliasArn:   r.readShared(nameSharedFrom),
			StateMachineVersionArn: r.readShared(nameSharedFrom),
		}
	case detailResource:
		return r.ownResource()
	case detailScheduled:
		return &history.Scheduled{
			Resource:           r.ownResource(),
			TimeoutInSeconds:   r.readInt(),
			HeartbeatInSeconds: r.readInt(),
			RoleArn:            r.readString(),
		}
	case detailFailure:
		return &history.Failure{Error: r.readOptional(), Cause: r.readOptional(), Resource: r.readResource(), Location: r.readString()}
	}
	r.failReading("details without a type")
	return nil
}

// Tags of a Resource.
const (
	resourceNone byte = iota
	resourceSeen      // its number follows
	resourceNew
)

const aResource = -3 // as shared.len

// writeResource writes the resource of a task, which the events of a state share.
func (w *writer) writeResource(r *history.Resource) {
	if r == nil {
		w.writeByte(resourceNone)
		return
	}
	if n, ok := w.numberOf(shared{unsafe.Pointer(r), aResource}); ok {
		w.writeByte(resourceSeen)
		w.writeUint(n)
		return
	}
	w.writeByte(resourceNew)
	w.writeShared(r.ARN, nameSharedFrom)
	w.writeShared(r.ResourceType, nameSharedFrom)
	w.writeShared(r.Resource, nameSharedFrom)
	w.writeShared(r.Region, nameSharedFrom)
}

func (r *reader) readResource() *history.Resource {
	switch r.readByte() {
	case resourceNone:
		return nil
	case resourceSeen:
		made, _ := r.sharedValue(r.readUint()).(*history.Resource)
		if made == nil {
			r.failReading("missing shared resource")
		}
		return made
	case resourceNew:
		at := len(r.seen)
		r.seen = append(r.seen, numbered{})
		made := &history.Resource{
			ARN:          r.readShared(nameSharedFrom),
			ResourceType: r.readShared(nameSharedFrom),
			Resource:     r.readShared(nameSharedFrom),
			Region:       r.readShared(nameSharedFrom),
		}
		r.seen[at].value = made
		return made
	}
	r.failReading("resource without a type")
	return nil
}

// ownResource is readResource for details that must have one.
func (r *reader) ownResource() *history.Resource {
	made := r.readResource()
	if made == nil {
		return new(history.Resource)
	}
	return made
}

// writeData writes the Value of a history event.
func (w *writer) writeData(v any) {
	switch v := v.(type) {
	case history.NoData:
		w.writeByte(tagNoData)
	case history.Raw:
		w.writeByte(tagRaw + flagIf(v.Truncated, 1))
		w.writeString(v.Text)
	default:
		w.writeValue(v)
	}
}

func (r *reader) readData() any {
	if len(r.data) > 0 {
		switch tag := r.data[0]; tag {
		case tagNoData:
			r.data = r.data[1:]
			return history.NoData{}
		case tagRaw, tagTruncated:
			r.data = r.data[1:]
			return history.Raw{Text: r.readString(), Truncated: tag == tagTruncated}
		}
	}
	return r.readValue()
}

// checkID converts the ID of a history event.
func (r *reader) checkID(n int64) uint32 {
	if n < 0 || n > 1<<32-1 {
		r.failReading("event ID out of range")
		return 0
	}
	return uint32(n)
}

func (r *reader) readIndex() int32 {
	n := r.readInt()
	if int64(int32(n)) != n {
		r.failReading("number out of range")
	}
	return int32(n)
}
