package interpreter_test

import (
	"bytes"
	"fmt"
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
level=WARN msg=LambdaFunctionFailed execution=x id=5 previous=4 error=Broken
level=WARN msg=ExecutionFailed execution=x id=6 previous=5 error=Broken
`, b.String())
}

// Causes quote inputs, results and variables.
func TestLogEventsHoldsNoData(t *testing.T) {
	handlers := interpreter.Mux{
		"quotes":  interpreter.Plain(func(in any) (any, error) { return nil, asl.Errorf("Bad", "cannot take %v", in) }),
		"plain":   interpreter.Plain(func(in any) (any, error) { return nil, fmt.Errorf("cannot take %v", in) }),
		"answers": interpreter.Plain(func(any) (any, error) { return "hunter2", nil }),
	}
	for name, definition := range map[string]string{
		"a path that leads nowhere": `{"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":{"x.$":"$.nowhere"},"End":true}}}`,
		"an intrinsic function":     `{"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":{"x.$":"States.StringToJson($.password)"},"End":true}}}`,
		"an expression": `{"QueryLanguage":"JSONata","StartAt":"A","States":{
			"A":{"Type":"Pass","Output":"{% $number($states.input.password) %}","End":true}}}`,
		"an expression of a variable": `{"QueryLanguage":"JSONata","StartAt":"A","States":{
			"A":{"Type":"Pass","Assign":{"p":"{% $states.input.password %}"},"Next":"B"},
			"B":{"Type":"Wait","Seconds":"{% $p %}","End":true}}}`,
		"a Choice without a rule": `{"StartAt":"A","States":{"A":{"Type":"Choice","Choices":[
			{"Variable":"$.password","StringEquals":"x","Next":"B"}]},"B":{"Type":"Succeed"}}}`,
		"a Fail state":        `{"StartAt":"A","States":{"A":{"Type":"Fail","Error":"Bad","CausePath":"$.password"}}}`,
		"a handler's error":   `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"quotes","End":true}}}`,
		"a plain Go error":    `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"plain","End":true}}}`,
		"a result of no form": `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"answers","ResultSelector":{"x.$":"$.y"},"End":true}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			in := open(t, interpreter.Config{
				Clock: interpreter.NewVirtualClock(began), LogEvents: true, Resolver: handlers,
				Logger: slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug})),
			})
			_, err := interpreter.Run[any](background, in, compile(t, definition), map[string]any{"password": "hunter2"})
			require.Error(t, err)
			require.Contains(t, b.String(), "level=WARN")
			require.NotContains(t, b.String(), "hunter2")
		})
	}
}
