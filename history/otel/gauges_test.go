package otel_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/gostates/gostates/history/otel"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/store"
	"github.com/gostates/gostates/interpreter/store/memory"
)

// readGauges returns what a reader collects, by the name of the instrument.
func readGauges(t *testing.T, reader sdkmetric.Reader) (map[string]float64, error) {
	t.Helper()
	var all metricdata.ResourceMetrics
	err := reader.Collect(context.Background(), &all)
	values := make(map[string]float64)
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Gauge[float64]:
				values[m.Name] = data.DataPoints[0].Value
			case metricdata.Sum[float64]:
				require.True(t, data.IsMonotonic, m.Name)
				values[m.Name] = data.DataPoints[0].Value
			}
		}
	}
	return values, err
}

// blindStore fails to count.
type blindStore struct {
	*memory.Store
	blind atomic.Bool
}

var errBlind = errors.New("the store is blind")

func (s *blindStore) Count(ctx context.Context, q store.Query) (map[machine.Status]int64, error) {
	if s.blind.Load() {
		return nil, errBlind
	}
	return s.Store.Count(ctx, q)
}

func TestGauges(t *testing.T) {
	reader := sdkmetric.NewManualReader()
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	began, release := make(chan struct{}), make(chan struct{})
	s := &blindStore{Store: memory.New()}
	in := interpreter.New(interpreter.Config{Store: s, Resolver: interpreter.Mux{
		"work": interpreter.Plain(func(any) (any, error) { close(began); <-release; return 1, nil }),
	}})
	defer in.Close()
	registration, err := otel.Gauges(provider, in)
	require.NoError(t, err)

	p, err := interpreter.Compile([]byte(`{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "work", "End": true}}}`), interpreter.Options{})
	require.NoError(t, err)
	e, err := in.Start(context.Background(), p, nil, interpreter.StartOptions{})
	require.NoError(t, err)
	<-began
	now, err := readGauges(t, reader)
	require.NoError(t, err)
	require.Len(t, now, 12)
	for name, want := range map[string]float64{"Handlers": 1, "ExecutionsRunning": 1, "ExecutionsLoaded": 1, "ExecutionsParked": 0} {
		require.Equal(t, want, now[otel.Prefix+name], name)
	}
	require.Positive(t, now[otel.Prefix+"Commits"])
	require.Positive(t, now[otel.Prefix+"CommitTime"])

	s.blind.Store(true)
	now, err = readGauges(t, reader)
	require.ErrorIs(t, err, errBlind)
	require.Equal(t, 1.0, now[otel.Prefix+"Handlers"], "what is known without the store")
	s.blind.Store(false)

	close(release)
	require.NoError(t, e.Wait(context.Background()))
	require.NoError(t, registration.Unregister())
	now, err = readGauges(t, reader)
	require.NoError(t, err)
	require.Empty(t, now)
}
