package graph

import (
	"strconv"
	"time"
)

// Graph is a state machine as a picture.
type Graph struct {
	Group
	Comment string // of the machine

	// Traced says that Run and Taken tell about an execution: what has none of
	// them was not reached.
	Traced bool

	states map[string]*Node
}

// Group is the nodes of a machine, a branch or a processor, in the order of the
// definition. Edges never leave it.
type Group struct {
	Title string // "branch 2", or empty
	Owner *Node  // the Parallel or Map that it is in; nil for the machine
	Start *Node  // the first state; nil where the definition has none
	Nodes []*Node
	Edges []*Edge
}

// Kind says what a node is.
type Kind uint8

const (
	State Kind = iota
	Start      // where the machine starts: a mark, not a state
	End        // where it ends well
)

// Node is a state, or the mark of the machine's start or end.
type Node struct {
	Kind     Kind
	ID       string // "s1", "s2", ... "start", "finish"; needs no escaping in any format
	Name     string // of the state, as it is written
	Type     string // of the state: "Task"
	Detail   string // what it does: "Task · lambda:invoke", "Wait 30 s"
	Comment  string
	Location string   // in the definition, as AWS writes it
	Groups   []*Group // a Parallel's branches or a Map's processor
	In       *Group
	Run      *Run // what an execution did in it; nil: nothing
}

// EdgeKind says what leads along an edge.
type EdgeKind uint8

const (
	Next    EdgeKind = iota
	Entry            // from the start to the first state
	Choice           // a Choice rule
	Default          // a Choice state's Default
	Catch            // a Catcher
	Exit             // from a state that ends the machine to its end
)

// Edge leads from one node to another of the same group.
type Edge struct {
	Kind     EdgeKind
	From, To *Node
	Label    string // a rule's condition, "Default", the errors of a Catcher
	Comment  string
	Location string // of the rule or Catcher; else empty

	// Taken is how many times an execution went along. A history does not say
	// which of several edges of a kind between two states that was; it counts for
	// all of them.
	Taken int
}

// Outcome is what became of a state.
type Outcome uint8

const (
	NotReached Outcome = iota
	Succeeded
	Aborted // others failed, or the execution was stopped
	Caught  // it failed, and a Catcher took the error
	Failed
	Running
)

var outcomeNames = [...]string{"not reached", "succeeded", "aborted", "caught", "failed", "running"}

// String returns the outcome as a word.
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return "Outcome(" + strconv.Itoa(int(o)) + ")"
}

// Run is what an execution did in a state.
type Run struct {
	// Text stands in the picture in the place of what is below; it may be empty.
	Text string

	// Outcome is the worst of all times that the state was entered; Running comes
	// before all others. Iterations that a retry of their Map replaced do not
	// count.
	Outcome  Outcome
	Entered  int    // how often the state was entered
	Attempts int    // how often its work was started: a Task's, Parallel's or Map's
	Error    string // the name of the last error, if any
	Cause    string

	Began, Ended      time.Time     // when it was first entered, and last left; Ended may be zero
	Shortest, Longest time.Duration // among the times that it was left
}

// Node returns the node of a state, or nil.
func (g *Graph) Node(name string) *Node { return g.states[name] }
