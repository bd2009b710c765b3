package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/cmd/asl/internal/query"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/mock"
	"github.com/gostates/gostates/value"
)

// runOptions are the options of asl run.
type runOptions struct {
	input, mockFile, mockCase, clock, history, context, machineType, query string
	seed                                                                   uint64
	seeded                                                                 bool
	file                                                                   string
	note                                                                   string // explains why the execution failed
	placeholders                                                           *substitutions
	files
}

// errUsage is an error of the caller: the command exits with 2.
var errUsage = errors.New("wrong use")

func usageError(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errUsage, fmt.Sprintf(format, args...))
}

// runMachine runs asl run, which runs one execution and prints its output.
func runMachine(args []string, s streams) int {
	f := newFlagSet("run", "FILE")
	var o runOptions
	f.StringVar(&o.input, "input", "{}", "the input: `JSON`, @FILE, or - for standard input")
	f.StringVar(&o.mockFile, "mock", "", "a mock configuration `file` of Step Functions Local, which answers the tasks")
	f.StringVar(&o.mockCase, "case", "", "the `MACHINE/CASE` of the mock file")
	f.StringVar(&o.clock, "clock", "system", "system, virtual, or virtual=TIME: with a virtual `clock` waiting takes no time")
	f.StringVar(&o.history, "history", "", "write the history events, one a line, to a `file` or - for standard output")
	f.StringVar(&o.context, "context", "", "a `file` with values for the context object: Execution {Id or Name, RoleArn}, StateMachine {Id, Name}")
	f.Uint64Var(&o.seed, "seed", 0, "the seed of all randomness, to repeat a run")
	f.StringVar(&o.machineType, "type", string(asl.Standard), "the `type` of the machine: STANDARD or EXPRESS")
	f.StringVar(&o.query, "query", "", "print the parts of the output that this JSONPath `expression` selects")
	o.placeholders = substitutionFlags(f)
	if code, ok := parseArguments(f, args, s); !ok {
		return code
	}
	f.Visit(func(set *flag.Flag) { o.seeded = o.seeded || set.Name == "seed" })
	if !checkFiles(f, 1, s) {
		return exitUsage
	}
	o.file, o.in = f.Arg(0), s.in
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, stop) // a second interrupt ends the process
	return o.reportError(o.execute(ctx, s), s)
}

// reportError prints why a run did not succeed, and returns the exit code.
func (o *runOptions) reportError(err error, s streams) int {
	var list asl.ErrorList
	var failed *interpreter.ExecutionError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &list):
		for _, d := range list {
			fmt.Fprintf(s.err, "%s:%s\n", o.file, d)
		}
		if hasUnsetPlaceholder(list) {
			fmt.Fprintln(s.err, "asl run: "+unsetPlaceholders)
		}
	case errors.As(err, &failed):
		fmt.Fprintln(s.err, cmp.Or(failed.Name, failed.Status.String()))
		if failed.Cause != "" {
			fmt.Fprintln(s.err, failed.Cause)
		}
		if o.note != "" {
			fmt.Fprintln(s.err, o.note)
		}
	default:
		fmt.Fprintf(s.err, "asl run: %v\n", err)
		if errors.Is(err, errUsage) {
			return exitUsage
		}
	}
	return exitFailed
}

