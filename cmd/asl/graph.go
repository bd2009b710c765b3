package main

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
	historyFile := f.String("history", "", "a `file` with the events of an execution, or - for standard input; the picture shows what it did")
	execution := f.String("execution", "", "the `name` of the execution, if the file has several")
	placeholders := substitutionFlags(f)
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
	in := &files{in: s.in}
	g, err := readGraph(f.Arg(0), placeholders, in)
	if err == nil && *historyFile != "" {
		err = addHistory(g, *historyFile, *execution, in, s.err)
	}
	var list asl.ErrorList
	switch {
	case errors.As(err, &list):
		for _, d := range list {
			fmt.Fprintf(s.err, "%s:%s\n", f.Arg(0), d)
		}
		return exitFailed
	case err != nil:
		fmt.Fprintf(s.err, "asl graph: %v\n", err)
		return exitUsage
	}
	if _, err := s.out.Write(draw(g)); err != nil {
		fmt.Fprintf(s.err, "asl graph: %v\n", err)
		return exitFailed
	}
	return exitOK
}

// readGraph reads a definition. Its placeholders need no values.
func readGraph(file string, placeholders *substitutions, in *files) (*graph.Graph, error) {
	values, err := placeholders.readValues(in)
	if err != nil {
		return nil, err
	}
	text, err := in.readDefinition(file)
	if err != nil {
		return nil, err
	}
	placeholders.noteUsed(text)
	if err := placeholders.checkUsed(); err != nil {
		return nil, err
	}
	machine, err := asl.Parse(text, asl.Options{Substitutions: values})
	var list asl.ErrorList
	if errors.As(err, &list) {
		err = slices.DeleteFunc(list, func(d asl.Diagnostic) bool { return d.Code == asl.CodePlaceholderWithoutValue }).Err()
	}
	if err != nil {
		return nil, err
	}
	return graph.New(machine), nil
}

// addHistory reads the events of one execution and adds them to the graph.
func addHistory(g *graph.Graph, file, execution string, in *files, warn io.Writer) error {
	r, err := in.openFile(file)
	if err != nil {
		return err
	}
	defer r.Close()
	events, torn, err := readEvents(limitReader(r, file, mostHistory), execution)
	if torn {
		fmt.Fprintf(warn, "asl graph: -history: %s ends within an event, which is left out\n", file)
	}
	if err != nil {
		return fmt.Errorf("-history: %w", err)
	}
	warnOfUnknownStates(g, file, events, warn)
	g.AddHistory(slices.Values(events))
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

// readEvents reads the events of an execution, or of the only execution if the
// name is empty. torn reports whether the file ends within an event, as the
// file of a killed process may.
func readEvents(in io.Reader, execution string) (events []history.Event, torn bool, err error) {
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
	case len(events) == 0:
		return nil, torn, errors.New("the file has no events")
	}
	return events, torn, nil
}
