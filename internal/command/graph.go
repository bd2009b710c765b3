package command

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

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
	if *historyFile == "-" && f.Arg(0) == "-" {
		fmt.Fprintln(s.err, "asl graph: standard input is read twice")
		return exitUsage
	}
	var g *graph.Graph
	m, err := readMachine(f.Arg(0), placeholders, in)
	bad := new(sourceError)
	switch {
	case err == nil:
		g = graph.New(m)
	case errors.As(err, &bad):
		bad.print(s)
		if m == nil || m.States == nil || len(m.States.List)+len(m.States.Broken) == 0 {
			return exitFailed
		}
		g, err = graph.New(m), nil
		g.AddErrors(bad.list)
	}
	if err == nil && *historyFile != "" {
		err = addHistory(g, m, *historyFile, *execution, in, func(warning string) { s.printWarning("graph", "-history: "+warning) })
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
	m, found := asl.ParseAndValidate(d.Definition, o)
	found = slices.DeleteFunc(d.findingsIn(found, false), func(f asl.Diagnostic) bool { return f.Code == asl.CodePlaceholderWithoutValue })
	if found.Err() != nil {
		return m, d.findings(found)
	}
	return m, nil
}

// addHistory reads the events of one execution, and those of the children of its Map
// Runs, and adds them to the graph.
func addHistory(g *graph.Graph, m *asl.StateMachine, file, execution string, in *files, warn func(string)) error {
	r, err := in.openFile(file)
	if err != nil {
		return err
	}
	defer r.Close()
	children := newChildHistories(g, m)
	strange := "" // what shows that the events are of another definition
	note := func(e *history.Event) {
		if strange == "" {
			strange = strangeState(g, e)
		}
	}
	events, torn, err := readEvents(limitReader(r, file, mostHistory), execution, children, note)
	if torn {
		warn(file + " ends within an event, which is left out")
	}
	if err != nil {
		return fmt.Errorf("-history: %w", err)
	}
	if strange != "" {
		warn(file + " is of another definition: " + strange)
	}
	g.AddHistory(slices.Values(events))
	children.finish()
	return nil
}

// strangeState says what shows that an event is not one of the definition: it enters a state
// that the definition does not have, or has with another type. It is empty for other events.
func strangeState(g *graph.Graph, e *history.Event) string {
	kind, enters := strings.CutSuffix(e.Type.String(), "StateEntered")
	if !enters {
		return ""
	}
	switch n := g.Node(e.Name); {
	case n == nil:
		return fmt.Sprintf("event %d enters %q, which is not a state of this one", e.ID, e.Name)
	case n.Type != kind:
		return fmt.Sprintf("event %d enters the %s state %q, which is a %s state in this one", e.ID, kind, e.Name, n.Type)
	}
	return ""
}

// readEvents reads the events of an execution, or of the only execution and the children
// of its Map Runs if the name is empty, and calls note for each. torn reports whether the
// file ends within an event, as the file of a killed process may.
func readEvents(in io.Reader, execution string, children *childHistories, note func(*history.Event)) (events []history.Event, torn bool, err error) {
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
		if execution == "" || name == execution {
			note(&e)
		}
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