func (o *runOptions) execute(ctx context.Context, s streams) error {
	var selection *query.Expr
	if o.query != "" {
		var err error
		if selection, err = query.Parse(o.query); err != nil {
			return usageError("-query: %v", err)
		}
	}
	input, err := o.readInput()
	if err != nil {
		return err
	}
	c, err := o.readContext()
	if err != nil {
		return err
	}
	program, err := o.compileProgram(c.options)
	if err != nil {
		return err
	}
	config, err := o.newConfig()
	if err != nil {
		return err
	}
	in := interpreter.New(config)
	defer in.Close()
	if err := in.Check(program); err != nil {
		return usageError("%v; answer them with -mock and -case", err)
	}
	sink, closeSink, err := o.newSink(s)
	if err != nil {
		return err
	}
	start := interpreter.StartOptions{Name: c.name, History: sink, Synchronous: true}
	if o.seeded {
		start.Seed = [2]uint64{o.seed, ^o.seed} // never both 0, which means a random seed
	}
	clock, _ := config.Clock.(*interpreter.VirtualClock)
	output, err := waitForEnd(ctx, in, clock, program, input, start)
	if closeErr := closeSink(); err == nil {
		err = closeErr
	}
	var failed *interpreter.ExecutionError
	if errors.As(err, &failed) && failed.Status == interpreter.TimedOut && !program.Machine().TimeoutSeconds.IsSet() {
		o.note = fmt.Sprintf("asl run: the execution reached the limit of %s: no %s execution may take longer", program.Limits().Duration, o.machineType)
	}
	if err != nil {
		return err
	}
	return printOutput(output, selection, s)
}

// compileProgram replaces the placeholders of the definition and compiles it.
func (o *runOptions) compileProgram(options interpreter.Options) (*interpreter.Program, error) {
	values, err := o.placeholders.readValues(&o.files)
	if err != nil {
		return nil, err
	}
	definition, err := o.readDefinition(o.file)
	if err != nil {
		return nil, usageError("%v", err)
	}
	o.placeholders.noteUsed(definition)
	if err := o.placeholders.checkUsed(); err != nil {
		return nil, err
	}
	m, err := asl.ParseValid(definition, asl.Options{Type: asl.MachineType(o.machineType), Substitutions: values})
	if err != nil {
		return nil, err
	}
	return machine.Compile(m, options)
}

// waitForEnd runs one execution until it ends or ctx is done.
func waitForEnd(ctx context.Context, in *interpreter.Interpreter, clock *interpreter.VirtualClock, p *interpreter.Program, input any, o interpreter.StartOptions) (any, error) {
	x, err := in.Start(ctx, p, input, o)
	if err != nil {
		return nil, err
	}
	waiting, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	if clock != nil {
		go advanceClock(waiting, stop, clock, x)
	}
	err = x.Wait(waiting)
	switch {
	case ctx.Err() != nil && x.Status() == interpreter.Running:
		return nil, errInterrupted
	case errors.Is(err, errStuck):
		return nil, errStuck
	case err != nil:
		return nil, err
	}
	return x.Output()
}

var (
	errInterrupted = errors.New("interrupted: the execution was still running")
	errStuck       = errors.New("only the return of a task token can continue the execution, and nothing can return it")
)

// advanceClock moves a clock from deadline to deadline until the execution ends.
// Nobody else moves the clock. If there is no deadline, only a task of the
// execution could continue it, and none is running: it is stuck, and advanceClock
// calls stop. It does not call stop at the end, which Wait may not have seen yet.
func advanceClock(ctx context.Context, stop context.CancelCauseFunc, clock *interpreter.VirtualClock, x *interpreter.Execution) {
	for {
		clock.Settle()
		switch {
		case x.Status() != interpreter.Running || ctx.Err() != nil:
			return
		case !clock.AdvanceToNext():
			stop(errStuck)
			return
		}
	}
}

// readInput returns the input as JSON. A JSON null is not nil, which Start
// takes for no input.
func (o *runOptions) readInput() (json.RawMessage, error) {
	text, err := o.readArgument(o.input)
	if err != nil {
		return nil, usageError("-input: %v", err)
	}
	if _, err := value.Parse(text); err != nil {
		return nil, usageError("-input: %v", err)
	}
	return text, nil
}

// contextNames has the values of -context.
type contextNames struct {
	options interpreter.Options
	name    string
}

