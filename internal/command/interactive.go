package command

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// asker is the resolver of -interactive: it asks for the answer of each task, and reads
// it from standard input. With Config.Workers of 1 it asks for one task at a time, in the
// order in which they were scheduled if Config.History is set: see discardHistory.
type asker struct {
	out     consoleWriter
	trace   *trace             // knows where tasks are; may be nil
	lines   <-chan answerLine  // closed at the end of standard input
	stopped <-chan struct{}    // closed when the run is interrupted
	end     context.CancelFunc // ends the run for want of answers

	mu        sync.Mutex
	explained bool
	missing   string // the state that had no answer at the end of standard input
	failure   error  // of reading standard input, which ended it
}

// answerLine is a line of standard input, or the error of reading it.
type answerLine struct {
	text string
	err  error
}

// discardHistory has tasks start in the order in which they were scheduled. Without a
// history only those with a timeout are announced as started, and these go first.
var discardHistory = history.SinkFunc(func(string, []history.Event) error { return nil })

// errNoAnswers is the error of a run whose answers have ended.
var errNoAnswers = errors.New("-interactive: standard input has ended")

const howToAnswer = "Answer each task with JSON in a line, or let it fail with !ERROR CAUSE. An empty line shows the task again."

// newAsker returns an asker for the run of ctx. Its lines are read from in until ctx is
// done, by a goroutine that may then wait for one more line.
func newAsker(ctx context.Context, in io.Reader, out consoleWriter, end context.CancelFunc) *asker {
	lines := make(chan answerLine)
	go func() {
		defer close(lines)
		for text := bufio.NewReader(in); ; {
			line, err := readLine(text, mostData)
			if errors.Is(err, io.EOF) {
				return
			}
			select {
			case lines <- answerLine{line, err}:
			case <-ctx.Done():
				return
			}
			if err != nil && !errors.Is(err, errLongLine) {
				return
			}
		}
	}()
	return &asker{out: out, lines: lines, stopped: ctx.Done(), end: end}
}

var errLongLine = fmt.Errorf("the line has more than %d MiB, the limit", mostData>>20)

// readLine reads a line and returns it without its end. A line with more than most bytes
// is read to its end, and is errLongLine. After the last line the error is [io.EOF].
func readLine(in *bufio.Reader, most int) (string, error) {
	var line []byte
	long := false
	for {
		part, err := in.ReadSlice('\n')
		text, ended := bytes.CutSuffix(part, []byte("\n"))
		if long = long || len(line)+len(text) > most; !long {
			line = append(line, text...)
		} else {
			line = nil
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && (!errors.Is(err, io.EOF) || len(line) == 0 && !long):
			return "", err
		case long:
			return "", errLongLine
		case ended || err != nil:
			return string(line), nil
		}
	}
}

// Resolve implements [interpreter.Resolver].
func (a *asker) Resolve(_, _ string) (interpreter.Handler, bool) { return a, true }

