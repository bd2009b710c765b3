package command

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// runAsCommand makes the test binary the command: see TestMain.
const runAsCommand = "ASL_TEST_RUN_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(runAsCommand) != "" {
		os.Exit(Main())
	}
	os.Exit(m.Run())
}

// The first interrupt ends a run, and the process exits with what shells use for that.
func TestInterruptOfTheProcess(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot send an interrupt there")
	}
	writeFiles(t, map[string]string{"wait.json": `{"StartAt": "P", "States": {"P": {"Type": "Pass", "Next": "W"}, "W": {"Type": "Wait", "Seconds": 86400, "End": true}}}`})
	program, err := os.Executable()
	require.NoError(t, err)
	command := exec.Command(program, "run", "-trace", "wait.json")
	command.Env = append(os.Environ(), runAsCommand+"=1")
	errors, err := command.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	defer func() { _ = command.Process.Kill() }()
	text := bufio.NewReader(errors)
	line, err := text.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "    0s  P                             ✓\n", line)
	require.NoError(t, command.Process.Signal(os.Interrupt))
	rest, err := io.ReadAll(text)
	require.NoError(t, err)
	var exit *exec.ExitError
	require.ErrorAs(t, command.Wait(), &exit)
	require.Equal(t, exitInterrupted, exit.ExitCode())
	require.Equal(t, "asl run: interrupted: the execution was still running\n", string(rest))
}
