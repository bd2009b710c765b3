package page

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/store"
)

// keepAlive is the time between comments in a stream that has nothing to say. It is also
// how late events show that another process has made.
const keepAlive = 15 * time.Second

// update is the data of a message: a row of the table, and what differs in the graph. The
// last one of an execution has Ended.
type update struct {
	Row   string `json:"row,omitempty"` // HTML
	Last  uint32 `json:"last"`
	Ended bool   `json:"ended,omitempty"`
	shown
}

// stream sends the events of an execution as they come, after the one that the client
// has. The first message has all of the graph, and others what differs. Only the last of
// several events that come together has the graph as of all of them.
func (p *page) stream(w http.ResponseWriter, r *http.Request) {
	if p.streams.Add(1) > MaxStreams {
		p.streams.Add(-1)
		w.Header().Set("Retry-After", "15")
		http.Error(w, "too many pages are open: reload instead", http.StatusServiceUnavailable)
		return
	}
	defer p.streams.Add(-1)
	id, err := parseID(r)
	var rd *reader
	if err == nil {
		rd, err = p.openReader(r.Context(), id)
	}
	if err != nil {
		_, status := p.describeError(err)
		http.Error(w, err.Error(), status)
		return
	}
	s := stream{page: p, id: id, reader: rd, w: w, control: http.NewResponseController(w)}
	if err := s.sendAll(r.Context(), lastEvent(r)); err != nil {
		_ = s.write([]byte(": " + strconv.Quote(err.Error()) + "\n\n"))
	}
}

// lastEvent returns the last event that the client has.
func lastEvent(r *http.Request) uint32 {
	s := r.Header.Get("Last-Event-ID")
	if s == "" {
		s = r.URL.Query().Get("after")
	}
	n, _ := strconv.ParseUint(s, 10, 32)
	return uint32(n)
}

type stream struct {
	page    *page
	id      store.ID
	reader  *reader
	w       http.ResponseWriter
	control *http.ResponseController
	before  shown // what the client shows
}

// sendAll sends events after one, until the execution ends, the client goes or ctx ends.
func (s *stream) sendAll(ctx context.Context, after uint32) error {
	d, err := s.page.in.Describe(ctx, s.id)
	if err != nil {
		return err
	}
	changed, stop := s.page.server.Watch(d.Arn)
	defer stop()
	if after > 0 {
		if _, err := s.page.follow(ctx, s.id, s.reader, after, nil); err != nil {
			return err
		}
	}
	s.w.Header().Set("Content-Type", "text/event-stream")
	s.w.Header().Set("X-Accel-Buffering", "no") // of a proxy
	if err := s.write([]byte("retry: 1000\n\n")); err != nil {
		return err
	}
	alive := time.NewTicker(keepAlive)
	defer alive.Stop()
	for {
		if err := s.sendEvents(ctx); err != nil {
			return err
		}
		if s.reader.ended {
			return s.sendUpdate(s.reader.last, &update{Ended: true})
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		case <-alive.C:
			if err := s.write([]byte(":\n\n")); err != nil {
				return err
			}
		}
	}
}

// sendEvents sends the events that there are. Rows wait until the next event comes, so
// that the last one has the graph.
func (s *stream) sendEvents(ctx context.Context) error {
	var row *eventRow
	var failed error
	_, err := s.page.follow(ctx, s.id, s.reader, 0, func(e *history.Event) {
		if row != nil && failed == nil {
			failed = s.sendRow(row, false)
		}
		next := s.reader.row(e)
		row = &next
	})
	switch {
	case failed != nil:
		return failed
	case err != nil:
		return err
	case row != nil:
		return s.sendRow(row, true)
	}
	return nil
}

// sendRow sends an event, perhaps with what differs in the graph.
func (s *stream) sendRow(row *eventRow, withGraph bool) error {
	var b bytes.Buffer
	if err := s.page.views.ExecuteTemplate(&b, "row", row); err != nil {
		return err
	}
	u := &update{Row: b.String()}
	if withGraph {
		now := s.reader.updateGraph()
		u.shown, s.before = now.since(&s.before), now
	}
	return s.sendUpdate(row.ID, u)
}

func (s *stream) sendUpdate(id uint32, u *update) error {
	if u.Ended { // it has all of the graph, whatever the client has missed
		u.shown = s.reader.updateGraph()
	}
	u.Last = id
	return s.write(fmt.Appendf(nil, "id: %d\ndata: %s\n\n", id, writeJSON(u)))
}

// write writes a part of the stream at once. A client that does not read is dropped.
func (s *stream) write(part []byte) error {
	_ = s.control.SetWriteDeadline(time.Now().Add(writeWithin))
	if _, err := s.w.Write(part); err != nil {
		return err
	}
	return s.control.Flush()
}

// writeJSON returns JSON in one line.
func writeJSON(v any) []byte {
	text, _ := json.Marshal(v) // strings and numbers
	return text
}
