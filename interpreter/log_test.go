package interpreter_test

import (
	"bytes"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
)

func TestLogEvents(t *testing.T) {
	var b bytes.Buffer
	in := open(t, interpreter.Config{
		Clock:     interpreter.NewVirtualClock(began),
		LogEvents: true,
		Logger: slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey || a.Key == "at" {
				return slog.Attr{}
			}
			return a
		}})),
		Resolver: interpreter.Mux{"work": interpreter.Plain(func(any) (any, error) { return nil, asl.Errorf("Broken", "why") })},
	})
	e, err := in.Start(background, compile(t, oneTask), []byte(`{"secret": 1}`), interpreter.StartOptions{Name: "x"})
	require.NoError(t, err)
	require.Error(t, e.Wait(background))
	require.Equal(t, `level=DEBUG msg=ExecutionStarted execution=x id=1 previous=0
level=DEBUG msg=TaskStateEntered execution=x id=2 previous=0 name=Work
level=DEBUG msg=LambdaFunctionScheduled execution=x id=3 previous=2
level=DEBUG msg=LambdaFunctionStarted execution=x id=4 previous=3
level=WARN msg=LambdaFunctionFailed execution=x id=5 previous=4 error=Broken cause=why
level=WARN msg=ExecutionFailed execution=x id=6 previous=5 error=Broken cause=why
`, b.String())
}
