package graph

import (
	"strconv"
	"time"
)

// Graph is a state machine, to be drawn.
type Graph struct {
	Group
	Comment string // of the machine

	// Traced tells that Run and Taken show an execution. A node or edge without
	// them was not reached.
	Traced bool

	// Legend tells that the SVG says below the states how it shows each outcome.
	// AddHistory sets it.
	Legend bool

	states map[string]*Node
}

// Group holds the nodes of a machine, a branch or a processor, in the order of
// the definition. Its edges connect nodes of the group.
type Group struct {
	Title string  // "branch 1", counted from 0, or ""
	Owner *Node   // the Parallel or Map around the group; nil for the machine
	Start *Node   // the first state; nil if the definition has none
	Nodes []*Node // in the order of the definition
	Edges []*Edge // between Nodes
}

// Kind is the kind of a node.
type Kind uint8

const (
	State   Kind = iota // a state
	Start               // the mark at which the machine starts
	End                 // the mark at which it ends
	Missing             // a state that a definition with errors names but lacks
)

// Node is a state, or the mark of the machine's start or end.
type Node struct {
	Kind     Kind     // a state or a mark
	ID       string   // "s1", "s2", ... "start", "finish", "missing1"; needs no escaping in any format
	Name     string   // name of the state as written
	Type     string   // type of the state: "Task"
	Detail   string   // summary: "Task · lambda:invoke · up to 3 retries", "Wait 30 s"
	Comment  string   // the Comment field; "" if absent
	Location string   // in the definition, as AWS writes it
	Groups   []*Group // branches of a Parallel or the processor of a Map
	In       *Group   // the group of the node
	Run      *Run     // progress of an execution; nil if there is none
	Errors   []string // messages about the state: see [Graph.AddErrors]
}

// EdgeKind is the kind of an edge.
type EdgeKind uint8

const (
	Next    EdgeKind = iota // the Next of a state
	Entry                   // from the start to the first state
	Choice                  // a Choice rule
	Default                 // a Choice state's Default
	Catch                   // a Catcher
	Exit                    // from a state that ends the machine to the end mark
)

// Edge leads from one node to another of the same group.
type Edge struct {
	Kind     EdgeKind // the field that the edge stands for
	From, To *Node    // in one group
	Number   int      // of a Choice rule, from 1; 0 for all other edges
	Label    string   // condition of a rule, "Default", errors of a Catcher
	Comment  string   // the Comment field; "" if absent
	Location string   // of the rule or Catcher, else ""

	// Taken is how many times an execution took the edge. A history does not
	// distinguish several edges of one kind between two states, so all of them
	// count.
	Taken int
}

// ID names the edge as [Graph.SVG] does: "s1-s2-next". Edges of one kind between two
// states have the same.
func (e *Edge) ID() string {
	const last = len(edgeKinds) - 1
	return e.From.ID + "-" + e.To.ID + "-" + edgeKinds[min(int(e.Kind), last)]
}

var edgeKinds = [...]string{"next", "entry", "choice", "default", "catch", "exit"}

// Outcome is the outcome of a state.
type Outcome uint8

const (
	NotReached Outcome = iota // it was not entered
	Succeeded                 // it was left successfully
	Aborted                   // others failed, or the execution was stopped
	Caught                    // it failed and a Catcher caught the error
	Failed                    // it failed, and no Catcher caught the error
	Running                   // it was entered and not left yet
)

var outcomeNames = [...]string{"not reached", "succeeded", "aborted", "caught", "failed", "running"}

// String returns the outcome as a word.
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return "Outcome(" + strconv.Itoa(int(o)) + ")"
}

// Run is the progress of an execution in a state.
type Run struct {
	// Text replaces the fields below in the picture, unless it is empty. The SVG cuts
	// it to the width of the box, which is at least 124 pixels.
	Text string

	// Outcome is the worst outcome of all entries of the state; Running
	// precedes all others. Iterations that a retry of their Map replaced do not
	// count.
	Outcome  Outcome
	Entered  int    // how often the state was entered
	Attempts int    // how often the work of a Task, Parallel or Map was started
	Error    string // name of the last error of entries that failed, else of those with this outcome; "" if none
	Cause    string // of that error

	counted int              // entries that count
	counts  [Running + 1]int // of them, by outcome
	blamed  Outcome          // of the entry with the Error; more than Running if that failed

	// Items counts the items of a Map in DISTRIBUTED mode: see [Graph.AddMapRun].
	Items MapRunCounts

	Began, Ended      time.Time     // first entry and last exit; Ended may be zero
	Shortest, Longest time.Duration // between entry and exit
}

// Node returns the node of a state, or nil.
func (g *Graph) Node(name string) *Node { return g.states[name] }

// outcome returns what is known of the state.
func (n *Node) outcome() Outcome {
	if n.Run == nil {
		return NotReached
	}
	return n.Run.Outcome
}
