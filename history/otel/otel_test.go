package otel_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/history/otel"
	"github.com/gostates/gostates/interpreter"
)

// run runs a machine under a virtual clock, and returns its spans as a tree.
func run(t *testing.T, definition string, sink func(history.Sink) history.Sink) string {
	t.Helper()
	memory := tracetest.NewInMemoryExporter()
	provider := trace.NewTracerProvider(trace.WithSyncer(memory))
	calls := 0
	in := interpreter.New(interpreter.Config{
		Clock:   interpreter.NewVirtualClock(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)),
		Workers: 1,
		History: sink(otel.Spans(provider)),
		Resolver: interpreter.Mux{
			"work": interpreter.Plain(func(any) (any, error) { return 1, nil }),
			"fail": interpreter.Plain(func(any) (any, error) { return nil, asl.Errorf("Broken", "why") }),
			"once": interpreter.Plain(func(any) (any, error) {
				if calls++; calls == 1 {
					return nil, asl.Errorf("Busy", "")
				}
				return 1, nil
			}),
		},
	})
	p, err := interpreter.Compile([]byte(definition), interpreter.Options{})
	require.NoError(t, err)
	_, _ = interpreter.Run[any](context.Background(), in, p, nil)
	require.NoError(t, in.Close())
	return tree(t, memory.GetSpans())
}

// tree writes spans, each under its parent, with their seconds.
func tree(t *testing.T, spans tracetest.SpanStubs) string {
	children := map[string][]tracetest.SpanStub{}
	for _, s := range spans {
		children[s.Parent.SpanID().String()] = append(children[s.Parent.SpanID().String()], s)
	}
	var b strings.Builder
	var write func(parent, indent string)
	write = func(parent, indent string) {
		all := children[parent]
		sort.SliceStable(all, func(i, j int) bool { return all[i].StartTime.Before(all[j].StartTime) })
		for _, s := range all {
			fmt.Fprintf(&b, "%s%s %gs", indent, s.Name, s.EndTime.Sub(s.StartTime).Seconds())
			if s.Status.Code == codes.Error {
				fmt.Fprintf(&b, " %s", s.Status.Description)
			}
			b.WriteByte('\n')
			write(s.SpanContext.SpanID().String(), indent+"  ")
		}
	}
	write("0000000000000000", "")
	require.Equal(t, len(spans), strings.Count(b.String(), "\n"), "a span hangs in the air")
	return b.String()
}

func same(s history.Sink) history.Sink { return s }

func TestSpans(t *testing.T) {
	for name, c := range map[string]struct{ definition, want string }{
		"states one after the other": {`{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 5, "Next": "B"},
			"B": {"Type": "Task", "Resource": "work", "End": true}}}`,
			"execution 5s\n  A 5s\n  B 0s\n    task B 0s\n"},
		"retry": {`{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "once", "End": true,
			"Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 3}]}}}`,
			"execution 3s\n  A 3s\n    task A 0s Busy\n    task A 0s\n"},
		"failure": {`{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "fail", "End": true}}}`,
			"execution 0s Broken\n  A 0s\n    task A 0s Broken\n"},
		"branches": {`{"StartAt": "P", "States": {"P": {"Type": "Parallel", "Next": "Z", "Branches": [
			{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 1, "Next": "B"}, "B": {"Type": "Wait", "Seconds": 1, "End": true}}},
			{"StartAt": "C", "States": {"C": {"Type": "Wait", "Seconds": 9, "End": true}}}]}, "Z": {"Type": "Succeed"}}}`,
			"execution 9s\n  P 9s\n    A 1s\n    C 9s\n    B 1s\n  Z 0s\n"},
		"iterations": {`{"StartAt": "L", "States": {"L": {"Type": "Pass", "Result": [1, 2], "Next": "M"},
			"M": {"Type": "Map", "MaxConcurrency": 1, "Next": "Z",
				"ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Wait", "Seconds": 2, "End": true}}}},
			"Z": {"Type": "Succeed"}}}`,
			"execution 4s\n  L 0s\n  M 4s\n    I 2s\n    I 2s\n  Z 0s\n"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, run(t, c.definition, same))
		})
	}
}

// The spans of an execution that ends elsewhere end here when it is forgotten.
func TestSpansOfExecutionsThatNeverEndHere(t *testing.T) {
	memory := tracetest.NewInMemoryExporter()
	sink := otel.SpansOf(trace.NewTracerProvider(trace.WithSyncer(memory)), 10)
	at := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()
	for n := range 25 {
		require.NoError(t, sink.Record(fmt.Sprint(n), []history.Event{
			{ID: 1, Type: history.ExecutionStarted, Nanos: at},
			{ID: 2, Type: history.WaitStateEntered, Name: "W", Nanos: at + 1e9},
		}))
	}
	ended := memory.GetSpans()
	require.Len(t, ended, 2*10)
	require.Equal(t, at+1e9, ended[0].EndTime.UnixNano())
	require.NotEqual(t, codes.Error, ended[0].Status.Code)
}

