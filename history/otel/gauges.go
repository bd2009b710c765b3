package otel

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/metric"

	"github.com/gostates/gostates/interpreter"
)

// gauge is a field of [interpreter.Gauges] as an instrument. Those that only grow are
// counters.
type gauge struct {
	name, unit, description string
	counts                  bool
	value                   func(*interpreter.Gauges) float64
}

var gauges = []gauge{
	{"Handlers", "{task}", "tasks whose handlers run", false, func(g *interpreter.Gauges) float64 { return float64(g.Handlers) }},
	{"TasksQueued", "{task}", "tasks that wait for a worker", false, func(g *interpreter.Gauges) float64 { return float64(g.Queued) }},
	{"Deadlines", "{execution}", "executions in memory that wait for a deadline", false, func(g *interpreter.Gauges) float64 { return float64(g.Deadlines) }},
	{"ExecutionsLoaded", "{execution}", "stored executions in memory", false, func(g *interpreter.Gauges) float64 { return float64(g.Loaded) }},
	{"ExecutionsRunning", "{execution}", "stored executions that have not ended, in all processes", false, func(g *interpreter.Gauges) float64 { return float64(g.Running) }},
	{"ExecutionsWaiting", "{execution}", "stored executions that wait outside of memory", false, func(g *interpreter.Gauges) float64 { return float64(g.Waiting()) }},
	{"ExecutionsParked", "{execution}", "stored executions that cannot continue", false, func(g *interpreter.Gauges) float64 { return float64(g.Parked) }},
	{"DeadlineLateness", "s", "how late the oldest deadline of the store is", false, func(g *interpreter.Gauges) float64 { return g.Late.Seconds() }},
	{"ChangesUnstored", "{change}", "changes of executions that wait for a Commit", false, func(g *interpreter.Gauges) float64 { return float64(g.Unstored) }},
	{"Commits", "{commit}", "Commits of changes of executions, failed ones included", true, func(g *interpreter.Gauges) float64 { return float64(g.Commits) }},
	{"CommitTime", "s", "what the Commits took together", true, func(g *interpreter.Gauges) float64 { return g.Committing.Seconds() }},
	{"LastCommitTime", "s", "what the latest Commit took", false, func(g *interpreter.Gauges) float64 { return g.LastCommit.Seconds() }},
}

// Gauges observes [interpreter.Interpreter.Gauges] whenever the meter's provider reads
// its instruments: aws.states.Handlers and so on, times in seconds, without attributes.
// Without Config.Store those of the store are 0. If the store fails, what is known without
// it is observed, and the provider gets the error. Unregister ends it. An error is one of
// the meter; then nothing is observed.
func Gauges(p metric.MeterProvider, in *interpreter.Interpreter) (metric.Registration, error) {
	meter := p.Meter(scope)
	var failed error
	observed := make([]metric.Float64Observable, len(gauges))
	all := make([]metric.Observable, len(gauges))
	for i, g := range gauges {
		var err error
		if g.counts {
			observed[i], err = meter.Float64ObservableCounter(Prefix+g.name, metric.WithUnit(g.unit), metric.WithDescription(g.description))
		} else {
			observed[i], err = meter.Float64ObservableGauge(Prefix+g.name, metric.WithUnit(g.unit), metric.WithDescription(g.description))
		}
		all[i], failed = observed[i], errors.Join(failed, err)
	}
	if failed != nil {
		return nil, failed
	}
	return meter.RegisterCallback(func(ctx context.Context, o metric.Observer) error {
		now, err := in.Gauges(ctx)
		for i, g := range gauges {
			o.ObserveFloat64(observed[i], g.value(&now))
		}
		return err
	}, all...)
}
