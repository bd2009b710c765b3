package command

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
	"unicode"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/internal/command/internal/query"
	"github.com/gostates/gostates/interpreter"
	"github.com/gostates/gostates/interpreter/machine"
	"github.com/gostates/gostates/interpreter/mock"
	"github.com/gostates/gostates/interpreter/objects"
	"github.com/gostates/gostates/value"
)

// runOptions are the options of asl run.
type runOptions struct {
	input, mockFile, mockCase, clock, history, context, machineType, query, objects string
	seed                                                                            uint64
	seeded, typed                                                                   bool // the options are given
	trace                                                                           traceMode
	quiet, interactive                                                              bool
	file                                                                            string
	note                                                                            string // explains why the execution failed
	where                                                                           string // says where it failed, with a space before it
	placeholders                                                                    *substitutions
	meter                                                                           *meter // of -objects; nil: none
	files
}

// autoMocks stands for a mock file that answers each task with an empty object.
const autoMocks = "auto"

// errUsage is an error of the caller: the command exits with 2.
var errUsage = errors.New("wrong use")

func usageError(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errUsage, fmt.Sprintf(format, args...))
}

// runMachine runs asl run, which runs one execution and prints its output.
func runMachine(args []string, s streams) int {
	f := newFlagSet("run", "FILE",
		"asl run -input '{\"customer\": \"jane\"}' -mock mocks.json -case Order/Paid -clock virtual order.asl.json",
		"asl run -objects data report.asl.json    bucket sales is the folder data/sales",
		"asl run -interactive -clock virtual order.asl.json    asks for the answer of each task")
	var o runOptions
	f.StringVar(&o.input, "input", "{}", "the input: `JSON`, @FILE, or - for standard input")
	f.StringVar(&o.mockFile, "mock", "", "a mock configuration `file` of Step Functions Local, which answers the tasks: asl mock\n"+
		"writes one. auto answers each with an empty object")
	f.StringVar(&o.mockCase, "case", "", "the `MACHINE/CASE` of the mock file")
	f.BoolVar(&o.interactive, "interactive", false, "ask for the answer of each task, and read it from standard input: JSON, or\n"+
		"!ERROR CAUSE for a failure. The end of standard input ends the run with exit code 130")
	f.StringVar(&o.objects, "objects", "", "a `folder` whose folders are the buckets that ItemReaders read and ResultWriters write")
	f.StringVar(&o.clock, "clock", "system", "system, virtual, or virtual=TIME: with a virtual `clock` waiting takes no time")
	f.StringVar(&o.history, "history", "", "write the history events, one a line, to a `file` or - for standard output")
	f.StringVar(&o.context, "context", "", "a `file` with values for the context object: Execution {Id or Name, RoleArn}, StateMachine {Id, Name}")
	f.Uint64Var(&o.seed, "seed", 0, "the seed of all randomness, to repeat a run")
	enumFlag(f, &o.machineType, "type", machineTypes, string(asl.Standard), string(asl.Express))
	f.StringVar(&o.query, "query", "", "print the parts of the output that this JSONPath `expression` selects")
	o.trace = traceAuto
	f.Var(&o.trace, "trace", "print the states on standard error as they end, and while they run for long, with the\n"+
		"time, and the indexes of their branch and item, from 0:\n"+
		"=on (default of -trace alone), =off, =auto (if standard error is a terminal; default), or\n"+
		"=all, with the items of Maps that succeed. Children of a Map in DISTRIBUTED mode are left\nout")
	f.BoolVar(&o.quiet, "quiet", false, "print nothing but the output and errors")
	o.placeholders = substitutionFlags(f)
	fromFlag(f, &o.from)
	if code, ok := parseArguments(f, args, s); !ok {
		return code
	}
	if o.quiet && (o.trace == traceOn || o.trace == traceAll) {
		printMisuse(f, "-trace and -quiet do not go together", s)
		return exitUsage
	}
	if o.interactive {
		if o.mockFile != "" || o.mockCase != "" {
			printMisuse(f, "-interactive and -mock do not go together", s)
			return exitUsage
		}
		o.reserved = "-interactive reads the answers of tasks from standard input"
	}
	f.Visit(func(set *flag.Flag) {
		o.seeded = o.seeded || set.Name == "seed"
		o.typed = o.typed || set.Name == "type"
	})
	if !checkFiles(f, 1, s) {
		return exitUsage
	}
	o.file, o.in = f.Arg(0), s.in
	return o.reportError(o.execute(s), s)
}