func TestMetrics(t *testing.T) {
	reader := sdkmetric.NewManualReader()
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	run(t, `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "once", "End": true,
		"Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 3}]}}}`, func(s history.Sink) history.Sink {
		return history.Tee(s, history.Measure(otel.Metrics(provider)))
	})
	var data metricdata.ResourceMetrics
	require.NoError(t, reader.Collect(context.Background(), &data))
	got, attempts := map[string]float64{}, map[attribute.Set]int64{}
	for _, scope := range data.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch d := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, point := range d.DataPoints {
					got[m.Name] += float64(point.Value)
					if m.Name == "aws.states.TasksScheduled" {
						attempts[point.Attributes] = point.Value
					}
				}
			case metricdata.Histogram[float64]:
				for _, point := range d.DataPoints {
					got[m.Name] += point.Sum
				}
			}
		}
	}
	require.Equal(t, map[string]float64{
		"aws.states.ExecutionsStarted": 1, "aws.states.ExecutionsSucceeded": 1, "aws.states.ExecutionTime": 3,
		"aws.states.TasksScheduled": 2, "aws.states.TasksStarted": 2,
		"aws.states.TasksFailed": 1, "aws.states.TasksSucceeded": 1,
		"aws.states.TaskScheduleTime": 0, "aws.states.TaskRunTime": 0, "aws.states.TaskTime": 0,
	}, got)
	attempt := func(n int) attribute.Set {
		return attribute.NewSet(otel.MachineKey.String("StateMachine"), otel.StateKey.String("A"), otel.ResourceKey.String("once"), otel.AttemptKey.Int(n))
	}
	require.Equal(t, map[attribute.Set]int64{attempt(0): 1, attempt(1): 1}, attempts)
}

// Causes quote inputs: those of AWS's own errors, and those of handlers.
func TestSpansHoldNoData(t *testing.T) {
	const secret = "hunter2"
	run := func(definition string, options ...otel.SpansOption) string {
		memory, reader := tracetest.NewInMemoryExporter(), sdkmetric.NewManualReader()
		meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
		in := interpreter.New(interpreter.Config{
			Clock:   interpreter.NewVirtualClock(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)),
			History: history.Tee(otel.Spans(trace.NewTracerProvider(trace.WithSyncer(memory)), options...), history.Measure(otel.Metrics(meters))),
			Logger:  slog.New(slog.NewTextHandler(io.Discard, nil)),
			Resolver: interpreter.Mux{
				"succeed": interpreter.Plain(func(in any) (any, error) { return in, nil }),
				"fail":    interpreter.Plain(func(any) (any, error) { return nil, asl.Errorf("Broken", "%s", secret) }),
				"panic":   interpreter.Plain(func(any) (any, error) { panic(secret) }),
			},
		})
		p, err := interpreter.Compile([]byte(definition), interpreter.Options{})
		require.NoError(t, err)
		_, _ = interpreter.Run[any](context.Background(), in, p, map[string]string{"password": secret})
		require.NoError(t, in.Close())
		var metrics metricdata.ResourceMetrics
		require.NoError(t, reader.Collect(context.Background(), &metrics))
		require.NotEmpty(t, memory.GetSpans())
		require.NotEmpty(t, metrics.ScopeMetrics)
		return fmt.Sprintf("%+v %+v", memory.GetSpans(), metrics)
	}
	for _, test := range []struct {
		state  string
		quotes bool // a cause has the data
	}{
		{`"Type":"Task","Resource":"succeed","End":true,"Credentials":{"RoleArn.$":"$.password"},"Assign":{"v.$":"$.password"}`, false},
		{`"Type":"Task","Resource":"fail","End":true`, true},
		{`"Type":"Task","Resource":"fail","End":true,"Retry":[{"ErrorEquals":["Broken"],"MaxAttempts":1,"IntervalSeconds":1}]`, true},
		{`"Type":"Task","Resource":"panic","End":true`, true},
		{`"Type":"Pass","Parameters":{"a.$":"$.none"},"End":true`, true},
		{`"Type":"Fail","Error":"E","CausePath":"$.password"`, true},
	} {
		definition := `{"StartAt":"S","States":{"S":{` + test.state + `}}}`
		require.NotContains(t, run(definition), secret, test.state)
		require.Equal(t, test.quotes, strings.Contains(run(definition, otel.WithCauses()), secret), test.state)
	}
}