func (o *runOptions) readContext() (contextNames, error) {
	n := contextNames{options: interpreter.Options{Express: o.machineType == string(asl.Express)}}
	if !n.options.Express && o.machineType != string(asl.Standard) {
		return n, usageError("-type must be STANDARD or EXPRESS, not %q", o.machineType)
	}
	if o.context == "" {
		return n, nil
	}
	text, err := o.readData(o.context)
	if err != nil {
		return n, usageError("-context: %v", err)
	}
	var c struct {
		Execution    struct{ ID, Name, RoleArn string }
		StateMachine struct{ ID, Name string }
	}
	v, err := value.Parse(text)
	if err == nil {
		err = value.Decode(v, &c)
	}
	if err != nil {
		return n, usageError("-context: %v", err)
	}
	n.name = c.Execution.ID
	if n.name == "" {
		n.name = c.Execution.Name
	}
	n.options.StateMachineArn, n.options.StateMachineName = c.StateMachine.ID, c.StateMachine.Name
	n.options.RoleArn = c.Execution.RoleArn
	return n, nil
}

func (o *runOptions) newConfig() (interpreter.Config, error) {
	var c interpreter.Config
	switch kind, at, isAt := strings.Cut(o.clock, "="); {
	case kind == "virtual":
		now := time.Now()
		if isAt {
			t, ok := asl.ParseTimestamp(at)
			if !ok {
				return c, usageError("-clock: %q is not an RFC 3339 timestamp", at)
			}
			if !t.Equal(time.Unix(0, t.UnixNano())) {
				return c, usageError("-clock: an execution can only run between 1677-09-22 and 2262-04-11, not at %s", at)
			}
			now = t
		}
		c.Clock = interpreter.NewManualClock(now)
	case o.clock != "system":
		return c, usageError("-clock must be system, virtual or virtual=TIME, not %q", o.clock)
	}
	if (o.mockFile == "") != (o.mockCase == "") {
		return c, usageError("-mock and -case go together")
	}
	if o.mockFile == "" {
		return c, nil
	}
	text, err := o.readData(o.mockFile)
	if err != nil {
		return c, usageError("-mock: %v", err)
	}
	machine, testCase, ok := strings.Cut(o.mockCase, "/")
	if !ok {
		return c, usageError("-case must be MACHINE/CASE, not %q", o.mockCase)
	}
	file, err := mock.ParseFile(text)
	if err != nil {
		return c, usageError("-mock: %v", err)
	}
	if c.Resolver, err = file.Case(machine, testCase); err != nil {
		return c, usageError("-mock: %v", err)
	}
	return c, nil
}

// newSink returns the receiver of the history: the file of -history, and the trace
// on a terminal. It may be nil. The function ends it.
func (o *runOptions) newSink(s streams) (history.Sink, func() error, error) {
	var sinks []history.Sink
	end := func() error { return nil }
	switch o.history {
	case "":
	case "-":
		sinks = append(sinks, newLineSink(s.out))
	default:
		file, err := o.createOutput(o.history)
		if err != nil {
			return nil, nil, usageError("-history: %v", err)
		}
		sinks = append(sinks, newLineSink(file))
		end = file.Close
	}
	if s.terminal {
		sinks = append(sinks, &trace{out: s.out})
	}
	if len(sinks) == 0 {
		return nil, end, nil
	}
	return history.Tee(sinks...), end, nil
}

// newLineSink writes events as GetExecutionHistory returns them. The lines do not
// name the execution, because there is only one.
func newLineSink(w io.Writer) history.Sink {
	writer := history.NewWriter(w)
	return history.SinkFunc(func(_ string, events []history.Event) error { return writer.Record("", events) })
}

// printOutput prints the output or, with -query, each selected part of it on a
// line.
func printOutput(output any, selection *query.Expr, s streams) error {
	selected := []any{output}
	if selection != nil {
		var err error
		if selected, err = selection.Select(output); err != nil {
			return usageError("-query: %v", err)
		}
		if len(selected) == 0 {
			return fmt.Errorf("-query: %s selects nothing from the output", selection)
		}
	}
	var b bytes.Buffer
	for _, v := range selected {
		b.Write(value.Append(nil, v))
		b.WriteByte('\n')
	}
	_, err := s.out.Write(b.Bytes())
	return err
}