// reportError prints why a run did not succeed, and returns the exit code.
func (o *runOptions) reportError(err error, s streams) int {
	var bad *sourceError
	var failed *interpreter.ExecutionError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &bad):
		bad.printUnset("run", s)
	case errors.As(err, &failed):
		fmt.Fprintln(s.err, cmp.Or(failed.Name, failed.Status.String())+o.where)
		if failed.Cause != "" {
			fmt.Fprintln(s.err, failed.Cause)
		}
		if o.note != "" {
			fmt.Fprintln(s.err, o.note)
		}
	default:
		fmt.Fprintf(s.err, "asl run: %v\n", err)
		switch {
		case errors.Is(err, errUsage):
			return exitUsage
		case errors.Is(err, errInterrupted), errors.Is(err, errNoAnswers):
			return exitInterrupted
		}
	}
	return exitFailed
}

func (o *runOptions) execute(s streams) error {
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
	config, err := o.newConfig(program.Machine())
	if err != nil {
		return err
	}
	if err := o.checkObjects(program); err != nil {
		return err
	}
	if !o.interactive {
		if err := o.checkTasks(config, program); err != nil {
			return err
		}
	}
	// Before, an interrupt ends the process, which may read from a terminal.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, stop) // a second interrupt ends the process
	var asking *asker
	if o.interactive {
		var end context.CancelFunc
		ctx, end = context.WithCancel(ctx)
		defer end()
		in, _ := s.in.(*os.File)
		shared := &console{echo: s.errTerminal && in != nil && isTerminal(in)} // by the trace and the asker
		s.rawErr = consoleWriter{shared, s.rawErr}
		asking = newAsker(ctx, s.in, consoleWriter{shared, s.err}, end)
		defer asking.out.endPrompt(false)
		config.Resolver, config.Workers = asking, 1
	}
	var p *progress
	watch := func(*interpreter.Execution) func() { return func() {} }
	if s.errTerminal && !o.quiet && !o.interactive {
		p = &progress{out: s.rawErr, width: s.errWidth, now: time.Now, program: program, meter: o.meter}
		if s.terminal {
			s.out = clearing{p, s.out}
		}
		s.err, s.rawErr = clearing{p, s.err}, clearing{p, s.rawErr}
		watch = func(x *interpreter.Execution) func() {
			ticker := time.NewTicker(200 * time.Millisecond)
			stop := p.watch(ctx, x, ticker.C)
			return func() { ticker.Stop(); stop() }
		}
	}
	sink, children, closeSink, err := o.newSink(s)
	if err != nil {
		return err
	}
	t := newTrace(nil, program.Machine()) // which says where the execution failed
	if o.trace == traceOn || o.trace == traceAll || o.trace == traceAuto && s.errTerminal && !o.quiet {
		t.out, t.live = s.rawErr, true
		t.width, t.palette, t.all = s.errWidth, newPalette(s.errTerminal), o.trace == traceAll
		_, virtual := config.Clock.(*interpreter.VirtualClock)
		switch {
		case p != nil:
			p.trace = t
		case !virtual && !o.interactive:
			watch = func(*interpreter.Execution) func() {
				ticker := time.NewTicker(time.Second)
				stop := t.watchTicks(ticker.C)
				return func() { ticker.Stop(); stop() }
			}
		}
	}
	sink = teeSinks(sink, t)
	if asking != nil {
		asking.trace, t.live = t, true
	}
	if len(program.Children()) > 0 {
		config.History = children
	}
	if asking != nil && config.History == nil {
		config.History = discardHistory
	}
	in := interpreter.New(config)
	defer in.Close()
	start := interpreter.StartOptions{Name: c.name, History: sink, Synchronous: true}
	if o.seeded {
		start.Seed = [2]uint64{o.seed, ^o.seed} // never both 0, which means a random seed
	}
	clock, _ := config.Clock.(*interpreter.VirtualClock)
	output, err := waitForEnd(ctx, in, clock, program, input, start, watch)
	if closeErr := closeSink(); err == nil {
		err = closeErr
	}
	if asking != nil && errors.Is(err, errInterrupted) {
		err = cmp.Or(asking.noAnswers(), err)
	}
	var failed *interpreter.ExecutionError
	if errors.As(err, &failed) {
		o.where = t.where(failed.State)
	}
	if failed != nil && failed.Status == interpreter.TimedOut && !program.Machine().TimeoutSeconds.IsSet() {
		o.note = fmt.Sprintf("asl run: the execution reached the limit of %s: no %s execution may take longer", program.Limits().Duration, o.machineType)
	}
	if failed != nil && failed.Name == asl.StatesExceedToleratedFailureThreshold && o.history == "" {
		o.note = "asl run: -history FILE has the events of the children, which say why they failed; so have the FAILED files of the results"
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
	d, err := o.readOneDefinition(o.file, values)
	if bad := new(sourceError); errors.As(err, &bad) {
		return nil, err
	} else if err != nil {
		return nil, usageError("%v", err)
	}
	o.placeholders.noteUsed(d)
	if err := o.placeholders.checkUsed(); err != nil {
		return nil, err
	}
	if d.Type == asl.Express && !o.typed {
		o.machineType, options.Express = string(asl.Express), true
	}
	m, err := asl.ParseValid(d.Definition, asl.Options{Type: asl.MachineType(o.machineType), Substitutions: d.Substitutions})
	if err != nil {
		return nil, d.wrapError(err)
	}
	program, err := machine.Compile(m, options)
	return program, d.wrapError(err)
}

// waitForEnd runs one execution until it ends or ctx is done. watch is called after it
// has started; the function that it returns is called at the end.
func waitForEnd(ctx context.Context, in *interpreter.Interpreter, clock *interpreter.VirtualClock, p *interpreter.Program, input any, o interpreter.StartOptions, watch func(*interpreter.Execution) func()) (any, error) {
	x, err := in.Start(ctx, p, input, o)
	if err != nil && ctx.Err() != nil {
		return nil, errInterrupted
	}
	if err != nil {
		return nil, err
	}
	if watch != nil {
		defer watch(x)()
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
		return nil, usageError("-input: %v%s", syntaxError(text, err), askForFile(o.input))
	}
	return text, nil
}

// askForFile returns a question, if an argument that is not JSON is the name of a file.
func askForFile(given string) string {
	if info, err := os.Stat(given); err != nil || info.IsDir() {
		return ""
	}
	return ": did you mean @" + given + "?"
}

// parseMocks reads the text of a mock file. The error names the file.
func parseMocks(name string, text []byte) (*mock.File, error) {
	file, err := mock.ParseFile(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, syntaxError(text, err))
	}
	return file, nil
}

