// Package otel shows executions in OpenTelemetry: a span for each execution, in it
// one for each state, in it one for each attempt of a task; and the metrics of
// AWS/States.
//
//	sink := history.Tee(otel.Spans(tracerProvider), history.Measure(otel.Metrics(meterProvider)))
//	in := interpreter.New(interpreter.Config{History: sink})
//
// Spans take their times from the events: under a virtual clock they show virtual
// time. The spans of an execution that was restored in another process begin there.
package otel
