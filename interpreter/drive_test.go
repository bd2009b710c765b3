package interpreter_test

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
)

// A bug of our own ends the one execution that it shows in: nobody knows its state
// any more.
func TestPanicOfTheDriverEndsTheExecution(t *testing.T) {
	for name, c := range map[string]struct {
		bug  func()
		text string
	}{
		"panic":  {func() { panic("bug") }, "the interpreter panicked: bug"},
		"Goexit": {runtime.Goexit, "the interpreter called runtime.Goexit"},
	} {
		t.Run(name, func(t *testing.T) {
			in := open(t, interpreter.Config{Clock: interpreter.NewManualClock(began)})
			p := compile(t, oneDay)
			e, err := in.Start(background, p, nil, interpreter.StartOptions{Name: "broken"})
			require.NoError(t, err)
			driven := make(chan struct{})
			go func() {
				defer close(driven)
				interpreter.Drive(e, c.bug)
			}()
			<-driven
			var failed *interpreter.HookError
			require.ErrorAs(t, e.Wait(background), &failed)
			require.ErrorContains(t, failed, c.text)
			require.Contains(t, string(failed.Stack), "drive_test.go")
			_, err = e.Snapshot()
			require.ErrorAs(t, err, &failed)
			_, err = in.Start(background, p, []byte(`1`), interpreter.StartOptions{Name: "broken"})
			require.NoError(t, err)
			require.NoError(t, in.Shutdown(background))
		})
	}
}
