package asltest

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/history"
	"github.com/gostates/gostates/interpreter/machine"
)

var (
	coverFlag     = flag.String("asl.cover", "", "write the coverage of the state machines as a page into this `file`")
	thresholdFlag = flag.Float64("asl.threshold", 0, "fail where the coverage of a state machine is below so many `percent`")
)

// covered holds the coverage of every machine that this test binary ran. Keys are
// the machine's name and digest.
var covered = struct {
	sync.Mutex
	machines map[string]*coverage
}{machines: make(map[string]*coverage)}

// pointKind is the kind of a coverage point.
type pointKind int

const (
	pointState pointKind = iota
	pointTransition
	pointRule
	pointRetrier
	pointCatcher
)

var pointKinds = [...]string{"states", "transitions", "rules", "Retriers", "Catchers"}

// place identifies a point without formatting a string. to is the target state of a
// transition; index is that of a rule, Retrier or Catcher, or -1 for Default.
type place struct {
	kind  pointKind
	state string
	to    string
	index int
}

// point is one part of a definition that a test can cover.
type point struct {
	place
	node  asl.Node
	label string
	next  string // the target of a Catcher
	count int
}

// coverage is the coverage of one definition by all runs.
type coverage struct {
	name    string
	program *Program
	runs    int
	points  []*point
	byPlace map[place]*point

	entries, exits map[string]int // number of runs by their first and their last state
}

func newCoverage(p *Program) *coverage {
	c := &coverage{name: p.Options().StateMachineName, program: p, byPlace: make(map[place]*point),
		entries: make(map[string]int), exits: make(map[string]int)}
	for st := range p.Machine().All() {
		b := st.Base()
		c.addPoint(place{kind: pointState, state: b.Name}, b.Node, b.Name)
		for _, next := range nextStates(st) {
			c.addPoint(place{kind: pointTransition, state: b.Name, to: next}, b.Node, b.Name+" → "+next)
		}
		if choice, ok := st.(*asl.ChoiceState); ok {
			for i, r := range choice.Choices {
				c.addPoint(place{kind: pointRule, state: b.Name, index: i}, r.Node, fmt.Sprintf("%s: Choices[%d] → %s", b.Name, i, r.Next.Value))
			}
			if choice.Default.IsSet() {
				c.addPoint(place{kind: pointRule, state: b.Name, index: -1}, b.Node, fmt.Sprintf("%s: Default → %s", b.Name, choice.Default.Value))
			}
		}
		if w := workOf(st); w != nil {
			for i, r := range w.Retry {
				c.addPoint(place{kind: pointRetrier, state: b.Name, index: i}, r.Node, fmt.Sprintf("%s: Retry[%d] of %s", b.Name, i, strings.Join(r.ErrorEquals, ", ")))
			}
			for i, k := range w.Catch {
				c.addPoint(place{kind: pointCatcher, state: b.Name, index: i}, k.Node, fmt.Sprintf("%s: Catch[%d] of %s → %s", b.Name, i, strings.Join(k.ErrorEquals, ", "), k.Next.Value)).next = k.Next.Value
			}
		}
	}
	return c
}

func (c *coverage) addPoint(at place, node asl.Node, text string) *point {
	if p := c.byPlace[at]; p != nil {
		return p
	}
	p := &point{place: at, node: node, label: text}
	c.points, c.byPlace[at] = append(c.points, p), p
	return p
}

func workOf(st asl.State) *asl.Work {
	switch st := st.(type) {
	case *asl.TaskState:
		return &st.Work
	case *asl.ParallelState:
		return &st.Work
	case *asl.MapState:
		return &st.Work
	}
	return nil
}

func transitionOf(st asl.State) asl.Transition {
	switch st := st.(type) {
	case *asl.PassState:
		return st.Transition
	case *asl.TaskState:
		return st.Transition
	case *asl.WaitState:
		return st.Transition
	case *asl.ParallelState:
		return st.Transition
	case *asl.MapState:
		return st.Transition
	}
	return asl.Transition{}
}

// nextStates returns the states to which st has a transition, without duplicates.
func nextStates(st asl.State) []string {
	var all []string
	add := func(o asl.Opt[string]) {
		if o.IsSet() && !slices.Contains(all, o.Value) {
			all = append(all, o.Value)
		}
	}
	add(transitionOf(st).Next)
	if choice, ok := st.(*asl.ChoiceState); ok {
		for _, r := range choice.Choices {
			add(r.Next)
		}
		add(choice.Default)
	}
	if w := workOf(st); w != nil {
		for _, k := range w.Catch {
			add(k.Next)
		}
	}
	return all
}

