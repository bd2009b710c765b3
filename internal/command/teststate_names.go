package command

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/internal/spelling"
)

// listedState is a state of a machine, with the number of states around it.
type listedState struct {
	asl.State
	depth int
}

// listStates returns the states of a definition that is a machine, each before those
// inside of it, and nil if it is a state or has none.
func listStates(definition string) (all []listedState) {
	m, _ := asl.Parse([]byte(definition)) // its errors are reported when the state is tested
	if m == nil {
		return nil
	}
	var add func(states *asl.States, depth int)
	add = func(states *asl.States, depth int) {
		if states == nil {
			return
		}
		for _, st := range states.List {
			all = append(all, listedState{st, depth})
			for _, nested := range asl.Children(st) {
				add(nested, depth+1)
			}
		}
	}
	add(m.States, 0)
	return all
}

// printStates prints the names and types of states.
func printStates(w io.Writer, all []listedState) {
	width := 0
	for _, st := range all {
		width = max(width, 2*st.depth+len([]rune(st.Base().Name)))
	}
	for _, st := range all {
		name := strings.Repeat("  ", st.depth) + st.Base().Name
		fmt.Fprintf(w, "  %-*s  %s\n", width, name, st.Base().Type)
	}
}

// printStateHint prints which states there are, if a definition is a machine that does not
// have the state of a name. An empty name is none. It reports whether it printed anything.
func printStateHint(w io.Writer, definition, name string) bool {
	all := listStates(definition)
	names := make([]string, len(all))
	for i, st := range all {
		if names[i] = st.Base().Name; names[i] == name {
			return false
		}
	}
	similar, isSimilar := spelling.Similar(name, slices.Values(names))
	switch {
	case len(all) == 0:
		return false
	case name == "":
		fmt.Fprintln(w, "asl teststate: FILE is a machine: name one of its states with -state")
	case isSimilar:
		fmt.Fprintf(w, "asl teststate: did you mean %q?\n", similar)
		return true
	default:
		fmt.Fprintln(w, "asl teststate: the machine has these states:")
	}
	printStates(w, all)
	return true
}
