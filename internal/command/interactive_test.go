package command

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
)

// interactiveOrder retries, waits for a day, and has a Map.
const interactiveOrder = `{"StartAt": "Charge", "States": {
  "Charge": {"Type": "Task", "Resource": "charge", "TimeoutSeconds": 5, "ResultPath": "$.receipt", "Next": "Wait",
    "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 60}],
    "Catch": [{"ErrorEquals": ["Declined"], "ResultPath": "$.error", "Next": "Refuse"}]},
  "Wait": {"Type": "Wait", "Seconds": 86400, "Next": "Each"},
  "Each": {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 1, "End": true, "ItemProcessor": {"StartAt": "Ship", "States": {
    "Ship": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "Parameters": {"QueueUrl": "q", "MessageBody.$": "$"}, "End": true}}}},
  "Refuse": {"Type": "Fail", "ErrorPath": "$.error.Error", "CausePath": "$.error.Cause"}}}`

func TestInteractiveAsksForEachTask(t *testing.T) {
	writeFiles(t, map[string]string{"order.json": interactiveOrder})
	code, out, errs := invokeHere("!Busy later\n\n  {\"paid\": 12}  \n{\"nr\": 1\n!\n\"a\"\n\"b\"\n",
		"run", "-interactive", "-clock", "virtual", "-input", `{"items": ["tea", "milk"]}`, "order.json")
	require.Zero(t, code, errs)
	require.Equal(t, "[\"a\",\"b\"]\n", out)
	const charge = "Charge (charge)%s\n{\"items\":[\"tea\",\"milk\"]}\n> "
	const ship = "Ship (arn:aws:states:::sqs:sendMessage.waitForTaskToken), item %d\n{\"QueueUrl\":\"q\",\"MessageBody\":%q}\n> "
	require.Equal(t, howToAnswer+"\n"+
		fmt.Sprintf(charge, "")+
		strings.Repeat(fmt.Sprintf(charge, ", retry 1"), 2)+ // the empty line shows it again
		fmt.Sprintf(ship, 0, "tea")+
		"not JSON: line 1, column 9: the JSON ends where ',' or '}' should be\n> ! wants the name of an error, such as !States.TaskFailed no answer\n> "+
		fmt.Sprintf(ship, 1, "milk"), errs)
}

func TestInteractiveFailures(t *testing.T) {
	for name, c := range map[string]struct {
		in, err string
		code    int
		args    []string
	}{
		"a failure that is caught":        {"!Declined the limit is 10\n", "> Declined\nthe limit is 10\n", exitFailed, nil},
		"a failure without a cause":       {"!Other\n", "> Other\n", exitFailed, nil},
		"no answers":                      {"", "> \nasl run: -interactive: standard input has ended, and Charge waits for an answer\n", exitInterrupted, nil},
		"too few answers":                 {"{}\n", "> \nasl run: -interactive: standard input has ended, and Ship waits for an answer\n", exitInterrupted, nil},
		"the input from standard input":   {"{}\n", "asl run: wrong use: -input: -interactive reads the answers of tasks from standard input: name a file\n", exitUsage, []string{"-input", "-"}},
		"the context from standard input": {"{}\n", "asl run: wrong use: -context: -interactive reads the answers of tasks from standard input: name a file\n", exitUsage, []string{"-context", "-"}},
		"a mock file too":                 {"", "asl run: -interactive and -mock do not go together\n'asl run -h' lists the options\n", exitUsage, []string{"-mock", "auto"}},
	} {
		t.Run(name, func(t *testing.T) {
			writeFiles(t, map[string]string{"order.json": interactiveOrder})
			args := append([]string{"run", "-interactive", "-clock", "virtual", "-input", `{"items": [1]}`}, c.args...)
			code, out, errs := invokeHere(c.in, append(args, "order.json")...)
			require.Equal(t, c.code, code, errs)
			require.Empty(t, out)
			require.True(t, strings.HasSuffix(errs, c.err), errs)
		})
	}
	code, _, errs := invokeHere(interactiveOrder, "run", "-interactive", "-")
	require.Equal(t, exitUsage, code)
	require.Equal(t, "asl run: wrong use: -interactive reads the answers of tasks from standard input: name a file\n", errs)
}

// Two branches ask one after the other, and the trace has whole lines.
func TestInteractiveAsksForOneTaskAtATime(t *testing.T) {
	writeFiles(t, map[string]string{"both.json": `{"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "End": true, "Branches": [
		{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "a", "End": true}}},
		{"StartAt": "B", "States": {"B": {"Type": "Task", "Resource": "b", "End": true}}}]}}}`})
	code, out, errs := invokeHere("1\n1\n", "run", "-interactive", "-trace", "-clock", "virtual", "both.json")
	require.Zero(t, code, errs)
	require.Equal(t, "[1,1]\n", out)
	for _, part := range []string{"A (a)\n{}\n> ", "B (b)\n{}\n> "} {
		require.Equal(t, 1, strings.Count(errs, part), errs)
	}
}

// A task that ends while it is asked for takes no answer.
func TestInteractiveTaskThatEndsIsNotAskedFor(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	in, answers := io.Pipe()
	defer answers.Close()
	var out bytes.Buffer
	a := newAsker(ctx, in, &out, cancel)
	asked, end := context.WithCancel(ctx)
	end()
	_, err := a.Handle(asked, &interpreter.Task{State: "Charge", Item: -1, Resource: &machine.Resource{Name: "charge"}})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, howToAnswer+"\nCharge (charge)\nnull\n> \nCharge no longer waits for an answer\n", out.String())
	require.NoError(t, a.noAnswers())
}

func TestInterruptWhileItAsks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot send an interrupt there")
	}
	writeFiles(t, map[string]string{"order.json": interactiveOrder})
	program, err := os.Executable()
	require.NoError(t, err)
	command := exec.Command(program, "run", "-interactive", "order.json")
	command.Env = append(os.Environ(), runAsCommand+"=1")
	answers, err := command.StdinPipe() // which stays open
	require.NoError(t, err)
	defer answers.Close()
	errors, err := command.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	defer func() { _ = command.Process.Kill() }()
	text := bufio.NewReader(errors)
	_, err = text.ReadString('>')
	require.NoError(t, err)
	require.NoError(t, command.Process.Signal(os.Interrupt))
	rest, err := io.ReadAll(text)
	require.NoError(t, err)
	var exit *exec.ExitError
	require.ErrorAs(t, command.Wait(), &exit)
	require.Equal(t, exitInterrupted, exit.ExitCode())
	require.Equal(t, " asl run: interrupted: the execution was still running\n", string(rest))
}