// Handle implements [interpreter.Handler].
func (a *asker) Handle(ctx context.Context, task *interpreter.Task) (any, error) {
	if task.Resource.Pattern != machine.RequestResponse { // the call itself succeeds
		if err := task.Submitted(struct{}{}); err != nil {
			return nil, err
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.isStopped() {
		return nil, interpreter.ErrResultPending
	}
	if !a.explained {
		a.explained = true
		fmt.Fprintln(a.out, howToAnswer)
	}
	where := a.trace.placeOfTask(task)
	for a.showTask(task, where); ; {
		select {
		case line, ok := <-a.lines:
			if a.isStopped() { // both were ready
				return nil, interpreter.ErrResultPending
			}
			a.out.endPrompt(ok && line.err == nil)
			if !ok || line.err != nil && !errors.Is(line.err, errLongLine) {
				a.missing, a.failure = task.State, line.err
				a.end()
				return nil, interpreter.ErrResultPending
			}
			if line.err != nil {
				a.out.prompt(line.err.Error() + "\n")
				continue
			}
			text := strings.TrimSpace(line.text)
			if text == "" {
				a.showTask(task, where)
				continue
			}
			output, err := parseAnswer(text)
			var failure *asl.Error
			if err == nil || errors.As(err, &failure) {
				return output, err
			}
			a.out.prompt(err.Error() + "\n")
		case <-ctx.Done():
			if a.isStopped() { // the end of the run ends its tasks
				return nil, interpreter.ErrResultPending
			}
			a.out.endPrompt(false)
			fmt.Fprintf(a.out, "%s no longer waits for an answer\n", task.State)
			return nil, ctx.Err()
		case <-a.stopped:
			return nil, interpreter.ErrResultPending
		}
	}
}

// isStopped reports whether the run is interrupted or ended. Then nothing more is printed.
func (a *asker) isStopped() bool {
	select {
	case <-a.stopped:
		return true
	default:
		return false
	}
}

// showTask prints a task and where it is, and asks for its answer.
func (a *asker) showTask(task *interpreter.Task, where string) {
	if where == "" && task.Item >= 0 { // in a child of a Map Run, which the trace leaves out
		where = fmt.Sprintf(", item %d", task.Item)
	}
	if task.Attempt > 0 {
		where += fmt.Sprintf(", retry %d", task.Attempt)
	}
	a.out.prompt(fmt.Sprintf("%s (%s)%s\n%s\n", task.State, task.Resource.Name, where, value.Append(nil, task.Input)))
}

// parseAnswer returns an answer, or the failure that it asks for as an [asl.Error].
// Another error says what is wrong with the line.
func parseAnswer(line string) (any, error) {
	if failure, ok := strings.CutPrefix(line, "!"); ok {
		name, cause, _ := strings.Cut(strings.TrimSpace(failure), " ")
		if name == "" {
			return nil, errors.New("! wants the name of an error, and takes a cause, as in: !States.TaskFailed no answer")
		}
		return nil, &asl.Error{Name: name, Cause: strings.TrimSpace(cause)}
	}
	output, err := value.Parse([]byte(line))
	if err != nil {
		return nil, fmt.Errorf("not JSON: %w", syntaxError([]byte(line), err))
	}
	return output, nil
}

// noAnswers returns the error of a run that was ended for want of answers, or nil.
func (a *asker) noAnswers() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.missing == "":
		return nil
	case a.failure != nil:
		return fmt.Errorf("%w: %w, and %s waits for an answer", errNoAnswers, a.failure, a.missing)
	}
	return fmt.Errorf("%w, and %s waits for an answer", errNoAnswers, a.missing)
}

// console is a terminal on which the asker asks, and others write lines.
type console struct {
	echo bool // the lines that are read are on it too

	mu   sync.Mutex
	asks bool           // its last line is a prompt
	held []func() error // writes what comes after the prompt
}

// consoleWriter writes to a console. Each Write must have whole lines. They wait for the end
// of a prompt.
type consoleWriter struct {
	*console
	w io.Writer
}

const promptSign = "> "

// Write implements [io.Writer].
func (c consoleWriter) Write(text []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.asks {
		return c.w.Write(text)
	}
	text = slices.Clone(text)
	c.held = append(c.held, func() error { _, err := c.w.Write(text); return err })
	return len(text), nil
}

// prompt writes lines, and then asks.
func (c consoleWriter) prompt(lines string) {
	c.endPrompt(false)
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = io.WriteString(c.w, lines+promptSign) // as fmt.Fprint to a terminal
	c.asks = true
}

// endPrompt ends the line of a prompt, and writes what has waited for that. If it was
// answered, an echo has ended the line.
func (c consoleWriter) endPrompt(answered bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asks && !(answered && c.echo) {
		_, _ = io.WriteString(c.w, "\n")
	}
	c.asks = false
	for _, write := range c.held {
		if write() != nil {
			break // as is the next line, which is reported
		}
	}
	c.held = nil
}
