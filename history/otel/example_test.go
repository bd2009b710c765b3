package otel_test

import (
	"context"
	"fmt"
	"time"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/history/otel"
)

func at(second int) int64 {
	return time.Date(2024, 1, 2, 3, 4, second, 0, time.UTC).UnixNano()
}

func ExampleSpans() {
	memory := tracetest.NewInMemoryExporter() // in production: an OTLP exporter
	sink := otel.Spans(trace.NewTracerProvider(trace.WithSyncer(memory)))
	err := sink.Record("order-1", []history.Event{
		{ID: 1, Nanos: at(0), Type: history.ExecutionStarted},
		{ID: 2, Nanos: at(0), Type: history.PassStateEntered, Name: "Price"},
		{ID: 3, Previous: 2, Nanos: at(1), Type: history.PassStateExited, Name: "Price"},
		{ID: 4, Previous: 3, Nanos: at(1), Type: history.ExecutionSucceeded},
	})
	if err != nil {
		fmt.Println(err)
	}
	for _, s := range memory.GetSpans() {
		fmt.Println(s.Name, s.EndTime.Sub(s.StartTime))
	}
	// Output:
	// Price 1s
	// execution 1s
}

func ExampleMetrics() {
	reader := sdkmetric.NewManualReader() // in production: a periodic reader
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	sink := history.Measure(otel.Metrics(provider))
	err := sink.Record("order-1", []history.Event{
		{ID: 1, Nanos: at(0), Type: history.ExecutionStarted},
		{ID: 2, Nanos: at(2), Type: history.ExecutionSucceeded},
	})
	if err != nil {
		fmt.Println(err)
	}
	var all metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &all); err != nil {
		fmt.Println(err)
	}
	for _, m := range all.ScopeMetrics[0].Metrics {
		if sum, ok := m.Data.(metricdata.Sum[int64]); ok {
			fmt.Println(m.Name, sum.DataPoints[0].Value)
		}
	}
	// Unordered output:
	// aws.states.ExecutionsStarted 1
	// aws.states.ExecutionsSucceeded 1
}
