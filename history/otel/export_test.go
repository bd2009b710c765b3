package otel

import (
	"go.opentelemetry.io/otel/sdk/trace"

	"github.com/gostates/gostates/history"
)

// SpansOf is Spans that remembers so many executions.
func SpansOf(p *trace.TracerProvider, executions int) history.Sink { return newSpans(p, executions) }