// syntaxError returns an error about JSON with the line and column in place of the offset.
func syntaxError(text []byte, err error) error {
	var bad *value.SyntaxError
	if !errors.As(err, &bad) {
		return err
	}
	line, column := value.Position(text, bad.Offset)
	return fmt.Errorf("line %d, column %d: %s", line, column, bad.Msg)
}

// contextNames has the values of -context.
type contextNames struct {
	options interpreter.Options
	name    string
}

func (o *runOptions) readContext() (contextNames, error) {
	n := contextNames{options: interpreter.Options{Express: o.machineType == string(asl.Express)}}
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
	if err != nil {
		return n, usageError("-context: %v", syntaxError(text, err))
	}
	err = value.Decode(v, &c)
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

// checkTasks reports tasks that nothing answers, before the file of -history is created.
func (o *runOptions) checkTasks(c interpreter.Config, p *interpreter.Program) error {
	in := interpreter.New(c)
	defer in.Close()
	err := in.Check(p)
	if err == nil {
		return nil
	}
	missing := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		missing = joined.Unwrap()
	}
	need := "1 task needs an answer"
	if len(missing) > 1 {
		need = fmt.Sprintf("%d tasks need an answer", len(missing))
	}
	var list strings.Builder
	for _, m := range missing {
		list.WriteString("\n  " + strings.TrimPrefix(m.Error(), "interpreter: "))
	}
	file := quoteWord(o.file)
	return usageError("%s, from -mock and -case, -mock auto or -interactive:%s\ntry:\n  asl run -mock auto %s\n  asl run -interactive %[3]s\n  asl mock -o mocks.json %[3]s", need, &list, file)
}