// recordCoverage adds a finished run to the coverage of its machine. So many events and
// decisions were added before a redrive.
func recordCoverage(x *Execution, events, decisions int) {
	covered.Lock()
	defer covered.Unlock()
	key := x.program.Options().StateMachineName + " " + x.program.Digest()
	c := covered.machines[key]
	if c == nil {
		c = newCoverage(x.program)
		covered.machines[key] = c
	}
	if events == 0 {
		c.runs++
	}
	c.countEvents(x.run.events, events, x.run.decisions[decisions:])
}

func (c *coverage) hitPoint(at place) {
	if p := c.byPlace[at]; p != nil {
		p.count++
	}
}

var ruleOf = map[machine.DecisionKind]pointKind{
	machine.ChoseRule:      pointRule,
	machine.ChoseDefault:   pointRule,
	machine.MatchedRetrier: pointRetrier,
	machine.MatchedCatcher: pointCatcher,
}

// countEvents counts the events after a number of them, and decisions.
func (c *coverage) countEvents(events []history.Event, after int, decisions []machine.Decision) {
	for i := after; i < len(events); i++ {
		e := &events[i]
		var left string // the state whose exit caused this event
		if e.Previous > 0 && events[e.Previous-1].Type.IsStateExited() {
			left = events[e.Previous-1].Name
		}
		switch {
		case e.Type == history.ExecutionSucceeded:
			c.exits[left]++
		case !e.Type.IsStateEntered():
		case left != "":
			c.hitPoint(place{kind: pointState, state: e.Name})
			c.hitPoint(place{kind: pointTransition, state: left, to: e.Name})
		default:
			c.hitPoint(place{kind: pointState, state: e.Name})
			if e.Previous == 0 {
				c.entries[e.Name]++
			}
		}
	}
	for _, d := range decisions {
		c.hitPoint(place{kind: ruleOf[d.Kind], state: d.State, index: d.Index})
	}
}

// countPoints returns how many points of a kind were reached, and how many there
// are.
func (c *coverage) countPoints(kind pointKind) (hit, all int) {
	for _, p := range c.points {
		if p.kind == kind {
			all++
			if p.count > 0 {
				hit++
			}
		}
	}
	return hit, all
}

func (c *coverage) hitPercent() float64 {
	hit := 0
	for _, p := range c.points {
		if p.count > 0 {
			hit++
		}
	}
	return 100 * float64(hit) / float64(max(1, len(c.points)))
}

func (c *coverage) summaryLine() string {
	var parts []string
	for kind, name := range pointKinds {
		if hit, all := c.countPoints(pointKind(kind)); all > 0 {
			parts = append(parts, fmt.Sprintf("%s %d/%d", name, hit, all))
		}
	}
	return fmt.Sprintf("asl coverage: %s %.1f%% (%s) in %s", c.name, c.hitPercent(), strings.Join(parts, ", "), pluralize(c.runs, "run"))
}

// uncoveredPoints lists the points that no run reached, with their positions.
func (c *coverage) uncoveredPoints() []string {
	var all []string
	for _, p := range c.points {
		if p.count == 0 {
			all = append(all, fmt.Sprintf("%d:%d: %s %s", p.node.Pos.Line, p.node.Pos.Column, strings.TrimSuffix(pointKinds[p.kind], "s"), p.label))
		}
	}
	return all
}

// Main runs the tests of a package, reports the coverage of each machine that they
// ran, and exits. It reports a machine if -v is given or if its coverage is below
// -asl.threshold percent, which also fails the tests. With -asl.cover=FILE it
// writes an HTML page. Main does not return.
//
//	func TestMain(m *testing.M) { asltest.Main(m) }
func Main(m *testing.M) { os.Exit(reportCoverage(m.Run(), os.Stdout)) }

func reportCoverage(code int, w io.Writer) int {
	all := coveredMachines()
	for _, c := range all {
		below := c.hitPercent() < *thresholdFlag
		if below || testing.Verbose() {
			fmt.Fprintln(w, c.summaryLine())
			for _, m := range c.uncoveredPoints() {
				fmt.Fprintf(w, "\tnot covered: %s\n", m)
			}
		}
		if below {
			fmt.Fprintf(w, "FAIL: the coverage of %s is below %g%%\n", c.name, *thresholdFlag)
			code = max(code, 1)
		}
	}
	if *coverFlag != "" {
		if err := os.WriteFile(*coverFlag, renderPage(all), 0o666); err != nil {
			fmt.Fprintf(w, "FAIL: asltest: %v\n", err)
			code = max(code, 1)
		}
	}
	return code
}

func coveredMachines() []*coverage {
	covered.Lock()
	defer covered.Unlock()
	var all []*coverage
	for _, key := range sortedKeys(covered.machines) {
		all = append(all, covered.machines[key])
	}
	slices.SortStableFunc(all, func(a, b *coverage) int { return cmp.Compare(a.name, b.name) })
	return all
}
