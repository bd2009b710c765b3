package interpreter

import (
	"context"
	"log/slog"

	"github.com/gostates/gostates/history"
)

// logged returns a sink that writes events to a log before another sink, if there
// is one, gets them. Inputs, outputs and causes, which quote them, stay out of it:
// they may be secret.
func logged(log *slog.Logger, next history.Sink) history.Sink {
	write := history.SinkFunc(func(execution string, events []history.Event) error {
		return recovered(hookLogger, func() error {
			for i := range events {
				logEvent(log, execution, &events[i])
			}
			return nil
		})
	})
	if next == nil {
		return write
	}
	return history.Tee(write, next)
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
		attrs = append(attrs, slog.String("error", text(failure.Error)))
		if failure.Location != "" {
			attrs = append(attrs, slog.String("location", failure.Location))
		}
	}
	log.LogAttrs(ctx, level, e.Type.String(), attrs...)
}
