package interpreter

import (
	"context"
	"log/slog"

	"github.com/gostates/gostates/history"
)

// beginTrail begins to follow the execution from where it stands, if its events are
// logged.
func (e *Execution) beginTrail() {
	if !e.in.logsEvents {
		return
	}
	if m := e.extras.Load(); m != nil && m.trail != nil {
		return
	}
	trail := new(history.Trail)
	e.program.Load().FollowFrom(&e.x, trail)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ensureExtras().trail = trail
}

// logEvents writes events to a log. It leaves out inputs, outputs and causes, which
// may contain secrets.
func (e *Execution) logEvents(machine string, events []history.Event) {
	m := e.extras.Load()
	for i := range events {
		var place history.Place
		if m != nil && m.trail != nil {
			place = m.trail.Follow(&events[i])
		}
		logEvent(e.in.log, machine, e.x.ID, place, &events[i])
	}
	if m != nil && e.x.Status != Running { // a redrive begins another one
		m.trail = nil
	}
}

func logEvent(log *slog.Logger, machine, execution string, p history.Place, e *history.Event) {
	failure, failed := e.Detail.(*history.Failure)
	level := slog.LevelDebug
	if failed {
		level = slog.LevelWarn
	}
	ctx := context.Background()
	if !log.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{slog.String("machine", machine), slog.String("execution", execution), slog.Uint64("id", uint64(e.ID)),
		slog.Uint64("previous", uint64(e.Previous)), slog.Time("at", e.Time())}
	if p.State != "" {
		attrs = append(attrs, slog.String("state", p.State))
	}
	if p.Resource != "" {
		attrs = append(attrs, slog.String("resource", p.Resource), slog.Int("attempt", p.Attempt))
	}
	if e.Name != "" && e.Name != p.State {
		attrs = append(attrs, slog.String("name", e.Name))
	}
	if failed {
		attrs = append(attrs, slog.String("error", stringOrEmpty(failure.Error)))
		if failure.Location != "" {
			attrs = append(attrs, slog.String("location", failure.Location))
		}
	}
	log.LogAttrs(ctx, level, p.TypeName(e.Type), attrs...)
}
