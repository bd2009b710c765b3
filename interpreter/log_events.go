package interpreter

import (
	"context"
	"log/slog"

	"github.com/gostates/gostates/history"
)

// logEvents writes events to a log. It leaves out inputs, outputs and causes, which
// may contain secrets.
func logEvents(log *slog.Logger, execution string, events []history.Event) {
	for i := range events {
		logEvent(log, execution, &events[i])
	}
}

func logEvent(log *slog.Logger, execution string, e *history.Event) {
	failure, failed := e.Detail.(*history.Failure)
	level := slog.LevelDebug
	if failed {
		level = slog.LevelWarn
	}
	ctx := context.Background()
	if !log.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{slog.String("execution", execution), slog.Uint64("id", uint64(e.ID)),
		slog.Uint64("previous", uint64(e.Previous)), slog.Time("at", e.Time())}
	if e.Name != "" {
		attrs = append(attrs, slog.String("name", e.Name))
	}
	if failed {
		attrs = append(attrs, slog.String("error", stringOrEmpty(failure.Error)))
		if failure.Location != "" {
			attrs = append(attrs, slog.String("location", failure.Location))
		}
	}
	log.LogAttrs(ctx, level, e.Type.String(), attrs...)
}
