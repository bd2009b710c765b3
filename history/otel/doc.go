// Package otel exports executions to OpenTelemetry. Each execution has a span;
// it contains a span for each state, which contains a span for each attempt of
// a task. The metrics are those of AWS/States.
//
//	sink := history.Tee(otel.Spans(tracerProvider), history.Measure(otel.Metrics(meterProvider)))
//	in := interpreter.New(interpreter.Config{History: sink})
//
// [Gauges] observes what the interpreter has to do, such as executions that are parked.
//
// The times of spans come from the events, so under a virtual clock they are
// virtual. The spans of an execution that was restored in another process begin
// there.
package otel
