package command

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/value"
)

// asker is the resolver of -interactive: it asks for the answer of each task, and reads
// it from standard input. It asks for one task at a time, if Config.Workers is 1.
type asker struct {
	out     io.Writer
	lines   <-chan string      // closed at the end of standard input
	stopped <-chan struct{}    // closed when the run is interrupted
	end     context.CancelFunc // ends the run for want of answers

	mu        sync.Mutex
	explained bool
	missing   string // the state that had no answer at the end of standard input
}

// errNoAnswers is the error of a run whose answers have ended.
var errNoAnswers = errors.New("-interactive: standard input has ended")

const howToAnswer = "Answer each task with JSON in a line, or let it fail with !ERROR CAUSE. An empty line shows the task again."

// newAsker returns an asker for the run of ctx. Its lines are read from in until ctx is
// done, by a goroutine that may then wait for one more line.
func newAsker(ctx context.Context, in io.Reader, out io.Writer, end context.CancelFunc) *asker {
	lines := make(chan string)
	go func() {
		defer close(lines)
		text := bufio.NewScanner(in)
		text.Buffer(nil, mostData)
		for text.Scan() {
			select {
			case lines <- text.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	return &asker{out: out, lines: lines, stopped: ctx.Done(), end: end}
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
	if !a.explained {
		a.explained = true
		fmt.Fprintln(a.out, howToAnswer)
	}
	for a.showTask(task); ; {
		select {
		case line, ok := <-a.lines:
			if !ok {
				a.missing = task.State
				fmt.Fprintln(a.out)
				a.end()
				return nil, interpreter.ErrResultPending
			}
			line = strings.TrimSpace(line)
			if line == "" {
				a.showTask(task)
				continue
			}
			output, err := parseAnswer(line)
			var failure *asl.Error
			if err == nil || errors.As(err, &failure) {
				return output, err
			}
			fmt.Fprintf(a.out, "%v\n> ", err)
		case <-ctx.Done():
			fmt.Fprintf(a.out, "\n%s no longer waits for an answer\n", task.State)
			return nil, ctx.Err()
		case <-a.stopped:
			return nil, interpreter.ErrResultPending
		}
	}
}

// showTask prints a task, and asks for its answer.
func (a *asker) showTask(task *interpreter.Task) {
	where := ""
	if task.Item >= 0 {
		where = fmt.Sprintf(", item %d", task.Item)
	}
	if task.Attempt > 0 {
		where += fmt.Sprintf(", retry %d", task.Attempt)
	}
	fmt.Fprintf(a.out, "%s (%s)%s\n%s\n> ", task.State, task.Resource.Name, where, value.Append(nil, task.Input))
}

// parseAnswer returns an answer, or the failure that it asks for as an [asl.Error].
// Another error says what is wrong with the line.
func parseAnswer(line string) (any, error) {
	if failure, ok := strings.CutPrefix(line, "!"); ok {
		name, cause, _ := strings.Cut(strings.TrimSpace(failure), " ")
		if name == "" {
			return nil, errors.New("! wants the name of an error, such as !States.TaskFailed no answer")
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
	if a.missing == "" {
		return nil
	}
	return fmt.Errorf("%w, and %s waits for an answer", errNoAnswers, a.missing)
}

// lockedWriter writes one Write at a time.
type lockedWriter struct {
	mu *sync.Mutex
	w  io.Writer
}

// Write implements [io.Writer].
func (l lockedWriter) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(text)
}
