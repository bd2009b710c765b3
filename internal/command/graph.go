package command

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/graph"
	"github.com/gostates/gostates/history"
)

// formats are the formats of asl graph.
var formats = map[string]func(*graph.Graph) []byte{
	"mermaid": (*graph.Graph).Mermaid,
	"dot":     (*graph.Graph).DOT,
	"svg":     (*graph.Graph).SVG,
}

// drawGraph runs asl graph, which draws a definition.
func drawGraph(args []string, s streams) int {
	f := newFlagSet("graph", "FILE")
	format := f.String("format", "mermaid", "the `format`: mermaid, dot or svg")
	historyFile := f.String("history", "", "a `file` with the events of an execution, or - for standard input; the picture shows what it did, and what children of its Map Runs in the file did")
	execution := f.String("execution", "", "the `name` of the execution, if the file has several")
	placeholders := substitutionFlags(f)
	in := &files{in: s.in}
	fromFlag(f, &in.from)
	if code, ok := parseArguments(f, args, s); !ok {
		return code
	}
	draw, ok := formats[*format]
	if !ok {
		fmt.Fprintf(s.err, "asl graph: -format must be mermaid, dot or svg, not %q\n", *format)
		return exitUsage
	}
	if *execution != "" && *historyFile == "" {
		fmt.Fprintln(s.err, "asl graph: -execution needs -history")
		return exitUsage
	}
	if !checkFiles(f, 1, s) {
		return exitUsage
	}
	var g *graph.Graph
	m, err := readMachine(f.Arg(0), placeholders, in)
	bad := new(sourceError)
	switch {
	case err == nil:
		g = graph.New(m)
		if *historyFile != "" {
			err = addHistory(g, m, *historyFile, *execution, in, s.err)
		}
	case errors.As(err, &bad):
		bad.print(s)
		if m == nil || m.States == nil || len(m.States.List)+len(m.States.Broken) == 0 {
			return exitFailed
		}
		g, err = graph.New(m), nil
		g.AddErrors(bad.list)
	}
	if err != nil {
		fmt.Fprintf(s.err, "asl graph: %v\n", err)
		return exitUsage
	}
	if _, err := s.out.Write(draw(g)); err != nil {
		fmt.Fprintf(s.err, "asl graph: %v\n", err)
		return exitFailed
	}
	if len(bad.list) > 0 {
		return exitFailed
	}
	return exitOK
}

// readMachine reads a definition. Its placeholders need no values. If it has errors, the
// error is a *[sourceError] with all that asl validate finds, and the machine is as far as it
// was read.
func readMachine(file string, placeholders *substitutions, in *files) (*asl.StateMachine, error) {
	values, err := placeholders.readValues(in)
	if err != nil {
		return nil, err
	}
	d, err := in.readOneDefinition(file, values)
	if err != nil {
		return nil, err
	}
	placeholders.noteUsed(d)
	if err := placeholders.checkUsed(); err != nil {
		return nil, err
	}
	o := asl.Options{Type: d.Type, Substitutions: d.Substitutions}
	m, _ := asl.Parse(d.Definition, o)
	found := slices.DeleteFunc(d.findingsIn(asl.Validate(d.Definition, o), false), func(f asl.Diagnostic) bool { return f.Code == asl.CodePlaceholderWithoutValue })
	if found.Err() != nil {
		return m, d.findings(found)
	}
	return m, nil
}

// addHistory reads the events of one execution, and those of the children of its Map
// Runs, and adds them to the graph.
func addHistory(g *graph.Graph, m *asl.StateMachine, file, execution string, in *files, warn io.Writer) error {
	r, err := in.openFile(file)
	if err != nil {
		return err
	}
	defer r.Close()
	children := newChildHistories(g, m)
	events, torn, err := readEvents(limitReader(r, file, mostHistory), execution, children)
	if torn {
		fmt.Fprintf(warn, "asl graph: -history: %s ends within an event, which is left out\n", file)
	}
	if err != nil {
		return fmt.Errorf("-history: %w", err)
	}
	warnOfUnknownStates(g, file, events, warn)
	g.AddHistory(slices.Values(events))
	children.finish()
	return nil
}

// warnOfUnknownStates names a state that the execution entered and the
// definition does not have: the history is one of another machine.
func warnOfUnknownStates(g *graph.Graph, file string, events []history.Event, warn io.Writer) {
	for i := range events {
		if e := &events[i]; e.Type.IsStateEntered() && g.Node(e.Name) == nil {
			fmt.Fprintf(warn, "asl graph: -history: %s is of another definition: event %d enters %q, which is not a state of this one\n", file, e.ID, e.Name)
			return
		}
	}
}

// readEvents reads the events of an execution, or of the only execution and the children
// of its Map Runs if the name is empty. torn reports whether the file ends within an event, as the
// file of a killed process may.
func readEvents(in io.Reader, execution string, children *childHistories) (events []history.Event, torn bool, err error) {
	var names []string
	reader := history.NewReader(in)
	for e, err := range reader.All() {
		if torn = errors.Is(err, io.ErrUnexpectedEOF); torn {
			break
		}
		if err != nil {
			return nil, false, err
		}
		name := reader.Execution()
		if execution == "" && isChild(name) {
			children.addEvent(name, e)
			continue
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		if execution == "" || name == execution {
			events = append(events, e)
		}
	}
	switch {
	case execution == "" && len(names) > 1:
		return nil, torn, fmt.Errorf("the file has several executions, choose one with -execution: %q", names)
	case len(events) == 0 && execution != "":
		return nil, torn, fmt.Errorf("the file has no execution %q", execution)
	case len(events) == 0 && children.added:
		return nil, torn, errors.New("the file has only children of Map Runs, choose one with -execution")
	case len(events) == 0:
		return nil, torn, errors.New("the file has no events")
	}
	return events, torn, nil
}
