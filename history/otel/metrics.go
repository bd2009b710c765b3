package otel

import (
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/gostates/gostates/history"
)

// Prefix starts the name of each instrument: aws.states.ExecutionsStarted is a
// counter, and aws.states.ExecutionTime a histogram in seconds.
const Prefix = "aws.states."

// Metrics returns metrics that count with the instruments of a meter. If the
// meter refuses an instrument, its metric is dropped. Metrics are safe for
// concurrent use.
func Metrics(p metric.MeterProvider) history.Metrics { return &metrics{meter: p.Meter(scope)} }

type metrics struct {
	meter    metric.Meter
	counters sync.Map // string -> metric.Int64Counter
	times    sync.Map // string -> metric.Float64Histogram
}

func (m *metrics) Count(name string, l history.Labels) {
	c, ok := m.counters.Load(name)
	if !ok {
		made, err := m.meter.Int64Counter(Prefix + name)
		if err != nil {
			return
		}
		c, _ = m.counters.LoadOrStore(name, made)
	}
	c.(metric.Int64Counter).Add(context.Background(), 1, attributesOf(l))
}

func (m *metrics) Time(name string, l history.Labels, d time.Duration) {
	h, ok := m.times.Load(name)
	if !ok {
		made, err := m.meter.Float64Histogram(Prefix+name, metric.WithUnit("s"))
		if err != nil {
			return
		}
		h, _ = m.times.LoadOrStore(name, made)
	}
	h.(metric.Float64Histogram).Record(context.Background(), d.Seconds(), attributesOf(l))
}

// attributesOf returns the labels that are known.
func attributesOf(l history.Labels) metric.MeasurementOption {
	var all []attribute.KeyValue
	for _, label := range []struct {
		key   attribute.Key
		value string
	}{{MachineKey, l.Machine}, {StateKey, l.State}, {ResourceKey, l.Resource}} {
		if label.value != "" {
			all = append(all, label.key.String(label.value))
		}
	}
	if l.Resource != "" {
		all = append(all, AttemptKey.Int(l.Attempt))
	}
	return metric.WithAttributes(all...)
}
