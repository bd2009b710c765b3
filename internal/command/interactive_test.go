package command

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

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
	const charge = "Charge (charge)%s\n{\"items\":[\"tea\",\"milk\"]}\n> \n"
	const ship = "Ship (arn:aws:states:::sqs:sendMessage.waitForTaskToken), item %d of Each\n{\"QueueUrl\":\"q\",\"MessageBody\":%q}\n> \n"
	require.Equal(t, howToAnswer+"\n"+
		fmt.Sprintf(charge, "")+
		strings.Repeat(fmt.Sprintf(charge, ", retry 1"), 2)+ // the empty line shows it again
		fmt.Sprintf(ship, 0, "tea")+
		"not JSON: line 1, column 9: the JSON ends where ',' or '}' should be\n> \n! wants the name of an error, and takes a cause, as in: !States.TaskFailed no answer\n> \n"+
		fmt.Sprintf(ship, 1, "milk"), errs)
}

func TestInteractiveFailures(t *testing.T) {
	for name, c := range map[string]struct {
		in, err string
		code    int
		args    []string
	}{
		"a failure that is caught":        {"!Declined the limit is 10\n", "> \nDeclined in state Refuse\nthe limit is 10\n", exitFailed, nil},
		"a failure without a cause":       {"!Other\n", "> \nOther in state Charge\n", exitFailed, nil},
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
	for _, part := range []string{"A (a), branch 0 of Both\n{}\n> \n", "B (b), branch 1 of Both\n{}\n> \n"} {
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
	a := newAsker(ctx, in, consoleWriter{new(console), &out}, cancel)
	asked, end := context.WithCancel(ctx)
	end()
	_, err := a.Handle(asked, &interpreter.Task{State: "Charge", Item: -1, Resource: &machine.Resource{Name: "charge"}})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, howToAnswer+"\nCharge (charge)\nnull\n> \nCharge no longer waits for an answer\n", out.String())
	require.NoError(t, a.noAnswers())
}

// A prompt says in which items and branches a task is, outer ones too, and on which attempt
// of a state that several items are in.
func TestInteractiveSaysWhereATaskIs(t *testing.T) {
	const task = `{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "t", "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 1}], "End": true}}}`
	writeFiles(t, map[string]string{"nested.json": `{"StartAt": "Outer", "States": {"Outer": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "P", "States": {
		"P": {"Type": "Parallel", "End": true, "Branches": [{"StartAt": "Inner", "States": {"Inner": {"Type": "Map", "End": true, "ItemProcessor": ` + task + `}}}]}}}}}}`})
	code, _, errs := invokeHere("1\n!Busy\n!Busy\n1\n1\n1\n", "run", "-interactive", "-clock", "virtual", "-input", `[["a", "b"], ["c", "d"]]`, "nested.json")
	require.Zero(t, code, errs)
	var asked []string
	for line := range strings.Lines(errs) {
		if place, ok := strings.CutPrefix(line, "T (t), "); ok {
			asked = append(asked, strings.TrimSpace(place))
		}
	}
	require.Equal(t, []string{
		"item 0 of Inner, branch 0 of P, item 0 of Outer", "item 1 of Inner, branch 0 of P, item 0 of Outer",
		"item 0 of Inner, branch 0 of P, item 1 of Outer", "item 1 of Inner, branch 0 of P, item 1 of Outer",
		"item 1 of Inner, branch 0 of P, item 0 of Outer, retry 1", "item 0 of Inner, branch 0 of P, item 1 of Outer, retry 1",
	}, asked)
}

// Lines of others wait for the end of a prompt. An echo ends its line too.
func TestConsoleKeepsPromptsOnTheirOwnLines(t *testing.T) {
	for _, echo := range []bool{false, true} {
		var out bytes.Buffer
		c := consoleWriter{&console{echo: echo}, &out}
		other := consoleWriter{c.console, &out}
		fmt.Fprintln(other, "a")
		c.prompt("T\n")
		fmt.Fprintln(other, "b")
		fmt.Fprintln(other, "c")
		if echo {
			out.WriteString("1\n") // as the terminal does
		}
		c.endPrompt(true)
		fmt.Fprintln(other, "d")
		c.prompt("U\n")
		c.endPrompt(false)
		c.endPrompt(false)
		want := "a\nT\n> \nb\nc\nd\nU\n> \n"
		if echo {
			want = "a\nT\n> 1\nb\nc\nd\nU\n> \n"
		}
		require.Equal(t, want, out.String())
	}
}

// Scripted answers go to the tasks in the order of the definition.
func TestInteractiveAsksInTheOrderOfScheduling(t *testing.T) {
	var branches []string
	for i := range 5 {
		timeout := ""
		if i == 3 {
			timeout = `"TimeoutSeconds": 50, `
		}
		branches = append(branches, fmt.Sprintf(`{"StartAt": "T%d", "States": {
			"T%[1]d": {"Type": "Task", "Resource": "t", %s"Next": "U%[1]d"}, "U%[1]d": {"Type": "Task", "Resource": "u", %[2]s"End": true}}}`, i, timeout))
	}
	parallel := `{"Type": "Parallel", "End": true, "Branches": [` + strings.Join(branches, ",") + `]}`
	const order = "[T0 T1 T2 T3 T4 U0 U1 U2 U3 U4]"
	writeFiles(t, map[string]string{
		"five.json": `{"StartAt": "P", "States": {"P": ` + parallel + `}}`,
		"child.json": `{"StartAt": "M", "States": {"M": {"Type": "Map", "End": true, "ItemsPath": "$.items", "ItemProcessor": {
			"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "P", "States": {"P": ` + parallel + `}}}}}`,
	})
	asked := regexp.MustCompile(`(?m)^(?:> )?([TU]\d) \(`)
	for _, file := range []string{"five.json", "child.json"} {
		for _, clock := range []string{"virtual", "system"} {
			code, _, errs := invokeHere(strings.Repeat("{}\n", 10), "run", "-interactive", "-clock", clock, "-input", `{"items": [1]}`, file)
			require.Zero(t, code, errs)
			var names []string
			for _, match := range asked.FindAllStringSubmatch(errs, -1) {
				names = append(names, match[1])
			}
			require.Equal(t, order, fmt.Sprint(names), "%s, %s", file, clock)
		}
	}
}

// After a line that is too long the same task is asked for again, and the rest of the line
// is not its answer.
func TestInteractiveLongLine(t *testing.T) {
	writeFiles(t, map[string]string{"one.json": `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "a", "End": true}}}`})
	code, out, errs := invokeHere(strings.Repeat("7", mostData+1)+"\n8\n", "run", "-interactive", "one.json")
	require.Zero(t, code, errs)
	require.Equal(t, "8\n", out)
	require.Equal(t, howToAnswer+"\nA (a)\n{}\n> \nthe line has more than 16 MiB, the limit\n> \n", errs)
}

func TestReadLine(t *testing.T) {
	failure := errors.New("broken")
	type result struct {
		line string
		err  error
	}
	for name, c := range map[string]struct {
		in   string
		want []result
	}{
		"lines":                          {"a\n\nbc\r\n", []result{{"a", nil}, {"", nil}, {"bc\r", nil}, {"", io.EOF}}},
		"a last line without an end":     {"a\nb", []result{{"a", nil}, {"b", nil}, {"", io.EOF}}},
		"the limit":                      {strings.Repeat("x", 40) + "\n" + strings.Repeat("y", 40), []result{{strings.Repeat("x", 40), nil}, {strings.Repeat("y", 40), nil}, {"", io.EOF}}},
		"one byte more":                  {strings.Repeat("x", 41) + "\ny\n", []result{{"", errLongLine}, {"y", nil}, {"", io.EOF}}},
		"much more":                      {strings.Repeat("x", 4000) + "\ny\n", []result{{"", errLongLine}, {"y", nil}, {"", io.EOF}}},
		"a last line that is too long":   {strings.Repeat("x", 41), []result{{"", errLongLine}, {"", io.EOF}}},
		"an empty line after a long one": {strings.Repeat("x", 64) + "\n\n", []result{{"", errLongLine}, {"", nil}, {"", io.EOF}}},
	} {
		t.Run(name, func(t *testing.T) {
			in := bufio.NewReaderSize(strings.NewReader(c.in), 16)
			for _, want := range c.want {
				line, err := readLine(in, 40)
				require.Equal(t, want, result{line, err})
			}
		})
	}
	_, err := readLine(bufio.NewReader(io.MultiReader(strings.NewReader("a"), iotest.ErrReader(failure))), 40)
	require.ErrorIs(t, err, failure)
}

// An error of reading is not the end of the answers, and the message has it.
func TestInteractiveInputThatFails(t *testing.T) {
	writeFiles(t, map[string]string{"one.json": `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "a", "End": true}}}`})
	var out, errs strings.Builder
	code := runCommand([]string{"run", "-interactive", "one.json"}, streams{in: iotest.ErrReader(errors.New("broken")), out: &out, err: &errs})
	require.Equal(t, exitInterrupted, code)
	require.Empty(t, out.String())
	require.True(t, strings.HasSuffix(errs.String(), "> \nasl run: -interactive: standard input has ended: broken, and A waits for an answer\n"), errs.String())
}

// After the end of a run no task is asked for.
func TestInteractiveStopsAsking(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	var out bytes.Buffer
	a := newAsker(ctx, strings.NewReader("1\n"), consoleWriter{new(console), &out}, cancel)
	cancel()
	_, err := a.Handle(ctx, &interpreter.Task{State: "Charge", Item: -1, Resource: &machine.Resource{Name: "charge"}})
	require.ErrorIs(t, err, interpreter.ErrResultPending)
	require.Empty(t, out.String())
	require.NoError(t, a.noAnswers())
}

func TestInterruptWhileItAsks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot send an interrupt there")
	}
	items := "[0" + strings.Repeat(",0", 49) + "]"
	writeFiles(t, map[string]string{
		"order.json": interactiveOrder,
		"map.json": `{"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemsPath": "$.items", "End": true, "ItemProcessor": {"StartAt": "Ship", "States": {
			"Ship": {"Type": "Task", "Resource": "ship", "End": true}}}}}}`,
	})
	program, err := os.Executable()
	require.NoError(t, err)
	for _, file := range []string{"order.json", "map.json"} {
		t.Run(file, func(t *testing.T) {
			command := exec.Command(program, "run", "-interactive", "-input", `{"items": `+items+`}`, file)
			command.Env = append(os.Environ(), runAsCommand+"=1")
			answers, err := command.StdinPipe() // which stays open
			require.NoError(t, err)
			defer answers.Close()
			printed, err := command.StderrPipe()
			require.NoError(t, err)
			require.NoError(t, command.Start())
			defer func() { _ = command.Process.Kill() }()
			text := bufio.NewReader(printed)
			_, err = text.ReadString('>')
			require.NoError(t, err)
			require.NoError(t, command.Process.Signal(os.Interrupt))
			rest, err := io.ReadAll(text)
			require.NoError(t, err)
			var exit *exec.ExitError
			require.ErrorAs(t, command.Wait(), &exit)
			require.Equal(t, exitInterrupted, exit.ExitCode())
			require.Equal(t, " \nasl run: interrupted: the execution was still running\n", string(rest))
		})
	}
}