// quoteWord writes a word as a shell reads it.
func quoteWord(word string) string {
	if strings.ContainsFunc(word, func(r rune) bool {
		return !strings.ContainsRune("-_./=:@%+,", r) && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
	}) {
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	return word
}

// checkObjects reports a Map state that needs -objects.
func (o *runOptions) checkObjects(p *interpreter.Program) error {
	if o.objects != "" {
		return nil
	}
	for st := range p.Machine().All() {
		m, ok := st.(*asl.MapState)
		if !ok || !m.Processor().Distributed() {
			continue
		}
		field := ""
		switch {
		case m.ItemReader != nil:
			field = "ItemReader"
		case m.ResultWriter != nil && m.ResultWriter.Resource.IsSet():
			field = "ResultWriter"
		default:
			continue
		}
		return usageError("the %s of state %q needs a folder of buckets: give it with -objects", field, m.Name)
	}
	return nil
}

func (o *runOptions) newConfig(m *asl.StateMachine) (interpreter.Config, error) {
	var c interpreter.Config
	if o.objects != "" {
		if info, err := os.Stat(o.objects); err != nil {
			return c, usageError("-objects: %v", err)
		} else if !info.IsDir() {
			return c, usageError("-objects: %s is not a folder", o.objects)
		}
		o.meter = newMeter(objects.Dir(o.objects))
		c.Objects = o.meter
	}
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
	if o.mockFile == autoMocks && o.mockCase == "" {
		c.Resolver = emptyAnswers(m)
		return c, nil
	}
	if o.mockFile == "" {
		if o.mockCase != "" {
			return c, usageError("-case needs the file that has it: -mock FILE")
		}
		return c, nil
	}
	text, err := o.readData(o.mockFile)
	if err != nil {
		if o.mockFile == autoMocks {
			return c, usageError("-mock auto takes no -case, unless there is a file auto: %v", err)
		}
		return c, usageError("-mock: %v", err)
	}
	file, err := parseMocks(o.mockFile, text)
	if err != nil {
		return c, usageError("-mock: %v", err)
	}
	machine, testCase, ok := strings.Cut(o.mockCase, "/")
	if !ok {
		return c, usageError("-case must be a MACHINE/CASE of the mock file: %s", strings.Join(mockCases(text), ", "))
	}
	if c.Resolver, err = file.Case(machine, testCase); err != nil {
		return c, usageError("-mock: %v", err)
	}
	c.Workers = 1 // the responses are given in the order of iterations and children
	return c, nil
}

// newSink returns the receivers of the history and of the histories of children of Map
// Runs: the file of -history. Both may be nil. The function ends both.
func (o *runOptions) newSink(s streams) (sink, children history.Sink, end func() error, err error) {
	end = func() error { return nil }
	switch o.history {
	case "":
	case "-":
		sink, children = newLineSinks(s.out)
	default:
		file, err := o.createOutput(o.history)
		if err != nil {
			return nil, nil, nil, usageError("-history: %v", err)
		}
		sink, children = newLineSinks(file)
		end = file.Close
	}
	return sink, children, end, nil
}

// teeSinks returns a sink that gives the events to both. The first may be nil.
func teeSinks(sink history.Sink, t *trace) history.Sink {
	if sink == nil {
		return t
	}
	return history.Tee(sink, t)
}

// newLineSinks write events as GetExecutionHistory returns them. The lines do not name
// the execution, apart from those of children.
func newLineSinks(w io.Writer) (own, children history.Sink) {
	writer := history.NewWriter(w)
	own = history.SinkFunc(func(_ string, events []history.Event) error { return writer.Record("", events) })
	children = history.SinkFunc(func(execution string, events []history.Event) error {
		if !isChild(execution) {
			return nil
		}
		return writer.Record(execution, events)
	})
	return own, children
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
